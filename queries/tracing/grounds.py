"""Links of identity that a trace may go by: those for which more speaks than names.

Two firms of one city and one trade often have like names, and what is said of one would be said of the other. Whom a
name alone may mean, the trace's own steps weigh: over names, with their rivals.
"""

from __future__ import annotations

from graph.model import Link
from queries.tracing.parameters import P

_OF_NAMES = frozenset(("prior", "trade", "name", "place", "industry", "activity", "form", "time"))
"""Of the comparisons that `resolve` gives for reasons, those of names and of what fits anybody."""


def is_grounded(link: Link) -> bool:
    """Whether more than names says that two nodes are one: a record, a person, or a phone, an address and the like."""
    if link.inference is None or not link.inference.reasons:
        return True
    return sum(map(_beyond_names, link.inference.reasons)) >= P.grounds


def _beyond_names(reason: str) -> float:
    """The bits that a reason (`phone=same +12.5`) says for one party beside its names; 0 when it is none of these."""
    level, _, bits = reason.rpartition(" ")
    if level.partition("=")[0] in _OF_NAMES:
        return 0.0
    try:
        return max(0.0, float(bits))
    except ValueError:
        return 0.0
