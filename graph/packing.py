"""How stores keep what a record states, dates and links: as JSON and as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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


def prepared(record: Record, check: changes.Check) -> Record:
    """A record ready to be merged: checked, naming each thing once, with its body.

    A store prepares what is not; the loader does it where it can, in the process beside the one that writes.

    Raises:
        HeadwaterError: It cannot be kept; see `graph.changes.Check`.
    """
    if record.body:
        return record
    return replace(changes.once(record), body=checked_body(record, check))


def checked_body(record: Record, check: changes.Check) -> bytes:
    """The body of a record, which is checked first.

    Raises:
        HeadwaterError: It cannot be kept; see `graph.changes.Check`.
    """
    check(record)
    return body(changes.once(record))


def body(record: Record, raw: bool = True) -> bytes:
    """A record's raw row, unless it is kept elsewhere, and what it states, as JSON."""
    links = [
        (k.kind, k.source, k.target, k.start, k.end, k.values or None, inference(k.inference)) for k in record.links
    ]
    mentions = [(m.node, m.field, m.values) for m in record.mentions]
    return dumped((record.raw if raw else None, mentions, links), record.id)


def raw_of(body: bytes) -> dict[str, str]:
    """The raw row in a body."""
    raw: dict[str, str] = orjson.loads(body)[0]
    return raw


def dumped(content: Any, what: str) -> bytes:
    """JSON of what is to be kept.

    Raises:
        HeadwaterError: It holds a half of a surrogate pair, or what is no text, number or flag.
    """
    try:
        return orjson.dumps(content)
    except TypeError as error:
        raise HeadwaterError(f"{what}: holds what cannot be kept: {error}") from error


def said_of(body: bytes, node: str) -> dict[str, dict[str, Scalar]]:
    """The values that a body states of a node, by field."""
    return {field: stated for mentioned, field, stated in orjson.loads(body)[1] if mentioned == node}


def said(source: str, key: str, body: bytes) -> Record:
    """What a record states, without where it came from."""
    return record((source, key, "", 0, "", "", body))


def record(row: Any, raw: Mapping[str, str] | None = None, is_prepared: bool = False) -> Record:
    """A record from its row of `RECORD_COLUMNS`, and from its raw row when that is kept elsewhere.

    Args:
        row: The columns.
        raw: The raw row, for a body without it.
        is_prepared: Keep the body: the record is to be merged, and the body is that of `prepared`.
    """
    packed_raw, mentioned, links = orjson.loads(row[6])
    new = tuple.__new__
    return Record(
        source=row[0],
        key=row[1],
        file=row[2],
        row=row[3],
        digest=row[4],
        raw=packed_raw if raw is None else raw,
        mentions=tuple([new(Mention, mention) for mention in mentioned]),
        links=tuple(
            [
                new(StatedLink, (kind, source, target, start, end, stated or {}, inferred(why) if why else None))
                for kind, source, target, start, end, stated, why in links
            ]
        ),
        received=row[5],
        body=row[6] if is_prepared else b"",
    )


def stated(values: Mapping[str, Scalar], why: Inference | None) -> bytes:
    """What a record states of a link beside its ends and dates, packed."""
    return orjson.dumps((values, inference(why)))


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
