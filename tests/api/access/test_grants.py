from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.access.cases import add_member, close_case, open_case
from api.access.grants import add_grant, list_grants, revoke_grant, standing
from api.access.keys import authenticate, create_key
from api.access.viewer import Grant
from api.state import State
from graph.errors import InvalidValue, NotFound

TODAY = "2026-01-31"
PHONES = Grant("Phone", "platform")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "state") as opened:
        yield opened


@pytest.fixture
def key(state: State) -> tuple[str, str]:
    key, text = create_key(state, name="Li Na", role="customs", by="local:me", today=TODAY)
    return key.id, text


def test_a_key_sees_what_was_granted_to_it_and_to_its_role(state: State, key: tuple[str, str]) -> None:
    persons = Grant("Person", "registry", until=TODAY)
    add_grant(state, key[0], PHONES, by="local:me")
    add_grant(state, "customs", persons, by="local:me")
    add_grant(state, "investigator", Grant("Phone", "bank"), by="local:me")
    assert authenticate(state, key[1], TODAY).grants == (PHONES, persons)


def test_a_grant_ends_after_its_last_day(state: State) -> None:
    add_grant(state, "customs", Grant("Phone", "platform", until="2026-01-31"), by="local:me")
    assert standing(state, "x", "customs", "2026-01-31")[0]
    assert not standing(state, "x", "customs", "2026-02-01")[0]


def test_a_grant_taken_back_no_longer_holds_and_tells_when(state: State) -> None:
    granted = add_grant(state, "customs", PHONES, by="local:me")
    revoked = revoke_grant(state, granted.id, by="local:you")
    assert revoked.revoked is not None
    assert revoke_grant(state, granted.id, by="local:me") == revoked
    assert standing(state, "x", "customs", TODAY) == ((), frozenset())
    assert [(one.by, one.grant) for one in list_grants(state)] == [("local:me", PHONES)]


def test_a_grant_of_a_case_holds_for_its_members_while_it_is_open(state: State, key: tuple[str, str]) -> None:
    open_case(state, "2026-0117", "opener", "customs")
    grant = Grant("Phone", "platform", case="2026-0117")
    add_grant(state, "customs", grant, by="local:me")
    assert standing(state, key[0], "customs", TODAY) == ((), frozenset())
    add_member(state, "2026-0117", key[0], by="local:me")
    assert standing(state, key[0], "customs", TODAY) == ((grant,), frozenset({"2026-0117"}))
    close_case(state, "2026-0117", by="local:me")
    assert standing(state, key[0], "customs", TODAY) == ((), frozenset())


def test_one_property_of_a_kind_may_be_granted(state: State) -> None:
    features = Grant("Product.features", "products")
    add_grant(state, "customs", features, by="local:me")
    assert standing(state, "x", "customs", TODAY)[0] == (features,)


def test_a_tokens_viewer_may_be_granted_something_before_it_first_asks(state: State) -> None:
    add_grant(state, "https://login.example/#77", PHONES, by="local:me")
    assert standing(state, "https://login.example/#77", "customs", TODAY)[0] == (PHONES,)


@pytest.mark.parametrize(
    "grant",
    [
        Grant("Spaceship", "x"),
        Grant("Person.shoe", "x"),
        Grant("Company", "x"),
        Grant("Company.name", "x"),
        Grant("Phone", " "),
        Grant("Phone", "x", until="31.12.2026"),
        Grant("Phone", "x", until="20261231"),
    ],
    ids=str,
)
def test_a_malformed_grant_is_not_made(state: State, grant: Grant) -> None:
    with pytest.raises(InvalidValue):
        add_grant(state, "customs", grant, by="local:me")
    assert list_grants(state) == []


def test_a_grant_needs_a_known_key_and_a_known_case(state: State) -> None:
    with pytest.raises(NotFound, match="neither a role"):
        add_grant(state, "nobody", PHONES, by="local:me")
    with pytest.raises(NotFound, match="no case"):
        add_grant(state, "customs", Grant("Phone", "platform", case="none"), by="local:me")
    with pytest.raises(NotFound, match="no grant"):
        revoke_grant(state, 7, by="local:me")
