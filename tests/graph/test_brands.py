"""Brands in titles and descriptions, as they are written and as they are disguised."""

from __future__ import annotations

import pytest

from graph.brands import Brands


def brands(text: str, *names: str) -> list[str]:
    return [one.name for one in Brands(names).find(text)]


@pytest.mark.parametrize(
    ("text", "brand"),
    [
        ("荣程峰正品耳机", "荣程峰"),
        ("榮程峰耳機", "荣程峰"),
        ("荣*峰耳机", "荣程峰"),
        ("荣·程·峰耳机", "荣程峰"),
        ("荣 程 峰耳机", "荣程峰"),
        ("XINLAIO perfume", "Xinlaio"),
        ("xinl@io原单香水", "Xinlaio"),
        ("x1nla10 perfume", "Xinlaio"),
        ("X.I.N.L.A.I.O", "Xinlaio"),
        ("xin-laio", "Xinlaio"),
        ("newbalance 运动鞋", "New Balance"),
        ("new-balance 运动鞋", "New Balance"),
        ("ｘｉｎｌａｉｏ香水", "Xinlaio"),
    ],
)
def test_a_brand_is_found_however_it_is_disguised(text: str, brand: str) -> None:
    assert brands(text, "荣程峰", "Xinlaio", "New Balance") == [brand]


@pytest.mark.parametrize("text", ["程峰耳机", "荣*星", "xinlaios", "axinlaio", "new 111 2024", "balance"])
def test_what_only_resembles_a_brand_is_none(text: str) -> None:
    assert brands(text, "荣程峰", "Xinlaio", "New Balance", "ill") == []


def test_one_mask_may_hide_several_characters() -> None:
    assert brands("宏*狮耳机", "宏飞业狮") == ["宏飞业狮"]


def test_a_mask_that_fits_several_brands_yields_each_at_one_place() -> None:
    found = Brands(("荣程峰", "荣兴峰")).find("荣*峰耳机")
    assert sorted(one.name for one in found) == ["荣兴峰", "荣程峰"]
    assert {(one.start, one.end) for one in found} == {(0, 3)}


def test_the_longer_of_two_brands_is_meant() -> None:
    assert brands("荣程峰耳机", "荣程", "荣程峰") == ["荣程峰"]


def test_a_brand_written_as_registered_is_not_called_disguised() -> None:
    found = Brands(("荣程峰", "Xinlaio")).find("荣程峰 XINLAIO 榮程峰 xinl@io")
    assert [one.disguised for one in found] == [False, False, True, True]


def test_where_two_brands_begin_alike_the_text_says_which() -> None:
    assert brands("荣程峰 荣程达", "荣程峰", "荣程达") == ["荣程峰", "荣程达"]


def test_a_text_of_one_character_bears_none() -> None:
    assert brands("荣", "荣程") == brands("", "荣程") == []
