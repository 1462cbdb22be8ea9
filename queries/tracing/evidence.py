"""The trail of a trace: by which links each node was reached, and the best ways from the clue told from it."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from graph.model import Link, kind_of
from queries.tracing.fitting import day_of
from queries.tracing.parameters import P

MOVEMENTS = frozenset(("CONSIGNED_BY", "CONSIGNED_TO", "DISPATCHED_FROM", "DELIVERED_TO", "SENT_BY", "SENT_FROM"))
"""The links whose dates are those on which goods moved; upstream they lie further back."""
_WAYS = 12  # ways kept into one node
_VISITS = 12  # ways looked at through one node, for one candidate


@dataclass(frozen=True, slots=True)
class Hop:
    """A node was reached from `parent` over a link, which passes on `factor` of what is believed."""

    parent: str
    link: Link
    factor: float


@dataclass(frozen=True, slots=True)
class Way:
    """Hops from the clue to a node, each with the node that it reaches; `late` when goods move on before they came."""

    hops: tuple[tuple[str, Hop], ...]
    probability: float
    late: bool


class Trail:
    """All hops of a trace, by the node that they reach."""

    def __init__(self) -> None:
        self.hops: dict[str, dict[tuple[str, str], Hop]] = {}

    def note(self, node: str, parent: str, link: Link, factor: float) -> None:
        """Keeps that a node was reached from another; of one pair and kind of link the strongest."""
        if node == parent or factor <= 0:
            return
        held = self.hops.setdefault(node, {})
        key = (parent, link.kind)
        old = held.get(key)
        if old is None:
            if len(held) < _WAYS:
                held[key] = Hop(parent, link, min(factor, 1.0))
        elif factor > old.factor:
            held[key] = Hop(parent, link, min(factor, 1.0))

    def best(self, start: Mapping[str, float]) -> dict[str, float]:
        """The probability of the strongest way to each node."""
        onward: dict[str, list[tuple[str, float]]] = {}
        for node, hops in self.hops.items():
            for hop in hops.values():
                onward.setdefault(hop.parent, []).append((node, hop.factor))
        reached: dict[str, float] = {}
        heap = [(-p, node) for node, p in start.items()]
        heapq.heapify(heap)
        while heap:
            minus, node = heapq.heappop(heap)
            if node in reached:
                continue
            reached[node] = -minus
            for other, factor in onward.get(node, ()):
                if other not in reached:
                    heapq.heappush(heap, (minus * factor, other))
        return reached

    def ways(
        self, start: Mapping[str, float], best: Mapping[str, float], targets: Collection[str], limit: int
    ) -> Iterator[Way]:
        """The strongest ways to any of the targets, best first; those in which the times are in order before others."""
        order = count()
        heap: list[tuple[float, int, str, float, tuple[tuple[str, Hop], ...], frozenset[str], bool]] = [
            (-best[node], next(order), node, 1.0, (), frozenset((node,)), False)
            for node in sorted(targets)
            if node in best
        ]
        heapq.heapify(heap)
        given: set[frozenset[str]] = set()
        visits: dict[str, int] = {}
        while heap and len(given) < limit:
            _, _, node, passed, hops, seen, late = heapq.heappop(heap)
            visits[node] = visited = visits.get(node, 0) + 1
            if visited > _VISITS:
                continue
            if node in start:
                told = _documents(hops)
                if told not in given:  # the same freight told another way says nothing new
                    given.add(told)
                    yield Way(hops, passed * start[node], late)
                continue
            for hop in self.hops.get(node, {}).values():
                parent = hop.parent
                if parent in seen or parent not in best or visits.get(parent, 0) >= _VISITS:
                    continue
                through = passed * hop.factor
                out_of_order = hop.link.kind in MOVEMENTS and _out_of_order(hop.link, hops)
                if out_of_order:
                    through *= P.told_late
                way = ((node, hop), *hops)
                heapq.heappush(
                    heap,
                    (-through * best[parent], next(order), parent, through, way, seen | {parent}, late or out_of_order),
                )


def _out_of_order(link: Link, onward: tuple[tuple[str, Hop], ...]) -> bool:
    """Whether a movement nearer the clue began before the next one upstream had ended."""
    if link.start is None:
        return False
    for _, hop in onward:
        other = hop.link
        if other.kind in MOVEMENTS and other.source != link.source:
            if other.start is None:
                return False
            return other.start > link.start or day_of(other.end or other.start) > day_of(link.start) + P.signed_late
    return False


def _documents(hops: tuple[tuple[str, Hop], ...]) -> frozenset[str]:
    """The consignments and declarations that a way goes through; of one through none the last two nodes."""
    nodes = [node for node, _ in hops]
    said = frozenset(n for n in nodes if kind_of(n) in ("Consignment", "Declaration"))
    return said or frozenset(nodes[-2:])
