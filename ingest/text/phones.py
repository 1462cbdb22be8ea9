"""Telephone numbers in running text, also spelled in Chinese numerals, parted, masked, or behind a country code.

Digits with little between them form a chain; a phone is one group of it, or several that people part a number into.
Without a word such as 电话 before it a number must look like a phone and like nothing else: no amount, no part of a
longer number, not behind 货号 or ¥.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from graph.errors import InvalidValue
from graph.identifiers import phone
from ingest.text.phrases import Cues
from ingest.text.spans import Taken

FILLER = (
    r"[\W_]{0,6}(?:(?:同手机|同步|同号|号码|号|码|是|为|账号|帐号|加|请加|请|我|搜索?|添加|咨询|客服|老板|厂家|微信|手机|电话|热线|本人|群主|"
    r"(?:id|no|number|num|is|account|me|us|at|on|or|and|qq|wx|vx|wechat|weixin|whatsapp|tel|phone|mobile)(?![a-z0-9]))"
    r"[\W_]{0,6}){0,4}"
)
"""What may stand between a word such as 微信 and the number or handle that it announces."""

_FILLER = re.compile(FILLER)
_REACH = 20
_CHAIN = re.compile(r"\+?\(?[0-9*]+(?:[^0-9a-z㐀-䶿一-鿿*+\n]{1,4}[0-9*]+)*")
_GROUP = re.compile(r"[0-9](?:[0-9*]*[0-9])?|(?<![0-9*])\*{3,6}(?![0-9*])")
_MASKED = re.compile(r"1[3-9][0-9]{1,5}\*{3,6}[0-9]{2,4}")
_AREA = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})")
_HAN = re.compile(r"[㐀-䶿一-鿿]")
_UNIT = re.compile(r"\s?(?:元|円|圆|块钱|万|亿|件|%|‰|cm|mm|kg|ml|号(?!码)|美元|rmb|usd|[¥$€])")
_BEHIND = re.compile(r"(?:wx|vx|v信|wechat|weixin|tel|qq)")
_SHAPES = frozenset(
    ((3, 4, 4), (3, 8), (3, 3, 5), (7, 4), (4, 3, 4), (4, 4, 3), (3, 4, 2, 2), (3, 2, 2, 4), (3, 2, 2, 2, 2))
)
_SHARED_SHAPES = frozenset(((3, 3, 4), (4, 3, 3), (3, 7), (3, 4, 3)))
_ONE_BY_ONE = (1,) * 11
_COUNTRY = frozenset(("86", "086", "0086"))
_MOST_GROUPS = 12
_TIGHT = frozenset("-_.:=#'")
_GLUE = frozenset("-_=#&")


class Phone(NamedTuple):
    """A phone at start..end, its digits from `body` on; `value` is canonical."""

    start: int
    body: int
    end: int
    value: str


class _Chain:
    """One chain of digit groups and what stands around it."""

    def __init__(self, view: str, start: int, end: int, cues: Cues) -> None:
        self.view = view
        self.spans = [match.span() for match in _GROUP.finditer(view, start, end)]
        self.groups = [view[a:b] for a, b in self.spans]
        self._cues = cues

    def between(self, index: int) -> str:
        """What parts a group from the one before it; empty when there is none."""
        return self.view[self.spans[index - 1][1] : self.spans[index][0]] if 0 < index < len(self.spans) else ""

    def has_plus(self, index: int) -> bool:
        """Whether a plus sign stands right before a group, perhaps with a bracket."""
        start = self.spans[index][0]
        return "+" in self.view[max(0, start - 2) : start].rstrip(" ")[-2:]

    def is_announced(self, index: int) -> bool:
        """Whether a word for phones, or for handles that may be phones, announces the number that starts here."""
        start = self.spans[index][0]
        return any(is_announced(self._cues, label, self.view, start) for label in ("phone", "wechat", "qq"))

    def is_denied(self, index: int, last: int, *, may_extend: bool = False) -> bool:
        """Whether what stands around says that these groups are part or number of something else.

        `may_extend` allows an extension behind them.
        """
        view, start, end = self.view, self.spans[index][0], self.spans[last][1]
        before, after = view[start - 1 : start], view[end : end + 8]
        if (before.isalpha() and before.isascii()) or before in _GLUE:
            return True
        if after[:1].isalpha() and after[:1].isascii() and not _BEHIND.match(after):
            return True
        if _UNIT.match(after) or is_announced(self._cues, "other", view, start):
            return True
        return self.between(index) in _TIGHT or (self.between(last + 1) in _TIGHT and not may_extend)


def is_announced(cues: Cues, label: str, view: str, place: int) -> bool:
    """Whether a word of a list stands before a place with no more than fillers between."""
    hit = cues.before(label, place, _REACH)
    return hit is not None and _FILLER.fullmatch(view, hit.end, place) is not None


def find_phones(view: str, cues: Cues, taken: Taken) -> Iterator[Phone]:
    """Yield the phones of a text, given its view with numerals as digits."""
    for match in _CHAIN.finditer(view):
        if match.end() - match.start() < 7:
            continue
        chain = _Chain(view, match.start(), match.end(), cues)
        index = 0
        while index < len(chain.groups):
            read = _read(chain, index)
            if read is None:
                index += 1
                continue
            first, last, value = read
            start, end = chain.spans[index][0], chain.spans[last][1]
            if chain.has_plus(index):
                start = view.rindex("+", 0, start)
            if not taken.overlaps(start, end):
                yield Phone(start, chain.spans[first][0], end, value)
            index = last + 1


def _read(chain: _Chain, index: int) -> tuple[int, int, str] | None:
    """The phone that starts with a group: its first group behind a country code, its last, its canonical value."""
    group = chain.groups[index]
    if group in _COUNTRY and index + 1 < len(chain.groups) and len(chain.between(index + 1)) <= 2:
        has_prefix = chain.has_plus(index) or group == "0086" or chain.is_announced(index)
        if (has_prefix or chain.groups[index + 1][0] == "1") and (read := _domestic(chain, index + 1, True)):
            return read
        if has_prefix and (read := _abroad(chain, index, "+86", index + 1)):
            return read
        return None
    if chain.has_plus(index):
        # 加+13812345678: in Chinese the sign may say "add", and Chinese mobiles look like numbers of North America.
        adds = len(group) == 11 and _HAN.search(chain.view, max(0, chain.spans[index][0] - 12), chain.spans[index][0])
        read = None if adds else _abroad(chain, index, "+", index)
        return read or _domestic(chain, index, False)
    return _domestic(chain, index, False) or _shared(chain, index) or _landline(chain, index)


def _domestic(chain: _Chain, index: int, has_prefix: bool) -> tuple[int, int, str] | None:
    group = chain.groups[index]
    if len(group) > 11 or "*" in group:
        return _long(chain, index)
    if group[0] != "1" or (len(group) > 1 and group[1] < "3"):
        return None
    last, total = index, len(group)
    while total < 11 and last + 1 < min(len(chain.groups), index + _MOST_GROUPS):
        last += 1
        total += len(chain.groups[last])
    if total != 11:
        return None
    digits = "".join(chain.groups[index : last + 1])
    if not "3" <= digits[1] <= "9":
        return None
    if not chain.is_announced(index) and not has_prefix and not _looks_whole(chain, index, last, digits):
        return None
    return _valid(index, last, digits)


def _looks_whole(chain: _Chain, index: int, last: int, digits: str) -> bool:
    """Whether groups that no word announces are parted as a phone is, and stand apart from their neighbours."""
    if "*" in digits:
        if not _MASKED.fullmatch(digits):
            return False
    elif phone.doubts(digits):
        return False
    if chain.is_denied(index, last):
        return False
    if index == last:
        return True
    shape = tuple(len(group) for group in chain.groups[index : last + 1])
    parting = {chain.between(place) for place in range(index + 1, last + 1)}
    one_by_one = shape == _ONE_BY_ONE
    if not one_by_one and (len(parting) > 1 or shape not in _SHAPES or parting & {",", ":", "="}):
        return False
    if shape[0] == 4 and "-" in parting:
        return False
    near = 1 if one_by_one else 3
    neighbours = ((index, index - 1), (last + 1, last + 1))
    return not any(
        chain.between(edge) in parting and len(chain.groups[side]) >= near
        for edge, side in neighbours
        if chain.between(edge)
    )


def _long(chain: _Chain, index: int) -> tuple[int, int, str] | None:
    """One group with a country code in it, or with masked digits."""
    group = chain.groups[index]
    if "*" in group:
        if chain.is_denied(index, index):
            return None
        if _MASKED.fullmatch(group) and len(group) <= 11:
            return _valid(index, index, group)
        parts = group.split("*")  # 138*1234*5678: the stars part digits, and hide none
        digits = "".join(parts)
        shape = tuple(map(len, parts))
        if len(digits) == 11 and digits[0] == "1" and (shape in _SHAPES or shape == _ONE_BY_ONE):
            return _valid(index, index, digits)
        return None
    for prefix in ("0086", "86", "0"):
        if group.startswith(prefix) and len(group) == len(prefix) + 11 and group[len(prefix)] == "1":
            if prefix == "0086" or chain.is_announced(index):
                return _valid(index, index, group[len(prefix) :])
            return None
    parted = _split_by_one(chain, index)
    return None if parted is None else _valid(index, index, parted)


def _split_by_one(chain: _Chain, index: int) -> str | None:
    # 138一1234一5678: the numeral one as a dash. The view cannot tell; three, four and four digits can.
    group = chain.groups[index]
    if len(group) == 13 and group[3] == group[8] == "1" and group[0] == "1" and chain.is_announced(index):
        return group[:3] + group[4:8] + group[9:]
    return None


def _landline(chain: _Chain, index: int) -> tuple[int, int, str] | None:
    group = chain.groups[index]
    if group[0] != "0" or "*" in group:
        return None
    if len(group) in (10, 11, 12):
        return _valid(index, index, group) if chain.is_announced(index) else None
    if not _AREA.fullmatch(group):
        return None
    digits, last = group, index
    while len(digits) - len(group) < 7 and last + 1 < min(len(chain.groups), index + 3):
        last += 1
        if len(chain.groups[last]) < 3 or len(chain.between(last)) > 2:
            return None
        digits += chain.groups[last]
    if len(digits) - len(group) not in (7, 8) or digits[len(group)] not in "2345678":
        return None
    if not chain.is_announced(index):
        if last > index + 1 and chain.between(last + 1) == chain.between(last) and chain.groups[last + 1][0] != "0":
            return None
        if chain.is_denied(index, last, may_extend=True):
            return None
    return _valid(index, last, digits)


def _shared(chain: _Chain, index: int) -> tuple[int, int, str] | None:
    """400 and 800 numbers."""
    group = chain.groups[index]
    if group[:3] not in ("400", "800") or "*" in group:
        return None
    announced = chain.is_announced(index)
    if len(group) == 10:
        return _valid(index, index, group) if announced else None
    for last in (index + 1, index + 2):
        part = chain.groups[index : last + 1]
        if tuple(map(len, part)) in _SHARED_SHAPES and last < len(chain.groups):
            parting = {chain.between(place) for place in range(index + 1, last + 1)}
            if announced or (parting == {"-"} and group[0] == "4" and not chain.is_denied(index, last)):
                return _valid(index, last, "".join(part))
    return None


def _abroad(chain: _Chain, index: int, prefix: str, first: int) -> tuple[int, int, str] | None:
    """A number behind a plus sign, of as many groups as make it a valid one."""
    start = chain.spans[index][0]
    if chain.view[max(0, start - 3) : start].rstrip("(+ ")[-1:].isdigit():
        return None  # 5+1234567: a sum
    last, digits = first, chain.groups[first]
    reads: list[tuple[int, str]] = []
    while "*" not in digits and len(prefix) + len(digits) <= 16:
        if len(prefix) + len(digits) >= 10:
            reads.append((last, prefix + digits))
        last += 1
        if last >= min(len(chain.groups), first + 6) or len(chain.between(last)) > 2:
            break
        digits += chain.groups[last]
    for last, number in reversed(reads):
        if phone.is_valid(number) and (number.startswith("+86") or not phone.doubts(number)):
            return first, last, phone.validate(number)
    return None


def _valid(first: int, last: int, digits: str) -> tuple[int, int, str] | None:
    try:
        return first, last, phone.validate(digits)
    except InvalidValue:
        return None
