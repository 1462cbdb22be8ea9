"""Addresses in Latin letters: romanised Chinese ones, and those of other countries as far as simple rules reach.

They go from small to large. Chinese divisions are found by the pinyin of their names; a road becomes the pinyin
that its Chinese name has, so that `308 Chuangye Road` and 创业路308号 sound the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import takewhile

from graph import divisions, glossary, scripts

_RANKS = {
    "province": ("省", "自治区"), "prov": ("省", "自治区"), "sheng": ("省",), "city": ("市",), "shi": ("市",),
    "district": ("区",), "dist": ("区",), "qu": ("区",), "county": ("县",), "xian": ("县",), "town": ("镇", "街道"),
    "zhen": ("镇",), "prefecture": ("州", "地区"),
}  # fmt: skip
_ROADS = {
    "road": "lu", "rd": "lu", "lu": "lu", "street": "jie", "st": "jie", "str": "jie", "jie": "jie", "avenue": "dadao",
    "ave": "dadao", "dadao": "dadao", "lane": "xiang", "xiang": "xiang", "boulevard": "dadao", "highway": "gonglu",
}  # fmt: skip
_SIDES = {
    "north": "bei",
    "south": "nan",
    "east": "dong",
    "west": "xi",
    "middle": "zhong",
    "central": "zhong",
    "mid": "zhong",
}
_ORDINALS = {
    "1st": "yi",
    "2nd": "er",
    "3rd": "san",
    "4th": "si",
    "5th": "wu",
    "first": "yi",
    "second": "er",
    "third": "san",
}
_STOP = frozenset(
    ("no", "of", "the", "block", "building", "floor", "room", "unit", "and", "at", "industrial", "zone", "park", "area")
)
_FIRST = frozenset(("jalan", "jl", "via", "rua", "calle"))  # words for a road that stand before its name
_WHOLE = {"rd": "road", "st": "street", "str": "street", "ave": "avenue", "jl": "jalan"}
_LONG_ROADS = frozenset(("national", "highway", "km", "mtrs", "nh", "expressway"))
_ROAD_WORDS = frozenset(
    (*_ROADS, "sokak", "sok", "cadde", "cad", "caddesi", "marg", "jalan", "jl", "via", "rua", "calle")
)
_NUMBER = re.compile(r"\b(?:no|n0|nr|num|number)\s*[.:#]?\s*(?=[a-z]?\d)|#\s*(?=\d)")
_HOUSE = re.compile(r"\d+[a-z]?(?:[-/]\d+[a-z]?)*")
_BUILDING = re.compile(
    r"\b(?:building|bldg|block|blk)\s+(?:no\s+)?([a-z]?\d+[a-z]?|[a-z])\b|\b([a-eg-z]\d?)\s+(?:building|bldg|block)\b"
)
_FLOOR = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\s*[-/ ]?\s*(?:floor|fl|f)\b|\bfloor\s+(\d{1,2})\b")
_ROOM = re.compile(r"\b(?:room|rm|unit|suite)\s*(?:no\s+)?([a-z]?\d+[a-z]?(?:-\d+)?)\b")
_BREAK = re.compile(r"[,;()]+|(?<!\bjl)\.(?!\d)")


@dataclass(frozen=True, slots=True)
class Parts:
    """What was read of an address; `words` is the whole text in lower-case words."""

    country: str
    codes: tuple[str, ...]
    city: str
    town: str
    road: str
    number: str
    building: str
    floor: str
    room: str
    rest: str
    words: str


def country(text: str) -> str:
    """The ISO 3166-1 alpha-2 code of a country's name or code in either script; '' when unknown."""
    code = text.strip().upper()
    table = _countries()
    if len(code) == 2 and code in _codes():
        return code
    return table.get(scripts.latin(text)) or table.get(scripts.fold(text)) or ""


def parse(text: str, hint: str = "") -> Parts:
    """Read a folded Latin address; `hint` is the country's code when it is known from elsewhere."""
    lowered = text.lower().replace("'", "")
    lowered = _BREAK.sub(" , ", _NUMBER.sub(" no ", lowered))
    segments = [segment for part in lowered.split(",") if (segment := _clean(part))]
    words = " ".join(segments)
    found, segments = _take_country(segments, hint)
    # Provinces and cities name the country when nothing else does: "Nanhai District, Foshan City, Guangdong".
    codes, used = _divisions(segments) if found in ("", "CN") else ((), frozenset())
    if codes and not found:
        found = "CN"
    building = floor = room = ""
    if (match := _BUILDING.search(words)) is not None:
        building = (match[1] or match[2]).upper()
    if (match := _FLOOR.search(words)) is not None:
        floor = match[1] or match[2]
    if (match := _ROOM.search(words)) is not None:
        room = match[1].upper()
    road, number = _street(segments, found == "CN")
    city = "" if codes or found == "CN" else _last_place(segments, found)
    town = next(
        (" ".join(words[:-1]) for words in map(str.split, segments) if words[-1] == "town" and len(words) < 5), ""
    )
    rest = ", ".join(segment for index, segment in enumerate(segments) if index not in used)
    return Parts(found, codes, city, town, road, number, building, floor, room, rest, words)


def _clean(segment: str) -> str:
    """Lower-case words of a segment; a hyphen or a stroke between digits is kept."""
    out = re.sub(r"(?<=\d)\s*[/-]\s*(?=\d)", "\0", segment)
    return scripts.latin(out.replace("\0", "qzq")).replace("qzq", "-")


def _take_country(segments: list[str], hint: str) -> tuple[str, list[str]]:
    table = _countries()
    found = hint
    for index in range(len(segments) - 1, max(-1, len(segments) - 3), -1):
        words = segments[index].split()
        while words and words[-1].isdigit():
            words = words[:-1]
        for count in (4, 3, 2, 1):
            if len(words) >= count and (code := table.get(" ".join(words[-count:]))) is not None:
                kept = " ".join(words[:-count])
                return found or code, [*segments[:index], *([kept] if kept else []), *segments[index + 1 :]]
    return found, segments


def _divisions(segments: list[str]) -> tuple[tuple[str, ...], frozenset[int]]:
    """Division codes named in the segments, the deepest that fit together, and the segments that only name them."""
    named = [(index, *place) for index, segment in enumerate(segments) for place in _places(segment.split())]
    roots: tuple[str, ...] = ()
    used: set[tuple[int, int]] = set()
    for level in (1, 2, 3, 4):
        choices = []
        for index, position, codes in named:
            fitting = tuple(code for code in codes if _level(code) == level)
            if roots:
                fitting = tuple(code for code in fitting if any(divisions.within(code, root) for root in roots))
            if fitting and (level < 4 or roots) and (index, position) not in used:
                choices.append((index, position, fitting))
        if choices:
            # The larger stands behind the smaller; but a municipality is never a part of the province behind it.
            municipal = [choice for choice in choices if divisions.city(choice[2][0]) is not None] if level == 1 else []
            index, position, roots = (municipal or choices)[-1]
            used.add((index, position))
    if len(roots) == 1 or (roots and all(_level(code) > 2 for code in roots)):
        return roots, frozenset(index for index, _ in used if segments[index].count(" ") < 2)
    return (), frozenset()


def _places(words: list[str]) -> list[tuple[int, tuple[str, ...]]]:
    """Division names in a segment: those with a rank anywhere, those without one in the run that ends the segment."""
    out = []
    end = len(words)
    while end and (words[end - 1].isdigit() or words[end - 1] == "pc"):
        end -= 1
    in_run = True
    while end > 0:
        ranked = words[end - 1] in _RANKS
        stop = end - ranked
        after = words[stop : stop + 2]
        for count in range(min(4, stop), 0, -1):
            if (in_run or ranked) and (codes := _named("".join(words[stop - count : stop]), after)):
                out.append((stop - count, codes))
                end = stop - count
                break
        else:
            in_run = False
            end -= 1
    return out[::-1]


def _level(code: str) -> int:
    """The level of a known division code: 1 province, 2 city, 3 district, 4 town."""
    found = divisions.get(code)
    return found.level if found is not None else 0


def _named(word: str, after: list[str]) -> tuple[str, ...]:
    if not word.isalpha() or len(word) < 4:
        return ()
    found = divisions.find(word)
    if not found:
        return ()
    if after and after[0] in _RANKS:
        endings = _RANKS[after[0]]
        ranked = tuple(one.code for one in found if one.name.endswith(endings))
        return ranked or tuple(one.code for one in found)
    if any(one in _ROAD_WORDS or one in _SIDES for one in after):
        return ()
    return tuple(one.code for one in found)


def _street(segments: list[str], chinese: bool) -> tuple[str, str]:
    """The road and the house number: the first segment with a road's word, its number there or in a neighbour."""
    for index, segment in enumerate(segments):
        words = segment.split()
        last = next(
            (i for i in range(len(words) - 1, -1, -1) if words[i] in _ROAD_WORDS and (i or words[i] in _FIRST)), None
        )
        if last is None:
            continue
        start = last
        while start > 0 and last - start < 4 and words[start - 1] not in _STOP and not words[start - 1][0].isdigit():
            start -= 1
        if start > 0 and words[start - 1] in _ORDINALS:
            start -= 1
        name = words[start : last + 1]
        if words[last] in _FIRST:
            name = [
                words[last],
                *takewhile(lambda word: word not in _STOP and not word[0].isdigit(), words[last + 1 :]),
            ]
        if len(name) < 2:
            continue
        if words[last] in _FIRST:
            return " ".join([_WHOLE.get(name[0], name[0]), *name[1:]]), _house(words[last + len(name) :])
        if not chinese:
            name[-1] = _WHOLE.get(name[-1], name[-1])
            # Elsewhere a number counts only right before its road: "national road no. 4" is no house.
            house = _house(words[:start]) if start and _HOUSE.fullmatch(words[start - 1]) else ""
            return " ".join(name), "" if _LONG_ROADS.intersection(name) else house
        road = _spoken(name)
        neighbours = [words[:start], words[last + 1 :]]
        if index > 0:
            neighbours.append(segments[index - 1].split())
        if index + 1 < len(segments) and segments[index + 1].startswith("no "):
            neighbours.insert(2, segments[index + 1].split())
        for near in neighbours:
            number = _house(near)
            if number:
                return road, number
        return road, ""
    return "", ""


def _house(words: list[str]) -> str:
    """A house number among words: behind `no`, or alone; never a floor, a room or a postcode."""
    for index, word in enumerate(words):
        if _HOUSE.fullmatch(word) and len(word) < 8:
            before = words[index - 1] if index else ""
            after = words[index + 1] if index + 1 < len(words) else ""
            if before in ("floor", "room", "rm", "unit", "block", "building", "box") or after in (
                "floor",
                "f",
                "fl",
                "building",
            ):
                continue
            if before == "no" or (index == len(words) - 1 and not (word.isdigit() and len(word) > 4)):
                return word.upper().replace("/", "-").lstrip("0")
    return ""


def _spoken(name: list[str]) -> str:
    """The pinyin of a Chinese road: `shuangbao west road` and `west shuangbao road` are shuangbaoxilu."""
    ending = _ROADS.get(name[-1], name[-1])
    core = [_ORDINALS.get(word, word) for word in name[:-1]]
    sides = [_SIDES[word] for word in core if word in _SIDES]
    return "".join(word for word in core if word not in _SIDES) + "".join(sides) + ending


def _last_place(segments: list[str], country: str) -> str:
    """The last segment's words without digits: the town or the region, when the country is not China.

    A state is no town: before `IL 62701`, and before every last one in the United States, stands the town.
    """
    places: list[str] = []
    for segment in reversed(segments):
        words = [word for word in segment.split() if word.isalpha()]
        if not words or any(word in _ROAD_WORDS for word in words):
            continue
        places.insert(0, " ".join(words))
        if len(places) > 1 or (country != "US" and len(places[0]) > 3):
            break
    return " ".join(places)


@cache
def _countries() -> dict[str, str]:
    return {name: code for code, names in glossary.document("countries.yaml").items() for name in names}


@cache
def _codes() -> frozenset[str]:
    return frozenset(_countries().values())
