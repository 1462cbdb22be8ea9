"""Blocks: viewers who are shut out here, whatever their key or their provider's token says."""

from __future__ import annotations

from dataclasses import dataclass

from api.state import State, moment
from graph.errors import NotFound


@dataclass(frozen=True, slots=True)
class Block:
    """That a viewer is shut out.

    Attributes:
        viewer: A key's id, or the id of a token's viewer.
        made: Since when.
        by: Who shut it out.
    """

    viewer: str
    made: str
    by: str


def block(state: State, viewer: str, *, by: str) -> Block:
    """Shuts a viewer out; one who is stays as it is."""
    with state.transaction() as db:
        db.execute("INSERT OR IGNORE INTO block VALUES (?, ?, ?)", (viewer, moment(), by))
    return next(one for one in list_blocks(state) if one.viewer == viewer)


def unblock(state: State, viewer: str) -> None:
    """Lets a viewer in again.

    Raises:
        NotFound: It is not shut out.
    """
    with state.transaction() as db:
        if not db.execute("DELETE FROM block WHERE viewer = ?", (viewer,)).rowcount:
            raise NotFound(f"{viewer!r} is not shut out; `headwater access list` tells who is")


def list_blocks(state: State) -> list[Block]:
    """All who are shut out, the longest first."""
    rows = state.rows("SELECT viewer, made, maker FROM block ORDER BY made, viewer")
    return [Block(row["viewer"], row["made"], row["maker"]) for row in rows]


def is_blocked(state: State, viewer: str) -> bool:
    """Whether a viewer is shut out."""
    return bool(state.rows("SELECT 1 FROM block WHERE viewer = ?", viewer))
