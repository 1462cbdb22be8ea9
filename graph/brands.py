"""Brands of the loaded rights in titles and descriptions, also when disguised: xinl@io, 丰*星, N.I.K.E."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from graph.disguises import fold, is_same, lower, spellings, undisguised


class Sighting(NamedTuple):
    """A brand stands at start..end of a text; `disguised` when it is not written as it is registered."""

    name: str
    start: int
    end: int
    disguised: bool


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

    __slots__ = ("_names", "_spellings")

    def __init__(self, names: Iterable[str]) -> None:
        self._names: dict[str, list[str]] = {}
        for name in dict.fromkeys(names):
            brand = _written(name)
            if len(brand) > 1:
                self._names.setdefault(brand, []).append(name)
        # The first two characters -> what may follow -> the brands: most places in a text are passed by at once.
        self._spellings: dict[str, dict[str, list[str]]] = {}
        for brand in self._names:
            for spelling in dict.fromkeys(spelling.translate(_PLAIN) for spelling in spellings(brand)):
                self._spellings.setdefault(spelling[:2], {}).setdefault(spelling[2:], []).append(brand)
        for start, follow in self._spellings.items():
            self._spellings[start] = dict(sorted(follow.items(), key=lambda one: -len(one[0])))

    def find(self, text: str) -> list[Sighting]:
        """The brands in a text, the longest where they overlap; a disguise that fits several yields each."""
        lowered = lower(fold(text))
        plain = lowered.translate(_PLAIN)
        found: list[Sighting] = []
        end = 0
        for start in range(len(plain) - 1):
            follow = self._spellings.get(plain[start : start + 2])
            if follow is None or start < end:
                continue
            for rest, those in follow.items():  # the longest first
                stop = start + 2 + len(rest)
                brands = those if plain.startswith(rest, start + 2) else ()
                written = lowered[start:stop]
                if fits := [b for b in brands if is_same(written, b) and _stands_alone(lowered, start, stop)]:
                    meant = [written] if written in fits else fits
                    found += [
                        Sighting(name, start, stop, written != brand) for brand in meant for name in self._names[brand]
                    ]
                    end = stop
                    break
        return found


def _written(name: str) -> str:
    return " ".join(lower(fold(name)).split())


def _stands_alone(lowered: str, start: int, end: int) -> bool:
    # A brand in Latin letters is a word; one in Chinese is looked for within words, since none are marked.
    before, after = lowered[start - 1 : start], lowered[end : end + 1]
    return not ((_is_latin(lowered[start]) and _is_latin(before)) or (_is_latin(lowered[end - 1]) and _is_latin(after)))


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
