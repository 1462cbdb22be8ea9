"""Grants: that the owner of sensitive data lets a role or a viewer see it, for every question or in one case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from sqlite3 import Row

from api.access.cases import find_case, known_viewer
from api.access.viewer import Grant
from api.state import State, moment
from graph.errors import InvalidValue, NotFound


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant with its history.

    Attributes:
        id: Its number.
        grantee: A role, a key's id, or the id of a token's viewer.
        grant: What it lets see.
        made: When it was made.
        by: Who made it.
        revoked: When it was taken back, None while it was not.
    """

    id: int
    grantee: str
    grant: Grant
    made: str
    by: str
    revoked: str | None


def add_grant(state: State, grantee: str, grant: Grant, *, by: str) -> Granted:
    """Lets a role or a viewer see what the grant says.

    Raises:
        InvalidValue: The property is none that is sensitive, or its last day is no date.
        NotFound: There is no such key or case.
    """
    _check_property(grant.property)
    if not grant.owner.strip():
        raise InvalidValue("owner", grant.owner, "missing", "give the source that stated the data")
    if grant.until is not None:
        _check_day(grant.until)
    with state.transaction() as db:
        known_viewer(state, grantee)
        case = None if grant.case is None else find_case(state, grant.case).number
        number = db.execute(
            "INSERT INTO permit (grantee, property, owner, case_no, until, made, maker) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (grantee, grant.property, grant.owner, case, grant.until, moment(), by),
        ).lastrowid
    return find_grant(state, number or 0)


def list_grants(state: State) -> list[Granted]:
    """All grants, the oldest first, those taken back and past too."""
    return [_granted(row) for row in state.rows("SELECT * FROM permit ORDER BY id")]


def find_grant(state: State, number: int) -> Granted:
    """The grant of this number.

    Raises:
        NotFound: There is none.
    """
    for row in state.rows("SELECT * FROM permit WHERE id = ?", number):
        return _granted(row)
    raise NotFound(f"there is no grant {number}; `headwater grant list` tells the numbers")


def revoke_grant(state: State, number: int, *, by: str) -> Granted:
    """Takes a grant back; one that was taken back already stays as it is.

    Raises:
        NotFound: There is none of this number.
    """
    with state.transaction() as db:
        query = "UPDATE permit SET revoked = ?, revoker = ? WHERE id = ? AND revoked IS NULL"
        db.execute(query, (moment(), by, number))
    return find_grant(state, number)


def standing(state: State, viewer: str, role: str, today: str) -> tuple[tuple[Grant, ...], frozenset[str]]:
    """The grants of a viewer that hold on this day, and the open cases it is a member of.

    A grant for a case is given only while the case is open and the viewer is a member of it.
    """
    open_cases = frozenset(
        row["number"]
        for row in state.rows(
            "SELECT number FROM member JOIN case_file ON number = case_no WHERE viewer = ? AND closed IS NULL", viewer
        )
    )
    rows = state.rows(
        "SELECT * FROM permit WHERE grantee IN (?1, ?2) AND revoked IS NULL AND coalesce(until, ?3) >= ?3 ORDER BY id",
        viewer,
        role,
        today,
    )
    grants = dict.fromkeys(_granted(row).grant for row in rows)
    return tuple(grant for grant in grants if grant.case is None or grant.case in open_cases), open_cases


def _check_property(name: str) -> None:
    from api.masks.rules import rules  # slow to import, and whoever authenticates needs none of it

    kind, dot, property_ = name.partition(".")
    if not (property_ in rules().properties.get(kind, ()) if dot else kind in rules().kinds):
        kinds = ", ".join(sorted(rules().kinds))
        properties = sorted(f"{owner}.{one}" for owner, some in rules().properties.items() for one in some)
        raise InvalidValue(
            "property", name, "component", f"this is nothing sensitive; what is: {', '.join([kinds, *properties])}"
        )


def _check_day(day: str) -> None:
    try:
        if date.fromisoformat(day).isoformat() == day:
            return
    except ValueError:
        pass
    raise InvalidValue("date", day, "format", "write a day as 2026-12-31")


def _granted(row: Row) -> Granted:
    grant = Grant(row["property"], row["owner"], row["case_no"], row["until"])
    return Granted(row["id"], row["grantee"], grant, row["made"], row["maker"], row["revoked"])
