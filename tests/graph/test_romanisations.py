from __future__ import annotations

import pytest

from graph.persons import parse_person
from graph.romanisations import keys_of_han, keys_of_latin
from graph.scripts import muffled
from graph.translations import translations


@pytest.mark.parametrize(
    ("han", "latin"),
    [
        ("永兴", "wing hing"),
        ("大昌", "tai cheong"),
        ("新昌隆", "sun cheong lung"),
        ("陈大文", "chan tai man"),
        ("余子俊", "yu tsz chun"),
        ("吴美玲", "ng mei ling"),
        ("徐小凤", "tsui siu fung"),
        ("周", "chow"),
        ("建国", "chien kuo"),
        ("谢国忠", "hsieh kuo chung"),
        ("许建志", "hsu chien chih"),
        ("叶", "yeh"),
    ],
)
def test_spellings_of_hong_kong_and_taiwan_meet_the_characters(han: str, latin: str) -> None:
    assert set(keys_of_han(han)) & set(keys_of_latin(latin))


@pytest.mark.parametrize(("han", "latin"), [("永兴", "wing hong"), ("陈大文", "chan siu man"), ("建国", "chien kang")])
def test_another_syllable_is_another_name(han: str, latin: str) -> None:
    assert not set(keys_of_han(han)) & set(keys_of_latin(latin))


@pytest.mark.parametrize("text", ["", "A1", "永飞a", "𠮷"])
def test_what_cannot_be_spelled_has_no_key_of_its_own(text: str) -> None:
    assert not [key for key in keys_of_han(text) if key.startswith("c:")]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Chan Tai Man", "chantaiman"),
        ("Tai Man CHAN", "chantaiman"),
        ("Hsu Chien-Chih", "hsuchienchih"),
        ("Ming Ouyang", "ouyangming"),
    ],
)
def test_persons_of_hong_kong_and_taiwan_are_read_surname_first(text: str, key: str) -> None:
    assert parse_person(text).key == key


@pytest.mark.parametrize("text", ["John Smith", "Yi Wu Toys", "Kwong Wai Knitting"])
def test_other_words_are_no_such_person(text: str) -> None:
    assert parse_person(text).given == ""


@pytest.mark.parametrize(
    ("trade", "words"), [("金龙", "goldendragon"), ("红蜻蜓", "reddragonfly"), ("长城", "greatwall")]
)
def test_trade_names_are_translated_word_by_word(trade: str, words: str) -> None:
    assert words in translations(trade)


def test_a_name_with_a_part_that_means_nothing_is_not_translated() -> None:
    assert translations("永飞") == ()


@pytest.mark.parametrize(("a", "b"), [("zhuochen", "zuochen"), ("hengkang", "henkang"), ("baolite", "baolitte")])
def test_what_is_misheard_is_muffled_alike(a: str, b: str) -> None:
    assert muffled(a) == muffled(b)


@pytest.mark.parametrize(("a", "b"), [("dingfeng", "dengfeng"), ("kangli", "kanglin"), ("yongfei", "yongda")])
def test_what_is_another_word_stays_one(a: str, b: str) -> None:
    assert muffled(a) != muffled(b)
