"""What a text finds, by its words or as a number, of what one viewer may see."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from api.masks.bringing import Brought, whole_readings
from api.masks.paging import Part
from api.masks.projection import Projection, Shown
from graph.model import Node, kind_of
from graph.ontology import ontology
from graph.scripts import fold
from queries.search import Hit, numbered
from queries.search import search as find_text

_RANKED = 10_000  # hits looked at: more than a search ever ranks


def search(
    project: Projection,
    brought: Brought,
    text: str,
    kinds: Collection[str] | None,
    limit: int,
    after: tuple[float, int, int] | None,
    read: set[str],
) -> tuple[Part, bool]:
    """What `queries.search.search` finds, but for hidden nodes and for what a number finds in what is masked.

    At most `limit` hits behind a place, with their places; and whether there is more than was ranked. The total counts
    what was ranked.
    """
    asked = fold(text)
    if not asked:
        return Part(total=0), False
    # All that is found is looked at, since what must be left out may stand anywhere and is not to be counted.
    found = find_text(project.sight.store, text, kinds, _RANKED, without=brought.unknown(asked))
    project.look_at(h.node for h in found.hits)
    seen = [(h, one) for h in found.hits if (one := project.node(h.node)) is not None]
    kept = [(h, one) for h, one in seen if not _is_given_away(h, one)]
    # Equal hits stand in the order of what is shown, since that of the real ids tells of them.
    shown = sorted(((replace(h, node=one.node), h.node.id) for h, one in kept), key=lambda pair: pair[0].place)
    behind = [(hit, node) for hit, node in shown if after is None or hit.place > after]
    told = [hit for hit, _ in behind[:limit]]
    read.update(node for _, node in behind[:limit])
    places = [hit.place for hit in told]
    has_more = len(behind) > limit
    return Part(told, places, places[-1] if places and has_more else None, has_more, len(kept)), found.cut


def _is_given_away(hit: Hit, shown: Shown) -> bool:
    """Whether that a number found a node would tell a part of what is masked of it."""
    if hit.by == "number":
        return shown.node.id != hit.node.id
    return not {*shown.masked}.isdisjoint(ontology().kinds[hit.node.kind].search)


def identified(project: Projection, brought: Brought, text: str, kinds: Collection[str] | None) -> dict[str, Node]:
    """Id in the store -> the nodes of these kinds whose identifier, web address or id a text is.

    Raises:
        CaseRequired: The text names nothing that is open, may be somebody's number, and no case was named.
        RateExceeded: Too many such texts were brought.
    """
    text = fold(text)
    without = brought.unknown(text) if project.sight.case is None else ()
    known = numbered(project.sight.store, text, without)
    found = {n: node for n, node in known.items() if kinds is None or kind_of(n) in kinds}
    project.look_at(found.values())
    clear = {n: node for n, node in found.items() if project.id(n) == n}
    if clear or not (whole := whole_readings(text, kinds)):
        return clear
    brought.bring()
    return {n: node for n, node in found.items() if n in whole}
