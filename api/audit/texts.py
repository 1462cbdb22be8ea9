"""The texts of what was asked, kept once by their hashes, so that an auditor can read what an entry is about.

A text may hold values, as a phone that somebody wrote into a query, and is kept encrypted under the state's secret, by
AES-SIV (RFC 5297). Each viewer has so much room, whose oldest texts give way: nobody can make those of others go.
"""

from __future__ import annotations

import sqlite3
import time
import zlib
from threading import Lock

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from api.state import State, derived

_ROOM = 4 << 20
"""Bytes of the texts of one viewer, packed."""
_LONGEST = 100_000
"""Characters: none that is longer is ever answered."""
_MOST_WAITING = 1_000
_MOST_REMEMBERED = 20_000
_AGAIN = 1.0
"""Seconds after which a database that was busy is tried again."""


class Texts:
    """The texts that a process sends to a database, one of whose threads keeps what all of them send.

    Args:
        db: A connection of one's own, that commits by itself.
        secret: That of the state.
        room: Bytes that the texts of one viewer may take, packed, and an eighth more.
    """

    def __init__(self, db: sqlite3.Connection, secret: bytes, room: int = _ROOM) -> None:
        self._db = db
        self._cipher = _cipher(secret)
        self._room = room
        self._lock = Lock()
        self._waiting: dict[tuple[str, str], str] = {}
        self._sent: set[tuple[str, str]] = set()
        self._due = 0.0
        self._written = 0
        self._writers: set[str] = set()

    def send(self, viewer: str, hash_: str, text: str) -> None:
        """Hands over a text that a viewer sent, unless that was done before."""
        if (viewer, hash_) in self._sent or len(text) > _LONGEST:
            return
        with self._lock:
            if len(self._waiting) < _MOST_WAITING:
                if len(self._sent) >= _MOST_REMEMBERED:
                    self._sent.clear()
                self._sent.add((viewer, hash_))
                self._waiting[viewer, hash_] = text

    @property
    def is_due(self) -> bool:
        """Whether there is something to keep."""
        return bool(self._waiting) and time.monotonic() >= self._due

    def keep(self, seconds: float) -> None:
        """Keeps what was sent, as far as there is time, and the database is not busy."""
        until = time.monotonic() + seconds
        while self._waiting and time.monotonic() < until:
            (viewer, hash_), text = next(iter(self._waiting.items()))
            try:
                self._keep(viewer, hash_, text)
            except sqlite3.Error:
                self._due = time.monotonic() + _AGAIN
                return
            with self._lock:
                del self._waiting[viewer, hash_]

    def _keep(self, viewer: str, hash_: str, text: str) -> None:
        packed = self._cipher.encrypt(zlib.compress(text.encode("utf-8", "surrogatepass"), 1), [hash_.encode()])
        anew = "ON CONFLICT (viewer, hash) DO UPDATE SET noted = excluded.noted"
        self._db.execute(f"INSERT INTO document VALUES (?, ?, ?, ?) {anew}", (viewer, hash_, packed, time.time()))
        self._written += len(packed)
        self._writers.add(viewer)
        if self._written > self._room // 8:  # now and then only, as it goes through all that they sent
            for writer in self._writers:
                self._forget(writer)
            self._written, self._writers = 0, set()

    def _forget(self, viewer: str) -> None:
        """Forgets the oldest texts of a viewer for which there is no room."""
        room = "sum(length(text)) OVER (ORDER BY noted DESC, hash)"
        oldest = f"SELECT hash FROM (SELECT hash, {room} AS room FROM document WHERE viewer = ?1) WHERE room > ?2"
        self._db.execute(f"DELETE FROM document WHERE viewer = ?1 AND hash IN ({oldest})", (viewer, self._room))


def text_of(state: State, hash_: str) -> str | None:
    """The text of this hash; None where none is kept, or it is not as it was written."""
    for row in state.rows("SELECT text FROM document WHERE hash = ?", hash_):
        try:
            packed = _cipher(state.secret).decrypt(row["text"], [hash_.encode()])
        except InvalidTag:
            continue
        return zlib.decompress(packed).decode("utf-8", "surrogatepass")
    return None


def _cipher(secret: bytes) -> AESSIV:
    return AESSIV(derived(secret, "audit documents 1") + derived(secret, "audit documents 2"))
