"""What is to be loaded: every table of the given files, with its name, its mapping and its digest, before any is read.

A table is named by its path within the folder that was given (`2025/parcels.csv`, `feeds.zip!orders.csv`), so that
files of one name in two folders are two files, and the same folder loaded again names them the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from graph.errors import MappingError, UnreadableFile
from ingest import catalogue
from ingest.mapping import MappingFile
from ingest.readers import Discovered, Table, digest, tables
from ingest.readers.source import shown
from ingest.report import UNFIT

Stamp = tuple[int, int, int]
LeftOut = tuple[str, str]
"""What is not loaded, and why."""

_OPEN = ("json", "jsonl", "epcis")
"""Formats whose later rows may have more columns than are known beforehand."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A table to be loaded.

    Attributes:
        path: Its file.
        table: What the readers call it.
        name: What the store calls it.
        source: Who says what stands in it.
        mapping: How it is read.
        digest: The SHA-256 of its file.
        stamp: The file's size, time of change and number, by which a file that changes meanwhile is noticed.
        size: Bytes of its file.
    """

    path: Path
    table: str
    name: str
    source: str
    mapping: MappingFile
    digest: str
    stamp: Stamp
    size: int

    def check_unchanged(self) -> None:
        """Refuses a file that is no longer what it was when its digest was taken.

        Raises:
            UnreadableFile: It was changed or taken away.
        """
        try:
            same = _stamp(self.path) == self.stamp
        except OSError:
            same = False
        if not same:
            raise self.changed()

    def changed(self) -> UnreadableFile:
        """What is raised when the file is no longer what it was."""
        return UnreadableFile(f"{shown(self.path)}: the file was changed while it was loaded; load it again")


def planned(
    found: Discovered, given: Sequence[Path], chosen: MappingFile | None, source: str | None, left_out: list[LeftOut]
) -> list[Plan]:
    """A plan for every table of the files, in their order; what is left out is added to `left_out`.

    A stranger among the files of a folder, or the tables of an archive, is left out and told: nobody chose it. A file
    that was named itself stops the load, and so do files none of which any mapping fits.

    Raises:
        UnreadableFile: A file cannot be read.
        MappingError: No mapping fits, or two tables would have one name.
    """
    plans: list[Plan] = []
    strangers: list[LeftOut] = []
    for path in found.files:
        file = _of_file(path, given, chosen, source)
        if file.strangers and not file.plans and path in given:
            raise MappingError(": ".join(file.strangers[0]))
        plans += file.plans
        strangers += file.strangers
        left_out += file.unread
    if strangers and not plans:
        raise MappingError(": ".join(strangers[0]))
    left_out += strangers
    named: dict[tuple[str, str], Plan] = {}
    places: set[tuple[Path, str]] = set()
    for plan in plans:
        if (plan.path, plan.table) in places:
            raise MappingError(
                f"{shown(plan.path)}: it holds two files called {plan.table.partition('!')[2] or plan.table}, and it "
                "cannot be told which is meant; unpack it and load them by themselves"
            )
        places.add((plan.path, plan.table))
        other = named.setdefault((plan.source, plan.name), plan)
        if other is not plan:
            raise MappingError(
                f"{shown(plan.path)}: {shown(other.path)} is called {plan.name} too, and each would replace the other; "
                "name the folder above both, or load them with different --source"
            )
    return plans


class _File(NamedTuple):
    """What becomes of a file: tables to load, tables that no mapping fits, and what else is not read."""

    plans: list[Plan]
    strangers: list[LeftOut]
    unread: list[LeftOut]


def _of_file(path: Path, given: Sequence[Path], chosen: MappingFile | None, source: str | None) -> _File:
    file = _File([], [], [])
    sheets: list[LeftOut] = []
    stamp = _stamp(path)
    whole = digest(path)
    folder = _folder(path, given)
    for table in tables(path):
        place = shown(path) + table.name.removeprefix(shown(Path(path.name)))
        mapping = chosen or catalogue.recognise(table.columns)
        if mapping is None or (lacking := _lacking(table, mapping)):
            why = _unknown(path, table) if mapping is None else f"{UNFIT}: {mapping.feed} needs the columns {lacking}"
            is_sheet = "#" in table.name and table.format in ("xlsx", "xls", "xlsb", "ods")
            (sheets if is_sheet else file.strangers).append((place, why))
            continue
        name = folder + table.name
        file.plans.append(Plan(path, table.name, name, source or mapping.feed, mapping, whole, stamp, stamp[0]))
        # The built-in mappings name columns that not every sender has; who names a mapping means what it says.
        if chosen and table.format not in _OPEN and (absent := sorted(chosen.used - _present(table, chosen))):
            file.unread.append(
                (f"{place}, {', '.join(absent)}", "the mapping names it, and the file has no such column")
            )
    if file.plans:
        # A workbook often has a sheet of notes, or empty ones, beside its data.
        file.unread.extend((place, "a sheet that has the columns of no feed") for place, _ in sheets)
    else:
        file.strangers.extend(sheets)
    return file


def _present(table: Table, mapping: MappingFile) -> set[str]:
    """The columns of a table as the mapping calls them."""
    return {mapping.rename.get(column, column) for column in table.columns}


def _lacking(table: Table, mapping: MappingFile) -> str:
    missing = mapping.columns - _present(table, mapping)
    return "" if table.format == "epcis" else ", ".join(sorted(missing))


def _unknown(path: Path, table: Table) -> str:
    columns = ", ".join(table.columns[:12]) + (" …" if len(table.columns) > 12 else "")
    return (
        f"{UNFIT} its columns ({columns or 'none'}); name one with --mapping, "
        f"or draft one with `headwater mapping {quote(shown(path))}`"
    )


def _folder(path: Path, given: Iterable[Path]) -> str:
    """The folders between the folder that was given and the file, with a slash behind them."""
    for folder in given:
        if folder.is_dir() and path.is_relative_to(folder):
            inner = path.relative_to(folder).parent
            return "" if inner == Path() else f"{shown(Path(inner.as_posix()))}/"
    return ""


def _stamp(path: Path) -> Stamp:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino
