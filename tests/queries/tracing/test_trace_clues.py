"""What clues name: every kind, said or found from the value, and rows of lists of clues."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graph.errors import InvalidValue, NotFound
from graph.store import Store
from queries.trace import KINDS, Clue, Trace, clue_of, trace

Market = Callable[..., Store]

MAKER = "91330304MA6QER431H"
LABEL = "urn:epc:id:sgtin:6921712.082226.18570067"


@pytest.mark.parametrize("said", [True, False], ids=["kind said", "kind found"])
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("listing", "https://taobao.example/item/1001"),
        ("listing", "http://taobao.example/item/1001/?from=ad"),
        ("account", "taobao/ta1"),
        ("order", "OD1"),
        ("waybill", "SF1000000001"),
        ("phone", "158 4333 0001"),
        ("phone", "158****0001"),
        ("wechat", "WXyongjie1"),
        ("qq", "2837465901"),
        ("email", "YJ@example.com"),
        ("icp", "浙ICP备18013128号"),
        ("icp", "浙icp备18013128号-7"),
        ("payee", "6222000000000000001"),
        ("company", MAKER),
        ("company", "永飞鞋业"),
        ("company", "Wenzhou Yongfei Co., Ltd."),
        ("person", "陈志强"),
        ("address", "义乌市工人北路8号"),
        ("address", "工人北路8号"),
        ("site", "WH1"),
        ("label", LABEL),
        ("declaration", "310420250919056603"),
        ("consignment", "FR1"),
        ("container", "CSQU3054383"),
        ("exhibit", "EX1"),
    ],
)
def test_every_kind_of_clue_leads_to_the_maker(
    market: Market,
    sold: Callable[..., None],
    check: Callable[[Store, Trace], None],
    kind: str,
    value: str,
    said: bool,
) -> None:
    store = market(declarations=[{}], exhibits=[{}])
    sold(LABEL, ("2025-06-11", "SF1000000001"))
    found = trace(store, Clue(value, kind if said else None, "16640560", "2025-06-20"))
    assert found.kind == kind
    check(store, found)
    assert next(c for c in found.candidates if c.role == "producer").node == f"Company/{MAKER}"


def test_an_unknown_kind_is_refused_with_those_that_are_known(market: Market) -> None:
    assert len(set(KINDS)) == 19
    with pytest.raises(InvalidValue, match="choose one of listing"):
        trace(market(), Clue("OD1", "parcel"))


@pytest.mark.parametrize(
    ("kind", "value"), [("phone", "13800138000"), ("order", "OD404"), ("company", "恒远"), (None, "nothing at all")]
)
def test_a_clue_that_names_nothing_is_not_found(market: Market, kind: str | None, value: str) -> None:
    with pytest.raises(NotFound, match="knows no"):
        trace(market(), Clue(value, kind))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("phone", "12"),
        ("email", "nobody"),
        ("container", "CSQU3054384"),
        ("label", "urn:epc:id:sgtin:1"),
        ("company", "91330304MA6QER431X"),
        ("order", " "),
    ],
)
def test_a_value_that_breaks_the_rule_of_its_kind_is_refused(market: Market, kind: str, value: str) -> None:
    with pytest.raises(InvalidValue):
        trace(market(), Clue(value, kind))


def test_a_day_that_is_none_is_refused(market: Market) -> None:
    with pytest.raises(InvalidValue, match="date"):
        trace(market(), Clue("OD1", "order", at="2025-13-45"))


def test_a_row_of_a_list_is_a_clue() -> None:
    said = {
        "clue_no": "C1",
        "kind": "company",
        "value": " 永飞鞋业 ",
        "right_no": "16640560",
        "seen": "2025-06-20",
        "by": "x",
    }
    assert clue_of(said) == Clue("永飞鞋业", "company", "16640560", "2025-06-20", "C1")
    assert clue_of({"value": "OD1", "kind": ""}) == Clue("OD1")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"value": " ", "kind": "order"}, "has no value"),
        ({"value": "SF1", "kind": "parcel"}, "'parcel': is none; choose one of listing"),
        ({"value": "OD1", "seen": "yesterday"}, "'yesterday': is no date"),
    ],
)
def test_a_row_that_holds_no_clue_is_refused(cells: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        clue_of(cells)
