"""The heads of the audit log's chains, kept in the state's database, so that a chain that was cut short is found out.

A head that is kept is on disk: whatever happens, power cuts included, the chain must reach it for ever. Every head has
a number among all chains that were ever begun, and a MAC; so has the count of those chains. Whoever does not know the
state's secret can therefore neither set a head back nor take one away unseen, but by putting back an older copy of the
database and of the log together.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hmac import compare_digest
from hmac import digest as hmac
from pathlib import Path

from api.audit.chain import LONGEST, files, parted

PURPOSE = "audit heads"
"""What the key of the MACs is derived for."""
COUNT = "chains"
"""Under this name the database holds how many chains were begun."""
_MOST = 100
"""Heads told at once, the latest noted first: the others were told by those who started before."""
_QUIET = 1.0
"""Seconds after which a file's writer has surely taken back a line that it could not sync."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of a chain: its number, and its hash in hex."""

    n: int
    hash: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What the database tells of all chains.

    Attributes:
        heads: The head of each chain.
        forged: The chains whose heads are not as they were noted.
        gone: The numbers of chains that were begun and of which there is no head.
        is_counted: Whether the count of chains is as it was noted.
    """

    heads: Mapping[str, Head]
    forged: frozenset[str]
    gone: tuple[int, ...]
    is_counted: bool


class Heads:
    """The heads in a database, as their writers see them.

    Args:
        db: A connection of one's own, that commits by itself.
        key: The key of the MACs.
    """

    def __init__(self, db: sqlite3.Connection, key: bytes) -> None:
        self._db = db
        self._key = key

    def begin(self, chain: str) -> None:
        """Makes a chain known before its file is there: a file that the database does not know is a stranger's."""
        with _transaction(self._db):
            if self._db.execute("SELECT 1 FROM head WHERE chain = ?", (chain,)).fetchone():
                return
            (last,) = self._db.execute("SELECT coalesce(max(number), 0) FROM head").fetchone()
            count = _counted(self._db, self._key)
            number = max(last, count or 0) + 1
            row = (chain, number, 0, "", time.time(), _mac(self._key, chain, number, Head(0, "")))
            self._db.execute("INSERT INTO head VALUES (?, ?, ?, ?, ?, ?)", row)
            if count is not None:  # one that was tampered with stays as it is, for whoever verifies
                self._db.execute("UPDATE meta SET value = ? WHERE name = ?", (count_of(number, self._key), COUNT))

    def note(self, chain: str, head: Head, noted: float | None = None) -> None:
        """Keeps the head of a chain that was begun, unless a later one is kept."""
        for (number,) in self._db.execute("SELECT number FROM head WHERE chain = ?", (chain,)).fetchall():
            values = (head.n, head.hash, time.time() if noted is None else noted)
            query = "UPDATE head SET n = ?, hash = ?, noted = ?, mac = ? WHERE chain = ? AND n < ?"
            self._db.execute(query, (*values, _mac(self._key, chain, number, head), chain, head.n))

    def present(self, folder: Path, but: str) -> dict[str, Head]:
        """The heads of all chains but one, as far as they are on disk; what a killed writer did not note is noted.

        One that is not as it was noted is left to whoever verifies.
        """
        found = files(folder)
        heads: dict[str, Head] = {}
        rows = self._db.execute("SELECT * FROM head ORDER BY noted DESC LIMIT ?", (_MOST,)).fetchall()
        for chain, number, n, hash_, noted, mac in rows:
            head = Head(n, hash_)
            if chain == but or not compare_digest(mac, _mac(self._key, chain, number, head)):
                continue
            if chain in found:
                last = _last(found[chain][max(found[chain])], noted)
                if last is not None and last.n > n:
                    self.note(chain, head := last)
            if head.n:
                heads[chain] = head
        return heads


def kept(db: sqlite3.Connection, key: bytes) -> Kept:
    """What a database tells of all chains."""
    with _transaction(db, "DEFERRED"):
        rows = db.execute("SELECT chain, number, n, hash, mac FROM head").fetchall()
        count = _counted(db, key)
    heads = {chain: Head(n, hash_) for chain, _, n, hash_, _ in rows}
    forged = {c for c, number, _, _, mac in rows if not compare_digest(mac, _mac(key, c, number, heads[c]))}
    gone = sorted(set(range(1, (count or 0) + 1)).difference(number for _, number, *_ in rows))
    return Kept(heads, frozenset(forged), tuple(gone), count is not None)


def count_of(number: int, key: bytes) -> bytes:
    """How many chains were begun, as the database holds it."""
    told = str(number).encode()
    return hmac(key, b"count\n" + told, "sha256") + told


def _counted(db: sqlite3.Connection, key: bytes) -> int | None:
    """How many chains were begun; None where what is told of it is not as it was noted."""
    for (value,) in db.execute("SELECT value FROM meta WHERE name = ?", (COUNT,)).fetchall():
        told = bytes(value[32:])
        if told.isdigit() and compare_digest(bytes(value), count_of(int(told), key)):
            return int(told)
    return None


def _mac(key: bytes, chain: str, number: int, head: Head) -> bytes:
    return hmac(key, f"head\n{chain}\n{number}\n{head.n}\n{head.hash}".encode(), "sha256")


@contextmanager
def _transaction(db: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    db.execute(f"BEGIN {kind}")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def as_members(heads: Mapping[str, Head]) -> dict[str, tuple[int, str]]:
    """Heads as they stand in a line."""
    return {chain: (head.n, head.hash) for chain, head in heads.items()}


def _last(path: Path, noted: float) -> Head | None:
    """The last whole line of a file that was written to after its head was noted, once it is surely on disk."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not noted < status.st_mtime < time.time() - _QUIET:
                return None
            file.seek(max(0, status.st_size - LONGEST))
            tail = file.read()
            os.fsync(file.fileno())
    except OSError:
        return None
    whole = tail[: tail.rfind(b"\n") + 1]
    line = parted(whole[whole.rfind(b"\n", 0, -1) + 1 :])
    return None if line is None else Head(line[0], line[2].hex())
