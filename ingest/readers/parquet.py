"""Parquet, batch by batch; values become the text that a CSV of the same table would hold."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

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
            names = file.schema_arrow.names
            columns = tuple(dict.fromkeys(name for field in file.schema_arrow for name in _names(field)))
            total = file.metadata.num_rows
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise _broken(source, error) from error
    if len(set(names)) != len(names):
        raise UnreadableFile(f"{source.where}: two columns have one name; rename one and save it again")
    seen = Seen(source.size, total)
    yield Table(source.name, "parquet", None, columns, _rows(source, columns, seen), source.size, seen.position)


def _names(field: pa.Field, prefix: str = "") -> list[str]:
    """What a field is called when it is laid flat."""
    name = prefix + field.name
    if not pa.types.is_struct(field.type):
        return [name]
    return [inner for part in field.type for inner in _names(part, f"{name}.")]


class Seen:
    """How many rows have been read of how many, on the scale of the file's size."""

    __slots__ = ("_size", "_total", "rows")

    def __init__(self, size: int, total: int) -> None:
        self._size = size
        self._total = total
        self.rows = 0

    def position(self) -> int:
        return self._size * self.rows // self._total if self._total else self._size


class Unread(NamedTuple):
    """A value that has no form in Python: why, and how Arrow prints it."""

    why: str
    printed: str


def _rows(source: Source, columns: tuple[str, ...], seen: Seen) -> Iterator[Row]:
    empty = dict.fromkeys(columns, "")
    try:
        # No read-ahead: it would hold a whole row group, and some writers make one of a file.
        with source.on_disk() as path, pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 16) as file:
            for batch in file.iter_batches(batch_size=BATCH, use_threads=False):
                for cells in zip(*map(_values, batch.columns), strict=True):
                    seen.rows += 1
                    record = dict(zip(batch.schema.names, cells, strict=True))
                    yield _row(seen.rows, record, empty)
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise _broken(source, error) from error


def _broken(source: Source, error: Exception) -> UnreadableFile:
    return UnreadableFile(
        f"{source.where}: the Parquet file is damaged or cut off ({in_one_line(error)}); copy or export it again"
    )


def _values(column: pa.Array) -> list[Any]:
    """A column's values; 0.1 in 32 bits is 0.1, not 0.10000000149011612."""
    if pa.types.is_floating(column.type) and column.type.bit_width < 64:
        return [None if text is None else float(text) for text in column.cast(pa.string()).to_pylist()]
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError, LookupError):
        return [_value(column.slice(place, 1)) for place in range(len(column))]


def _value(cell: pa.Array) -> Any:
    """The value of an array of one; billionths of a second, for which Python has no type, stay as text."""
    try:
        return cell[0].as_py()
    except (ValueError, OverflowError, LookupError) as error:
        if isinstance(error, ValueError) and pa.types.is_temporal(cell.type):
            with suppress(pa.ArrowException):
                return cell.cast(pa.string())[0].as_py().replace(" ", "T", 1)
        return Unread(in_one_line(error)[:200], in_one_line(cell.to_string()))


def _row(number: int, record: dict[str, Any], empty: dict[str, str]) -> Row:
    values: dict[str, str] = {}
    problem = column = None
    for name, value in record.items():
        for key, part in _laid(name, value) if isinstance(value, dict) else ((name, value),):
            if part is None and key not in empty:
                continue  # a struct that is null as a whole
            if isinstance(part, Unread):
                problem, column = f"The value cannot be read ({part.why}).", key
                part = record[name] = part.printed
            elif key in values:
                problem, column = f"Two values are given for {key!r}.", key
            values[key] = said = part if isinstance(part, str) else text(part)
            if "\0" in said:
                problem, column = "The row holds a NUL character.", key
    raw = orjson.dumps(record, default=_plain, option=orjson.OPT_NON_STR_KEYS)
    return Row(number, empty | values, raw, problem, column)


def _laid(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _laid(f"{name}.{key}", part)
    else:
        yield name, value


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
