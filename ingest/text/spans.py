"""What is found in a text, and the views of it that the rules read: every view is as long as the text itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["phone", "wechat", "qq", "email", "url", "uscc", "icp", "trademark", "patent", "company", "brand"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found in a text.

    Two findings with one span say two things of it: a number that is a phone and a WeChat handle, or a disguised
    word that fits several brands.

    Attributes:
        kind: What it is.
        value: Normalised, as the identifier of that kind is kept; a masked phone keeps its asterisks.
        text: As it stands in the original.
        start: Offset of its first character in the original.
        end: Offset behind its last character.
    """

    kind: Kind
    value: str
    text: str
    start: int
    end: int


# Masks and numerals as sellers write them. 两 and 十 are left out: they count things, and never stand in a phone.
_NUMERALS = str.maketrans(
    "零〇一幺弌壹壱二贰弍貳弐三叁參叄参弎四肆五伍六陆陸七柒八捌九玖●○•■□✱※×",
    "001111122222333333445566677889" + "9" + "*" * 8,
)
_CROSSED = re.compile(r"(?<=\d)[xX]{3,8}(?=\d)")
_LETTERED = re.compile(r"(?<![a-z0-9])[1il][0-9oil]{10}(?![a-z0-9])")
_LETTER_DIGITS = str.maketrans("oil", "011")


def numerals(lowered: str) -> str:
    """A lower-case text with Chinese numerals as digits, masking characters as `*`, and letters posing as digits."""
    view = lowered if lowered.isascii() else lowered.translate(_NUMERALS)
    if "x" in view:
        view = _CROSSED.sub(lambda match: "*" * len(match.group()), view)
    if "o" in view or "l" in view or "i" in view:
        view = _LETTERED.sub(_as_digits, view)
    return view


def _as_digits(match: re.Match[str]) -> str:
    run = match.group()
    return run.translate(_LETTER_DIGITS) if sum(c.isdigit() for c in run) >= 6 else run


class Taken:
    """The parts of a text that belong to something found already."""

    __slots__ = ("_marks",)

    def __init__(self, length: int) -> None:
        self._marks = bytearray(length)

    def take(self, start: int, end: int) -> None:
        """Mark a span."""
        self._marks[start:end] = b"\1" * (end - start)

    def overlaps(self, start: int, end: int) -> bool:
        """Whether any of this span is marked."""
        return self._marks.find(1, start, end) >= 0
