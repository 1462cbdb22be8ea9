"""Unified social credit code of Chinese organisations (GB 32100-2015), with the organisation code (GB 11714) inside it.

Eighteen characters: the registering department, the kind of organisation, six digits for the division, nine for the
organisation code (its last is a check character of its own), and the check character of the whole. Both are verified:
python-stdnum knows the second only, and refuses departments written as letters (`N` for rural collectives, `A`, `Y`).

>>> validate("９１１１００００６０００３７３４１l")
'91110000600037341L'
>>> is_valid("91110000600037342L")
False
>>> doubts("91110000600037341L")
()
"""

from __future__ import annotations

import re
from operator import mul

from graph.errors import InvalidValue
from graph.identifiers.characters import DASHES, SPACES, folding
from graph.identifiers.divisions import is_known_division
from graph.identifiers.validity import accepted_by

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_SHAPE = re.compile(f"[{_ALPHABET}]{{2}}[0-9]{{6}}[{_ALPHABET}]{{10}}")
_FOLDING = folding(drop=SPACES + DASHES + "'")

_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_WEIGHTS = tuple(3**place % 31 for place in range(17))

_ORGANISATION_VALUES = {character: int(character, 36) for character in _ALPHABET}
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_CHECKS = "0123456789X"

_DEPARTMENTS = frozenset("123456789ANY")


def compact(value: str) -> str:
    """Return the code without separators, in ASCII and upper case; nothing is checked."""
    return value.translate(_FOLDING)


def validate(value: str) -> str:
    """Return the compact code.

    Raises:
        InvalidValue: Not 18 characters (`length`), a character that the code never has (`format`), no organisation code
            at all (`component`), or one of the two check characters does not fit (`checksum`).
    """
    code = compact(value)
    if len(code) != 18:
        raise InvalidValue("uscc", value, "length", f"a credit code has 18 characters, this has {len(code)}")
    if _SHAPE.fullmatch(code) is None:
        raise InvalidValue("uscc", value, "format", "a credit code has digits and letters without I, O, S, V and Z")
    total = sum(map(mul, map(_VALUES.__getitem__, code[:17]), _WEIGHTS))
    check = _ALPHABET[-total % 31]
    if code[17] != check:
        raise InvalidValue("uscc", value, "checksum", f"the last character should be {check}")
    organisation = code[8:16]
    if organisation == "00000000":
        raise InvalidValue("uscc", value, "component", "the organisation code is all zeros")
    total = sum(map(mul, map(_ORGANISATION_VALUES.__getitem__, organisation), _ORGANISATION_WEIGHTS))
    check = _ORGANISATION_CHECKS[-total % 11]
    if code[16] != check:
        raise InvalidValue("uscc", value, "checksum", f"the organisation code inside should end with {check}")
    return code


is_valid = accepted_by(validate)
format = compact


def neighbours(value: str) -> tuple[str, ...]:
    """The valid codes one slip away, sorted: a character written for another, left out or too many, or two swapped.

    >>> "91110000600037341L" in neighbours("91110000600037431L")
    True
    """
    code = compact(value)
    if not 17 <= len(code) <= 19:
        return ()
    found = set()
    for place in range(len(code) + 1):
        head, tail = code[:place], code[place:]
        match len(code):
            case 17:
                found |= {head + character + tail for character in _ALPHABET}
            case 18 if tail:
                found |= {head + character + tail[1:] for character in _ALPHABET}
                found.add(head + tail[1:2] + tail[0] + tail[2:])
            case 19:
                found.add(head + tail[1:])
    return tuple(sorted(one for one in found - {code} if is_valid(one)))


def doubts(value: str) -> tuple[str, ...]:
    """Say what is unknown of a valid code: `unknown_department`, `unknown_division`."""
    code = compact(value)
    found = []
    if code[0] not in _DEPARTMENTS:
        found.append("unknown_department")
    if not is_known_division(code[2:8]):
        found.append("unknown_division")
    return tuple(found)
