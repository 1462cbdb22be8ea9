"""Names of companies and shops read into slots: place, trade name, industry, legal form; Chinese or Latin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from rapidfuzz.distance import Levenshtein

from graph import divisions, glossary, scripts

_BRANCH = re.compile(r"(?<=公司)([一-鿿]{2,10}?(?:分公司|分厂|办事处|代表处|营业部|分店|门店))$")
_BRACKETS = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]")
_TOWN = re.compile("[一-鿿]{2}[区镇乡](?=[一-鿿]{2})")
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
        elsewhere: Code of another place that is spelled like `place` (Taizhou is 台州 and 泰州).
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
    elsewhere: str = ""


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
        if (town := _TOWN.match(rest)) is not None:
            rest = rest[town.end() :]
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
                if length == 1 and form and core[-3:-1] not in glossary.industry_words():
                    break  # 厂 of 永兴制衣厂有限公司 is a form too, but not any last character is
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
    place = place_text = industry = form = elsewhere = ""
    brackets = [scripts.latin(inside) for inside in _BRACKETS.findall(folded)] if "(" in folded or "[" in folded else []
    words = scripts.latin(_BRACKETS.sub(" ", folded) if brackets else folded).split()
    for inside in brackets:
        codes = _places(inside.replace(" ", "")) or _places(inside.replace(" ", ""), all_levels=True)
        if codes and not place:
            place, place_text, elsewhere = codes[0], inside, "".join(codes[1:2])
        elif inside in glossary.forms():
            form = glossary.forms()[inside]
        elif not place_text:
            place_text = inside
    words, behind, is_branch = _strip_behind(words)
    if behind and not place and not is_branch:  # a branch bears the name of its company, with that one's place
        place, elsewhere, place_text = behind[0], "".join(behind[1:2]), "".join(place_text or behind[0])
    words, found = _strip_latin_form(words)
    form = "branch" if is_branch else found or form
    words = _parted(words)
    for count in (3, 2, 1):
        if len(words) > count and (codes := _places("".join(words[:count]))):
            rest = _split_latin(words[count:])[0]
            if count > 1 and len(scripts.split_pinyin("".join(rest)) or "ab") < 2:
                continue
            if (
                place
                and place not in codes
                and not any(divisions.within(place, c) or divisions.within(c, place) for c in codes)
            ):
                continue
            if not place or not any(divisions.within(place, code) for code in codes):
                place, place_text, elsewhere = codes[0], " ".join(words[:count]), "".join(codes[1:2])
            words = _strip_loose(words[count:])
            break
    else:
        if not place and len(words) > 2 and (code := _misspelt_place(words[0])):
            place, place_text, words = code, words[0], words[1:]
    words, place, elsewhere = _strip_inner(words, place, elsewhere)
    words, industry, activity = _split_latin(words)
    trade = " ".join(words)
    return CompanyName(place, place_text, trade, "".join(words), industry, activity, form, "latin", text, elsewhere)


def _split_latin(words: list[str]) -> tuple[list[str], str, str]:
    """Split what is left of place and form into trade name, industry and activity."""
    phrases, spoken = glossary.industry_phrases(), glossary.spoken_words()
    industry = ""
    activity: list[str] = []
    while len(words) > 1:
        for count in range(min(4, len(words) - 1), 0, -1):
            one = phrases.get(" ".join(words[-count:])) or spoken.get("".join(words[-count:]))
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
    return words, industry, " ".join(activity)


def _strip_behind(words: list[str]) -> tuple[list[str], tuple[str, ...], bool]:
    """Cut off what stands behind the legal form: a place (Factory of Xinhui, Ltd., Pinghu), or that it is a branch."""
    forms = glossary.forms()
    for end in range(len(words) - 1, 1, -1):
        if not any(" ".join(words[start:end]) in forms for start in range(max(1, end - 4), end)):
            continue
        tail = [word for word in words[end:] if word not in ("of", "in", "at", "branch", "office", "subsidiary")]
        is_branch = len(tail) < len(words) - end and bool({"branch", "subsidiary"} & set(words[end:]))
        code = ""
        for start in range(len(tail)):
            # From the smallest to the largest, or the other way round: the smallest that is known says most.
            for stop in range(len(tail), start, -1):
                one = _places("".join(tail[start:stop]), all_levels=True)
                if (
                    one
                    and len(one[0].rstrip("0")) > len(code.rstrip("0"))
                    and (not code or divisions.within(one[0], code))
                ):
                    code = one[0]
        if code or is_branch:
            return words[:end], (code,) if code else (), is_branch
        return words, (), False
    return words, (), False


def _parted(words: list[str]) -> list[str]:
    """The words with a place parted from the trade name that is written as one word with it (SuqianDongfang)."""
    if not words or len(words[0]) < 9 or _places(words[0]):
        return words
    syllables = scripts.split_pinyin(words[0])
    for count in (3, 2) if syllables is not None and len(syllables) > 3 else ():
        assert syllables is not None
        head = "".join(syllables[:count])
        if len(syllables) - count > 1 and _places(head):
            return [head, words[0][len(head) :], *words[1:]]
    return words


def _strip_loose(words: list[str]) -> list[str]:
    while len(words) > 1 and words[0] in _LOOSE_PLACE:
        words = words[1:]
    return words


def _strip_inner(words: list[str], place: str, elsewhere: str) -> tuple[list[str], str, str]:
    """Cut off the places that follow a larger one (Guangdong Foshan Nanhai …), as long as a trade name is left."""
    phrases = glossary.industry_phrases()
    again = bool(place)
    while again:
        again = False
        for count in range(min(3, len(words) - 1), 0, -1):
            for outer in filter(None, (place, elsewhere)):
                found = [one.code for one in divisions.find("".join(words[:count]), inside=outer) if one.code != outer]
                if len(found) == 1 and " ".join(words[count:]) not in phrases:
                    words, place, elsewhere, again = _strip_loose(words[count:]), found[0], "", True
                    break
            if again:
                break
    return words, place, elsewhere


def _strip_latin_form(words: list[str]) -> tuple[list[str], str]:
    forms = glossary.forms()
    form = ""
    if (whole := forms.get(" ".join(words))) is not None:
        return [], whole
    again = True
    while again:
        again = False
        for count in range(min(6, len(words) - 1), 0, -1):
            found = forms.get(" ".join(words[-count:]))
            if found is not None:
                words, form, again = words[:-count], form or found, True
                break
    return words, form


@lru_cache(maxsize=4096)
def _places(word: str, all_levels: bool = False) -> tuple[str, ...]:
    """The provinces, cities or county-level cities that a pinyin word names; of the larger ones where two share it."""
    found = [
        one
        for one in divisions.find(word)
        if all_levels or (one.level < 3 and not one.name.endswith("地区")) or one.name.endswith("市")
    ]
    return tuple(one.code for one in found if one.level == found[0].level)


@lru_cache(maxsize=4096)
def _misspelt_place(word: str) -> str:
    """The city that a word misspells, when it is the only one: Changsu for Changshu, Wehzhou for Wenzhou."""
    if len(word) < 6 or divisions.find(word):
        return ""
    spellings = _cities_by_sound().get(scripts.muffled(word), ())
    if len(spellings) == 1:
        return spellings[0]
    if scripts.split_pinyin(word) is not None:
        return ""
    near = {
        code
        for spelling, codes in _cities_by_sound().items()
        if Levenshtein.distance(spelling, scripts.muffled(word), score_cutoff=1) <= 1
        for code in codes
    }
    return near.pop() if len(near) == 1 else ""


@cache
def _cities_by_sound() -> dict[str, tuple[str, ...]]:
    out: dict[str, tuple[str, ...]] = {}
    for spelling in divisions.spellings():
        for code in _places(spelling):
            sound = scripts.muffled(spelling)
            out[sound] = tuple(dict.fromkeys((*out.get(sound, ()), code)))
    return out
