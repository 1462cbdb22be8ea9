"""Profiles as columns: names read into slots, the rest as lists, one row a party. These are what Splink compares."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice, product
from typing import Any, NamedTuple

import pyarrow as pa

from graph import names, persons, scripts
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
    ]
)
"""One row a profile. A slot that is not known is null, and so is a list without elements."""

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


def table(profiles: Iterable[Profile]) -> pa.Table:
    """The rows of profiles, in their order."""
    rows = [row(profile) for profile in profiles]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def row(profile: Profile) -> dict[str, Any]:
    """One profile by columns."""
    slots = _company(profile.names) if profile.nature == "company" else _person(profile.names)
    domains = {host for email in profile.emails if (host := email.rpartition("@")[2].lower()) not in _FREE_MAIL}
    # The numbers of a company that is off its register go to others, of whom they would make it one.
    contacts = () if profile.closed else profile.phones
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
        "addresses": profile.addresses or None,
        "people": profile.people or None,
        "companies": profile.companies or None,
        "first": profile.first,
        "last": profile.last,
        "closed": profile.closed,
    }


@lru_cache(maxsize=1 << 17)
def _company(texts: tuple[str, ...]) -> Slots:
    """The slots of a company's names; of each the first name that tells it."""
    parsed = [names.parse_company(text) for text in texts]
    trades = dict.fromkeys(one.trade for one in parsed if one.script == "han" and one.trade)
    sounds = [sound for trade in trades for sound in readings(trade)]
    sounds += [one.trade_pinyin for one in parsed if one.script == "latin" and one.trade_pinyin]
    return Slots(
        tuple(trades),
        tuple(dict.fromkeys(sounds)),
        _stem(next((one.place for one in parsed if one.place), "")),
        next((one.industry for one in parsed if one.industry), ""),
        next((one.activity for one in parsed if one.activity), ""),
        next((one.form for one in parsed if one.form), ""),
    )


@lru_cache(maxsize=1 << 16)
def _person(texts: tuple[str, ...]) -> Slots:
    parsed = [persons.parse_person(text) for text in texts]
    whole = [one for one in parsed if one.given]
    trades = dict.fromkeys(one.surname + one.given for one in whole if one.script == "han")
    return Slots(tuple(trades), tuple(dict.fromkeys(one.key for one in whole)))


def readings(trade: str) -> tuple[str, ...]:
    """The ways to read a trade name in pinyin, the commonest first."""
    choices = [scripts.readings(c) or (scripts.latin(c).replace(" ", ""),) for c in trade]
    return tuple(dict.fromkeys(islice(("".join(syllables) for syllables in product(*choices)), _READINGS)))


def _stem(code: str) -> str:
    """A division's code without the zeros of the levels that it does not say: a code within another begins with it."""
    while code.endswith("00"):
        code = code[:-2]
    return code
