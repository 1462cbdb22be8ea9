"""How sellers disguise a brand: styled and look-alike characters, a character masked, something put between."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from graph.scripts import simplified

NOISE = "*"
"""What any masking or parting character is read as."""

_LONGEST_MASKED = 8
_LOOKALIKES = {"@": "a", "0": "o", "1": "l", "!": "l", "|": "l", "i": "l", "$": "s", "5": "s", "3": "e"}
_NOISY = frozenset("*.·・•-_/\\~^+=丶●○■□★☆×※、,'`\"")


class _CharacterMap(dict[int, int]):
    """One character to one character, by `_fold`, computed when first met."""

    def __missing__(self, point: int) -> int:
        self[point] = folded = ord(_fold(chr(point)))
        return folded


def _fold(character: str) -> str:
    if "\ud800" <= character <= "\udfff":  # an undecodable byte kept by the reader
        return "\ufffd"
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    if character in _TWINS:
        return _TWINS[character]
    normal = unicodedata.normalize("NFKC", character)
    return normal if len(normal) == 1 else character


_TWINS = {
    "➕": "+",
    "✚": "+",
    "﹢": "+",
    "‐": "-",
    "‑": "-",
    "‒": "-",
    "–": "-",
    "—": "-",
    "―": "-",
    "−": "-",
    "〜": "~",
}
_FOLDING = _CharacterMap()


def fold(text: str) -> str:
    """The text with full-width, circled and other styled characters made plain, character by character.

    A character whose plain form is longer than one (㎏, ⑩) stays as it is, so that offsets stay those of the text.
    """
    return text if text.isascii() else text.translate(_FOLDING)


def lower(folded: str) -> str:
    """A folded text in lower case; a character whose lower case is longer than one stays as it is."""
    lowered = folded.lower()
    if len(lowered) == len(folded):
        return lowered
    return "".join(small if len(small := c.lower()) == 1 else c for c in folded)


@lru_cache(maxsize=65536)
def undisguised(character: str) -> str:
    """What a character of a folded text stands for: `@` for a, traditional for simplified, any mask for `*`."""
    small = character.lower()
    if small in _NOISY:
        return NOISE
    if small.isascii():
        return _LOOKALIKES.get(small, small)
    return simplified(small)


def spellings(brand: str) -> Iterator[str]:
    """The ways a folded, lower-case brand may be written, itself first; `*` stands for any noise."""
    yield brand
    if " " in brand:
        yield brand.replace(" ", "")
        yield brand.replace(" ", NOISE)
        return
    size = len(brand)
    latin = brand.isascii()
    if size < (4 if latin else 2) or any(undisguised(c) == NOISE for c in brand):
        return
    for gap in range(1, size):
        yield brand[:gap] + NOISE + brand[gap:]
        if not latin:
            yield brand[:gap] + " " + brand[gap:]
    if size > 2:
        yield NOISE.join(brand)
        yield " ".join(brand)
        yield from _masked(brand, 4 if latin else 2)


def _masked(brand: str, least: int) -> Iterator[str]:
    """Some characters hidden, of any brand its first and last kept, and at least so many in all.

    One mask hides one character or several (丰*星, 宏*狮 for 宏飞业狮), or each has its own (宏**狮).
    """
    size = min(len(brand), _LONGEST_MASKED)
    for start in range(1, size - 1):
        for end in range(start + 1, size):
            hidden = end - start
            if size - hidden < max(least, size // 2):
                continue
            yield brand[:start] + NOISE + brand[end:]
            if hidden > 1:
                yield brand[:start] + NOISE * hidden + brand[end:]


def is_same(written: str, brand: str) -> bool:
    """Whether what stands in a text is the brand, and no chance likeness, when it is not spelled as the brand is.

    Both are folded and in lower case. Most Latin letters must be themselves: `111` is no disguise of `ill`.
    """
    if written == brand or not brand.isascii():
        return True
    letters = sum(c.isalpha() for c in brand)
    kept = sum(c.isalpha() for c in written)
    return letters >= 4 and kept * 2 > letters
