"""Global trade item numbers (GS1): GTIN-8, GTIN-12 (UPC), GTIN-13 (EAN) and GTIN-14.

One article may be written with 12, 13 or 14 digits: `fourteen` gives the form by which two spellings meet. The last
digit checks the others.

>>> validate("978-0-471-11709-4")
'9780471117094'
>>> fourteen("614141123452")
'00614141123452'
>>> doubts("2012345678903")
('restricted_circulation',)
"""

from __future__ import annotations

import re

from stdnum import ean

from graph.errors import InvalidValue
from graph.identifiers.characters import DASHES, SPACES, folding
from graph.identifiers.validity import accepted_by

_SHAPE = re.compile("[0-9]+")
_LENGTHS = (8, 12, 13, 14)
_FOLDING = folding(drop=SPACES + DASHES + "'")


def compact(value: str) -> str:
    """Return the digits as they are given, without separators; nothing is checked."""
    return value.translate(_FOLDING)


def validate(value: str) -> str:
    """Return the compact number, with as many digits as it came with.

    Raises:
        InvalidValue: Not digits (`format`), not 8, 12, 13 or 14 of them (`length`), all zeros (`component`), or the
            check digit does not fit (`checksum`).
    """
    number = compact(value)
    if _SHAPE.fullmatch(number) is None:
        raise InvalidValue("gtin", value, "format", "a trade item number has digits only")
    if len(number) not in _LENGTHS:
        raise InvalidValue("gtin", value, "length", f"8, 12, 13 or 14 digits expected, {len(number)} found")
    if not number.strip("0"):
        raise InvalidValue("gtin", value, "component", "all digits are zero")
    check = ean.calc_check_digit(number[:-1])
    if number[-1] != check:
        raise InvalidValue("gtin", value, "checksum", f"the last digit should be {check}")
    return number


is_valid = accepted_by(validate)
format = compact


def fourteen(value: str) -> str:
    """Return the 14 digits by which all spellings of one number are the same."""
    return compact(value).zfill(14)


def doubts(value: str) -> tuple[str, ...]:
    """Say what is unknown of a valid number.

    `restricted_circulation`: numbered by a shop or a region for itself, so that two articles may share it.
    `variable_measure`: a GTIN-14 that stands for goods by weight or length. `unknown_prefix`: given to no one GS1
    lists.
    """
    number = compact(value)
    found = []
    if len(number) == 14 and number[0] == "9":
        found.append("variable_measure")
    usage = _prefix_usage(number if len(number) == 8 else fourteen(number)[1:])
    if usage is None:
        found.append("unknown_prefix")
    elif "Restricted Circulation" in usage:
        found.append("restricted_circulation")
    return tuple(found)


def _prefix_usage(number: str) -> str | None:
    # A GTIN-8 has prefixes of its own: 0 and 2 are for use inside a company, the rest follow the list.
    if len(number) == 8 and number[0] in "02":
        return "Restricted Circulation"
    # Imported here: biip unpacks all company prefixes on import, which most runs never need.
    from biip.gs1_prefixes import GS1Prefix

    prefix = GS1Prefix.extract(number)
    return None if prefix is None else prefix.usage
