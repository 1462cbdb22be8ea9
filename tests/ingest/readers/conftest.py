from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.readers import Row, Table, tables

Write = Callable[..., Path]
Read = Callable[..., tuple[Table, list[Row]]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes bytes, or text in an encoding, to a file of this name."""

    def write(content: bytes | str, name: str = "feed.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.fixture
def read(write: Write) -> Read:
    """Reads the one table of a file with this content, with all its rows."""

    def read(content: bytes | str, name: str = "feed.csv", encoding: str = "utf-8") -> tuple[Table, list[Row]]:
        (table,) = tables(write(content, name, encoding))
        return table, list(table.rows)

    return read
