"""What is to be loaded: every table of the given files, with its name, its mapping and its digest, before any is read.

A table is named by its path within the folder that was given (`2025/parcels.csv`, `feeds.zip!orders.csv`), so that
files of one name in two folders are two files, and the same folder loaded again names them the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from graph.errors import MappingError, UnreadableFile
from ingest import catalogue
from ingest.mapping import MappingFile
from ingest.readers import Discovered, Table, digest, tables
from ingest.readers.source import shown

Stamp = tuple[int, int, int]


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
            raise UnreadableFile(f"{shown(self.path)}: the file was changed while it was loaded; load it again")


def planned(
    found: Discovered,
    given: Sequence[Path],
    chosen: MappingFile | None,
    source: str | None,
    left_out: list[tuple[str, str]],
) -> list[Plan]:
    """A plan for every table of the files, in their order; what is left out is added to `left_out`.

    Raises:
        UnreadableFile: A file cannot be read.
        MappingError: No mapping fits a table, or two tables would have one name.
    """
    plans = [plan for path in found.files for plan in _of_file(path, given, chosen, source, left_out)]
    named: dict[tuple[str, str], Plan] = {}
    for plan in plans:
        other = named.setdefault((plan.source, plan.name), plan)
        if other is not plan:
            raise MappingError(
                f"{shown(plan.path)}: {shown(other.path)} is called {plan.name} too, and each would replace the other; "
                "name the folder above both, or load them with different --source"
            )
    return plans


def _of_file(
    path: Path, given: Sequence[Path], chosen: MappingFile | None, source: str | None, left_out: list[tuple[str, str]]
) -> Iterator[Plan]:
    stamp = _stamp(path)
    whole = digest(path)
    fitting: list[tuple[Table, MappingFile]] = []
    unfit: list[tuple[Table, MappingError]] = []
    for table in tables(path):
        try:
            fitting.append((table, _mapping_of(path, table, chosen)))
        except MappingError as error:
            unfit.append((table, error))
    for table, problem in unfit:
        # A workbook often has a sheet of notes, or empty ones, beside its data.
        is_sheet = "#" in table.name and table.format in ("xlsx", "xls", "xlsb", "ods")
        if not (is_sheet and fitting):
            raise problem
        left_out.append((f"{shown(path)}#{table.name.rpartition('#')[2]}", "a sheet that has the columns of no feed"))
    folder = _folder(path, given)
    for table, mapping in fitting:
        yield Plan(path, table.name, folder + table.name, source or mapping.feed, mapping, whole, stamp, stamp[0])


def _mapping_of(path: Path, table: Table, chosen: MappingFile | None) -> MappingFile:
    mapping = chosen or catalogue.recognise(table.columns)
    if mapping is None:
        columns = ", ".join(table.columns[:12]) + (" …" if len(table.columns) > 12 else "")
        raise MappingError(
            f"{shown(path)}: no feed has the columns of {table.name} ({columns or 'none'}); name one with --mapping, "
            f"or draft one with `headwater mapping {shown(path)}`"
        )
    missing = mapping.columns - {mapping.rename.get(column, column) for column in table.columns}
    if missing and table.format != "epcis":
        raise MappingError(
            f"{shown(path)}: {table.name} lacks the columns {', '.join(sorted(missing))} of {mapping.feed}"
        )
    return mapping


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
