"""Who is found, in which role, how probably and by which way, in a market with one thing that matters."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from graph.model import kind_of
from graph.opening import open_store
from graph.store import Store
from queries.trace import Candidate, Clue, Trace, answer, trace

Market = Callable[..., Store]
Check = Callable[[Store, Trace], None]

MAKER, OTHER, TRADER = "Company/91330304MA6QER431H", "Company/91440306MAFUF16M4A", "Company/91371311MABPKBKQ94"
LISTING = Clue("https://taobao.example/item/1001", "listing", "16640560", "2025-06-20")
LABEL = "urn:epc:id:sgtin:6921712.082226.18570067"
# Rows that differ from those of the market.
OF_OTHER = {
    "consignor_name": "深圳市鑫景捷鞋业有限公司",
    "consignor_uscc": OTHER[8:],
    "consignor_phone": "13510990004",
    "origin_address": "深圳市龙岗区创业路5号",
}
FROM_TRADER = {
    "consignor_name": "临沂市嘉飞贸易有限公司",
    "consignor_uscc": TRADER[8:],
    "consignor_phone": "13706390003",
    "origin_address": "山东省临沂市兰山区金港路20号",
}
TO_TRADER = {
    "consignee_name": "临沂市嘉飞贸易有限公司",
    "consignee_phone": "13706390003",
    "destination_address": "山东省临沂市兰山区金港路20号",
}
TO_STRANGER = {"consignee_name": "杭州市宏达贸易有限公司", "consignee_phone": "13300000006"}


def freight(number: str, dispatched: str, delivered: str, **changed: str) -> dict[str, str]:
    return {"consignment_no": number, "dispatched": dispatched, "delivered": delivered, **changed}


def best(found: Trace, role: str = "producer") -> Candidate:
    return next(c for c in found.candidates if c.role == role)


def probability(found: Trace, node: str, role: str = "producer") -> float:
    return max((c.probability for c in found.candidates if c.role == role and node in c.nodes), default=0.0)


def test_the_consignor_of_the_goods_is_found_with_its_register_entry_and_its_freight(
    market: Market, check: Check
) -> None:
    store = market()
    found = trace(store, LISTING)
    check(store, found)
    maker = best(found)
    assert maker.node == MAKER
    assert maker.name == "温州市永飞鞋业有限公司"
    assert maker.probability > 0.8
    assert {"companies:91330304MA6QER431H#party", "freight:FR1#consignor"} <= set(maker.records)
    assert maker.paths[0].by == "freight"
    assert found.verdict == "suspected" == maker.verdict


def test_the_warehouse_and_the_seller_are_told_as_well(market: Market) -> None:
    found = trace(market(), LISTING)
    assert {"parcels:SF1000000001#site", "warehouses:WH1#site"} <= set(best(found, "warehouse").records)
    assert "accounts:taobao/ta1#account" in best(found, "seller").records


def test_a_consignor_known_by_a_short_name_and_a_phone_is_joined_with_the_registered_company(
    market: Market, check: Check
) -> None:
    store = market(freight=[{"consignor_name": "永飞鞋厂", "consignor_uscc": ""}])
    found = trace(store, LISTING)
    check(store, found)
    assert best(found).node == MAKER
    assert "freight:FR1#consignor" in best(found).records


def test_behind_a_trader_the_maker_is_found_and_the_trader_is_told_as_one(market: Market, check: Check) -> None:
    inward = freight("FR0", "2025-05-10", "2025-05-14", **TO_TRADER)
    store = market(freight=[inward, freight("FR1", "2025-05-16", "2025-05-19", **FROM_TRADER)])
    found = trace(store, LISTING)
    check(store, found)
    assert best(found).node == MAKER
    assert best(found, "trader").node == TRADER
    assert best(found, "trader").probability > 0.5
    passed = [step.target for step in best(found).paths[0].steps if kind_of(step.target) == "Consignment"]
    assert passed == ["Consignment/FR1", "Consignment/FR0"]


@pytest.mark.parametrize(
    "inward",
    [
        freight("FR2", "2025-06-01", "2025-06-04", **TO_TRADER),
        freight("FR2", "2025-05-10", "2025-05-14", **TO_TRADER, goods="手表"),
    ],
    ids=["later", "other goods"],
)
def test_what_a_trader_cannot_have_sent_on_leads_to_no_one(market: Market, inward: dict[str, str]) -> None:
    store = market(freight=[inward, freight("FR1", "2025-05-16", "2025-05-19", **FROM_TRADER)])
    found = trace(store, LISTING)
    assert probability(found, TRADER, "trader") < 0.1
    assert probability(found, MAKER) < 0.1


@pytest.mark.parametrize(
    "foreign",
    [
        freight("FR9", "2025-05-18", "2025-05-20", **OF_OTHER, **TO_STRANGER, goods="手表"),
        freight("FR9", "2024-09-01", "2024-09-03", **OF_OTHER),
        freight("FR9", "2025-05-18", "2025-05-20", **OF_OTHER, **TO_STRANGER),
    ],
    ids=["other goods", "another time", "another's phone"],
)
def test_in_a_shared_warehouse_the_goods_of_others_are_told_apart(market: Market, foreign: dict[str, str]) -> None:
    found = trace(market(freight=[{}, foreign]), LISTING)
    assert best(found).node == MAKER
    assert best(found).probability > 0.8
    assert probability(found, OTHER) < 0.1


def test_a_copied_label_leads_to_the_sale_nearest_to_when_it_was_seen(
    market: Market, sold: Callable[..., None], check: Check
) -> None:
    genuine = {
        "运单号": "SF9",
        "寄件人": "邵阳市金旺鞋业股份有限公司",
        "寄件电话": "",
        "寄件地址": "湖南省邵阳市双清区建设路7号",
    }
    store = market(parcels=[{}, genuine])
    sold(LABEL, ("2025-02-02", "SF9"), ("2025-06-11", "SF1000000001"))
    found = trace(store, Clue(LABEL, "label", LISTING.right, LISTING.at))
    check(store, found)
    assert best(found).node == MAKER
    assert best(found, "warehouse").name.endswith("北路8号")
    assert any(step.link.kind == "SOLD_WITH" for step in best(found).paths[0].steps)


def test_a_person_in_common_tells_the_maker_without_freight(market: Market, check: Check) -> None:
    store = market(freight=[], payees=[{"holder_name": "陈志强", "holder_id": "aa01"}])
    found = trace(store, LISTING)
    check(store, found)
    assert best(found).node == MAKER
    assert best(found).paths[0].by == "control"


def test_a_declaration_names_the_maker_behind_an_exporter(market: Market, check: Check) -> None:
    account = {"company_uscc": TRADER[8:], "registrant": "临沂市嘉飞贸易有限公司"}
    store = market(freight=[], accounts=[account], declarations=[{}])
    found = trace(store, LISTING)
    check(store, found)
    assert best(found).node == MAKER
    assert best(found).paths[0].by == "declaration"


def test_a_payment_agent_joins_no_one_and_is_told_as_damped(market: Market) -> None:
    of_other = {"company_uscc": OTHER[8:], "registrant": "深圳市鑫景捷鞋业有限公司"}
    crowd = [
        {"account_no": f"taobao/x{n}", "phone": "", "wechat": "", "email": "", "shop_name": "", **of_other}
        for n in range(40)
    ]
    store = market(accounts=[{}, *crowd], payees=[{"holder_name": "深圳市鑫景捷鞋业有限公司", "holder_id": OTHER[8:]}])
    found = trace(store, LISTING)
    assert "PayeeAccount/6222000000000000001" in {hub.node for hub in found.damped}
    assert best(found).node == MAKER
    assert probability(found, OTHER) < 0.2


def test_what_was_cut_is_told_with_its_total(market: Market) -> None:
    masses = [freight(f"FX{n}", "2025-05-20", "2025-05-22", **TO_STRANGER, goods="手表") for n in range(150)]
    found = trace(market(freight=[freight("FR1", "2025-06-01", "2025-06-03"), *masses]), LISTING)
    cut = next(c for c in found.cut if c.kind == "DELIVERED_TO")
    assert (cut.total, cut.kept) == (151, 120)
    assert best(found).node == MAKER


def test_without_evidence_the_verdict_is_unknown_and_no_maker_is_probable(market: Market) -> None:
    found = trace(market(freight=[]), LISTING)
    assert found.verdict == "unknown"
    assert all(c.probability < 0.5 for c in found.candidates if c.role == "producer")
    assert best(found, "seller").probability > 0.5


def test_the_limit_holds_for_each_role(market: Market) -> None:
    found = trace(market(freight=[{}, freight("FR9", "2025-05-18", "2025-05-20", **OF_OTHER)]), LISTING, limit=1)
    roles = [c.role for c in found.candidates]
    assert len(roles) == len(set(roles))


def test_without_a_right_and_a_day_the_listing_and_its_parcels_say_what_and_when(market: Market) -> None:
    watches = freight("FR9", "2025-05-18", "2025-05-20", **OF_OTHER, goods="手表")
    found = trace(market(freight=[{}, watches]), Clue(LISTING.value))
    assert found.kind == "listing"
    assert best(found).node == MAKER
    assert probability(found, OTHER) < 0.1


def test_an_answer_is_a_line_as_the_score_reads_it(market: Market) -> None:
    found = trace(market(licences=[{}]), Clue(LISTING.value, "listing", LISTING.right, LISTING.at, "C1"))
    line = json.loads(json.dumps(answer(found)))
    assert (line["clue_no"], line["verdict"]) == ("C1", "authorised")
    assert line["candidates"][0].keys() >= {"role", "score", "records"}
    assert {c["role"] for c in line["candidates"]} >= {"producer", "warehouse", "seller"}


def test_the_same_question_has_the_same_answer(market: Market) -> None:
    store = market(licences=[{}])
    assert trace(store, LISTING) == trace(store, LISTING)


def test_both_stores_answer_alike(market: Market, neo4j_store_url: str) -> None:
    inward = freight("FR0", "2025-05-10", "2025-05-14", **TO_TRADER)
    outward = freight("FR1", "2025-05-16", "2025-05-19", **FROM_TRADER)
    masses = [freight(f"FX{n}", "2025-05-20", "2025-05-22", **TO_STRANGER) for n in range(150)]
    embedded = market(freight=[inward, outward, *masses], licences=[{}], declarations=[{}])
    with open_store(neo4j_store_url) as server:
        server.merge(list(embedded.all_records()))
        assert trace(server, LISTING) == trace(embedded, LISTING)
