"""What stands around nodes, for viewers who see all of it and for those who do not.

The store orders links that began on one day by the hashes of their ends' ids, and whoever knows an order of hashes
knows something of what was hashed. So masked ends stand where their shown ids put them, within blocks of the store's
order that are the same whichever page is asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from api.masks.projection import Projection, Shown
from api.masks.vault import is_token
from graph.model import Cut, Direction, Expansion, Link, chunks, order_of

_COUNTED = 1000  # links of a kind and direction at a node that are counted for a viewer who may not see all of them
_BLOCK = 100  # links that are put in order together

_Ways = dict[tuple[str, Direction], list[Link]]


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
    """What stands around nodes, without hidden ones; None when none of the nodes is there.

    A viewer from whom nodes are hidden is told counts of what it sees, link by link, as far as they go.
    """
    store = project.sight.store
    counts: Mapping[str, Mapping[tuple[str, Direction], int]] = {}
    whole: Expansion | None = None
    here: Collection[str]
    if project.sight.is_limited:
        here, reach = store.get(ids), max(asked.limit, _COUNTED)
        whole = store.expand(here, None, "both", None, None, _COUNTED) if here else None
    else:
        here = counts = store.degrees(ids)
        reach = -(-asked.limit // _BLOCK) * _BLOCK
    if not here:
        return None
    found = store.expand(here, asked.kinds, asked.direction, asked.start, asked.end, reach)
    every = (k for some in (found, whole) if some for links in some.links.values() for k in links)
    project.look_at((*here, *{n for k in every for n in (k.source, k.target)}))
    if whole is not None:
        counts = {n: {way: len(links) for way, links in _by_way(project, n, whole).items()} for n in here}
    ways = {n: _by_way(project, n, found) for n in here}
    kept = {
        (k.kind, k.source, k.target): k
        for n, by_way in ways.items()
        for links in by_way.values()
        for k in _arranged(project, n, links)[: asked.limit]
    }
    known = store.get(dict.fromkeys((*here, *(n for k in kept.values() for n in (k.source, k.target)))))
    project.look_at(known.values(), kept.values())
    shown = project.nodes(known)
    read.update(shown)
    name = {n: one.node.id for n, one in shown.items()}
    told = project.links(kept.values())
    ends = dict.fromkeys((*(name[n] for n in here if n in name), *(n for k in told for n in (k.source, k.target))))
    nodes = {one.node.id: one for one in shown.values()}
    more = (*whole.cut, *found.cut) if whole is not None else ()
    return Around(
        {name[n]: some for n, some in counts.items() if n in name},
        frozenset((name[c.node], c.kind, c.direction) for c in more if c.node in name),
        told,
        {n: nodes[n] for n in ends if n in nodes},
        tuple(replace(c, node=name[c.node]) for c in _cut(found, ways, asked, whole is None) if c.node in name),
    )


def _by_way(project: Projection, node: str, found: Expansion) -> _Ways:
    """The links at a node that the viewer may see, by kind and direction."""
    ways: _Ways = {}
    for k in found.links.get(node, ()):
        if project.id(k.other(node)) is not None:
            ways.setdefault((k.kind, "out" if k.source == node else "in"), []).append(k)
    return ways


def _arranged(project: Projection, node: str, links: Sequence[Link]) -> Sequence[Link]:
    """Links of one kind and direction in the order in which they are shown: the store's, where that tells nothing."""
    is_holder = project.sight.is_holder
    shown = [(project.id(k.other(node)) or "", k) for k in links]
    if not is_holder and not any(is_token(end) for end, _ in shown):
        return links
    found: list[Link] = []
    for block in chunks(shown, _BLOCK):
        block.sort(key=lambda one: order_of(one[0]))
        if not is_holder:  # who is told no days
            block.sort(key=lambda one: one[1].start or "", reverse=True)
        found += (k for _, k in block)
    return found


def _cut(found: Expansion, ways: Mapping[str, _Ways], asked: Asked, is_counted: bool) -> Iterable[Cut]:
    """What was left out; where hidden nodes are counted among the store's totals, of what the viewer sees."""
    totals = {(n, *way): len(links) for n, by_way in ways.items() for way, links in by_way.items()}
    if is_counted:
        totals |= {(c.node, c.kind, c.direction): c.total for c in found.cut}
    for (node, kind, direction), total in totals.items():
        if total > asked.limit:
            yield Cut(node, kind, direction, total, asked.limit)
