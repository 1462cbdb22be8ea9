"""The queue of pairs to be judged, as one viewer may see it.

Pairs that change as much stand in an order that tells nothing of their ids: that of their tokens, whether or not they
are masked. For a viewer from whom nodes are hidden the most uncertain come first, since how much an answer changes
counts them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.masks.levels import tells_nothing_more
from api.masks.paging import Part
from api.masks.projection import Projection
from api.masks.rules import rules
from graph.model import chunks, kind_of, order_of

if TYPE_CHECKING:
    from resolve.review import Item

_AT_ONCE = 200  # pairs that are looked at together


@dataclass(frozen=True, slots=True)
class ToReview:
    """A pair as it is shown; what counts hidden nodes, or says what is masked, is None.

    Attributes:
        a: The smaller of the shown ids; what is told of either side stands in the same order.
        nodes: How many nodes the answer joins or parts, on either side.
        registered: Whether either side holds a registered party.
        levels: How the comparisons came out, as `trade=same`.
    """

    a: str
    b: str
    nature: str
    why: str | None
    probability: float
    nodes: tuple[int, int] | None
    registered: tuple[bool, bool] | None
    gain: float | None
    levels: tuple[str, ...] | None


def reviewed(
    project: Projection, queue: Sequence[Item], first: int, after: tuple[float, int, int] | None, read: set[str]
) -> Part:
    """At most `first` pairs of a queue behind a place, with their places."""
    is_limited = project.sight.is_limited
    placed = sorted(((_place(project, item), item) for item in queue), key=lambda pair: pair[0])
    behind = [(place, item) for place, item in placed if after is None or place > tuple(after)]
    told: list[ToReview] = []
    places: list[tuple[float, int, int]] = []
    for some in chunks(behind, _AT_ONCE):
        if len(told) > first:
            break
        project.look_at(node for _, item in some for node in (item.a, item.b))
        for place, item in some:
            if len(told) <= first and (shown := _shown(project, item)) is not None:
                told.append(shown)
                places.append(place)
                if len(told) <= first:
                    read.update((item.a, item.b))
    has_more = len(told) > first
    end = places[first - 1] if has_more and first else None
    return Part(told[:first], places[:first], end, has_more, None if is_limited else len(queue))


def _place(project: Projection, item: Item) -> tuple[float, int, int]:
    p = item.probability
    worth = 4 * p * (1 - p) if project.sight.is_limited else item.gain
    a, b = sorted(order_of(project.vault.seal(node)) for node in (item.a, item.b))
    return -worth, a, b


def _shown(project: Projection, item: Item) -> ToReview | None:
    a, b = project.id(item.a), project.id(item.b)
    if a is None or b is None:
        return None
    nodes, registered = item.nodes, item.registered
    if b < a:
        a, b, nodes, registered = b, a, nodes[::-1], registered[::-1]
    is_limited = project.sight.is_limited
    is_shut = any(project.id(n) != n and kind_of(n) in rules().kinds for n in (item.a, item.b))
    is_told = not is_limited and not is_shut and tells_nothing_more(item.reasons)
    return ToReview(
        a,
        b,
        item.nature,
        None if is_limited else item.why,
        item.probability,
        None if is_limited else nodes,
        None if is_limited else registered,
        None if is_limited else item.gain,
        item.reasons if is_told else None,
    )
