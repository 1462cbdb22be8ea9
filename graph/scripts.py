"""Writing systems: folding widths and variants, traditional to simplified characters, pinyin."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from importlib import resources

_HAN = re.compile(r"[㐀-鿿]")
_SPACE = re.compile(r"\s+")
_OTHER = re.compile(r"[^a-z0-9]+")
_HISSED = re.compile("([zcs])h")
_NASAL = re.compile("ng+")
_DOUBLED = re.compile(r"(.)\1+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_MARK = re.compile("[\u0300-\u036f]")
_PLAIN = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i", "’": "'"}
)
"""Letters that are no letter with a mark to Unicode: Đà Nẵng, Straße."""
_VOWELS = frozenset("aeiouv")


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Fold widths (NFKC), simplify characters, collapse white space, and drop what has no width; case is kept."""
    if text.isascii():
        return text if text.isalnum() else _SPACE.sub(" ", text).strip()
    folded = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    return _SPACE.sub(" ", simplified(folded)).strip()


def simplified(text: str) -> str:
    """Turn traditional characters into simplified ones (OpenCC's t2s); text without any comes back as it is."""
    traditional, convert = _converter()
    return text if traditional.isdisjoint(text) else convert(text)


def has_han(text: str) -> bool:
    """Whether the text holds a Chinese character."""
    return not text.isascii() and _HAN.search(text) is not None


@lru_cache(maxsize=16384)
def latin(text: str) -> str:
    """The text in lower-case ASCII letters and digits, words parted by one space; accents are dropped, lü is lv."""
    lowered = text.lower()
    if not lowered.isascii():
        # Pinyin writes ü as v where a keyboard has none; other accents say nothing that a join could rest on.
        lowered = unicodedata.normalize("NFC", lowered).replace("lü", "lv").replace("nü", "nv")
        lowered = _MARK.sub("", unicodedata.normalize("NFKD", lowered)).translate(_PLAIN)
    return _OTHER.sub(" ", lowered.replace("'", "")).strip()


def readings(character: str) -> tuple[str, ...]:
    """All toneless syllables of a Chinese character, the commonest first; empty for any other character."""
    return _readings().get(character, ())


@lru_cache(maxsize=65536)
def syllables(text: str) -> tuple[str, ...]:
    """One toneless syllable a Chinese character, other letters and digits as lower-case runs between them.

    Characters are read one by one, by their commonest reading: a trade name is made of characters, not of words.
    """
    table = _readings()
    out: list[str] = []
    run = ""
    for character in text:
        known = table.get(character)
        if known is None:
            run += character
            continue
        if run:
            out.extend(latin(run).split())
            run = ""
        out.append(known[0])
    if run:
        out.extend(latin(run).split())
    return tuple(out)


def pinyin(text: str) -> str:
    """The toneless syllables of a text joined into one word: 永飞 gives `yongfei`."""
    return "".join(syllables(text))


@lru_cache(maxsize=8192)
def split_pinyin(word: str) -> tuple[str, ...] | None:
    """Split a Latin word into pinyin syllables, as few as possible; None when it is no pinyin."""
    known = all_syllables()
    word = word.lower().replace("lyu", "lv").replace("nyu", "nv").replace("ü", "v")
    if not word.isascii() or not word.isalpha() or len(word) > 40:
        return None
    best: list[tuple[str, ...] | None] = [()] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 6), end):
            before = best[start]
            if before is None or word[start:end] not in known:
                continue
            now = best[end]
            if now is None or len(before) + 1 < len(now):
                best[end] = (*before, word[start:end])
    return best[len(word)]


@lru_cache(maxsize=65536)
def muffled(pinyin: str) -> str:
    """Pinyin with the sounds as one that southern ears and hasty fingers mix: zh and z, ng and n, doubled letters.

    What differs in it no longer is a misspelling of one word but another word.
    """
    return _DOUBLED.sub(r"\1", _NASAL.sub("n", _HISSED.sub(r"\1", pinyin)))


def is_reading(han: str, word: str) -> bool:
    """Whether a Latin word is one of the ways to read the Chinese text: 长兴 is `changxing` and `zhangxing`."""
    return _reads(han, word.lower().replace("ü", "v"))


def _reads(han: str, word: str) -> bool:
    if not han or not word:
        return not han and not word
    choices = readings(han[0]) or (latin(han[0]),)
    return any(word.startswith(choice) and _reads(han[1:], word[len(choice) :]) for choice in choices if choice)


@cache
def _converter() -> tuple[frozenset[str], Callable[[str], str]]:
    import opencc

    convert: Callable[[str], str] = opencc.OpenCC("t2s").convert
    block = [chr(point) for point in range(0x3400, 0xA000)]
    # A line a character: OpenCC must not see them as words.
    changed = convert("\n".join(block)).split("\n")
    return frozenset(before for before, after in zip(block, changed, strict=True) if before != after), convert


@cache
def _readings() -> dict[str, tuple[str, ...]]:
    # A table of our own: importing pypinyin, which it comes from, loads phrases for half a second, and names need none.
    return spoken_table("readings.txt")


def spoken_table(name: str) -> dict[str, tuple[str, ...]]:
    """Character -> how it is read, the commonest first, by a file of `graph/data` (`syllable,… characters`)."""
    table: dict[str, tuple[str, ...]] = {}
    for line in (resources.files("graph") / "data" / name).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            spoken, characters = line.split(" ")
            table.update(dict.fromkeys(characters, tuple(spoken.split(","))))
    return table


@cache
def all_syllables() -> frozenset[str]:
    """All syllables of pinyin, without tones."""
    # Interjections (嗯 is n) are readings of characters, but no syllables that a word is made of.
    return frozenset(
        one
        for spoken in set(_readings().values())
        for one in spoken
        if not _VOWELS.isdisjoint(one) and one[0] not in "iuv"
    )
