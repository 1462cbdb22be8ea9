"""The heads of the audit log's chains, kept in the state's database, so that a chain that was cut short is found out.

A head that is kept is on disk: whatever happens, power cuts included, the chain must reach it for ever.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from api.audit.chain import LONGEST, files, parted

_MOST = 100
"""Heads told at once, the latest noted first: the others were told by those who started before."""
_QUIET = 1.0
"""Seconds after which a file's writer has surely taken back a line that it could not sync."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of a chain: its number, and its hash in hex."""

    n: int
    hash: str


def note(db: sqlite3.Connection, chain: str, head: Head, noted: float | None = None) -> None:
    """Keeps the head of a chain, unless a later one is kept."""
    db.execute(
        "INSERT INTO head VALUES (?, ?, ?, ?) ON CONFLICT (chain) DO UPDATE SET "
        "n = excluded.n, hash = excluded.hash, noted = excluded.noted WHERE excluded.n > head.n",
        (chain, head.n, head.hash, time.time() if noted is None else noted),
    )


def kept(db: sqlite3.Connection) -> dict[str, Head]:
    """All heads that are kept."""
    return {chain: Head(n, hash_) for chain, n, hash_ in db.execute("SELECT chain, n, hash FROM head")}


def present(db: sqlite3.Connection, folder: Path, but: str) -> dict[str, Head]:
    """The heads of all chains but one, as far as they are on disk; what a killed writer did not note is noted."""
    found = files(folder)
    heads: dict[str, Head] = {}
    for chain, n, hash_, noted in db.execute("SELECT * FROM head ORDER BY noted DESC LIMIT ?", (_MOST,)).fetchall():
        head = Head(n, hash_)
        if chain == but:
            continue
        if chain in found:
            last = _last(found[chain][max(found[chain])], noted)
            if last is not None and last.n > n:
                note(db, chain, head := last)
        if head.n:
            heads[chain] = head
    return heads


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
