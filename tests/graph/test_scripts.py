from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import scripts


def test_full_width_and_traditional_characters_fold_into_one_spelling() -> None:
    assert scripts.fold("溫州樂清市創業路３０８號") == scripts.fold("温州乐清市创业路308号")


def test_folding_keeps_letter_case_and_collapses_white_space() -> None:
    assert scripts.fold("  Wenzhou　 Yongfei\tCo. ") == "Wenzhou Yongfei Co."


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    once = scripts.fold(text)
    assert scripts.fold(once) == once


def test_pinyin_joins_toneless_syllables_and_keeps_latin_runs() -> None:
    assert scripts.pinyin("永飞LED灯8") == "yongfeileddeng8"


@pytest.mark.parametrize(
    ("text", "plain"), [("Straße", "strasse"), ("Đà Nẵng", "da nang"), ("Łódź", "lodz"), ("Ølgod", "olgod")]
)
def test_letters_that_bear_no_mark_to_unicode_are_made_plain_too(text: str, plain: str) -> None:
    assert scripts.latin(text) == plain


def test_the_sound_of_green_is_written_with_a_v() -> None:
    assert scripts.pinyin("绿") == "lv"
    assert scripts.latin("Lüyuan") == "lvyuan"


@pytest.mark.parametrize(
    ("word", "expected"),
    [("zhiqiang", ("zhi", "qiang")), ("xian", ("xian",)), ("lyu", ("lv",)), ("delta", None), ("smith", None)],
)
def test_a_word_is_split_into_pinyin_only_when_it_is_pinyin(word: str, expected: tuple[str, ...] | None) -> None:
    assert scripts.split_pinyin(word) == expected


def test_a_character_with_two_readings_may_be_spelled_by_either() -> None:
    assert scripts.is_reading("长兴", "changxing")
    assert scripts.is_reading("长兴", "zhangxing")
    assert not scripts.is_reading("长兴", "shangxing")


def test_accents_of_other_languages_are_dropped() -> None:
    assert scripts.latin("Türkiye, İstanbul") == "turkiye istanbul"


def test_the_table_of_readings_agrees_with_pypinyin() -> None:
    import pypinyin  # it loads phrases for half a second

    for character in "永飞恒瑞达泰翔女绿鑫庄双窗穷勇雪温州义乌深圳佛山莆田":
        spoken = {one.replace("ü", "v") for one in pypinyin.pinyin(character, style=pypinyin.NORMAL, heteronym=True)[0]}
        assert set(scripts.readings(character)) == spoken


def test_common_syllables_are_known_as_pinyin() -> None:
    for one in ("yong", "fei", "zhuang", "shuang", "nv", "lve", "er", "a"):
        assert scripts.split_pinyin(one) == (one,)
