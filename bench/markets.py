"""The synthetic markets that figures are measured on: where they lie and what their files say."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.errors import UnreadableFile

DEFAULT = Path(__file__).resolve().parent.parent.parent / "shared" / "worlds"
"""Beside the repository."""
KEYS = {
    "rights": "right_no",
    "licences": "licence_no",
    "transfers": "transfer_no",
    "companies": "统一社会信用代码",
    "shareholders": "holding_no",
    "accounts": "account_no",
    "listings": "item_no",
    "orders": "order_no",
    "parcels": "运单号",
    "warehouses": "site_no",
    "freight": "consignment_no",
    "payees": "payee_account",
    "declarations": "declaration_no",
    "exhibits": "exhibit_no",
}
"""The feeds that are CSV, with the column of their key."""
ENCODINGS = {"parcels": "gb18030"}
"""Of the feeds that are not UTF-8."""


@dataclass(frozen=True, slots=True)
class Market:
    """A market's folder: `feeds` to be read, `clues` to be asked, `truth` to score by."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def feeds(self) -> Path:
        return self.folder / "feeds"

    @property
    def clues(self) -> Path:
        return self.folder / "clues.csv"

    @property
    def score(self) -> Path:
        """The script that scores answers."""
        return self.folder.parent / "score.py"

    def truth(self, name: str) -> list[dict[str, str]]:
        """The rows of one of the truth's files."""
        csv.field_size_limit(10**9)  # an answer names thousands of records
        with (self.folder / "truth" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def rows(self, feed: str) -> list[dict[str, str]]:
        """The rows of a feed that is CSV, as they stand."""
        return rows_of((self.feeds / f"{feed}.csv").read_bytes(), feed)

    def asked(self) -> list[dict[str, str]]:
        """The clues."""
        with self.clues.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


def rows_of(raw: bytes, feed: str) -> list[dict[str, str]]:
    """The rows of the bytes of a feed that is CSV."""
    return list(csv.DictReader(io.StringIO(raw.decode(ENCODINGS.get(feed, "utf-8-sig")), newline="")))


def events_of(raw: bytes) -> list[Mapping[str, Any]]:
    """The events of an EPCIS document."""
    events: list[Mapping[str, Any]] = json.loads(raw)["epcisBody"]["eventList"]
    return events


def market(name: str, worlds: Path | None = None) -> Market:
    """The market of this name.

    Raises:
        UnreadableFile: There is no such market.
    """
    folder = (worlds or DEFAULT) / name
    if not (folder / "feeds").is_dir():
        raise UnreadableFile(
            f"{folder}: there is no market here (feeds/, clues.csv, truth/); name the folder with --worlds"
        )
    return Market(folder)
