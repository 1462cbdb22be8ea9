"""What the GS1 keys share: Digital Links read into application identifiers, and the escapes of both spellings."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

LINK_ROOT = "https://id.gs1.org"

_LINK = re.compile("https?://[^/?#]+(/[^?#]*)", re.IGNORECASE | re.ASCII)
_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
_KEYS = {"00": "00", "01": "01", "sscc": "00", "gtin": "01"}
_QUALIFIERS = {"22": "22", "10": "10", "21": "21", "cpv": "22", "lot": "10", "ser": "21"}
_URN_ESCAPED = '"%&/<>?'


def link_parts(value: str) -> dict[str, str] | None:
    """Read a GS1 Digital Link of any domain into application identifiers, or nothing when it is none.

    Both the numbers (`/01/…/21/…`) and the names of the first edition (`/gtin/…/ser/…`) are read; values are unescaped.
    """
    link = _LINK.fullmatch(value.partition("?")[0].partition("#")[0])
    if link is None:
        return None
    steps = link[1].rstrip("/").split("/")[1:]
    for start, step in enumerate(steps):
        if step not in _KEYS or not _reads_as_digits(steps[start + 1 : start + 2]):
            continue
        names, values = steps[start::2], steps[start + 1 :: 2]
        if len(names) != len(values) or any(name not in _QUALIFIERS for name in names[1:]):
            continue
        found = {_KEYS[step]: values[0]}
        for name, raw in zip(names[1:], values[1:], strict=True):
            text = unescaped(raw)
            if text is None:
                return None
            found[_QUALIFIERS[name]] = text
        return found
    return None


def unescaped(text: str) -> str | None:
    """Undo percent escapes, or nothing when one is broken or a character is not ASCII."""
    if not text.isascii() or _ESCAPE.search(text) is not None:
        return None
    if "%" not in text:
        return text
    raw = unquote_to_bytes(text)
    return raw.decode("ascii") if raw.isascii() else None


def link_escaped(text: str) -> str:
    """Escape a value for the path of a Digital Link: all but letters, digits and `-._~`."""
    return quote(text, safe="")


def urn_escaped(text: str) -> str:
    """Escape a value for an EPC URN: only the characters that the EPC Tag Data Standard names."""
    return "".join(f"%{ord(character):02X}" if character in _URN_ESCAPED else character for character in text)


def _reads_as_digits(step: list[str]) -> bool:
    return bool(step) and step[0].isascii() and step[0].isdigit()
