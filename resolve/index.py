"""What was compared before, beside a store: profiles by columns, and the pairs found among them.

A DuckDB file that can be thrown away at any time: it is made anew from the store. It holds names and numbers, so it is
for its owner alone, and goes whenever something is taken back from the store.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path

import duckdb
import pyarrow as pa

from graph.errors import StoreReadOnly, StoreUnavailable
from resolve.links import Pair
from resolve.matching import PAIRS
from resolve.profiles import Nature
from resolve.slots import SCHEMA

VERSION = "1"
"""Of what is kept: an index of another version is made anew."""
_SUFFIX = ".identity"


def index_path(url: str, folder: Path | None = None) -> Path:
    """Where the index of a store lies: beside an embedded one, else in a folder (this one unless another is named)."""
    scheme, _, path = url.partition(":")
    if scheme == "sqlite":
        return Path(f"{path}{_SUFFIX}")
    name = blake2b(url.encode(), digest_size=8).hexdigest()
    return (folder or Path()) / f"headwater-{name}{_SUFFIX}"


def forget_index(path: Path) -> None:
    """Removes an index, if there is one."""
    for one in (path, Path(f"{path}.wal")):
        one.unlink(missing_ok=True)


class Index:
    """An open index; one process at a time."""

    def __init__(self, path: Path) -> None:
        """Opens the index, or begins an empty one.

        Raises:
            StoreUnavailable: Another process has it open.
            StoreReadOnly: It cannot be written.
        """
        self.path = path
        self.db = self._opened()
        if self.get("version") != VERSION:
            self.clear()

    def _opened(self) -> duckdb.DuckDBPyConnection:
        try:
            if not self.path.exists():
                os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
                self.path.unlink()
            db = duckdb.connect(str(self.path))
            with suppress(OSError):
                self.path.chmod(0o600)
        except duckdb.IOException as error:
            raise StoreUnavailable(
                f"{self.path}: another process compares parties of this store; wait until it has ended"
            ) from error
        except OSError as error:
            raise StoreReadOnly(f"{self.path}: {error.strerror or error}; check its folder's permissions") from error
        db.execute("CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        return db

    def close(self) -> None:
        """Ends the use of the index."""
        self.db.close()

    def clear(self) -> None:
        """Makes it empty."""
        for name, schema in (("profile", SCHEMA), ("pair", PAIRS)):
            empty = schema.empty_table()
            self.db.register("empty", empty)
            self.db.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM empty")
            self.db.unregister("empty")
        self.db.execute("DELETE FROM meta")
        self.set("version", VERSION)
