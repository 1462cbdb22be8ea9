"""How characters of identifiers are folded before any rule is applied.

Only what is the same character in another width or case is folded: full-width `９１ＡＢ` to `91AB`, `a` to `A`. The
digits of other scripts (`٣`, `²`, `①`) stay what they are, so that the rules refuse them; so do letters that
`str.upper` would turn into ASCII ones (`ß` to `SS`, `ı` to `I`).
"""

from __future__ import annotations

from collections.abc import Mapping

Folding = Mapping[int, str | None]

SPACES = (
    "\t\n\v\f\r \x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""Every space that Unicode knows."""

INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Zero-width marks and direction marks, which come along when a number is copied from a telephone or a page."""

DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
"""The hyphen and what typists and spreadsheets put in its place."""


def folding(*, drop: str = "", keep_case: bool = False, replace: Mapping[str, str] | None = None) -> Folding:
    """Build a table for `str.translate`: full width to ASCII, ASCII letters to upper case, marks without width dropped.

    Args:
        drop: Characters to leave out; their full-width forms go too.
        keep_case: Leave letters in the case they have.
        replace: Further characters and what stands for each.
    """
    table: dict[int, str | None] = {0xFF01 + offset: chr(0x21 + offset) for offset in range(94)}
    if not keep_case:
        table |= {ord(letter): letter.upper() for letter in "abcdefghijklmnopqrstuvwxyz"}
        table |= {0xFF41 + offset: chr(ord("A") + offset) for offset in range(26)}
    table |= {ord(character): other for character, other in (replace or {}).items()}
    dropped = set(drop + INVISIBLE)
    table |= {source: None for source, target in table.items() if target in dropped}
    return table | {ord(character): None for character in dropped}
