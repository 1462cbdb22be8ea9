"""Network: what stands out in a chosen set of nodes: central parties, bridges, communities."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import networkx as nx

from graph.errors import NotFound
from graph.model import Cut, Link
from graph.store import Store

MOST = 5000
"""Nodes of one network at the most: betweenness grows with nodes times links."""


@dataclass(frozen=True, slots=True)
class Network:
    """A set of nodes seen as one network.

    Attributes:
        links: The links among the nodes.
        central: (node, betweenness in 0..1), the most central first.
        bridges: Links whose removal would part the network.
        communities: Sets of nodes that are joined closely (Louvain, with a fixed seed), the largest first.
    """

    nodes: tuple[str, ...]
    links: tuple[Link, ...]
    central: tuple[tuple[str, float], ...]
    bridges: tuple[Link, ...]
    communities: tuple[tuple[str, ...], ...]
    cut: tuple[Cut, ...]


def network(store: Store, ids: Collection[str], *, hops: int = 0, fanout: int = 50) -> Network:
    """Central nodes, bridges and communities of nodes, with what lies within `hops` around them.

    Raises:
        NotFound: None of the nodes is there.
        ValueError: There are more than `MOST` nodes.
    """
    chosen = set(store.get(ids))
    if not chosen:
        raise NotFound("none of these nodes is there; `headwater search` finds ids")
    cut: list[Cut] = []
    front = set(chosen)
    for _ in range(hops):
        found = store.expand(sorted(front), limit=fanout)
        cut.extend(found.cut)
        front = {k.other(node) for node, links in found.links.items() for k in links} - chosen
        chosen |= front
        if len(chosen) > MOST:
            raise ValueError(f"a network of more than {MOST} nodes cannot be told apart; choose fewer nodes or hops")
    # Out of each node only: every link among the nodes leaves one of them.
    found = store.expand(sorted(chosen), None, "out", limit=fanout)
    links = sorted(
        (k for around in found.links.values() for k in around if k.target in chosen),
        key=lambda k: (k.source, k.target, k.kind),
    )
    graph = nx.Graph()
    graph.add_nodes_from(sorted(chosen))
    graph.add_edges_from((k.source, k.target) for k in links)
    sample = min(len(graph), 500)
    central = nx.betweenness_centrality(graph, k=sample if sample < len(graph) else None, seed=7)
    bridges = {frozenset(edge) for edge in nx.bridges(graph)}
    communities = nx.community.louvain_communities(graph, seed=7)
    return Network(
        tuple(sorted(chosen)),
        tuple(links),
        tuple(sorted(((n, round(c, 6)) for n, c in central.items() if c > 0), key=lambda item: (-item[1], item[0]))),
        tuple(k for k in links if frozenset((k.source, k.target)) in bridges),
        tuple(sorted((tuple(sorted(c)) for c in communities), key=lambda c: (-len(c), c))),
        (*cut, *found.cut),
    )
