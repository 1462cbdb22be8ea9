"""What grants show, to whom and while they hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from api.access.viewer import Grant
from api.errors import CaseRequired
from api.masks.rules import rules_of
from api.masks.vault import MASK
from graph import ontology as ontology_room
from graph.store import Store
from tests.api.masks.conftest import (
    CASE,
    FEATURES,
    MAKER,
    PART,
    PAYEE,
    PHONE,
    PRODUCT,
    TODAY,
    given,
    member,
    policy,
    viewer,
)


@pytest.mark.parametrize(
    ("grant", "is_seen"),
    [
        (Grant("Phone", "accounts"), True),
        (Grant("Phone", "accounts", CASE), True),
        (Grant("Phone", "accounts", None, TODAY), True),
        (Grant("Phone", "accounts", None, "2025-06-30"), False),
        (Grant("Phone", "accounts", "2025-8"), False),
        (Grant("Phone", "payees"), False),
        (Grant("Email", "accounts"), False),
    ],
)
def test_a_grant_shows_what_its_owner_states_while_it_holds(market: Store, grant: Grant, is_seen: bool) -> None:
    asked = policy(market, member(grant), case=CASE)
    assert (PHONE in asked.get([PHONE])) is is_seen
    assert (asked.shown([PHONE])[PHONE] == PHONE) is is_seen


def test_a_grant_for_one_case_shows_nothing_in_another_or_in_none(market: Store) -> None:
    who = replace(member(Grant("Phone", "accounts", CASE)), cases=frozenset((CASE, "2025-8")))
    assert policy(market, who).get([PHONE]) == {}
    assert policy(market, who, case="2025-8").get([PHONE]) == {}


def test_a_case_must_be_one_of_the_viewers(market: Store) -> None:
    with pytest.raises(CaseRequired):
        policy(market, case=CASE)


def test_a_part_of_a_number_stays_masked_while_the_number_does(market: Store) -> None:
    assert policy(market, viewer(grants=(Grant("MaskedPhone", "parcels"),))).get([PART]) == {}
    both = viewer(grants=(Grant("MaskedPhone", "parcels"), Grant("Phone", "accounts")))
    assert PART in policy(market, both).get([PART])


def test_a_granted_record_is_shown_whole(market: Store) -> None:
    who = viewer(grants=tuple(Grant(kind, "payees") for kind in ("PayeeAccount", "Person")))
    record = f"payees:{PAYEE[13:]}"
    row = policy(market, who).records([record])[record]
    assert row.raw == given("payees")[0]
    assert row.digest


def test_secret_features_of_genuine_goods_are_told_to_whom_their_owner_allows_them(market: Store) -> None:
    features, record = Grant("Product.features", "products", CASE), f"products:{PRODUCT[8:]}"
    for grants, is_shown in (((), False), ((replace(features, owner="rights"),), False), ((features,), True)):
        asked = policy(market, member(*grants), case=CASE)
        product = asked.get([PRODUCT])[PRODUCT]
        assert product.node.values["name"] == ("华程冠皮鞋",)
        assert (product.node.values.get("features"), product.masked) == (
            ((FEATURES,), ()) if is_shown else (None, ("features",))
        )
        assert [s.values.get("features") for s in asked.statements([PRODUCT])[PRODUCT]] == [
            FEATURES if is_shown else None
        ]
        row = asked.records([record])[record]
        assert row.raw == {**given("products")[0], **({} if is_shown else {"features": MASK})}
        assert bool(row.digest) is is_shown
    assert PRODUCT in policy(market, member(features)).get([PRODUCT])
    assert policy(market, member(features)).get([PRODUCT])[PRODUCT].masked == ("features",)
    assert policy(market, member(features), case=CASE).search(FEATURES).total == 0


@pytest.fixture
def scope_is_sensitive(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ontology in which a company's scope, and an address as it was written, are sensitive."""
    text = (Path(ontology_room.__file__).parent / "ontology.yaml").read_text("utf-8")
    text = text.replace("经营范围]", "经营范围, sensitive]")
    at = text.index("LOCATED_AT:")
    text = text[:at] + text[at:].replace("原文]", "原文, sensitive]", 1)
    changed = rules_of(ontology_room.read(text, "changed.yaml"))
    for room in ("projection", "rows", "sight"):
        monkeypatch.setattr(f"api.masks.{room}.rules", lambda: changed)


@pytest.mark.usefixtures("scope_is_sensitive")
def test_a_sensitive_property_is_left_out_but_for_whom_its_owner_allows(market: Store) -> None:
    scope, text = Grant("Company.scope", "companies"), Grant("LOCATED_AT.text", "companies")
    for grants, is_shown in (((), False), ((replace(scope, owner="freight"),), False), ((scope, text), True)):
        asked = policy(market, viewer(grants=grants))
        maker = asked.get([MAKER])[MAKER]
        assert ("scope" in maker.node.values) is is_shown
        assert maker.masked == (() if is_shown else ("scope",))
        (link,) = asked.expand([MAKER], kinds=["LOCATED_AT"]).links
        assert ("text" in link.values) is is_shown
        said = asked.statements([MAKER])[MAKER]
        assert any("scope" in s.values for s in said) is is_shown
        row = asked.records([f"companies:{MAKER[8:]}"])[f"companies:{MAKER[8:]}"]
        assert (row.raw["经营范围"] != MASK) is is_shown
