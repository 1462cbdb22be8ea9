from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graph.errors import UnreadableFile
from ingest.readers import Row, Table, tables


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


def stored(folder: Path, **columns: object) -> tuple[Table, list[Row]]:
    pq.write_table(pa.table(columns), folder / "a.parquet")
    (table,) = tables(folder / "a.parquet")
    return table, list(table.rows)


def test_billionths_of_a_second_are_kept(tmp_path: Path) -> None:
    at = pa.array([1_700_000_000_123_456_789, 1_700_000_000_000_000_000, None], pa.timestamp("ns"))
    _, rows = stored(tmp_path, at=at)
    assert [row.values["at"] for row in rows] == ["2023-11-14T22:13:20.123456789", "2023-11-14T22:13:20", ""]
    assert json.loads(rows[0].raw) == {"at": "2023-11-14T22:13:20.123456789"}


@pytest.mark.parametrize(
    "value",
    [
        pa.array([2**55], pa.timestamp("ms")),
        pa.array([10**8], pa.date32()),
        pa.array([1], pa.timestamp("us", "No/Where")),
        pa.array([b"\xff\xfe"]).view(pa.string()),
    ],
)
def test_a_value_without_a_form_is_a_problem_of_its_row_alone(tmp_path: Path, value: pa.Array) -> None:
    _, rows = stored(tmp_path, a=pa.concat_arrays([value, pa.nulls(1, value.type)]), b=[1, 2])
    assert [(row.problem or "")[:24] for row in rows] == ["The value cannot be read", ""]
    assert (rows[0].problem_column, rows[0].values["b"], rows[1].values["a"]) == ("a", "1", "")
    assert json.loads(rows[0].raw)["a"]


def test_what_two_columns_call_by_one_name_is_a_problem(tmp_path: Path) -> None:
    _, (row,) = stored(tmp_path, **{"a.b": ["x"], "a": [{"b": "y"}]})
    assert (row.problem, row.problem_column) == ("Two values are given for 'a.b'.", "a.b")
    assert json.loads(row.raw) == {"a.b": "x", "a": {"b": "y"}}


def test_the_parts_of_a_struct_are_columns_though_it_may_be_null(tmp_path: Path) -> None:
    table, rows = stored(tmp_path, seller=[{"name": "甲", "at": {"city": "莆田"}}, None])
    assert table.columns == ("seller.name", "seller.at.city")
    assert rows[1].values == {"seller.name": "", "seller.at.city": ""}


def test_a_nul_character_is_a_problem_and_a_short_float_keeps_its_digits(tmp_path: Path) -> None:
    _, (row,) = stored(tmp_path, a=["x\0y"], price=pa.array([0.1], pa.float32()))
    assert (row.problem, row.problem_column, row.values["price"]) == ("The row holds a NUL character.", "a", "0.1")


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
