"""Spreadsheets: .xlsx in a stream; .xls, .xlsb and .ods whole (`oldworkbook.py`). Every sheet with a row is a table.

Cells become the text a CSV would hold: dates as of ISO 8601, whole numbers without `.0`, leading zeros kept where they
are text or a format of zeros makes them. A whole number of 16 digits and more has lost its last ones in Excel: it is
told as Excel tells it (4.4E+17), so that it passes for no identifier. Of merged cells only the first has a value.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable, Iterator
from itertools import islice
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError

import orjson

from graph.errors import UnreadableFile
from ingest.readers import oldworkbook
from ingest.readers.header import column_names, header_row
from ingest.readers.oldworkbook import number_text
from ingest.readers.source import BROKEN, Source, in_one_line
from ingest.readers.table import Row, Table
from ingest.readers.workbook import UNCOMPUTED, Cell, Strings, Workbook, sheet_rows, unescaped

SAMPLE = 200
ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#GETTING_DATA", "#SPILL!"})
DAY = 86_400
SheetRow = tuple[int, dict[int, str], int | None]
"""A row's number, its cells' text by column from 0, and the column of a cell that holds an Excel error."""
Rows = Callable[[Callable[[int], None]], Iterator[SheetRow]]
"""Gives a sheet's rows from the start, telling how many bytes (or rows) have been read."""


def xlsx_tables(source: Source) -> Iterator[Table]:
    """The sheets of an .xlsx or .xlsm workbook.

    Raises:
        UnreadableFile: The workbook is damaged or has no sheet with a row.
    """
    found = False
    try:
        with source.on_disk() as path, zipfile.ZipFile(path) as archive:
            workbook = Workbook(source.where, archive)
            strings = workbook.strings()
            sheets = [(name, part, workbook.size(part)) for name, part in workbook.sheets]
        for name, part, size in sheets:
            if table := _table(source, name, "xlsx", size, _xlsx_rows(source, part, strings)):
                found = True
                yield table
    except (*BROKEN, ExpatError, ParseError, LookupError, ValueError) as error:
        raise _broken(source, error) from error
    if not found:
        raise UnreadableFile(f"{source.where}: the workbook has no sheet with a row in it")


def _broken(source: Source, error: Exception) -> UnreadableFile:
    if isinstance(error, UnreadableFile):
        return error
    return UnreadableFile(
        f"{source.where}: the workbook is damaged ({in_one_line(error)}); open it in Excel and save it again, or as CSV"
    )


def _xlsx_rows(source: Source, part: str, strings: Strings) -> Rows:
    def rows(tell: Callable[[int], None]) -> Iterator[SheetRow]:
        try:
            with source.on_disk() as path, zipfile.ZipFile(path) as archive:
                workbook = Workbook(source.where, archive)
                with workbook.open(part) as file:
                    for number, cells in sheet_rows(workbook, file):
                        tell(file.tell())
                        yield _sheet_row(workbook, strings, number, cells)
        except (*BROKEN, ExpatError, ParseError, LookupError, ValueError) as error:
            raise _broken(source, error) from error

    return rows


def _sheet_row(workbook: Workbook, strings: Strings, number: int, cells: list[Cell]) -> SheetRow:
    values: dict[int, str] = {}
    fault = None
    for column, kind, form, content in cells:
        if column in values:
            raise ValueError(f"the cell {letters(column)}{number} stands twice")
        if kind == "s":
            values[column] = strings[int(content)]
        elif kind == "n":
            values[column] = _number(content, form, workbook.from_1904)
        elif kind == "b":
            values[column] = "true" if content in ("1", "true") else "false"
        else:
            values[column] = unescaped(content) if kind in ("str", "inlineStr") else content
            fault = column if kind == "e" else fault
    return number, values, fault


def _number(content: str, form: str, from_1904: bool) -> str:
    if form == "n":
        # Some writers keep all the digits of a long number, which a float would lose.
        return content if content.isdecimal() and content[0] != "0" else number_text(float(content))
    number = float(content)
    if form == "d":
        return date_text(number, from_1904) or number_text(number)
    return number_text(number).zfill(len(form)) if number >= 0 and number.is_integer() else number_text(number)


def date_text(serial: float, from_1904: bool = False) -> str | None:
    """Excel's count of days as a date, a date with time or, below one day, a time; None when it is no date.

    Excel counts a 29 February 1900 that never was, so that the days before it are one less (ECMA-376, 18.17.4.1).
    """
    if not 0 <= serial < 2_958_466:
        return None
    days, seconds = divmod(round(serial * DAY), DAY)
    time = (dt.datetime.min + dt.timedelta(seconds=seconds)).time()
    if days == 0 and not from_1904:
        return time.isoformat()
    start = dt.date(1904, 1, 1) if from_1904 else dt.date(1899, 12, 31 if days < 60 else 30)
    day = start + dt.timedelta(days=days)
    return f"{day}T{time}" if seconds else str(day)


def old_tables(source: Source, kind: str) -> Iterator[Table]:
    """The sheets of an .xls, .xlsb or .ods workbook, which is read whole, in a process of its own.

    Raises:
        UnreadableFile: It is encrypted, damaged, no workbook, or has no sheet with a row.
    """
    try:
        with source.on_disk() as path:
            sheets = oldworkbook.sheets(path)
        found = False
        for index, (name, height) in enumerate(sheets):
            if table := _table(source, name, kind, height, _old_rows(source, index)):
                found = True
                yield table
    except oldworkbook.Unread as error:
        raise _unread(source, error) from error
    if not found:
        raise UnreadableFile(f"{source.where}: the workbook has no sheet with a row in it")


def _unread(source: Source, error: oldworkbook.Unread) -> UnreadableFile:
    return UnreadableFile(
        f"{source.where}: this is no workbook that can be read ({error}); it may be an old Word document, encrypted or "
        "damaged: open it in its program and save the table as .xlsx or CSV"
    )


def _old_rows(source: Source, index: int) -> Rows:
    def rows(tell: Callable[[int], None]) -> Iterator[SheetRow]:
        try:
            with source.on_disk() as path:
                for number, cells in oldworkbook.sheet_rows(path, index):
                    tell(number)
                    yield number, cells, next((column for column, text in cells.items() if text in ERRORS), None)
        except oldworkbook.Unread as error:
            raise _unread(source, error) from error

    return rows


def _table(source: Source, sheet: str, kind: str, size: int, rows: Rows) -> Table | None:
    """A sheet's table, None for a sheet without a row."""
    sample = list(islice(rows(lambda _: None), SAMPLE))
    filled = [row for row in sample if any(text.strip() for text in row[1].values())]
    if not filled:
        return None
    width = max(max(cells) for _, cells, _ in filled) + 1
    index = header_row([[cells.get(column, "") for column in range(width)] for _, cells, _ in filled])
    number, header, _ = filled[index]
    named = [column for column, text in header.items() if text.strip()]
    first, last = min(named), max(named)
    columns = column_names([header.get(column, "") for column in range(first, last + 1)])
    preamble = tuple(" ".join(cells.values()).strip() for _, cells, _ in filled[:index])
    seen = Seen()
    body = _body(rows, seen, number, first, columns)
    return Table(f"{source.name}#{sheet}", kind, None, columns, body, size, seen.position, preamble)


class Seen:
    """How far a sheet has been read."""

    __slots__ = ("_at",)

    def __init__(self) -> None:
        self._at = 0

    def tell(self, at: int) -> None:
        self._at = at

    def position(self) -> int:
        return self._at


def _body(rows: Rows, seen: Seen, header: int, first: int, columns: tuple[str, ...]) -> Iterator[Row]:
    last = first + len(columns) - 1
    for number, cells, fault in rows(seen.tell):
        if number <= header or not any(text.strip() for text in cells.values()):
            continue
        values = {name: cells.get(column, "") for column, name in enumerate(columns, first)}
        problem = at = None
        beside = (column for column in cells if not first <= column <= last)
        outside = next((column for column in beside if column == fault or cells[column].strip()), None)
        if outside is not None:
            problem = f"The row has a value in column {letters(outside)}, beside the columns of the header."
        elif fault is not None:
            at = columns[fault - first]
            what = f"the Excel error {cells[fault]}"
            if cells[fault] == UNCOMPUTED:
                what = "a formula without its result; open the workbook in Excel and save it"
            problem = f"The cell in column {letters(fault)} holds {what}."
        kept = values if outside is None else values | {letters(column): text for column, text in cells.items()}
        yield Row(number, values, orjson.dumps(kept), problem, at)


def letters(column: int) -> str:
    """A column's letters: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
