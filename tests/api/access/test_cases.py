from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.access.cases import (
    add_member,
    case_number,
    case_sent,
    close_case,
    find_case,
    list_cases,
    open_case,
    open_case_as,
)
from api.access.keys import create_key
from api.access.viewer import ROLES, Role, Viewer
from api.errors import Forbidden
from api.state import State
from graph.errors import InvalidValue, NotFound

TOKEN = "https://login.example/#77"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "state") as opened:
        yield opened


@pytest.mark.parametrize("role", ROLES)
def test_enforcers_alone_open_cases(state: State, role: Role) -> None:
    viewer = Viewer("me", "Li Na", role)
    if role in ("enforcement", "customs"):
        case = open_case_as(state, "2026-0117", viewer)
        assert (case.opener, case.members, case.closed) == ("me", ("me",), None)
    else:
        with pytest.raises(Forbidden, match=role):
            open_case_as(state, "2026-0117", viewer)
        assert list_cases(state) == []


def test_a_number_is_the_same_however_it_is_typed(state: State) -> None:
    open_case(state, " 温知立［2026］第 12号 ", "me", "customs")
    assert find_case(state, "温知立[2026]第  １２号").number == "温知立[2026]第 12号"


def test_a_number_is_given_once_even_after_its_case_is_closed(state: State) -> None:
    open_case(state, "12", "me", "customs")
    close_case(state, "12", by="me")
    with pytest.raises(InvalidValue, match="cannot be opened under this number"):
        open_case(state, "１２", "you", "customs")
    assert find_case(state, "12").opener == "me"


@pytest.mark.parametrize(
    ("header", "number"),
    [
        (None, None),
        ("", None),
        ("2025  7", "2025 7"),
        ("\u00b2025 7", "2025 7"),
        ("\uff12\uff10\uff12\uff15 7", "2025 7"),
        ("温知立[2026]第12号", "温知立[2026]第12号"),
        ("温知立[2026]第12号".encode().decode("latin-1"), "温知立[2026]第12号"),
    ],
)
def test_a_case_that_is_sent_is_the_one_that_was_opened(header: str | None, number: str | None) -> None:
    assert case_sent(header) == number


@pytest.mark.parametrize("number", ["", "  ", "x" * 81, "a\x00b", "\u202e12"])
def test_a_malformed_number_is_refused(number: str) -> None:
    with pytest.raises(InvalidValue):
        case_number(number)


def test_a_member_is_added_once(state: State) -> None:
    open_case(state, "12", "me", "customs")
    add_member(state, "12", TOKEN, by="me")
    assert sorted(add_member(state, "12", TOKEN, by="me").members) == sorted(["me", TOKEN])


def test_a_member_is_one_person_and_whether_there_is_one_is_not_told(state: State) -> None:
    open_case(state, "12", "me", "customs")
    for name in ("investigator", "nobody", "", "any://typo"):
        with pytest.raises(InvalidValue, match="not a role"):
            add_member(state, "12", name, by="me")
    made = create_key(state, name="x", role="customs", by="me", today="2026-01-31")[0].id
    for known in (made, "22222222"):
        assert known in add_member(state, "12", known, by="me").members
    with pytest.raises(NotFound, match="no case"):
        add_member(state, "13", TOKEN, by="me")


def test_a_closed_case_takes_no_members_and_stays_closed(state: State) -> None:
    open_case(state, "12", "me", "customs")
    closed = close_case(state, "12", by="me")
    assert closed.closed is not None
    assert close_case(state, "12", by="you") == closed
    with pytest.raises(InvalidValue, match="closed"):
        add_member(state, "12", TOKEN, by="me")
