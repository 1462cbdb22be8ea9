"""The numbers of rows in an embedded store."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import count


def unused(db: sqlite3.Connection, table: str) -> Iterator[int]:
    """Numbers that no row of a table has or had: what a reader remembers of a number stays true.

    Must be called within the transaction that writes with them.
    """
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return count(row[0] + 1 if row else 1)
