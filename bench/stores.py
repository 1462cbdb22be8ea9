"""Whether both stores hold and answer the same: what is set aside, what a second load changes, what is answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from bench.figures import Figure, exactly
from bench.markets import KEYS, Market
from bench.workbench import Workbench
from graph.model import SetAside
from graph.opening import open_store


def figures(bench: Workbench) -> list[Figure]:
    """Both stores on the small market, and on the large one when asked in full."""
    found = []
    for name in ("small", "medium") if bench.full else ("small",):
        market = bench.market(name)
        stores = {"SQLite": f"sqlite:{bench.folder / f'{name}-twice.db'}", "Neo4j": bench.server()}
        answers = {}
        for kind, url in stores.items():
            with open_store(url) as store:
                store.wipe()
            report, seconds = bench.load(market, url)
            with open_store(url) as store:
                missed, extra, known = set_aside(store.quarantine(), market)
                before = store.counts(), store.changes()[0]
            found.append(
                exactly(
                    f"{name} on {kind}: broken rows set aside, and no others",
                    missed + extra,
                    f"{known:,} of {known:,}",
                    f"{report.total('rows') / seconds:,.0f} rows/s",
                )
            )
            again, seconds = bench.load(market, url)
            with open_store(url) as store:
                changed = (store.counts(), store.changes()[0]) != before
                answers[kind] = bench.answered(store, market).lines
            moved = sum(again.total(count) for count in ("added", "replaced", "withdrawn")) + changed
            found.append(
                exactly(f"{name} on {kind}: a second load changes nothing", moved, "unchanged", f"{seconds:.1f} s")
            )
        differing = sum(a != b for a, b in zip(answers["SQLite"], answers["Neo4j"], strict=True))
        total = len(answers["SQLite"])
        found.append(
            exactly(f"{name}: answers on SQLite and Neo4j are equal", differing, f"{total - differing:,} of {total:,}")
        )
    return found


def set_aside(entries: Iterable[SetAside], market: Market) -> tuple[int, int, int]:
    """How many broken rows were missed, how many sound ones were set aside, and how many broken ones there are."""
    found: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        feed = Path(entry.file).stem
        found[feed, entry.values.get(KEYS.get(feed, ""), "")] += 1
    known = Counter((row["feed"], row["first_column"]) for row in market.truth("bad_rows"))
    return (known - found).total(), (found - known).total(), known.total()
