"""How the embedded store keeps records, dates and links in the columns of its tables."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from graph import changes
from graph.errors import HeadwaterError, InvalidValue
from graph.model import Inference, Link, Mention, Record, Scalar, StatedLink

RECORD_COLUMNS = "source, key, file, row, digest, received, body"
NEVER = 4_000_000
"""A day past the last that a date can name."""


@lru_cache(maxsize=65536)
def day(text: str | None) -> int:
    """A day as a number, so that it takes three bytes; 0 when there is none.

    Raises:
        InvalidValue: It is no day of the calendar.
    """
    try:
        return datetime.fromisoformat(text[:10]).toordinal() if text else 0
    except ValueError:
        raise InvalidValue("date", str(text), "format", "is no day written as 2025-08-16") from None


@lru_cache(maxsize=65536)
def date(number: int) -> str | None:
    """The inverse of `day`."""
    return datetime.fromordinal(number).date().isoformat() if number else None


def values(counts: bytes | None) -> dict[str, tuple[Scalar, ...]]:
    """A node's values from the counts kept of them."""
    return changes.ranked(changes.unpacked(orjson.loads(counts))) if counts else {}


def body(record: Record, raw: bool = True) -> bytes:
    """A record's raw row, unless it is kept elsewhere, and what it states, packed."""
    links = [
        (k.kind, k.source, k.target, k.start, k.end, k.values or None, inference(k.inference)) for k in record.links
    ]
    mentions = [(m.node, m.field, m.values) for m in record.mentions]
    return zlib.compress(dumped((record.raw if raw else None, mentions, links), record.id), 1)


def dumped(content: Any, what: str) -> bytes:
    """JSON of what is to be kept.

    Raises:
        HeadwaterError: It holds a half of a surrogate pair, or what is no text, number or flag.
    """
    try:
        return orjson.dumps(content)
    except TypeError as error:
        raise HeadwaterError(f"{what}: holds what cannot be kept: {error}") from error


def said_of(packed: bytes, node: str, field: str) -> dict[str, Scalar]:
    """The values that a packed body states of a node in a field."""
    found: dict[str, Scalar] = {}
    for mentioned, place, stated in orjson.loads(zlib.decompress(packed))[1]:
        if mentioned == node and place == field:
            found = {**stated, **found}
    return found


def said(source: str, key: str, packed: bytes) -> Record:
    """What a record states, without where it came from."""
    return record((source, key, "", 0, "", "", packed))


def record(row: Any, raw: Mapping[str, str] | None = None) -> Record:
    """A record from its row of `RECORD_COLUMNS`, and from its raw row when that is kept elsewhere."""
    packed_raw, mentioned, links = orjson.loads(zlib.decompress(row[6]))
    return Record(
        source=row[0],
        key=row[1],
        file=row[2],
        row=row[3],
        digest=row[4],
        raw=packed_raw if raw is None else raw,
        mentions=tuple(Mention(*m) for m in mentioned),
        links=tuple(
            StatedLink(kind, source, target, start, end, stated or {}, inferred(why))
            for kind, source, target, start, end, stated, why in links
        ),
        received=row[5],
    )


def stated(link: StatedLink) -> bytes | None:
    """What a record states of a link beside its ends and dates, packed; None for nothing."""
    return orjson.dumps((link.values, inference(link.inference))) if link.values or link.inference else None


def link(kind: str, source: str, target: str, rows: list[tuple[str, int, int, bytes | None]]) -> Link:
    """A link from the rows of (record, start, end, stated) that state it."""
    parts = []
    for name, start, end, packed in rows:
        found, why = orjson.loads(packed) if packed else ({}, None)
        parts.append((name, date(start), date(end), found, inferred(why)))
    return changes.joined(kind, source, target, parts)


def inference(of: Inference | None) -> tuple[str, float, tuple[str, ...]] | None:
    """Why a link is believed, as it is kept."""
    return (of.rule, of.probability, of.reasons) if of else None


def inferred(kept: Any) -> Inference | None:
    """The inverse of `inference`."""
    return Inference(kept[0], kept[1], tuple(kept[2])) if kept else None
