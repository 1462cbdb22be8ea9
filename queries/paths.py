"""Paths: how two nodes are joined, through what says most."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

from graph.errors import NotFound, SettingError
from graph.model import Cut, Link
from graph.ontology import DOUBTED_LINKS, ontology
from graph.store import Store

if TYPE_CHECKING:
    import networkx as nx

HOPS = 10
"""The longest path unless told: a name in common takes two steps of it, a consignment two more."""
MOST_HOPS = 20
_DETOUR = 4  # steps by which a way through rare nodes may be longer than the shortest one
_FRONTIER = 1500  # nodes followed in one step, the least joined first, as they say most
_TRIED = 60  # paths looked at, since the cheapest may be longer than asked


@dataclass(frozen=True, slots=True)
class Path:
    """Links from one node to the other, in their order; `cost` is low for short ways through rare nodes."""

    nodes: tuple[str, ...]
    links: tuple[Link, ...]
    cost: float


@dataclass(frozen=True, slots=True)
class Paths:
    """The best paths first.

    Attributes:
        cut: The hubs of which not every link was followed.
        passed_over: How many nodes were not followed at all, since too many had been reached; None when it is not told.
    """

    paths: tuple[Path, ...]
    cut: tuple[Cut, ...] = ()
    passed_over: int | None = 0


@dataclass(slots=True)
class _Side:
    """What is reached from one of the two ends: the nodes of the last step, and how many steps were made."""

    front: list[str]
    seen: set[str]
    depth: int = 0


@dataclass(slots=True)
class _Search:
    """The part of the graph between two nodes, as far as it was looked at."""

    store: Store
    kinds: Collection[str] | None
    start: str | None
    end: str | None
    fanout: int
    graph: nx.Graph[str]
    cut: dict[tuple[str, str, str], Cut] = field(default_factory=dict)
    passed_over: int = 0

    def grow(self, side: _Side) -> None:
        """One step outwards from one end."""
        found = self.store.expand(side.front, self.kinds, "both", self.start, self.end, self.fanout)
        self.cut |= {(c.node, c.kind, c.direction): c for c in found.cut}
        reached: dict[str, None] = {}
        for node, links in found.links.items():
            for link in links:
                other = link.other(node)
                if other == node:
                    continue
                self.note(node, other, link)
                if other not in side.seen:
                    reached[other] = None
        side.seen.update(reached)
        side.front = self.rarest(reached)
        side.depth += 1

    def note(self, a: str, b: str, link: Link) -> None:
        """Keeps the link between two nodes that says most: observed before inferred, then the one of most records."""
        held = self.graph.get_edge_data(a, b)
        if held is None:
            self.graph.add_edge(a, b, link=link)
        elif _rank(link) < _rank(held["link"]):
            held["link"] = link

    def rarest(self, reached: Collection[str]) -> list[str]:
        """The nodes to follow next: all, or those with the fewest links."""
        if len(reached) <= _FRONTIER:
            return sorted(reached)
        degrees = degrees_of(self.store, reached)
        self.passed_over += len(reached) - _FRONTIER
        return sorted(reached, key=lambda node: (degrees[node], node))[:_FRONTIER]


def paths(
    store: Store,
    source: str,
    target: str,
    *,
    hops: int = HOPS,
    limit: int = 5,
    kinds: Collection[str] | None = None,
    start: str | None = None,
    end: str | None = None,
    fanout: int = 100,
) -> Paths:
    """The best paths between two nodes, both ways round each link.

    A step costs 1, and more the more links the nodes have that it joins: a forwarder's address joins everybody and says
    little. An inferred link costs more the less probable it is. The graph is searched from both ends at once, set by
    set, so the answer is the best among what was looked at: `cut` and `passed_over` tell what was not.

    Args:
        store: Where.
        source: One node's id.
        target: The other's.
        hops: The longest path, at most `MOST_HOPS`.
        limit: How many paths.
        kinds: Only over links of these kinds; else of all that join (what was judged different does not).
        start: Only over links that last to this day or beyond.
        end: Only over links that begin by this day.
        fanout: Links followed per node, kind and direction, the newest first.

    Raises:
        NotFound: One of the nodes is not there.
        SettingError: `hops` is out of range.
    """
    if not 1 <= hops <= MOST_HOPS:
        raise SettingError(f"a path may have 1 to {MOST_HOPS} steps, not {hops}")
    known = store.get([source, target])
    for node in (source, target):
        if node not in known:
            raise NotFound(f"there is no node {node}; `headwater search` finds ids")
    if source == target:
        return Paths((Path((source,), (), 0.0),))
    import networkx as nx  # here, as it takes a quarter of a second

    ways = kinds if kinds is not None else ontology().links.keys() - DOUBTED_LINKS
    search = _Search(store, ways, start, end, fanout, nx.Graph())
    search.graph.add_nodes_from((source, target))
    sides = [_Side([source], {source}), _Side([target], {target})]
    longest = hops
    met = False
    while sum(side.depth for side in sides) < longest:
        growing = [side for side in sides if side.front]
        if not growing:
            break
        # The smaller side first, so that two small discs meet rather than one large one.
        search.grow(min(growing, key=lambda side: (len(side.front), side.depth)))
        if not met and sides[0].seen & sides[1].seen:
            met = True
            longest = min(hops, sum(side.depth for side in sides) + _DETOUR // 2)
    found = _best(search, source, target, hops, limit)
    return Paths(tuple(found), tuple(search.cut[place] for place in sorted(search.cut)), search.passed_over)


def _best(search: _Search, source: str, target: str, hops: int, limit: int) -> list[Path]:
    import networkx as nx

    away = nx.single_source_shortest_path_length(search.graph, source)
    back = nx.single_source_shortest_path_length(search.graph, target)
    if target not in away or away[target] > hops:
        return []
    most = min(hops, away[target] + _DETOUR)
    between = search.graph.subgraph([n for n in away if n in back and away[n] + back[n] <= most])
    weigh = _weights(search.store, between, (source, target))
    told = []
    for nodes in islice(nx.shortest_simple_paths(between, source, target, weight=weigh), _TRIED + limit):
        if len(nodes) - 1 <= hops:
            told.append(_path(search.graph, nodes, weigh))
            if len(told) == limit:
                break
    # All that are cheap may be too long; the shortest is not.
    return told or [_path(search.graph, nx.shortest_path(between, source, target), weigh)]


def _path(graph: Any, nodes: list[str], weigh: Any) -> Path:
    edges = [(a, b, graph.edges[a, b]) for a, b in pairwise(nodes)]
    return Path(tuple(nodes), tuple(e["link"] for *_, e in edges), round(sum(weigh(*edge) for edge in edges), 3))


def _weights(store: Store, graph: Any, ends: tuple[str, str]) -> Any:
    degrees = degrees_of(store, graph)
    # The ends are what was asked for, however much they are joined.
    cost = {node: 0.0 if node in ends else math.log2(max(degrees[node], 1)) / 4 for node in graph}

    def weigh(a: str, b: str, edge: Mapping[str, Link]) -> float:
        inference = edge["link"].inference
        doubt = -math.log2(max(inference.probability, 1e-6)) if inference is not None else 0.0
        return 1 + (cost[a] + cost[b]) / 2 + doubt

    return weigh


def degrees_of(store: Store, ids: Iterable[str]) -> dict[str, int]:
    """Id -> how many links in all."""
    return {node: sum(counts.values()) for node, counts in store.degrees(ids).items()}


def _rank(link: Link) -> tuple[bool, int, str, str]:
    return link.inference is not None, -len(link.records), link.kind, link.source
