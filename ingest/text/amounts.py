"""Sums of money as Chinese documents write them: 10万元, 1,640,000.00元, 五万元, 壹佰贰拾万元, 十二万五千元."""

from __future__ import annotations

import re
from collections.abc import Iterator

_DIGITS = {
    **{character: value for value, character in enumerate("零一二三四五六七八九")},
    **{character: value for value, character in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    "两": 2,
    "貳": 2,
    "參": 3,
    "陸": 6,
}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
_NUMERALS = "".join((*_DIGITS, *_UNITS, *_MYRIADS))
_SUM = re.compile(
    rf"(?<![\d.])(?P<figure>\d{{1,3}}(?:,\d{{3}}){{1,5}}(?:\.\d{{1,2}})?|\d{{1,15}}(?:\.\d{{1,6}})?)\s?(?P<scale>[十百千万亿萬億]{{0,2}})余?"
    r"(?P<rest>\d{1,4}(?:\.\d{1,2})?(?P<small>[千百万]?))?\s?(?P<unit>元|圆|圓|美元|欧元|港元|港币|英镑|日元)"
    rf"|(?P<words>[{_NUMERALS}]{{1,24}})余?(?P<unit2>元|圆|圓|美元|欧元|港元|英镑|日元)"
)
_YUAN = frozenset("元圆圓")


def sums(text: str) -> Iterator[tuple[int, int, float, bool]]:
    """Yield each sum of a folded text: start, end, amount, and whether it is in yuan."""
    for match in _SUM.finditer(text):
        unit = match["unit"] or match["unit2"]
        if match["words"]:
            value = chinese_number(match["words"])
            if value is None:
                continue
            amount = float(value)
        else:
            amount = float(match["figure"].replace(",", "")) * _scale(match["scale"])
            if match["rest"]:
                amount += float(match["rest"].rstrip("千百万")) * _scale(match["small"])
        yield match.start(), match.end(), round(amount, 2), unit in _YUAN


def chinese_number(text: str) -> int | None:
    """The number that Chinese numerals say (十二万五千 is 125,000); None when they say none."""
    total = section = digit = 0
    has_digit = False
    for character in text:
        if character in _DIGITS:
            if has_digit and digit:
                return None  # 一三八: digits one by one, no number
            digit, has_digit = _DIGITS[character], True
        elif character in _UNITS:
            section += (digit if has_digit and digit else 1) * _UNITS[character]
            digit, has_digit = 0, False
        elif character in _MYRIADS:
            section += digit
            if not section:
                return None
            scale = _MYRIADS[character]
            # 一亿二千万 adds, 一万亿 multiplies.
            total = total + section * scale if not total or total >= scale else (total + section) * scale
            section = digit = 0
            has_digit = False
        else:
            return None
    return total + section + digit or None


def _scale(units: str) -> float:
    product = 1
    for unit in units:
        product *= _UNITS.get(unit) or _MYRIADS[unit]
    return float(product)
