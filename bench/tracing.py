"""How long a trace takes on the embedded store, beside Neo4j walking the same neighbourhoods in Cypher."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import neo4j

from bench.figures import Figure
from bench.markets import Market
from bench.workbench import Workbench
from graph.embedded import EmbeddedStore
from graph.errors import InvalidValue, NotFound
from graph.model import Direction, Expansion, Place
from graph.opening import open_store
from graph.store import Store
from headwater.clues import read_clues
from queries import trace as tracing

MOST = 30.0
"""Milliseconds, at the median."""
SAMPLE = 100
"""Clues whose neighbourhoods the peer walks."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for the links around nodes."""

    ids: tuple[str, ...]
    kinds: tuple[str, ...] | None
    direction: Direction
    start: str | None
    end: str | None
    limit: int


class Recorded(EmbeddedStore):
    """An embedded store that remembers what neighbourhoods it was asked for."""

    def __init__(self, path: str) -> None:
        super().__init__(path, create=False)
        self.asked: list[Asked] = []

    def expand(
        self,
        ids: Iterable[str],
        kinds: Collection[str] | None = None,
        direction: Direction = "both",
        start: str | None = None,
        end: str | None = None,
        limit: int = 100,
        after: Place | None = None,
    ) -> Expansion:
        wanted = tuple(ids)
        self.asked.append(Asked(wanted, None if kinds is None else tuple(kinds), direction, start, end, limit))
        return super().expand(wanted, kinds, direction, start, end, limit, after)


def figures(bench: Workbench) -> list[Figure]:
    """Milliseconds a clue: the whole trace, and its neighbourhoods alone on SQLite and on Neo4j."""
    answers = bench.answers("medium")
    seconds = sorted(answers.seconds)
    median = statistics.median(seconds) * 1000
    found = [
        Figure(
            f"medium: a trace on SQLite, median of {len(seconds)}",
            f"{median:.1f} ms",
            f"≤ {MOST:g} ms",
            median <= MOST,
            f"p95 {_p95(seconds):.1f} ms, longest {seconds[-1] * 1000:.1f} ms; of processor: median "
            f"{statistics.median(answers.cpu) * 1000:.1f} ms, p95 {_p95(answers.cpu):.1f} ms",
        )
    ]
    market = bench.market("medium" if bench.full else "small")
    walks = neighbourhoods(bench, market)
    url = bench.server()
    with open_store(url) as store:
        store.wipe()
    bench.load(market, url)
    bench.say(f"walking the neighbourhoods of {market.name} on both stores")
    with open_store(bench.store(market.name)) as store, open_store(url) as server, _Cypher(url) as cypher:
        walkers: dict[str, Callable[[Sequence[Asked]], int]] = {
            "SQLite": lambda walk: _expanded(store, walk),
            "Neo4j, one Cypher query each": cypher.walk,
            "Neo4j, as our store asks it": lambda walk: _expanded(server, walk),
        }
        first: float | None = None
        for name, walker in walkers.items():
            for walk in walks:
                walker(walk)  # plans are made and pages read before the clock runs, for hundreds of texts of Cypher
            times = sorted(_timed(walker, walk) for walk in walks)
            middle = statistics.median(times) * 1000
            beside = f"p95 {_p95(times):.1f} ms"
            if first is None:
                first = middle
                requests = statistics.median(len(walk) for walk in walks)
                beside += f"; {requests:.0f} requests a clue at the median"
            else:
                beside += f"; {middle / first:.0f} × SQLite"
            found.append(
                Figure(f"  {market.name}, neighbourhoods of a trace: {name}", f"{middle:.1f} ms", beside=beside)
            )
    return found


def neighbourhoods(bench: Workbench, market: Market) -> list[list[Asked]]:
    """What the traces of a sample of clues ask for, clue by clue."""
    clues = list(read_clues(market.clues))
    walks = []
    with Recorded(bench.store(market.name).removeprefix("sqlite:")) as store:
        for clue in clues[:: max(1, len(clues) // SAMPLE)]:
            store.asked = []
            try:
                tracing.trace(store, clue)
            except (NotFound, InvalidValue):
                continue
            walks.append(store.asked)
    return walks


def _expanded(store: Store, walk: Sequence[Asked]) -> int:
    return sum(
        len(links)
        for a in walk
        for links in store.expand(a.ids, a.kinds, a.direction, a.start, a.end, a.limit).links.values()
    )


class _Cypher:
    """The same neighbourhoods as a person would write them in Cypher, over the official driver.

    The limit is for all links of a node together, which asks for fewer than the stores give.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.driver = neo4j.GraphDatabase.driver(
            f"bolt://{parts.hostname}:{parts.port}", auth=(parts.username or "", parts.password or "")
        )
        self.database = parts.path.strip("/")

    def walk(self, walk: Sequence[Asked]) -> int:
        with self.driver.session(database=self.database) as session:
            return sum(self._links(session, asked) for asked in walk)

    def _links(self, session: neo4j.Session, asked: Asked) -> int:
        kinds = "" if asked.kinds is None else ":" + "|".join(asked.kinds)
        left, right = ("<" if asked.direction == "in" else "", ">" if asked.direction == "out" else "")
        query = (
            "UNWIND $ids AS id MATCH (n:Node {id: id}) CALL (n) { "
            f"MATCH (n){left}-[r{kinds}]-{right}(m:Node) "
            "WHERE r.start IS NULL OR (r.start <= $end AND coalesce(r.end, r.start) >= $start) "
            "RETURN r, m ORDER BY r.start DESC LIMIT $limit } "
            "RETURN id, type(r), m.id, r.start, r.end, r.records"
        )
        rows = session.run(query, ids=asked.ids, start=asked.start or "", end=asked.end or "9", limit=asked.limit)
        return sum(1 for _ in rows)

    def __enter__(self) -> _Cypher:
        return self

    def __exit__(self, *_: object) -> None:
        self.driver.close()


def _timed(walker: Callable[[Sequence[Asked]], int], walk: Sequence[Asked]) -> float:
    start = time.perf_counter()
    walker(walk)
    return time.perf_counter() - start


def _p95(seconds: Sequence[float]) -> float:
    """Milliseconds that nineteen of twenty stay below."""
    return sorted(seconds)[int(len(seconds) * 0.95)] * 1000 if seconds else 0.0
