from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import glossary, goods

HS = Path(__file__).parents[3] / "shared" / "data" / "hs" / "harmonized-system.csv"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("运动鞋", "sports_shoes"),
        ("sports shoes", "sports_shoes"),
        ("原单化妆品男女", "cosmetics"),
        ("羽絨服", "down_jackets"),
        ("T-Shirts", "t_shirts"),
        ("stationery new 2026", "stationery"),
        ("瑞诚峰 stationery", "stationery"),
        ("8482.10", "bearings"),
        ("8504400000", "chargers"),
    ],
)
def test_goods_are_recognised_in_both_scripts_and_by_code(text: str, key: str) -> None:
    category = goods.category(text)
    assert category is not None and category.key == key


@pytest.mark.parametrize("text", ["百货", "配件", "塑料制品", "电器产品", "general merchandise", "Parts", ""])
def test_words_that_say_nothing_are_generic(text: str) -> None:
    assert goods.is_generic(text)
    assert goods.fit(text, "运动鞋") is None


def test_one_heading_of_several_categories_names_none_for_sure() -> None:
    assert goods.category("9503") is None
    assert goods.fit("9503", "积木") == goods.HEADING


def test_an_industry_fits_what_it_makes() -> None:
    assert goods.fit("鞋业产品", "皮鞋") == goods.INDUSTRY
    assert goods.fit("五金制品生产、加工、销售", "保温杯") == goods.INDUSTRY


def test_nearer_goods_fit_better() -> None:
    scale = [goods.fit("运动鞋", other) for other in ("sneakers", "鞋业产品", "皮鞋", "T恤", "电池")]
    assert None not in scale
    assert scale == sorted(scale, key=lambda fit: -(fit or 0)) and scale[0] == 1 and scale[-1] == 0


@given(st.text(max_size=20), st.text(max_size=20))
def test_fit_does_not_depend_on_the_order(a: str, b: str) -> None:
    assert goods.fit(a, b) == goods.fit(b, a)


def test_every_industry_of_the_goods_glossary_is_in_the_industry_glossary() -> None:
    for one in goods.categories().values():
        assert set(one.industries) <= set(glossary.industries()), one.key


def test_no_word_means_two_kinds_of_goods() -> None:
    words = [word for one in goods.categories().values() for word in (*one.zh, *one.en)]
    assert len(words) == len(set(words))


@pytest.mark.skipif(not HS.exists(), reason="the shared data is not beside the repository")
def test_every_heading_exists() -> None:
    with HS.open(encoding="utf-8", newline="") as lines:
        known = {row["hscode"] for row in csv.DictReader(lines)}
    assert {heading for one in goods.categories().values() for heading in one.hs} <= known
