"""Freight container numbers (ISO 6346): three letters of the owner, one for the category, six digits and a check digit.

python-stdnum reckons the check digit; its own validation accepts digits in the owner's code and breaks on an
underscore.

>>> validate("csqu 305438-3")
'CSQU3054383'
>>> format("CSQU3054383")
'CSQU 305438 3'
>>> is_valid("CS_U3054383")
False
"""

from __future__ import annotations

import re

from stdnum import iso6346

from graph.errors import InvalidValue
from graph.identifiers.characters import DASHES, SPACES, folding
from graph.identifiers.validity import accepted_by

_SHAPE = re.compile("[A-Z]{3}[UJZR][0-9]{7}")
_FOLDING = folding(drop=SPACES + DASHES + "'/.[]")


def compact(value: str) -> str:
    """Return the number without separators, in ASCII and upper case; nothing is checked."""
    return value.translate(_FOLDING)


def validate(value: str) -> str:
    """Return the compact number.

    Raises:
        InvalidValue: Not 11 characters (`length`), not letters and digits in their places (`format`), or the check
            digit does not fit (`checksum`).
    """
    number = compact(value)
    if len(number) != 11:
        raise InvalidValue(
            "container", value, "length", f"a container number has 11 characters, this has {len(number)}"
        )
    if _SHAPE.fullmatch(number) is None:
        raise InvalidValue("container", value, "format", "three letters, U, J, Z or R, and seven digits expected")
    check = iso6346.calc_check_digit(number[:-1])
    if number[-1] != check:
        raise InvalidValue("container", value, "checksum", f"the last digit should be {check}")
    return number


is_valid = accepted_by(validate)


def format(value: str) -> str:
    """Return the number as it is painted on the box: `CSQU 305438 3`."""
    number = compact(value)
    return f"{number[:4]} {number[4:-1]} {number[-1:]}"


def doubts(value: str) -> tuple[str, ...]:
    """Say what is unknown of a valid number: `unusual_category` for R, which carriers use and the standard does not."""
    return ("unusual_category",) if compact(value)[3:4] == "R" else ()
