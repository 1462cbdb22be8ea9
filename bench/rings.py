"""Which rows of a market belong together: the rings that a market is cut out in.

Rows are bound together when they speak of one real party or place (so the truth says) or hold one identifier. Crowded
places, a warehouse or a payment agent of dozens of sellers, bind nobody.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from bench.markets import KEYS, Market, events_of, rows_of
from graph.errors import UnreadableFile
from graph.model import order_of

BONDS = {
    "rights": ("holder_uscc",),
    "licences": ("licensee_uscc",),
    "transfers": ("to_uscc",),
    "companies": ("统一社会信用代码", "联系电话"),
    "shareholders": ("uscc",),
    "accounts": ("account_no", "company_uscc", "payee_account", "wechat", "phone"),
    "listings": ("item_no", "account_no"),
    "orders": ("order_no", "item_no", "payee_account", "waybill_no"),
    "parcels": ("运单号",),
    "warehouses": ("operator_uscc", "contact_phone"),
    "freight": ("consignor_uscc", "consignor_phone", "consignee_phone"),
    "payees": ("payee_account", "holder_id"),
    "declarations": ("exporter_uscc",),
    "exhibits": ("contact_phone",),
}
"""The columns whose values bind rows together."""
NEEDS = {"licences": ("right_no", "parent_licence_no"), "transfers": ("right_no",)}
"""More columns that name another row's key: it is kept, but not all that is bound to it."""
PHONES = frozenset({"联系电话", "phone", "contact_phone", "consignor_phone", "consignee_phone"})
CROWD = 12
"""Sellers; a place that more of them use binds nobody."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a feed: its key, its bytes, what binds it to others, and the keys of other rows that it names."""

    feed: str
    key: str
    raw: bytes
    bonds: frozenset[str]
    needs: frozenset[str]


def read(world: Market) -> list[Row]:
    """All rows of a market, in their order; several have one key when they were sent twice."""
    entities: dict[tuple[str, str], set[str]] = defaultdict(set)
    for said in world.truth("same"):
        entities[said["feed"], said["key"]].add(said["entity"])
    rows = []
    for feed, column in KEYS.items():
        raw = (world.feeds / f"{feed}.csv").read_bytes()
        lines = raw.splitlines(keepends=True)[1:]
        found = rows_of(raw, feed)
        if len(lines) != len(found):
            raise UnreadableFile(f"{world.feeds / feed}.csv: a row that takes several lines cannot be cut out")
        for line, values in zip(lines, found, strict=True):
            bonds = {_bond(c, values[c]) for c in BONDS[feed]} - {""} | entities[feed, values[column]]
            needs = {values[c] for c in NEEDS.get(feed, ())} - {""}
            rows.append(Row(feed, values[column], line, frozenset(bonds), frozenset(needs)))
    for line in (world.feeds / "judgements.jsonl").read_bytes().splitlines(keepends=True):
        case = json.loads(line)["case_no"]
        rows.append(Row("judgements", case, line, frozenset(entities["judgements", case]), frozenset()))
    for event in events_of((world.feeds / "labels.jsonld").read_bytes()):
        papers = {t["bizTransaction"].rpartition(":")[2] for t in event.get("bizTransactionList", ())}
        bonds = papers.union(event["epcList"])
        rows.append(Row("labels", event["epcList"][0], json.dumps(event).encode(), frozenset(bonds), frozenset()))
    return rows


def _bond(column: str, value: str) -> str:
    """What a cell binds by: phones by their last eleven digits, masked ones not at all."""
    if column not in PHONES:
        return value
    digits = re.sub(r"\D", "", value)
    return digits[-11:] if len(digits) >= 11 and "*" not in value else ""


def crowded(rows: Iterable[Row]) -> frozenset[str]:
    """The bonds of places that more than CROWD sellers use."""
    rows = list(rows)
    seller = {
        row.key: bond for row in rows if row.feed == "listings" for bond in row.bonds if bond != row.key and "/" in bond
    }
    by_parcel: dict[str, str] = {}
    users: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.feed == "orders":
            account = next((seller[b] for b in row.bonds if b in seller), "")
            by_parcel.update(dict.fromkeys(row.bonds, account))
    for row in rows:
        account = row.key if row.feed == "accounts" else by_parcel.get(row.key, "") if row.feed == "parcels" else ""
        if account:
            for bond in row.bonds:
                users[bond].add(account)
    return frozenset(bond for bond, accounts in users.items() if len(accounts) > CROWD)


def rings(rows: list[Row], loose: frozenset[str], joined: Iterable[Iterable[int]]) -> list[list[int]]:
    """The rows in rings, as places in `rows`: bound by what is not `loose`, and by the groups that are `joined`."""
    first = list(range(len(rows)))

    def root(place: int) -> int:
        while first[place] != place:
            first[place] = first[first[place]]
            place = first[place]
        return place

    held: dict[str, int] = {}
    for place, row in enumerate(rows):
        for bond in row.bonds - loose:
            first[root(place)] = root(held.setdefault(bond, place))
    for group in joined:
        ends = list(group)
        for place in ends[1:]:
            first[root(place)] = root(ends[0])
    found: dict[int, list[int]] = defaultdict(list)
    for place in range(len(rows)):
        found[root(place)].append(place)
    return sorted(found.values(), key=lambda ring: order_of(min(rows[p].feed + rows[p].key for p in ring)))


def bindings(world: Market, rows: list[Row], loose: frozenset[str]) -> dict[str, list[int]]:
    """Clue number -> the rows that hold its value, and those of its true parties and places, crowded ones apart."""
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        places[row.feed, row.key].append(place)
    texts = [row.raw.decode("gb18030" if row.feed == "parcels" else "utf-8") for row in rows]
    answers = {answer["clue_no"]: answer for answer in world.truth("answers")}
    found = {}
    for clue in world.asked():
        answer = answers[clue["clue_no"]]
        # An answer ends with the sites; one that lies in a crowd would bind all of its sellers.
        named = f"{answer['producer_records']} {answer['trader_records']} {answer['site_records']}".split()
        feeds = [(feed, key.rpartition(":")[0]) for feed, _, key in (name.partition(":") for name in named)]
        about = {p for name in feeds for p in places[name] if not rows[p].bonds & loose}
        found[clue["clue_no"]] = sorted(about.union(p for p, text in enumerate(texts) if clue["value"] in text))
    return found
