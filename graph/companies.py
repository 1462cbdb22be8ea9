"""Names of companies and shops read into slots: place, trade name, industry, legal form; Chinese or Latin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from graph import divisions, glossary, scripts

_BRANCH = re.compile(r"(?<=公司)([一-鿿]{2,10}?(?:分公司|分厂|办事处|代表处|营业部|分店|门店))$")
_BRACKETS = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]")
_NOISE = re.compile(r"[\s.,;:·、。\"'“”‘’\-_/|*#!?]+")
_LONGEST_FORM, _LONGEST_INDUSTRY = 10, 8
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


@lru_cache(maxsize=131072)
def parse_company(text: str) -> CompanyName:
    """Read a company's or a shop's name, Chinese or Latin, full or short; never fails."""
    folded = scripts.fold(text)
    if scripts.has_han(folded):
        return _parse_han(folded, text)
    return _parse_latin(folded, text)


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
    if head.end and not (place and not any(divisions.within(code, place) for code in head.codes)):
        rest = core[head.end :]
        trade, industry, activity = _split(rest, form)
        last = head.names[-1]
        # A trade name may begin like a place (永康达): something must be left, unless the place is beyond doubt.
        if (len(rest) < 2 or not _is_distinct(trade)) and not last.endswith(("市", "省", "区", "县")):
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
    """Whether a trade name is more than an industry word, or one with a single character before it."""
    words = glossary.industry_words()
    return trade not in words and trade[1:] not in words


def _strip_form(core: str) -> tuple[str, str]:
    """Cut the legal form off, as long as two characters, or nothing at all, are left."""
    forms = glossary.forms()
    form = ""
    if (whole := forms.get(core)) is not None:
        return "", whole
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
            if (place and place != code) or (count > 1 and len(scripts.split_pinyin(words[count]) or "ab") < 2):
                continue
            if not place:
                place, place_text = code, " ".join(words[:count])
            words = _strip_loose(words[count:])
            break
    words, place = _strip_inner(words, place)
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


def _strip_loose(words: list[str]) -> list[str]:
    while len(words) > 1 and words[0] in _LOOSE_PLACE:
        words = words[1:]
    return words


def _strip_inner(words: list[str], place: str) -> tuple[list[str], str]:
    """Cut off the places that follow a larger one (Guangdong Foshan Nanhai …), as long as a trade name is left."""
    phrases = glossary.industry_phrases()
    again = bool(place)
    while again:
        again = False
        for count in range(min(3, len(words) - 1), 0, -1):
            found = [one.code for one in divisions.find("".join(words[:count]), inside=place) if one.code != place]
            if len(found) == 1 and " ".join(words[count:]) not in phrases:
                words, place, again = _strip_loose(words[count:]), found[0], True
                break
    return words, place


def _strip_latin_form(words: list[str]) -> tuple[list[str], str]:
    forms = glossary.forms()
    form = ""
    if (whole := forms.get(" ".join(words))) is not None:
        return [], whole
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
        if (one.level < 3 and not one.name.endswith("地区")) or one.name.endswith("市"):
            return one.code
    return None
