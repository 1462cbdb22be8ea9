"""Levels: which outcomes of a comparison say more of masked values than the tokens that stand for them.

That two parties share a phone is no secret to whoever sees that both lead to the same token. That two masked addresses
are of one mail domain, that two days of birth are a slip apart, or when a plate was held, no token tells:
such an outcome is told to those alone who may read what was compared. Since weights are public, and all together make
the probability of a pair, not even the others' are told then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

WITHIN: Mapping[str, frozenset[str]] = {
    "mail": frozenset(("domain", "differ")),
    "number": frozenset(("differ",)),
    "born": frozenset(("same", "slip", "swapped", "differ")),
    "plate": frozenset(("passed",)),
}
"""Comparison -> the levels that tell of masked values what no token tells; the others follow from tokens, or from
names."""


def tells_more(comparison: str, level: str) -> bool:
    """Whether that a comparison came out so says more of masked values than the tokens that stand for them."""
    return level in WITHIN.get(comparison, ())


def tells_nothing_more(reasons: Iterable[str]) -> bool:
    """Whether none of the reasons of a link of identity (`trade=same +10.1`) does."""
    levels = (reason.partition(" ")[0].partition("=") for reason in reasons)
    return not any(tells_more(comparison, level) for comparison, _, level in levels)
