"""Right holders see what is theirs, and of a trace businesses and places."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.errors import Forbidden
from graph.model import kind_of
from graph.store import Store
from queries.trace import Clue
from tests.api.masks.conftest import (
    ACCOUNT,
    CASE,
    FOUND,
    HOLDER,
    LICENCE,
    LICENSEE,
    LISTING,
    MAKER,
    RIGHT,
    member,
    policy,
    viewer,
)

PARCEL = "Parcel/SF1000000001"


def test_a_right_holder_sees_its_rights_their_licences_and_who_holds_them(market: Store) -> None:
    asked = policy(market, viewer("right_holder"))
    every = [n.id for n in market.nodes()]
    seen = set(asked.get(every))
    assert {HOLDER, RIGHT, LICENCE, LICENSEE} <= seen
    assert {kind_of(n) for n in seen - {HOLDER, RIGHT, LICENCE, LICENSEE}} <= {"Party"}
    assert set(asked.records([r.id for r in market.all_records()])) == {"rights:16640560", "licences:LC1"}
    assert "Right/66455770" not in asked.expand([HOLDER]).nodes


def test_a_right_holder_is_told_of_a_trace_companies_and_sites_and_no_more(market: Store) -> None:
    asked = policy(market, viewer("right_holder"))
    found = asked.trace(FOUND)
    kinds = {kind_of(n) for c in found.candidates for n in c.nodes}
    assert "Company" in kinds
    assert kinds <= {"Company", "Site", "Address", "Party"}
    assert found.start == (LISTING,)
    assert all(not c.records for c in found.candidates)
    assert not [r for c in found.candidates for p in c.paths for s in p.steps for r in s.link.records]
    assert set(asked.get([c.node for c in found.candidates])) == {c.node for c in found.candidates}
    assert asked.get([ACCOUNT, "Consignment/FR1"]) == {}


def test_a_right_holder_traces_for_its_own_rights_only(market: Store) -> None:
    asked = policy(market, viewer("right_holder"))
    for right in (None, "66455770", "1"):
        with pytest.raises(Forbidden):
            asked.trace(replace(FOUND, right=right))


def test_a_right_holder_may_trace_from_a_number_in_a_case_and_is_told_nothing_of_it(market: Store) -> None:
    asked = policy(market, member(role="right_holder", holder=HOLDER), case=CASE)
    found = asked.trace(Clue("15843339871", "phone", "16640560", "2025-06-20"))
    assert found.start == ()
    assert MAKER in {c.node for c in found.candidates}
    assert not [n for n in asked.read if kind_of(n) == "Phone"]
    assert {s.source for c in found.candidates for p in c.paths for s in p.steps} >= {"Phone/~-"}


def test_what_a_trace_lends_a_right_holder_is_a_name_and_no_records(market: Store) -> None:
    asked = policy(market, viewer("right_holder"))
    asked.trace(FOUND)
    assert set(asked.get([MAKER])) == {MAKER}
    assert asked.statements([MAKER]) == {}
    assert asked.records([f"companies:{MAKER[8:]}"]) == {}


def test_a_right_holder_is_not_told_of_a_person_that_its_clue_names(market: Store) -> None:
    asked = policy(market, viewer("right_holder"))
    found = asked.trace(Clue("赵丽娟", "person", "16640560", "2025-06-20"))
    assert found.start == ()
    assert asked.read <= {RIGHT}


def test_of_an_order_that_its_clue_names_a_right_holder_is_told_the_id_alone(market: Store) -> None:
    for clue, node in (
        (Clue("OD1", "order", "16640560"), "Order/OD1"),
        (Clue("SF1000000001", None, "16640560"), PARCEL),
    ):
        asked = policy(market, viewer("right_holder"))
        found = asked.trace(clue)
        assert found.start == (node,)
        (shown,) = asked.get([node]).values()
        assert (shown.node.values, shown.is_masked) == ({}, False)
        assert {"paid", "collected"} & {*shown.masked}
        around = asked.expand([node])
        assert not [k for k in around.links if k.start or k.end or k.values or k.records]
        steps = [s.link for c in found.candidates for p in c.paths for s in p.steps]
        assert not [k for k in steps if k.start or k.end]


def test_a_right_holder_sees_the_listing_that_bears_its_mark_and_of_another_the_id(market: Store) -> None:
    bearing, other = FOUND, replace(FOUND, value="https://taobao.example/item/1002")
    titles = []
    for clue in (bearing, other):
        asked = policy(market, viewer("right_holder"))
        (node,) = asked.trace(clue).start
        titles.append(asked.get([node])[node].node.values.get("title"))
    assert titles == [("华程冠正品皮鞋 男",), None]
