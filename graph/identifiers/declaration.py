"""Numbers of Chinese customs declarations: 18 digits: office (4), year (4), direction (1), serial number (9).

They have no check digit.

>>> validate("5141 2025 0 739568449")
'514120250739568449'
>>> format("514120250739568449")
'5141 2025 0 739568449'
>>> doubts("990120250739568449")
('unknown_office',)
"""

from __future__ import annotations

import re

from graph.errors import InvalidValue
from graph.identifiers.characters import DASHES, SPACES, folding
from graph.identifiers.validity import accepted_by

_DIGITS = re.compile("[0-9]+")
_YEARS = range(1980, 2100)
_FOLDING = folding(drop=SPACES + DASHES + "'")

# First two digits of the regional customs houses.
_REGIONS = frozenset(
    """01 02 04 05 06 07 08 09 15 19 22 23 29 31 33 35 37 40 42 43 46 47 49 51 52 53 57 60 64 67 68 72 79 80 83 86 88
    90 94 95 96 97""".split()
)


def compact(value: str) -> str:
    """Return the digits without separators; nothing is checked."""
    return value.translate(_FOLDING)


def validate(value: str) -> str:
    """Return the 18 digits.

    Raises:
        InvalidValue: Not digits (`format`), not 18 (`length`), or a year that cannot be (`component`).
    """
    number = compact(value)
    if _DIGITS.fullmatch(number) is None:
        raise InvalidValue("declaration", value, "format", "a declaration number has digits only")
    if len(number) != 18:
        raise InvalidValue("declaration", value, "length", f"18 digits expected, {len(number)} found")
    if int(number[4:8]) not in _YEARS:
        raise InvalidValue("declaration", value, "component", f"the year {number[4:8]} cannot be")
    return number


is_valid = accepted_by(validate)


def format(value: str) -> str:
    """Return the number in its parts: `5141 2025 0 739568449`."""
    number = compact(value)
    return " ".join(part for part in (number[:4], number[4:8], number[8:9], number[9:]) if part)


def doubts(value: str) -> tuple[str, ...]:
    """Say what is unknown of a valid number: `unknown_office`, `unknown_direction` (not 0, export, or 1, import)."""
    number = compact(value)
    found = []
    if number[:2] not in _REGIONS:
        found.append("unknown_office")
    if number[8] not in "01":
        found.append("unknown_direction")
    return tuple(found)
