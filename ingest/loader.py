"""Loading: files become records in a store, batch by batch, so that a load can be cut off anywhere and run again.

What is loaded twice changes nothing. A file of the same name replaces the version that its source sent before: rows that
are gone are withdrawn. Rows that cannot be read with certainty are set aside.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import TypeGuard

from graph.errors import InvalidValue, MappingError
from graph.model import FileVersion, Record, SetAside, chunks, order_of
from graph.store import Store
from ingest import mapping as mappings
from ingest.mapper import Mapper
from ingest.mapping import MappingFile
from ingest.readers import Row, Table, digest, discover, tables
from ingest.texts import READERS

BATCH = 2000
"""Rows written at once: what a killed load loses at the most."""


@dataclass(slots=True)
class FileReport:
    """What loading one table did, in rows: `rows` is the sum of added, replaced, unchanged, repeated and set aside.

    Attributes:
        repeated: Rows that stand in the file a second time, word for word.
        withdrawn: Records of an earlier version of the file whose rows are gone.
        doubts: (column, doubt) -> rows: what was kept though something in it is unknown.
    """

    name: str
    source: str
    feed: str
    rows: int = 0
    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    repeated: int = 0
    set_aside: int = 0
    withdrawn: int = 0
    doubts: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a load has come: bytes read of all bytes, and rows so far."""

    name: str
    position: int
    size: int
    rows: int


@dataclass(slots=True)
class Report:
    """What a load did, file by file, and what it left out and why."""

    files: list[FileReport] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)

    def total(self, name: str) -> int:
        """The sum of one of the counts over all files."""
        return sum(getattr(report, name) for report in self.files)


@dataclass(frozen=True, slots=True)
class _Planned:
    path: Path
    name: str
    feed: MappingFile
    digest: str


def load(
    store: Store,
    paths: Iterable[Path],
    *,
    mapping: str | None = None,
    source: str | None = None,
    add: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Loads files and folders into a store.

    Args:
        store: Where to.
        paths: Files, archives and folders of them.
        mapping: A built-in mapping's name or a file's path, for all of them; else each feed is known by its columns.
        source: Who says so; else the feed's name.
        add: Keep the records of an earlier file of the same name that this one does not hold.
        progress: Told after every batch.

    Raises:
        UnreadableFile: A file cannot be read at all; nothing has been loaded.
        MappingError: No mapping fits a file; nothing has been loaded.
    """
    found = discover(paths)
    report = Report(left_out=list(found.left_out))
    chosen = mappings.named(mapping) if mapping else None
    planned = [plan for path in found.files for plan in _plan(path, chosen)]
    known = {(f.source, f.name): f for f in store.files()}
    size = sum(plan.path.stat().st_size for plan in {plan.path: plan for plan in planned}.values())
    done = 0
    by_path: dict[Path, list[_Planned]] = {}
    for plan in planned:
        by_path.setdefault(plan.path, []).append(plan)
    for path, plans in by_path.items():
        names = {plan.name: plan for plan in plans}
        for table in tables(path):
            plan = names[table.name]
            with closing(_rows(table)) as rows:
                name = source or plan.feed.feed
                before = known.get((name, plan.name))
                if _is_same(before, plan):
                    report.files.append(_unchanged(before, plan))
                    continue
                loading = _Loading(store, plan, name)
                for batch in chunks(rows, BATCH):
                    loading.batch(batch)
                    if progress:
                        progress(Progress(plan.name, done + table.position(), size, report.total("rows") + loading.report.rows))
                loading.finish(add)
                report.files.append(loading.report)
        done += path.stat().st_size
    return report


def retry(store: Store, source: str | None = None, file: str | None = None) -> Report:
    """Reads the rows set aside once more, as after a mapping was mended; those that can be read now are loaded."""
    report = Report()
    groups: dict[tuple[str, str, str], list[SetAside]] = {}
    for entry in store.quarantine(source, file):
        groups.setdefault((entry.source, entry.file, entry.mapping), []).append(entry)
    for (name, path, feed), entries in sorted(groups.items()):
        try:
            mapper = Mapper(mappings.named(feed), READERS)
        except MappingError:
            report.left_out.append((path, f"its mapping {feed} is not there any more"))
            continue
        one = FileReport(path, name, feed)
        for entry in entries:
            one.rows += 1
            made = _record(mapper, Row(entry.row, dict(entry.values), entry.raw), name, path, feed)
            if isinstance(made, SetAside) or entry.reason.startswith(_STRUCTURAL):
                one.set_aside += 1
                continue
            merged = store.merge([made])
            one.added += merged.added
            one.replaced += merged.replaced
            one.unchanged += merged.unchanged
            store.release([entry.id])
        report.files.append(one)
    return report


_STRUCTURAL = "the row "
"""How the reason of a row begins whose cells cannot be trusted, so that reading them again would guess."""


def _plan(path: Path, chosen: MappingFile | None) -> Iterator[_Planned]:
    whole = digest(path)
    for table in tables(path):
        with closing(_rows(table)):
            feed = chosen or mappings.recognise(table.columns)
            if feed is None:
                columns = ", ".join(table.columns[:12]) + (" …" if len(table.columns) > 12 else "")
                raise MappingError(
                    f"{path}: no feed has the columns of {table.name} ({columns or 'none'}); name one with --mapping, "
                    f"or draft one with `headwater mapping {path}`"
                )
            missing = feed.columns - {feed.rename.get(c, c) for c in table.columns}
            if missing and table.format != "epcis":
                raise MappingError(f"{path}: {table.name} lacks the columns {', '.join(sorted(missing))} of {feed.feed}")
            yield _Planned(path, table.name, feed, whole)


def _rows(table: Table) -> Iterator[Row]:
    yield from table.rows


def _is_same(before: FileVersion | None, plan: _Planned) -> TypeGuard[FileVersion]:
    return (
        before is not None
        and before.complete
        and before.digest == plan.digest
        and before.mapping == plan.feed.digest
    )


def _unchanged(before: FileVersion, plan: _Planned) -> FileReport:
    kept = before.rows - before.set_aside
    return FileReport(
        plan.name, before.source, plan.feed.feed, rows=before.rows, unchanged=kept, set_aside=before.set_aside
    )


class _Loading:
    """One table on its way into a store."""

    def __init__(self, store: Store, plan: _Planned, source: str) -> None:
        self.store = store
        self.plan = plan
        self.mapper = Mapper(plan.feed, READERS)
        self.report = FileReport(plan.name, source, plan.feed.feed)
        self.salt = f"{plan.feed.digest} ".encode()
        # What was seen is kept on disk: memory must not grow with the file.
        self.seen = sqlite3.connect("", isolation_level=None)
        self.seen.execute("PRAGMA cache_size = -8192")
        self.seen.execute("PRAGMA synchronous = OFF")
        self.seen.execute("CREATE TABLE seen (id INTEGER PRIMARY KEY, digest TEXT, row INTEGER)")
        self.seen.execute("CREATE TABLE aside (id INTEGER PRIMARY KEY)")
        self.note(complete=False)

    def note(self, complete: bool) -> None:
        report = self.report
        self.store.note_file(
            FileVersion(
                report.source,
                report.name,
                self.plan.digest,
                self.plan.feed.digest,
                report.rows - report.repeated,
                report.set_aside,
                datetime.now(UTC).isoformat(timespec="seconds"),
                complete,
            )
        )

    def batch(self, rows: Sequence[Row]) -> None:
        """Reads and writes one batch of rows."""
        report = self.report
        report.rows += len(rows)
        aside: list[SetAside] = []
        fresh: dict[str, tuple[Row, str, str]] = {}
        for row in rows:
            try:
                key, digest = self.identified(row)
            except InvalidValue as error:
                aside.append(self.refused(row, error))
                continue
            name = f"{report.source}:{key}"
            if name in fresh:
                self.again(row, fresh[name][1], fresh[name][0].number, digest, aside)
            else:
                fresh[name] = (row, digest, key)
        numbers = {order_of(name): name for name in fresh}
        for part in chunks(numbers, 500):
            query = f"SELECT id, digest, row FROM seen WHERE id IN ({','.join('?' * len(part))})"
            for number, digest, first in self.seen.execute(query, part).fetchall():
                row, now, _ = fresh.pop(numbers[number])
                self.again(row, digest, first, now, aside)
        self.seen.executemany(
            "INSERT INTO seen VALUES (?, ?, ?)", [(order_of(n), d, row.number) for n, (row, d, _) in fresh.items()]
        )
        known = self.store.digests(fresh)
        records: list[Record] = []
        same: list[str] = []
        for name, (row, digest, key) in fresh.items():
            if known.get(name) == digest:
                same.append(name)
                continue
            made = self.made(row, key, digest)
            if isinstance(made, SetAside):
                aside.append(made)
            else:
                records.append(made)
        merged = self.store.merge(records, aside)
        report.added += merged.added
        report.replaced += merged.replaced
        if same:
            self.store.hold(same, report.name)
        report.unchanged += merged.unchanged + len(same)
        report.set_aside += len(aside)
        self.seen.executemany("INSERT OR IGNORE INTO aside VALUES (?)", [(order_of(a.id),) for a in aside])

    def identified(self, row: Row) -> tuple[str, str]:
        """The row's key and digest."""
        if row.problem is not None:
            raise _structural(row)
        digest = blake2b(self.salt + row.raw, digest_size=16).hexdigest()
        return self.mapper.key(self.mapper.renamed(row.values)) or digest, digest

    def made(self, row: Row, key: str, digest: str) -> Record | SetAside:
        report = self.report
        try:
            values = self.mapper.renamed(row.values)
            reading = self.mapper.read(f"{report.source}:{key}", key, values)
        except InvalidValue as error:
            return self.refused(row, error)
        for doubt in set(reading.doubts):
            report.doubts[doubt] += 1
        return Record(
            report.source,
            key,
            report.name,
            row.number,
            digest,
            row.values,
            tuple(reading.mentions),
            tuple(reading.links),
        )

    def again(self, row: Row, digest: str, first: int, now: str, aside: list[SetAside]) -> None:
        """A key that the file has already used: the same row counts once, another row is not guessed about."""
        if digest == now:
            self.report.repeated += 1
            return
        columns = self.mapper.mapping.key.columns if self.mapper.mapping.key else ()
        error = InvalidValue("key", "", "order", f"the row's key is that of row {first}, which says something else")
        error.column = columns[0] if columns else None
        aside.append(self.refused(row, error))

    def refused(self, row: Row, error: InvalidValue) -> SetAside:
        report = self.report
        reason = error.detail if error.kind == "key" or error.kind == "row" else str(error)
        return SetAside(
            report.source,
            report.name,
            row.number,
            error.column,
            reason,
            row.raw,
            row.values,
            self.plan.feed.feed,
            f"{report.source}:{report.name}:{row.number}",
        )

    def finish(self, add: bool) -> None:
        """Withdraws what the file's earlier version said and this one does not, and notes that the load is whole."""
        report = self.report
        self.seen.execute("BEGIN")
        for part in chunks(self.store.record_ids(report.source, report.name), BATCH):
            gone = [] if add else [name for name in part if not self.has("seen", name)]
            if gone:
                report.withdrawn += self.store.retract(gone, report.name)
        old = [e.id for e in self.store.quarantine(report.source, report.name) if not self.has("aside", e.id)]
        if old and not add:
            self.store.release(old)
        self.seen.close()
        self.note(complete=True)

    def has(self, table: str, name: str) -> bool:
        return self.seen.execute(f"SELECT 1 FROM {table} WHERE id = ?", (order_of(name),)).fetchone() is not None


def _structural(row: Row) -> InvalidValue:
    error = InvalidValue("row", "", "format", f"{_STRUCTURAL}cannot be read with certainty: {row.problem}")
    error.column = row.problem_column
    return error


def _record(mapper: Mapper, row: Row, source: str, file: str, feed: str) -> Record | SetAside:
    """A row set aside, read once more."""
    try:
        values = mapper.renamed(row.values)
        digest = blake2b(f"{mapper.mapping.digest} ".encode() + row.raw, digest_size=16).hexdigest()
        key = mapper.key(values) or digest
        reading = mapper.read(f"{source}:{key}", key, values)
    except InvalidValue as error:
        return SetAside(source, file, row.number, error.column, str(error), row.raw, row.values, feed)
    return Record(source, key, file, row.number, digest, row.values, tuple(reading.mentions), tuple(reading.links))
