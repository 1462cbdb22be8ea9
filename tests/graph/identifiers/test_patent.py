from __future__ import annotations

import pytest

from graph.errors import InvalidValue
from graph.identifiers import patent

GRANTED = ["ZL99113861.9", "ZL01105715.7", "ZL00125301.8", "ZL95115608.X", "ZL200510030457.8", "ZL200510025251.6"]


@pytest.mark.parametrize("value", [*GRANTED, "ZL201220572874.0", "201710601862.3"])
def test_real_numbers_are_valid(value: str) -> None:
    assert patent.validate(value) == value.removeprefix("ZL")


@pytest.mark.parametrize(
    "value", ["zl 2005 1 0030457.8", "CN200510030457.8", "200510030457.8", "2005100304578", "专利号：ZL200510030457.8"]
)
def test_spellings_meet(value: str) -> None:
    assert patent.validate(value) == "200510030457.8"


def test_a_number_without_its_check_character_is_completed_and_doubted() -> None:
    assert patent.validate("ZL95115608") == "95115608.X"
    assert patent.doubts("ZL95115608") == ("no_check_character",)
    assert patent.doubts("ZL95115608.X") == ()


def test_publication_numbers_are_kept_and_doubted() -> None:
    assert patent.validate("cn 107234567 a") == "CN107234567A"
    assert patent.doubts("CN107234567A") == ("no_check_character",)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("ZL99113861.8", "checksum"),
        ("ZL201639291778.0", "checksum"),
        ("ZL9911386", "length"),
        ("ZL20051003045.7", "length"),
        ("ZL84113861", "component"),
        ("199910601862", "component"),
        ("201770601862", "component"),
        ("12927357A", "format"),
        ("ZL9911386¹.9", "format"),
    ],
)
def test_the_reason_of_a_refusal(value: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        patent.validate(value)
    assert caught.value.reason == reason


def test_only_a_granted_patent_is_shown_with_zl() -> None:
    assert patent.format("zl200510030457.8") == "ZL200510030457.8"
    assert patent.format("200510030457.8") == "200510030457.8"
