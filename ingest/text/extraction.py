"""What a text says that can be followed up: contacts, identifiers, rights, companies and brands, with their places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from graph.brands import Brands
from graph.disguises import fold, lower
from ingest.text.spans import Finding, Taken, numerals

if TYPE_CHECKING:
    from ingest.text.phrases import Phrases

# Most texts hold nothing of interest: this is asked first, before spaCy is even loaded.
_PROMISING = re.compile(
    r"[0-9*](?:[^0-9*\n]{0,4}[0-9*]){4}|@|艾特|#(?:qq|163|126)|\bat\b|\bdot\b|(?:https?:|www|[a-z0-9-])[./][a-z0-9]|\bwxid_"
    r"|(?:微|薇|威|徽|维|v|w)\W?(?:信|x|芯|❤|号|:)|[加+] ?[微薇威v]|wechat|weixin|绿泡泡|卫星号"
    r"|公司|厂|廠|[商易作社]行|[經营營市发务工售造易件商]部|工作室|合作社|商店|事务所|商社|作坊|合伙|企业"
    r"|\b(?:co|ltd|limited|gmbh|llc|l\.l\.c|inc|incorporated|corp|corporation|plc|ag|bhd)\b"
    r"|s\.a\.|s\.p\.a|s\.r\.l|b\.v\.|n\.v\.|k\.k\."
)
_WINDOW = 60_000
_OVERLAP = 5_000
"""Twice as long as anything that is found, a web address of 2,000 characters included."""


class Extractor:
    """Finds in Chinese and English text what `Finding` lists; built once, used for many texts.

    Args:
        brands: Brand names to look for, as the loaded rights state them.
    """

    __slots__ = ("_brands",)

    def __init__(self, brands: Iterable[str] = ()) -> None:
        self._brands = Brands(brands)

    def find(self, text: str) -> list[Finding]:
        """Everything found in a text, in its order; offsets are those of the text as given."""
        if len(text) <= _WINDOW:
            return sorted(self._find(text), key=_order)
        found: list[Finding] = []
        for begin, end in _windows(text):
            # Each window answers for what starts between the middles of its overlaps, where nothing is cut.
            first = begin + _OVERLAP // 2 if begin else 0
            last = end - _OVERLAP // 2 if end < len(text) else end
            for one in self._find(text[begin:end]):
                if first <= one.start + begin < last:
                    found.append(Finding(one.kind, one.value, one.text, one.start + begin, one.end + begin))
        return sorted(found, key=_order)

    def _find(self, text: str) -> Iterator[Finding]:
        folded = fold(text)
        lowered = lower(folded)
        for one in self._brands.find(text):
            yield Finding("brand", one.name, text[one.start : one.end], one.start, one.end)
        view = numerals(lowered)
        if _PROMISING.search(view):
            yield from _contacts(text, folded, lowered, view)


def find(text: str, *, brands: Sequence[str] = ()) -> list[Finding]:
    """Everything found in a text; for many texts with one brand list, build an `Extractor` once."""
    return _extractor(tuple(brands)).find(text)


@lru_cache(maxsize=8)
def _extractor(brands: tuple[str, ...]) -> Extractor:
    return Extractor(brands)


def _contacts(text: str, folded: str, lowered: str, view: str) -> Iterator[Finding]:
    from ingest.text.companies import find_companies
    from ingest.text.contacts import find_emails, find_qq, find_urls, find_wechat
    from ingest.text.phones import find_phones
    from ingest.text.phrases import Cues, characters
    from ingest.text.rights import find_filings, find_patents, find_trademarks, find_uscc

    cues = Cues(hit for hit in _phrases().hits(characters().make_doc(lowered)) if _is_word(lowered, hit.start, hit.end))
    taken = Taken(len(text))
    # What is surest comes first; later kinds leave alone what earlier ones took.
    yield from find_emails(text, lowered, taken)
    yield from find_urls(text, folded, lowered, taken)
    yield from find_uscc(text, lowered, taken)
    yield from find_filings(text, lowered, taken)
    yield from find_patents(text, lowered, taken)
    yield from find_trademarks(text, lowered, taken)
    phones = list(find_phones(view, cues, taken))
    yield from find_wechat(text, lowered, cues, phones, taken)
    for one in phones:
        if not taken.overlaps(one.start, one.end):
            taken.take(one.start, one.end)
            yield Finding("phone", one.value, text[one.start : one.end], one.start, one.end)
    yield from find_qq(text, view, cues, taken)
    yield from find_companies(text, folded, lowered, cues, Taken(len(text)))


@cache
def _phrases() -> Phrases:
    from ingest.text.phrases import CUES, FORMS, Phrases, words

    return Phrases({label: words(listed) for label, listed in (*CUES.items(), *FORMS.items())})


def _is_word(lowered: str, start: int, end: int) -> bool:
    """Whether a cue that begins or ends in a Latin letter is no part of a longer word: tel, not hotel."""
    before, after = lowered[start - 1 : start], lowered[end : end + 1]
    return not (_joins(before, lowered[start]) or _joins(lowered[end - 1], after))


def _joins(left: str, right: str) -> bool:
    return left.isascii() and left.isalpha() and right.isascii() and right.isalpha()


def _windows(text: str) -> Iterator[tuple[int, int]]:
    begin = 0
    while True:
        end = min(begin + _WINDOW, len(text))
        yield begin, end
        if end == len(text):
            return
        begin = end - _OVERLAP


def _order(one: Finding) -> tuple[int, int, str, str]:
    return one.start, one.end, one.kind, one.value
