"""CSV and its kin: comma, tab, semicolon, bar or a full-width comma between the cells, quotation marks as of RFC 4180.

Every row keeps its bytes. Text without quotation marks is cut at the separator; where there are some, the csv module
reads in its strict mode, so that a stray mark is an error and not a guess. A mark that is never closed costs its own
row and no other: reading goes on at the next line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from graph.errors import UnreadableFile
from ingest.readers.encoding import Encoding, find_encoding
from ingest.readers.header import column_names, header_row
from ingest.readers.lines import ENDS, Block, bare, blocks
from ingest.readers.source import Progress, Source
from ingest.readers.table import LONGEST_ROW, MIB, Row, Table

SEPARATORS = (",", "\t", ";", "|", "，", "；", "｜")
SAMPLE_LINES = 200
LONGEST_QUOTE = MIB
"""Bytes that one quoted cell may span over line ends before its mark counts as never closed."""
IN_VAIN = 64 * MIB
"""Characters behind open marks that a file may make us read in vain, `IN_VAIN_RATIO` times its bytes besides."""
IN_VAIN_RATIO = 8
BLANK = " \t\r\n\x1a\u3000\ufeff\u00a0"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a delimited text is laid out: its separator, its columns, and the physical lines before its first row."""

    separator: str
    columns: tuple[str, ...]
    lines: int
    preamble: tuple[str, ...]
    encoding: Encoding


def tables(source: Source) -> Iterator[Table]:
    """The one table of a delimited text.

    Raises:
        UnreadableFile: The file is no text, or its header cannot be read.
    """
    encoding = find_encoding(source)
    layout = find_layout(source, encoding)
    progress = Progress()
    rows = _rows(source, layout, progress)
    yield Table(
        source.name, "csv", encoding.name, layout.columns, rows, source.size, progress.position, layout.preamble
    )


def find_layout(source: Source, encoding: Encoding) -> Layout:
    """The separator and the header, from the first lines.

    Raises:
        UnreadableFile: There is nothing but blank lines, or the header cannot be read with certainty.
    """
    with source.open() as stream:
        block = next(blocks(stream, encoding), None)
    text = block.text[:SAMPLE_LINES] if block else []
    if block is None or not any(line.strip(BLANK) for line in text):
        raise UnreadableFile(f"{source.where}: the file is empty; it should begin with a line of column names")
    # Excel's own hint: a first line `sep=;`
    hint = re.fullmatch(r'"?sep=(.)"?\s*', text[0], re.IGNORECASE)
    start = 1 if hint else 0
    separator = hint[1] if hint else _separator(text)
    parsed = _sample(text[start:], separator, whole=len(block.text) <= SAMPLE_LINES)
    if not parsed:
        raise UnreadableFile(f"{source.where}, line {start + 1}: the header cannot be read; check its quotation marks")
    index = header_row([cells for cells, _ in parsed])
    cells, after = parsed[index]
    before = start + (parsed[index - 1][1] if index else 0)
    for line in range(before, start + after):
        if line in block.damage:
            raise UnreadableFile(f"{source.where}, line {line + 1}: the header cannot be read. {block.damage[line]}")
    preamble = tuple("".join(cells).strip(BLANK) for cells, _ in parsed[:index])
    return Layout(separator, column_names(cells), start + after, preamble, encoding)


def _sample(lines: Sequence[str], separator: str, *, whole: bool) -> list[tuple[list[str], int]]:
    """The first rows that are not blank, each with the count of physical lines up to its end."""
    csv.field_size_limit(LONGEST_ROW)
    reader = csv.reader(lines, delimiter=separator)
    rows: list[tuple[list[str], int]] = []
    try:
        rows.extend((cells, reader.line_num) for cells in reader if not is_blank(cells))
    except csv.Error:
        pass
    # The sample may end within a quoted cell.
    return rows if whole or len(rows) < 2 else rows[:-1]


def _separator(text: Sequence[str]) -> str:
    """The separator that most rows agree on with the header, then the one that makes the most columns."""
    best, chosen = (0.0, 0), SEPARATORS[0]
    for separator in SEPARATORS:
        rows = [cells for cells, _ in _sample(text, separator, whole=False)]
        if not rows:
            continue
        header = rows[header_row(rows)]
        if len(header) < 2:
            continue
        body = rows[header_row(rows) + 1 :]
        agreeing = sum(len(cells) == len(header) for cells in body) / len(body) if body else 1.0
        if (score := (round(agreeing, 1), len(header))) > best:
            best, chosen = score, separator
    return chosen


def is_blank(cells: Sequence[str]) -> bool:
    """Whether a row says nothing: Excel writes rows of separators only where cells once were."""
    return not any(cell.strip(BLANK) for cell in cells)


class Patience:
    """How many characters may yet be read in vain, behind marks that turn out not to be closed.

    Reading goes on behind every such mark, so that a file of open marks would be read once for each of its rows. When
    patience has run out, a mark counts only when it is closed in its line.
    """

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = IN_VAIN


def _rows(source: Source, layout: Layout, progress: Progress) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_ROW)
    skip = layout.lines
    with source.open() as stream:
        progress.follow(stream)
        held: Block | None = None
        patience = Patience()
        for block in blocks(stream, layout.encoding):
            if skip:
                dropped, skip = min(skip, len(block.raw)), max(0, skip - len(block.raw))
                block = _without(block, dropped)
            patience.left += IN_VAIN_RATIO * sum(map(len, block.raw))
            if held is not None:
                block = _joined(held, block)
            if block.quoted:
                held = yield from _quoted_rows(block, layout, patience, last=False)
            else:
                held = None
                yield from _plain_rows(block, layout)
        if held is not None:
            yield from _quoted_rows(held, layout, patience, last=True)


def _without(block: Block, lines: int) -> Block:
    damage = {index - lines: why for index, why in block.damage.items() if index >= lines}
    return Block(block.number + lines, block.raw[lines:], block.text[lines:], damage, block.quoted)


def _joined(held: Block, block: Block) -> Block:
    damage = held.damage | {index + len(held.raw): why for index, why in block.damage.items()}
    return Block(held.number, held.raw + block.raw, held.text + block.text, damage, True)


def _plain_rows(block: Block, layout: Layout) -> Iterator[Row]:
    """Rows of a block without quotation marks: a line is a row."""
    columns, separator, damage, encoding = layout.columns, layout.separator, block.damage, layout.encoding
    width = len(columns)
    for number, (raw, text) in enumerate(zip(block.raw, block.text, strict=True), block.number):
        cells = text.rstrip(ENDS).split(separator)
        if len(cells) == width and not damage:
            if any(cells):
                yield Row(number, dict(zip(columns, cells, strict=True)), bare(raw, encoding))
        elif row := _checked(number, cells, raw, layout, damage.get(number - block.number)):
            yield row


def _quoted_rows(block: Block, layout: Layout, patience: Patience, *, last: bool) -> Generator[Row, None, Block | None]:
    """Rows of a block with quotation marks; returns what may go on in the next block."""
    width, columns, encoding = len(layout.columns), layout.columns, layout.encoding
    lines, total = block.text, len(block.text)
    start = base = 0
    reader = None
    while start < total:
        if reader is None or patience.left <= 0:
            base, stop = start, total if patience.left > 0 else start + 1
            reader = csv.reader(map(lines.__getitem__, range(start, stop)), delimiter=layout.separator, strict=True)
        fault = None
        try:
            cells = next(reader)
        except csv.Error as error:
            cells, fault = [], str(error)
        end = base + reader.line_num
        if fault == "unexpected end of data":
            if not last and patience.left > 0 and sum(map(len, block.raw[start:])) <= LONGEST_QUOTE:
                return _without(block, start)._replace(quoted=True)
            fault = "a quotation mark is opened and never closed"
        if fault or (end - start > 1 and len(cells) != width and _is_swallowed(lines[start + 1 : end], layout)):
            fault = fault or "a quotation mark is opened and not closed in its row"
            yield _faulty(block, start, layout, fault)
            patience.left -= sum(map(len, lines[start:end]))
            start, reader = start + 1, None
            continue
        raw = block.raw[start] if end - start == 1 else b"".join(block.raw[start:end])
        if len(cells) == width and not block.damage:
            if any(cells):
                yield Row(block.number + start, dict(zip(columns, cells, strict=True)), bare(raw, encoding))
        else:
            why = next((block.damage[line] for line in range(start, end) if line in block.damage), None)
            if row := _checked(block.number + start, cells, raw, layout, why):
                yield row
        start = end
    return None


def _is_swallowed(lines: Sequence[str], layout: Layout) -> bool:
    """Whether lines that a quoted cell took in are rows of their own."""
    reader = csv.reader(lines, delimiter=layout.separator)
    return any(len(cells) == len(layout.columns) for cells in reader)


def _faulty(block: Block, line: int, layout: Layout, fault: str) -> Row:
    cells = block.text[line].rstrip(ENDS).split(layout.separator)
    values = dict.fromkeys(layout.columns, "") | dict(zip(layout.columns, cells, strict=False))
    why = f"The row's quotation marks cannot be read ({fault}); within a quoted cell a mark is doubled."
    return Row(block.number + line, values, bare(block.raw[line], layout.encoding), block.damage.get(line, why))


def _checked(number: int, cells: list[str], raw: bytes, layout: Layout, why: str | None) -> Row | None:
    """The row with its problem, if it has one; None for a row that says nothing."""
    if why is None and is_blank(cells):
        return None
    columns = layout.columns
    values = dict.fromkeys(columns, "") | dict(zip(columns, cells, strict=False))
    column = None
    if len(cells) != len(columns):
        why = why or f"The row has {len(cells)} cells where the header has {len(columns)} columns."
    elif why:
        column = next((name for name, cell in values.items() if "\ufffd" in cell or "\0" in cell), None)
    return Row(number, values, bare(raw, layout.encoding), why, column)
