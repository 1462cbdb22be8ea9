"""How the embedded store keeps records, dates and links in the columns of its tables."""

from __future__ import annotations

import zlib
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from graph import changes
from graph.model import Inference, Link, Mention, Record, Scalar, StatedLink

RECORD_COLUMNS = "source, key, file, row, digest, received, body"
NEVER = 4_000_000
"""A day past the last that a date can name."""


@lru_cache(maxsize=65536)
def day(text: str | None) -> int:
    """A day as a number, so that it takes three bytes; 0 when there is none."""
    return datetime.fromisoformat(text[:10]).toordinal() if text else 0


@lru_cache(maxsize=65536)
def date(number: int) -> str | None:
    """The inverse of `day`."""
    return datetime.fromordinal(number).date().isoformat() if number else None


def values(counts: bytes | None) -> dict[str, tuple[Scalar, ...]]:
    """A node's values from the counts kept of them."""
    return changes.ranked(changes.unpacked(orjson.loads(counts))) if counts else {}


def body(record: Record) -> bytes:
    """A record's raw row and what it states, packed."""
    links = [
        (k.kind, k.source, k.target, k.start, k.end, k.values or None, _inference(k.inference)) for k in record.links
    ]
    mentions = [(m.node, m.field, m.values) for m in record.mentions]
    return zlib.compress(orjson.dumps((record.raw, mentions, links)), 1)


def mentions(packed: bytes) -> list[tuple[str, str, dict[str, Scalar]]]:
    """The mentions in a packed body: node, field and values."""
    return list(orjson.loads(zlib.decompress(packed))[1])


def said(source: str, key: str, packed: bytes) -> Record:
    """What a record states, without where it came from."""
    return record((source, key, "", 0, "", "", packed))


def record(row: Any) -> Record:
    """A record from its row of `RECORD_COLUMNS`."""
    source, key, file, number, digest, received, packed = row
    raw, mentioned, links = orjson.loads(zlib.decompress(packed))
    return Record(
        source=source,
        key=key,
        file=file,
        row=number,
        digest=digest,
        raw=raw,
        mentions=tuple(Mention(*m) for m in mentioned),
        links=tuple(StatedLink(*k[:5], k[5] or {}, _inferred(k[6])) for k in links),
        received=received,
    )


def stated(link: StatedLink) -> bytes | None:
    """What a record states of a link beside its ends and dates, packed; None for nothing."""
    return orjson.dumps((link.values, _inference(link.inference))) if link.values or link.inference else None


def link(kind: str, source: str, target: str, rows: list[tuple[str, int, int, bytes | None]]) -> Link:
    """A link from the rows of (record, start, end, stated) that state it."""
    parts = []
    for name, start, end, packed in rows:
        found, inference = orjson.loads(packed) if packed else ({}, None)
        parts.append((name, date(start), date(end), found, _inferred(inference)))
    return changes.joined(kind, source, target, parts)


def _inference(inference: Inference | None) -> tuple[str, float, tuple[str, ...]] | None:
    return (inference.rule, inference.probability, inference.reasons) if inference else None


def _inferred(kept: Any) -> Inference | None:
    return Inference(kept[0], kept[1], tuple(kept[2])) if kept else None
