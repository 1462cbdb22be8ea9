"""What was compared before, beside a store: profiles by columns, the pairs found among them, the links made of those.

A folder that can be thrown away at any time: it is made anew from the store. It holds names and numbers, so it is for
its owner alone, and what the store forgets goes from it. Work is done in memory, and in a folder for what does not fit
there; what is kept changes in one transaction, so that an index is that of one run or of the next.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic, sleep
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa

from graph.errors import NotFound, StoreBusy, StoreError, StoreIncompatible, StoreReadOnly
from resolve.bearers import BEARERS
from resolve.comparisons import BLOCKS, COMPARISONS
from resolve.crowds import COMPARED, CROWD, FEW, FREQUENCY, MEETING, RARE, TOLD
from resolve.links import LINKS, TWINS
from resolve.matching import PAIRS
from resolve.profiles import Nature
from resolve.slots import SCHEMA
from resolve.weights import Weights, load, standing

PATIENCE = 10.0
"""Seconds that whoever opens an index waits for others."""
MEMORY = "2GB"
"""What DuckDB takes before it writes to the disk what it is not working on."""
_WRITTEN = pa.schema([("a", pa.string()), ("b", pa.string()), ("digest", pa.string())])
_TABLES = {"profile": SCHEMA, "pair": PAIRS, "twin": TWINS, "link": LINKS, "written": _WRITTEN, "bearer": BEARERS}
"""What is kept: `written` are the links that the store has, by what is said of them."""
# DuckDB's hashes, which are kept of what is counted, are those of one version of it.
_MADE_BY = repr(
    (2, duckdb.__version__, _TABLES, COMPARISONS, BLOCKS, COMPARED, FEW, CROWD, RARE, MEETING, TOLD, FREQUENCY)
)
VERSION = blake2b(_MADE_BY.encode(), digest_size=8).hexdigest()
"""Of what is kept and how it was compared: an index of another version is made anew."""
_SPILL = "spill-"
_QUEUE = "queue.json"
_LEFT = "deleted"  # the note that what was deleted is not yet written over
_FILE, _FRESH = "index.duckdb", "index.new"
_AGAIN = 0.1  # seconds after which one looks again whether it is free
_NOTHING_YET = "nothing was compared yet in this store; run `headwater resolve` first"
_DAMAGED = (
    duckdb.IOException,
    duckdb.SerializationException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.CatalogException,  # a table that is not there
)
_FULL = ("No space left", "File too large", "disk quota", "failed to offload")


def index_path(url: str, folder: Path) -> Path:
    """Where the index of a store lies: beside an embedded one, else in this folder."""
    scheme, _, path = url.partition(":")
    if scheme == "sqlite":
        return Path(f"{path.removeprefix('//') if path.startswith('///') else path}.identity")
    name = blake2b(url.encode(), digest_size=8).hexdigest()
    return folder / f"headwater-{name}.identity"


def weights_path(path: Path) -> Path:
    """Where the weights lie that were learned from a store, given its index."""
    return path / "weights.yaml"


def queue_path(path: Path) -> Path:
    """Where the queue of pairs to be judged lies that was built from an index (see `resolve.queued`)."""
    return path / _QUEUE


def weights_of(path: Path) -> dict[Nature, Weights]:
    """The weights that a store is compared with, given its index: those learned from it, else the shipped ones."""
    learned = weights_path(path)
    return load(learned) if learned.exists() else standing()


def forget_index(path: Path) -> None:
    """Removes all that an index keeps of parties; weights that were learned say nothing of any, and stay."""
    for name in (_FILE, f"{_FILE}.wal"):
        (path / name).unlink(missing_ok=True)
    _forget_left(path)


def _forget_left(path: Path, but: Path | None = None) -> None:
    """Removes what was built from an index, and what runs that were killed left behind, but for one folder."""
    _forget_fresh(path)
    for left in path.glob(f"{_QUEUE}*"):
        left.unlink(missing_ok=True)
    for left in path.glob(f"{_SPILL}*"):
        if left != but:
            shutil.rmtree(left, ignore_errors=True)


def _forget_fresh(path: Path) -> None:
    """Removes what `Index.compact` was writing when it was killed: it names parties as the index does."""
    for name in (_FRESH, f"{_FRESH}.wal"):
        (path / name).unlink(missing_ok=True)


def opened(
    path: Path,
    *,
    read_only: bool = False,
    patience: float | None = None,
    waiting: Callable[[], object] = lambda: None,
) -> Index:
    """An index, once no other process has it open that keeps this one out.

    Args:
        path: Where it lies.
        read_only: Whether it is to be read, which a run keeps out; a run is kept out by those who read too.
        patience: Seconds to wait; `PATIENCE` unless it is said.
        waiting: Called once where it must wait.

    Raises:
        StoreBusy: Another process still has it.
        StoreError: As for `Index`.
    """
    until = monotonic() + (PATIENCE if patience is None else patience)
    told = False
    while True:
        try:
            return Index(path, read_only=read_only)
        except StoreBusy:
            if monotonic() > until:
                raise
        if not told:
            told = True
            waiting()
        sleep(_AGAIN)


class Index:
    """An open index; one process at a time.

    `db` is a database in memory to work in, in which what is kept stands as `kept`: `profile`, `pair`, `twin`, `link`,
    `written`, `bearer` and `meta`.
    """

    def __init__(self, path: Path, *, memory: str = MEMORY, read_only: bool = False) -> None:
        """Opens the index, or begins an empty one; to be read, it must be there, and others may read it too.

        Raises:
            NotFound: It is to be read and nothing was ever compared, or not by this version of the program.
            StoreBusy: Another process has it open to write, or to read when it is to be written.
            StoreIncompatible: It is damaged, or no index.
            StoreReadOnly: It cannot be written.
        """
        self.path = path
        self.is_writing = not read_only
        self.file = path / _FILE
        if read_only and not self.file.exists():
            raise NotFound(_NOTHING_YET)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.mkdir(mode=0o700, exist_ok=True)
            path.chmod(0o700)
            # What does not fit into memory holds names too, so it lies where nobody else may look.
            self._spill = Path(mkdtemp(dir=path, prefix=_SPILL))
        except (FileExistsError, NotADirectoryError) as error:
            raise StoreReadOnly(f"{path}: a file stands where the index's folder is to be; move it away") from error
        except OSError as error:
            raise StoreReadOnly(f"{path}: {error.strerror or error}; check its folder's permissions") from error
        self.db = duckdb.connect()
        try:
            with self.guarded():
                self._set_up(memory, read_only)
        except BaseException:
            self.close()
            raise

    def _set_up(self, memory: str, read_only: bool) -> None:
        for name, value in (("memory_limit", memory), ("temp_directory", str(self._spill))):
            self.db.execute(f"SET {name} = '{_quoted(value)}'")
        self.db.execute("SET preserve_insertion_order = false")
        self.db.execute("SET enable_progress_bar = false")
        # A file of another sort would have DuckDB fetch an extension that reads it.
        self.db.execute("SET autoinstall_known_extensions = false")
        self.db.execute("SET autoload_known_extensions = false")
        self._attach(self.file, "kept", read_only)
        if read_only:
            if self._version() != VERSION:
                raise NotFound(_NOTHING_YET)
            return
        _forget_left(self.path, but=self._spill)  # nobody else has the index open
        with suppress(OSError):
            self.file.chmod(0o600)
        self.db.execute("CREATE TABLE IF NOT EXISTS kept.meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        if self._version() != VERSION:
            self.clear()

    def _attach(self, file: Path, name: str, read_only: bool = False) -> None:
        self.db.execute(f"ATTACH '{_quoted(str(file))}' AS {name} (TYPE duckdb{', READ_ONLY' if read_only else ''})")

    def _version(self) -> str | None:
        try:
            return self.get("version")
        except duckdb.CatalogException:
            return None

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Says of the database's own errors what they mean for an index, and what to do."""
        try:
            yield
        except duckdb.OutOfMemoryException as error:
            raise StoreBusy(f"{self.path}: comparing takes more memory than there is; free some: {error}") from error
        except (duckdb.Error, OSError) as error:
            text = next(iter(str(error).splitlines()), type(error).__name__)
            if isinstance(error, duckdb.IOException | duckdb.BinderException) and (
                "Could not set lock" in text or "already attached" in text
            ):
                reads = ", or reads what was compared" if self.is_writing else ""
                raise StoreBusy(
                    f"{self.path}: another process compares the parties of this store{reads}; run it again when that "
                    "has ended"
                ) from error
            if any(word in str(error) for word in _FULL):
                raise StoreReadOnly(f"{self.path}: the disk is full; free some space and run it again") from error
            if "ermission denied" in text or "ead-only" in text or "read only" in text:
                raise StoreReadOnly(f"{self.path}: {text}; check its permissions") from error
            if isinstance(error, _DAMAGED):
                # Of the file, and not of its folder: weights that were learned lie there too.
                raise StoreIncompatible(
                    f"{self.file}: is damaged, or no index of this program; remove it, and the next run makes it anew "
                    f"from the store: {text}"
                ) from error
            raise StoreError(f"{self.path}: {text}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the use of the index."""
        self.db.close()
        shutil.rmtree(self._spill, ignore_errors=True)

    def clear(self) -> None:
        """Makes it empty."""
        was = self._version()
        with self.changing():
            for name, schema in _TABLES.items():
                columns = ", ".join(f'"{field.name}" {_SQL[field.type]}' for field in schema)
                self.db.execute(f"CREATE OR REPLACE TABLE kept.{name} ({columns})")
            self.db.execute("DELETE FROM kept.meta")
            self.set("version", VERSION)
            if was is not None:
                self.deleted()

    def get(self, name: str) -> str | None:
        """A note of the last run."""
        found = self.db.execute("SELECT value FROM kept.meta WHERE name = ?", [name]).fetchone()
        return None if found is None else str(found[0])

    def set(self, name: str, value: str) -> None:
        """Notes something for the next run."""
        self.db.execute("INSERT OR REPLACE INTO kept.meta VALUES (?, ?)", [name, value])

    def count(self, table: str) -> int:
        """The rows of a table."""
        found = self.db.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(found[0]) if found else 0

    @contextmanager
    def changing(self) -> Iterator[None]:
        """A transaction on what is kept: all of it holds, or nothing."""
        self.db.execute("BEGIN")
        try:
            yield
            self.db.execute("COMMIT")
        except BaseException:
            with suppress(duckdb.Error):
                self.db.execute("ROLLBACK")
            raise

    def compact(self) -> None:
        """Writes what is kept into a file of its own, so that nothing is left of what was deleted.

        DuckDB marks the room of deleted rows as free, and leaves there what stood in it. Nothing is done where nothing
        was deleted since the last time: see `deleted`.
        """
        if not self.get(_LEFT):
            return
        fresh = self.path / _FRESH
        _forget_fresh(self.path)
        try:
            self._attach(fresh, "fresh")
            self.db.execute("COPY FROM DATABASE kept TO fresh")
            self.db.execute("DETACH fresh")
        except BaseException:
            _forget_fresh(self.path)
            raise
        self.db.execute("DETACH kept")
        fresh.chmod(0o600)
        fresh.replace(self.file)
        self._attach(self.file, "kept")
        self.set(_LEFT, "")

    def deleted(self) -> None:
        """Notes that what is gone from the store was deleted, for the next `compact`, be it that of a later run."""
        self.set(_LEFT, "1")


_SQL = {
    pa.string(): "VARCHAR",
    pa.list_(pa.string()): "VARCHAR[]",
    pa.bool_(): "BOOLEAN",
    pa.float64(): "DOUBLE",
    pa.int64(): "BIGINT",
    pa.uint64(): "UBIGINT",
}


def _quoted(text: str) -> str:
    return text.replace("'", "''")
