"""Every clue of a market is traced, and asked of the peers, so that the answers can be measured."""

from __future__ import annotations

from collections.abc import Callable

from graph.errors import InvalidValue, NotFound
from graph.store import Store
from headwater.worlds import World
from queries import trace as tracing
from queries.evaluation.measures import Answer
from queries.evaluation.peers import Peers

_LIMIT = 10
"""Candidates of a role, beyond the fifth that measures look at."""

Tell = Callable[[int], None] | None


def traced(store: Store, world: World, tell: Tell = None) -> dict[str, Answer]:
    """Number of a clue -> the trace's answer; one that names nothing known is answered as unknown, with the reason.

    Args:
        tell: Told how many clues are done.
    """
    found: dict[str, Answer] = {}
    for number, clue in enumerate(world.clues, 1):
        try:
            found[clue.no or ""] = tracing.answer(tracing.trace(store, clue, limit=_LIMIT))
        except (NotFound, InvalidValue) as error:
            found[clue.no or ""] = {"verdict": "unknown", "candidates": [], "reason": str(error)}
        if tell:
            tell(number)
    return found


def compared(store: Store, world: World, tell: Tell = None) -> dict[str, dict[str, Answer]]:
    """Peer -> number of a clue -> its answer."""
    known = Peers(store)
    found: dict[str, dict[str, Answer]] = {}
    for number, clue in enumerate(world.clues, 1):
        for name, answer in known.answers(clue).items():
            found.setdefault(name, {})[clue.no or ""] = answer
        if tell:
            tell(number)
    return found
