"""What stands around nodes, for viewers who see all of it and for those who do not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from api.masks.projection import Projection, Shown
from graph.errors import NotFound
from graph.model import Cut, Direction, Link
from queries import neighbourhood

_COUNTED = 1000  # links of a kind and direction at a node that are counted for a viewer who may not see all of them


@dataclass(frozen=True, slots=True)
class Asked:
    """Which links are asked for: see `queries.neighbourhood.expand`."""

    kinds: Collection[str] | None
    direction: Direction
    start: str | None
    end: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around nodes, as `queries.neighbourhood.Neighbourhood` tells it.

    Attributes:
        counts: Id -> (link kind, direction) -> how many links the viewer may see.
        at_least: The counts, as (id, link kind, direction), beyond which there may be more.
    """

    counts: Mapping[str, Mapping[tuple[str, Direction], int]]
    at_least: frozenset[tuple[str, str, Direction]]
    links: tuple[Link, ...]
    nodes: Mapping[str, Shown]
    cut: tuple[Cut, ...]


def around(project: Projection, ids: Collection[str], asked: Asked, read: set[str]) -> Around | None:
    """What stands around nodes, for a viewer from whom no node is hidden; None when none of them is there."""
    try:
        found = neighbourhood.expand(
            project.sight.store,
            ids,
            kinds=asked.kinds,
            direction=asked.direction,
            start=asked.start,
            end=asked.end,
            limit=asked.limit,
        )
    except NotFound:
        return None
    project.look_at(found.nodes.values(), found.links)
    shown = project.nodes(found.nodes)
    read.update(shown)
    return Around(
        {shown[n].node.id: counts for n, counts in found.counts.items() if n in shown},
        frozenset(),
        project.links(found.links),
        {one.node.id: one for one in shown.values()},
        project.cuts(found.cut),
    )


def around_what_is_seen(project: Projection, ids: Collection[str], asked: Asked, read: set[str]) -> Around | None:
    """What stands around nodes, without hidden ones: counted link by link, as far as it goes."""
    store = project.sight.store
    here = store.get(ids)
    if not here:
        return None
    whole = store.expand(here, None, "both", None, None, _COUNTED)
    found = store.expand(here, asked.kinds, asked.direction, asked.start, asked.end, max(asked.limit, _COUNTED))
    every = [k for links in (*whole.links.values(), *found.links.values()) for k in links]
    known = store.get({n for links in found.links.values() for k in links for n in (k.source, k.target)})
    project.look_at((*here.values(), *known.values()), every)
    links: dict[tuple[str, str, str], Link] = {}
    cut: list[Cut] = []
    for n in here:
        for (kind, way), some in _by_kind(project, n, found.links.get(n, ())).items():
            links |= {(k.kind, k.source, k.target): k for k in some[: asked.limit]}
            if len(some) > asked.limit:
                cut.append(Cut(n, kind, way, len(some), asked.limit))
    ends = {n: known[n] for k in links.values() for n in (k.source, k.target) if n in known}
    shown = project.nodes({**here, **ends})
    read.update(shown)
    name = {n: one.node.id for n, one in shown.items()}
    counts = {n: _by_kind(project, n, whole.links.get(n, ())) for n in here if n in name}
    return Around(
        {name[n]: {at: len(some) for at, some in by_kind.items()} for n, by_kind in counts.items()},
        frozenset((name[c.node], c.kind, c.direction) for c in (*whole.cut, *found.cut) if c.node in name),
        project.links(links.values()),
        {one.node.id: one for one in shown.values()},
        tuple(replace(c, node=name[c.node]) for c in cut if c.node in name),
    )


def _by_kind(project: Projection, node: str, links: Iterable[Link]) -> dict[tuple[str, Direction], list[Link]]:
    """The links at a node that the viewer may see, by kind and direction."""
    found: dict[tuple[str, Direction], list[Link]] = {}
    for k in links:
        if project.id(k.other(node)) is not None:
            way: Direction = "out" if k.source == node else "in"
            found.setdefault((k.kind, way), []).append(k)
    return found
