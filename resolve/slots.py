"""Profiles as columns: names read into slots, the rest as lists, one row a party. These are what Splink compares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice, product
from typing import Any, NamedTuple

import pyarrow as pa

from graph import divisions, names, persons, romanisations, scripts
from graph.companies import CompanyName
from graph.translations import translations
from resolve import written
from resolve.profiles import Profile

_LIST = pa.list_(pa.string())
SCHEMA = pa.schema(
    [
        ("node", pa.string()),
        ("nature", pa.string()),
        ("number", pa.string()),
        ("trades", _LIST),  # trade names in simplified characters; of a person, its whole name
        ("sounds", _LIST),  # how they are read, and what stands in Latin letters
        ("place", pa.string()),  # the place in the name: a division code without its last zeros
        ("industry", pa.string()),
        ("activity", pa.string()),
        ("form", pa.string()),
        ("phones", _LIST),
        ("masks", _LIST),
        ("emails", _LIST),
        ("domains", _LIST),
        ("handles", _LIST),
        ("addresses", _LIST),
        ("people", _LIST),
        ("companies", _LIST),
        ("first", pa.string()),
        ("last", pa.string()),
        ("closed", pa.bool_()),
        ("elsewhere", pa.string()),  # another place that is spelled like `place`
        ("spellings", _LIST),  # keys under which other spellings of the name meet: see `_spellings`
        ("muffled", pa.string()),  # how the first sound is heard where sounds are mixed up
        ("odd", pa.string()),  # a name in Latin letters that is no pinyin: it may be misspelt
        ("born", pa.string()),
        ("streets", _LIST),  # of the addresses that are read into parts: without the house number
        ("areas", _LIST),  # and without the road
        ("words", _LIST),  # of names in Latin letters that are no pinyin: see `resolve.written`
        ("figures", pa.string()),  # and the numbers in them
        ("address_words", _LIST),
        ("address_numbers", _LIST),
        ("plates", _LIST),
        ("plate_days", _LIST),
        ("filings", _LIST),
    ]
)
"""One row a profile. A slot that is not known is null, and so is a list without elements."""

_LONGEST = 200  # characters that a name may have
_TAIWAN = frozenset("台北 新北 台中 台南 高雄 新竹 基隆 嘉义 彰化 桃园 屏东 苗栗 宜兰 花莲".split())
# Characters that names read in more than one way; dictionaries give readings to others that no name uses.
_POLYPHONES = frozenset(
    "长重行乐曾单盛朝会调藏传大佛都和卜解翟乘宿厦六番铅蔚种覃查缪区任柏伯露绿陆率期丽参降巷角觉校车血薄给还奇择蚌堡洞"
    "乾石尉万仇朴盖洗隗宓员纪燕宁华应相中兴令冠度弹落强晟"
)
_READINGS = 6  # ways to read a trade name that are looked at
_FREE_MAIL = frozenset(
    "qq.com 163.com 126.com yeah.net sina.com sina.cn sohu.com foxmail.com aliyun.com 139.com 189.cn gmail.com "
    "hotmail.com outlook.com yahoo.com yahoo.com.cn yahoo.com.hk icloud.com live.com msn.com protonmail.com".split()
)
"""Hosts of mail that anybody may have an address at."""


class Slots(NamedTuple):
    """The slots of a party's names together; '' and () where its names tell nothing."""

    trades: tuple[str, ...] = ()
    sounds: tuple[str, ...] = ()
    place: str = ""
    industry: str = ""
    activity: str = ""
    form: str = ""
    elsewhere: str = ""
    spellings: tuple[str, ...] = ()
    odd: str = ""
    words: tuple[str, ...] = ()
    figures: str = ""


def table(profiles: Iterable[Profile]) -> pa.Table:
    """The rows of profiles, in their order."""
    rows = [row(profile) for profile in profiles]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def row(profile: Profile) -> dict[str, Any]:
    """One profile by columns."""
    place = written.place(profile.written)
    slots = _company(profile.names, place.words) if profile.nature == "company" else _person(profile.names)
    domains = {host for email in profile.emails if (host := email.rpartition("@")[2].lower()) not in _FREE_MAIL}
    # The numbers of a company that is off its register go to others, of whom they would make it one.
    contacts = () if profile.closed else profile.phones
    plates = () if profile.closed else profile.plates
    return {
        "node": profile.node,
        "nature": profile.nature,
        "number": profile.number,
        "trades": slots.trades or None,
        "sounds": slots.sounds or None,
        "place": slots.place or None,
        "industry": slots.industry or None,
        "activity": slots.activity or None,
        "form": slots.form or None,
        "phones": contacts or None,
        "masks": (() if profile.closed else profile.masks) or None,
        "emails": profile.emails or None,
        "domains": tuple(sorted(domains)) or None,
        "handles": profile.handles or None,
        "addresses": (*profile.addresses, *place.keys) or None,
        "people": profile.people or None,
        "companies": profile.companies or None,
        "first": profile.first,
        "last": profile.last,
        "closed": profile.closed,
        "elsewhere": slots.elsewhere or None,
        "spellings": slots.spellings or None,
        "muffled": scripts.muffled(slots.sounds[0]) if slots.sounds else None,
        "odd": slots.odd or None,
        "born": profile.born,
        "streets": _heads(profile.addresses, 1) or None,
        "areas": _heads(profile.addresses, 2) or None,
        "words": slots.words or None,
        "figures": slots.figures or None,
        "address_words": place.words or None,
        "address_numbers": place.numbers or None,
        "plates": plates or None,
        "plate_days": (profile.plate_days if plates else ()) or None,
        "filings": profile.filings or None,
    }


@lru_cache(maxsize=1 << 17)
def _company(texts: tuple[str, ...], places: tuple[str, ...] = ()) -> Slots:
    """The slots of a company's names, and of each the first that tells it; `places` are words of its addresses."""
    parsed = [names.parse_company(text) for text in _readable(texts)]
    han = [one for one in parsed if one.script == "han" and one.trade]
    latin = [one for one in parsed if one.script == "latin" and one.trade_pinyin]
    trades = dict.fromkeys(one.trade for one in han)
    sounds = [sound for trade in trades for sound in readings(trade)] + [one.trade_pinyin for one in latin]
    place, elsewhere = next(((one.place, one.elsewhere) for one in parsed if one.place), ("", ""))
    if not place and (inner := next(filter(None, map(_county, (*han, *latin))), None)):
        place, rest = inner
        trades.update(dict.fromkeys([rest] if han else ()))
        sounds += readings(rest) if han else [rest.replace(" ", "")]
    odd = "" if han or not latin or scripts.split_pinyin(sounds[0]) else sounds[0]
    return Slots(
        tuple(trades),
        tuple(dict.fromkeys(sounds)),
        _stem(place),
        next((one.industry for one in parsed if one.industry), ""),
        next((one.activity for one in parsed if one.activity), ""),
        next((one.form for one in parsed if one.form), ""),
        _stem(elsewhere),
        _spellings(tuple(trades), tuple(one.trade for one in latin), tuple(sounds)),
        odd,
        *(written.name(tuple(one.text for one in latin), places) if odd else ()),
    )


@lru_cache(maxsize=1 << 16)
def _person(texts: tuple[str, ...]) -> Slots:
    parsed = [persons.parse_person(text) for text in _readable(texts)]
    han = dict.fromkeys(one.surname + one.given for one in parsed if one.script == "han" and one.given)
    latin = [one for one in parsed if one.script == "latin" and (len(one.syllables) > 1 or _stands_alone(one.key))]
    # A name that is no Chinese one is read in any order of its words.
    sounds = [one.key if one.given else " ".join(sorted(one.syllables)) for one in parsed if one.given or one in latin]
    words = [order for one in latin for order in (one.syllables, (*one.syllables[-1:], *one.syllables[:-1]))]
    odd = "" if han or not latin or latin[0].given else latin[0].key
    spelled = _spellings(tuple(han), tuple(" ".join(order) for order in words), tuple(sounds))
    return Slots(tuple(han), tuple(dict.fromkeys(sounds)), spellings=spelled, odd=odd)


def _stands_alone(word: str) -> bool:
    """Whether a single word is enough of a person's name: `Andreason`, but not `Wang`, which hundreds have."""
    return len(word) > 3 and scripts.split_pinyin(word) is None


def _heads(addresses: Iterable[str], fewer: int) -> tuple[str, ...]:
    """The keys of addresses (`area|road|number`) without so many of their last parts."""
    parts = (address.split("|") for address in addresses)
    return tuple(sorted({"|".join(part[:-fewer]) for part in parts if len(part) > fewer}))


def _readable(texts: Iterable[str]) -> list[str]:
    """Those texts that may be names: one character tells nothing, and hundreds are no name."""
    return [text for text in texts if len(text) <= _LONGEST and len(scripts.fold(text)) > 1]


def _county(name: CompanyName) -> tuple[str, str] | None:
    """The county that a trade name may begin with (龙游勤达, Longyou Qinda) and the rest, if one is certain."""
    parts: Sequence[str] = name.trade if name.script == "han" else name.trade.split()
    for count in range(min(4, len(parts) - 1), 0, -1):
        head, rest = "".join(parts[:count]), parts[count:]
        found = divisions.find(head) if len(head) > 1 else ()
        syllables = len(rest) if name.script == "han" else len(scripts.split_pinyin("".join(rest)) or "ab")
        if len(found) == 1 and syllables > 1:
            return found[0].code, rest if isinstance(rest, str) else " ".join(rest)
        if head in _TAIWAN and syllables > 1:
            return "710000", rest if isinstance(rest, str) else " ".join(rest)
    return None


def _spellings(han: tuple[str, ...], latin: tuple[str, ...], sounds: tuple[str, ...]) -> tuple[str, ...]:
    """Keys of other spellings: `c:` Cantonese, `w:` Wade-Giles, `t:` translated into English, `m:` misheard."""
    keys = dict.fromkeys(key for trade in han for key in romanisations.keys_of_han(trade))
    keys.update(dict.fromkeys(f"t:{words}" for trade in han for words in translations(trade)))
    for words in latin:
        keys.update(dict.fromkeys((*romanisations.keys_of_latin(words), f"t:{words.replace(' ', '')}")))
    keys.update(dict.fromkeys(f"m:{scripts.muffled(sound)}" for sound in sounds))
    return tuple(sorted(keys))


def readings(trade: str) -> tuple[str, ...]:
    """The ways to read a trade name in pinyin, the commonest first."""
    choices = [_spoken(c) for c in trade]
    return tuple(dict.fromkeys(islice(("".join(syllables) for syllables in product(*choices)), _READINGS)))


def _spoken(character: str) -> tuple[str, ...]:
    found = scripts.readings(character) or (scripts.latin(character).replace(" ", ""),)
    return found if character in _POLYPHONES else found[:1]


def _stem(code: str) -> str:
    """A division's code without the zeros of the levels that it does not say: a code within another begins with it."""
    while code.endswith("00"):
        code = code[:-2]
    return code
