from __future__ import annotations

import pytest

from graph.errors import InvalidValue
from graph.identifiers import plate


@pytest.mark.parametrize(
    "value", ["粤B12345", "粤b12345", "粤B·12345", "粤B-12345", "粤B 12345", "粵Ｂ１２３４５", "粤B•12345"]
)
def test_spellings_meet(value: str) -> None:
    assert plate.validate(value) == "粤B12345"


@pytest.mark.parametrize(
    "value", ["京A12345", "粤BD12345", "粤B12345D", "粤BDD1234", "沪A1234挂", "粤Z1234港", "京A1234警"]
)
def test_known_layouts_are_not_doubted(value: str) -> None:
    assert plate.validate(value) == value
    assert plate.doubts(value) == ()


@pytest.mark.parametrize("value", ["京O12345", "WJ京12345", "使123456", "VA12345", "29C12345"])
def test_other_layouts_are_kept_and_doubted(value: str) -> None:
    assert plate.validate(value) == value
    assert plate.doubts(value) == ("unknown_layout",)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("京AI2345", "format"),
        ("京AO2345", "format"),
        ("京I12345", "format"),
        ("浙A123456", "format"),
        ("粤BL12345", "format"),
        ("粤B1234", "length"),
        ("粤B1234567", "length"),
        ("彬A12345", "format"),
        ("1234567", "format"),
        ("TRUCK", "format"),
        ("粤B1234٥", "format"),
    ],
)
def test_the_reason_of_a_refusal(value: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        plate.validate(value)
    assert caught.value.reason == reason


def test_the_printed_dot() -> None:
    assert plate.format("粤B12345") == "粤B·12345"
