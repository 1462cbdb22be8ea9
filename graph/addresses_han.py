"""Chinese addresses, which go from large to small: from the province down to the road, house number and room."""

from __future__ import annotations

import re
from dataclasses import dataclass

from graph import divisions

_NOISE = re.compile(r"(?<![A-Za-z0-9])[\s,;、。·]+|[\s,;、。·]+(?![A-Za-z0-9])")
_PREFIX = re.compile(r"(?:地址[::]?|邮编[::]?\d{6}|\(?\d{6}\)?(?=\D)|中华人民共和国|中国(?!路|街|大))+")
_SUFFIX = re.compile(r"[(]?邮(?:政)?编(?:码)?[::]?\d{6}[)]?$")
_DIGITS = "零〇一二三四五六七八九"
_ROAD_END = r"(?:大道|公路|国道|省道|大街|胡同|路|街|道|巷|弄|线|里)"
_AREA = (
    r"工业区|工业城|(?:工业|科技|产业|创业|物流|软件|电商)园区?|园区|开发区|高新区|经开区|新区|新城|保税区|社区"
    r"|新村|村|屯"
)
_AREA_END = rf"(?:{_AREA})"
_PLACE_END = (
    rf"(?:{_AREA}"
    r"|批发市场|市场|商贸城|小商品城|商城|广场|大厦|中心|小区|花园|公寓|大楼|仓库|城|苑|庄|组)"
)
_TOWN = re.compile(
    r"[^\d\s()]{1,6}?(?:街道(?:办事处|办)?|镇|乡|苏木)(?![镇路街巷])(?!大道|公路|村)"
    # 石井街 for 石井街道, where a road of its own name follows.
    r"|[^\d\s()]{2,3}街(?=[^\d\s()街]{2,6}(?:路|大道|街|巷)\d)"
)
_NUMBER = r"(?P<number>[甲乙丙丁]?\d+(?:[-之]\d+)*[A-Za-z]?|[一二三四五六七八九十百零〇]+(?=[号弄]))"
_LANE = _NUMBER.replace("number", "inner")
_STREET = re.compile(
    rf"(?P<area>(?:[^\d\s()]{{1,12}}?{_AREA_END}|开发区|高新区|经开区|工业园?区){{0,2}})"
    rf"(?P<road>(?:[^\d\s()]|\d+(?=[路街道横环号]{{1,2}}\d)){{1,10}}?{_ROAD_END}"
    r"(?:[东西南北中]段?|[一二三四五六七八九十]段)?)"
    rf"(?:第?{_NUMBER}(?P<mark>弄|号|#)?(?:(?<=弄){_LANE}(?:号楼?)?)?(?!栋|幢|座|楼|层|室|单元|米)"
    # Without a number the road ends at its first ending, unless a longer road with a number follows.
    rf"|(?![^\d\s()]*{_ROAD_END}(?:\d|[一二三四五六七八九十百零〇]+号)))"
)
_PLACE = re.compile(
    rf"(?P<road>[^\d\s()]{{1,14}}{_PLACE_END}|[^\d\s()]{{2,8}}(?=\d+[号#]))(?:{_NUMBER}[号#](?!楼|栋|幢))?"
)
_BUILDING = re.compile(
    r"((?:[A-Za-z]\d{0,3}|\d{1,3}|[一二三四五六七八九十]+|[甲乙丙丁戊东西南北])区)?"
    r"([A-Za-z]\d{0,3}|\d{1,3}[A-Za-z]?|[一二三四五六七八九十]+|[甲乙丙丁戊东西南北主])(?:栋|幢|座|号楼|#楼|号厂房|#)(?:楼)?"
)
_FLOOR = re.compile(r"(负?\d{1,2}|[Bb]\d|[一二三四五六七八九十]+)(?:楼|层|[Ff](?![A-Za-z]))")
_ROOM = re.compile(r"([A-Za-z]?-?\d{2,5}[A-Za-z]?)(?:室|房|铺|号房|号铺|档)")
_IN_ROAD = re.compile(r"\d+")
_LONGEST = 200  # characters: no address is longer, and what is longer must not cost more


@dataclass(frozen=True, slots=True)
class Parts:
    """What was read of an address: possible division codes, the names they were read from, the rest by parts."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    town: str
    road: str
    number: str
    building: str
    floor: str
    room: str
    rest: str
    compact: str


def parse(folded: str) -> Parts:
    """Read a folded Chinese address."""
    folded = folded[:_LONGEST]
    compact = folded if folded.isalnum() else _NOISE.sub("", folded)
    if (prefix := _PREFIX.match(compact)) is not None:
        compact = compact[prefix.end() :]
    if (suffix := _SUFFIX.search(compact)) is not None:
        compact = compact[: suffix.start()]
    head = divisions.read(compact)
    codes = head.codes
    rest = compact[head.end :]
    town = ""
    if codes and len(codes[0]) > 6:
        town = head.names[-1]
    elif (match := _TOWN.match(rest)) is not None:
        town = match.group()
        rest = rest[match.end() :]
    road = number = ""
    match = _STREET.match(rest)
    if match is None or (match["number"] is None and not match["mark"]):
        place = _PLACE.match(rest)
        if place is not None and (match is None or place["number"] is not None):
            match = place
    if match is not None:
        road = _road(match["road"])
        number = _number(match["number"])
        if "inner" in match.re.groupindex and match["inner"]:
            number += "弄" + _number(match["inner"])
        rest = rest[match.end() :]
    building = floor = room = ""
    if rest:
        if (match := _BUILDING.search(rest)) is not None:
            building = (match[1] or "") + _number(match[2])
            rest = rest[: match.start()] + rest[match.end() :]
        if (match := _FLOOR.search(rest)) is not None:
            floor = _number(match[1])
            rest = rest[: match.start()] + rest[match.end() :]
        if (match := _ROOM.search(rest)) is not None:
            room = match[1]
            rest = rest[: match.start()] + rest[match.end() :]
    return Parts(codes, head.names, town, road, number, building, floor, room, rest, compact)


def _road(road: str) -> str:
    """A road's name with its ordinal in Chinese numerals: 工业3路 is 工业三路."""
    return _IN_ROAD.sub(lambda match: _spell(int(match.group())), road) if _IN_ROAD.search(road) else road


def _number(number: str | None) -> str:
    if not number:
        return ""
    if number[0] in "一二三四五六七八九十百":
        return str(_count(number))
    if number.isdigit():
        return number.lstrip("0") or "0"
    return number.replace("之", "-").upper()


def _count(numeral: str) -> int:
    """The value of a Chinese numeral below a thousand: 三百零八, 十二, 二〇八."""
    if not any(unit in numeral for unit in "十百"):
        return int("".join(str(max(0, _DIGITS.index(c) - 1)) for c in numeral))
    total = digit = 0
    for character in numeral:
        if character == "百":
            total, digit = total + (digit or 1) * 100, 0
        elif character == "十":
            total, digit = total + (digit or 1) * 10, 0
        else:
            digit = max(0, _DIGITS.index(character) - 1)
    return total + digit


def _spell(value: int) -> str:
    if value > 99:
        return "".join(_DIGITS[int(digit) + 1] for digit in str(value))
    tens, ones = divmod(value, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _DIGITS[tens + 1] + "十"
    return head + (_DIGITS[ones + 1] if ones or not tens else "")
