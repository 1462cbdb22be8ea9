"""Company names read into slots: place, trade name, industry, legal form; and how two of them agree.

永飞 in 温州市永飞电池实业有限公司, `Wenzhou Yongfei Co., Ltd.`, 永飞电池厂 and 永飞 share one key: the trade name's pinyin.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from graph import divisions, glossary, scripts
from graph.persons import PersonName, is_person, parse_person

__all__ = ["Agreement", "CompanyName", "PersonName", "agreement", "key", "kind_of_name", "parse_company", "parse_person"]

Slot = Literal["same", "differ", "missing"]

_BRANCH = re.compile(r"(?<=公司)([一-鿿]{2,10}?(?:分公司|分厂|办事处|代表处|营业部|分店|门店))$")
_BRACKETS = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]")
_NOISE = re.compile(r"[\s.,;:·、。\"'“”‘’\-_/|*#!?]+")
_LONGEST_FORM, _LONGEST_INDUSTRY = 10, 8
_INFORMAL = frozenset(("factory", "sole", "shop", "company", "group"))
_LOOSE_PLACE = frozenset(("city", "shi", "province", "china", "prc", "p", "r", "c", "county", "district", "cn"))
_SMALL_FORMS = frozenset(("factory", "shop", "sole"))


@dataclass(frozen=True, slots=True)
class CompanyName:
    """A company's or shop's name in slots; a slot that the text leaves out is ''.

    Attributes:
        place: Division code of the place in the name when it is certain.
        place_text: The place as written.
        trade: The distinctive trade name, in simplified characters or lower-case Latin words.
        trade_pinyin: Its toneless syllables, or its Latin letters and digits, joined.
        industry: Key of the industry (`footwear`).
        activity: Keys of words that say how it works (`trade`, `industrial manufacturing`), parted by spaces.
        form: Key of the legal form (`llc`, `jsc`, `factory`, `sole`, `shop` …).
        script: `han` or `latin`.
        text: As it came.
    """

    place: str
    place_text: str
    trade: str
    trade_pinyin: str
    industry: str
    activity: str
    form: str
    script: Literal["han", "latin"]
    text: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two company names compare, slot by slot; `probability` of one party on the names alone, 0 on a veto."""

    place: Slot
    trade: Slot
    industry: Slot
    activity: Slot
    form: Slot
    probability: float


@lru_cache(maxsize=131072)
def parse_company(text: str) -> CompanyName:
    """Read a company's or a shop's name, Chinese or Latin, full or short; never fails."""
    folded = scripts.fold(text)
    if scripts.has_han(folded):
        return _parse_han(folded, text)
    return _parse_latin(folded, text)


def key(name: str) -> str | None:
    """The join key of a name over both scripts: the pinyin of its trade name; None when it has none."""
    return parse_company(name).trade_pinyin or None


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
    industry = _compare(a.industry, b.industry)
    activity = _compare(a.activity, b.activity)
    form = _compare(a.form, b.form)
    if form == "differ" and (a.form in _INFORMAL or b.form in _INFORMAL) and not (a.place and b.place):
        form = "missing"  # A company is called "the factory" or "the shop" whatever its form.
    return Agreement(place, trade, industry, activity, form, _weigh(a, b, place, trade, strength, industry, activity, form))


def _weigh(
    a: CompanyName, b: CompanyName, place: Slot, trade: Slot, strength: float, industry: Slot, activity: Slot, form: Slot
) -> float:
    if place == "differ" or trade == "differ" or industry == "differ":
        return 0.0 if industry != "differ" or "differ" in (place, trade) else 0.02
    if trade == "missing":
        return 0.02
    if a.trade == b.trade and place == industry == form == "same" and a.activity == b.activity:
        return 0.98
    chance = 0.35
    if place == "same":
        chance += 0.35
    if industry == "same":
        chance += 0.2
    if activity == "same":
        chance += 0.1
    if form == "same":
        chance += 0.03
    both_full = bool(a.form and b.form and a.place and b.place and a.script == b.script == "han")
    if activity == "differ" or (both_full and (bool(a.activity) != bool(b.activity) or bool(a.industry) != bool(b.industry))):
        chance *= 0.15 if both_full else 0.4
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
            return "same", 0.7
    return "differ", 0.0


def _parse_han(folded: str, text: str) -> CompanyName:
    place = place_text = form = ""
    core = folded
    if not folded.isalnum():
        for match in _BRACKETS.finditer(folded):
            inside = match[1].strip()
            head = divisions.read(inside, in_company=False)
            if head.codes and head.end == len(inside):
                place, place_text = head.code or "", inside
            elif inside == "中国":
                place_text = inside
            elif inside in glossary.forms():
                form = glossary.forms()[inside]
        core = _NOISE.sub("", _BRACKETS.sub("", folded))
    if (branch := _BRANCH.search(core)) is not None:
        core, form = core[: branch.start()], "branch"
    core, found = _strip_form(core)
    form = form or found
    if core.startswith("中国") and len(core) > 4:
        place_text = place_text or "中国"
        core = core[2:]
    head = divisions.read(core, in_company=True)
    if head.end:
        rest = core[head.end :]
        trade, industry, activity = _split(rest, form)
        last = head.names[-1]
        # A trade name may begin like a place (永康达): something must be left, unless the place is beyond doubt.
        if (len(rest) < 2 or (not _is_distinct(trade))) and not last.endswith(("市", "省", "区", "县")):
            end = head.end - len(last)
            head = divisions.read(core[:end])
            trade, industry, activity = _split(core[end:], form)
        if head.names:
            place, place_text = head.code or place, core[: head.end]
    else:
        trade, industry, activity = _split(core, form)
    return CompanyName(
        place, place_text, trade, scripts.pinyin(trade), industry, activity, form, "han", text
    )  # fmt: skip


def _is_distinct(trade: str) -> bool:
    return trade not in glossary.industry_words()


def _strip_form(core: str) -> tuple[str, str]:
    """Cut the legal form off, as long as two characters are left."""
    forms = glossary.forms()
    form = ""
    again = True
    while again:
        again = False
        for length in range(min(_LONGEST_FORM, len(core) - 2), 0, -1):
            found = forms.get(core[-length:])
            if found is not None:
                if length == 1 and form:
                    break
                core, form = core[:-length], form or found
                again = length > 1
                break
    return core, form


def _split(core: str, form: str) -> tuple[str, str, str]:
    """Split what is left of place and form into trade name, industry and activity."""
    words = glossary.industry_words()
    industry = ""
    activity: list[str] = []
    while True:
        for length in range(min(_LONGEST_INDUSTRY, len(core) - 2), 1, -1):
            found = words.get(core[-length:])
            if found is not None:
                core = core[:-length]
                if found.filler:
                    if found.key not in activity:
                        activity.insert(0, found.key)
                else:
                    industry = found.key
                break
        else:
            break
    if not industry and not activity and form in _SMALL_FORMS and len(core) > 2:
        single = glossary.single_words().get(core[-1])
        if single is not None:
            core, industry = core[:-1], single.key
    if not industry and not activity and (whole := words.get(core)) is not None:
        if whole.filler:
            activity = [whole.key]
        else:
            industry = whole.key
    return core, industry, " ".join(activity)


def _parse_latin(folded: str, text: str) -> CompanyName:
    place = place_text = industry = form = ""
    brackets = [scripts.latin(inside) for inside in _BRACKETS.findall(folded)] if "(" in folded or "[" in folded else []
    words = scripts.latin(_BRACKETS.sub(" ", folded) if brackets else folded).split()
    for inside in brackets:
        code = _place(inside.replace(" ", ""))
        if code is not None and not place:
            place, place_text = code, inside
        elif inside in glossary.forms():
            form = glossary.forms()[inside]
        elif not place_text:
            place_text = inside
    words, found = _strip_latin_form(words)
    form = found or form
    for count in (3, 2, 1):
        if len(words) > count and (code := _place("".join(words[:count]))) is not None:
            if not place:
                place, place_text = code, " ".join(words[:count])
            words = words[count:]
            while len(words) > 1 and words[0] in _LOOSE_PLACE:
                words = words[1:]
            break
    phrases = glossary.industry_phrases()
    activity: list[str] = []
    while len(words) > 1:
        for count in range(min(4, len(words) - 1), 0, -1):
            one = phrases.get(" ".join(words[-count:]))
            if one is not None:
                words = words[:-count]
                if not one.filler:
                    industry = one.key
                elif one.key not in activity:
                    activity.insert(0, one.key)
                break
        else:
            if words[-1] in ("and", "of", "the", "china"):
                words = words[:-1]
                continue
            break
    trade = " ".join(words)
    return CompanyName(place, place_text, trade, "".join(words), industry, " ".join(activity), form, "latin", text)


def _strip_latin_form(words: list[str]) -> tuple[list[str], str]:
    forms = glossary.forms()
    form = ""
    again = True
    while again:
        again = False
        for count in range(min(4, len(words) - 1), 0, -1):
            found = forms.get(" ".join(words[-count:]))
            if found is not None:
                words, form, again = words[:-count], form or found, True
                break
    return words, form


@lru_cache(maxsize=4096)
def _place(word: str) -> str | None:
    """The province, city or county-level city that a pinyin word names; the larger one where two share it."""
    for one in divisions.find(word):
        if one.level < 3 or one.name.endswith("市"):
            return one.code
    return None
