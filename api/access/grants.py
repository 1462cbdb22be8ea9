"""Grants: that the owner of sensitive data lets a role or a viewer see it, for every question or in one case."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from sqlite3 import Row

from api.access.cases import case_number
from api.access.keys import known_viewer, source_name
from api.access.viewer import Grant, Viewer
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

    def stands(self, today: str) -> str:
        """`active`, `expired` or `revoked`."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.grant.until is not None and self.grant.until < today else "active"


def add_grant(state: State, grantee: str, grant: Grant, *, by: str, today: str, issuer: str | None = None) -> Granted:
    """Lets a role or a viewer see what the grant says.

    Whether records of the owner were loaded yet is not asked.

    Args:
        state: Where it is kept.
        grantee: A role, the id of a key that holds, or the id of a token's viewer.
        grant: What they may see.
        by: Who grants it.
        today: An ISO date.
        issuer: The provider whose tokens are believed, where that is known.

    Raises:
        InvalidValue: The property is none that is sensitive, the owner no name of a source, or its last day is no date
            or has passed.
        NotFound: There is no such key, or no open case of this number.
    """
    _check_property(grant.property)
    owner = source_name(grant.owner)
    if grant.until is not None:
        _check_day(grant.until, today)
    with state.transaction() as db:
        known_viewer(state, grantee, today, issuer)
        case = None if grant.case is None else _open_case(state, grant.case)
        number = db.execute(
            "INSERT INTO permit (grantee, property, owner, case_no, until, made, maker) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (grantee, grant.property, owner, case, grant.until, moment(), by),
        ).lastrowid
    return find_grant(state, number or 0)


def list_grants(state: State, owners: Collection[str] | None = None) -> list[Granted]:
    """All grants, or those of some owners; the oldest first, those taken back and past too."""
    found = (_granted(row) for row in state.rows("SELECT * FROM permit ORDER BY id"))
    return [one for one in found if owners is None or one.grant.owner in owners]


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


def grants_of(state: State, viewer: Viewer, today: str) -> list[Grant]:
    """What a viewer or its role was granted, as far as it holds on this day; each but once."""
    rows = state.rows(
        "SELECT * FROM permit WHERE grantee IN (?1, ?2) AND revoked IS NULL AND coalesce(until, ?3) >= ?3 ORDER BY id",
        viewer.id,
        viewer.role,
        today,
    )
    return list(dict.fromkeys(_granted(row).grant for row in rows))


def _open_case(state: State, text: str) -> str:
    number = case_number(text)
    if not state.rows("SELECT 1 FROM case_file WHERE number = ? AND closed IS NULL", number):
        raise NotFound(f"there is no open case {number!r}; ask its members for the number")
    return number


def _check_property(name: str) -> None:
    from api.masks.rules import rules  # slow to import, and whoever authenticates needs none of it

    kind, dot, property_ = name.partition(".")
    if not (property_ in rules().properties.get(kind, ()) if dot else kind in rules().kinds):
        kinds = ", ".join(sorted(rules().kinds))
        properties = sorted(f"{owner}.{one}" for owner, some in rules().properties.items() for one in some)
        raise InvalidValue(
            "property", name, "component", f"this is nothing sensitive; what is: {', '.join([kinds, *properties])}"
        )


def _check_day(day: str, today: str) -> None:
    try:
        is_day = date.fromisoformat(day).isoformat() == day
    except ValueError:
        is_day = False
    if not is_day:
        raise InvalidValue("date", day, "format", "write a day as 2026-12-31")
    if day < today:
        raise InvalidValue("date", day, "order", f"this day has passed, as it is {today} (UTC); give a later one")


def _granted(row: Row) -> Granted:
    grant = Grant(row["property"], row["owner"], row["case_no"], row["until"])
    return Granted(row["id"], row["grantee"], grant, row["made"], row["maker"], row["revoked"])
