"""Values read by the ontology's types: text as it came, cleaned, checked, in one form.

Dates and times become ISO 8601 (`2025-08-16`, `2025-08-16T18:00:00+08:00`), numbers are numbers. What cannot be read
with certainty is refused, never guessed.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache

from graph.errors import InvalidValue
from graph.model import Scalar
from graph.ontology import ValueType

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ISO_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:\d{2})?", re.ASCII)
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", re.ASCII)
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_CLOCK = re.compile(r"[T\s]*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_SPOKEN_CLOCK = re.compile(r"\s*(\d{1,2})[时点](?:(\d{1,2})分(?:(\d{1,2})秒)?)?(?P<zone>)", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_INTEGER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.0+)?", re.ASCII)
_MOST_DIGITS = 18  # of a whole number that stores and JSON keep exactly
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#]+[^\s]*", re.ASCII | re.IGNORECASE)
_FLAGS = {"true": True, "yes": True, "y": True, "1": True, "是": True, "有": True}
_FLAGS |= {"false": False, "no": False, "n": False, "0": False, "否": False, "无": False}


def clean(kind: ValueType, text: str) -> Scalar:
    """The value that a non-empty text states of a property of this type.

    Raises:
        InvalidValue: It is none, or an impossible one (`2025-13-45`).
    """
    return _CLEANERS[kind](text)


def folded(text: str) -> str:
    """Text without outer blanks, its full-width letters and digits made plain."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFKC", text).strip()


@lru_cache(maxsize=65536)
def day(text: str) -> str:
    """A date as `2025-08-16`, from ISO, `2025/8/16`, `2025年8月16日` or `20250816`; a time of day after it is left out.

    The time of day keeps its own zone: the date is that of the place that wrote it.
    """
    return moment(text)[:10]


@lru_cache(maxsize=65536)
def moment(text: str) -> str:
    """A date with its time of day, where one is stated, in ISO 8601."""
    plain = folded(text)
    try:
        if _ISO_DAY.fullmatch(plain):
            date.fromisoformat(plain)
            return plain
        if _ISO_TIME.fullmatch(plain):
            datetime.fromisoformat(plain)
            return plain
        match = _DAY.match(plain) or _COMPACT_DAY.match(plain)
        if match is None:
            raise InvalidValue("date", text, "type", "is no date; write it as 2025-08-16")
        found = date(int(match[1]), int(match[2]), int(match[3])).isoformat()
        rest = plain[match.end() :]
        if not rest:
            return found
        clock = _CLOCK.fullmatch(rest) or _SPOKEN_CLOCK.fullmatch(rest)
        if clock is None:
            raise InvalidValue("date", text, "type", "is no date; write it as 2025-08-16T18:00:00+08:00")
        zone = clock["zone"] or ""
        if zone and zone != "Z" and ":" not in zone:
            zone = f"{zone[:3]}:{zone[3:]}"
        whole = f"{found}T{int(clock[1]):02}:{int(clock[2] or 0):02}:{int(clock[3] or 0):02}{zone}"
        datetime.fromisoformat(whole)
        return whole
    except InvalidValue:
        raise
    except ValueError as error:
        raise InvalidValue("date", text, "type", f"is an impossible date ({error})") from None


def _text(text: str) -> Scalar:
    return text.strip()


@lru_cache(maxsize=65536)
def _number(text: str) -> Scalar:
    plain = folded(text)
    if not _NUMBER.fullmatch(plain):
        raise InvalidValue("number", text, "type", "is no number; write it as 1234.5")
    number = float(plain.replace(",", ""))
    if not math.isfinite(number):
        raise InvalidValue("number", text, "type", "is too large to be kept")
    return number


@lru_cache(maxsize=65536)
def _integer(text: str) -> Scalar:
    plain = folded(text)
    if not _INTEGER.fullmatch(plain):
        raise InvalidValue("whole number", text, "type", "is no whole number; write it as 1234")
    digits = plain.split(".")[0].replace(",", "")
    if len(digits.lstrip("+-0")) > _MOST_DIGITS:
        raise InvalidValue("whole number", text, "type", f"is too large to be kept; {_MOST_DIGITS} digits are")
    return int(digits)


def _flag(text: str) -> Scalar:
    value = _FLAGS.get(folded(text).lower())
    if value is None:
        raise InvalidValue("flag", text, "type", "is neither yes nor no")
    return value


def _url(text: str) -> Scalar:
    plain = text.strip()
    if not _URL.fullmatch(plain):
        raise InvalidValue("web address", text, "type", "is no web address; write it as https://host/path")
    return plain


_CLEANERS: dict[ValueType, Callable[[str], Scalar]] = {
    "text": _text,
    "date": day,
    "time": moment,
    "number": _number,
    "integer": _integer,
    "flag": _flag,
    "url": _url,
}
