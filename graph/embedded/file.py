"""The file of an embedded store: how it is made, opened, locked, and what its errors mean."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from graph.changes import Check
from graph.embedded.bodies import Bodies
from graph.errors import StoreBusy, StoreError, StoreIncompatible, StoreReadOnly, StoreUnavailable
from graph.model import FileVersion, chunks, order_of
from graph.ontology import ontology
from graph.store import SCHEMA, refuse_other, refuse_schema

_APPLICATION = 0x48575452  # "HWTR", by which a file is known as a store
PARAMETERS = 500  # ids bound at once
_PAGE = 16384  # bytes; a batch is written in a quarter of the calls that pages of 4096 take, and the file is smaller
_PERMISSIONS = "check the file's and its folder's permissions"
# KiB of pages that a connection keeps, below zero as SQLite wants it. A batch changes pages all over the file; a
# question is as quick with the pages that the system keeps, of which there is one copy for all threads and processes.
_READERS, _WRITER = -8_192, -65_536
_BUSY_MS = 120_000  # another process may hold the write lock for as long as its batch takes

_TABLES = """
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE file (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, mapping TEXT NOT NULL,
    rows INTEGER NOT NULL, set_aside INTEGER NOT NULL, loaded TEXT NOT NULL, complete INTEGER NOT NULL,
    UNIQUE (source, name)
);
CREATE TABLE record (
    id INTEGER PRIMARY KEY AUTOINCREMENT, place INTEGER NOT NULL, source TEXT NOT NULL, key TEXT NOT NULL,
    file TEXT NOT NULL, row INTEGER NOT NULL, digest TEXT NOT NULL, received TEXT NOT NULL, body BLOB NOT NULL
);
CREATE UNIQUE INDEX record_key ON record (source, key);
CREATE TABLE dictionary (id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL UNIQUE, content BLOB NOT NULL);
CREATE TABLE file_record (file INTEGER NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (file, record)) WITHOUT ROWID;
CREATE INDEX record_file ON file_record (record);
CREATE TABLE node (
    id INTEGER PRIMARY KEY AUTOINCREMENT, place INTEGER NOT NULL UNIQUE, kind INTEGER NOT NULL, key TEXT NOT NULL,
    counts BLOB, mentions INTEGER NOT NULL, changed INTEGER NOT NULL
);
CREATE TABLE mention (node INTEGER NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (node, record)) WITHOUT ROWID;
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


class StoreFile:
    """An open SQLite file that holds a store."""

    def __init__(self, path: str | os.PathLike[str], *, create: bool = True) -> None:
        self.path = Path(path)
        self.url = f"sqlite:{self.path}"
        self._ontology = ontology()
        self._check = Check(self._ontology)
        self._place = self.path.absolute()
        self._opened: tuple[int, int] | None = None
        if not self.path.exists():
            if not create:
                raise StoreUnavailable(f"{self.path}: there is no store here; `headwater load` makes one")
            if not self.path.absolute().parent.is_dir():
                raise StoreUnavailable(
                    f"{self.path}: the folder {self.path.absolute().parent} does not exist; make it first"
                )
        elif not create and self.path.is_file() and not self.path.stat().st_size:
            # SQLite would take it for a new store, and a store that lost its bytes must not look like one.
            raise StoreIncompatible(f"{self.path}: this file is empty, no store; name another, or restore a backup")
        self._db = self._connect()
        self._opened = self._found()
        self._bodies = Bodies(self._db)
        try:
            with self._errors():
                self._prepare()
                self._read_names()
                self._name_kinds()
        except BaseException:
            self._db.close()
            raise

    def _connect(self) -> sqlite3.Connection:
        with self._errors():
            self._read_only = self.path.exists() and not os.access(self.path, os.W_OK)
            path = self.path.absolute()
            uri = f"file:{quote(str(path))}?mode={'ro' if self._read_only else 'rwc'}"
            if self._read_only and not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists():
                uri += "&immutable=1"  # nobody writes, and the file that readers share cannot be made
            db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
            db.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            # The page size comes first: a cache whose pages change their size later has no bound any more.
            db.execute(f"PRAGMA page_size = {_PAGE}")
            db.execute(f"PRAGMA cache_size = {_READERS}")
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
            db.execute("PRAGMA journal_mode = WAL")
            with self._transaction():
                # Another process may have made the store while this one waited for the lock.
                if not db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
                    for statement in _TABLES.split(";\n"):
                        if statement.strip():
                            db.execute(statement)
                    db.execute(f"PRAGMA application_id = {_APPLICATION}")
                    db.execute(f"PRAGMA user_version = {SCHEMA}")
        else:
            refuse_schema(version, str(self.path))
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

    def _name(self, text: str) -> int:
        """The number of a kind's or field's name; must be called within the transaction that writes with it."""
        number = self._names.get(text)
        if number is None:
            self._db.execute("INSERT OR IGNORE INTO name (text) VALUES (?)", (text,))
            (number,) = self._db.execute("SELECT id FROM name WHERE text = ?", (text,)).fetchone()
            self._names[text] = number
            self._texts[number] = text
        return int(number)

    def _found(self) -> tuple[int, int] | None:
        """What tells the file that lies in the store's place from all others; None where there is none."""
        try:
            found = self._place.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _check_there(self) -> None:
        # SQLite goes on with a file that nobody finds any more: what is told of it is old, what is written to it lost.
        found = self._found()
        if found is None:
            raise StoreUnavailable(f"{self.path}: the store was taken away while it was open; put it back")
        if found != self._opened:
            raise StoreUnavailable(
                f"{self.path}: another file was put in the place of the open store; begin anew, as by starting the "
                "service again"
            )

    @contextmanager
    def _errors(self) -> Iterator[None]:
        if self._opened is not None:
            self._check_there()
        try:
            yield
        except sqlite3.Error as error:
            raise translated(error, str(self.path)) from error

    @contextmanager
    def _transaction(self, loading: FileVersion | None = None) -> Iterator[None]:
        if self._read_only:
            raise StoreReadOnly(f"{self.path}: the store cannot be written; {_PERMISSIONS}")
        with self._errors():
            self._db.execute(f"PRAGMA cache_size = {_WRITER}")
            self._db.execute("BEGIN IMMEDIATE")
            try:
                if loading is not None:
                    query = "SELECT digest, mapping FROM file WHERE source = ? AND name = ?"
                    refuse_other(self._db.execute(query, (loading.source, loading.name)).fetchone(), loading, self.url)
                yield
                self._db.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself where the disk was full, and refuses to do it twice.
                with suppress(sqlite3.Error):
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                with suppress(sqlite3.Error):
                    self._read_names()
                self._bodies.reset()
                raise

    @contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own that sees the store as of now, so that writing goes on beside it."""
        db = self._connect()
        try:
            db.execute("BEGIN")
            yield db
        finally:
            db.close()

    def _by_keys(self, columns: str, ids: Iterable[str]) -> Iterator[Any]:
        """Columns of the records with these ids, after each one's source and key."""
        keys: dict[str, dict[str, None]] = {}
        for record in ids:
            source, _, key = record.partition(":")
            keys.setdefault(source, {})[key] = None
        for source, those in keys.items():
            for part in chunks(those, PARAMETERS):
                marks = ",".join("?" * len(part))
                query = f"SELECT source, key, {columns} FROM record WHERE source = ? AND key IN ({marks})"
                yield from self._db.execute(query, (source, *part))

    def _numbers_by_id(self, nodes: Iterable[str]) -> dict[str, int]:
        """The numbers of those of the nodes that there are."""
        places = {order_of(node): node for node in nodes}
        return {places[place]: n for place, n in self._by_ids("SELECT place, id FROM node WHERE place IN", places)}

    def _by_ids(self, query: str, ids: Iterable[int]) -> Iterator[Any]:
        for part in chunks(ids, PARAMETERS):
            yield from self._db.execute(f"{query} ({','.join('?' * len(part))})", part)


def translated(error: sqlite3.Error, path: str) -> StoreError:
    """The error of ours that says what one of SQLite's means for whoever asked."""
    name = getattr(error, "sqlite_errorname", "") or ""
    base = "_".join(name.split("_")[:2])
    if base in ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL"):
        return StoreBusy(f"{path}: another process is writing and did not finish in time; try again when it has")
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
        return StoreUnavailable(f"{path}: reading or writing the disk failed ({error}); check the disk, then try again")
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


def now() -> str:
    """This moment in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
