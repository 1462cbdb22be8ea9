"""Addresses in Latin letters: romanised Chinese ones, and those of other countries as far as simple rules reach."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parts:
    """What was read of an address; `words` is the whole text in lower-case words."""

    country: str
    codes: tuple[str, ...]
    city: str
    town: str
    road: str
    number: str
    building: str
    floor: str
    room: str
    rest: str
    words: str


def parse(text: str) -> Parts:
    from graph import scripts
    return Parts("", (), "", "", "", "", "", "", "", "", scripts.latin(text))
