"""Addresses read into parts, and the keys under which two spellings of one address meet.

Chinese addresses go from large to small: province, city, district, town, road, house number, building, floor, room.
A key goes down to the house number: buildings, floors and rooms are written by one and left out by the next.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from graph import addresses_latin, divisions, scripts

Slot = Literal["same", "differ", "missing"]

_NOISE = re.compile(r"(?<![A-Za-z0-9])[\s,;、。·]+|[\s,;、。·]+(?![A-Za-z0-9])")
_PREFIX = re.compile(r"(?:地址[::]?|邮编[::]?\d{6}|\(?\d{6}\)?(?=\D)|中华人民共和国|中国(?!路|街|大))+")
_SUFFIX = re.compile(r"[(]?邮(?:政)?编(?:码)?[::]?\d{6}[)]?$")
_DIGITS = "零〇一二三四五六七八九"
_ROAD_END = r"(?:大道|公路|国道|省道|大街|胡同|路|街|道|巷|弄|线|里)"
_AREA = r"工业区|工业城|(?:工业|科技|产业|创业|物流|软件|电商)园区?|园区|开发区|高新区|经开区|新区|新城|保税区|社区|新村|村|屯"
_AREA_END = rf"(?:{_AREA})"
_PLACE_END = (
    rf"(?:{_AREA}"
    r"|批发市场|市场|商贸城|小商品城|商城|广场|大厦|中心|小区|花园|公寓|大楼|仓库|城|苑|庄|组)"
)
_TOWN = re.compile(r"([^\d\s()]{1,6}?(?:街道(?:办事处|办)?|镇|乡|苏木)(?![镇路街巷])(?!大道|公路|村))")
_NUMBER = r"(?P<number>[甲乙丙丁]?\d+(?:[-之]\d+)*[A-Za-z]?|[一二三四五六七八九十百零〇]+(?=[号弄]))"
_STREET = re.compile(
    rf"(?P<area>(?:[^\d\s()]{{1,12}}?{_AREA_END})*)"
    rf"(?P<road>(?:[^\d\s()]|\d+(?=[路街道横环号]{{1,2}}\d)){{1,10}}?{_ROAD_END}(?:[东西南北中]段?|[一二三四五六七八九十]段)?)"
    rf"(?:{_NUMBER}(?P<mark>弄|号|#)?(?:(?<=弄){_NUMBER.replace('number', 'inner')}号?)?(?!栋|幢|座|楼|层|室|单元|米)|(?![^\d\s()]*{_ROAD_END}(?:\d|[一二三四五六七八九十百零〇]+号)))"
)
_PLACE = re.compile(rf"(?P<road>[^\d\s()]{{1,14}}{_PLACE_END}|[^\d\s()]{{2,8}}(?=\d+[号#]))(?:{_NUMBER}[号#](?!楼|栋|幢))?")
_BUILDING = re.compile(r"((?:[A-Za-z]\d{0,3}|\d{1,3}|[一二三四五六七八九十]+|[甲乙丙丁戊东西南北])区)?"
                       r"([A-Za-z]\d{0,3}|\d{1,3}[A-Za-z]?|[一二三四五六七八九十]+|[甲乙丙丁戊东西南北主])(?:栋|幢|座|号楼|#楼|号厂房|#)(?:楼)?")
_FLOOR = re.compile(r"(负?\d{1,2}|[Bb]\d|[一二三四五六七八九十]+)(?:楼|层|[Ff](?![A-Za-z]))")
_ROOM = re.compile(r"([A-Za-z]?-?\d{2,5}[A-Za-z]?)(?:室|房|铺|号房|号铺|档)")
_IN_ROAD = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Address:
    """An address in parts; a part that the text does not say, and that cannot be filled in with certainty, is ''.

    Attributes:
        country: ISO 3166-1 alpha-2 code, '' when not recognisable.
        codes: Division codes that fit; more than one when the text leaves it open, none when it names none.
        number: The house number (`308`, `308-2`; lane and number in one: `88弄12`).
        key: The identity down to the house number; it starts with `~` when the text does not say enough (`complete`
            is then false) and two addresses with one such key may lie in different cities. None for an empty text.
        loose_key: City, road and number, without the district; None when one of them is unknown.
        text: As it came.
    """

    country: str
    province: str
    city: str
    district: str
    codes: tuple[str, ...]
    town: str
    road: str
    number: str
    building: str
    floor: str
    room: str
    rest: str
    key: str | None
    loose_key: str | None
    complete: bool
    text: str

    @property
    def code(self) -> str | None:
        """The deepest division code when it is certain."""
        return self.codes[0] if len(self.codes) == 1 else None

    @property
    def street_key(self) -> str | None:
        """Road (in pinyin, so that both scripts meet) and number alone: for finding candidates, never for joining."""
        return f"{_spoken(self.road)}|{self.number}" if self.road and self.number else None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two addresses compare, part by part; `probability` that they speak of one house, 0 on a conflict."""

    city: Slot
    district: Slot
    town: Slot
    road: Slot
    number: Slot
    building: Slot
    probability: float


@lru_cache(maxsize=131072)
def parse(text: str) -> Address:
    """Read an address in Chinese, or in Latin letters from China or elsewhere; never fails, what is unclear is `rest`."""
    folded = scripts.fold(text)
    if not folded:
        return Address("", "", "", "", (), "", "", "", "", "", "", "", None, None, False, text)
    if scripts.has_han(folded):
        return _parse_han(folded, text)
    return _from_latin(addresses_latin.parse(folded), text)


def agreement(a: Address, b: Address) -> Agreement:
    """Compare two addresses part by part; a conflict in district, road or number vetoes."""
    city = _compare_codes(a.codes, b.codes, 4)
    if city == "missing" and a.city and b.city and not (a.codes and b.codes):
        city = "same" if a.city == b.city else "differ"
    district = _compare_codes(a.codes, b.codes, 6)
    if district == "missing" and not (a.code and b.code):
        district = "same" if a.district and a.district == b.district else "missing"
    town = _compare(_bare_town(a.town), _bare_town(b.town))
    road = _compare_roads(a.road, b.road)
    number = _compare(a.number, b.number)
    building = _compare(a.building, b.building)
    if a.country and b.country and a.country != b.country:
        city = "differ"
    return Agreement(city, district, town, road, number, building, _weigh(city, district, town, road, number, building))


def _weigh(city: Slot, district: Slot, town: Slot, road: Slot, number: Slot, building: Slot) -> float:
    if "differ" in (city, district, road, number):
        return 0.0
    if road == "missing" or number == "missing":
        return 0.1 if district == "same" and (road == "same" or town == "same") else 0.02
    # Road names repeat from city to city (人民路), so road and number alone say little; the place decides.
    if district == "same":
        chance = 0.98
    elif city == "same":
        chance = 0.9 if town != "differ" else 0.4
    elif town == "same":
        chance = 0.9
    else:
        chance = 0.15
    if town == "differ":
        chance *= 0.6
    if building == "differ":
        chance *= 0.7
    return round(chance, 4)


def _parse_han(folded: str, text: str) -> Address:
    compact = _NOISE.sub("", folded) if not folded.isalnum() else folded
    if (prefix := _PREFIX.match(compact)) is not None:
        compact = compact[prefix.end() :]
    if (suffix := _SUFFIX.search(compact)) is not None:
        compact = compact[: suffix.start()]
    head = divisions.read(compact)
    codes = head.codes
    rest = compact[head.end :]
    town = ""
    named = head.names[-1] if head.names else ""
    if codes and len(codes[0]) > 6:
        town = named
        if len(head.names) == 1:
            named = ""
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
    return _address(codes, head.names, town, road, number, building, floor, room, rest, compact, text)


def _address(
    codes: tuple[str, ...],
    names: tuple[str, ...],
    town: str,
    road: str,
    number: str,
    building: str,
    floor: str,
    room: str,
    rest: str,
    compact: str,
    text: str,
) -> Address:
    province = city = district = ""
    country = "CN"
    house = number or (building if road and not road.endswith(("路", "街", "道", "巷", "弄")) else "")
    # A town's name standing alone is rarely the only one of its name in the country.
    certain = len(codes) == 1 and not (len(codes[0]) > 6 and len(names) == 1)
    loose_key = key = None
    if len(codes) == 1:
        province, city, district = _levels(codes[0])
        if province in _ELSEWHERE:
            country = _ELSEWHERE[province]
    elif names:
        district = names[-1]
    complete = False
    if certain and road and house:
        level = _depth(codes[0])
        if province in _ELSEWHERE:
            level = 3
        area = codes[0] if level > 2 else f"{codes[0]}{_bare_town(town)}" if level == 2 and town else ""
        if area:
            key, complete = f"{area}|{road}|{house}", True
        if city or level == 3:
            loose_key = f"{codes[0][:4]}00|{road}|{house}"
            if not divisions.get(codes[0][:4]) or codes[0][2:4] == "90":
                loose_key = f"{codes[0]}|{road}|{house}"
    if key is None:
        place = city if certain else (names[-1] if names else _bare_town(town))
        key = f"~{place}|{road}|{house}" if road and house else f"~{compact}"
    return Address(
        country, province, city, district, codes, town, road, number, building, floor, room, rest, key, loose_key,
        complete, text,
    )  # fmt: skip


_ELSEWHERE = {"香港特别行政区": "HK", "澳门特别行政区": "MO", "台湾省": "TW"}


def _from_latin(found: addresses_latin.Parts, text: str) -> Address:
    province = city = district = ""
    code = found.codes[0] if len(found.codes) == 1 else ""
    if code:
        province, city, district = _levels(code)
    city = city or found.city
    house = found.number
    key = loose_key = None
    complete = False
    if found.road and house:
        if code and _depth(code) > 2:
            key, complete = f"{code}|{found.road}|{house}", True
        if code and _depth(code) > 1:
            loose_key = f"{code[:4]}00|{found.road}|{house}"
        elif found.country and found.country != "CN" and found.city:
            key, complete = f"{found.country}|{found.city}|{found.road}|{house}", True
            loose_key = key
    if key is None:
        key = f"~{found.country}|{found.words}"
    return Address(
        found.country, province, city, district, found.codes, found.town, found.road, house, found.building,
        found.floor, found.room, found.rest, key, loose_key, complete, text,
    )  # fmt: skip


@lru_cache(maxsize=8192)
def _levels(code: str) -> tuple[str, str, str]:
    """Names of province, city and district of a code; a municipality is its own city."""
    names = {one.level: one.name for one in divisions.lineage(code)}
    city = divisions.city(code)
    return names.get(1, ""), city.name if city is not None else "", names.get(3, "")


def _depth(code: str) -> int:
    return 4 if len(code) > 6 else 1 if code.endswith("0000") else 2 if code.endswith("00") else 3


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


def _bare_town(town: str) -> str:
    for ending in ("街道办事处", "街道办", "街道", "镇", "乡"):
        if town.endswith(ending) and len(town) > len(ending) + 1:
            return town[: -len(ending)]
    return town


def _compare(a: str, b: str) -> Slot:
    return "missing" if not a or not b else "same" if a == b else "differ"


def _compare_codes(a: tuple[str, ...], b: tuple[str, ...], depth: int) -> Slot:
    """Compare two sets of possible divisions as far as `depth` digits: same only when both are certain."""
    one = {code[:depth] for code in a if _reaches(code, depth)}
    two = {code[:depth] for code in b if _reaches(code, depth)}
    if not one or not two:
        # A division that is not deep enough can still contradict: 浙江 and 广东温州 … never the same city.
        return "differ" if a and b and not any(divisions.within(x, y) or divisions.within(y, x) for x in a for y in b) else "missing"
    if one.isdisjoint(two):
        return "differ"
    return "same" if len(one) == len(two) == 1 else "missing"


def _reaches(code: str, depth: int) -> bool:
    return code[depth - 2 : depth] != "00" or len(code) > 6


def _compare_roads(a: str, b: str) -> Slot:
    if not a or not b or a == b:
        return "same" if a else "missing"
    if scripts.has_han(a) != scripts.has_han(b):
        return "same" if _spoken(a) == _spoken(b) else "differ"
    return "differ"


@lru_cache(maxsize=16384)
def _spoken(road: str) -> str:
    return scripts.pinyin(road)
