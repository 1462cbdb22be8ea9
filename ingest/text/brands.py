"""Brands of the loaded rights in titles and descriptions, also when disguised: xinl@io, 丰*星, N.I.K.E."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ingest.text.disguises import is_same, spellings, undisguised
from ingest.text.spans import Finding, fold, lower

if TYPE_CHECKING:
    from ingest.text.phrases import Phrases


class _Undisguising(dict[int, str]):
    def __missing__(self, point: int) -> str:
        # One character must stay one; OpenCC has none that would not, yet its tables are not ours.
        plain = undisguised(chr(point))
        self[point] = plain = plain if len(plain) == 1 else chr(point)
        return plain


_PLAIN = _Undisguising()


class Brands:
    """A brand list, built once.

    Args:
        names: As the rights state them, in any script; those of a single character are left out.
    """

    __slots__ = ("_beginnings", "_names", "_phrases")

    def __init__(self, names: Iterable[str]) -> None:
        self._names: dict[str, list[str]] = {}
        for name in dict.fromkeys(names):
            plain = " ".join(lower(fold(name)).split())
            if len(plain) > 1:
                self._names.setdefault(plain, []).append(name)
        self._beginnings = frozenset(
            spelling.translate(_PLAIN)[:2] for plain in self._names for spelling in spellings(plain)
        )
        self._phrases: Phrases | None = None

    def may_occur(self, lowered: str) -> bool:
        """Whether the folded, lower-case text could name one; a cheap look before the phrases are matched."""
        beginnings = self._beginnings
        if not beginnings:
            return False
        plain = lowered.translate(_PLAIN)
        return any(first + second in beginnings for first, second in zip(plain, plain[1:], strict=False))

    def find(self, text: str, folded: str, lowered: str) -> Iterator[Finding]:
        """Yield the brands, the longest where they overlap; a disguise that fits several yields each."""
        from ingest.text.phrases import Phrases, characters

        if self._phrases is None:
            self._phrases = Phrases({plain: spellings(plain) for plain in self._names}, attribute="NORM")
        kept: list[tuple[int, int, list[str]]] = []
        found: dict[tuple[int, int], list[str]] = {}
        for hit in self._phrases.hits(characters().make_doc(folded)):
            written = lowered[hit.start : hit.end]
            if _stands_alone(lowered, hit.start, hit.end) and is_same(written, hit.label):
                found.setdefault((hit.start, hit.end), []).append(hit.label)
        for (start, end), plains in sorted(found.items(), key=lambda item: (item[0][0], -item[0][1])):
            if kept and end <= kept[-1][1]:
                continue
            written = lowered[start:end]
            kept.append((start, end, [written] if written in plains else plains))
        for start, end, plains in kept:
            for plain in plains:
                for name in self._names[plain]:
                    yield Finding("brand", name, text[start:end], start, end)


def _stands_alone(lowered: str, start: int, end: int) -> bool:
    # A brand in Latin letters is a word; one in Chinese is looked for within words, since none are marked.
    before, after = lowered[start - 1 : start], lowered[end : end + 1]
    return not ((_is_latin(lowered[start]) and _is_latin(before)) or (_is_latin(lowered[end - 1]) and _is_latin(after)))


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
