"""The rows of a market that is made, who is meant by which of their fields, and the files that they are written to."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from bench.making import numbers
from bench.making.habits import Habits
from bench.markets import ENCODINGS, KEYS

COLUMNS = {
    "rights": "right_no type title title_en holder_name holder_uscc holder_country classes goods granted expires "
    "status",
    "licences": "licence_no right_no licensor licensee_name licensee_uscc kind parent_licence_no territory goods "
    "start end",
    "transfers": "transfer_no right_no from_name to_name to_uscc effective",
    "companies": "统一社会信用代码 企业名称 英文名称 法定代表人 法定代表人证件摘要 注册地址 "
    "联系电话 经营范围 成立日期 登记状态",
    "shareholders": "holding_no uscc company_name shareholder shareholder_id percent",
    "accounts": "account_no platform shop_name company_uscc registrant phone wechat email payee_account opened",
    "listings": "item_no account_no title description brand_claimed price currency url listed ships_from",
    "orders": "order_no item_no paid quantity amount payee_account buyer_region waybill_no",
    "parcels": "运单号 快递公司 寄件人 寄件电话 寄件地址 揽收时间 重量(kg) 内件品名",
    "warehouses": "site_no address operator_name operator_uscc area_m2 lessee contact_phone",
    "freight": "consignment_no carrier consignor_name consignor_uscc consignor_phone origin_address consignee_name "
    "consignee_phone destination_address goods hs_code pieces gross_weight_kg dispatched delivered plate",
    "payees": "payee_account holder_name holder_id bank opened",
    "declarations": "declaration_no exporter_uscc exporter_name producer_name goods brand hs_code quantity "
    "gross_weight_kg value_usd container_no origin port destination consignee declared",
    "exhibits": "exhibit_no exhibition booth exhibitor contact_phone product brand_claimed date",
}
"""The columns of each feed that is CSV, in their order."""
_TOLD = 40
"""Records that an answer names of one party or place; all that is counted by is whom they speak of."""


class Ledger:
    """The rows of all feeds as they are made, with whom each field speaks of."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, object]]] = {feed: [] for feed in KEYS}
        self.judgements: list[dict[str, str]] = []
        self.events: list[dict[str, Any]] = []
        self.same: list[tuple[str, str, str, str]] = []
        self.declared: list[tuple[str, bool, str, str]] = []
        self.labels: list[tuple[str, str]] = []
        self._speaking: dict[str, list[str]] = defaultdict(list)

    def add(self, feed: str, values: Mapping[str, object], **speaks: str) -> str:
        """Adds a row; each of `speaks` is a field and whom it means. Gives the row's key."""
        self.rows[feed].append({column: values.get(column, "") for column in COLUMNS[feed].split()})
        key = str(values[KEYS[feed]])
        self.mean(feed, key, **speaks)
        return key

    def mean(self, feed: str, key: str, **speaks: str) -> None:
        """Says whom the fields of a row mean."""
        for field, entity in speaks.items():
            if entity:
                self.same.append((feed, key, field, entity))
                if len(said := self._speaking[entity]) < _TOLD:
                    said.append(f"{feed}:{key}:{field}")

    def records(self, entities: Iterable[str]) -> str:
        """The records that speak of these, in the words of `answers.csv`."""
        return " ".join(sorted({record for entity in entities for record in self._speaking.get(entity, ())}))

    def write(self, folder: Path, random: Random, habits: Habits) -> dict[str, int]:
        """Writes the feeds in an order that tells nothing, and what is true of them; gives the rows of each feed."""
        feeds, truth = folder / "feeds", folder / "truth"
        feeds.mkdir(parents=True, exist_ok=True)
        truth.mkdir(exist_ok=True)
        bad: list[tuple[str, str]] = []
        counts = {}
        for feed, rows in self.rows.items():
            breaking = _some(random, rows, habits.share("broken"), True) if feed in _BREAKS else []
            broken = [_break(random, feed, row) for row in breaking]
            bad += [(feed, str(next(iter(row.values())))) for row in broken]
            written = [*rows, *broken, *_some(random, rows, habits.share("twice"), False)]
            random.shuffle(written)
            columns = COLUMNS[feed].split()
            text = _table(columns, ([row[column] for column in columns] for row in written))
            encoding = "utf-8-sig" if feed == "companies" else ENCODINGS.get(feed, "utf-8")
            (feeds / f"{feed}.csv").write_bytes(text.encode(encoding))
            counts[feed] = len(written)
        random.shuffle(self.judgements)
        lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in self.judgements)
        (feeds / "judgements.jsonl").write_text(lines, encoding="utf-8", newline="")
        random.shuffle(self.events)
        document = {
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-04-01T00:00:00+08:00",
            "epcisBody": {"eventList": self.events},
        }
        text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
        (feeds / "labels.jsonld").write_text(text, encoding="utf-8", newline="")
        _write(truth / "same.csv", ("feed", "key", "field", "entity"), self.same)
        _write(truth / "bad_rows.csv", ("feed", "first_column"), bad)
        told = ((no, int(bad), self.records([maker]), brand) for no, bad, maker, brand in self.declared)
        _write(truth / "declarations.csv", ("declaration_no", "infringing", "producer", "brand"), told)
        copies = ((epc, int(bool(waybill)), waybill) for epc, waybill in self.labels)
        _write(truth / "labels.csv", ("epc", "cloned", "clone_waybill"), copies)
        return {**counts, "judgements": len(self.judgements), "labels": len(self.events)}

    def write_clues(
        self, folder: Path, clues: Iterable[Sequence[object]], answers: Iterable[tuple[str, str, str, str, str, str]]
    ) -> None:
        """Writes what is asked, and the answers; parties of an answer are names of entities, with spaces between."""
        _write(folder / "clues.csv", ("clue_no", "kind", "value", "right_no", "seen"), clues)
        (folder / "truth").mkdir(parents=True, exist_ok=True)
        told = (
            (no, verdict, evidence, *(self.records(parties.split()) for parties in (maker, sites, trader)))
            for no, verdict, evidence, maker, sites, trader in answers
        )
        head = ("clue_no", "verdict", "evidence", "producer_records", "site_records", "trader_records")
        _write(folder / "truth" / "answers.csv", head, told)


def _some(random: Random, rows: list[dict[str, object]], share: float, one: bool) -> list[dict[str, object]]:
    """Some rows of a feed, at least one where it is to be tried whether such rows are found."""
    count = round(len(rows) * share)
    return random.sample(rows, min(len(rows), max(count, 1 if one and share else 0)))


def _break(random: Random, feed: str, row: dict[str, object]) -> dict[str, object]:
    return {**row, **_BREAKS[feed](random, row)}


_BREAKS: dict[str, Callable[[Random, dict[str, object]], dict[str, object]]] = {
    "companies": lambda random, row: {"统一社会信用代码": numbers.wrong_check(random, str(row["统一社会信用代码"]))},
    "freight": lambda random, row: {
        "consignment_no": f"{row['consignment_no']}X",
        "dispatched": f"{str(row['dispatched'])[:4]}-02-30",
    },
    "parcels": lambda random, row: {"运单号": ""},
    "licences": lambda random, row: {
        "licence_no": f"{row['licence_no']}X",
        "start": row["end"],
        "end": row["start"],
    },
    "declarations": lambda random, row: {
        "declaration_no": f"{str(row['declaration_no'])[:9]}{numbers.digits(random, 9)}",
        "quantity": "约三千件",
    },
}


def _table(head: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()


def _write(path: Path, head: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    path.write_text(_table(head, rows), encoding="utf-8", newline="")
