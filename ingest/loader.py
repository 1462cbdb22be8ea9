"""Loading: files become records in a store, batch by batch, so that a load can be cut off anywhere and run again.

What is loaded twice changes nothing. A file of the same name replaces the version that its source sent before: rows
that are gone are withdrawn. Rows that cannot be read with certainty are set aside; when an earlier version of the file
could be read there, what it said stays until the row is corrected or gone.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple, TypeGuard

from graph.changes import DERIVED, JUDGED, LONGEST_SOURCE, RESERVED
from graph.errors import MappingError, Reserved, SettingError
from graph.model import FileVersion, Record, SetAside, chunks
from graph.store import Store
from ingest import catalogue
from ingest.plans import LeftOut, Plan, planned
from ingest.readers import Row, discover, tables
from ingest.report import FileReport, Progress, Report
from ingest.rows import UNTRUSTED, Read, RowReader, batched
from ingest.version import CONFLICT, Version

__all__ = ["FileReport", "Prepared", "Progress", "Report", "forget", "load", "load_prepared", "prepare", "retry"]

BATCH = 16000
"""Rows written at once at the most, what a killed load loses. A page of the store is written once a batch, so that more
rows a batch are fewer writes, at the cost of memory."""
FIRST = 1000
"""Rows in the first batch of a load: the processes set to work together."""
BESIDE_BYTES = 3_000_000
"""From how many bytes on a second process reads and maps: below, starting it takes longer than it saves."""
_COLLECTED = 32  # batches between two collections of what reference counting leaves


class Prepared(NamedTuple):
    """What is to be loaded, seen to be readable before any store is touched; and what is left out, and why."""

    plans: list[Plan]
    left_out: list[LeftOut]


def prepare(paths: Iterable[Path], *, mapping: str | None = None, source: str | None = None) -> Prepared:
    """Finds what is to be loaded in files and folders, and how each is read.

    Args:
        paths: Files, archives and folders of them.
        mapping: A built-in mapping's name or a file's path, for all of them; else each feed is known by its columns.
        source: Who says so; else the feed's name.

    Raises:
        UnreadableFile: A file cannot be read at all.
        MappingError: No mapping fits a file.
        SettingError: The name of the source cannot be part of a record's id, or is kept for what no feed says.
    """
    if source is not None and (not 0 < len(source) <= LONGEST_SOURCE or ":" in source):
        raise SettingError(f"a source's name has 1 to {LONGEST_SOURCE} characters and no colon, not {source!r}")
    given = list(paths)
    found = discover(given)
    left_out = list(found.left_out)
    chosen = catalogue.named(mapping) if mapping else None
    plans = planned(found, given, chosen, source, left_out)
    for name in {plan.source for plan in plans} & {*RESERVED}:
        raise SettingError(
            f"the source {name!r} is kept for what is worked out or judged about who is who; name another one"
        )
    return Prepared(plans, left_out)


def load(
    store: Store,
    paths: Iterable[Path],
    *,
    mapping: str | None = None,
    source: str | None = None,
    add: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Loads files and folders into a store: `prepare` and `load_prepared` in one, with the arguments of both."""
    return load_prepared(store, prepare(paths, mapping=mapping, source=source), add=add, progress=progress)


def load_prepared(
    store: Store,
    prepared: Prepared,
    *,
    add: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Report:
    """Loads what was prepared into a store.

    Args:
        store: Where to.
        prepared: What; each file must still be what it was.
        add: Keep the records of an earlier file of the same name that this one does not hold.
        progress: Told after every batch.

    Raises:
        UnreadableFile: A file breaks off or changes while it is loaded; what came before is kept, and loading it again
            goes on from there.
    """
    plans, left_out = prepared
    report = Report(left_out=list(left_out))
    known = {(file.source, file.name): file for file in store.files()}
    ahead = [plan for plan in plans if not _is_same(known.get((plan.source, plan.name)), plan)]
    sizes = {plan.path: plan.size for plan in ahead}
    size = sum(sizes.values())
    starts, done = {}, 0
    for path, bytes_of in sizes.items():
        starts[path] = done
        done += bytes_of
    reports: dict[tuple[str, str], FileReport] = {}
    rows, most = 0, _at_once(store)
    with _unhurried(), _streams(ahead, size) as streams:
        for plan, reads, position in streams:
            with Version(store, plan, add=add) as version:
                for count, batch in enumerate(batched(reads, most, most if rows else FIRST), 1):
                    version.add(batch)
                    if progress:
                        at = starts[plan.path] + position()
                        progress(Progress(plan.name, at, size, rows + version.report.rows))
                    if count % _COLLECTED == 0:
                        gc.collect()
                version.finish()
            reports[plan.source, plan.name] = version.report
            rows += version.report.rows
    for plan in ahead:
        if (plan.source, plan.name) not in reports:
            raise plan.changed()  # the file no longer has this table
    for plan in plans:
        name = (plan.source, plan.name)
        report.files.append(reports.get(name) or _unchanged(known.get(name), plan))
    return report


def retry(store: Store, source: str | None = None, file: str | None = None) -> Report:
    """Reads the rows set aside once more, as after a mapping was mended; those that can be read now are loaded.

    A row whose cells cannot be trusted stays where it is, and so does one whose key another row has.
    """
    report = Report()
    groups: dict[tuple[str, str, str], FileReport] = {}
    readers: dict[tuple[str, str], RowReader | None] = {}
    versions = {(version.source, version.name): version for version in store.files()}
    for of, entries in groupby(store.quarantine(source, file), attrgetter("source", "file")):
        version = versions.get(of)
        merged = False
        for part in chunks(entries, _at_once(store)):
            fresh: dict[str, tuple[SetAside, Record]] = {}
            for entry in part:
                reader = _reader(readers, entry)
                if reader is None:
                    missing = (entry.file, f"its mapping {entry.mapping} is not there any more")
                    if missing not in report.left_out:
                        report.left_out.append(missing)
                    continue
                one = groups.setdefault((*of, entry.mapping), FileReport(entry.file, entry.source, reader.mapping.feed))
                one.rows += 1
                record = _reread(reader, entry)
                if record is None or record.id in fresh:
                    one.set_aside += 1
                else:
                    fresh[record.id] = (entry, record)
            conflicts = [name for name, (entry, _) in fresh.items() if entry.reason.startswith(CONFLICT)]
            for name in store.digests(conflicts):
                entry, _ = fresh.pop(name)
                groups[(*of, entry.mapping)].set_aside += 1
            known = store.digests(fresh)
            for name, (entry, record) in fresh.items():
                one = groups[(*of, entry.mapping)]
                if name not in known:
                    one.added += 1
                elif known[name] == record.digest:
                    one.unchanged += 1
                else:
                    one.replaced += 1
            store.merge([record for _, record in fresh.values()], loading=version)
            store.release([entry.id for entry, _ in fresh.values()], loading=version)
            merged = merged or bool(fresh)
        if merged and version is not None:
            left = sum(1 for _ in store.quarantine(*of))
            store.note_file(replace(version, set_aside=left), loading=version)
    report.files = [groups[group] for group in sorted(groups)]
    return report


_KEPT = {
    JUDGED: "what people judged is not forgotten as a whole; `headwater judge A B --undo --why TEXT` takes back "
    "what was judged of two, and `headwater judgements export FILE` writes all of it to a file",
    DERIVED: "links of identity are not forgotten, since the next run would make them again; `headwater resolve "
    "--full` makes them anew from what the store says now",
}


def check_forgettable(source: str) -> None:
    """Refuses what people judged, which no feed could bring back, and what the next run would bring back.

    Raises:
        Reserved: The source is one of these.
    """
    if source in _KEPT:
        raise Reserved(f"{source}: {_KEPT[source]}")


def forget(store: Store, source: str) -> int:
    """Takes back what only this source said, its files and its rows set aside; gives how many records it had.

    Raises:
        Reserved: The source is of judgements, or of a model.
    """
    check_forgettable(source)
    # The files go first: cut off in between, the next load must not find them loaded.
    for version in store.files():
        if version.source == source:
            store.drop_file(source, version.name)
    count = 0
    for part in chunks(store.record_ids(source), _at_once(store)):
        count += store.retract(part)
    for part in chunks([entry.id for entry in store.quarantine(source)], _at_once(store)):
        store.release(part)
    return count


Streams = Iterator[tuple[Plan, Iterator[Read], Callable[[], int]]]


@contextmanager
def _streams(plans: Sequence[Plan], size: int) -> Iterator[Streams]:
    """Each plan with its rows and how many bytes of them are read."""
    if size < BESIDE_BYTES:
        yield _here(plans)
        return
    from ingest.beside import Beside

    with Beside(plans) as process:
        yield ((plan, process.rows(plan), process.position) for plan in plans)


def _here(plans: Sequence[Plan]) -> Streams:
    by_path: dict[Path, dict[str, Plan]] = {}
    for plan in plans:
        by_path.setdefault(plan.path, {})[plan.table] = plan
    for path, wanted in by_path.items():
        for table in tables(path):
            if table.name in wanted:
                plan = wanted[table.name]
                reader = RowReader(plan.mapping, plan.source)
                yield plan, map(reader.identified, table.rows), table.position


def _at_once(store: Store) -> int:
    return min(BATCH, store.rows_at_once)


@contextmanager
def _unhurried() -> Iterator[None]:
    """Keeps the collector of cycles from looking at every batch again and again; rows make no cycles."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _is_same(before: FileVersion | None, plan: Plan) -> TypeGuard[FileVersion]:
    return (
        before is not None
        and before.complete
        and before.digest == plan.digest
        and before.mapping == plan.mapping.digest
    )


def _unchanged(before: FileVersion | None, plan: Plan) -> FileReport:
    report = FileReport(plan.name, plan.source, plan.mapping.feed)
    if before is not None:
        report.rows, report.set_aside = before.rows, before.set_aside
        report.unchanged = before.rows - before.set_aside
    return report


def _reader(readers: dict[tuple[str, str], RowReader | None], entry: SetAside) -> RowReader | None:
    place = (entry.source, entry.mapping)
    if place not in readers:
        try:
            readers[place] = RowReader(catalogue.named(entry.mapping), entry.source)
        except MappingError:
            readers[place] = None
    return readers[place]


def _reread(reader: RowReader, entry: SetAside) -> Record | None:
    """A row set aside, read once more; None when it still cannot be read."""
    if entry.reason.startswith(UNTRUSTED):
        return None
    read = reader.identified(Row(entry.row, dict(entry.values), entry.raw))
    if not read.is_mapped:
        read = reader.mapped(read)
    if read.fault:
        return None
    return reader.record(read, entry.file)
