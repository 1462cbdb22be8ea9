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
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from bench.markets import KEYS, Market
from bench.rings import Row, bindings, crowded, read, rings
from graph.errors import HeadwaterError

REGISTERS = frozenset({"rights", "licences", "transfers", "judgements"})
"""Small, and read as a whole: a licence clears whoever holds it."""
PLACES = frozenset({"warehouses", "payees", "companies"})
"""Feeds that say whose a crowded place is."""
WANTED = {
    **dict.fromkeys(("listing", "account", "order", "waybill", "phone", "wechat", "label"), 3),
    "authorised": 3,
    "evidence: none": 2,
    "evidence: control": 2,
    "evidence: declaration freight": 2,
    "trader": 5,
}
"""How many clues of each sort there must be at least."""


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
