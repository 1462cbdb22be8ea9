from __future__ import annotations

import pytest

from graph.errors import InvalidValue
from graph.identifiers import container


@pytest.mark.parametrize("value", ["csqu3054383", "CSQU 305438 3", "CSQU-305438-3", "CSQU 305438/3", "CSQU 305438[3]"])
def test_spellings_meet(value: str) -> None:
    assert container.validate(value) == "CSQU3054383"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("CSQU3054384", "checksum"),
        ("CSQU305438", "length"),
        ("CSQU30543834", "length"),
        ("1SQU3054382", "format"),
        ("CS_U3054383", "format"),
        ("CSQX3054383", "format"),
        ("CÄQU3054383", "format"),
    ],
)
def test_the_reason_of_a_refusal(value: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        container.validate(value)
    assert caught.value.reason == reason


def test_a_remainder_of_ten_is_written_zero() -> None:
    assert container.validate("TASU1170000") == "TASU1170000"


def test_a_category_that_the_standard_does_not_have_is_doubted() -> None:
    numbers = [f"CSQR305438{digit}" for digit in range(10) if container.is_valid(f"CSQR305438{digit}")]
    assert [container.doubts(number) for number in numbers] == [("unusual_category",)]
