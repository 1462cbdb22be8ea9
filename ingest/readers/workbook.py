"""The parts of an Excel workbook (ECMA-376, SpreadsheetML), read in a stream: sheets, formats, shared strings.

Calamine and openpyxl hold a whole sheet, or every shared string, in memory; here memory stays flat.
"""

from __future__ import annotations

import posixpath
import re
import tempfile
import zipfile
from array import array
from collections.abc import Callable, Iterator
from typing import IO
from xml.etree import ElementTree
from xml.parsers import expat

from graph.errors import UnreadableFile
from ingest.readers.numberformat import number_kind
from ingest.readers.table import MIB

BLOCK = MIB // 8
MOST_COLUMNS = 16_384
LONGEST_CELL = MIB
"""Characters of the longest cell that is read; Excel's own limit is 32,767."""
LARGEST_TREE = 32 * MIB
"""Bytes of the largest part that is read as a whole: the list of sheets, the styles."""
MOST_IN_MEMORY = 50_000
"""Shared strings that are kept in memory; of more, all go to temporary files."""
# A character that XML cannot hold (ECMA-376, 22.9.2.19, ST_Xstring); NUL and half a pair of surrogates stay as written.
ESCAPED = re.compile("_x(?!0000|[Dd][89A-Fa-f])([0-9A-Fa-f]{4})_")


class Strings:
    """A workbook's shared strings by number; temporary files that hold many of them go with the last that uses them."""

    def __init__(self) -> None:
        self._count = 0
        self._size = 0
        self._texts: list[bytes] = []
        self._ends = array("Q", [0])
        self._files: tuple[IO[bytes], IO[bytes]] | None = None

    def append(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        self._count += 1
        self._size += len(data)
        self._texts.append(data)
        self._ends.append(self._size)
        if len(self._texts) > MOST_IN_MEMORY:
            self._spill()

    def _spill(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._files is None:
            self._files = tempfile.TemporaryFile(prefix="headwater-"), tempfile.TemporaryFile(prefix="headwater-")
        texts, ends = self._files
        texts.seek(0, 2)
        texts.write(b"".join(self._texts))
        ends.seek(0, 2)
        ends.write(self._ends.tobytes())
        self._texts.clear()
        del self._ends[:]
        return self._files

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < self._count:
            raise IndexError(f"there is no shared string {number}")
        if self._files is None:
            return self._texts[number].decode("utf-8")
        texts, ends = self._spill() if self._texts else self._files
        ends.seek(number * 8)
        start, end = array("Q", ends.read(16))
        texts.seek(start)
        return texts.read(end - start).decode("utf-8")

    def __del__(self) -> None:
        for file in self._files or ():
            file.close()


class Workbook:
    """An open workbook.

    Attributes:
        sheets: The worksheets in their order, as name and part.
        formats: What a number is by its cell's style: `n` a number, `d` a date or time, a count of zeros to fill.
        from_1904: Whether dates count from 1904.
    """

    def __init__(self, where: str, archive: zipfile.ZipFile) -> None:
        self._where = where
        self._archive = archive
        self._parts = {name.lower(): name for name in archive.namelist()}
        book_part = self._book_part()
        book = self._tree(book_part)
        links = self._links(book_part)
        properties = next(_named(book, "workbookPr"), None)
        self.from_1904 = properties is not None and properties.get("date1904", "0") in ("1", "true")
        self.sheets: list[tuple[str, str]] = []
        for sheet in _named(book, "sheet"):
            link = next((value for key, value in sheet.items() if key.endswith("}id")), "")
            kind, target = links.get(link, ("", ""))
            if kind == "worksheet" and target.lower() in self._parts:
                self.sheets.append((sheet.get("name", ""), target))
        parts = {kind: target for kind, target in links.values()}
        self.formats = self._formats(parts.get("styles", ""))
        self._strings_part = parts.get("sharedStrings", "")

    def _book_part(self) -> str:
        for kind, target in self._links("").values():
            if kind == "officeDocument":
                return target
        return "xl/workbook.xml"

    def open(self, part: str) -> IO[bytes]:
        name = self._parts.get(part.lower())
        if name is None:
            raise UnreadableFile(
                f"{self._where}: the workbook lacks its part {part}; open it in Excel and save it again"
            )
        return self._archive.open(name)

    def size(self, part: str) -> int:
        return self._archive.getinfo(self._parts[part.lower()]).file_size

    def _tree(self, part: str) -> ElementTree.Element:
        with self.open(part) as file:
            if self.size(part) > LARGEST_TREE:
                raise ValueError(f"its part {part} is larger than {LARGEST_TREE // MIB} MiB")
            return ElementTree.parse(file).getroot()

    def _links(self, part: str) -> dict[str, tuple[str, str]]:
        """The parts that a part refers to: kind and name by the reference's id."""
        folder, name = posixpath.split(part)
        relations = posixpath.join(folder, "_rels", f"{name}.rels")
        if relations.lower() not in self._parts:
            return {}
        links = {}
        for link in self._tree(relations):
            target = link.get("Target", "")
            target = (
                target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            )
            links[link.get("Id", "")] = (link.get("Type", "").rpartition("/")[2], target)
        return links

    def _formats(self, part: str) -> list[str]:
        if part.lower() not in self._parts:
            return []
        styles = self._tree(part)
        codes = {item.get("numFmtId", ""): item.get("formatCode", "") for item in _named(styles, "numFmt")}
        lists = next(_named(styles, "cellXfs"), None)
        return [number_kind(item.get("numFmtId", "0"), codes) for item in lists] if lists is not None else []

    def strings(self) -> Strings:
        """The workbook's shared strings, read now."""
        strings = Strings()
        if self._strings_part.lower() not in self._parts:
            return strings
        texts: list[str] = []
        taken = skipped = False

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal taken, skipped
            name = name.rpartition(":")[2]
            if name == "si":
                texts.clear()
            elif name == "t":
                taken = not skipped
            elif name == "rPh":  # how a name is read aloud, not part of the text
                skipped = True

        def end(name: str) -> None:
            nonlocal taken, skipped
            name = name.rpartition(":")[2]
            if name == "si":
                strings.append(unescaped("".join(texts)))
            elif name == "t":
                taken = False
            elif name == "rPh":
                skipped = False

        parser = _parser(start, end, lambda text: texts.append(text) if taken else None, texts)
        with self.open(self._strings_part) as file:
            while data := file.read(BLOCK):
                parser.Parse(data)
            parser.Parse(b"", True)
        return strings


def _parser(
    start: Callable[..., None], end: Callable[..., None], text: Callable[[str], None], pieces: list[str]
) -> expat.XMLParserType:
    """A parser with handlers for the start and the end of an element, and for text, which gathers in `pieces`."""

    def bounded(data: str) -> None:
        text(data)
        # Not counted anew for each of many small pieces.
        if (len(data) > 1000 or len(pieces) % 1000 == 0) and sum(map(len, pieces)) > LONGEST_CELL:
            raise ValueError(f"a cell is longer than {LONGEST_CELL:,} characters")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, bounded
    parser.StartDoctypeDeclHandler = _no_doctype
    return parser


def _no_doctype(*_: object) -> None:
    # A reference to an entity from outside would read as nothing; no workbook may have one (ECMA-376-2, 8.3.2).
    raise ValueError("a part has a document type declaration")


def unescaped(text: str) -> str:
    """A text of a cell with its escaped characters: `_x000D_` is a carriage return, `_x005F_` an underscore."""
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _named(tree: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (item for item in tree.iter() if item.tag.rpartition("}")[2] == name)


UNCOMPUTED = "=?"
"""The content of a cell whose formula the program that wrote it has never computed; such a cell is an error (`e`)."""
Cell = tuple[int, str, str, str]
"""A cell's column from 0, its type, its style's number format, its content."""


def sheet_rows(workbook: Workbook, file: IO[bytes]) -> Iterator[tuple[int, list[Cell]]]:
    """The rows of a sheet that have cells, by their numbers."""
    rows: list[tuple[int, list[Cell]]] = []
    cells: list[Cell] = []
    pieces: list[str] = []
    number = column = -1
    kind = form = ""
    depth_skipped = 0
    taken = is_formula = False
    formats = workbook.formats
    columns: dict[str, int] = {}

    def place(reference: str) -> int:
        letters = reference.rstrip("0123456789")
        if letters not in columns:
            count = 0
            for letter in letters.upper():
                count = count * 26 + ord(letter) - 64
            if not 0 < count <= MOST_COLUMNS:
                raise ValueError(f"there is no cell {reference[:20]}")
            columns[letters] = count - 1
        return columns[letters]

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal number, column, kind, form, taken, is_formula, depth_skipped
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            reference = attributes.get("r")
            column = place(reference) if reference else column + 1
            kind = attributes.get("t", "n")
            style = attributes.get("s")
            form = formats[int(style)] if style and int(style) < len(formats) else "n"
            is_formula = False
            pieces.clear()
        elif name == "v" or name == "t":
            taken = not depth_skipped
        elif name == "f":
            is_formula = True
        elif name == "row":
            reference = attributes.get("r")
            before, number = max(number, 0), int(reference) if reference else max(number, 0) + 1
            if number <= before:
                raise ValueError(f"row {number} comes after row {before}")
            column = -1
        elif name == "rPh":
            depth_skipped += 1

    def end(name: str) -> None:
        nonlocal taken, cells, depth_skipped
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "v" or name == "t":
            taken = False
        elif name == "c":
            if pieces:
                cells.append((column, kind, form, pieces[0] if len(pieces) == 1 else "".join(pieces)))
            elif is_formula and kind != "str":  # a formula may well give an empty text
                cells.append((column, "e", form, UNCOMPUTED))
        elif name == "row":
            if cells:
                rows.append((number, cells))
                cells = []
        elif name == "rPh":
            depth_skipped -= 1

    def text(data: str) -> None:
        if taken:
            pieces.append(data)

    parser = _parser(start, end, text, pieces)
    while data := file.read(BLOCK):
        parser.Parse(data)
        yield from rows
        rows.clear()
    parser.Parse(b"", True)
    yield from rows
