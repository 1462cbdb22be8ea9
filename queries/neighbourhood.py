"""Neighbourhood: what stands around a node, counted by kind before any of it is listed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from graph.errors import NotFound
from graph.model import Cut, Direction, Link, Node
from graph.store import Store


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Nodes, the links around them, and all nodes that these reach.

    Attributes:
        counts: Id -> (link kind, direction) -> how many links there are in all, whatever was listed.
        links: Each link once, newest first around each node.
        nodes: All nodes at either end.
        cut: What was left out, with its total.
    """

    counts: Mapping[str, Mapping[tuple[str, Direction], int]]
    links: tuple[Link, ...]
    nodes: Mapping[str, Node]
    cut: tuple[Cut, ...]


def expand(
    store: Store,
    ids: Collection[str],
    *,
    kinds: Collection[str] | None = None,
    direction: Direction = "both",
    start: str | None = None,
    end: str | None = None,
    limit: int = 50,
) -> Neighbourhood:
    """What stands around nodes: counts by kind first, then at most `limit` links per node, kind and direction.

    Raises:
        NotFound: None of the nodes is there.
    """
    counts = store.degrees(ids)
    if not counts:
        raise NotFound(f"there is no node {', '.join(sorted(ids))}; `headwater search` finds ids")
    found = store.expand(counts, kinds, direction, start, end, limit)
    links = {(k.kind, k.source, k.target): k for around in found.links.values() for k in around}
    ends = dict.fromkeys([*counts, *(n for k in links.values() for n in (k.source, k.target))])
    return Neighbourhood(counts, tuple(links.values()), store.get(ends), tuple(found.cut))
