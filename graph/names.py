"""Names of companies and persons: what kind a name is, and how two names agree.

永飞 in 温州市永飞电池实业有限公司, `Wenzhou Yongfei Co., Ltd.`, 永飞电池厂 and 永飞 share one key, the trade name's
pinyin. Companies are read in `graph.companies`, persons in `graph.persons`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from graph import divisions, glossary, scripts
from graph.companies import CompanyName, parse_company
from graph.persons import PersonName, is_person, parse_person

__all__ = [
    "Agreement",
    "CompanyName",
    "PersonName",
    "agreement",
    "kind_of_name",
    "parse_company",
    "parse_person",
]

_STUMP = 0.7  # strength of a trade name that only the stump of an industry word sets apart
Slot = Literal["same", "differ", "missing"]

_INFORMAL = frozenset(("factory", "sole", "shop", "company", "group"))


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two company names compare, slot by slot; `probability` of one party on the names alone, 0 on a veto."""

    place: Slot
    trade: Slot
    industry: Slot
    activity: Slot
    form: Slot
    probability: float


@lru_cache(maxsize=65536)
def kind_of_name(text: str) -> Literal["company", "person", "shop", "unknown"]:
    """Guess what a name names, from its form, industry and place, or from its surname."""
    name = parse_company(text)
    if not name.text.strip():
        return "unknown"
    if name.form == "shop":
        return "shop"
    if name.form and name.form not in ("sole", "factory"):
        return "company"
    if is_person(text):
        return "person"
    if name.form or (name.trade and (name.industry or name.activity)):
        return "company"
    return "company" if name.place and name.trade and len(name.trade_pinyin) > 3 else "unknown"


def agreement(a: CompanyName, b: CompanyName) -> Agreement:
    """Compare two company names slot by slot; a conflict in place or trade name vetoes, a missing slot does not.

    Equal pinyin of different characters differs; Chinese against Latin letters is the same when the pinyin is.
    """
    place = _compare_places(a, b)
    trade, strength = _compare_trades(a, b)
    industry = "same" if strength == _STUMP else _compare(a.industry, b.industry)
    activity = _compare(a.activity, b.activity)
    form = _compare(a.form, b.form)
    if form == "differ" and (a.form in _INFORMAL or b.form in _INFORMAL) and not (a.place and b.place):
        form = "missing"  # A company is called "the factory" or "the shop" whatever its form.
    if form == "differ" and a.script != b.script:
        form = "missing"  # "Co., Ltd." is what every Chinese firm writes in English.
    return Agreement(
        place, trade, industry, activity, form, _weigh(a, b, place, trade, strength, industry, activity, form)
    )


def _weigh(
    a: CompanyName,
    b: CompanyName,
    place: Slot,
    trade: Slot,
    strength: float,
    industry: Slot,
    activity: Slot,
    form: Slot,
) -> float:
    if place == "differ" or trade == "differ" or industry == "differ":
        return 0.0 if industry != "differ" or "differ" in (place, trade) else 0.02
    if trade == "missing":
        return 0.02
    if a.trade == b.trade and place == industry == form == "same" and a.activity == b.activity:
        return 0.98
    # A trade name alone is shared by dozens of firms over the country; place and industry narrow it down.
    chance = 0.15
    if place == "same":
        chance += 0.4
    if industry == "same":
        chance += 0.25
    if activity == "same":
        chance += 0.12
    if form == "same" and a.script == b.script:
        chance += 0.03
    both_full = strength != _STUMP and bool(a.form and b.form and a.place and b.place and a.script == b.script == "han")
    if activity == "differ" or (
        both_full and (bool(a.activity) != bool(b.activity) or bool(a.industry) != bool(b.industry))
    ):
        chance *= 0.15 if both_full else 0.4
    if (a.industry or a.activity) and (b.industry or b.activity) and "same" not in (industry, activity):
        chance *= 0.3 if both_full else 0.15  # 顺益日化 and 顺益网络科技 each say their business, and not the same
    if form == "differ":
        chance *= 0.3 if both_full else 0.7
    if len(a.trade_pinyin) > 10:
        chance += 0.1 * (1 - chance)  # Longer trade names repeat less.
    return round(min(chance, 0.97) * strength, 4)


def _compare(a: str, b: str) -> Slot:
    return "missing" if not a or not b else "same" if a == b else "differ"


def _compare_places(a: CompanyName, b: CompanyName) -> Slot:
    if not a.place or not b.place:
        return _compare(a.place_text.lower(), b.place_text.lower()) if not (a.place or b.place) else "missing"
    if divisions.within(a.place, b.place) or divisions.within(b.place, a.place):
        return "same"
    return "differ"


def _compare_trades(a: CompanyName, b: CompanyName) -> tuple[Slot, float]:
    """Compare trade names: the slot, and how strong a `same` is."""
    if not a.trade or not b.trade:
        return "missing", 1.0
    if a.trade == b.trade:
        return "same", 1.0
    if a.script != b.script:
        han, word = (a, b) if a.script == "han" else (b, a)
        if han.trade_pinyin == word.trade_pinyin:
            return "same", 0.85
        return ("same", 0.75) if scripts.is_reading(han.trade, word.trade_pinyin) else ("differ", 0.0)
    if a.script == "latin":
        return ("same", 0.97) if a.trade_pinyin == b.trade_pinyin else ("differ", 0.0)
    # 永飞塑 beside 永飞 + 塑胶: the first character of a cut-off industry word is left hanging on the trade name.
    longer, shorter = (a, b) if len(a.trade) > len(b.trade) else (b, a)
    if longer.trade.startswith(shorter.trade) and not longer.industry and shorter.industry:
        hanging = longer.trade[len(shorter.trade) :]
        if any(word.startswith(hanging) for word in glossary.industries()[shorter.industry].zh):
            return "same", _STUMP
    return "differ", 0.0
