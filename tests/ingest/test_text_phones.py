"""Telephone numbers in running text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.text import find

MOBILE = "+8613812345678"
NUMERALS = "零一二三四五六七八九"
CAPITALS = "零壹贰叁肆伍陆柒捌玖"
FULL_WIDTH = "０１２３４５６７８９"
CIRCLED = "⓪①②③④⑤⑥⑦⑧⑨"


def phones(text: str) -> list[str]:
    return [one.value for one in find(text) if one.kind == "phone"]


@pytest.mark.parametrize(
    "text",
    [
        "13812345678",
        "电话13812345678",
        "义乌市金达五金13812345678王先生",
        "138-1234-5678",
        "138 1234 5678",
        "138.1234.5678",
        "138~1234~5678",
        "138*1234*5678",
        "+86 138 1234 5678",
        "(+86)13812345678",
        "86-13812345678",
        "008613812345678",
        "电话8613812345678",
        "１３８１２３４５６７８",
        "𝟏𝟑𝟖𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖",
        "一三八一二三四五六七八",
        "幺三八幺二三四五六七八",
        "壹叁捌壹贰叁肆伍陆柒捌",
        "一3八12三45六78",
        "1 3 8 1 2 3 4 5 6 7 8",
        "1️⃣3️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣",
        "138\u200b1234\u200b5678",
        "手机 13 8123 456 78",
        "电话:138一1234一5678",
        "l38l2345678",
        "加+13812345678",
        "Tel: 86 138 1234 5678",
        "13812345678（微信同号）",
    ],
)
def test_a_mobile_is_found_however_it_is_written(text: str) -> None:
    assert phones(text) == [MOBILE]


@pytest.mark.parametrize("spelled", [NUMERALS, CAPITALS, FULL_WIDTH, CIRCLED])
@given(rest=st.from_regex(r"[3-9][0-9]{9}", fullmatch=True))
def test_any_announced_mobile_is_read_back_from_any_script(spelled: str, rest: str) -> None:
    number = "1" + rest
    assert phones("电话：" + "".join(spelled[int(digit)] for digit in number)) == ["+86" + number]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0571-85022088", "+8657185022088"),
        ("(0571)85022088", "+8657185022088"),
        ("021 6208 6566", "+862162086566"),
        ("010-62086566-801", "+861062086566"),
        ("电话057185022088", "+8657185022088"),
        ("+86-571-8502 2088", "+8657185022088"),
        ("Tel: 86 571 85022088", "+8657185022088"),
        ("400-666-1064", "+864006661064"),
        ("电话4006661064", "+864006661064"),
        ("+1 415 555 2671", "+14155552671"),
        ("WhatsApp: +44 20 7946 0958", "+442079460958"),
    ],
)
def test_landlines_shared_and_foreign_numbers_are_found(text: str, value: str) -> None:
    assert phones(text) == [value]


@pytest.mark.parametrize(
    "text", ["138****1234", "138 **** 1234", "138XXXX1234", "138●●●●1234", "１３８＊＊＊＊１２３４"]
)
def test_a_masked_mobile_keeps_its_asterisks(text: str) -> None:
    assert phones(text) == ["+86138****1234"]


@pytest.mark.parametrize("between", ["、", "/", " ", "，", "\n", "或"])
def test_two_numbers_side_by_side_are_two(between: str) -> None:
    assert phones(f"联系 13812345678{between}13912345678") == [MOBILE, "+8613912345678"]


@pytest.mark.parametrize(
    "text",
    [
        "138123456789",
        "货号13812345678",
        "订单号：13812345678",
        "型号 JX-13812345678",
        "SF1381234567890",
        "YTO13812345678",
        "¥13812345678",
        "库存13812345678件",
        "13812345678.50",
        "3.13812345678",
        "13,812,345,678",
        "13812345678abc",
        "id=13812345678",
        "条码 6901234567892",
        "6222021381234567890",
        "6217 8666 2941 1116 647",
        "身份证 330382199001011234",
        "2024-12-14 13:05:22",
        "20241214",
        "HS 8471300000",
        "报关单号 514120250739568449",
        "135 140 145 150 160 170 厘米",
        "130*200*150",
        "价格：138元 1380 0元",
        "138.123.45.67",
        "1.3.8.1.2.3.4.5.6.7.8.9",
        "https://detail.1688.com/offer/13812345678.html",
        "13812345678@qq.com",
        "功率1300-1800-2000W",
        "一二三四五六七八九十",
    ],
)
def test_no_other_number_passes_for_a_phone(text: str) -> None:
    assert phones(text) == []


def test_a_word_inside_another_announces_nothing() -> None:
    assert phones("hotel 13 81 23 45 67 8") == []
    assert phones("tel 13 81 23 45 67 8") == [MOBILE]
