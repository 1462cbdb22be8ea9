from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.terminal import Column, cells, plain, shortened, table, wrapped

texts = st.text(st.characters(codec="utf-8"), max_size=60)
mixed = st.text("ab 永飞电池，。 -é", max_size=80)


def test_a_chinese_character_takes_two_cells() -> None:
    assert cells("永飞 ab") == 7


def test_a_combining_accent_takes_none() -> None:
    assert cells("e\u0301") == 1


@pytest.mark.parametrize("bad", ["\x1b[31m", "\x07", "\u202e", "\x9b2J", "\u2066", "\ud800", "\x00"])
def test_nothing_that_controls_a_terminal_is_written(bad: str) -> None:
    assert plain(f"a{bad}b").isprintable()


def test_lines_of_a_value_become_one() -> None:
    assert plain("a\r\nb\tc") == "a  b c"


@given(texts)
def test_plain_text_is_always_printable(text: str) -> None:
    assert not any(c in plain(text) for c in "\x1b\n\r\u202e")


@given(mixed, st.integers(4, 40))
def test_wrapped_lines_fit_and_lose_nothing_but_blanks(text: str, width: int) -> None:
    lines = wrapped(text, width, "", "  ")
    assert "".join("".join(lines).split()) == "".join(text.split())
    # A word longer than a line stays whole, and a closing mark stays with the word before it.
    longest = max((cells(word) for word in text.split()), default=0)
    if longest <= width - 4:
        assert all(cells(line) <= width + 2 for line in lines)


def test_a_pipe_gets_the_whole_line() -> None:
    assert wrapped("永飞 " * 100, None, "  ") == ["  " + "永飞 " * 100]


def test_a_chinese_paragraph_is_broken_between_characters() -> None:
    assert wrapped("永飞电池实业", 8, "", "  ") == ["永飞电池", "  实业"]


def test_a_line_never_begins_with_a_closing_mark() -> None:
    assert not any(line.strip().startswith("，") for line in wrapped("永飞电池，实业有限，公司", 8, "", "  "))


@given(mixed, st.integers(2, 30))
def test_a_shortened_text_fits(text: str, width: int) -> None:
    assert cells(shortened(text, width)) <= width


def test_columns_are_aligned_by_cells() -> None:
    lines = table([Column("名称"), Column("n", right=True)], [("永飞", 1), ("ab", 100)], None)
    assert lines == ["名称    n", "永飞    1", "ab    100"]


def test_a_column_that_gives_way_is_shortened_and_the_others_are_not() -> None:
    rows = [("永" * 40, "Company/91330304MA6QDUMH3D")]
    lines = table([Column("name", gives_way=True), Column("id")], rows, 60)
    assert "…" in lines[1] and lines[1].endswith("  Company/91330304MA6QDUMH3D")
    assert all(cells(line) <= 60 for line in lines)


def test_a_table_in_a_pipe_is_never_shortened() -> None:
    rows = [("永" * 400, "x")]
    assert "永" * 400 in table([Column("name", gives_way=True), Column("id")], rows, None)[1]
