"""Offsets, long texts, and texts of any characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.disguises import fold, lower
from ingest.text import Extractor, find
from ingest.text.spans import numerals
from tests.growth import LINEAR, growth

PIECES = st.sampled_from(
    [
        *"0123456789一三八*xX-. ：:()+@，。、\n",
        "微信",
        "QQ",
        "vx",
        "电话",
        "有限公司",
        "义乌市",
        "第",
        "号",
        "商标",
        "Co., Ltd.",
        "ZL",
        "İ",
        "ß",
        "㎏",
        "①",
        "１",
    ]
    + ["\udc80", "😀", "\u200b", "com", "at", "dot", "荣程峰", "wxid_"]
)


@given(st.text())
def test_every_view_of_a_text_is_as_long_as_the_text(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(lower(folded)) == len(numerals(lower(folded))) == len(text)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_a_finding_is_what_stands_at_its_offsets(text: str) -> None:
    for one in find(text, brands=("荣程峰",)):
        assert one.text == text[one.start : one.end] != ""


def test_offsets_are_those_of_the_original_when_widths_are_folded() -> None:
    text = "㎏İ电话：１３８１２３４５６７８。ＱＱ：１２３４５６７８"
    assert [(one.kind, one.text) for one in find(text)] == [
        ("phone", "１３８１２３４５６７８"),
        ("qq", "１２３４５６７８"),
    ]


def test_an_undecodable_byte_does_not_hide_what_stands_beside_it() -> None:
    assert [one.value for one in find("\udcb5\udce7电话13812345678")] == ["+8613812345678"]


def test_findings_come_in_the_order_of_the_text() -> None:
    found = find("QQ 12345678，电话 13812345678，a@example.com，义乌市金达有限公司")
    assert [one.kind for one in found] == ["qq", "phone", "email", "company"]


@pytest.mark.parametrize("text", ["", " ", "太阳镜", "perfume", "down jackets", "男女同款包邮"])
def test_a_text_without_any_of_it_yields_nothing(text: str) -> None:
    assert find(text) == []


def test_a_long_text_is_read_to_its_end_without_cuts() -> None:
    pieces = [f"第{n}页 电话：13{n:09d}，货号{n:011d}；" for n in range(8_000)]
    text = "".join(pieces)
    found = Extractor().find(text)
    assert [one.value for one in found] == [f"+8613{n:09d}" for n in range(8_000)]
    assert all(one.text == text[one.start : one.end] for one in found)


@pytest.mark.parametrize("piece", ["1", "1 ", "a@", "a.", "微信", "有限公司", "第1234567号、", "138*", "(", "n i k e "])
def test_the_time_for_a_long_text_grows_with_its_length_only(piece: str) -> None:
    extractor = Extractor(("NIKE",))
    extractor.find("电话13812345678")
    assert growth(lambda size: extractor.find(piece * (size // len(piece))), 10_000) < LINEAR
