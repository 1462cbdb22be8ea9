from __future__ import annotations

import pytest

from graph.errors import InvalidValue
from graph.identifiers import trademark


@pytest.mark.parametrize(
    "value",
    [
        "12927357",
        "第12927357号",
        "第 12927357 號",
        "注册号：12927357",
        "商标注册证第12927357号",
        "No.12927357",
        "012927357",
    ],
)
def test_spellings_meet(value: str) -> None:
    assert trademark.validate(value) == "12927357"


def test_the_letters_of_divided_and_international_registrations_are_kept() -> None:
    assert len({trademark.validate(value) for value in ("1234567", "1234567a", "G1234567", "G1234567A")}) == 4


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("1234567890", "length"),
        ("ZL202235271400.3", "format"),
        ("0000000", "format"),
        ("12927357AB", "format"),
        ("1292735٧", "format"),
    ],
)
def test_the_reason_of_a_refusal(value: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        trademark.validate(value)
    assert caught.value.reason == reason


def test_a_short_number_is_doubted() -> None:
    assert trademark.doubts("1234") == ("short_number",)
    assert trademark.doubts("12927357") == ()
