"""Standing: what somebody who was recognised may see on a day, and whether they are shut out."""

from __future__ import annotations

from dataclasses import replace

from api.access.blocks import is_blocked
from api.access.grants import grants_of
from api.access.viewer import Viewer
from api.errors import Unauthenticated
from api.state import State


def standing(state: State, viewer: Viewer, today: str) -> Viewer:
    """The viewer with the grants that hold on this day and the open cases it is a member of.

    A grant for a case is given only while the case is open and the viewer is a member of it.

    Raises:
        Unauthenticated: The viewer was shut out.
    """
    if is_blocked(state, viewer.id):
        raise Unauthenticated("you were shut out of this service; ask whoever runs it")
    query = "SELECT number FROM member JOIN case_file ON number = case_no WHERE viewer = ? AND closed IS NULL"
    cases = frozenset(row["number"] for row in state.rows(query, viewer.id))
    grants = grants_of(state, viewer, today)
    return replace(viewer, grants=tuple(g for g in grants if g.case is None or g.case in cases), cases=cases)
