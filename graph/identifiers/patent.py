"""Chinese patents: application numbers, which the granted patent keeps behind `ZL`, and publication numbers.

Until September 2003 two digits of the year, the kind, five serial digits; since then four of the year, the kind, seven.
A dot and a check character follow: weights 2 to 9 from the left and over again, the sum modulo 11, `X` for 10. A number
without it is completed. A publication number (`CN107234567A`) carries no check character and is another number of
the same patent.

>>> validate("ZL 95115608.x")
'95115608.X'
>>> validate("专利号：ZL200510030457")
'200510030457.8'
>>> format("ZL201220572874.0")
'ZL201220572874.0'
>>> doubts("CN305123456S")
('no_check_character',)
"""

from __future__ import annotations

import re
from itertools import cycle
from operator import mul

from graph.errors import InvalidValue
from graph.identifiers.characters import DASHES, SPACES, folding
from graph.identifiers.validity import accepted_by

_LABEL = re.compile("(?:中国)?(?:(?:发明|实用新型|外观设计)?专利|申请|专利申请|公开|公告|授权公告)?(?:号码?)?:?")
_APPLICATION = re.compile(r"(?:ZL|CN)?([0-9]{8}|[0-9]{12})(?:\.?([0-9X]))?")
_PUBLICATION = re.compile("CN[0-9]{7,9}[ABCDSUY][0-9]?")
_SHORT_YEARS = frozenset((*range(85, 100), *range(4)))
_FIRST_LONG_YEAR = 2003
_KINDS = frozenset("12389")
_CHECKS = "0123456789X"
_FOLDING = folding(drop=SPACES + DASHES + "'")


def compact(value: str) -> str:
    """Return the number without separators, label and `ZL`, a dot before its check character; nothing is checked."""
    text = _plain(value)
    application = _APPLICATION.fullmatch(text)
    if application is None:
        return text
    body, check = application[1], application[2]
    return f"{body}.{_check_character(body) if check is None else check}"


def validate(value: str) -> str:
    """Return the application number with its check character, or the publication number.

    Raises:
        InvalidValue: Neither of the two (`format`), digits of a wrong number (`length`), a year or a kind that the
            numbering never had (`component`), or the check character does not fit (`checksum`).
    """
    number = compact(value)
    if _PUBLICATION.fullmatch(number) is not None:
        return number
    application = _APPLICATION.fullmatch(number)
    if application is None:
        digits = number.removeprefix("ZL").removeprefix("CN").replace(".", "").removesuffix("X")
        if digits.isascii() and digits.isdigit():
            raise InvalidValue("patent", value, "length", f"8 or 12 digits and a check character expected: {number}")
        raise InvalidValue("patent", value, "format", "a number such as ZL202235271400.3 or CN107234567A expected")
    body, check = application[1], application[2]
    year, kind = (int(body[:4]), body[4]) if len(body) == 12 else (int(body[:2]), body[2])
    if not (_FIRST_LONG_YEAR <= year < 2100 if len(body) == 12 else year in _SHORT_YEARS):
        raise InvalidValue("patent", value, "component", f"no number of this length begins with the year {year}")
    if kind not in _KINDS:
        raise InvalidValue("patent", value, "component", f"no patent is of kind {kind}: 1, 2, 3, 8 or 9")
    expected = _check_character(body)
    if check != expected:
        raise InvalidValue("patent", value, "checksum", f"the check character should be {expected}")
    return number


is_valid = accepted_by(validate)


def format(value: str) -> str:
    """Return the number as people read it: with `ZL` when it came so, since only then it is known to be granted."""
    number = compact(value)
    return f"ZL{number}" if "." in number and _plain(value).startswith("ZL") else number


def doubts(value: str) -> tuple[str, ...]:
    """Say what is unknown of a valid number, as it came: `no_check_character` when it had none of its own."""
    text = _plain(value)
    application = _APPLICATION.fullmatch(text)
    return ("no_check_character",) if application is None or application[2] is None else ()


def _plain(value: str) -> str:
    text = value.translate(_FOLDING)
    label = _LABEL.match(text)
    return text if label is None else text[label.end() :]


def _check_character(body: str) -> str:
    return _CHECKS[sum(map(mul, map(int, body), cycle((2, 3, 4, 5, 6, 7, 8, 9)))) % 11]
