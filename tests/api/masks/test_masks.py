"""What is masked, what is open, and how either is shown in nodes, links and paths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest

from api.access.viewer import Grant, Role, Viewer
from api.masks.policy import Policy
from api.masks.vault import is_token
from graph.errors import NotFound
from graph.model import Inference, StatedLink
from graph.ontology import ontology
from graph.store import Store
from tests.api.masks.conftest import (
    ACCOUNT,
    CLOSED,
    DIRECTOR,
    LONE_HOLDER,
    MAKER,
    OPEN_HANDLE,
    OPEN_PHONE,
    PAYEE,
    PHONE,
    fill,
    member,
    policy,
    sealed,
    viewer,
)

ROLES = get_args(Role)


def test_what_a_company_or_a_listing_publishes_is_open(market: Store) -> None:
    assert {n: one.node.id for n, one in policy(market).get([OPEN_PHONE, OPEN_HANDLE]).items()} == {
        OPEN_PHONE: OPEN_PHONE,
        OPEN_HANDLE: OPEN_HANDLE,
    }


@pytest.mark.parametrize("role", [role for role in ROLES if role != "right_holder"])
def test_what_is_nobody_elses_is_masked_for_every_role(market: Store, role: Role) -> None:
    asked = policy(market, viewer(role))
    assert asked.get(CLOSED) == {}
    shown = asked.get(sealed(*CLOSED))
    assert sorted(shown) == sorted(sealed(*CLOSED))
    assert all(one.is_masked and is_token(one.node.id) for one in shown.values())


def test_a_masked_node_keeps_its_kind_and_the_values_that_are_nobodys_secret(market: Store) -> None:
    (payee,) = policy(market).get(sealed(PAYEE)).values()
    assert (payee.node.kind, payee.node.values["bank"], payee.masked) == ("PayeeAccount", ("支付宝",), ())


def test_a_mention_in_a_record_with_a_personal_key_has_a_token_too(market: Store) -> None:
    asked = policy(market)
    assert asked.get([LONE_HOLDER]) == {}
    (holder,) = asked.get(sealed(LONE_HOLDER)).values()
    assert holder.node.values["name"] == ("赵丽娟",)
    assert is_token(holder.node.id)


def test_a_forged_token_names_nothing(market: Store) -> None:
    (token,) = sealed(PHONE)
    forged = token[:-1] + ("a" if token[-1] != "a" else "b")
    asked = policy(market)
    assert asked.get([forged]) == {}
    with pytest.raises(NotFound):
        asked.expand([forged])


def test_masked_nodes_are_walked_and_counted(market: Store) -> None:
    asked = policy(market)
    (phone,) = sealed(PHONE)
    found = asked.expand([ACCOUNT])
    assert found.counts[ACCOUNT]["HAS_PHONE", "out"] == 1
    assert phone in found.nodes
    assert ("HAS_PHONE", ACCOUNT, phone) in {(k.kind, k.source, k.target) for k in found.links}
    again = asked.expand([phone])
    assert again.counts[phone]["HAS_PHONE", "in"] == 3
    (path,) = asked.paths(ACCOUNT, "Consignment/FR1", hops=3, kinds=["HAS_PHONE", "CONSIGNED_TO"]).paths
    assert path.nodes == (ACCOUNT, phone, "Party/freight:FR1#consignee", "Consignment/FR1")


def test_a_publisher_is_found_in_a_crowd(empty: Store) -> None:
    fill(empty, *(StatedLink("HAS_PHONE", f"Party/test:{n}#p", PHONE) for n in range(200)))
    asked = policy(empty)
    assert asked.get([PHONE]) == {}
    fill(empty, StatedLink("HAS_PHONE", MAKER, PHONE))
    assert PHONE in policy(empty).get([PHONE])


def test_what_is_only_inferred_of_a_company_publishes_nothing(empty: Store) -> None:
    fill(empty, StatedLink("HAS_PHONE", MAKER, PHONE, inference=Inference("r:1", 0.9)))
    assert policy(empty).get([PHONE]) == {}


def test_that_a_company_has_a_person_or_an_account_publishes_neither(market: Store) -> None:
    assert DIRECTOR not in policy(market).expand([MAKER]).nodes
    assert set(sealed(DIRECTOR)) <= set(policy(market).expand([MAKER]).nodes)


def test_no_sensitive_property_is_searched_by_named_by_or_found_by() -> None:
    for kind in ontology().kinds.values():
        told = {*kind.search, *kind.caption, *kind.also}
        assert not [p.name for p in kind.properties.values() if p.sensitive and p.name in told]


def test_what_was_disclosed_is_noted_for_the_audit(market: Store) -> None:
    asked = policy(market)
    asked.real([MAKER])
    assert asked.read == set()
    asked.get([MAKER, *sealed(PHONE), "Company/none"])
    assert asked.read == {MAKER, PHONE}
    asked.records(["freight:FR1"])
    assert "freight:FR1" in asked.read


def test_the_number_of_calls_to_the_store_does_not_depend_on_how_much_is_shown(market: Store) -> None:
    every = [n.id for n in market.nodes()]
    records = [r.id for r in market.all_records()]

    def calls(ask: Callable[[Policy], object], who: Viewer) -> int:
        counted = Counting(market)
        ask(policy(counted, who))
        return counted.calls

    few, many = sealed(PHONE), [*every, *sealed(*CLOSED)]
    for who in (viewer(), viewer(jurisdictions=("33",)), viewer("right_holder"), member(Grant("Phone", "accounts"))):
        assert calls(lambda p: p.get(many), who) <= calls(lambda p: p.get(few), who) + 8
        assert calls(lambda p: p.records(records), who) <= 14
        assert calls(lambda p: p.statements(many), who) <= 14


class Counting:
    """A store that counts how often it is asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        self.calls += 1
        return getattr(self._store, name)
