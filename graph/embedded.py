"""The embedded store: one SQLite file, one writer beside several readers.

Rows bear the 63-bit hashes of their text ids (`model.order_of`), so that a batch needs no look-ups before it is written.
Links lie in the order of their source, with one index for the way back: they lead from documents to what documents speak
of, so a node has few links out and may have many in, and the index keeps those by date.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import quote

import orjson

from graph import changes as summing
from graph import packing
from graph.errors import HeadwaterError, StoreError, StoreIncompatible, StoreReadOnly, StoreUnavailable
from graph.model import (
    Cut,
    Direction,
    Expansion,
    FileVersion,
    Link,
    Matches,
    Merged,
    Node,
    Record,
    SetAside,
    Statement,
    chunks,
    kind_of,
    order_of,
    quarantine_id,
)
from graph.ontology import ontology
from graph.store import SCHEMA, Counts
from graph.terms import query_terms

_APPLICATION = 0x48575452  # "HWTR", by which a file is known as a store
_PARAMETERS = 500  # ids bound at once
_TOGETHER = 32  # nodes expanded in one query, so that a hub among them does not spoil it for many
_PAGE = 16384  # bytes; a batch is written in a quarter of the calls that pages of 4096 take, and the file is smaller
_PERMISSIONS = "check the file's and its folder's permissions"
_BUSY_MS = 120_000  # another process may hold the write lock for as long as its batch takes

_TABLES = """
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE file (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, mapping TEXT NOT NULL,
    rows INTEGER NOT NULL, set_aside INTEGER NOT NULL, loaded TEXT NOT NULL, complete INTEGER NOT NULL,
    UNIQUE (source, name)
);
CREATE TABLE record (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, key TEXT NOT NULL, file TEXT NOT NULL, row INTEGER NOT NULL,
    digest TEXT NOT NULL, received TEXT NOT NULL, body BLOB NOT NULL
);
CREATE TABLE file_record (file INTEGER NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (file, record)) WITHOUT ROWID;
CREATE TABLE node (
    id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, key TEXT NOT NULL, counts BLOB, mentions INTEGER NOT NULL,
    changed INTEGER NOT NULL
);
CREATE TABLE mention (
    node INTEGER NOT NULL, record INTEGER NOT NULL, field INTEGER NOT NULL, PRIMARY KEY (node, record, field)
) WITHOUT ROWID;
CREATE TABLE link (
    source INTEGER NOT NULL, kind INTEGER NOT NULL, target INTEGER NOT NULL, record INTEGER NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, stated BLOB,
    PRIMARY KEY (source, kind, target, record)
) WITHOUT ROWID;
CREATE INDEX link_in ON link (target, kind, start);
CREATE TABLE identifier (
    property TEXT NOT NULL, value TEXT NOT NULL, node INTEGER NOT NULL, PRIMARY KEY (property, value, node)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE term USING fts5 (text, content = '', detail = none, columnsize = 0, tokenize = ascii);
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, file TEXT NOT NULL, row INTEGER NOT NULL, col TEXT,
    reason TEXT NOT NULL, raw BLOB NOT NULL, cells BLOB NOT NULL, mapping TEXT NOT NULL, received TEXT NOT NULL
);
CREATE TABLE change (last INTEGER NOT NULL);
INSERT INTO change VALUES (0);
"""


class EmbeddedStore:
    """A store in one SQLite file; see `graph.store.Store` for what it is asked."""

    def __init__(self, path: str | os.PathLike[str], *, create: bool = True) -> None:
        self.path = Path(path)
        self.url = f"sqlite:{self.path}"
        self._ontology = ontology()
        if not self.path.exists():
            if not create:
                raise StoreUnavailable(f"{self.path}: there is no store here; `headwater load` makes one")
            if not self.path.absolute().parent.is_dir():
                raise StoreUnavailable(f"{self.path}: the folder {self.path.absolute().parent} does not exist")
        self._db = self._connect()
        try:
            with self._errors():
                self._prepare()
                self._read_names()
                self._name_kinds()
        except BaseException:
            self._db.close()
            raise

    # Opening

    def _connect(self) -> sqlite3.Connection:
        with self._errors():
            self._read_only = self.path.exists() and not os.access(self.path, os.W_OK)
            path = self.path.absolute()
            uri = f"file:{quote(str(path))}?mode={'ro' if self._read_only else 'rwc'}"
            if self._read_only and not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists():
                uri += "&immutable=1"  # nobody writes, and the file that readers share cannot be made
            db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
            db.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            db.execute("PRAGMA cache_size = -98304")
            # A batch changes pages all over the file: the fewer times each is copied from the log, the better.
            db.execute(f"PRAGMA wal_autocheckpoint = {(32 << 20) // _PAGE}")
            db.execute("PRAGMA temp_store = FILE")
            return db

    def _prepare(self) -> None:
        db = self._db
        (application,) = db.execute("PRAGMA application_id").fetchone()
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if application != _APPLICATION:
            if db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() or application or version:
                raise StoreIncompatible(f"{self.path}: this is a database of another program; name another file")
            db.execute(f"PRAGMA page_size = {_PAGE}")
            db.execute("PRAGMA journal_mode = WAL")
            with self._transaction():
                # Another process may have made the store while this one waited for the lock.
                if not db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                    for statement in _TABLES.split(";\n"):
                        if statement.strip():
                            db.execute(statement)
                    db.execute(f"PRAGMA application_id = {_APPLICATION}")
                    db.execute(f"PRAGMA user_version = {SCHEMA}")
        elif version > SCHEMA:
            raise StoreIncompatible(
                f"{self.path}: written by a newer Headwater (schema {version}, this one knows {SCHEMA}); update Headwater"
            )
        db.execute("PRAGMA synchronous = NORMAL")  # with WAL a killed process loses nothing that was committed

    def _read_names(self) -> None:
        """Reads the numbers of names anew: those given in a transaction that failed are void."""
        self._names: dict[str, int] = dict(self._db.execute("SELECT text, id FROM name"))
        self._texts = _Texts(self._db, {number: text for text, number in self._names.items()})

    def _name_kinds(self) -> None:
        """Numbers all kinds beforehand, so that a reader knows those that a writer beside it is the first to use."""
        kinds = {*self._ontology.kinds, *self._ontology.links}
        if not kinds <= self._names.keys() and not self._read_only:
            with self._transaction():
                for kind in sorted(kinds):
                    self._name(kind)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise translated(error, str(self.path)) from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self._read_only:
            raise StoreReadOnly(f"{self.path}: the store cannot be written; {_PERMISSIONS}")
        with self._errors():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                    self._read_names()
                raise

    # Reading

    def get(self, ids: Iterable[str]) -> dict[str, Node]:
        with self._errors():
            wanted = {order_of(i): i for i in ids}
            found = {}
            for row in self._by_ids("SELECT id, counts, mentions FROM node WHERE id IN", wanted):
                node = wanted[row[0]]
                found[node] = Node(node, packing.values(row[1]), row[2])
            return {i: found[i] for i in wanted.values() if i in found}

    def find(self, kind: str, name: str, values: Iterable[str]) -> dict[str, tuple[str, ...]]:
        with self._errors():
            found = {}
            for value in dict.fromkeys(values):
                rows = self._db.execute(
                    "SELECT node.kind, node.key FROM identifier JOIN node ON node.id = identifier.node "
                    "WHERE property = ? AND value = ?",
                    (f"{kind}.{name}", value),
                )
                if ids := tuple(sorted(f"{self._texts[k]}/{key}" for k, key in rows)):
                    found[value] = ids
            return found

    def search(self, terms: Sequence[str], kinds: Collection[str] | None = None, limit: int = 100) -> Matches:
        words = list(dict.fromkeys(word for term in terms for word in query_terms(term)))
        if not words:
            return Matches((), 0)
        with self._errors():
            query = " AND ".join(f'"{word}"*' for word in words)
            numbers = None if kinds is None else [self._names[k] for k in sorted(kinds) if k in self._names]
            among = "" if numbers is None else f"AND node.kind IN ({','.join('?' * len(numbers))})"
            source = f"FROM term JOIN node ON node.id = term.rowid WHERE term MATCH ? {among}"
            rows = self._db.execute(
                f"SELECT node.kind, node.key {source} ORDER BY term.rowid LIMIT ?", (query, *(numbers or ()), limit + 1)
            ).fetchall()
            total = len(rows)
            if total > limit:
                (total,) = self._db.execute(f"SELECT count(*) {source}", (query, *(numbers or ()))).fetchone()
            return Matches(tuple(f"{self._texts[k]}/{key}" for k, key in rows[:limit]), total)

    def expand(
        self,
        ids: Iterable[str],
        kinds: Collection[str] | None = None,
        direction: Direction = "both",
        start: str | None = None,
        end: str | None = None,
        limit: int = 100,
    ) -> Expansion:
        with self._errors():
            since, until = (packing.day(start) if start else 0), (packing.day(end) if end else packing.NEVER)
            cut: list[Cut] = []
            wanted: dict[str, dict[str, list[str]]] = {}
            for node in dict.fromkeys(ids):
                ways = wanted[node] = {}
                for way, possible in (("out", self._ontology.outgoing), ("in", self._ontology.incoming)):
                    if direction in (way, "both"):
                        ways[way] = [
                            kind
                            for kind in possible.get(kind_of(node), ())
                            if (kinds is None or kind in kinds) and kind in self._names
                        ]
            found = {way: self._few(way, wanted, since, until, limit) for way in ("out", "in")}
            links: dict[str, list[Link]] = {}
            for node, ways in wanted.items():
                around = links[node] = []
                for way, possible_kinds in ways.items():
                    for kind in possible_kinds:
                        rows = found[way].get((node, kind), [])
                        if rows is None or len(rows) > limit:
                            self._expand(node, kind, way, since, until, limit, around, cut)
                        elif rows:
                            around.extend(self._links(node, kind, way, rows))
            return Expansion(links, cut)

    def _few(
        self, way: str, wanted: dict[str, dict[str, list[str]]], since: int, until: int, limit: int
    ) -> dict[tuple[str, str], list[Any] | None]:
        """The rows around many nodes at once, by node and kind; None where a hub among them has too many to fetch."""
        this, that = ("source", "target") if way == "out" else ("target", "source")
        most = 4 * limit + 256
        found: dict[tuple[str, str], list[Any] | None] = {}
        for part in chunks((node for node, ways in wanted.items() if ways.get(way)), _TOGETHER):
            numbers = {order_of(node): node for node in part}
            kinds = {self._names[kind]: kind for node in part for kind in wanted[node][way]}
            query = (
                f"SELECT link.{that}, other.kind, other.key, link.start, link.end, link.stated, record.source, "
                f"record.key, link.{this}, link.kind FROM link JOIN node AS other ON other.id = link.{that} "
                f"JOIN record ON record.id = link.record WHERE link.{this} IN ({_marks(len(numbers))}) "
                f"AND link.kind IN ({_marks(len(kinds))})"
            )
            parameters = [*_padded(list(numbers)), *_padded(list(kinds))]
            if since or until != packing.NEVER:
                query += " AND (link.start = 0 OR (link.start <= ? AND max(link.start, link.end) >= ?))"
                parameters += [until, since]
            rows = self._db.execute(f"{query} LIMIT ?", (*parameters, most)).fetchall()
            if len(rows) == most:
                found |= {(node, kind): None for node in part for kind in wanted[node][way]}
                continue
            for row in rows:
                held = found.setdefault((numbers[row[8]], kinds[row[9]]), [])
                if held is not None:
                    held.append(row)
        return found

    def _expand(
        self,
        node: str,
        kind: str,
        way: Literal["out", "in"] | str,
        since: int,
        until: int,
        limit: int,
        around: list[Link],
        cut: list[Cut],
    ) -> None:
        here, number = order_of(node), self._names[kind]
        this, that = ("source", "target") if way == "out" else ("target", "source")
        query = (
            f"SELECT link.{that}, other.kind, other.key, link.start, link.end, link.stated, record.source, record.key "
            f"FROM link JOIN node AS other ON other.id = link.{that} JOIN record ON record.id = link.record "
            f"WHERE link.{this} = ? AND link.kind = ?"
        )
        parameters: tuple[int, ...] = (here, number)
        if since or until != packing.NEVER:
            query += " AND (link.start = 0 OR (link.start <= ? AND max(link.start, link.end) >= ?))"
            parameters += (until, since)
        rows = self._db.execute(f"{query} LIMIT ?", (*parameters, limit + 1)).fetchall()
        if not rows:
            return
        if len(rows) <= limit:
            around.extend(self._links(node, kind, way, rows))
            return
        # Perhaps too many: choose the newest links first, then fetch what is stated of the chosen ones alone.
        where = query[query.index("WHERE") :].replace("link.", "")
        (total,) = self._db.execute(f"SELECT count(DISTINCT {that}) FROM link {where}", parameters).fetchone()
        chosen: dict[int, None] = {}
        newest = self._db.execute(f"SELECT {that} FROM link {where} ORDER BY start DESC, {that}", parameters)
        for (other,) in newest:
            chosen[other] = None
            if len(chosen) == limit:
                break
        newest.close()
        rows = []
        for part in chunks(chosen, _PARAMETERS):
            rows += self._db.execute(f"{query} AND link.{that} IN ({','.join('?' * len(part))})", (*parameters, *part))
        around.extend(self._links(node, kind, way, rows))
        if total > limit:
            cut.append(Cut(node, kind, "out" if way == "out" else "in", total, limit))

    def _links(self, node: str, kind: str, way: str, rows: list[Any]) -> list[Link]:
        """Links of one node, kind and direction from rows of (other's hash, kind, key, start, end, stated, record)."""
        grouped: dict[int, list[Any]] = {}
        for row in rows:
            grouped.setdefault(row[0], []).append(row)
        newest = sorted(grouped, key=lambda other: (-max(row[3] for row in grouped[other]), other))
        links = []
        for other in newest:
            stated = grouped[other]
            there = f"{self._texts[stated[0][1]]}/{stated[0][2]}"
            ends = (node, there) if way == "out" else (there, node)
            links.append(packing.link(kind, *ends, [(f"{r[6]}:{r[7]}", r[3], r[4], r[5]) for r in stated]))
        return links

    def degrees(self, ids: Iterable[str]) -> dict[str, dict[tuple[str, Direction], int]]:
        with self._errors():
            wanted = {order_of(i): i for i in ids}
            known = {row[0] for row in self._by_ids("SELECT id FROM node WHERE id IN", wanted)}
            out: dict[str, dict[tuple[str, Direction], int]] = {}
            for number, node in wanted.items():
                if number not in known:
                    continue
                counts: dict[tuple[str, Direction], int] = {}
                for way, this, that in (("out", "source", "target"), ("in", "target", "source")):
                    for kind, n in self._db.execute(
                        f"SELECT kind, count(DISTINCT {that}) FROM link WHERE {this} = ? GROUP BY kind", (number,)
                    ):
                        counts[self._texts[kind], "out" if way == "out" else "in"] = n
                out[node] = counts
            return out

    def statements(self, ids: Iterable[str], limit: int = 100) -> dict[str, tuple[Statement, ...]]:
        with self._errors():
            out = {}
            for node in dict.fromkeys(ids):
                rows = self._db.execute(
                    "SELECT record.source, record.key, name.text, record.body FROM mention "
                    "JOIN record ON record.id = mention.record JOIN name ON name.id = mention.field "
                    "WHERE mention.node = ? ORDER BY mention.record, name.text LIMIT ?",
                    (order_of(node), limit),
                ).fetchall()
                found = []
                for source, key, field, body in rows:
                    found.append(Statement(f"{source}:{key}", field, packing.said_of(body, node, field)))
                if found:
                    out[node] = tuple(found)
            return out

    def records(self, ids: Iterable[str]) -> dict[str, Record]:
        with self._errors():
            wanted = {order_of(i): i for i in ids}
            found = {
                r.id: r
                for r in map(
                    packing.record, self._by_ids(f"SELECT {packing.RECORD_COLUMNS} FROM record WHERE id IN", wanted)
                )
            }
            return {i: found[i] for i in wanted.values() if i in found}

    def digests(self, ids: Iterable[str]) -> dict[str, str]:
        with self._errors():
            wanted = {order_of(i): i for i in ids}
            return {
                wanted[n]: digest for n, digest in self._by_ids("SELECT id, digest FROM record WHERE id IN", wanted)
            }

    def _by_ids(self, query: str, ids: Iterable[int]) -> Iterator[Any]:
        for part in chunks(ids, _PARAMETERS):
            yield from self._db.execute(f"{query} ({','.join('?' * len(part))})", part)

    # Writing

    def merge(self, records: Sequence[Record], set_aside: Sequence[SetAside] = ()) -> Merged:
        summing.check(records, self._ontology)
        now = _now()
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
                    + (record.received or now, record.packed or packing.body(record))
                )
            self._db.executemany(
                "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET file = excluded.file, "
                "row = excluded.row, digest = excluded.digest, received = excluded.received, body = excluded.body",
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
                    + (packing.dumped(dict(s.values), s.file), s.mapping, s.received or now)
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

    def _name(self, text: str) -> int:
        """The number of a kind's or field's name; must be called within the transaction that writes with it."""
        number = self._names.get(text)
        if number is None:
            self._db.execute("INSERT OR IGNORE INTO name (text) VALUES (?)", (text,))
            (number,) = self._db.execute("SELECT id FROM name WHERE text = ?", (text,)).fetchone()
            self._names[text] = number
            self._texts[number] = text
        return int(number)

    # Files and quarantine

    def _file(self, source: str, name: str) -> int:
        self._db.execute(
            "INSERT OR IGNORE INTO file (source, name, digest, mapping, rows, set_aside, loaded, complete) "
            "VALUES (?, ?, '', '', 0, 0, ?, 0)",
            (source, name, _now()),
        )
        (number,) = self._db.execute("SELECT id FROM file WHERE source = ? AND name = ?", (source, name)).fetchone()
        return int(number)

    def files(self) -> list[FileVersion]:
        with self._errors():
            rows = self._db.execute(
                "SELECT source, name, digest, mapping, rows, set_aside, loaded, complete FROM file ORDER BY source, name"
            )
            return [FileVersion(*row[:7], bool(row[7])) for row in rows]

    def note_file(self, file: FileVersion) -> None:
        with self._transaction():
            self._db.execute(
                "UPDATE file SET digest = ?, mapping = ?, rows = ?, set_aside = ?, loaded = ?, complete = ? WHERE id = ?",
                (file.digest, file.mapping, file.rows, file.set_aside, file.loaded, file.complete)
                + (self._file(file.source, file.name),),
            )

    def drop_file(self, source: str, name: str) -> None:
        with self._transaction():
            number = self._file(source, name)
            self._db.execute("DELETE FROM file_record WHERE file = ?", (number,))
            self._db.execute("DELETE FROM file WHERE id = ?", (number,))

    def record_ids(self, source: str, file: str | None = None) -> Iterator[str]:
        with self._errors():
            last = -1
            if file is None:
                query = "SELECT id, key FROM record WHERE id > ? AND source = ? ORDER BY id LIMIT 10000"
                parameters: tuple[str, ...] = (source,)
            else:
                query = (
                    "SELECT record.id, record.key FROM file_record JOIN record ON record.id = file_record.record "
                    "WHERE file_record.record > ? AND file_record.file = "
                    "(SELECT id FROM file WHERE source = ? AND name = ?) ORDER BY file_record.record LIMIT 10000"
                )
                parameters = (source, file)
            while rows := self._db.execute(query, (last, *parameters)).fetchall():
                yield from (f"{source}:{key}" for _, key in rows)
                last = rows[-1][0]

    def quarantine(self, source: str | None = None, file: str | None = None) -> Iterator[SetAside]:
        with self._errors(), self._snapshot() as db:
            rows = db.execute(
                "SELECT source, file, row, col, reason, raw, cells, mapping, received FROM quarantine "
                "WHERE (?1 IS NULL OR source = ?1) AND (?2 IS NULL OR file = ?2) ORDER BY source, file, row, id",
                (source, file),
            )
            for name, path, row, column, reason, raw, cells, mapping, received in rows:
                entry = SetAside(name, path, row, column, reason, raw, orjson.loads(cells), mapping, "", received)
                yield SetAside(
                    name, path, row, column, reason, raw, entry.values, mapping, quarantine_id(entry), received
                )

    def release(self, ids: Iterable[str]) -> int:
        with self._transaction():
            cursor = self._db.executemany("DELETE FROM quarantine WHERE id = ?", [(order_of(i),) for i in ids])
            return max(cursor.rowcount, 0)

    # All of it

    @contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own that sees the store as of now, so that writing goes on beside it."""
        db = self._connect()
        try:
            db.execute("BEGIN")
            yield db
        finally:
            db.close()

    def nodes(self, kinds: Collection[str] | None = None) -> Iterator[Node]:
        with self._errors(), self._snapshot() as db:
            names = {number: text for text, number in db.execute("SELECT text, id FROM name")}
            for number in sorted(names, key=lambda n: names[n]):
                kind = names[number]
                if kind in self._ontology.kinds and (kinds is None or kind in kinds):
                    rows = db.execute("SELECT key, counts, mentions FROM node WHERE kind = ? ORDER BY id", (number,))
                    for key, counts, mentions in rows:
                        yield Node(f"{kind}/{key}", packing.values(counts), mentions)

    def links(self, kinds: Collection[str] | None = None) -> Iterator[Link]:
        with self._errors(), self._snapshot() as db:
            names = {number: text for text, number in db.execute("SELECT text, id FROM name")}
            for number in sorted(names, key=lambda n: names[n]):
                kind = names[number]
                if kind in self._ontology.links and (kinds is None or kind in kinds):
                    rows = db.execute(
                        "SELECT s.kind, s.key, t.kind, t.key, link.start, link.end, link.stated, r.source, r.key "
                        "FROM link JOIN node AS s ON s.id = link.source JOIN node AS t ON t.id = link.target "
                        "JOIN record AS r ON r.id = link.record WHERE link.kind = ? "
                        "ORDER BY link.source, link.target, link.record",
                        (number,),
                    )
                    ends: tuple[Any, ...] | None = None
                    stated: list[Any] = []
                    for row in rows:
                        if row[:4] != ends:
                            if ends:
                                yield packing.link(kind, *_ends(names, ends), stated)
                            ends, stated = row[:4], []
                        stated.append((f"{row[7]}:{row[8]}", row[4], row[5], row[6]))
                    if ends:
                        yield packing.link(kind, *_ends(names, ends), stated)

    def all_records(self) -> Iterator[Record]:
        with self._errors(), self._snapshot() as db:
            for row in db.execute(f"SELECT {packing.RECORD_COLUMNS} FROM record ORDER BY id"):
                yield packing.record(row)

    def changes(self, since: int = 0) -> tuple[int, tuple[str, ...]]:
        with self._errors():
            (last,) = self._db.execute("SELECT last FROM change").fetchone()
            rows = self._db.execute("SELECT kind, key FROM node WHERE changed > ? ORDER BY id", (since,))
            return last, tuple(f"{self._texts[kind]}/{key}" for kind, key in rows)

    def counts(self) -> Counts:
        with self._errors():

            def count(query: str) -> dict[str, int]:
                return dict(sorted(self._db.execute(query)))

            return Counts(
                count("SELECT name.text, count(*) FROM node JOIN name ON name.id = node.kind GROUP BY node.kind"),
                count(
                    "SELECT name.text, n FROM (SELECT kind, count(*) AS n FROM (SELECT DISTINCT source, kind, target "
                    "FROM link) GROUP BY kind) JOIN name ON name.id = kind"
                ),
                count("SELECT source, count(*) FROM record GROUP BY source"),
                count("SELECT source, count(*) FROM quarantine GROUP BY source"),
            )

    def wipe(self) -> None:
        with self._transaction():
            for table in ("file", "record", "file_record", "node", "mention", "link", "identifier", "quarantine"):
                self._db.execute(f"DELETE FROM {table}")
            self._db.execute("INSERT INTO term (term) VALUES ('delete-all')")
            self._db.execute("UPDATE change SET last = last + 1")

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def translated(error: sqlite3.Error, path: str) -> StoreError:
    """The error of ours that says what one of SQLite's means for whoever asked."""
    name = getattr(error, "sqlite_errorname", "") or ""
    base = "_".join(name.split("_")[:2])
    if base in ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL"):
        return StoreUnavailable(f"{path}: another process is writing and did not finish in time; try again when it has")
    if base in ("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH"):
        return StoreReadOnly(f"{path}: the store cannot be written; {_PERMISSIONS}")
    if base == "SQLITE_FULL":
        return StoreReadOnly(
            f"{path}: the disk is full; nothing of this batch was kept, free some space and load again"
        )
    if base == "SQLITE_CANTOPEN":
        return StoreUnavailable(f"{path}: the store cannot be opened; check the path and its permissions")
    if base == "SQLITE_NOTADB":
        return StoreIncompatible(f"{path}: this file is no Headwater store; name another file")
    if base == "SQLITE_CORRUPT":
        return StoreIncompatible(f"{path}: the store is damaged ({error}); restore a backup of it")
    if base == "SQLITE_IOERR":
        return StoreUnavailable(f"{path}: reading or writing the disk failed ({error})")
    return StoreError(f"{path}: {error}")


class _Texts(dict[int, str]):
    """Names by number; one that another process gave since is looked up."""

    def __init__(self, db: sqlite3.Connection, known: dict[int, str]) -> None:
        super().__init__(known)
        self._db = db

    def __missing__(self, number: int) -> str:
        (text,) = self._db.execute("SELECT text FROM name WHERE id = ?", (number,)).fetchone()
        self[number] = str(text)
        return self[number]


def _marks(count: int) -> str:
    """As many parameters as `_padded` gives."""
    return ",".join("?" * (1 << (count - 1).bit_length()))


def _padded(items: list[int]) -> list[int]:
    """The items, the last repeated up to a power of two: few lengths mean few statements to prepare."""
    return items + items[-1:] * ((1 << (len(items) - 1).bit_length()) - len(items))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _ends(names: dict[int, str], ends: Any) -> tuple[str, str]:
    return f"{names[ends[0]]}/{ends[1]}", f"{names[ends[2]]}/{ends[3]}"
