"""Files become tables of text: `discover` finds them, `tables` reads one, whatever its format says it is.

What a file is, is told from its content (`signature.py`): its name only decides where content leaves it open. Adding a
format is adding a module with a function from a source to its tables, and a line to `READERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from graph.errors import UnreadableFile
from ingest.readers import delimited, jsonlines, jsontree, spreadsheet
from ingest.readers.archive import members, of_gzip, read_through, zip_kind
from ingest.readers.folders import Discovered, discover, why_left_out
from ingest.readers.signature import HEAD, kind
from ingest.readers.source import Source, digest, of_file
from ingest.readers.table import Limits, Row, Table
from ingest.readers.textual import text_kind

__all__ = ["Discovered", "Limits", "Row", "Table", "digest", "discover", "tables"]


def _parquet(source: Source) -> Iterator[Table]:
    from ingest.readers import parquet  # pyarrow takes longer to import than most files to read

    return parquet.tables(source)


READERS: dict[str, Callable[[Source], Iterator[Table]]] = {
    "csv": delimited.tables,
    "jsonl": jsonlines.tables,
    "json": jsontree.tables,
    "parquet": _parquet,
    "xlsx": spreadsheet.xlsx_tables,
    "xls": lambda source: spreadsheet.old_tables(source, "xls"),
    "xlsb": lambda source: spreadsheet.old_tables(source, "xlsb"),
    "ods": lambda source: spreadsheet.old_tables(source, "ods"),
}


def tables(path: Path, limits: Limits | None = None) -> Iterator[Table]:
    """The tables of a file, in its order. Their rows are read when they are asked for.

    All headers are read first, and packed bytes are seen to be whole, so that a file that cannot be read is refused
    before any of it is loaded.

    Args:
        path: A file in one of the formats of `READERS`, plain, in a gzip, or several in a zip.
        limits: What an archive may unpack to.

    Raises:
        UnreadableFile: It cannot be read; the message tells the file, what it is, and what to do.
    """
    limits = limits or Limits()
    source = of_file(path)
    found = kind(source, source.head(HEAD))
    if found == "gzip":
        packed = of_gzip(path, limits)
        inner = kind(packed, packed.head(HEAD))
        if inner == "gzip":
            raise _nested(packed)
        return iter(list(_read(packed, inner, limits)))
    if found == "zip" and zip_kind(source, path, limits) == "zip":
        return iter(_of_members(source, path, limits))
    return iter(list(_read(source, found, limits)))


def _of_members(source: Source, path: Path, limits: Limits) -> list[Table]:
    found: list[Table] = []
    for member in members(path, limits):
        if why_left_out(member.name.partition("!")[2]) is None:
            inner = kind(member, member.head(HEAD))
            if inner == "gzip":
                raise _nested(member)
            read_through(member)
            found.extend(_read(member, inner, limits))
    if not found:
        raise UnreadableFile(f"{source.where}: there is no data file in the archive")
    return found


def _read(source: Source, found: str, limits: Limits) -> Iterator[Table]:
    if found == "zip":
        with source.on_disk() as path:
            found = zip_kind(source, path, limits)
        if found == "zip":
            raise _nested(source)
    reader = {"ole": "xls", "text": ""}.get(found, found) or text_kind(source)
    return READERS[reader](source)


def _nested(source: Source) -> UnreadableFile:
    return UnreadableFile(f"{source.where}: this is an archive within an archive; unpack the outer one first")
