"""JSON values read strictly and laid flat as text by column.

Numbers keep the digits they came with (1.10 stays 1.10). NaN, a key that stands twice in one object and half a
surrogate pair are JSON to Python and certain to nobody: they make the row a problem.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable
from typing import Any

TWICE = "\0twice"
"""The key under which an object tells that one of its keys stands twice; no JSON text of ours holds it."""
SURROGATE = re.compile("[\ud800-\udfff]")


Laid = tuple[dict[str, str], str | None, str | None]
"""Text by column, then a problem and the column at fault."""


class Real(float):
    """A number with a fraction or an exponent that remembers its digits."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Real:
        number = super().__new__(cls, text)
        number.text = text
        return number


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        value[TWICE] = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return value


# Not strict: a line break or a tab within a string is against the standard, but what it says is certain.
DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=Real, parse_constant=float, strict=False)


def as_text(value: Any) -> str:
    """A value as text: "" for null, strings as they are, all else as JSON.

    Raises:
        ValueError: It is or holds NaN or an infinite number, or is nested too deeply.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, Real):
        return value.text
    if type(value) is int:
        return str(value)
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise ValueError("NaN or Infinity is no JSON") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def flat(value: dict[str, Any]) -> Laid:
    """Text by column, with nested objects' keys joined by dots and lists as JSON; then a problem and its column."""
    values: dict[str, str] = {}
    problem: tuple[str, str] | None = None
    waiting: deque[tuple[str, Any]] = deque([("", value)])
    while waiting:
        prefix, inner = waiting.popleft()
        for key, part in inner.items():
            name = f"{prefix}{key}"
            if key == TWICE:
                problem = (f"The key {part!r} stands twice in one object.", f"{prefix}{part}")
            elif isinstance(part, dict):
                waiting.append((f"{name}.", part))
            elif name in values:
                problem = (f"Two values are given for {name!r}.", name)
            else:
                try:
                    values[name] = as_text(part)
                except ValueError as error:
                    values[name] = ""
                    problem = (f"The value of {name!r} cannot be read ({error}).", name)
                if isinstance(part, list) and "\\u0000twice" in values[name]:
                    problem = (f"A key stands twice in an object of {name!r}.", name)
    return values, *(problem or (None, None))


def clean(text: str) -> str:
    """The text with what is none (half a pair of surrogates, an undecodable byte) made visible as U+FFFD."""
    return text if text.isascii() else SURROGATE.sub("\ufffd", text)


def checked(laid: Laid) -> Laid:
    """A laid out object whose names and values are all text, else with the problem told."""
    values, problem, column = laid
    if any(clean(name) != name for name in values):
        values = {clean(name): text for name, text in values.items()}
        problem = problem or "A name in the row holds bytes or escapes that are no text."
    for name, text in values.items():
        if not text.isascii() and SURROGATE.search(text):
            values[name] = clean(text)
            problem, column = problem or "The row holds bytes or escapes that are no text.", column or name
        elif "\0" in text:
            problem, column = problem or "The row holds a NUL character.", column or name
    return values, problem, clean(column) if column else None


def union(columns: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Every name once, in the order of its first coming."""
    return tuple(dict.fromkeys(name for names in columns for name in names))
