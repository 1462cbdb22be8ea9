"""Network: what stands out in a chosen set of nodes: central parties, bridges, communities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.errors import NotFound, SettingError
from graph.model import Cut, Link
from graph.store import Store

if TYPE_CHECKING:
    import networkx as nx

MOST = 3000
"""Nodes of one network at the most: betweenness grows with nodes times links."""
_SAMPLE = 200  # nodes that the shortest ways of a large network are measured from
_OUTWARDS = 2000  # links that leave one node


@dataclass(frozen=True, slots=True)
class Network:
    """A set of nodes seen as one network.

    Attributes:
        links: The links among the nodes.
        central: (node, betweenness in 0..1), the most central first; of more than 200 nodes, estimated from so many.
        bridges: Links whose removal would part the network into parts of more than one node each.
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
        SettingError: There are more than `MOST` nodes.
    """
    import networkx as nx  # here, as it takes a quarter of a second

    chosen = set(store.get(ids))
    if not chosen:
        raise NotFound("none of these nodes is there; `headwater search` finds ids")
    cut: list[Cut] = []
    front = set(chosen)
    for _ in range(hops):
        if len(chosen) > MOST:
            break
        found = store.expand(sorted(front), limit=fanout)
        cut.extend(found.cut)
        front = {k.other(node) for node, links in found.links.items() for k in links} - chosen
        chosen |= front
    if len(chosen) > MOST:
        raise SettingError(f"the network has more than {MOST:,} nodes; choose fewer nodes or hops")
    # Out of each node only: every link among the nodes leaves one of them.
    found = store.expand(sorted(chosen), None, "out", limit=_OUTWARDS)
    links = sorted(
        (k for around in found.links.values() for k in around if k.target in chosen),
        key=lambda k: (k.source, k.target, k.kind),
    )
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(sorted(chosen))
    graph.add_edges_from((k.source, k.target) for k in links)
    central = nx.betweenness_centrality(graph, k=_SAMPLE if len(graph) > _SAMPLE else None, seed=7)
    between = Counter(frozenset((k.source, k.target)) for k in links)
    # That a leaf hangs by one link says nothing.
    inner = (frozenset(edge) for edge in nx.bridges(graph) if min(graph.degree[node] for node in edge) > 1)
    bridges = {edge for edge in inner if between[edge] == 1}
    communities = nx.community.louvain_communities(graph, seed=7)
    return Network(
        tuple(sorted(chosen)),
        tuple(links),
        tuple(sorted(((n, round(c, 6)) for n, c in central.items() if c > 0), key=lambda item: (-item[1], item[0]))),
        tuple(k for k in links if frozenset((k.source, k.target)) in bridges),
        tuple(sorted((tuple(sorted(c)) for c in communities), key=lambda c: (-len(c), c))),
        (*cut, *found.cut),
    )
