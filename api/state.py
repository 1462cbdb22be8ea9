"""The service's own state: a folder with a database, a secret and the audit log, beside the store that holds the graph.

The database is opened by several worker processes and the command line at once. Folder and files are for their owner
alone: the secret unmasks what the vault masks, and the log tells who asked what.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from api.audit import heads
from api.errors import StateUnavailable
from graph.errors import SettingError

SETTING = "HEADWATER_STATE"
DEFAULT = "headwater-state"
DATABASE, SECRET, AUDIT = "state.db", "secret", "audit"
_APPLICATION = 0x48575354  # "HWST"
_BUSY_MS = 10_000
_SECRET_BYTES = 32
_SCHEMAS = (
    """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE key (
    id TEXT PRIMARY KEY, hash BLOB NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL, jurisdictions TEXT NOT NULL,
    holder TEXT, owned TEXT NOT NULL, made TEXT NOT NULL, maker TEXT NOT NULL, until TEXT NOT NULL, revoked TEXT,
    revoker TEXT, used TEXT
) STRICT;
CREATE TABLE permit (
    id INTEGER PRIMARY KEY AUTOINCREMENT, grantee TEXT NOT NULL, property TEXT NOT NULL, owner TEXT NOT NULL,
    case_no TEXT, until TEXT, made TEXT NOT NULL, maker TEXT NOT NULL, revoked TEXT, revoker TEXT
) STRICT;
CREATE INDEX permit_grantee ON permit (grantee);
CREATE TABLE case_file (
    number TEXT PRIMARY KEY, opened TEXT NOT NULL, opener TEXT NOT NULL, closed TEXT, closer TEXT
) STRICT;
CREATE TABLE member (
    viewer TEXT NOT NULL, case_no TEXT NOT NULL, added TEXT NOT NULL, adder TEXT NOT NULL,
    PRIMARY KEY (viewer, case_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_case ON member (case_no);
CREATE TABLE block (viewer TEXT PRIMARY KEY, made TEXT NOT NULL, maker TEXT NOT NULL) STRICT;
CREATE TABLE job (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, done INTEGER NOT NULL, total INTEGER, report TEXT,
    maker TEXT NOT NULL, worker TEXT NOT NULL, made TEXT NOT NULL, changed TEXT NOT NULL
) STRICT;
CREATE INDEX job_made ON job (made);
CREATE TABLE bucket (
    viewer TEXT NOT NULL, kind TEXT NOT NULL, full REAL NOT NULL, PRIMARY KEY (viewer, kind)
) STRICT, WITHOUT ROWID;
CREATE TABLE document (
    viewer TEXT NOT NULL, hash TEXT NOT NULL, text BLOB NOT NULL, noted REAL NOT NULL, PRIMARY KEY (viewer, hash)
) STRICT;
CREATE INDEX document_hash ON document (hash);
CREATE TABLE head (
    chain TEXT PRIMARY KEY, number INTEGER NOT NULL UNIQUE, n INTEGER NOT NULL, hash TEXT NOT NULL, noted REAL NOT NULL,
    mac BLOB NOT NULL
) STRICT;
""",
)
"""What each version of the schema adds to the one before; a database of an older version is brought up when opened."""


class State:
    """An open state folder: one object a process, shared by its threads, opened after the process was forked."""

    def __init__(self, folder: Path | str, *, create: bool = True) -> None:
        """Opens the folder, and makes what is missing when `create` is set.

        Raises:
            SettingError: It is no folder for a state: other files lie in it, or others may write to it.
            StateUnavailable: It is not there, cannot be read or written, or belongs to another secret or a newer
                Headwater.
        """
        self.folder = Path(folder)
        self._writing, self._reading = threading.RLock(), threading.Lock()
        self._writer: int | None = None
        try:
            self._make_folder(create)
            self.secret = self._read_secret()
            self._make_database()
        except OSError as error:
            raise _unusable(self.folder, error) from error
        # Readers wait for no writer, not even for one of this process that waits for another's.
        self._db, self._reader = self.connect(), self.connect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the database."""
        with self._writing, self._reading:
            self._reader.close()
            self._db.close()

    def derived(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose: whoever learns it learns neither the secret nor any other."""
        return derived(self.secret, purpose)

    def rows(self, query: str, *parameters: object) -> list[sqlite3.Row]:
        """All rows of a query; within a transaction of this thread with what that has written.

        Raises:
            StateUnavailable: The database cannot be read.
        """
        if self._writer == threading.get_ident():
            with self._errors():
                return self._db.execute(query, parameters).fetchall()
        with self._reading, self._errors():
            return self._reader.execute(query, parameters).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A connection that keeps other writers away; what it writes is on disk at the end, or nothing of it is.

        Waits for other writers, for some seconds: not for an event loop.

        Raises:
            StateUnavailable: The database cannot be written, or others did not end in time.
        """
        with self._writing, self._errors():
            self._db.execute("BEGIN IMMEDIATE")
            self._writer = threading.get_ident()
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    if self._db.in_transaction:  # SQLite has rolled back by itself where the disk was full
                        self._db.execute("ROLLBACK")
                raise
            finally:
                self._writer = None

    def connect(self) -> sqlite3.Connection:
        """A connection of its own to the database, checked and brought up to this version of the schema."""
        path = self.folder / DATABASE
        with self._errors():
            db = sqlite3.connect(path, timeout=_BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
            try:
                db.row_factory = sqlite3.Row
                # A revocation must outlive a power cut, so that each commit is synced; there are few.
                db.execute("PRAGMA synchronous = FULL")
                self._check(db, path)
            except BaseException:
                db.close()
                raise
            return db

    def _make_folder(self, create: bool) -> None:
        if create:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        elif not (self.folder / DATABASE).is_file():
            raise StateUnavailable(
                f"{self.folder}: there is no state here; set {SETTING}, or make one with `headwater key create`"
            )
        if self.folder.stat().st_mode & 0o077:
            # Only what is ours is closed to others: a slip of the hand must not lock /tmp or a home.
            is_ours = (self.folder / SECRET).is_file() or (self.folder / DATABASE).is_file()
            if not is_ours and any(self.folder.iterdir()):
                raise SettingError(
                    f"{self.folder}: other files lie in this folder; set {SETTING} to a folder of its own"
                )
            self.folder.chmod(0o700)

    def _read_secret(self) -> bytes:
        path = self.folder / SECRET
        if not path.exists():
            if (self.folder / DATABASE).exists():
                # A new one would void every key and every mask in silence.
                raise StateUnavailable(f"{path}: the secret of this state is gone; restore it from a backup")
            _made_once(path, lambda part: _write(part, secrets.token_bytes(_SECRET_BYTES)))
        _closed_to_others(path)
        return read_secret(self.folder)

    def _make_database(self) -> None:
        path = self.folder / DATABASE
        if not path.exists():
            with self._errors():
                _made_once(path, self._new_database)
        _closed_to_others(path)

    def _new_database(self, part: Path) -> None:
        _write(part, b"")  # SQLite gives its own files the permissions that this one has
        db = sqlite3.connect(part, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute(f"PRAGMA application_id = {_APPLICATION}")
            self._bring_up(db)
            db.execute("INSERT INTO meta VALUES ('secret', ?)", (self.derived("fingerprint"),))
            count = heads.count_of(0, self.derived(heads.PURPOSE))
            db.execute("INSERT INTO meta VALUES (?, ?)", (heads.COUNT, count))
        finally:
            db.close()

    def _check(self, db: sqlite3.Connection, path: Path) -> None:
        (application,) = db.execute("PRAGMA application_id").fetchone()
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if application != _APPLICATION:
            raise StateUnavailable(f"{path}: this is no database of a state; restore a backup, or set {SETTING} anew")
        if version > len(_SCHEMAS):
            raise StateUnavailable(f"{path}: a newer Headwater made this; update Headwater")
        if version < len(_SCHEMAS):
            self._bring_up(db)
        held = db.execute("SELECT value FROM meta WHERE name = 'secret'").fetchone()
        if held is None or not secrets.compare_digest(held[0], self.derived("fingerprint")):
            raise StateUnavailable(
                f"{path}: the secret beside it is another's; restore both {SECRET} and {DATABASE} from one backup"
            )

    @staticmethod
    def _bring_up(db: sqlite3.Connection) -> None:
        db.execute("BEGIN IMMEDIATE")
        (version,) = db.execute("PRAGMA user_version").fetchone()  # another process may have been faster
        for schema in _SCHEMAS[version:]:
            for statement in filter(str.strip, schema.split(";\n")):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {len(_SCHEMAS)}")
        db.execute("COMMIT")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise translated(error, self.folder / DATABASE) from error


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder that `HEADWATER_STATE` names, `headwater-state` unless it is set.

    Raises:
        SettingError: It is empty.
    """
    named = environment.get(SETTING, DEFAULT)
    if not named:
        raise SettingError(f"{SETTING} is empty; unset it, or set it to a folder")
    return Path(named)


def read_secret(folder: Path) -> bytes:
    """The secret of a state folder.

    Raises:
        StateUnavailable: There is none, or it is none.
    """
    path = folder / SECRET
    try:
        secret = path.read_bytes()
    except OSError as error:
        raise _unusable(path, error) from error
    if len(secret) != _SECRET_BYTES:
        raise StateUnavailable(f"{path}: this is no secret of {_SECRET_BYTES} bytes; restore it from a backup")
    return secret


def derived(secret: bytes, purpose: str) -> bytes:
    """See `State.derived`."""
    return blake2b(purpose.encode(), key=secret, digest_size=32).digest()


def today() -> str:
    """This day in UTC, as keys and grants count days."""
    return datetime.now(UTC).date().isoformat()


def moment() -> str:
    """This moment in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def translated(error: sqlite3.Error, path: Path) -> StateUnavailable:
    """The error of ours that says what one of SQLite's means for whoever runs the service."""
    name = "_".join((getattr(error, "sqlite_errorname", "") or "").split("_")[:2])
    if name in ("SQLITE_BUSY", "SQLITE_LOCKED"):
        return StateUnavailable(f"{path}: another process is writing and did not finish in time; try again")
    if name in ("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_FULL"):
        return StateUnavailable(f"{path}: this cannot be written ({error}); check its permissions and the disk")
    if name in ("SQLITE_NOTADB", "SQLITE_CORRUPT"):
        return StateUnavailable(f"{path}: the database is damaged ({error}); restore a backup")
    return StateUnavailable(f"{path}: this cannot be used ({error}); check the path, its permissions and the disk")


def _unusable(folder: Path, error: OSError) -> StateUnavailable:
    place = error.filename or folder
    return StateUnavailable(f"{place}: {error.strerror or error}; check the path, its permissions and the disk")


def _made_once(path: Path, make: Callable[[Path], Any]) -> None:
    """Makes a file under another name and links it to its own: it appears whole, and the first maker's stays."""
    part = path.with_name(f".{path.name}-{secrets.token_hex(6)}")
    try:
        make(part)
        with suppress(FileExistsError):
            os.link(part, path)
    finally:
        part.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _closed_to_others(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
