"""Filings and licences of web sites in China: ICP filing (备), ICP licence (证), telecom licence, police filing.

They have no check digit. The list of provinces refuses jokes such as 彬ICP备.

>>> validate("浙icp备18013128号－2"), validate("京ICP证030173"), validate("粤B2-20090191")
('浙ICP备18013128号-2', '京ICP证030173号', '粤B2-20090191')
>>> filing("浙ICP备18013128号-2")
'浙ICP备18013128号'
>>> is_valid("彬ICP备18013128号")
False
"""

from __future__ import annotations

import re

from graph.errors import InvalidValue
from graph.identifiers.characters import DASHES, SPACES, folding
from graph.identifiers.divisions import is_known_division
from graph.identifiers.plate import PROVINCES
from graph.identifiers.validity import accepted_by

_LABEL = re.compile("(?:网站)?(?:ICP)?(?:备案号|许可证号|备案/许可证号|经营许可证编?号?|备案编号)?:?")
_FILED = re.compile("(.)ICP(备|证)([0-9]+)号?(?:-([0-9]{1,4}[A-Z]?))?")
_TELECOM = re.compile("(合字|.)([AB][12])-?([0-9]{8})号?")
_POLICE = re.compile("(.)公网安备([0-9]+)号?")
_LENGTHS = {"备": (8, 10), "证": (6, 8, 10)}
_FOLDING = folding(
    drop=SPACES + "'[]",
    replace=dict.fromkeys(DASHES, "-")
    | dict(zip("備證號網滬雲遼魯蘇贛晉陝閩貴寧瓊粵", "备证号网沪云辽鲁苏赣晋陕闽贵宁琼粤", strict=True)),
)


def compact(value: str) -> str:
    """Return the number without spaces and label, its case and width folded, 号 added; nothing is checked."""
    text = value.translate(_FOLDING)
    label = _LABEL.match(text)
    text = text if label is None else text[label.end() :]
    filed = _FILED.fullmatch(text)
    if filed is not None:
        site = "" if filed[4] is None else f"-{filed[4]}"
        return f"{filed[1]}ICP{filed[2]}{filed[3]}号{site}"
    telecom = _TELECOM.fullmatch(text)
    if telecom is not None:
        return f"{telecom[1]}{telecom[2]}-{telecom[3]}"
    police = _POLICE.fullmatch(text)
    return text if police is None else f"{police[1]}公网安备{police[2]}号"


def validate(value: str) -> str:
    """Return the compact number; the suffix of the single site (`-2`) stays, see `filing`.

    Raises:
        InvalidValue: None of the four kinds (`format`), a wrong number of digits (`length`), or a province that
            does not exist (`component`).
    """
    number = compact(value)
    filed, police = _FILED.fullmatch(number), _POLICE.fullmatch(number)
    if filed is not None:
        _check_length(value, filed[3], _LENGTHS[filed[2]])
    elif police is not None:
        _check_length(value, police[2], (14,))
    elif _TELECOM.fullmatch(number) is None:
        raise InvalidValue(
            "icp", value, "format", "a number such as 浙ICP备18013128号-2 or 京公网安备11000002000001号 expected"
        )
    if number[0] not in PROVINCES and not number.startswith("合字"):
        raise InvalidValue("icp", value, "component", f"{number[0]} is not a province")
    return number


is_valid = accepted_by(validate)
format = compact


def filing(value: str) -> str:
    """Return the number of the filer, which all its sites have in common: the suffix of the single site is left out."""
    number = validate(value)
    filer, end, _ = number.partition("号")
    return filer + end


def doubts(value: str) -> tuple[str, ...]:
    """Say what is unknown of a valid number: `unknown_division` of a police filing."""
    police = _POLICE.fullmatch(compact(value))
    return () if police is None or is_known_division(police[2][:6]) else ("unknown_division",)


def _check_length(value: str, digits: str, lengths: tuple[int, ...]) -> None:
    if len(digits) not in lengths:
        expected = " or ".join(map(str, lengths))
        raise InvalidValue("icp", value, "length", f"{expected} digits expected, {len(digits)} found")
