"""Text on a terminal or in a pipe: widths of Chinese characters, wrapped lines, aligned columns, nothing that controls.

What is shown came from feeds that strangers wrote: control characters in it would move the cursor, colour the screen or
turn the reading direction, so none is ever written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_WORD = re.compile(r"\s+|[^\s\u1100-\uffff\U00010000-\U0010ffff]+|[\u1100-\uffff\U00010000-\U0010ffff]")
_CLOSING = frozenset("，。、；：！？”’）》】〕」』…·")
_NARROWEST = 12
"""Cells that a column keeps however narrow the terminal is."""


def plain(text: object) -> str:
    """Text on one line, each control character as a blank or as its escape."""
    shown = str(text)
    return _CONTROL.sub(_escaped, shown) if _CONTROL.search(shown) else shown


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character in "\t\n\r\u2028\u2029":
        return " "
    return f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"


def counted(number: int, noun: str) -> str:
    """A number of things in English: `1 row`, `2,000 rows`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def cells(text: str) -> int:
    """How many cells of a terminal a text takes: two for a wide character, none for a combining one."""
    if text.isascii():
        return len(text)
    return sum(_cells(c) for c in text)


def _cells(character: str) -> int:
    if character < "\u0300":
        return 1
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shortened(text: str, width: int) -> str:
    """The text in at most so many cells; what is cut off is told by `…`."""
    if cells(text) <= width:
        return text
    kept, used = [], 1
    for character in text:
        used += _cells(character)
        if used > width:
            break
        kept.append(character)
    return "".join(kept) + "…"


def wrapped(text: str, width: int | None, first: str = "", later: str | None = None) -> list[str]:
    """The text in lines of at most so many cells, broken at blanks or between Chinese characters.

    Args:
        text: One paragraph.
        width: Cells in a line; None leaves the text on one line, as in a pipe.
        first: What the first line begins with.
        later: What every other line begins with; as `first` when left out.
    """
    later = first if later is None else later
    if width is None or cells(first) + cells(text) <= width:
        return [first + text]
    lines: list[str] = []
    line, start = first, first
    for word in _WORD.findall(text):
        if cells(line) + cells(word.rstrip()) > width and line != start and word not in _CLOSING:
            lines.append(line.rstrip())
            line = start = later
        if line == start and not word.strip():
            continue
        line += word
    return [*lines, line.rstrip()]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: numbers are set to the right, one that `gives_way` is shortened where there is no room."""

    title: str
    right: bool = False
    gives_way: bool = False


def table(columns: Sequence[Column], rows: Iterable[Sequence[object]], width: int | None) -> list[str]:
    """Rows under their titles, aligned, two blanks between columns; within a width, or as wide as needed when None."""
    lines = [[c.title for c in columns], *([plain(cell) for cell in row] for row in rows)]
    widths = [max(cells(line[i]) for line in lines) for i in range(len(columns))]
    if width is not None:
        while sum(widths) + 2 * (len(widths) - 1) > width:
            elastic = [i for i, c in enumerate(columns) if c.gives_way and widths[i] > _NARROWEST]
            if not elastic:
                break
            widths[max(elastic, key=lambda i: widths[i])] -= 1
    out = []
    for line in lines:
        parts = []
        for column, text, room in zip(columns, line, widths, strict=True):
            shown = shortened(text, room)
            pad = " " * (room - cells(shown))
            parts.append(pad + shown if column.right else shown + pad)
        out.append("  ".join(parts).rstrip())
    return out
