"""Addresses read into parts, and the keys under which two spellings of one address meet.

Chinese ones are read in `graph.addresses_han`, others in `graph.addresses_latin`.
A key goes down to the house number: buildings, floors and rooms are written by one and left out by the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from graph import addresses_han, addresses_latin, divisions, scripts

Slot = Literal["same", "differ", "missing"]


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
    def spoken_key(self) -> str | None:
        """The key with the road in pinyin, under which both scripts meet; None when incomplete."""
        if not self.complete or self.key is None:
            return None
        area, road, number = self.key.rsplit("|", 2)
        return f"{area}|{_spoken(road)}|{number}"


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
def parse(text: str, country: str = "") -> Address:
    """Read an address in Chinese, or in Latin letters from China or elsewhere; never fails, what is unclear is `rest`.

    `country` is a country's name or code known from elsewhere (a column of its own); it only helps Latin addresses.
    """
    folded = scripts.fold(text)
    if not folded:
        return Address("", "", "", "", (), "", "", "", "", "", "", "", None, None, False, text)
    if scripts.has_han(folded):
        return _from_han(addresses_han.parse(folded), text)
    return _from_latin(addresses_latin.parse(folded, addresses_latin.country(country)), text)


def agreement(a: Address, b: Address) -> Agreement:
    """Compare two addresses part by part; a conflict in district, road or number vetoes."""
    city = _compare_codes(a.codes, b.codes, 4)
    if city == "missing" and a.city and b.city and not (a.codes and b.codes):
        city = "same" if a.city == b.city else "differ"
    district = _compare_codes(a.codes, b.codes, 6)
    # 白云区 alone lies in one of two cities; a district in none that is known can only be compared by its name.
    choices = max(len(a.codes), len(b.codes)) if a.codes and b.codes and district == "missing" else 1
    if district == "missing" and not a.codes and not b.codes:
        district = _compare(a.district, b.district)
    town = _compare(_bare_town(a.town), _bare_town(b.town))
    road = _compare_roads(a.road, b.road)
    number = _compare(a.number, b.number)
    building = _compare(a.building, b.building)
    if a.country and b.country and a.country != b.country:
        city = "differ"
    return Agreement(
        city, district, town, road, number, building, _weigh(city, district, town, road, number, building, choices)
    )


def _weigh(city: Slot, district: Slot, town: Slot, road: Slot, number: Slot, building: Slot, choices: int) -> float:
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
        chance = 0.85
    elif choices > 1:
        chance = 0.9 / choices
    else:
        chance = 0.15
    if town == "differ":
        chance *= 0.6
    if building == "differ":
        chance *= 0.7
    return round(chance, 4)


def _from_han(found: addresses_han.Parts, text: str) -> Address:
    codes, names, town, road, number = found.codes, found.names, found.town, found.road, found.number
    building, floor, room, rest, compact = found.building, found.floor, found.room, found.rest, found.compact
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


def _bare_town(town: str) -> str:
    for ending in ("街道办事处", "街道办", "街道", "街", "镇", "乡"):
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
        return (
            "differ"
            if a and b and not any(divisions.within(x, y) or divisions.within(y, x) for x in a for y in b)
            else "missing"
        )
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
