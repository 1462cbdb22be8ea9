from __future__ import annotations

import pytest

from graph.errors import InvalidValue
from graph.identifiers import hs


@pytest.mark.parametrize("value", ["8482.10.0000", "8482.10-0000", "84 82 10 00 00", "８４８２１０００００"])
def test_spellings_meet(value: str) -> None:
    assert hs.validate(value) == "8482100000"


@pytest.mark.parametrize("value", ["01", "0101", "010121", "01012100", "0101210010", "0101210010999"])
def test_digits_that_a_country_adds_are_kept(value: str) -> None:
    assert hs.validate(value) == value
    assert hs.doubts(value) == ()


@pytest.mark.parametrize("value", ["77", "7712", "010199", "0101991000"])
def test_codes_that_the_list_does_not_have_are_kept_and_doubted(value: str) -> None:
    assert hs.validate(value) == value
    assert hs.doubts(value) == ("unknown_hs",)


def test_a_length_that_a_lost_zero_leaves_is_doubted() -> None:
    assert hs.doubts("101210010") == ("unknown_hs", "unusual_length")


@pytest.mark.parametrize(
    ("value", "reason"),
    [("0", "length"), ("010", "length"), ("01012", "length"), ("01012100109999", "length")]
    + [("000000", "component"), ("8482100000.X", "format"), ("848²", "format"), ("", "format")],
)
def test_the_reason_of_a_refusal(value: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        hs.validate(value)
    assert caught.value.reason == reason


def test_the_list_has_chapters_headings_and_subheadings() -> None:
    assert all(map(hs.is_known, ("61", "6109", "610910")))
    assert not hs.is_known("610911")
