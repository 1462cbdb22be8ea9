from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from graph.errors import InvalidValue, NotFound
from graph.identity import named
from graph.store import Store
from queries.search import meant, search

if TYPE_CHECKING:
    from tests.queries.conftest import Fill

NAMES = {
    "Company/91330304MA6QDUMH3D": "温州市永飞电池实业有限公司",
    "Company/91330304MAK58G4W2E": "温州市永飞电子商务有限公司",
    "Company/91440113MAN7Y3586H": "广州市永飞鞋业有限公司",
    "Company/91350304MA2FJTR25J": "莆田市永飞景商贸行",
    "Company/91510107MAC7JEPJ1U": "成都市宏景文具制造有限公司",
    "Person/1": "陈志强",
    "Party/freight:1#consignor": "永飞",
    "Party/freight:2#consignor": "Guangzhou Yongfei Shoes Co., Ltd.",
    "Account/taobao/1": "永飞旗舰店",
}
BATTERY, SHOES, STATIONERY = (
    "Company/91330304MA6QDUMH3D",
    "Company/91440113MAN7Y3586H",
    "Company/91510107MAC7JEPJ1U",
)


@pytest.fixture
def market(graph: Store, fill: Fill) -> Store:
    """Companies of like names, a person, a shop, and mentions; each with the link to its name's sound."""
    for node, name in NAMES.items():
        sound = named(name)
        assert sound is not None
        prop = "shop_name" if node.startswith("Account/") else "name"
        fill({node: {prop: name}}, [("NAMED", node, sound.node)])
    fill({BATTERY: {"name_en": "Wenzhou Yongfei Battery Co., Ltd."}, "Phone/+8613800138000": {}})
    fill({"Listing/taobao/9": {"title": "永飞充电宝 正品", "url": "https://taobao.example/item/9"}})
    return graph


def first(store: Store, text: str) -> str:
    return search(store, text).hits[0].node.id


@pytest.mark.parametrize(
    "text",
    [
        "温州市永飞电池实业有限公司",
        "温州永飞电池实业有限公司",
        "永飞电池实业有限公司",
        "永飞电池",
        "永飞电池厂",
        "温州永飞电池",
        "溫州市永飛電池實業有限公司",
        "永 飞 电 池",
        "永飞电池(温州)有限公司",
        "Wenzhou Yongfei Battery Co., Ltd.",
        "wenzhou yongfei battery",
        "Yongfei Battery",
        "yongfei  battery",
        "WENZHOU YONGFEI BATTERY CO LTD",
        "91330304MA6QDUMH3D",
        "91330304ma6qdumh3d",
        "９１３３０３０４ＭＡ６ＱＤＵＭＨ３Ｄ",
    ],
)
def test_a_company_is_found_however_its_name_is_typed(market: Store, text: str) -> None:
    assert first(market, text) == BATTERY


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("guangzhou yongfei", SHOES),
        ("广州永飞", SHOES),
        ("hongjing", STATIONERY),
        ("hong jing", STATIONERY),
        ("Chengdu Hongjing", STATIONERY),
        ("红景", STATIONERY),
        ("宏景文具", STATIONERY),
        ("陈志强", "Person/1"),
        ("chen zhiqiang", "Person/1"),
        ("Zhiqiang CHEN", "Person/1"),
        ("138 0013 8000", "Phone/+8613800138000"),
        ("+86 138-0013-8000", "Phone/+8613800138000"),
        ("https://taobao.example/item/9", "Listing/taobao/9"),
        ("http://taobao.example/item/9/?from=x", "Listing/taobao/9"),
        ("taobao/9", "Listing/taobao/9"),
        ("充电宝", "Listing/taobao/9"),
    ],
)
def test_what_is_typed_finds_what_is_meant(market: Store, text: str, node: str) -> None:
    assert first(market, text) == node


@pytest.mark.parametrize("text", ["永飞", "yongfei", "yong fei", "YONGFEI", "Yong Fei"])
def test_a_trade_name_finds_every_company_that_bears_it_before_those_that_only_begin_so(
    market: Store, text: str
) -> None:
    ranked = [hit.node.id for hit in search(market, text).hits if hit.node.kind == "Company"]
    assert {BATTERY, SHOES, "Company/91330304MAK58G4W2E"} == set(ranked[:3])


def test_companies_come_before_the_mentions_of_them(market: Store) -> None:
    kinds = [hit.node.kind for hit in search(market, "永飞").hits]
    assert kinds.index("Party") > kinds.index("Company")


@pytest.mark.parametrize("text", ["永", "电", "景"])
def test_one_character_is_enough(market: Store, text: str) -> None:
    assert any(text in str(hit.node.values) for hit in search(market, text).hits)


def test_scores_fall_and_stay_within_0_and_1(market: Store) -> None:
    scores = [hit.score for hit in search(market, "永飞电池").hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)


def test_only_the_kinds_asked_for_are_found(market: Store) -> None:
    assert {hit.node.kind for hit in search(market, "永飞", ["Account"]).hits} == {"Account"}
    assert search(market, "91330304MA6QDUMH3D", ["Person"]).hits == ()


def test_a_limit_cuts_the_list_and_not_the_total(market: Store) -> None:
    whole, cut = search(market, "永飞"), search(market, "永飞", limit=2)
    assert len(cut.hits) == 2
    assert cut.total == whole.total > 2
    assert cut.hits == whole.hits[:2]


@pytest.mark.parametrize("text", ["", "  ", "，。", "no such name", "查无此人", "%", "*", '"', "(", "a" * 1000])
def test_nothing_is_found_where_nothing_is(market: Store, text: str) -> None:
    assert search(market, text).hits == ()


def test_companies_are_found_among_thousands_of_other_matches(graph: Store, fill: Fill) -> None:
    fill({f"Listing/t/{n}": {"title": f"永飞充电宝 {n}"} for n in range(2500)})
    fill({BATTERY: {"name": "温州市永飞电池实业有限公司"}})
    found = search(graph, "永飞")
    assert found.hits[0].node.id == BATTERY
    assert found.cut and found.total > 2500


@pytest.mark.parametrize("text", [BATTERY, "91330304MA6QDUMH3D", "温州市永飞电池实业有限公司"])
def test_one_node_is_meant_by_its_id_its_number_or_its_own_name(market: Store, text: str) -> None:
    assert meant(market, text).id == BATTERY


def test_a_name_that_several_bear_means_none_of_them(market: Store, fill: Fill) -> None:
    fill({"Company/91330304MAK58G4W2E": {"name": "宏达有限公司"}, SHOES: {"name": "宏达有限公司"}})
    with pytest.raises(InvalidValue, match="names 2 nodes"):
        meant(market, "宏达有限公司")


def test_a_part_of_a_name_means_nothing(market: Store) -> None:
    with pytest.raises(NotFound, match="headwater search"):
        meant(market, "永飞电")
