"""A new version of a table, taking the place of the one that its source sent before."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from graph.model import FileVersion, Record, SetAside, chunks, order_of, quarantine_id
from graph.store import Store
from ingest.plans import Plan
from ingest.report import FileReport
from ingest.rows import Read, RowReader

Refuse = Callable[[Read, str | None, str], None]
"""Sets a row aside, with the column and the reason."""

CONFLICT = "the row's key is that of row "
"""How the reason of a row begins whose key the file has used for something else."""
ADDED = "+"
"""Stands behind the digest of a file that was added to an earlier version: the store holds more than the file says."""


class Version:
    """A version of a table on its way into a store, batch by batch.

    A row whose key another row of the file has used counts once when it says the same, and is set aside when it does
    not. A row that cannot be read is set aside, and what its record said before stays, as far as its key can be seen.
    """

    def __init__(self, store: Store, plan: Plan, *, add: bool = False) -> None:
        """A version of the table of a plan; with `add`, it takes nothing's place."""
        self.store = store
        self.plan = plan
        self.reader = RowReader(plan.mapping, plan.source)
        self.report = FileReport(plan.name, plan.source, plan.mapping.feed)
        self._add = add
        digest = plan.digest + ADDED if add else plan.digest
        self._begun = FileVersion(plan.source, plan.name, digest, plan.mapping.digest, 0, 0, _now(), False)
        # What was seen is kept on disk: memory must not grow with the file.
        self._seen = sqlite3.connect("", isolation_level=None)
        self._seen.execute("PRAGMA cache_size = -8192")
        self._seen.execute("PRAGMA synchronous = OFF")
        self._seen.execute("PRAGMA journal_mode = OFF")
        self._seen.execute("CREATE TABLE seen (id INTEGER PRIMARY KEY, digest TEXT, row INTEGER)")
        self._seen.execute("CREATE TABLE spared (id INTEGER PRIMARY KEY)")
        self._seen.execute("CREATE TABLE aside (id INTEGER PRIMARY KEY)")

    def __enter__(self) -> Self:
        self.store.note_file(self._begun)
        # Asked now that no other load can write into the file: then there will be nothing to withdraw.
        self._is_first = self._is_unknown()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._seen.close()

    def add(self, reads: Sequence[Read]) -> None:
        """Writes one batch of rows."""
        report, plan, reader = self.report, self.plan, self.reader
        report.rows += len(reads)
        aside: list[SetAside] = []

        def refuse(read: Read, column: str | None, reason: str) -> None:
            aside.append(reader.set_aside(read, plan.name, column, reason))

        fresh: dict[str, Read] = {}
        for read in reads:
            if not read.key:
                if read.fault:
                    refuse(read, *read.fault)
                if key := reader.presumed_key(read.row):
                    self._insert("spared", [f"{plan.source}:{key}"])
                continue
            name = f"{plan.source}:{read.key}"
            if name in fresh:
                self._again(read, fresh[name].digest, fresh[name].row.number, refuse)
            else:
                fresh[name] = read
        self._drop_known(fresh, refuse)
        # What is known already need not be mapped; of a file that is new, little is.
        digests = {} if self._is_first else {name: read.digest for name, read in fresh.items()}
        same = self.store.hold(digests, plan.name, loading=self._begun) if digests else set()
        records: list[Record] = []
        for name, read in fresh.items():
            if name in same:
                continue
            if not read.is_mapped:
                read = reader.mapped(read)
            if read.fault:
                refuse(read, *read.fault)
                continue
            report.doubts.update(read.doubts)
            records.append(reader.record(read, plan.name))
        merged = self.store.merge(records, aside, loading=self._begun)
        report.added += merged.added
        report.replaced += merged.replaced
        report.unchanged += merged.unchanged + len(same)
        report.set_aside += len(aside)
        self._insert("aside", [quarantine_id(entry) for entry in aside])

    def finish(self) -> None:
        """Withdraws what the earlier version said and this one does not, and notes that the load is whole."""
        report, plan = self.report, self.plan
        plan.check_unchanged()
        begun = self._begun
        whole = replace(begun, rows=report.rows - report.repeated, set_aside=report.set_aside, complete=True)
        if self._is_first:
            whole = replace(whole, digest=plan.digest)
        elif self._add:
            set_aside = sum(1 for _ in self.store.quarantine(plan.source, plan.name))
            rows = sum(1 for _ in self.store.record_ids(plan.source, plan.name)) + set_aside
            whole = replace(whole, rows=rows, set_aside=set_aside)
        else:
            for part in chunks(self.store.record_ids(plan.source, plan.name), 2000):
                if gone := self._missing(part, "seen", "spared"):
                    report.withdrawn += self.store.retract(gone, plan.name, loading=self._begun)
            entries = (entry.id for entry in self.store.quarantine(plan.source, plan.name))
            old = [name for part in chunks(entries, 2000) for name in self._missing(part, "aside")]
            for part in chunks(old, 2000):
                self.store.release(part, loading=self._begun)
        self.store.note_file(replace(whole, loaded=_now()), loading=begun)

    def _is_unknown(self) -> bool:
        """Whether the store keeps nothing of this file."""
        source, name = self.plan.source, self.plan.name
        return not any(True for _ in self.store.record_ids(source, name)) and not any(
            True for _ in self.store.quarantine(source, name)
        )

    def _drop_known(self, fresh: dict[str, Read], refuse: Refuse) -> None:
        """Takes out the rows whose key an earlier batch has brought, and notes the others."""
        numbers = {order_of(name): name for name in fresh}
        for part in chunks(numbers, 500):
            query = f"SELECT id, digest, row FROM seen WHERE id IN ({','.join('?' * len(part))})"
            for number, digest, first in self._seen.execute(query, part).fetchall():
                self._again(fresh.pop(numbers[number]), digest, first, refuse)
        rows = [(n, fresh[name].digest, fresh[name].row.number) for n, name in numbers.items() if name in fresh]
        self._seen.executemany("INSERT INTO seen VALUES (?, ?, ?)", sorted(rows))

    def _again(self, read: Read, digest: str, first: int, refuse: Refuse) -> None:
        """A key that the file has used already: the same row counts once, about another it is not guessed."""
        if digest == read.digest:
            self.report.repeated += 1
            return
        key = self.plan.mapping.key
        refuse(read, key.columns[0] if key else None, f"{CONFLICT}{first}, which says something else")

    def _insert(self, table: str, names: Iterable[str]) -> None:
        self._seen.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?)", [(order_of(name),) for name in names])

    def _missing(self, names: Sequence[str], *tables: str) -> list[str]:
        """Those of the names that stand in none of the tables."""
        numbers = {order_of(name): name for name in names}
        for table in tables:
            for part in chunks(list(numbers), 500):
                query = f"SELECT id FROM {table} WHERE id IN ({','.join('?' * len(part))})"
                for (number,) in self._seen.execute(query, part).fetchall():
                    del numbers[number]
        return list(numbers.values())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
