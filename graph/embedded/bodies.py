"""Records' bodies, packed: rows of one feed are alike, so what they share is kept once for each source.

A dictionary that zstd trained on a source's first rows makes a body a third of what deflate makes of it, in a fifth of
the time. Each packed body names the dictionary it needs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from itertools import islice

import zstandard

from graph.embedded.numbers import unused
from graph.errors import StoreIncompatible

_LEVEL = 1
_FEWEST = 100  # bodies; a dictionary trained on fewer is no help to the next
_SAMPLES = 200
_SIZE = 16384  # bytes


class Bodies:
    """Packs and unpacks the bodies that one connection sees."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._plain = _packer(None)
        self._unpackers = {0: zstandard.ZstdDecompressor()}
        self.reset()

    def reset(self) -> None:
        """Reads anew which sources have a dictionary: those made in a transaction that failed are void."""
        self._packers: dict[str, tuple[int, zstandard.ZstdCompressor]] = {}
        self._unpackers = {0: self._unpackers[0]}

    def learn(self, source: str, bodies: Iterable[bytes]) -> None:
        """Makes ready to pack a source's bodies; one without a dictionary gets one from enough of them.

        Must be called within each transaction that packs: another process may have taken the dictionary back.
        """
        row = self._db.execute("SELECT id, content FROM dictionary WHERE source = ?", (source,)).fetchone()
        known = self._packers.pop(source, None)
        if row is not None and known is not None and known[0] == row[0]:
            self._packers[source] = known
            return
        if row is None:
            samples = tuple(islice(bodies, _SAMPLES))
            if len(samples) < _FEWEST:
                return
            number = next(unused(self._db, "dictionary"))
            try:
                trained = zstandard.train_dictionary(_SIZE, [*samples], dict_id=number)
            except zstandard.ZstdError:
                return  # too little that repeats
            row = number, trained.as_bytes()
            self._db.execute("INSERT INTO dictionary VALUES (?, ?, ?)", (number, source, row[1]))
        self._packers[source] = row[0], _packer(zstandard.ZstdCompressionDict(row[1]))

    def forget(self, sources: Iterable[str]) -> None:
        """Takes back the dictionaries of sources that have no record left: they hold pieces of their rows."""
        for source in sources:
            if not self._db.execute("SELECT 1 FROM record WHERE source = ? LIMIT 1", (source,)).fetchone():
                self._db.execute("DELETE FROM dictionary WHERE source = ?", (source,))
                self.reset()

    def packed(self, source: str, body: bytes) -> bytes:
        known = self._packers.get(source)
        return (known[1] if known else self._plain).compress(body)

    def unpacked(self, packed: bytes) -> bytes:
        number = zstandard.get_frame_parameters(packed).dict_id
        unpacker = self._unpackers.get(number)
        if unpacker is None:
            # Another process may have made it since this one began.
            row = self._db.execute("SELECT content FROM dictionary WHERE id = ?", (number,)).fetchone()
            if row is None:
                raise StoreIncompatible(f"the store has lost dictionary {number}, by which it packed; restore a backup")
            unpacker = zstandard.ZstdDecompressor(dict_data=zstandard.ZstdCompressionDict(*row))
            self._unpackers[number] = unpacker
        return unpacker.decompress(packed)


def _packer(dictionary: zstandard.ZstdCompressionDict | None) -> zstandard.ZstdCompressor:
    if dictionary is not None:
        dictionary.precompute_compress(level=_LEVEL)
    return zstandard.ZstdCompressor(level=_LEVEL, dict_data=dictionary)
