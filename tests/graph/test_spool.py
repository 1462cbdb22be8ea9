from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest

from graph.errors import StoreError
from graph.spool import Spool


@pytest.mark.parametrize("count", [0, 1, 499, 20_000, 50_001])
def test_rows_come_back_in_the_order_of_their_keys(count: int) -> None:
    rows = [[number, f"行{number}", b"\xff", None, {"a": [1.5, True]}] for number in range(count)]
    mixed = random.Random(1).sample(rows, count)
    assert list(Spool(iter(mixed), lambda row: row[0])) == rows


def test_a_reading_that_is_given_up_leaves_no_file_open() -> None:
    reading = iter(Spool(([number] for number in range(60_000)), lambda row: -row[0]))
    assert next(reading) == [59_999]
    del reading


def test_a_temporary_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(StoreError, match="temporary folder"):
        Spool([], lambda row: row)
