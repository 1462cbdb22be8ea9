"""Right holders see what is theirs, and of a trace businesses and places."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.errors import Forbidden
from graph.model import kind_of
from graph.store import Store
from tests.api.policy.conftest import ACCOUNT, FOUND, HOLDER, LICENCE, LICENSEE, LISTING, RIGHT, policy, viewer


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
