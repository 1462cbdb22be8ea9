"""The administrative divisions of China (GB/T 2260): codes, names in both scripts, and names read at a text's head.

Codes have six digits: `330000` a province, `330300` a city, `330382` a district, county or county-level city. The few
cities without districts (东莞, 中山, 儋州, 嘉峪关) have nine-digit codes for their towns instead.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

_PROVINCE, _CITY, _DISTRICT = 1, 2, 3
_MUNICIPALITIES = frozenset(("11", "12", "31", "50"))
# What follows a short name and shows that it names a road, a town or a park: 南京东路, 白沟镇, 苏州工业园; a zone of
# the place (嘉兴经济技术开发区) does not.
_NOT_A_PLACE = re.compile(
    r"(?:[东西南北中前后新老大外内上下]|[一二三四五六七八九十环横纵\d]){0,2}"
    r"(?:路|街|大道|道|巷|弄|胡同|里|镇|乡|村|桥|门|站|港|湾|广场|大厦|小区|花园|新村|社区|工业(?!园区)|产业|科技园|开发(?!区)"
    r"|经济(?!(?:技术)?开发区)|国际)"
)
_CUSTOMARY = {
    "beijing": ("peking",), "tianjin": ("tientsin",), "nanjing": ("nanking",), "chongqing": ("chungking",),
    "guangzhou": ("canton",), "qingdao": ("tsingtao",), "xiamen": ("amoy",), "shantou": ("swatow",),
    "haerbin": ("harbin",), "qiqihaer": ("qiqihar",), "huhehaote": ("hohhot", "huhhot"), "wulumuqi": ("urumqi",),
    "hongkong": ("kowloon", "hk"), "macau": ("macao",),
    "taiwan": ("taipei", "taichung", "tainan", "kaohsiung", "hsinchu", "keelung", "chiayi", "changhua"),
}  # fmt: skip
"""Places that letters and firms spell as they were spelled before pinyin, or by another language's name."""
_ROAD_SOON = re.compile(r".{0,2}?(?:路|街|大道|道|巷|弄)")


@dataclass(frozen=True, slots=True)
class Division:
    """One division: its code, its full name (乐清市), the name without its rank (乐清, '' if too short), its pinyin."""

    code: str
    name: str
    stem: str
    pinyin: str

    @property
    def level(self) -> int:
        """1 for a province, 2 for a city, 3 for a district or county, 4 for a town."""
        return _level(self.code)


@dataclass(frozen=True, slots=True)
class Head:
    """What a text's head says of divisions: `codes` (several when ambiguous), where the rest starts, the names read."""

    codes: tuple[str, ...]
    end: int
    names: tuple[str, ...]

    @property
    def code(self) -> str | None:
        """The code when there is only one."""
        return self.codes[0] if len(self.codes) == 1 else None


def get(code: str) -> Division | None:
    """The division of a code of 2, 4, 6 or 9 digits; None when the code is unknown (abolished ones are not kept)."""
    table = _divisions()
    return table.get(code) or (table.get(code.ljust(6, "0")) if len(code) in (2, 4) else None)


def city(code: str) -> Division | None:
    """The city that a division lies in: of a district its city, of a municipality itself, of a province None.

    A county-level city directly under its province (济源) is its own city.
    """
    if code[:2] in _MUNICIPALITIES:
        return get(code[:2])
    if len(code) < 6 or code[2:6] == "0000":
        return None
    found = get(code[:4])
    if found is not None and not found.pinyin:
        return get(code)
    return found


def within(inner: str, outer: str) -> bool:
    """Whether one division is, or lies in, another."""
    return inner.startswith(_root(outer))


def find(name: str, inside: str | None = None) -> tuple[Division, ...]:
    """Divisions of this name in either script, with or without the rank, in code order; only those `inside` a code."""
    name = name.strip()
    codes: tuple[str, ...]
    if name.isascii():
        codes = _by_pinyin().get(name.lower().replace(" ", "").replace("'", ""), ())
    else:
        full, short, former = _surfaces()
        codes = full.get(name) or former.get(name) or short.get(name) or ()
    table = _divisions()
    return tuple(table[code] for code in codes if inside is None or within(code, inside))


def spellings() -> Iterable[str]:
    """All spellings of names in Latin letters, without their rank."""
    return _by_pinyin()


def read(text: str, *, in_company: bool = False) -> Head:
    """Read the division names at the head of a Chinese text (folded, without white space), from large to small.

    Levels may be missing and ranks left out (浙江温州乐清). A short name is not taken when it begins a road's name;
    `in_company` takes short names only as far as companies' names use them.
    """
    index = _index()
    codes: tuple[str, ...] = ()
    names: list[str] = []
    position = 0
    while surfaces := index.get(text[position : position + 2]):
        taken = 0
        for surface, is_short, found in surfaces:
            if not text.startswith(surface, position):
                continue
            end = position + len(surface)
            if is_short and not _stands_alone(found, text, end, bool(codes), in_company):
                continue
            if inner := _narrow(codes, found) if codes else found:
                codes, taken = inner, len(surface)
                names.append(surface)
                break
        if not taken:
            break
        position += taken
        if text.startswith("市辖区", position):
            position += 3
    return Head(_settle(codes), position, tuple(names))


def _stands_alone(codes: tuple[str, ...], text: str, end: int, has_outer: bool, in_company: bool) -> bool:
    """Whether a name without its rank, or a zone's without its city, is meant as a place here."""
    if not has_outer and text[:end] in _zones():
        return False
    if in_company:
        if end == len(text):
            return False
        names = [_divisions()[code].name for code in codes]
        # 阿里 and 大兴安岭 are places too, but not ones that firms are registered under.
        return has_outer or any(name.endswith(("省", "自治区", "市", "州", "行政区")) for name in names)
    if _NOT_A_PLACE.match(text, end):
        return False
    if has_outer or any(_level(code) < _DISTRICT or _divisions()[code].name.endswith("市") for code in codes):
        return True
    return not _ROAD_SOON.match(text, end)


def _narrow(outer: tuple[str, ...], found: tuple[str, ...]) -> tuple[str, ...]:
    if outer == found:
        return found  # 北京市北京市: the same name again
    roots = tuple(_root(code) for code in outer)
    return tuple(code for code in found if code.startswith(roots) and (len(outer) > 1 or code not in outer))


def _settle(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Of places of one name keep the largest, when one level is larger: 吉林 is the province before the city."""
    if len(codes) < 2:
        return codes
    for level in (_PROVINCE, _CITY):
        larger = tuple(code for code in codes if _level(code) == level)
        if larger:
            return larger
    return codes


@lru_cache(maxsize=4096)
def lineage(code: str) -> tuple[Division, ...]:
    """The divisions from the province down to this one; cities that exist only on paper (市辖区) are left out."""
    out = []
    for length in (2, 4, 6, 9):
        if length <= len(code) and (length == 2 or code[length - 2 : length] != "00" or length == 9):
            found = get(code[:length])
            if found is not None and (found.pinyin or found.level > _CITY) and found not in out:
                out.append(found)
    return tuple(out)


def _level(code: str) -> int:
    if len(code) > 6:
        return 4
    return _PROVINCE if code.endswith("0000") else _CITY if code.endswith("00") else _DISTRICT


def _root(code: str) -> str:
    if len(code) != 6:
        return code
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


@cache
def _divisions() -> dict[str, Division]:
    source = resources.files("graph") / "data" / "divisions.csv"
    with source.open(encoding="utf-8") as lines:
        rows = csv.reader(lines)
        next(rows)
        return {row[0]: Division(*row) for row in rows}


@cache
def _surfaces() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Names to codes: full names, short ones (乐清), and former or colloquial ones (双流县, 管城区)."""
    full: dict[str, list[str]] = {}
    short: dict[str, list[str]] = {}
    former: dict[str, list[str]] = {}
    for one in _divisions().values():
        if not one.pinyin and one.level <= _CITY:
            continue
        full.setdefault(one.name, []).append(one.code)
        if len(one.stem) < 2:
            continue
        if one.stem != one.name:
            short.setdefault(one.stem, []).append(one.code)
        if one.level == _DISTRICT:
            for rank in ("区", "县", "市"):
                former.setdefault(one.stem + rank, []).append(one.code)
    known = frozenset(full)

    def freeze(table: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
        return {name: tuple(codes) for name, codes in table.items()}

    return freeze(full), freeze(short), freeze({name: codes for name, codes in former.items() if name not in known})


@cache
def _zones() -> dict[str, tuple[str, ...]]:
    """Zones by their names without their city's (工业园区 of 苏州工业园区), which count behind the city only."""
    out: dict[str, list[str]] = {}
    for one in _divisions().values():
        above = city(one.code)
        if one.level == _DISTRICT and one.name.endswith(("开发区", "园区")) and above is not None:
            rest = one.name.removeprefix(above.stem).removeprefix("市")
            if len(rest) < len(one.name):
                out.setdefault(rest, []).append(one.code)
    return {name: tuple(codes) for name, codes in out.items()}


@cache
def _index() -> dict[str, list[tuple[str, bool, tuple[str, ...]]]]:
    """All surfaces by their first two characters, the longest first: (surface, is it without rank, codes)."""
    full, short, former = _surfaces()
    out: dict[str, list[tuple[str, bool, tuple[str, ...]]]] = {}
    for table, is_short in ((full, False), (former, False), (short, True)):
        for surface, codes in table.items():
            out.setdefault(surface[:2], []).append((surface, is_short, codes))
    for surface, codes in _zones().items():
        out.setdefault(surface[:2], []).append((surface, True, codes))
    for surfaces in out.values():
        surfaces.sort(key=lambda entry: -len(entry[0]))
    return out


@cache
def _by_pinyin() -> dict[str, tuple[str, ...]]:
    """Pinyin of names without their rank to codes, the larger divisions first."""
    out: dict[str, list[str]] = {}
    for one in sorted(_divisions().values(), key=lambda one: (one.level, one.code)):
        for spelling in one.pinyin.split():
            out.setdefault(spelling, []).append(one.code)
    for pinyin, spellings in _CUSTOMARY.items():
        for spelling in spellings:
            out.setdefault(spelling, out[pinyin][:1])
    return {spelling: tuple(codes) for spelling, codes in out.items()}
