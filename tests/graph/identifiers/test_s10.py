from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph.errors import InvalidValue
from graph.identifiers import s10

PUBLISHED = Path(__file__).parents[4] / "shared" / "data" / "s10" / "s10.json"


@pytest.mark.parametrize("digits", ["473124829", "000000014", "123456785"])
def test_check_digits_of_the_standard(digits: str) -> None:
    valid = [digits[:8] + check for check in "0123456789" if s10.is_valid(f"RB{digits[:8]}{check}CN")]
    assert valid == [digits]


@pytest.mark.parametrize("serial", [f"{number:08}" for number in range(30)])
def test_remainders_one_and_zero_are_written_zero_and_five(serial: str) -> None:
    rest = sum(int(digit) * weight for digit, weight in zip(serial, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    expected = {0: "5", 1: "0"}.get(rest, str(11 - rest))
    assert s10.is_valid(f"EE{serial}{expected}CN")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("RB123456786GB", "checksum"),
        ("RB123456785XX", "component"),
        ("RB12345678GB", "length"),
        ("R1123456785GB", "format"),
        ("RB12345678ⅤGB", "format"),
    ],
)
def test_the_reason_of_a_refusal(value: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        s10.validate(value)
    assert caught.value.reason == reason


def test_letters_of_an_unassigned_service_are_doubted() -> None:
    assert s10.doubts("JB123456785GB") == ("unknown_service",)
    assert s10.doubts("EB123456785GB") == ()


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published numbers are not at hand")
def test_the_published_numbers_are_told_apart() -> None:
    for courier in json.loads(PUBLISHED.read_text(encoding="utf-8"))["tracking_numbers"]:
        assert all(s10.is_valid(number) for number in courier["test_numbers"]["valid"])
        assert not any(s10.is_valid(number) for number in courier["test_numbers"]["invalid"])
