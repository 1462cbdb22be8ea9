"""The marks that the listings of a clue bear, and which licences they speak of when no right is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graph.store import Store
from queries.trace import Clue, Mark, Trace, answer, trace

Market = Callable[..., Store]

RIGHT = "Right/16640560"
UNSAID = Clue("https://taobao.example/item/1001", "listing", at="2025-06-20")
SHOES = {"title": "正品皮鞋 男"}
NAMESAKE = {"right_no": "30000001", "goods": "手表", "classes": "Nice:14"}


def marks(found: Trace) -> list[tuple[str, str, str, bool]]:
    return [(mark.right, mark.field, mark.text, mark.disguised) for mark in found.marks]


@pytest.mark.parametrize(
    ("listing", "read"),
    [
        ({}, ("title", "华程冠", False)),
        (SHOES | {"title": "华*冠皮鞋 男"}, ("title", "华*冠", True)),
        (SHOES | {"description": "華程冠 原单"}, ("description", "華程冠", True)),
        (SHOES | {"brand_claimed": "华程冠"}, ("brand", "华程冠", False)),
    ],
)
@pytest.mark.parametrize("right", ["16640560", None], ids=["right named", "right not named"])
def test_a_mark_is_read_wherever_a_listing_bears_it(
    market: Market, listing: dict[str, str], read: tuple[str, str, bool], right: str | None
) -> None:
    found = trace(market(listings=[listing]), Clue(UNSAID.value, "listing", right, UNSAID.at))
    assert marks(found) == [(RIGHT, *read)]


def test_a_mark_names_its_listing_and_is_told_in_answers(market: Market) -> None:
    found = trace(market(), UNSAID)
    assert found.marks == (Mark(RIGHT, "华程冠", "Listing/taobao/1001", "title", "华程冠", False),)
    assert answer(found)["marks"][0]["right"] == RIGHT


def test_without_a_right_the_licences_of_the_marks_are_screened(market: Market) -> None:
    other = {"right_no": "30000002", "title": "永飞达"}
    licences = [{}, {"licence_no": "LC2", "right_no": "30000002", "end": "2029-12-31"}]
    store = market(rights=[{}, other], licences=licences, listings=[{"title": "永*达皮鞋 男"}])
    found = trace(store, UNSAID)
    assert {c.licence.right for c in found.candidates if c.licence is not None} == {"Right/30000002"}
    assert found.verdict == "suspected"


def test_a_namesake_for_other_goods_is_not_meant(market: Market) -> None:
    assert {mark.right for mark in trace(market(rights=[{}, NAMESAKE]), UNSAID).marks} == {RIGHT}


def test_a_design_bears_goods_in_its_title_and_no_mark(market: Market) -> None:
    design = {"right_no": "ZL202231520782.3", "type": "design", "title": "皮鞋"}
    assert {mark.right for mark in trace(market(rights=[{}, design]), UNSAID).marks} == {RIGHT}


def test_a_right_loaded_later_is_read_too(market: Market) -> None:
    assert trace(market(rights=[]), UNSAID).marks == ()
    assert len(trace(market(), UNSAID).marks) == 1
