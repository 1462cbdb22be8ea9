"""How Chinese names are spelled where pinyin is not the custom: in Hong Kong and Macau, and in Taiwan.

Two spellings of one name seldom agree letter by letter (Lee and Li, Cheung and Cheong), so both sides are brought to
one key: that of a Chinese text (`keys_of_han`) and that of a text in Latin letters (`keys_of_latin`) meet in it.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import islice, product

from graph import scripts

_MOST = 4  # ways to read a name in Cantonese that are looked at

# Jyutping (LSHK 1993) to the letters of Hong Kong's customary spelling, before they are brought to the key.
_INITIALS = {"b": "p", "d": "t", "g": "k", "gw": "kw", "z": "ch", "c": "ch", "j": "y", "s": "s"}
_RHYMES = {
    "aa": "a", "aai": "ai", "aau": "au", "aam": "am", "aan": "an", "aang": "ang", "aap": "ap", "aat": "at", "aak": "ak",
    "am": "am", "ap": "ap", "oe": "eu", "oeng": "eung", "oek": "euk", "eoi": "ui", "eon": "un", "eot": "ut", "yu": "u",
    "yun": "un", "yut": "ut", "ou": "o", "ei": "i", "e": "e", "eng": "eng", "ek": "ek",
}  # fmt: skip
_JYUTPING = re.compile(r"(gw|kw|ng|[bpmfdtnlgkhwzcsj]?)(.*)")
_FOLDS = (
    (re.compile("eung|eong|oeng"), "eung"),
    (re.compile("sz[eu]?|ssu"), "si"),
    (re.compile("tsz[eu]?|tze|tzu"), "chi"),
    (re.compile("ts"), "ch"),
    (re.compile("sh"), "s"),
    (re.compile("gw"), "kw"),
    (re.compile("kwu"), "ku"),
    (re.compile("ck"), "k"),
    (re.compile("oo"), "u"),
    (re.compile("ee|ei|ey"), "i"),
    (re.compile("ow"), "au"),
    (re.compile("ou|or$"), "o"),
    (re.compile("uen|yun|oon"), "un"),
    (re.compile("y?uet"), "ut"),
    (re.compile("(?<=[aeo])h(?![aeiou])"), ""),
    (re.compile("yi(?!u)"), "i"),
    (re.compile("yu(?=[nt])"), "u"),
)
_WORDS = {"sun": "san", "j": "ch"}  # spelled so whatever its sound: 新 is Sun, seldom San

# Pinyin to Wade-Giles without its apostrophes, as in Taiwanese passports; initials and whole syllables that differ.
_WADE_INITIALS = {
    "zh": "ch",
    "j": "ch",
    "q": "ch",
    "x": "hs",
    "z": "ts",
    "c": "ts",
    "b": "p",
    "d": "t",
    "g": "k",
    "r": "j",
}
_WADE_WHOLE = {
    "zi": "tzu", "ci": "tzu", "si": "szu", "zhi": "chih", "chi": "chih", "shi": "shih", "ri": "jih", "er": "erh",
    "ge": "ko", "ke": "ko", "he": "ho", "e": "o", "yi": "yi", "you": "yu", "ye": "yeh", "yan": "yen", "yong": "yung",
    "gui": "kuei", "kui": "kuei", "guo": "kuo", "kuo": "kuo", "huo": "huo", "xu": "hsu", "ju": "chu", "qu": "chu",
}  # fmt: skip
_WADE_RHYMES = ((re.compile("ian$"), "ien"), (re.compile("(i|u)e$"), r"\1eh"), (re.compile("ong$"), "ung"))
_PINYIN = re.compile("(zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw]?)(.*)")


@lru_cache(maxsize=65536)
def keys_of_han(text: str) -> tuple[str, ...]:
    """The keys of a Chinese text (simplified): its Cantonese spellings, `c:…`, and its Wade-Giles one, `w:…`."""
    readings = [_cantonese().get(character) for character in text]
    keys = []
    if text and all(readings):
        spoken = islice(product(*(known for known in readings if known)), _MOST)
        keys = [f"c:{''.join(syllables)}" for syllables in spoken]
    syllables = scripts.syllables(text)
    if len(syllables) == len(text):
        keys.append(f"w:{''.join(map(_wade, syllables))}")
    return tuple(dict.fromkeys(keys))


@lru_cache(maxsize=65536)
def keys_of_latin(words: str) -> tuple[str, ...]:
    """The keys of words in lower-case Latin letters, parted by blanks."""
    parts = words.split()
    if not parts or not all(part.isalpha() for part in parts):
        return ()
    return f"c:{''.join(_folded(_WORDS.get(part, part)) for part in parts)}", f"w:{''.join(parts)}"


def is_syllable(word: str) -> bool:
    """Whether a word in lower-case Latin letters spells one Chinese character, in Hong Kong or in Taiwan."""
    return word in _wades() or (len(word) < 7 and _folded(word) in _cantonese_keys())


def is_surname(word: str, surnames: frozenset[str]) -> bool:
    """Whether a word spells one of these surnames (simplified characters)."""
    return bool(set(keys_of_latin(word)) & _keys(surnames))


@cache
def _keys(characters: frozenset[str]) -> frozenset[str]:
    return frozenset(key for character in characters for key in keys_of_han(character))


@cache
def _cantonese_keys() -> frozenset[str]:
    return frozenset(key for keys in _cantonese().values() for key in keys)


@cache
def _wades() -> frozenset[str]:
    return frozenset(_wade(syllable) for syllable in scripts.all_syllables())


def _folded(word: str) -> str:
    for pattern, replacement in _FOLDS:
        word = pattern.sub(replacement, word)
    return word


def _spelled(jyutping: str) -> str:
    found = _JYUTPING.fullmatch(jyutping)
    assert found is not None
    initial, rhyme = found.groups()
    if initial == "j" and rhyme.startswith("yu"):
        initial = "y" if rhyme == "yu" else ""
    return _folded(_INITIALS.get(initial, initial) + _RHYMES.get(rhyme, rhyme))


def _wade(syllable: str) -> str:
    if (whole := _WADE_WHOLE.get(syllable)) is not None:
        return whole
    found = _PINYIN.fullmatch(syllable)
    if found is None:
        return syllable
    initial, rhyme = found.groups()
    if rhyme == "uo" and initial not in ("g", "k", "h", "sh"):
        rhyme = "o"
    for pattern, replacement in _WADE_RHYMES:
        rhyme = pattern.sub(replacement, rhyme)
    return _WADE_INITIALS.get(initial, initial) + rhyme.replace("v", "u")


@cache
def _cantonese() -> dict[str, tuple[str, ...]]:
    table = scripts.spoken_table("cantonese.txt")
    return {character: tuple(dict.fromkeys(map(_spelled, spoken))) for character, spoken in table.items()}
