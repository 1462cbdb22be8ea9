"""Tables and rows as the readers hand them to the loader: text as it came, with the raw row beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

MIB = 1 << 20
LONGEST_ROW = 8 * MIB
"""Bytes of the longest row (a line, a JSON element) that is read; a longer one is set aside, cut to this length."""
SAMPLE_ROWS = 1000
"""Rows looked at to learn the columns of a format that does not state them."""


class Row(NamedTuple):
    """One row of a table (a named tuple, since a frozen dataclass takes three times as long to make).

    Attributes:
        number: Where a person finds it, from 1: the physical line where it starts (delimited text, JSON Lines), the
            sheet's row (spreadsheets), the place in the list (JSON, EPCIS events, Parquet).
        values: Text by column, "" for an empty cell.
        raw: The row as it came: for delimited text and JSON Lines its very bytes without the line end, for JSON the
            element's bytes, for spreadsheets and Parquet a JSON object in UTF-8.
        problem: Why the row cannot be read with certainty, one sentence; such a row is to be set aside.
        problem_column: The column at fault, where there is one.
    """

    number: int
    values: dict[str, str]
    raw: bytes
    problem: str | None = None
    problem_column: str | None = None


@dataclass(slots=True)
class Table:
    """One table of a file: a CSV, a sheet, a list within a JSON document, a member of a zip.

    Attributes:
        name: `companies.csv`, `book.xlsx#Sheet1`, `feeds.zip!companies.csv`.
        format: `csv`, `xlsx`, `xls`, `ods`, `parquet`, `jsonl`, `json` or `epcis`.
        encoding: The codec's name for text (`utf-8`, `utf-8-sig`, `gb18030`, `utf-16-le`, `utf-16-be`), else None.
        columns: The names in their order. An unnamed column is `column 5` (its place), a repeated name `phone (2)`.
            JSON states no columns: these are the ones of the first rows, and a later row may have more.
        rows: The rows, once; the file stays open until they are exhausted or closed.
        size: Bytes to be read, the measure of `position`.
        position: Bytes read so far.
        preamble: What stands outside the rows and is not read as one: title lines above a header, the fields of a
            JSON document beside its list.
    """

    name: str
    format: str
    encoding: str | None
    columns: tuple[str, ...]
    rows: Iterator[Row]
    size: int
    position: Callable[[], int]
    preamble: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may unpack to, against archives made to fill a disk or to run for ever.

    Attributes:
        ratio: Unpacked bytes for each packed byte, held once `free` bytes are unpacked. Deflate ends at 1,032.
        total: Unpacked bytes of one archive in all.
        free: Unpacked bytes that are never judged by their ratio.
    """

    ratio: int = 300
    total: int = 64 << 30
    free: int = 64 * MIB
