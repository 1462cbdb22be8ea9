"""What kind of goods a description or an HS code speaks of, and how well two of them fit each other.

Words that say nothing (百货, 配件, plastic products) give no answer rather than a bad fit: they are what people write
who do not want to say, and who do not care.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from graph import glossary, scripts

_HS = re.compile(r"(?:hs\s*)?(\d{4})(?:\.?\d{2}){0,3}", re.IGNORECASE)
_TAIL = re.compile(r"(?:产品|系列|类产品|商品|制品|用品|等|类|\s*(?:products?|goods|articles))+$")
_SCOPE = re.compile(
    r"(?:的?(?:生产|加工|制造|销售|批发|零售|研发|设计|网上销售|网络销售|进出口|货物进出口|技术进出口|仓储服务|服务|及|和|、|,|;))+"
)
_LONGEST = 8

SAME, HEADING, INDUSTRY, KIN, CHAPTER, NICE, NONE = 1.0, 0.85, 0.7, 0.5, 0.35, 0.2, 0.0


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of goods: its key, its words, HS headings of four digits, Nice classes, industries that make it."""

    key: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    hs: tuple[str, ...]
    nice: tuple[int, ...]
    industries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sense:
    """What a text means: a category, or only industries, or only HS headings."""

    category: Category | None
    industries: frozenset[str]
    headings: frozenset[str]


@cache
def categories() -> dict[str, Category]:
    """All categories by key, in the order of the glossary."""
    return {
        entry["key"]: Category(
            entry["key"],
            tuple(entry["zh"]),
            tuple(entry["en"]),
            tuple(entry["hs"]),
            tuple(entry["nice"]),
            tuple(entry["industry"]),
        )
        for entry in glossary.document("goods.yaml")["categories"]
    }


def category(text: str) -> Category | None:
    """The category of a description in either script, or of an HS code of 4 to 10 digits; None when it says none."""
    return _sense(text).category


def is_generic(text: str) -> bool:
    """Whether a description says nothing of the goods: empty, or words such as 百货 and accessories."""
    sense = _sense(text)
    return sense.category is None and not sense.industries and not sense.headings


def fit(a: str, b: str) -> float | None:
    """How well two descriptions or HS codes fit, from 0 to 1; None when one of them says nothing.

    1 one category or equal words; 0.85 one HS heading; 0.7 an industry that makes the other; 0.5 made by one industry;
    0.35 one HS chapter; 0.2 one Nice class; 0 nothing in common.
    """
    one, two = _sense(a), _sense(b)
    if is_generic(a) or is_generic(b):
        return None
    if one.category is not None and one.category is two.category:
        return SAME
    if one.category is None and two.category is None and scripts.fold(a).lower() == scripts.fold(b).lower():
        return SAME
    if one.headings & two.headings:
        return HEADING
    if one.industries & two.industries:
        return KIN if one.category is not None and two.category is not None else INDUSTRY
    if {code[:2] for code in one.headings} & {code[:2] for code in two.headings}:
        return CHAPTER
    if one.category is not None and two.category is not None and set(one.category.nice) & set(two.category.nice):
        return NICE
    return NONE


@lru_cache(maxsize=32768)
def _sense(text: str) -> _Sense:
    folded = scripts.fold(text)
    if (match := _HS.fullmatch(folded)) is not None:
        return _of_heading(match[1])
    if not folded:
        return _Sense(None, frozenset(), frozenset())
    if scripts.has_han(folded):
        found, industries = _read_han(folded.replace(" ", ""))
        if found is None and not industries:  # 瑞诚峰 stationery: a Chinese brand before English goods
            found, industries = _read_latin(folded)
    else:
        found, industries = _read_latin(folded)
    if found is not None:
        return _Sense(found, frozenset(found.industries), frozenset(found.hs))
    return _Sense(None, industries, frozenset())


def _of_heading(heading: str) -> _Sense:
    usual = _by_heading().get(heading)
    if usual is None:
        return _Sense(None, frozenset(), frozenset((heading,)))
    # Of several categories under one heading (toys, building blocks) the code alone names none for sure.
    sure = usual[0] if len(usual) == 1 else None
    industries = frozenset(industry for one in usual for industry in one.industries)
    return _Sense(sure, frozenset(sure.industries) if sure else industries, frozenset((heading,)))


def _read_han(text: str) -> tuple[Category | None, frozenset[str]]:
    words, generic, _ = _words()
    whole = words.get(text)
    if whole is not None:
        return whole, frozenset()
    core = _TAIL.sub("", text) or text
    if core in generic or text in generic:
        return None, frozenset()
    whole = words.get(core)
    # 箱包产品 is what a maker of bags ships: an industry, unless the word is one of goods only.
    if (industry := glossary.industry_words().get(core)) is not None and not industry.filler:
        return whole, frozenset((industry.key,))
    if whole is not None:
        return whole, frozenset()
    best = _longest(text, words)
    if best is not None:
        return best, frozenset()
    industries = frozenset(
        one.key
        for part in _SCOPE.split(text)
        if (one := glossary.industry_words().get(part) or glossary.industry_words().get(_TAIL.sub("", part)))
        and not one.filler
        and part not in generic
    )
    return None, industries


def _longest(text: str, words: dict[str, Category]) -> Category | None:
    """The longest goods word in a text; of equally long ones the last, since Chinese puts the head at the end."""
    for length in range(min(_LONGEST, len(text)), 1, -1):
        for start in range(len(text) - length, -1, -1):
            found = words.get(text[start : start + length])
            if found is not None:
                return found
    return None


def _read_latin(text: str) -> tuple[Category | None, frozenset[str]]:
    _, generic, phrases = _words()
    words = scripts.latin(text).split()
    whole = " ".join(words)
    if whole in phrases:
        return phrases[whole], frozenset()
    if whole in generic:
        return None, frozenset()
    for count in range(min(4, len(words)), 0, -1):
        for start in range(len(words) - count, -1, -1):
            found = phrases.get(" ".join(words[start : start + count]))
            if found is not None:
                return found, frozenset()
    core = [word for word in words if word not in generic]
    industry = glossary.industry_phrases().get(" ".join(core))
    return None, frozenset((industry.key,)) if industry is not None and not industry.filler else frozenset()


@cache
def _words() -> tuple[dict[str, Category], frozenset[str], dict[str, Category]]:
    """Chinese goods words, generic words of both scripts, English phrases (with and without the plural s)."""
    listed = glossary.document("goods.yaml")["generic"]
    chinese: dict[str, Category] = {}
    english: dict[str, Category] = {}
    for one in categories().values():
        for word in one.zh:
            chinese.setdefault(word, one)
        for phrase in one.en:
            plain = scripts.latin(phrase)
            english.setdefault(plain, one)
            if plain.endswith("s") and not plain.endswith("ss"):
                english.setdefault(plain[:-1], one)
    return chinese, frozenset(listed["zh"]) | {scripts.latin(word) for word in listed["en"]}, english


@cache
def _by_heading() -> dict[str, list[Category]]:
    """Categories by HS heading: those whose usual heading it is, or else those that list it."""
    usual: dict[str, list[Category]] = {}
    listed: dict[str, list[Category]] = {}
    for one in categories().values():
        for position, heading in enumerate(one.hs):
            (listed if position else usual).setdefault(heading, []).append(one)
    return {**listed, **usual}
