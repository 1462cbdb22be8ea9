"""Which pairs become links: the probability of each, and of the many that a party may have, those that matter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from graph.model import kind_of
from resolve.weights import Weights

LEAST = 0.1
"""Probability below which no link is kept."""
BEST = 3
"""Links that every party keeps, its most probable ones, besides those that hold clusters together."""
SUREST = 0.9999
"""What no model is surer of."""


class Pair(NamedTuple):
    """Two parties that may be one; `a` is the smaller id, `weight` in bits, `reasons` the levels of the comparisons."""

    a: str
    b: str
    weight: float
    reasons: tuple[str, ...]


class Chosen(NamedTuple):
    """A pair with the probability that the two are one."""

    pair: Pair
    probability: float


def probabilities(pairs: Sequence[Pair], weights: Weights) -> list[float]:
    """The probability of each pair, all of one nature.

    A mention is of one registered party or of none: where it fits several, they share its belief. Their odds against
    "none of them" stand beside each other, each as the pair alone has them.
    """
    slope, shift = weights["calibration"]["slope"], weights["calibration"]["shift"]
    odds = [2.0 ** min(60.0, slope * pair.weight + shift) for pair in pairs]
    rivals: dict[str, float] = defaultdict(float)
    for pair, o in zip(pairs, odds, strict=True):
        if (mention := _mention(pair)) is not None:
            rivals[mention] += o
    found = []
    for pair, o in zip(pairs, odds, strict=True):
        mention = _mention(pair)
        found.append(min(SUREST, o / (1.0 + (o if mention is None else rivals[mention]))))
    return found


def chosen(pairs: Sequence[Pair], believed: Sequence[float]) -> list[Chosen]:
    """The pairs that are kept as links, in the order of their ids.

    They are the best of each party, and those of a spanning forest of greatest probability, so that what is joined at
    a threshold is what all pairs would join at it.
    """
    order = sorted(
        (i for i, p in enumerate(believed) if p >= LEAST), key=lambda i: (-believed[i], pairs[i].a, pairs[i].b)
    )
    held: dict[str, int] = defaultdict(int)
    first: dict[str, str] = {}

    def root(node: str) -> str:
        while (above := first.setdefault(node, node)) != node:
            first[node] = first[above] if above in first else above
            node = first[node]
        return node

    kept = []
    for i in order:
        a, b = pairs[i].a, pairs[i].b
        x, y = root(a), root(b)
        if x != y:
            first[max(x, y)] = min(x, y)
        if x != y or held[a] < BEST or held[b] < BEST:
            held[a] += 1
            held[b] += 1
            kept.append(i)
    return [Chosen(pairs[i], believed[i]) for i in sorted(kept, key=lambda i: (pairs[i].a, pairs[i].b))]


def of_twins(pairs: Iterable[Pair], leads: Mapping[str, str]) -> list[Pair]:
    """The same pairs, and for each twin of a lead the pairs that its lead has with registered parties.

    Twins say the same, so what is found for one holds for all: each then leads to its company by one link.
    """
    registered: dict[str, list[Pair]] = defaultdict(list)
    out = list(pairs)
    for pair in out:
        if (mention := _mention(pair)) is not None:
            registered[mention].append(pair)
    for twin, lead in leads.items():
        if twin != lead:
            for pair in registered.get(lead, ()):
                other = pair.b if pair.a == lead else pair.a
                out.append(Pair(min(twin, other), max(twin, other), pair.weight, pair.reasons))
    return out


def _mention(pair: Pair) -> str | None:
    """The one of a pair that bears no number, beside one that does."""
    a, b = kind_of(pair.a) == "Party", kind_of(pair.b) == "Party"
    return None if a == b else pair.a if a else pair.b
