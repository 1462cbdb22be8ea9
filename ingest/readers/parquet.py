"""Parquet, batch by batch; values become the text that a CSV of the same table would hold."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import orjson
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from graph.errors import UnreadableFile
from ingest.readers.oldworkbook import number_text
from ingest.readers.source import Source, in_one_line
from ingest.readers.table import Row, Table

BATCH = 2048


def tables(source: Source) -> Iterator[Table]:
    """The one table of a Parquet file.

    Raises:
        UnreadableFile: The file is damaged, cut off, or encrypted.
    """
    try:
        with source.on_disk() as path, pq.ParquetFile(path) as file:
            columns = tuple(file.schema_arrow.names)
            total = file.metadata.num_rows
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise _broken(source, error) from error
    if len(set(columns)) != len(columns):
        raise UnreadableFile(f"{source.where}: two columns have one name; rename one and save it again")
    seen = Seen(source.size, total)
    yield Table(source.name, "parquet", None, columns, _rows(source, seen), source.size, seen.position)


class Seen:
    """How many rows have been read of how many, on the scale of the file's size."""

    __slots__ = ("_size", "_total", "rows")

    def __init__(self, size: int, total: int) -> None:
        self._size = size
        self._total = total
        self.rows = 0

    def position(self) -> int:
        return self._size * self.rows // self._total if self._total else self._size


def _rows(source: Source, seen: Seen) -> Iterator[Row]:
    try:
        # No read-ahead: it would hold a whole row group, and some writers make one of a file.
        with source.on_disk() as path, pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 16) as file:
            for batch in file.iter_batches(batch_size=BATCH, use_threads=False):
                for record in batch.to_pylist():
                    seen.rows += 1
                    values: dict[str, str] = {}
                    for name, value in record.items():
                        _lay(values, name, value)
                    yield Row(seen.rows, values, orjson.dumps(record, default=_plain, option=orjson.OPT_NON_STR_KEYS))
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise _broken(source, error) from error


def _broken(source: Source, error: Exception) -> UnreadableFile:
    return UnreadableFile(
        f"{source.where}: the Parquet file is damaged or cut off ({in_one_line(error)}); copy or export it again"
    )


def _lay(values: dict[str, str], name: str, value: Any) -> None:
    if isinstance(value, dict):
        for key, part in value.items():
            _lay(values, f"{name}.{key}", part)
    else:
        values[name] = text(value)


def text(value: Any) -> str:
    """A value as text: "" for null, dates as of ISO 8601, whole numbers without `.0`, lists as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return json.dumps(value, default=_plain, ensure_ascii=False)
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)
