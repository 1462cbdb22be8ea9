"""Every clue of a market is traced, and asked of the peers, so that the answers can be measured."""

from __future__ import annotations

from collections.abc import Callable

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
        found[clue.no or ""] = tracing.answered(store, clue, limit=_LIMIT)
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
