"""Aliases: under which other names the party of a node is known, as far as links of identity tell."""

from __future__ import annotations

from collections.abc import Iterable

from graph.clusters import THRESHOLD, clusters
from graph.model import Node
from graph.ontology import ontology
from graph.scripts import fold
from graph.store import Store

_LOOKED_AT = 12  # nodes of a cluster whose names are looked at


def aliases(
    store: Store, nodes: Iterable[Node], threshold: float = THRESHOLD, *, most: int = 3
) -> dict[str, tuple[str, ...]]:
    """The names that other nodes of the same party bear, by node; nodes without any are left out.

    Args:
        store: Where.
        nodes: Whose.
        threshold: Probability in 0..1 from which a link of identity joins.
        most: How many of each are given, those of registered parties first.
    """
    asked = {node.id: node for node in nodes}
    others = {
        i: [m for m in cluster.members if m != i][:_LOOKED_AT]
        for i, cluster in clusters(store, asked, threshold).items()
        if len(cluster.members) > 1
    }
    known = store.get({m for some in others.values() for m in some})
    found = {}
    for i, some in others.items():
        own = {fold(name) for name in _names(asked[i])}
        names = (name for m in some if m in known for name in _names(known[m]) if fold(name) not in own)
        if told := tuple(dict.fromkeys(names))[:most]:
            found[i] = told
    return found


def _names(node: Node) -> list[str]:
    """All names stated of a node, by what names it to a person."""
    return [str(value) for name in ontology().kinds[node.kind].caption for value in node.values.get(name, ()) if value]
