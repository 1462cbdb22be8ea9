"""What is masked, what is open, and how either is shown in nodes, links and paths."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import pytest

from api.access.viewer import Grant, Role, Viewer
from api.masks.policy import Memory, Policy
from api.masks.vault import MASK, is_token
from graph.errors import NotFound
from graph.identity import named
from graph.model import Inference, Mention, Record, StatedLink, order_of
from graph.ontology import ontology
from graph.store import Store
from ingest.loader import forget
from tests.api.masks.conftest import (
    ACCOUNT,
    CLOSED,
    DIRECTOR,
    EMAIL,
    HANDLE,
    LISTING,
    LONE_HOLDER,
    MAKER,
    OPEN_HANDLE,
    OPEN_PHONE,
    PAYEE,
    PHONE,
    PLACE,
    SITE,
    SITE_PHONE,
    SOUND,
    VAULT,
    Counting,
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
    fill(empty, StatedLink("HAS_PHONE", MAKER, PHONE), source="companies")
    assert PHONE in policy(empty).get([PHONE])


def test_what_is_only_inferred_of_a_company_publishes_nothing(empty: Store) -> None:
    fill(empty, StatedLink("HAS_PHONE", MAKER, PHONE, inference=Inference("r:1", 0.9)), source="companies")
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
        return len(counted.names)

    few = [PHONE, MAKER, "Party/freight:FR3#consignor", *sealed(PHONE, SOUND, PLACE)]
    many = [*every, *sealed(*CLOSED)]
    for who in (viewer(), viewer(jurisdictions=("33",)), viewer("right_holder"), member(Grant("Phone", "accounts"))):
        assert calls(lambda p: p.get(many), who) <= calls(lambda p: p.get(few), who) + 2
        assert calls(lambda p: p.records(records), who) <= 14
        assert calls(lambda p: p.statements(many), who) <= 14


@pytest.mark.parametrize("node", [SOUND, PLACE])
def test_a_key_that_spells_a_masked_number_out_has_a_token(market: Store, node: str) -> None:
    asked = policy(market)
    assert asked.get([node]) == {}
    (shown,) = asked.get(sealed(node)).values()
    assert shown.is_masked
    assert "text" not in shown.node.values
    who = viewer(grants=(Grant("Phone", "accounts"),))
    assert set(policy(market, who).get([node])) == {node}


@pytest.mark.parametrize("text", ["王五 yj7788@example.com", "王五微信wxyongjie77", "永捷wxyongjie77"])
def test_a_name_of_which_the_sound_has_lost_an_address_has_a_token_by_what_was_written(empty: Store, text: str) -> None:
    said = named(text)
    assert said is not None
    fill(empty, StatedLink("NAMED", "Party/test:1#p", said.node, values=dict(said.said)))
    assert set(policy(empty).get([said.node])) == {said.node}
    fill(empty, StatedLink("HAS_EMAIL", "Party/test:2#p", EMAIL), StatedLink("HAS_HANDLE", "Party/test:2#p", HANDLE))
    assert policy(empty).get([said.node]) == {}
    (link,) = policy(empty).expand(["Party/test:1#p"], kinds=["NAMED"]).links
    assert (link.target, link.values["text"], link.values["trade"]) == (*sealed(said.node), MASK, MASK)


@pytest.mark.parametrize(
    "text",
    ["0577888", "0577-88886666", "88886666", "赵六 0577", "wxyong", "wxyongjie77", "15843", "158 4333", "电话158"],
)
def test_a_part_of_a_number_that_stands_in_a_text_finds_nothing(market: Store, text: str) -> None:
    found = policy(market).search(text)
    assert (found.hits, found.total) == ((), 0)


def test_what_is_loaded_is_masked_in_every_text_at_once(empty: Store) -> None:
    memory = Memory()
    note = Record("notes", "N1", "n.csv", 1, "d", {}, (Mention("Site/S1", "site", {"name": "电话 15843339871"}),))
    empty.merge([note])
    assert policy(empty, memory=memory).get(["Site/S1"])["Site/S1"].node.values["name"] == ("电话 15843339871",)
    fill(empty, StatedLink("HAS_PHONE", "Party/test:1#p", PHONE))
    assert policy(empty, memory=memory).get(["Site/S1"])["Site/S1"].masked == ("name",)
    forget(empty, "test")
    assert policy(empty, memory=memory).get(["Site/S1"])["Site/S1"].masked == ()


def test_what_texts_hold_is_asked_of_the_store_once_while_nothing_changes(market: Store) -> None:
    memory, ids = Memory(), [n.id for n in market.nodes({"Consignment", "Site", "Name"})]
    told = []
    for _ in range(2):
        counted = Counting(market)
        policy(counted, memory=memory).shown(ids)
        told.append(counted.names)
    assert told[0].count("get") > told[1].count("get") == 0


def test_whoever_loads_a_file_into_a_source_of_their_own_publishes_nothing(empty: Store) -> None:
    contacts = StatedLink("MENTIONS", LISTING, PHONE), StatedLink("HAS_PHONE", MAKER, SITE_PHONE)
    fill(empty, *contacts, source="mine")
    assert policy(empty).get([PHONE, SITE_PHONE]) == {}
    assert set(policy(empty, public=("mine",)).get([PHONE, SITE_PHONE])) == {PHONE, SITE_PHONE}
    fill(empty, *contacts, source="listings")
    assert set(policy(empty).get([PHONE, SITE_PHONE])) == {PHONE, SITE_PHONE}
    assert policy(empty, public=()).get([PHONE, SITE_PHONE]) == {}


def test_masked_nodes_stand_in_the_order_of_what_is_shown(empty: Store) -> None:
    numbers = [f"+86158{n:08}" for n in range(40)]
    nodes = [f"Phone/{n}" for n in numbers]
    fill(empty, *(StatedLink("HAS_PHONE", "Party/test:1#p", n) for n in nodes), StatedLink("HAS_PHONE", SITE, nodes[0]))
    asked = policy(empty)
    shown = [k.target for k in asked.expand(["Party/test:1#p"], limit=100).links]
    assert shown == sorted(sealed(*nodes), key=order_of)
    assert list(asked.expand(["Party/test:1#p"], limit=100).nodes) == ["Party/test:1#p", *shown]
    pages = [[k.target for k in asked.expand(["Party/test:1#p"], limit=n).links] for n in (5, 17, 39)]
    assert pages == [shown[:5], shown[:17], shown[:39]]
    (cut,) = asked.expand(["Party/test:1#p"], limit=5).cut
    assert (cut.total, cut.kept) == (40, 5)


def test_masked_nodes_are_found_in_the_order_of_what_is_shown(empty: Store) -> None:
    people = [f"Person/5101071987061543{n:02}" for n in range(30)]
    empty.merge(
        [Record("p", str(i), "p.csv", i, "d", {}, (Mention(n, "p", {"name": "李伟强"}),)) for i, n in enumerate(people)]
    )
    found = [h.node.id for h in policy(empty).search("李伟强").hits]
    assert found == sorted(sealed(*people), key=order_of)[:20]


def test_records_with_tokens_are_told_in_the_order_of_their_tokens(empty: Store) -> None:
    keys = [f"1584333{n:04}" for n in range(20)]
    empty.merge(
        [
            Record("p", key, "p.csv", i, "d", {}, (Mention(SITE, "s"), Mention(f"Phone/+86{key}", "p")))
            for i, key in enumerate(keys)
        ]
    )
    asked = policy(empty)
    sealed_ids = [VAULT.seal_record(f"p:{key}") for key in keys]
    assert [s.record for s in asked.statements([SITE])[SITE]] == sorted(sealed_ids, key=order_of)
