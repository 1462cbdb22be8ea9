from __future__ import annotations

import pytest

from graph.errors import InvalidValue
from graph.identifiers import declaration


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("51412025073956844", "length"),
        ("5141202507395684490", "length"),
        ("514100250739568449", "component"),
        ("51412025073956844A", "format"),
        ("51412025073956844²", "format"),
    ],
)
def test_the_reason_of_a_refusal(value: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        declaration.validate(value)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("value", "doubts"),
    [
        ("514120250739568449", ()),
        ("514120251739568449", ()),
        ("994120250739568449", ("unknown_office",)),
        ("514120255739568449", ("unknown_direction",)),
    ],
)
def test_offices_and_directions_that_are_not_known_are_doubted(value: str, doubts: tuple[str, ...]) -> None:
    assert declaration.validate(value) == value
    assert declaration.doubts(value) == doubts


def test_the_parts_are_shown_apart() -> None:
    assert declaration.format("514120250739568449") == "5141 2025 0 739568449"
