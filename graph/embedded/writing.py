"""What is written into an embedded store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from graph import changes as summing
from graph import packing
from graph.embedded.file import PARAMETERS, StoreFile, now
from graph.embedded.numbers import unused
from graph.errors import HeadwaterError
from graph.model import FileVersion, Merged, Record, SetAside, chunks, order_of, quarantine_id


class Before(NamedTuple):
    """How a node stands before a batch: its number, what is kept of its values, and how many mentions it has."""

    number: int
    counts: bytes | None
    mentions: int


class Writing(StoreFile):
    """What changes a store; see `graph.store.Store`."""

    def merge(
        self, records: Sequence[Record], set_aside: Sequence[SetAside] = (), *, loading: FileVersion | None = None
    ) -> Merged:
        received = now()
        latest = {record.id: record for record in [packing.prepared(record, self._check) for record in records]}
        with self._transaction(loading):
            old = {f"{r[0]}:{r[1]}": r[2:] for r in self._by_keys("id, digest, body", latest)}
            changes, numbers = summing.Changes(), dict[str, int]()
            written: list[tuple[int, Record]] = []
            fresh = unused(self._db, "record")
            for name, record in latest.items():
                before = old.get(name)
                if before is None:
                    numbers[name] = next(fresh)
                else:
                    numbers[name] = before[0]
                    if before[1] == record.digest:
                        continue
                    said = packing.said(record.source, record.key, self._bodies.unpacked(before[2]))
                    changes.add(said, -1)
                changes.add(record, 1)
                written.append((numbers[name], record))
            before, left_out = self._settle(changes, numbers)
            if left_out:
                written = [(n, record) for n, record in written if record.id not in left_out]
                self._remove((numbers[name], summing.DERIVED) for name in left_out if name in old)
            for source in {record.source for _, record in written}:
                self._bodies.learn(source, (record.body for _, record in written if record.source == source))
            pack = self._bodies.packed
            self._db.executemany(
                "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                "file = excluded.file, row = excluded.row, digest = excluded.digest, received = excluded.received, "
                "body = excluded.body",
                [
                    (n, order_of(r.id), r.source, r.key, r.file, r.row, r.digest, r.received or received)
                    + (pack(r.source, r.body),)
                    for n, r in written
                ],
            )
            self._hold((r.source, r.file, numbers[name]) for name, r in latest.items() if name not in left_out)
            self._apply(changes, numbers, before)
            self._db.executemany(
                "INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                "col = excluded.col, reason = excluded.reason, raw = excluded.raw, cells = excluded.cells, "
                "mapping = excluded.mapping, received = excluded.received "
                "WHERE (raw, reason, mapping) <> (excluded.raw, excluded.reason, excluded.mapping)",
                [
                    (order_of(quarantine_id(s)), s.source, s.file, s.row, s.column, s.reason, s.raw)
                    + (packing.dumped(dict(s.values), s.file), s.mapping, s.received or received)
                    for s in set_aside
                ],
            )
        replaced = sum(record.id in old for _, record in written)
        unchanged = len(records) - len(written) - len(left_out)
        return Merged(len(written) - replaced, replaced, unchanged, len(left_out))

    def hold(self, digests: Mapping[str, str], file: str, *, loading: FileVersion | None = None) -> set[str]:
        with self._transaction(loading):
            rows = [row for row in self._by_keys("id, digest", digests) if row[3] == digests[f"{row[0]}:{row[1]}"]]
            self._hold((source, file, number) for source, _, number, _ in rows)
        return {f"{source}:{key}" for source, key, _, _ in rows}

    def _hold(self, held: Iterable[tuple[str, str, int]]) -> None:
        """Notes records, each by its source, file and number, as standing in their files, where they came in one."""
        files: dict[tuple[str, str], int] = {}
        rows = []
        for source, name, record in held:
            if not name:
                continue
            file = files.get((source, name))
            if file is None:
                file = files[source, name] = self._file(source, name)
            rows.append((file, record))
        self._db.executemany("INSERT OR IGNORE INTO file_record VALUES (?, ?)", rows)

    def retract(self, ids: Iterable[str], file: str | None = None, *, loading: FileVersion | None = None) -> int:
        with self._transaction(loading):
            rows = list(self._by_keys("id, body", ids))
            numbers = [row[2] for row in rows]
            if file is None:
                self._db.executemany("DELETE FROM file_record WHERE record = ?", [(n,) for n in numbers])
            else:
                files = dict(self._db.execute("SELECT source, id FROM file WHERE name = ?", (file,)))
                self._db.executemany(
                    "DELETE FROM file_record WHERE file = ? AND record = ?",
                    [(files[source], number) for source, _, number, _ in rows if source in files],
                )
            held = {n for (n,) in self._by_ids("SELECT record FROM file_record WHERE record IN", numbers)}
            gone = [row for row in rows if row[2] not in held]
            changes = summing.Changes()
            for source, key, _, body in gone:
                changes.add(packing.said(source, key, self._bodies.unpacked(body)), -1)
            self._remove((number, source) for source, _, number, _ in gone)
            numbers_of = {f"{source}:{key}": number for source, key, number, _ in gone}
            before, _ = self._settle(changes, numbers_of)
            self._apply(changes, numbers_of, before)
        return len(gone)

    def _remove(self, records: Iterable[tuple[int, str]]) -> None:
        """Removes the rows of records, each by its number and source; not what they state."""
        rows = list(records)
        self._db.executemany("DELETE FROM file_record WHERE record = ?", [(number,) for number, _ in rows])
        self._db.executemany("DELETE FROM record WHERE id = ?", [(number,) for number, _ in rows])
        self._bodies.forget({source for _, source in rows})

    def _settle(self, changes: summing.Changes, record: dict[str, int]) -> tuple[dict[str, Before], set[str]]:
        """Settles what a batch does to derived records: those of nodes that go are removed with them.

        Args:
            changes: Those of the batch; what must go as well is added, what cannot be kept left out.
            record: The numbers of its records, to which those that go are added.

        Returns:
            How the nodes stand before the batch, and the ids of the records that are not to be kept.
        """
        before = self._before(changes.spoken_of())
        mentions = {node: was.mentions for node, was in before.items()}
        left_out = changes.settle(mentions)
        if gone := changes.gone(mentions):
            known = {one.id for one in changes.removed}
            along = {n: (key, body) for n, key, body in self._derived(before[node].number for node in gone)}
            along = {n: row for n, row in along.items() if f"{summing.DERIVED}:{row[0]}" not in known}
            others: set[str] = set()
            for number, (key, body) in along.items():
                one = packing.said(summing.DERIVED, key, self._bodies.unpacked(body))
                changes.add(one, -1)
                record[one.id] = number
                others |= summing.linked(one)
            before |= self._before(others - before.keys())
            self._remove((number, summing.DERIVED) for number in along)
        return before, left_out

    def _derived(self, nodes: Iterable[int]) -> Iterator[tuple[int, str, bytes]]:
        """The derived records that link these nodes: number, key and body."""
        kind = self._names.get(summing.DERIVED_LINK)
        if not self._db.execute("SELECT 1 FROM record WHERE source = ? LIMIT 1", (summing.DERIVED,)).fetchone():
            return  # as before anything was ever compared
        for part in chunks(nodes, PARAMETERS):
            marks = ",".join("?" * len(part))
            for end in ("source", "target"):
                yield from self._db.execute(
                    "SELECT record.id, record.key, record.body FROM link JOIN record ON record.id = link.record "
                    f"WHERE link.{end} IN ({marks}) AND link.kind = ? AND record.source = ?",
                    (*part, kind, summing.DERIVED),
                ).fetchall()

    def _before(self, nodes: Iterable[str]) -> dict[str, Before]:
        """How those of the nodes stand that there are."""
        places = {order_of(node): node for node in nodes}
        found = {}
        query = "SELECT place, id, kind, key, counts, mentions FROM node WHERE place IN"
        for place, number, kind, key, counts, mentions in self._by_ids(query, places):
            node = places[place]
            if (there := f"{self._texts[kind]}/{key}") != node:
                raise HeadwaterError(f"two ids have one hash, {node} and {there}: report this")
            found[node] = Before(number, counts, mentions)
        return found

    def _apply(self, changes: summing.Changes, record: Mapping[str, int], before: Mapping[str, Before]) -> None:
        """Writes what a batch changes in the graph, given the numbers of its records and how nodes stand before it."""
        if not changes.added and not changes.removed:
            return
        db, name, day, stated = self._db, self._names, packing.day, packing.stated
        number = self._apply_nodes(changes, before)
        links, mentions = [], []
        for said in changes.removed:
            n = record[said.id]
            links += [(number[link.source], name[link.kind], number[link.target], n) for link in said.links]
            mentions += [(number[mention.node], n) for mention in said.mentions]
        db.executemany("DELETE FROM link WHERE source = ? AND kind = ? AND target = ? AND record = ?", links)
        db.executemany("DELETE FROM mention WHERE node = ? AND record = ?", mentions)
        rows: list[tuple[Any, ...]] = []
        alone: set[tuple[int, int]] = set()
        for said in changes.added:
            n = record[said.id]
            ends = set()
            for kind, source, target, start, end, values, why in said.links:
                ends.add(source)
                ends.add(target)
                more = stated(values, why) if values or why else None
                rows.append((number[source], name[kind], number[target], n, day(start), day(end), more))
            alone |= {(number[node], n) for node, _, _ in said.mentions if node not in ends}
        # All rows go in the order of their keys, so that a page is filled at once.
        db.executemany("INSERT INTO mention VALUES (?, ?)", sorted(alone))
        rows.sort(key=itemgetter(0))
        db.executemany("INSERT INTO link VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def _apply_nodes(self, changes: summing.Changes, before: Mapping[str, Before]) -> Mapping[str, int]:
        """Writes the nodes, and gives the number of each."""
        db, names, only_added = self._db, self._names, not changes.removed
        (change,) = db.execute("UPDATE change SET last = last + 1 RETURNING last").fetchone()
        fresh = unused(db, "node")
        number = {node: was.number for node, was in before.items()}
        added, kept, gone, unfound, found, unsought, sought = [], [], [], [], [], [], []
        for node, delta in changes.nodes.items():
            place, was = order_of(node), before.get(node)
            kind, _, key = node.partition("/")
            n = number[node] = was.number if was is not None else next(fresh)
            counts: summing.Counts = {}
            mentions = delta.mentions
            if was is not None:
                mentions += was.mentions
                if not delta.counts and mentions > 0:
                    kept.append((was.counts, mentions, change, n))
                    continue
                counts = summing.unpacked(orjson.loads(was.counts)) if was.counts is not None else {}
            if mentions > 0:
                now = delta.counts if was is None and only_added else summing.summed(counts, delta.counts)
                packed = orjson.dumps(summing.packed(now)) if now else None
                if was is None:
                    added.append((n, place, names[kind], key, packed, mentions, change))
                else:
                    kept.append((packed, mentions, change, n))
            else:
                now = {}
                gone.append((n,))
            known = self._ontology.kinds[kind]
            if known.search:
                old_text = summing.search_text(kind, counts, self._ontology) if counts else ""
                new_text = summing.search_text(kind, now, self._ontology) if now else ""
                if old_text != new_text:
                    if old_text:
                        unsought.append((place, old_text))
                    if new_text:
                        sought.append((place, new_text))
            for prop in known.also:
                old, new = counts.get(prop, {}), now.get(prop, {})
                unfound += [(f"{kind}.{prop}", str(v), n) for v in old if v not in new]
                found += [(f"{kind}.{prop}", str(v), n) for v in new if v not in old]
        db.executemany("DELETE FROM node WHERE id = ?", gone)
        db.executemany(
            "UPDATE node SET counts = ?, mentions = ?, changed = ? WHERE id = ?", sorted(kept, key=itemgetter(3))
        )
        db.executemany("INSERT INTO node VALUES (?, ?, ?, ?, ?, ?, ?)", added)
        db.executemany("DELETE FROM identifier WHERE property = ? AND value = ? AND node = ?", unfound)
        db.executemany("INSERT INTO identifier VALUES (?, ?, ?)", found)
        # The full-text index takes a batch at once only while its row ids ascend, so all removals go first.
        db.executemany("INSERT INTO term (term, rowid, text) VALUES ('delete', ?, ?)", sorted(unsought))
        db.executemany("INSERT INTO term (rowid, text) VALUES (?, ?)", sorted(sought))
        return number

    def _file(self, source: str, name: str) -> int:
        self._db.execute(
            "INSERT OR IGNORE INTO file (source, name, digest, mapping, rows, set_aside, loaded, complete) "
            "VALUES (?, ?, '', '', 0, 0, ?, 0)",
            (source, name, now()),
        )
        (number,) = self._db.execute("SELECT id FROM file WHERE source = ? AND name = ?", (source, name)).fetchone()
        return int(number)

    def note_file(self, file: FileVersion, *, loading: FileVersion | None = None) -> None:
        with self._transaction(loading):
            self._db.execute(
                "UPDATE file SET digest = ?, mapping = ?, rows = ?, set_aside = ?, loaded = ?, complete = ? "
                "WHERE id = ?",
                (file.digest, file.mapping, file.rows, file.set_aside, file.loaded, file.complete)
                + (self._file(file.source, file.name),),
            )

    def drop_file(self, source: str, name: str) -> None:
        with self._transaction():
            number = self._file(source, name)
            self._db.execute("DELETE FROM file_record WHERE file = ?", (number,))
            self._db.execute("DELETE FROM file WHERE id = ?", (number,))

    def release(self, ids: Iterable[str], *, loading: FileVersion | None = None) -> int:
        with self._transaction(loading):
            cursor = self._db.executemany("DELETE FROM quarantine WHERE id = ?", [(order_of(i),) for i in ids])
            return max(cursor.rowcount, 0)

    def wipe(self) -> None:
        with self._transaction():
            tables = "file record dictionary file_record node mention link identifier quarantine"
            for table in tables.split():
                self._db.execute(f"DELETE FROM {table}")
            self._db.execute("INSERT INTO term (term) VALUES ('delete-all')")
            self._db.execute("UPDATE change SET last = last + 1")
            self._bodies.reset()
