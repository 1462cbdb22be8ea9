"""One writer at a time in a Neo4j graph, and how it is emptied.

Whoever writes first takes the lock of the graph's `Store` node, so that what two loads add to one node is added up, the
numbers of changes ascend, and no two of them can block each other. A wipe takes many transactions, as a server has no
memory for one: it marks the graph, and whoever comes next ends a wipe that was cut off before writing anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from graph import cypher
from graph.errors import StoreIncompatible

Run = Callable[..., Iterable[Sequence[Any]]]
"""Runs Cypher with parameters by name and gives the rows."""

LOCK = (
    "MATCH (s:Store {id: 'headwater'}) SET s._locked = true REMOVE s._locked "
    "RETURN s.change, s.wiping IS NOT NULL AS wiping"
)
_WIPED_AT_ONCE = 20_000
_WIPING = (
    "MATCH (r:Record) WITH r LIMIT $most / 4 DETACH DELETE r RETURN count(*)",
    "MATCH (:Node)-[r]->() WITH r LIMIT $most DELETE r RETURN count(*)",
    f"MATCH (n:{cypher.types(cypher.LABELS)}) WITH n LIMIT $most DETACH DELETE n RETURN count(*)",
)


class HalfWiped(Exception):
    """A wipe was begun that must be brought to its end before anything else is written."""


def lock(run: Run) -> int:
    """Waits until no other writes, keeps others from it until the transaction ends; gives the last change's number.

    Raises:
        HalfWiped: Nothing may be written yet; see `wipe_some`.
    """
    last, wiping = _locked(run)
    if wiping:
        raise HalfWiped
    return last


def _locked(run: Run) -> tuple[int, bool]:
    for last, wiping in run(LOCK):
        return int(last), bool(wiping)
    raise StoreIncompatible("the graph has lost its Store node, which marks it as Headwater's; restore a backup")


def wipe(run: Run) -> None:
    """Marks the graph as one to be emptied."""
    lock(run)
    run("MATCH (s:Store {id: 'headwater'}) SET s.wiping = true")


def wipe_some(run: Run) -> bool:
    """Removes a part of a graph that is marked as one to be emptied; gives whether more is left."""
    last, wiping = _locked(run)
    if not wiping:
        return False  # another has brought it to its end, and what there is has come since
    for query in _WIPING:
        if any(row[0] for row in run(query, most=_WIPED_AT_ONCE)):
            return True
    run("MATCH (s:Store {id: 'headwater'}) SET s.change = $change REMOVE s.wiping", change=last + 1)
    return False
