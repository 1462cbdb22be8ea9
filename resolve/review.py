"""What a person should look at first: the pairs whose answer would change most, and clusters that may be two."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from math import log2
from typing import Literal, NamedTuple

import pyarrow as pa

from graph.clusters import THRESHOLD
from graph.model import chunks, kind_of
from graph.ontology import ontology
from resolve.index import Index
from resolve.profiles import Nature

Why = Literal["uncertain", "weak", "big", "conflict"]

LEAST, MOST = 0.1, 0.95
"""Probabilities between which a pair is uncertain."""
BIG = 10
"""Members beyond which a cluster without a registered party is looked at."""
_AT_ONCE = 100_000


@dataclass(frozen=True, slots=True)
class Item:
    """A pair to be judged.

    Attributes:
        a, b: The ids, the smaller first.
        nature: What both are.
        why: `uncertain`: the model does not know, and the answer joins two clusters; `weak`: the link is the weakest of
            a cluster, and parts several nodes from several; `big`: it is the weakest of a cluster of many that holds no
            registered party; `conflict`: it would make one of two registered parties, or of two judged different, so
            one of the links between them is wrong.
        probability: That they are one, as the model has it.
        nodes: How many nodes stand on either side: those that the answer joins or parts.
        registered: Whether either side holds a registered party.
        gain: How much the answer would change; by it the queue is ordered.
        reasons: The levels of the comparisons.
    """

    a: str
    b: str
    nature: Nature
    why: Why
    probability: float
    nodes: tuple[int, int]
    registered: tuple[bool, bool]
    gain: float
    reasons: tuple[str, ...]


def queue_of(
    index: Index, judged: Mapping[tuple[str, str], str | None], limit: int, threshold: float = THRESHOLD
) -> list[Item]:
    """The pairs to be judged, the one whose answer would change most first; those that were judged are left out.

    Each pair is worth how uncertain it is, times how many pairs of nodes the answer would join or part, told by its
    logarithm; twice that where it tells to which registered party documents belong, since there a trace ends.

    Args:
        index: As the last run left it.
        judged: What was judged of pairs.
        limit: How many are given.
        threshold: From which probability links join.

    Raises:
        StoreError: The index cannot be used.
    """
    with index.guarded():
        return _Queue(index, judged, threshold)(limit)


class _Draft(NamedTuple):
    """An item by the numbers of its nodes."""

    a: int
    b: int
    why: Why
    probability: float
    nodes: tuple[int, int]
    registered: tuple[bool, bool]
    gain: float


class _Queue:
    """Links taken from the surest on, so that when one comes its sides are what surer ones have joined."""

    def __init__(self, index: Index, judged: Mapping[tuple[str, str], str | None], threshold: float) -> None:
        self.index, self.db = index, index.db
        self.judged = judged
        self.threshold = threshold
        self.drafts: list[_Draft] = []

    def __call__(self, limit: int) -> list[Item]:
        self.db.execute(
            "CREATE OR REPLACE TABLE member AS SELECT node, row_number() OVER (ORDER BY node) - 1 AS n FROM "
            "(SELECT a AS node FROM kept.link UNION SELECT b FROM kept.link)"
        )
        self.names = [node for (node,) in self.db.execute("SELECT node FROM member ORDER BY n").fetchall()]
        numbered = ontology().numbered
        count = len(self.names)
        self.above, self.size = array("q", range(count)), array("q", [1]) * count
        self.number = array("q", (n if kind_of(node) in numbered else -1 for n, node in enumerate(self.names)))
        place = {node: n for n, node in enumerate(self.names)}
        self.apart: dict[int, set[int]] = {}
        for (a, b), verdict in sorted(self.judged.items()):
            if a in place and b in place and verdict == "different":
                self.apart.setdefault(place[a], set()).add(place[b])
                self.apart.setdefault(place[b], set()).add(place[a])
        for (a, b), verdict in sorted(self.judged.items()):
            if a in place and b in place and verdict == "same":
                self._join(place[a], place[b])
        self.weakest: dict[int, tuple[int, int, float, tuple[int, int]]] = {}
        for x, y, probability in self._links():
            self._take(x, y, probability)
        self._big()
        return self._told(islice(self._once(), limit))

    def _once(self) -> Iterator[_Draft]:
        """What was found, the best first; of what joins or parts the same two groups the best alone."""
        seen = set[tuple[int, int]]()
        for draft in sorted(self.drafts, key=lambda one: (-one.gain, self.names[one.a], self.names[one.b])):
            x, y = sorted((self._root(draft.a), self._root(draft.b)))
            groups = (x, y) if x != y else (draft.a, draft.b)
            if groups not in seen:
                seen.add(groups)
                yield draft

    def _told(self, drafts: Iterable[_Draft]) -> list[Item]:
        chosen = list(drafts)
        self.db.execute("CREATE OR REPLACE TABLE asked_for (a VARCHAR, b VARCHAR)")
        for part in chunks(chosen, _AT_ONCE):
            ends = pa.table({"a": [self.names[one.a] for one in part], "b": [self.names[one.b] for one in part]})
            self.db.register("ends", ends)
            self.db.execute("INSERT INTO asked_for FROM ends")
            self.db.unregister("ends")
        rows = self.db.execute("SELECT a, b, nature, levels FROM kept.link SEMI JOIN asked_for USING (a, b)").fetchall()
        said = {(a, b): (nature, tuple(levels)) for a, b, nature, levels in rows}
        items = []
        for one in chosen:
            a, b = self.names[one.a], self.names[one.b]
            nature, levels = said[a, b]
            items.append(Item(a, b, nature, one.why, one.probability, one.nodes, one.registered, one.gain, levels))
        return items

    def _links(self) -> Iterable[tuple[int, int, float]]:
        rows = self.db.execute(
            "SELECT x.n, y.n, probability FROM kept.link JOIN member AS x ON a = x.node JOIN member AS y ON b = y.node "
            "ORDER BY probability DESC, a, b"
        ).to_arrow_reader(_AT_ONCE)
        for batch in rows:
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    def _root(self, n: int) -> int:
        above = self.above
        while above[n] != n:
            above[n] = n = above[above[n]]
        return n

    def _join(self, a: int, b: int) -> int:
        x, y = self._root(a), self._root(b)
        if x == y:
            return x
        x, y = min(x, y), max(x, y)
        self.above[y] = x
        self.size[x] += self.size[y]
        if self.number[x] < 0:
            self.number[x] = self.number[y]
        if y in self.apart:
            self.apart.setdefault(x, set()).update(self.apart.pop(y))
        return x

    def _take(self, a: int, b: int, probability: float) -> None:
        x, y = self._root(a), self._root(b)
        if x == y:
            return
        is_contrary = self._is_contrary(x, y)
        sizes = self.size[x], self.size[y]
        registered = self.number[x] >= 0, self.number[y] >= 0
        if (self.names[a], self.names[b]) not in self.judged:
            if is_contrary and probability >= self.threshold:
                # Surely one of two sure links is wrong: as uncertain as can be.
                self._add(a, b, "conflict", probability, 1.0, sizes, registered)
            elif not is_contrary and LEAST <= probability <= MOST:
                doubt = 4 * probability * (1 - probability)
                weak = probability >= self.threshold and min(sizes) > 1
                self._add(a, b, "weak" if weak else "uncertain", probability, doubt, sizes, registered)
        if probability >= self.threshold and not is_contrary:
            joined = self._join(a, b)
            self.weakest[joined] = (a, b, probability, sizes)

    def _is_contrary(self, x: int, y: int) -> bool:
        one, two = self.number[x], self.number[y]
        if one >= 0 and two >= 0 and kind_of(self.names[one]) == kind_of(self.names[two]):
            return True
        if self.apart:
            return any(self._root(n) == y for n in self.apart.get(x, ())) or any(
                self._root(n) == x for n in self.apart.get(y, ())
            )
        return False

    def _big(self) -> None:
        """Adds the weakest links of clusters of many that hold no registered party."""
        twins = {node for (node,) in self.db.execute("SELECT node FROM kept.twin").fetchall()}
        apart = array("q", bytes(8 * len(self.names)))
        for n, node in enumerate(self.names):
            if node not in twins:  # a factory's thousand bills that say the same are no crowd
                apart[self._root(n)] += 1
        for root, (a, b, probability, sizes) in sorted(self.weakest.items()):
            if self._root(root) == root and apart[root] > BIG and self.number[root] < 0:
                if (self.names[a], self.names[b]) not in self.judged:
                    self._add(a, b, "big", probability, 1 - probability, sizes, (False, False))

    def _add(
        self,
        a: int,
        b: int,
        why: Why,
        probability: float,
        doubt: float,
        sizes: tuple[int, int],
        registered: tuple[bool, bool],
    ) -> None:
        worth = log2(1 + sizes[0] * sizes[1]) * (2 if registered[0] != registered[1] else 1)
        self.drafts.append(_Draft(a, b, why, probability, sizes, registered, round(doubt * worth, 6)))
