"""What is written into an embedded store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter

import orjson

from graph import changes as summing
from graph import packing
from graph.embedded.file import StoreFile, now
from graph.errors import HeadwaterError
from graph.model import FileVersion, Merged, Record, SetAside, order_of, quarantine_id


class Writing(StoreFile):
    """What changes a store; see `graph.store.Store`."""

    def merge(self, records: Sequence[Record], set_aside: Sequence[SetAside] = ()) -> Merged:
        summing.check(records, self._ontology)
        received = now()
        latest = {order_of(record.id): record for record in records}
        with self._transaction():
            old = {r[0]: r for r in self._by_ids("SELECT id, digest, body FROM record WHERE id IN", latest)}
            changes = summing.Changes()
            rows = []
            replaced = 0
            for number, record in latest.items():
                before = old.get(number)
                if before is not None:
                    if before[1] == record.digest:
                        continue
                    replaced += 1
                    changes.add(packing.said(record.source, record.key, before[2]), -1)
                changes.add(record, 1)
                rows.append(
                    (number, record.source, record.key, record.file, record.row, record.digest)
                    + (record.received or received, record.packed or packing.body(record))
                )
            self._db.executemany(
                "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                "file = excluded.file, row = excluded.row, digest = excluded.digest, received = excluded.received, "
                "body = excluded.body",
                sorted(rows),
            )
            files = {(r.source, r.file): 0 for r in latest.values()}
            for source, file in files:
                files[source, file] = self._file(source, file)
            self._db.executemany(
                "INSERT OR IGNORE INTO file_record VALUES (?, ?)",
                sorted((files[r.source, r.file], number) for number, r in latest.items()),
            )
            self._apply(changes)
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
        return Merged(len(rows) - replaced, replaced, len(records) - len(rows))

    def hold(self, ids: Iterable[str], file: str) -> None:
        with self._transaction():
            numbers = [order_of(i) for i in ids]
            sources = dict(self._by_ids("SELECT id, source FROM record WHERE id IN", numbers))
            files = {source: self._file(source, file) for source in set(sources.values())}
            self._db.executemany(
                "INSERT OR IGNORE INTO file_record VALUES (?, ?)", sorted((files[s], n) for n, s in sources.items())
            )

    def retract(self, ids: Iterable[str], file: str | None = None) -> int:
        numbers = [order_of(i) for i in ids]
        with self._transaction():
            rows = list(self._by_ids("SELECT id, source, key, body FROM record WHERE id IN", numbers))
            if file is not None:
                for number, source, _, _ in rows:
                    self._db.execute(
                        "DELETE FROM file_record WHERE record = ? AND file = "
                        "(SELECT id FROM file WHERE source = ? AND name = ?)",
                        (number, source, file),
                    )
                held = set()
                for row in rows:
                    for (other,) in self._db.execute("SELECT id FROM file WHERE source = ?", (row[1],)).fetchall():
                        query = "SELECT 1 FROM file_record WHERE file = ? AND record = ?"
                        if self._db.execute(query, (other, row[0])).fetchone():
                            held.add(row[0])
                rows = [row for row in rows if row[0] not in held]
            changes = summing.Changes()
            for _, source, key, body in rows:
                changes.add(packing.said(source, key, body), -1)
            gone = [row[0] for row in rows]
            self._db.executemany("DELETE FROM record WHERE id = ?", [(n,) for n in gone])
            if file is None:
                all_files = [f for (f,) in self._db.execute("SELECT id FROM file")]
                self._db.executemany(
                    "DELETE FROM file_record WHERE file = ? AND record = ?", [(f, n) for f in all_files for n in gone]
                )
            self._apply(changes)
        return len(rows)

    def _apply(self, changes: summing.Changes) -> None:
        if not changes.nodes:
            return
        db, name, day, stated = self._db, self._name, packing.day, packing.stated
        number = {node: order_of(node) for node in changes.nodes}
        record = {place[1]: 0 for place in (*changes.mentions_added, *changes.mentions_removed)}
        record |= {link[0]: 0 for link in (*changes.links_added, *changes.links_removed)}
        record = {text: order_of(text) for text in record}
        self._apply_nodes(changes, number)
        db.executemany(
            "DELETE FROM mention WHERE node = ? AND record = ? AND field = ?",
            [(number[node], record[text], name(field)) for node, text, field in changes.mentions_removed],
        )
        # All rows go in the order of their keys, so that a page is filled at once.
        db.executemany(
            "INSERT OR REPLACE INTO mention VALUES (?, ?, ?)",
            sorted([(number[node], record[text], name(field)) for node, text, field in changes.mentions_added]),
        )
        db.executemany(
            "DELETE FROM link WHERE source = ? AND kind = ? AND target = ? AND record = ?",
            [
                (number[source], name(kind), number[target], record[text])
                for text, (kind, source, target, *_) in changes.links_removed
            ],
        )
        rows = [
            (number[link.source], name(link.kind), number[link.target], record[text])
            + (day(link.start), day(link.end), stated(link))
            for text, link in changes.links_added
        ]
        rows.sort(key=itemgetter(0))
        db.executemany("INSERT OR REPLACE INTO link VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def _apply_nodes(self, changes: summing.Changes, number: dict[str, int]) -> None:
        db, texts, only_added = self._db, self._texts, not changes.mentions_removed
        (change,) = db.execute("UPDATE change SET last = last + 1 RETURNING last").fetchone()
        before = {
            row[0]: row
            for row in self._by_ids("SELECT id, counts, mentions, kind, key FROM node WHERE id IN", number.values())
        }
        kept, gone, unfound, found, unsought, sought = [], [], [], [], [], []
        for node, n in sorted(number.items(), key=itemgetter(1)):
            delta, was = changes.nodes[node], before.get(n)
            kind, _, key = node.partition("/")
            counts: summing.Counts = {}
            mentions = delta.mentions
            if was is not None:
                if was[4] != key or texts[was[3]] != kind:
                    raise HeadwaterError(f"two ids have one hash, {node} and {texts[was[3]]}/{was[4]}: report this")
                counts = summing.unpacked(orjson.loads(was[1])) if was[1] is not None else {}
                mentions += was[2]
            if not delta.counts:
                now = counts
            elif was is None and only_added:
                now = delta.counts
            else:
                now = summing.summed(counts, delta.counts)
            if mentions > 0:
                packed = orjson.dumps(summing.packed(now)) if now else None
                kept.append((n, self._name(kind), key, packed, mentions, change))
            else:
                gone.append((n,))
                now = {}
            if now is counts:
                continue
            known = self._ontology.kinds[kind]
            if known.search:
                old_text = summing.search_text(kind, counts, self._ontology) if counts else ""
                new_text = summing.search_text(kind, now, self._ontology)
                if old_text != new_text:
                    if old_text:
                        unsought.append((n, old_text))
                    if new_text:
                        sought.append((n, new_text))
            for prop in known.also:
                old, new = counts.get(prop, {}), now.get(prop, {})
                unfound += [(f"{kind}.{prop}", str(v), n) for v in old if v not in new]
                found += [(f"{kind}.{prop}", str(v), n) for v in new if v not in old]
        db.executemany("DELETE FROM node WHERE id = ?", gone)
        db.executemany(
            "INSERT INTO node VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET counts = excluded.counts, "
            "mentions = excluded.mentions, changed = excluded.changed",
            kept,
        )
        db.executemany("DELETE FROM identifier WHERE property = ? AND value = ? AND node = ?", unfound)
        db.executemany("INSERT INTO identifier VALUES (?, ?, ?)", found)
        # The full-text index takes a batch at once only while its row ids ascend, so all removals go first.
        db.executemany("INSERT INTO term (term, rowid, text) VALUES ('delete', ?, ?)", unsought)
        db.executemany("INSERT INTO term (rowid, text) VALUES (?, ?)", sought)

    def _file(self, source: str, name: str) -> int:
        self._db.execute(
            "INSERT OR IGNORE INTO file (source, name, digest, mapping, rows, set_aside, loaded, complete) "
            "VALUES (?, ?, '', '', 0, 0, ?, 0)",
            (source, name, now()),
        )
        (number,) = self._db.execute("SELECT id FROM file WHERE source = ? AND name = ?", (source, name)).fetchone()
        return int(number)

    def note_file(self, file: FileVersion) -> None:
        with self._transaction():
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

    def release(self, ids: Iterable[str]) -> int:
        with self._transaction():
            cursor = self._db.executemany("DELETE FROM quarantine WHERE id = ?", [(order_of(i),) for i in ids])
            return max(cursor.rowcount, 0)

    def wipe(self) -> None:
        with self._transaction():
            for table in ("file", "record", "file_record", "node", "mention", "link", "identifier", "quarantine"):
                self._db.execute(f"DELETE FROM {table}")
            self._db.execute("INSERT INTO term (term) VALUES ('delete-all')")
            self._db.execute("UPDATE change SET last = last + 1")
