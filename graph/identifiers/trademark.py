"""Registration numbers of Chinese trademarks: digits, with a letter when a registration was divided, `G` before an
international one. They have no check digit.

>>> validate("第 12927357 号")
'12927357'
>>> validate("g1234567a")
'G1234567A'
>>> format("12927357")
'第12927357号'
"""

from __future__ import annotations

import re

from graph.errors import InvalidValue
from graph.identifiers.characters import DASHES, SPACES, folding
from graph.identifiers.validity import accepted_by

_SHAPE = re.compile("(G?)0*([1-9][0-9]*)([A-Z]?)")
_LABEL = re.compile("(?:商标)?(?:注册证?|申请)?(?:号码?)?:?(?:第|NO[.:]?)?")
_LONGEST = 9
_USUAL = 5
_FOLDING = folding(drop=SPACES + DASHES + "'", replace={"號": "号"})


def compact(value: str) -> str:
    """Return the number without label, separators and zeros in front; nothing is checked."""
    text = value.translate(_FOLDING)
    label = _LABEL.match(text)
    text = (text if label is None else text[label.end() :]).removesuffix("号")
    found = _SHAPE.fullmatch(text)
    return text if found is None else f"{found[1]}{found[2]}{found[3]}"


def validate(value: str) -> str:
    """Return the compact number.

    Raises:
        InvalidValue: Not digits with the letters allowed, or zero (`format`), or more than nine digits (`length`).
    """
    number = compact(value)
    found = _SHAPE.fullmatch(number)
    if found is None:
        raise InvalidValue("trademark", value, "format", "digits expected, at most a G before and a letter behind them")
    if len(found[2]) > _LONGEST:
        raise InvalidValue("trademark", value, "length", f"at most {_LONGEST} digits expected, {len(found[2])} found")
    return number


is_valid = accepted_by(validate)


def format(value: str) -> str:
    """Return the number as certificates and judgements write it: `第12927357号`."""
    return f"第{compact(value)}号"


def doubts(value: str) -> tuple[str, ...]:
    """Say what is unknown of a valid number: `short_number` for fewer than five digits, as few marks in force have."""
    return ("short_number",) if sum(map(str.isdigit, compact(value))) < _USUAL else ()
