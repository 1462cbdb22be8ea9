"""Cuts a small market out of a large one, in whole rings: `python -m bench.cut WORLD OUT`.

Rows are bound together when they speak of one real party or place (so the truth says) or hold one identifier; what
they make up, followed to its end, is a ring: a producer with its freight, traders, sites, sellers, orders, parcels,
payees, persons and labels. Crowded places (a warehouse or a payment agent of dozens of sellers) bind nobody, and are
kept when a kept row needs them. Rings are chosen so that clues of all kinds are there, and others are added as a
background, in an order that only their keys decide: the same world gives the same market. Rows are copied as they
stand, byte by byte; rows that are broken on purpose are kept all, and the truth is not.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.markets import KEYS, Market, events_of, rows_of
from graph.errors import HeadwaterError, UnreadableFile
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
REGISTERS = frozenset({"rights", "licences", "transfers", "judgements"})
"""Small, and read as a whole: a licence clears whoever holds it."""
PLACES = frozenset({"warehouses", "payees", "companies"})
"""Feeds that say whose a crowded place is."""
CROWD = 12
"""Sellers; a place that more of them use binds nobody."""
WANTED = {
    **dict.fromkeys(("listing", "account", "order", "waybill", "phone", "wechat", "label"), 3),
    "authorised": 3,
    "evidence: none": 2,
    "evidence: control": 2,
    "evidence: declaration freight": 2,
    "trader": 5,
}
"""How many clues of each sort there must be at least."""


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


def sorts(clue: dict[str, str], answer: dict[str, str]) -> Iterator[str]:
    """What a clue is an example of, in the words of WANTED."""
    yield clue["kind"]
    yield answer["verdict"]
    yield f"evidence: {answer['evidence'] or 'none'}"
    if answer["trader_records"]:
        yield "trader"


def cut(world: Market, clues: int = 30, size: int = 600_000) -> tuple[set[int], list[Row], list[dict[str, str]]]:
    """Which rows are kept, of all rows, and the clues that are asked of them.

    Args:
        clues: How many clues there are at least.
        size: Bytes of the rows kept, about.
    """
    rows = read(world)
    loose = crowded(rows)
    bound = bindings(world, rows, loose)
    answers = {answer["clue_no"]: answer for answer in world.truth("answers")}
    ring_of = {place: ring for ring in rings(rows, loose, bound.values()) for place in [min(ring)]}
    asked: dict[int, list[dict[str, str]]] = defaultdict(list)
    inside = {place: head for head, ring in ring_of.items() for place in ring}
    for clue in world.asked():
        if bound[clue["clue_no"]]:
            asked[inside[bound[clue["clue_no"]][0]]].append(clue)
    have: Counter[str] = Counter()
    chosen: list[dict[str, str]] = []
    kept: set[int] = set()
    # First the rings that give what is still wanted, then any with clues, then the background.
    for wanting in (True, False):
        for head, ring in ring_of.items():
            if head not in asked or ring[0] in kept or (not wanting and len(chosen) >= clues):
                continue
            gives = [sort for clue in asked[head] for sort in sorts(clue, answers[clue["clue_no"]])]
            if not wanting or any(have[sort] < WANTED.get(sort, 0) for sort in gives):
                have.update(gives)
                chosen += asked[head]
                kept.update(ring)
    bad = {(row["feed"], row["first_column"]) for row in world.truth("bad_rows")}
    kept.update(p for p, row in enumerate(rows) if row.feed in REGISTERS or (row.feed, row.key) in bad)
    weight = sum(len(rows[p].raw) for p in kept)
    for ring in ring_of.values():
        if weight >= size:
            break
        weight += sum(len(rows[p].raw) for p in ring if p not in kept)
        kept.update(ring)
    order = {clue["clue_no"]: place for place, clue in enumerate(world.asked())}
    return completed(rows, loose, kept), rows, sorted(chosen, key=lambda clue: order[clue["clue_no"]])


def completed(rows: list[Row], loose: frozenset[str], kept: set[int]) -> set[int]:
    """The rows kept, with those that they name by their key, and those that say whose a crowded place is."""
    named: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        if row.key:
            named[row.key].append(place)
        if row.feed in PLACES:
            for bond in row.bonds & loose:
                named[bond].append(place)
    whole = set(kept)
    waiting = list(kept)
    while waiting:
        row = rows[waiting.pop()]
        for place in {p for name in row.bonds | row.needs for p in named[name]} - whole:
            whole.add(place)
            waiting.append(place)
    return whole


def write(world: Market, out: Path, clues: int = 30, size: int = 600_000) -> dict[str, int]:
    """Writes the market cut out of a world; gives how many rows each of its files has."""
    kept, rows, asked = cut(world, clues, size)
    feeds = out / "feeds"
    feeds.mkdir(parents=True, exist_ok=True)
    count = Counter(rows[place].feed for place in kept)
    for feed in KEYS:
        head = (world.feeds / f"{feed}.csv").read_bytes().splitlines(keepends=True)[0]
        body = [rows[place].raw for place in sorted(kept) if rows[place].feed == feed]
        (feeds / f"{feed}.csv").write_bytes(head + b"".join(body))
    judgements = [rows[place].raw for place in sorted(kept) if rows[place].feed == "judgements"]
    (feeds / "judgements.jsonl").write_bytes(b"".join(judgements))
    document = json.loads((world.feeds / "labels.jsonld").read_bytes())
    document["epcisBody"]["eventList"] = [json.loads(rows[p].raw) for p in sorted(kept) if rows[p].feed == "labels"]
    (feeds / "labels.jsonld").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(asked[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(asked)
    (out / "clues.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    return {**{feed: count[feed] for feed in (*KEYS, "judgements", "labels")}, "clues": len(asked)}


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.cut", description=__doc__.partition("\n")[0] if __doc__ else None
    )
    parser.add_argument("world", type=Path, metavar="WORLD", help="the market to cut from: feeds/, clues.csv, truth/")
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder to write")
    parser.add_argument("--clues", type=int, default=30, help="at least so many clues (%(default)s)")
    parser.add_argument("--bytes", type=int, default=600_000, help="about so many bytes (%(default)s)")
    given = parser.parse_args()
    try:
        for name, count in write(Market(given.world), given.out, given.clues, given.bytes).items():
            print(f"{name:14}{count:8,}")
    except (HeadwaterError, OSError) as error:
        print(f"bench.cut: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
