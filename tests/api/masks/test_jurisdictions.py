"""What lies in no division of a viewer is not there for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from api.access.viewer import Role
from api.answering import Service
from api.answers import Question
from api.masks.projection import Projection, Shown
from api.masks.sight import Sight
from api.masks.traced import Telling
from api.masks.vault import MASK
from api.settings import Settings
from graph.errors import NotFound
from graph.model import Node, StatedLink
from graph.store import Store
from queries.trace import Clue, Step, trace
from queries.trace import Path as Way
from tests.api.masks.conftest import (
    ACCOUNT,
    FOUND,
    LICENSEE,
    MAKER,
    OTHER,
    SITE,
    TODAY,
    VAULT,
    fill,
    policy,
    texts_of,
    viewer,
)


def test_a_jurisdiction_hides_what_lies_elsewhere(market: Store) -> None:
    zhejiang, wenzhou = (policy(market, viewer(jurisdictions=(code,))) for code in ("33", "3303"))
    shenzhen = policy(market, viewer(jurisdictions=("440306", "440307")))
    yiwu = "Consignment/FR1"
    assert set(zhejiang.get([MAKER, OTHER, SITE, ACCOUNT, yiwu])) == {MAKER, SITE, ACCOUNT, yiwu}
    assert set(wenzhou.get([MAKER, OTHER, SITE, ACCOUNT, yiwu])) == {MAKER, ACCOUNT, yiwu}
    assert set(shenzhen.get([MAKER, OTHER, SITE, ACCOUNT, yiwu])) == {OTHER, ACCOUNT}


def test_what_is_hidden_is_in_no_search_expansion_count_or_path(market: Store) -> None:
    asked = policy(market, viewer(jurisdictions=("33",)))
    found = asked.search("鞋业")
    assert OTHER not in {h.node.id for h in found.hits}
    assert found.total == len(found.hits)
    assert asked.search(OTHER[8:]).total == 0
    around = asked.expand(["Consignment/FR2"])
    assert OTHER not in around.nodes
    assert ("CONSIGNED_BY", "out") not in around.counts["Consignment/FR2"]
    assert around.counts["Consignment/FR2"]["CONSIGNED_TO", "out"] == 1
    with pytest.raises(NotFound):
        asked.expand([OTHER])
    with pytest.raises(NotFound):
        asked.paths(MAKER, OTHER)
    assert asked.expand(["Consignment/FR2"], kinds=["DISPATCHED_FROM"]).links == ()


def test_no_path_leads_through_what_is_hidden(market: Store) -> None:
    ends = "Account/taobao/ta2", "Account/taobao/ta3"
    assert any(LICENSEE in p.nodes for p in policy(market).paths(*ends, limit=50).paths)
    ways = policy(market, viewer(jurisdictions=("33",))).paths(*ends, limit=50).paths
    assert not any(LICENSEE in p.nodes or len(p.nodes) != len(p.links) + 1 for p in ways)


def test_a_record_that_speaks_of_what_is_hidden_shows_nothing_of_its_row(market: Store) -> None:
    row = policy(market, viewer(jurisdictions=("33",))).records(["freight:FR2"])["freight:FR2"]
    assert set(row.raw.values()) == {MASK}
    assert OTHER not in {m.node for m in row.mentions} | {k.target for k in row.links}


def test_a_trace_is_the_same_for_all_and_told_without_what_is_hidden(market: Store) -> None:
    whole = policy(market).trace(FOUND)
    part = policy(market, viewer(jurisdictions=("33",))).trace(FOUND)
    assert {MAKER, OTHER} <= {c.node for c in whole.candidates}
    told = {c.node: c.probability for c in part.candidates}
    assert MAKER in told
    assert OTHER not in set(texts_of(part))
    assert all(told[c.node] == c.probability for c in whole.candidates if c.node in told)


def test_a_hidden_node_on_a_path_tells_only_its_kind(market: Store) -> None:
    clue = Clue("https://taobao.example/item/1002", "listing")
    found = policy(market, viewer(jurisdictions=("33",))).trace(clue)
    (seller,) = (c for c in found.candidates if c.node == "Account/taobao/ta3")
    (path, *_) = seller.paths
    assert [s.target for s in path.steps] == [
        "Account/taobao/ta2",
        "Company/~-",
        "Phone/+8613706390003",
        "Account/taobao/ta3",
    ]
    assert [(bool(s.link.records), bool(s.link.values)) for s in path.steps][1:3] == [(False, False)] * 2
    assert all({s.source, s.target} == {s.link.source, s.link.target} for s in path.steps)
    asked = policy(market, viewer(jurisdictions=("33",)))
    assert asked.get(["Company/~-", "Nothing/~-"]) == {"Company/~-": Shown(Node("Company/~-", {}), True, ())}
    assert asked.read == set()
    with pytest.raises(NotFound):
        asked.expand(["Company/~-"])


def test_a_link_to_what_is_hidden_tells_nothing_that_records_say_of_it(market: Store) -> None:
    (link,) = policy(market).expand(["Consignment/FR2"], kinds=["DISPATCHED_FROM"]).links
    found = trace(market, FOUND)
    way = Way((Step(link.source, link.target, link, 0.5),), 0.5, "freight")
    found = replace(found, candidates=(replace(found.candidates[0], paths=(way,)),))
    project = Projection(Sight(market, viewer(jurisdictions=("33",)), None, TODAY), VAULT)
    (told,) = Telling(project, found, set()).trace(FOUND, 10).candidates
    (step,) = told.paths[0].steps
    assert (link.records, dict(link.values)) != ((), {})
    assert (step.source, step.target, step.factor) == ("Consignment/FR2", "Address/~-", 0.5)
    assert (step.link.target, step.link.records, step.link.values) == ("Address/~-", (), {})


@pytest.mark.parametrize(
    ("address", "country", "is_seen"),
    [
        ("330304|兴业路|12", "CN", True),
        ("330382|兴业路|12", "CN", False),
        ("330300|兴业路|12", "CN", False),
        ("DE|berlin|hauptstrasse|1", "DE", False),
        ("DE|berlin|hauptstrasse|1", "", False),
        ("~|兴业路|12", "CN", True),
        ("~|兴业路|12", "", True),
        ("~DE|berlin", "DE", False),
    ],
)
def test_an_address_is_within_elsewhere_or_says_nothing(
    empty: Store, address: str, country: str, is_seen: bool
) -> None:
    at = f"Address/{address}"
    fill(empty, StatedLink("LOCATED_AT", MAKER, at), Address_country=country)
    asked = policy(empty, viewer(jurisdictions=("330304", "44")))
    assert set(asked.get([MAKER, at])) == ({MAKER, at} if is_seen else set())


def test_one_address_within_is_enough(empty: Store) -> None:
    fill(empty, *(StatedLink("LOCATED_AT", MAKER, f"Address/{a}|兴业路|12") for a in ("110101", "330304", "440306")))
    asked = policy(empty, viewer(jurisdictions=("33",)))
    assert MAKER in asked.get([MAKER])
    assert asked.expand([MAKER]).counts[MAKER] == {("LOCATED_AT", "out"): 1}


def test_counts_say_when_there_may_be_more_than_were_looked_at(empty: Store) -> None:
    inside, outside = "Address/330304|兴业路|12", "Address/440306|兴业路|12"
    fill(empty, *(StatedLink("LOCATED_AT", f"Site/{n}", inside if n % 2 else outside) for n in range(40)),
         *(StatedLink("OPERATED_BY", f"Site/{n}", MAKER) for n in range(40)))  # fmt: skip
    fill(empty, *(StatedLink("RUN_BY", f"Account/{n}", MAKER) for n in range(1100)))
    found = policy(empty, viewer(jurisdictions=("33",))).expand([MAKER], limit=5)
    assert found.counts[MAKER] == {("OPERATED_BY", "in"): 20, ("RUN_BY", "in"): 1000}
    assert found.at_least == {(MAKER, "RUN_BY", "in")}
    assert {(c.kind, c.total, c.kept) for c in found.cut} == {("OPERATED_BY", 20, 5), ("RUN_BY", 1000, 5)}
    assert len(found.links) == 10


def test_hidden_candidates_take_no_place_among_those_asked_for(market: Store) -> None:
    whole = policy(market).trace(FOUND)
    producers = [c.node for c in whole.candidates if c.role == "producer"]
    for code in ("33", "44"):
        asked = policy(market, viewer(jurisdictions=(code,)))
        seen = [n for n in producers if n in asked.shown(producers)]
        assert 0 < len(seen) < len(producers)
        told = asked.trace(FOUND, limit=1)
        assert [c.node for c in told.candidates if c.role == "producer"] == seen[:1]
        assert max(Counter(c.role for c in told.candidates).values()) == 1


def test_nothing_is_told_that_counts_what_is_hidden(empty: Store) -> None:
    inside, outside, hub = "Address/330304|兴业路|12", "Address/440306|兴业路|12", "Phone/+8613958770002"
    ends = [(f"Account/{n}", inside if n % 2 else outside) for n in range(300)]
    fill(empty, *(StatedLink("HAS_PHONE", account, hub) for account, _ in ends),
         *(StatedLink("RUN_BY", account, f"Party/test:{n}#p") for n, (account, _) in enumerate(ends)),
         *(StatedLink("LOCATED_AT", f"Party/test:{n}#p", at) for n, (_, at) in enumerate(ends)),
         StatedLink("HAS_PHONE", MAKER, hub), source="companies")  # fmt: skip
    clue = Clue("13958770002", "phone")
    whole, part = (policy(empty, viewer(jurisdictions=codes)).trace(clue) for codes in ((), ("33",)))
    assert (bool(whole.calls), bool(whole.cut or whole.damped)) == (True, True)
    assert part.calls == 0
    assert {cut.total for cut in part.cut} <= {0}
    assert {hub.links for hub in part.damped} <= {0}
    asked = policy(empty, viewer(jurisdictions=("33",)))
    ways = asked.paths("Account/1", "Account/3", fanout=10)
    assert ways.passed_over is None
    assert {cut.total for cut in ways.cut} == {0}
    assert asked.get([MAKER])[MAKER].node.mentions == 0
    assert policy(empty).get([MAKER])[MAKER].node.mentions > 0


@pytest.mark.parametrize("role", ["enforcement", "right_holder"])
def test_numbers_that_are_not_told_are_null(market: Store, tmp_path: Path, role: Role) -> None:
    service = Service(Settings(market.url, tmp_path / "state"))
    text = """query($clue: ClueInput!) { trace(clue: $clue) { calls cut { total } damped { links } }
        node(id: "Right/16640560") { mentions } }"""
    clue = {"value": FOUND.value, "kind": "LISTING", "right": FOUND.right}
    try:
        for who in (viewer(role, jurisdictions=("33",)), viewer(role)):
            answer = orjson.loads(service.answer(Question(text, variables={"clue": clue}), who).body)["data"]
            is_told = role == "enforcement" and not who.jurisdictions
            assert (answer["trace"]["calls"] is not None, answer["node"]["mentions"] is not None) == (is_told, is_told)
    finally:
        service.close()
