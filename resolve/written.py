"""Names and addresses of the world in Latin letters as words: what is left to compare where no slot is known.

No list has the roads of all countries, nor their trade names; but words for any firm or road, which say nothing, are
few, and numbers are written alike everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

from graph import addresses_latin, glossary, scripts

_MOST = 5  # addresses: of more, two parties would share words by chance
_POSTCODE = 5  # digits from which a number behind the first word is no house's
_NOUGHT = re.compile(r"(?<=\d)o\b")  # 33o for 330
_FIGURE = re.compile(r"\d+")
_EDGE = re.compile(r"(?<=\d)(?=[a-z]{2})|(?<=[a-z]{2})(?=\d)")
_ORDINALS = frozenset(("st", "nd", "rd", "th"))
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_LINKING = frozenset("a and al co da de del der des di do e el et for i in la las le les of the to und ve y".split())
_ANY_FIRM = frozenset(
    "pvt private limited ltd llc inc corp company corporation sarl srl spa sti san tic sanayi ticaret ve dis ithalat "
    "ihracat imalat imalati unit factory fty plant division branch subesi subsidiary facility export exports import "
    "international intl enterprise enterprises industry industries manufacture manufacturer manufacturing mfg center "
    "centre ex formerly ood eood".split()
)
"""Words that any firm's name may have, beside its legal form."""
_ANY_PLACE = frozenset(
    "no nr num number plot lot block blk unit floor room suite building bldg near opp km street str st strasse str rue "
    "road rd avenue ave av avenida lane ln drive dr place pl court ct boulevard blvd bd highway hwy parkway pkwy "
    "square sq way sokak sokagi sk sok cad cadde caddesi mah mh mahalle mahallesi bulvari blv yolu ulica ul ulitsa "
    "calle carretera rua via viale strada piazza jalan jl marg soi moo industrial zone zona zi area estate park "
    "district dist province county city town village po box main".split()
)
"""Words that any address may have: each is written by one and left out, or shortened, by the next."""
_SIDES = {"north": "n", "south": "s", "east": "e", "west": "w"}


class Name(NamedTuple):
    """The words of names, without those that any firm's name has, and its figures (`10` of Unit 10) in one text."""

    words: tuple[str, ...] = ()
    figures: str = ""


class Place(NamedTuple):
    """Addresses as words.

    Attributes:
        keys: Of each address its words and numbers in order, if they say enough to be equal in.
        words: The words of all, without those that any address has.
        numbers: Their numbers, as `6`, `2a`, `f2`, without postcodes.
    """

    keys: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


@lru_cache(maxsize=1 << 16)
def name(texts: tuple[str, ...], places: tuple[str, ...] = ()) -> Name:
    """The words of a firm's names in Latin letters; those of its address (Koggala Garments) say only where it is."""
    words: dict[str, None] = {}
    figures: set[str] = set()
    for text in texts:
        parts = _EDGE.sub(" ", scripts.latin(text)).split()
        figures |= {n.lstrip("0") for part in parts for n in (_ROMAN.get(part, ""), *_FIGURE.findall(part))} - {""}
        said = [p for p in parts if len(p) > 1 and p.isalpha() and p not in _ROMAN and p not in _LINKING]
        own = [p for p in said if not (p in _ANY_FIRM or p in _words_of_forms() or addresses_latin.country(p))]
        own = [p for p in own if p not in _words_of_trades()] or own
        own = [p for p in own if p not in places] or own
        # Joined as well: words are run together by one and parted by the next (Vogue Tex, Voguetex).
        words.update(dict.fromkeys((*own, "".join(own)) if own else ()))
    return Name(tuple(sorted(words)), " ".join(sorted(figures)))


@lru_cache(maxsize=1 << 16)
def place(texts: tuple[str, ...]) -> Place:
    """Addresses in Latin letters as words."""
    keys, words, numbers = set(), set(), set()
    for text in texts:
        its_words, its_numbers = _address(text)
        words |= its_words
        numbers |= its_numbers
        if len(its_words) + len(its_numbers) > 1:  # a town alone is no address
            keys.add(" ".join((*sorted(its_numbers), *sorted(its_words))))
    if len(texts) > _MOST:
        return Place(tuple(sorted(keys)))
    return Place(tuple(sorted(keys)), tuple(sorted(words)), tuple(sorted(numbers)))


def _address(text: str) -> tuple[set[str], set[str]]:
    """The words and the numbers of an address, without its postcode."""
    parts = _without_country(_EDGE.sub(" ", _NOUGHT.sub("0", scripts.latin(text))).split())
    words, numbers = set(), set()
    for i, part in enumerate(parts):
        if not part.isalpha():
            if not (i > 0 and part.isdigit() and len(part) >= _POSTCODE):
                numbers.add(part.lstrip("0") or "0")
        elif part not in _ANY_PLACE and part not in _LINKING and not (part in _ORDINALS and parts[i - 1].isdigit()):
            words.add(_SIDES.get(part, part))
    return words, numbers


def _without_country(parts: list[str]) -> list[str]:
    for count in (3, 2, 1):
        if len(parts) > count and addresses_latin.country(" ".join(parts[-count:])):
            return parts[:-count]
    return parts


@cache
def _words_of_forms() -> frozenset[str]:
    """The words that are legal forms, and such as are letters, joined: SARL for S.A.R.L."""
    forms = list(glossary.forms())
    letters = (form.replace(" ", "") for form in forms if all(len(part) == 1 for part in form.split()))
    return frozenset((*_alone(forms), *letters))


@cache
def _words_of_trades() -> frozenset[str]:
    return frozenset(_alone(glossary.industry_phrases()))


def _alone(phrases: Iterable[str]) -> Iterable[str]:
    return (phrase for phrase in phrases if phrase.isascii() and " " not in phrase)
