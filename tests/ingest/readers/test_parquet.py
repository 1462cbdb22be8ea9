from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from graph.errors import UnreadableFile
from ingest.readers import tables


def test_values_become_the_text_of_a_csv(tmp_path: Path) -> None:
    row = {
        "id": 7,
        "phone": 13812345678.0,
        "weight": 0.13,
        "name": "甲",
        "none": None,
        "day": dt.date(2025, 3, 1),
        "at": dt.datetime(2025, 3, 1, 18, tzinfo=dt.UTC),
        "price": Decimal("12.50"),
        "ok": True,
        "raw": b"\x01\xff",
        "tags": ["a", "b"],
        "seller": {"name": "乙", "no": 1},
    }
    pq.write_table(pa.Table.from_pylist([row, {"id": 8}]), tmp_path / "a.parquet")
    (table,) = tables(tmp_path / "a.parquet")
    assert (table.format, table.columns[:3]) == ("parquet", ("id", "phone", "weight"))
    rows = list(table.rows)
    assert rows[0].values == {
        "id": "7",
        "phone": "13812345678",
        "weight": "0.13",
        "name": "甲",
        "none": "",
        "day": "2025-03-01",
        "at": "2025-03-01T18:00:00+00:00",
        "price": "12.50",
        "ok": "true",
        "raw": "01ff",
        "tags": '["a", "b"]',
        "seller.name": "乙",
        "seller.no": "1",
    }
    assert json.loads(rows[0].raw)["seller"] == {"name": "乙", "no": 1}
    assert [row.number for row in rows] == [1, 2]
    assert table.position() == table.size


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": list(range(1000))}), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UnreadableFile, match=r"a\.parquet: the Parquet file is damaged or cut off"):
        tables(path)


def test_rows_come_in_batches_and_none_is_lost(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": list(range(10_000))}), tmp_path / "a.parquet", row_group_size=3000)
    (table,) = tables(tmp_path / "a.parquet")
    assert [row.values["a"] for row in table.rows] == [str(n) for n in range(10_000)]
