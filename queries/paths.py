"""Paths: how two nodes are joined, through what says most."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice

import networkx as nx

from graph.errors import NotFound
from graph.model import Cut, Link
from graph.store import Store

_FRONTIER = 2000  # nodes expanded in one step; the least joined are kept, as they say most


@dataclass(frozen=True, slots=True)
class Path:
    """Links from one node to the other in their order along the way; `cost` is low for short ways through rare nodes."""

    nodes: tuple[str, ...]
    links: tuple[Link, ...]
    cost: float


@dataclass(frozen=True, slots=True)
class Paths:
    """The best paths first; `cut` tells the hubs of which not every link was followed."""

    paths: tuple[Path, ...]
    cut: tuple[Cut, ...]


def paths(
    store: Store,
    source: str,
    target: str,
    *,
    hops: int = 6,
    limit: int = 5,
    kinds: Collection[str] | None = None,
    start: str | None = None,
    end: str | None = None,
    fanout: int = 100,
) -> Paths:
    """The best paths between two nodes, both ways round each link.

    A step costs 1, and more the more links its nodes have: a forwarder's address joins everybody and says little.

    Args:
        store: Where.
        source, target: Node ids.
        hops: The longest path.
        limit: How many paths.
        kinds: Only over links of these kinds.
        start, end: Only over links of this time.
        fanout: Links followed per node, kind and direction, the newest first.

    Raises:
        NotFound: One of the nodes is not there.
    """
    known = store.get([source, target])
    for node in (source, target):
        if node not in known:
            raise NotFound(f"there is no node {node}; `headwater search` finds ids")
    graph = nx.Graph()
    graph.add_nodes_from((source, target))
    cut: dict[tuple[str, str, str], Cut] = {}
    fronts = {source: {source}, target: {target}}
    seen = {source: {source}, target: {target}}
    met = source == target
    for step in range(hops):
        # Grow the smaller side, so that two small discs meet instead of one large one.
        side = min(fronts, key=lambda s: (len(fronts[s]) or math.inf, s))
        if not fronts[side]:
            break
        found = store.expand(sorted(fronts[side]), kinds, "both", start, end, fanout)
        cut |= {(c.node, c.kind, c.direction): c for c in found.cut}
        reached: dict[str, int] = {}
        for node, links in found.links.items():
            for link in links:
                other = link.other(node)
                graph.add_edge(link.source, link.target)
                held = graph.edges[link.source, link.target].setdefault("links", {})
                held[link.kind, link.source, link.target] = link
                if other not in seen[side]:
                    reached[other] = reached.get(other, 0) + 1
        front = sorted(reached, key=lambda node: (-reached[node], node))[:_FRONTIER]
        seen[side].update(front)
        fronts[side] = set(front)
        met = met or bool(seen[source] & seen[target])
        if met and step >= 1 and len(graph) > _FRONTIER:
            break
    if not nx.has_path(graph, source, target):
        return Paths((), tuple(cut.values()))
    degree = dict(graph.degree())

    def weight(a: str, b: str, _: object) -> float:
        return 1 + math.log2(max(degree[a], degree[b], 2)) / 4

    told = []
    for nodes in islice(nx.shortest_simple_paths(graph, source, target, weight=weight), limit * 4):
        if len(nodes) - 1 > hops:
            continue
        links = []
        for a, b in zip(nodes, nodes[1:], strict=False):
            between = graph.edges[a, b]["links"]
            links.append(between[min(between)])
        cost = sum(weight(a, b, None) for a, b in zip(nodes, nodes[1:], strict=False))
        told.append(Path(tuple(nodes), tuple(links), round(cost, 3)))
        if len(told) == limit:
            break
    return Paths(tuple(told), tuple(cut.values()))
