"""Parties matched from their profiles on, as a run does it: the odds of all pairs, the links that are kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa

from graph import clusters as reading
from graph.model import Direction, Expansion, Inference, Link
from graph.ontology import SAME
from resolve import links, matching, slots
from resolve.comparisons import COMPARISONS
from resolve.index import Index
from resolve.profiles import Nature, Profile
from resolve.weights import Weights, standing

Odds = tuple[str, str, float]
"""Two ids and the probability that they are one party."""


@dataclass(frozen=True)
class Matched:
    """What matching found.

    Attributes:
        pairs: All pairs that were compared and may be one, with their probabilities.
        links: Those that are kept as links, each twin's among them.
        leads: Twin -> the first of those that agree in all that is compared, which alone was compared with others.
    """

    pairs: list[Odds]
    links: list[Odds]
    leads: dict[str, str]

    def believed(self, a: str, b: str) -> float:
        """The probability of a pair; what agrees with another in all that is compared is believed what that one is."""
        return self._odds.get(tuple(sorted((a, b)))) or self._odds.get(
            tuple(sorted((self.leads.get(a, a), self.leads.get(b, b)))), 0.0
        )

    @cached_property
    def _odds(self) -> dict[tuple[str, ...], float]:
        return {(a, b): p for a, b, p in self.pairs}


def matched(
    profiles: Iterable[Profile] | pa.Table, with_pairs: bool = True, weights: Mapping[Nature, Weights] | None = None
) -> Matched:
    """The pairs and links among profiles, or among a table of their slots; of a million, all pairs are too many."""
    table = profiles if isinstance(profiles, pa.Table) else slots.table(profiles)
    # In as much memory as a run is given.
    with TemporaryDirectory(prefix="headwater-") as folder, Index(Path(folder)) as index:
        return _matched(index.db, table, with_pairs, weights or standing())


def _matched(
    db: duckdb.DuckDBPyConnection, table: pa.Table, with_pairs: bool, weights: Mapping[Nature, Weights]
) -> Matched:
    db.register("given", table)
    db.execute("CREATE TABLE profile AS SELECT * FROM given")
    pairs, twins = [], []
    for nature in COMPARISONS:
        matching.find(db, "profile", nature, weights[nature], f"found_{nature}")
        pairs.append(f"FROM found_{nature}")
        twins.append(f"SELECT node, lead FROM {nature} WHERE node <> lead")
    db.execute(f"CREATE VIEW pairs AS {' UNION ALL '.join(pairs)}")
    db.execute(f"CREATE VIEW twins AS {' UNION ALL '.join(twins)}")
    links.believed(db, "pairs", "twins", weights, "likely")
    links.choose(db, "likely", "made")
    everything: list[Odds] = []
    if with_pairs:
        links.believed(db, "pairs", "twins", weights, "everything", least=0.0)
        everything = db.execute("SELECT a, b, probability FROM everything ORDER BY a, b").fetchall()
    kept: list[Odds] = db.execute("SELECT a, b, probability FROM made ORDER BY a, b").fetchall()
    leads: dict[str, str] = dict(db.execute("FROM twins").fetchall())
    return Matched(everything, kept, leads)


class _Links:
    """Links that were found, as a store would tell them."""

    def __init__(self, found: Iterable[Odds]) -> None:
        self.around: dict[str, list[Link]] = defaultdict(list)
        for a, b, probability in found:
            link = Link(SAME, a, b, None, None, {}, (), Inference("", probability))
            self.around[a].append(link)
            self.around[b].append(link)

    def expand(
        self,
        ids: Iterable[str],
        kinds: Collection[str] | None = None,
        direction: Direction = "both",
        start: str | None = None,
        end: str | None = None,
        limit: int = 100,
    ) -> Expansion:
        """The links around nodes, however many."""
        return Expansion({node: self.around[node] for node in ids if node in self.around})


def clusters(found: Sequence[Odds], least: float) -> dict[str, str]:
    """The cluster of each node that a link names, by its first member, as a reader of the store would be told it."""
    given = _Links(found)
    told = reading.clusters(given, given.around, least, most=2 * len(found))
    return {node: one.members[0] for node, one in told.items()}


def members(clustered: Mapping[str, str]) -> list[list[str]]:
    """The clusters of more than one node."""
    found: dict[str, list[str]] = defaultdict(list)
    for node, cluster in clustered.items():
        found[cluster].append(node)
    return [sorted(nodes) for nodes in found.values() if len(nodes) > 1]
