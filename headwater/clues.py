"""Lists of clues, read from files of any format that feeds come in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from graph.errors import InvalidValue, UnreadableFile
from ingest.readers import Row, Table, tables
from queries.trace import CLUE_COLUMNS, Clue, clue_of

_BY_LINE = ("csv", "jsonl")
"""Formats of which an editor shows the lines."""


def read_clues(path: Path) -> Iterator[Clue]:
    """The clues of a file with the columns clue_no, kind, value, right_no, seen; only `value` must be there.

    An empty kind is found from the value. Sheets and members of an archive that have no column `value` are passed over,
    as notes beside the clues.

    Raises:
        UnreadableFile: The file is no such table, or a row holds no clue; the message names its line.
    """
    found = [table for table in tables(path) if "value" in table.columns]
    if not found:
        raise UnreadableFile(
            f"{path}: has no column `value`; its first row should name the columns {', '.join(CLUE_COLUMNS)}"
        )
    for table in found:
        for row in table.rows:
            try:
                if row.problem:
                    raise UnreadableFile(f"{_place(path, table, row)}: {row.problem}")
                yield clue_of(row.values)
            except InvalidValue as error:
                raise UnreadableFile(f"{_place(path, table, row)}: {error}") from None


def _place(path: Path, table: Table, row: Row) -> str:
    """Where a person finds a row: the file with its sheet, and the line that an editor shows."""
    part = table.name.removeprefix(path.name)
    return f"{path}{part}, {'line' if table.format in _BY_LINE else 'row'} {row.number}"
