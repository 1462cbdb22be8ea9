"""Cases: numbers opened by enforcers, with the members who may see what was granted in them."""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from sqlite3 import Row

from api.access.keys import is_viewer
from api.access.viewer import ROLES, Role, Viewer
from api.errors import Forbidden
from api.state import State, moment
from graph.errors import InvalidValue, NotFound

OPENERS: tuple[Role, ...] = ("enforcement", "customs")
"""The roles that open cases."""
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Case:
    """A case.

    Attributes:
        number: As `case_number` writes it.
        opener: The id of the viewer that opened it, and who alone closes it, but for admins.
        opened: When it was opened.
        closed: When it was closed, None while it is open.
        members: The ids of its members, the opener among them.
    """

    number: str
    opener: str
    opened: str
    closed: str | None
    members: tuple[str, ...]


def case_number(text: str) -> str:
    """A case's number as it is stored: full-width characters made plain, blanks in a row made one.

    Raises:
        InvalidValue: It is empty, longer than 80 characters, or holds what cannot be printed.
    """
    number = " ".join(unicodedata.normalize("NFKC", text).split())
    if not number or len(number) > _LONGEST or not number.isprintable():
        raise InvalidValue("case", number[:_LONGEST], "format", f"give a number of 1 to {_LONGEST} characters")
    return number


def case_sent(header: str | None) -> str | None:
    """The case's number that a header bears, in UTF-8 whatever it was read as; None where it bears none.

    Raises:
        InvalidValue: It bears what is no number of a case.
    """
    if not header:
        return None
    with suppress(UnicodeError):
        header = header.encode("latin-1").decode()
    return case_number(header)


def open_case(state: State, number: str, opener: str, role: Role) -> Case:
    """Opens a case; its opener is its first member.

    Raises:
        Forbidden: The opener's role is none that opens cases.
        InvalidValue: The number is malformed, or not free: whether another case has it, open or closed, is not told.
    """
    number = case_number(number)
    if role not in OPENERS:
        raise Forbidden(f"a case is opened by {' or '.join(sorted(OPENERS))}, and {opener} is {role}")
    with state.transaction() as db:
        if state.rows("SELECT 1 FROM case_file WHERE number = ?", number):
            raise InvalidValue("case", number, "order", "a case cannot be opened under this number; choose another")
        now = moment()
        db.execute("INSERT INTO case_file (number, opened, opener) VALUES (?, ?, ?)", (number, now, opener))
        db.execute("INSERT INTO member VALUES (?, ?, ?, ?)", (opener, number, now, opener))
    return find_case(state, number)


def open_case_as(state: State, number: str, viewer: Viewer) -> Case:
    """Opens a case for whoever asks; see `open_case`."""
    return open_case(state, number, viewer.id, viewer.role)


def add_member(state: State, number: str, member: str, *, by: str) -> Case:
    """Makes a key or a token's viewer a member of an open case; one who is stays as it is.

    Whether there is such a key is not asked, so that no member of a case learns which there are.

    Raises:
        NotFound: There is no such case.
        InvalidValue: The case is closed, or the member is a role, or nothing that a viewer is called.
    """
    number = case_number(number)
    if member in ROLES or not is_viewer(member):
        raise InvalidValue("member", member, "format", "a member is a key, not a role; give a key's id, or a token's")
    with state.transaction() as db:
        if find_case(state, number).closed is not None:
            raise InvalidValue("case", number, "order", "this case is closed; open another")
        db.execute("INSERT OR IGNORE INTO member VALUES (?, ?, ?, ?)", (member, number, moment(), by))
    return find_case(state, number)


def close_case(state: State, number: str, *, by: str) -> Case:
    """Closes a case for good: what was granted in it is no longer seen. A closed one stays as it is.

    Raises:
        NotFound: There is no such case.
    """
    number = case_number(number)
    with state.transaction() as db:
        query = "UPDATE case_file SET closed = ?, closer = ? WHERE number = ? AND closed IS NULL"
        db.execute(query, (moment(), by, number))
    return find_case(state, number)


def find_case(state: State, number: str) -> Case:
    """The case of this number.

    Raises:
        NotFound: There is none.
    """
    for row in state.rows("SELECT * FROM case_file WHERE number = ?", case_number(number)):
        return _case(state, row)
    raise NotFound(f"there is no case {number!r}; `headwater case list` tells them")


def is_member(state: State, number: str, viewer: str) -> bool:
    """Whether a viewer is a member of the case of this number, and that is open."""
    query = "SELECT 1 FROM member JOIN case_file ON number = case_no WHERE number = ? AND viewer = ? AND closed IS NULL"
    return bool(state.rows(query, case_number(number), viewer))


def list_cases(state: State) -> list[Case]:
    """All cases, the oldest first, closed ones too."""
    return [_case(state, row) for row in state.rows("SELECT * FROM case_file ORDER BY opened, number")]


def _case(state: State, row: Row) -> Case:
    members = state.rows("SELECT viewer FROM member WHERE case_no = ? ORDER BY added, viewer", row["number"])
    ids = tuple(member["viewer"] for member in members)
    return Case(row["number"], row["opener"], row["opened"], row["closed"], ids)
