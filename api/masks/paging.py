"""Lists that are told page by page, as one viewer may see them: each item with its place, to go on behind it.

The store orders what is of one day by hashes of ids, and whoever knows where a masked number stands among many hashes
has few numbers left to try. So links to what may be masked are told by their tokens, some hundred at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from api.masks.around import Asked
from api.masks.projection import Projection
from api.masks.rules import rules
from api.masks.sought import Sought
from api.masks.vault import is_token
from graph.model import Direction, Link, Place, kind_of, order_of
from graph.ontology import ontology

_SIFTED = 4  # times as many links are looked at where some may be hidden
_TOGETHER = 100  # links of one day, or up to twice as many, that are told in the order of their tokens
_START = (-1, "")  # before all statements
_ORDER_BITS = 63  # of `graph.model.order_of`

Way = tuple[str, str]
"""A kind of link and a direction."""


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


class Spot(NamedTuple):
    """Where a link is told around a node: as `graph.model.Place`, but for links to what may be masked.

    Of those, `bits` of the other end's place in the fixed order count, and then its token, whose own is `token`.
    """

    kind: str
    direction: str
    newest: str | None
    order: int
    bits: int
    token: int

    @property
    def rank(self) -> tuple[str, bool, int, int, int]:
        """By which spots are compared."""
        kind, is_in, age, order = self.place.rank
        return kind, is_in, age, order, self.token

    @property
    def place(self) -> Place:
        """The place in the store's order behind which all that is told behind this stands."""
        way: Any = self.direction
        shift = _ORDER_BITS - self.bits
        return Place(self.kind, way, self.newest, self.order if not shift else (self.order >> shift << shift) - 1)


def links_around(
    project: Projection, ids: Collection[str], asked: Asked, after: Spot | None, read: set[str]
) -> dict[str, Part]:
    """Id -> at most `asked.limit` links around the node behind a spot, without those to hidden nodes.

    Where nodes are hidden from the viewer, a part may hold fewer though there are more.
    """
    is_limited = project.sight.is_limited
    counts = _counts(project, ids, asked)
    most = _SIFTED * (asked.limit + 1) if is_limited else asked.limit + 1
    behind = after.place if after is not None else None
    needed = {n: _needed(of, behind, most) for n, of in counts.items()}
    ways = {way for of in needed.values() for way in of}
    # Those that are told together must all be there.
    fetched = most + (4 * _TOGETHER if any(_is_shut(*way) for way in ways) else 0)
    found = project.sight.store.expand(
        ids, {kind for kind, _ in ways}, asked.direction, asked.start, asked.end, fetched, behind
    )
    cut: dict[str, set[Way]] = {n: set() for n in ids}
    for one in found.cut:
        cut[one.node].add((one.kind, one.direction))
    reached = {
        n: _reached(links, _spots(project, n, asked.direction, counts[n], after), after, cut[n])[:most]
        for n, links in found.links.items()
    }
    project.look_at((), (link for links in reached.values() for _, link in links))
    parts = {}
    for n, links in reached.items():
        seen = [(spot, link) for spot, link in links if project.id(link.other(n)) is not None]
        page = seen[: asked.limit]
        is_whole = len(page) == len(seen) and not cut[n] and len(needed[n]) == len(_needed(counts[n], behind))
        is_whole = is_whole and len(links) < most
        last = page if len(page) < len(seen) else links
        read.update(end for _, link in page for end in (link.source, link.target))
        parts[n] = Part(
            project.links(link for _, link in page),
            [spot for spot, _ in page],
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
        looked = [(order_of(s.record), s.field) for s in statements[:limit]]
        has_more = len(statements) > limit
        end = looked[-1] if looked else None
        seen = [(s, at) for s, at in zip(statements, looked, strict=False) if not project.is_of_hidden(s.record)]
        places = [at for _, at in seen]
        shown = [project.statement(s, n) for s, _ in seen]
        if any(is_token(s.record) for s in shown):
            # Within a page they stand in the order of what is shown: only behind the last of them stands the next page,
            # and whoever goes on behind another is told the page again.
            shown.sort(key=lambda s: order_of(s.record))
            places = [*[after or _START] * (len(shown) - 1), places[-1]]
        parts[n] = Part(tuple(shown), places, end if has_more else None, has_more)
    return parts


def _spots(
    project: Projection, node: str, direction: Direction, counts: Mapping[Way, int], after: Spot | None
) -> Callable[[Link, Direction], Spot]:
    """What tells where links around a node are told."""

    def spot(link: Link, way: Direction) -> Spot:
        place = link.place(node, way if direction == "both" else direction)
        group = place.kind, place.direction
        if not _is_shut(*group):
            return Spot(*place, _ORDER_BITS, 0)
        # Links that come or go must not move the others: what the first page took holds for all.
        is_same = after is not None and after[:2] == group
        bits = after.bits if after is not None and is_same else (counts.get(group, 0) // _TOGETHER).bit_length() - 1
        end = link.other(node)
        token = order_of(project.vault.seal(end) if kind_of(end) in rules().kinds else end)
        return Spot(*place, max(bits, 0), token)

    return spot


def _reached(
    links: Iterable[Link], spot: Callable[[Link, Direction], Spot], after: Spot | None, cut: Collection[Way]
) -> list[tuple[Spot, Link]]:
    """The links with their spots, in the order in which they are told, as far as none is missing between them."""
    spots: dict[Spot, Link] = {}
    for link in links:
        at = spot(link, "both")
        if link.source == link.target and (at in spots or (after is not None and at.rank <= after.rank)):
            at = spot(link, "in")  # one that leads to the node itself stands there once more
        spots[at] = link
    ordered = sorted(spots, key=lambda at: at.rank)
    if cut:
        kind, way = min(cut, key=lambda at: (at[0], at[1] == "in"))
        last = max(at.rank for at in ordered if at[:2] == (kind, way))
        # Of what is told together with the last of them, some may not have been fetched.
        edge = last[:4] if _is_shut(kind, way) else (*last[:4], last[4] + 1)
        ordered = [at for at in ordered if at.rank < edge] or ordered
    return [(at, spots[at]) for at in ordered if after is None or at.rank > after.rank]


@cache
def _is_shut(kind: str, direction: str) -> bool:
    """Whether the nodes that such links join to a node may be masked."""
    link = ontology().links[kind]
    return not rules().kinds.isdisjoint(link.targets if direction == "out" else link.sources)


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
