"""Trace: from a clue upstream to who made, traded, stored and sold the goods.

The seller behind the clue is found by a walk; the places that its goods are sent from by its parcels; who sent the
goods there by freight, in time and of such goods, through a trader where there is one; who stands behind by persons,
phones and declarations in common. All that leads to one party is weighed together, and the licences are screened.
"""

from __future__ import annotations

from typing import Any

from graph.errors import InvalidValue, NotFound
from graph.store import Store
from queries.tracing.answer import answer, tell
from queries.tracing.candidates import parties
from queries.tracing.clue import CLUE_COLUMNS, KINDS, Clue, Start, clue_of, resolve
from queries.tracing.control import find_control, find_declared
from queries.tracing.freight import find_sources
from queries.tracing.licences import Licence
from queries.tracing.marks import Mark
from queries.tracing.places import find_places, find_senders
from queries.tracing.question import ask
from queries.tracing.result import Candidate, Damped, Path, Reason, Step, Trace, speaking
from queries.tracing.sellers import find_sellers

__all__ = [
    "CLUE_COLUMNS",
    "KINDS",
    "Candidate",
    "Clue",
    "Damped",
    "Licence",
    "Mark",
    "Path",
    "Reason",
    "Step",
    "Trace",
    "answer",
    "answered",
    "clue_of",
    "speaking",
    "trace",
]


def trace(store: Store, clue: Clue, *, limit: int = 10, start: Start | None = None) -> Trace:
    """Traces a clue; of each role at most `limit` candidates are given.

    What the clue names is found by its value, unless `start` says it.

    Without a right, what the clue names outright says which goods are looked for, the marks on its listings say which
    rights, and licences are shown but clear no one. Without a day, the newest parcels of the seller say when.

    Raises:
        InvalidValue: The value breaks the rule of its kind.
        NotFound: The clue names nothing that the store knows.
    """
    q = ask(store, start or resolve(store, clue))
    find_sellers(q)
    find_places(q)
    find_senders(q)
    find_sources(q)
    find_control(q)
    find_declared(q)
    ranked, known = parties(q)
    return tell(q, clue, ranked, known, limit)


def answered(store: Store, clue: Clue, *, limit: int = 10) -> dict[str, Any]:
    """The answer to a clue as a line of an answers file; one that names nothing known is unknown, with the reason."""
    try:
        return answer(trace(store, clue, limit=limit))
    except (NotFound, InvalidValue) as error:
        return {"clue_no": clue.no, "verdict": "unknown", "candidates": [], "reason": str(error)}
