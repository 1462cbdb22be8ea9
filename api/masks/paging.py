"""Lists that are told page by page, as one viewer may see them: each item with its place, to go on behind it.

A place is that of the item itself and not of what is shown of it, so nobody must be told it as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from api.masks.around import Asked
from api.masks.projection import Projection
from api.masks.sought import Sought
from graph.model import Direction, Link, Place, order_of

Way = tuple[str, str]
"""A kind of link and a direction."""
_SIFTED = 4  # times as many links are looked at where some may be hidden


@dataclass(frozen=True, slots=True)
class Part:
    """Part of a list.

    Attributes:
        items: What the viewer may see of it, as it is shown.
        places: Where each of the items stands in the whole list.
        end: The place up to which the list was looked at, if there may be more behind it.
        has_more: Whether there may be more.
        total: How many items the list has in all; None where they were not counted.
    """

    items: Sequence[Any] = ()
    places: Sequence[Any] = ()
    end: Any = None
    has_more: bool = False
    total: int | None = None


def links_around(
    project: Projection, ids: Collection[str], asked: Asked, after: Place | None, read: set[str]
) -> dict[str, Part]:
    """Id -> at most `asked.limit` links around the node behind a place, without those to hidden nodes.

    Where nodes are hidden from the viewer, a part may hold fewer though there are more.
    """
    is_limited = project.sight.is_limited
    counts = _counts(project, ids, asked)
    most = _SIFTED * (asked.limit + 1) if is_limited else asked.limit + 1
    needed = {n: _needed(of, after, most) for n, of in counts.items()}
    kinds = {kind for ways in needed.values() for kind, _ in ways}
    found = project.sight.store.expand(ids, kinds, asked.direction, asked.start, asked.end, most, after)
    cut: dict[str, set[Way]] = {n: set() for n in ids}
    for one in found.cut:
        cut[one.node].add((one.kind, one.direction))
    reached = {n: list(_reached(n, links, asked.direction, after, cut[n]))[:most] for n, links in found.links.items()}
    project.look_at((), (link for links in reached.values() for _, link in links))
    parts = {}
    for n, links in reached.items():
        seen = [(place, link) for place, link in links if project.id(link.other(n)) is not None]
        page = seen[: asked.limit]
        is_whole = len(page) == len(seen) and not cut[n] and len(needed[n]) == len(_needed(counts[n], after))
        last = page if len(page) < len(seen) else links
        read.update(end for _, link in page for end in (link.source, link.target))
        parts[n] = Part(
            project.links(link for _, link in page),
            [place for place, _ in page],
            last[-1][0] if last and not is_whole else None,
            not is_whole,
            # What is hidden is not counted, so neither is the rest.
            (len(page) if is_whole and after is None else None) if is_limited else sum(counts[n].values()),
        )
    return parts


def statements_on(
    project: Projection, ids: Iterable[str], limit: int, after: tuple[int, str] | None, read: set[str]
) -> dict[str, Part]:
    """Id -> at most `limit` of what records say of the node behind a place; none of the nodes is hidden."""
    said = project.sight.store.statements(ids, limit + 1, after)
    sought = Sought()
    for n, statements in said.items():
        for s in statements:
            sought.node(n, s.values)
            sought.record(s.record)
    project.look(sought)
    read.update(said)
    parts = {}
    for n, statements in said.items():
        places = [(order_of(s.record), s.field) for s in statements[:limit]]
        has_more = len(statements) > limit
        shown = tuple(project.statement(s, n) for s in statements[:limit])
        parts[n] = Part(shown, places, places[-1] if places and has_more else None, has_more)
    return parts


def _reached(
    node: str, links: Iterable[Link], direction: Direction, after: Place | None, cut: Collection[tuple[str, str]]
) -> Iterator[tuple[Place, Link]]:
    """The links with their places, in their order, as far as none is missing between them."""
    placed: dict[Place, Link] = {}
    for link in links:
        place = link.place(node, direction)
        if place in placed or (after is not None and place.rank <= after.rank):
            place = link.place(node, "in")  # one that leads to the node itself, as it stands in the other direction
        placed[place] = link
    for group, some in groupby(sorted(placed, key=lambda place: place.rank), key=lambda place: place[:2]):
        yield from ((place, placed[place]) for place in some)
        if group in cut:
            return


def _counts(project: Projection, ids: Collection[str], asked: Asked) -> dict[str, dict[Way, int]]:
    """Id -> how many links that are asked for there are around the node, hidden ones too, by kind and direction."""
    store = project.sight.store
    counts: dict[str, dict[Way, int]] = {n: {} for n in ids}
    if asked.start or asked.end:
        for one in store.expand(ids, asked.kinds, asked.direction, asked.start, asked.end, 0).cut:
            counts[one.node][one.kind, one.direction] = one.total
        return counts
    for n, of in store.degrees(ids).items():
        for (kind, way), number in of.items():
            if (asked.kinds is None or kind in asked.kinds) and asked.direction in (way, "both"):
                counts[n][kind, way] = number
    return counts


def _needed(counts: Mapping[Way, int], after: Place | None, most: int | None = None) -> list[Way]:
    """The kinds and directions, in their order, of which the first `most` links behind a place are, at the most."""
    needed: list[Way] = []
    reached = 0
    for kind, way in sorted(counts, key=lambda at: (at[0], at[1] == "in")):
        if most is not None and reached >= most:
            break
        if after is not None and after.is_behind(kind, way):
            continue
        needed.append((kind, way))
        # How many of those stand behind the place is not known.
        reached += counts[kind, way] if after is None or not after.is_among(kind, way) else 0
    return needed
