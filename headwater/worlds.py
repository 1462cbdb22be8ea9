"""Markets with planted truth, as they lie in a folder: `feeds/` to be read, `clues.csv` to be asked, `truth/`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from graph.errors import UnreadableFile
from headwater.clues import read_clues
from queries.evaluation.measures import Truth
from queries.trace import Clue


@dataclass(frozen=True, slots=True)
class World:
    """A market, read.

    Attributes:
        feeds: The folder that may be loaded.
        truth: By the numbers of the clues.
        speaks: `feed:key#field` -> the real entity that this field of a record speaks of.
    """

    feeds: Path
    clues: tuple[Clue, ...]
    truth: Mapping[str, Truth]
    speaks: Mapping[str, str]


def read_world(folder: Path) -> World:
    """Reads a market's clues and truth; its feeds are only named.

    Raises:
        UnreadableFile: The folder is no such market, or a file of it lacks a column.
    """
    if not (folder / "feeds").is_dir() or not (folder / "truth").is_dir():
        raise UnreadableFile(f"{folder}: is no market with planted truth; it should hold feeds/, clues.csv and truth/")
    clues = tuple(read_clues(folder / "clues.csv"))
    kinds = {clue.no: clue.kind or "" for clue in clues}
    same, told = folder / "truth" / "same.csv", folder / "truth" / "answers.csv"
    try:
        speaks = {f"{row['feed']}:{row['key']}#{row['field']}": row["entity"] for row in _rows(same)}
        truth = {row["clue_no"]: _truth(row, kinds.get(row["clue_no"], ""), speaks) for row in _rows(told)}
    except KeyError as error:
        raise UnreadableFile(f"{folder / 'truth'}: lacks {error}; the truth is not that of this market") from None
    return World(folder / "feeds", clues, truth, speaks)


def _truth(row: Mapping[str, str], kind: str, speaks: Mapping[str, str]) -> Truth:
    producers, sites, traders = (
        frozenset(speaks["#".join(record.rsplit(":", 1))] for record in row[column].split())
        for column in ("producer_records", "site_records", "trader_records")
    )
    return Truth(kind, row["verdict"] == "authorised", tuple(row["evidence"].split()), producers, sites, traders)


def _rows(path: Path) -> list[dict[str, str]]:
    before = csv.field_size_limit(10**9)  # an answer names thousands of records
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise UnreadableFile(f"{path}: cannot be read ({error.strerror})") from error
    finally:
        csv.field_size_limit(before)
