from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.access.blocks import block, unblock
from api.access.cases import add_member, close_case, open_case
from api.access.grants import Granted, add_grant, list_grants, revoke_grant
from api.access.keys import create_key
from api.access.standing import standing
from api.access.viewer import Grant, Viewer
from api.errors import Unauthenticated
from api.state import State
from graph.errors import InvalidValue, NotFound

TODAY = "2026-01-31"
PHONES = Grant("Phone", "platform")
TOKEN = "https://login.example/#77"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "state") as opened:
        yield opened


@pytest.fixture
def key(state: State) -> str:
    return create_key(state, name="Li Na", role="customs", by="local:me", today=TODAY)[0].id


def grant(state: State, grantee: str, what: Grant = PHONES) -> Granted:
    return add_grant(state, grantee, what, by="local:me", today=TODAY)


def seen(state: State, name: str = "x", day: str = TODAY) -> tuple[Grant, ...]:
    """What a customs officer of this name was granted."""
    return standing(state, Viewer(name, name, "customs"), day).grants


def test_a_key_sees_what_was_granted_to_it_and_to_its_role(state: State, key: str) -> None:
    persons = Grant("Person", "registry", until=TODAY)
    grant(state, key)
    grant(state, "customs", persons)
    grant(state, "investigator", Grant("Phone", "bank"))
    assert seen(state, key) == (PHONES, persons)


def test_a_grant_ends_after_its_last_day(state: State) -> None:
    grant(state, "customs", Grant("Phone", "platform", until="2026-01-31"))
    assert seen(state, day="2026-01-31")
    assert not seen(state, day="2026-02-01")


def test_a_grant_taken_back_no_longer_holds_and_tells_when(state: State) -> None:
    granted = grant(state, "customs")
    revoked = revoke_grant(state, granted.id, by="local:you")
    assert revoked.revoked is not None
    assert revoke_grant(state, granted.id, by="local:me") == revoked
    assert seen(state) == ()
    assert [(one.by, one.grant, one.stands(TODAY)) for one in list_grants(state)] == [("local:me", PHONES, "revoked")]


def test_a_grant_of_a_case_holds_for_its_members_while_it_is_open(state: State, key: str) -> None:
    open_case(state, "2026-0117", "opener", "customs")
    in_case = Grant("Phone", "platform", case="2026-0117")
    grant(state, "customs", in_case)
    assert seen(state, key) == ()
    add_member(state, "2026-0117", key, by="local:me")
    assert seen(state, key) == (in_case,)
    close_case(state, "2026-0117", by="local:me")
    assert seen(state, key) == ()


def test_one_property_of_a_kind_may_be_granted(state: State) -> None:
    features = Grant("Product.features", "products")
    grant(state, "customs", features)
    assert seen(state) == (features,)


def test_a_tokens_viewer_may_be_granted_something_before_it_first_asks(state: State) -> None:
    grant(state, TOKEN)
    assert seen(state, TOKEN) == (PHONES,)


def test_who_is_shut_out_stands_nowhere_until_let_in_again(state: State) -> None:
    grant(state, TOKEN)
    block(state, TOKEN, by="local:me")
    assert block(state, TOKEN, by="local:you").by == "local:me"
    with pytest.raises(Unauthenticated, match="shut out"):
        seen(state, TOKEN)
    assert seen(state, "another") == ()
    unblock(state, TOKEN)
    assert seen(state, TOKEN) == (PHONES,)
    with pytest.raises(NotFound, match="not shut out"):
        unblock(state, TOKEN)


def test_an_owner_is_kept_as_records_bear_it(state: State) -> None:
    assert grant(state, "customs", Grant("Phone", " platform ")).grant == PHONES
    assert seen(state) == (PHONES,)


@pytest.mark.parametrize(
    "what",
    [
        Grant("Spaceship", "x"),
        Grant("Person.shoe", "x"),
        Grant("Company", "x"),
        Grant("Company.name", "x"),
        Grant("Phone", " "),
        Grant("Phone", "a:b"),
        Grant("Phone", "x" * 101),
        Grant("Phone", "x", until="2026-01-30"),
        Grant("Phone", "x", until="31.12.2026"),
        Grant("Phone", "x", until="20261231"),
    ],
    ids=str,
)
def test_a_malformed_grant_is_not_made(state: State, what: Grant) -> None:
    with pytest.raises(InvalidValue):
        grant(state, "customs", what)
    assert list_grants(state) == []


def test_a_grant_needs_a_known_key_and_an_open_case(state: State) -> None:
    with pytest.raises(NotFound, match="neither a role"):
        grant(state, "nobody")
    with pytest.raises(NotFound, match="neither a role"):
        grant(state, "any://typo")
    open_case(state, "closed", "opener", "customs")
    close_case(state, "closed", by="opener")
    for number in ("none", "closed"):
        with pytest.raises(NotFound, match=f"no open case '{number}'"):
            grant(state, "customs", Grant("Phone", "platform", case=number))
    with pytest.raises(NotFound, match="no grant"):
        revoke_grant(state, 7, by="local:me")


def test_the_grants_of_some_owners_are_listed_apart(state: State) -> None:
    for owner in ("platform", "registry", "bank"):
        grant(state, "customs", Grant("Phone", owner))
    assert [one.grant.owner for one in list_grants(state, {"bank", "platform"})] == ["platform", "bank"]
