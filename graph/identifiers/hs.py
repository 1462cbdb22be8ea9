"""Commodity codes of the Harmonized System: chapter, heading, subheading, and what countries add behind them.

China declares ten digits, of which the last four are its own. They are kept. A code that the list of the system
does not have is kept and flagged: the system is revised every five years, and other editions are in use.

>>> validate("8482.10-0000")
'8482100000'
>>> format("8482100000")
'8482.10.0000'
>>> doubts("8482100000"), doubts("7712340000")
((), ('unknown_hs',))
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import resources

from graph.errors import InvalidValue
from graph.identifiers.characters import DASHES, SPACES, folding
from graph.identifiers.validity import accepted_by

_DIGITS = re.compile("[0-9]+")
_USUAL_LENGTHS = (2, 4, 6, 8, 10, 13)
_FOLDING = folding(drop=SPACES + DASHES + "'.·")


def compact(value: str) -> str:
    """Return the digits without separators; nothing is checked."""
    return value.translate(_FOLDING)


def validate(value: str) -> str:
    """Return the compact code with all its digits.

    Raises:
        InvalidValue: Not digits (`format`), fewer than 2, 3, 5 or more than 13 of them (`length`), or the chapter
            00, which no edition has (`component`).
    """
    code = compact(value)
    if _DIGITS.fullmatch(code) is None:
        raise InvalidValue("hs", value, "format", "a commodity code has digits only")
    if len(code) not in (2, 4) and not 6 <= len(code) <= 13:
        raise InvalidValue("hs", value, "length", f"2, 4 or 6 to 13 digits expected, {len(code)} found")
    if code[:2] == "00":
        raise InvalidValue("hs", value, "component", "there is no chapter 00")
    return code


is_valid = accepted_by(validate)


def format(value: str) -> str:
    """Return the code in its usual groups: `8482.10.0000`."""
    code = compact(value)
    return ".".join(group for group in (code[:4], code[4:6], code[6:]) if group)


def doubts(value: str) -> tuple[str, ...]:
    """Say what is unknown of a valid code.

    `unknown_hs`: its chapter, heading or subheading is not in the list. `unusual_length`: as when a spreadsheet has
    eaten the zero in front.
    """
    code = compact(value)
    found = []
    if not is_known(code[:6]):
        found.append("unknown_hs")
    if len(code) not in _USUAL_LENGTHS:
        found.append("unusual_length")
    return tuple(found)


@lru_cache(maxsize=8192)
def is_known(code: str) -> bool:
    """Tell whether a chapter, heading or subheading (2, 4 or 6 digits) is in the list."""
    return code in _listed()


@cache
def _listed() -> frozenset[str]:
    text = resources.files("graph").joinpath("data", "hs-codes.txt").read_text(encoding="ascii")
    codes: set[str] = set()
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        heading, *endings = line.split()
        codes.update((heading[:2], heading), (heading + ending for ending in endings))
    return frozenset(codes)
