from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.terms import query_terms, terms

HAN = "永飞电池实业有限公司温州市"


def matches(text: str, query: str) -> bool:
    """What every store does: each query term is the beginning of a term of the text."""
    held = terms(text)
    return all(any(term.startswith(asked) for term in held) for asked in query_terms(query))


@given(st.text(HAN, max_size=12), st.data())
def test_a_text_is_found_by_every_part_of_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert matches(text, text[start:end])


@given(st.text(HAN, min_size=1, max_size=12), st.text(HAN, min_size=1, max_size=2))
def test_one_and_two_characters_match_exactly_what_contains_them(text: str, query: str) -> None:
    assert matches(text, query) == (query in text)


@given(st.text(HAN, max_size=10), st.text(HAN, min_size=3, max_size=4))
def test_a_longer_query_misses_nothing_and_asks_for_every_pair(text: str, query: str) -> None:
    pairs = all(query[i : i + 2] in text for i in range(len(query) - 1))
    assert matches(text, query) == pairs
    assert pairs or query not in text


@given(st.lists(st.text("abcxyz019", min_size=1, max_size=6), min_size=1, max_size=5), st.data())
def test_words_are_found_by_their_beginnings(words: list[str], data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(words))
    beginning = word[: data.draw(st.integers(1, len(word)))]
    assert matches(" ".join(words), beginning.upper())
    assert matches(" ".join(words), "q") == any(w.startswith("q") for w in words)


@pytest.mark.parametrize("query", ["永飛電池", "永飞电池", "永飛 电池", "（永飞）电池", "永飞"])
def test_traditional_and_simplified_characters_meet(query: str) -> None:
    assert matches("溫州市永飛電池實業有限公司", query)
    assert matches("温州市永飞电池实业有限公司", query)


@pytest.mark.parametrize("query", ["Ｙｏｎｇｆｅｉ", "YONGFEI", "yong"])
def test_width_and_case_do_not_matter(query: str) -> None:
    assert matches("Wenzhou Yongfei Co., Ltd.", query)


def test_scripts_side_by_side_are_parted() -> None:
    assert terms("永飞5号battery") == ["永飞", "飞", "5", "号", "battery"]


def test_characters_beyond_the_basic_plane_are_characters() -> None:
    assert matches("𠀀𠀁公司", "𠀁")


@given(st.text())
def test_any_text_has_terms_that_are_words_alone(text: str) -> None:
    for term in (*terms(text), *query_terms(text)):
        assert term
        assert all(c.isalnum() or c.isnumeric() for c in term) or not term.isascii()
        assert not any(c in term for c in " \t\n\"'*()")


@given(st.text())
def test_a_query_asks_for_no_term_twice(text: str) -> None:
    assert len(query_terms(text)) == len(set(query_terms(text)))
