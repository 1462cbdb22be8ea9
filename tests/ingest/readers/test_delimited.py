from __future__ import annotations

import csv
import io
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import UnreadableFile
from ingest.readers import delimited, tables
from tests.growth import LINEAR, growth

if TYPE_CHECKING:
    from tests.ingest.readers.conftest import Read, Write


def test_a_csv_saved_by_excel_on_a_chinese_windows_is_read(read: Read) -> None:
    text = '订单号,店铺,金额\r\n4.4E+17,"达来潮品汇,旗舰店",128.50\r\n00123,隆诚,"1,299.00"\r\n'
    table, rows = read(text, encoding="gbk")
    assert table.columns == ("订单号", "店铺", "金额")
    assert rows[0].values == {"订单号": "4.4E+17", "店铺": "达来潮品汇,旗舰店", "金额": "128.50"}
    assert rows[1].values == {"订单号": "00123", "店铺": "隆诚", "金额": "1,299.00"}


@pytest.mark.parametrize("separator", [",", "\t", ";", "|", "，", "；"])
def test_the_separator_is_found(read: Read, separator: str) -> None:
    lines = [["名称", "地址", "电话"], ["甲", "1-2/F. Block 1", "021"], ["乙", "x", ""]]
    table, rows = read("\n".join(separator.join(cells) for cells in lines))
    assert table.columns == ("名称", "地址", "电话")
    assert rows[0].values == {"名称": "甲", "地址": "1-2/F. Block 1", "电话": "021"}


def test_commas_within_quoted_cells_do_not_fool_the_separator(read: Read) -> None:
    table, rows = read('name;address\nA;"1, 2, 3, Road"\nB;"4, 5, 6, Street"\n')
    assert table.columns == ("name", "address")
    assert rows[0].values["address"] == "1, 2, 3, Road"


def test_a_sep_line_of_excel_names_the_separator(read: Read) -> None:
    table, rows = read("sep=;\r\na;b,c\r\n1;2\r\n")
    assert table.columns == ("a", "b,c")
    assert rows[0].number == 3


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_read(read: Read, end: str) -> None:
    _, rows = read(end.join(["a,b", "1,2", "", '3,"x"', ""]))
    assert [(row.number, row.values["b"], row.raw) for row in rows] == [(2, "2", b"1,2"), (4, "x", b'3,"x"')]


def test_mixed_line_ends_are_read(read: Read) -> None:
    _, rows = read("a,b\r1,2\n3,4\r\n5,6")
    assert [row.values["a"] for row in rows] == ["1", "3", "5"]


def test_other_line_separators_of_unicode_do_not_end_a_row(read: Read) -> None:
    _, rows = read("a,b\nx\u2028y,\x0b\x85\n")
    assert rows[0].values == {"a": "x\u2028y", "b": "\x0b\x85"}


def test_a_quoted_line_break_stays_in_its_cell_and_lines_are_counted_on(read: Read) -> None:
    _, rows = read('id,text\r\n1,"first\r\nsecond"\r\n2,plain\r\n')
    assert rows[0].values["text"] == "first\r\nsecond"
    assert rows[0].raw == b'1,"first\r\nsecond"'
    assert [row.number for row in rows] == [2, 4]


def test_a_quoted_cell_may_cross_the_blocks_that_are_read(read: Read) -> None:
    cell = "line\n" * 20_000
    _, rows = read("id,text\n" + "0,x\n" * 62_000 + f'1,"{cell}"\n2,y\n')
    assert rows[62_000].values["text"] == cell
    assert rows[62_001].number == 82_003
    assert not any(row.problem for row in rows)


def test_a_quotation_mark_never_closed_costs_only_its_own_row(read: Read) -> None:
    body = "".join(f"{n},name {n}\n" for n in range(200_000))
    _, rows = read('id,name\n0,"open\n' + body)
    assert [row.number for row in rows if row.problem] == [2]
    assert "never closed" in (rows[0].problem or "")
    assert len(rows) == 200_001


def test_a_stray_mark_does_not_swallow_rows_up_to_the_next_quoted_cell(read: Read) -> None:
    body = "".join(f"{n},name {n},x\n" for n in range(1000))
    _, rows = read('id,name,c\n0,"open,x\n' + body + '1001,"a, b",x\n' + body)
    assert [row.number for row in rows if row.problem] == [2]
    assert len(rows) == 2002


def test_rows_swallowed_by_a_stray_mark_that_happens_to_close_are_given_back(read: Read) -> None:
    _, rows = read('id,name,c\n0,"open,x\n1,b,c\n2,b,5"\n3,b,c\n')
    assert [row.number for row in rows if row.problem] == [2]
    assert [row.values["id"] for row in rows] == ["0", "1", "2", "3"]


def test_a_file_of_open_marks_is_not_read_again_for_every_row(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    # Read from its start or from within a quoted cell, each of these lines leaves a cell open.
    monkeypatch.setattr(delimited, "IN_VAIN", 100_000)

    def marks(number: int) -> None:
        _, rows = read("a,b\n" + 'a","x\n' * number + "1,2\n" + '3,"4"\n')
        assert [row.number for row in rows if row.problem is None] == [number + 2, number + 3]
        assert len(rows) == number + 2

    assert growth(marks, 2_500) < LINEAR


def test_text_after_a_closing_mark_is_a_problem(read: Read) -> None:
    _, rows = read('id,name\n1,"He said "hi" twice"\n2,b\n')
    assert [row.problem is None for row in rows] == [False, True]


def test_a_mark_within_an_unquoted_cell_is_text(read: Read) -> None:
    _, rows = read('id,name\n1,5" pipe\n')
    assert rows[0].values["name"] == '5" pipe'


@pytest.mark.parametrize(("row", "cells"), [("1", 1), ("1,2,3", 3)])
def test_a_row_with_another_count_of_cells_is_a_problem(read: Read, row: str, cells: int) -> None:
    _, rows = read(f"a,b\n{row}\n3,4\n")
    assert rows[0].problem == f"The row has {cells} cells where the header has 2 columns."
    assert rows[0].raw == row.encode()
    assert rows[1].problem is None


def test_a_nul_byte_is_a_problem_of_its_row(read: Read) -> None:
    _, rows = read("a,b\n" + "1,2\n" * 200 + "3\0,4\n5,6\n")
    assert [(row.number, row.problem_column) for row in rows if row.problem] == [(202, "a")]


def test_blank_lines_and_rows_of_separators_are_no_rows(read: Read) -> None:
    _, rows = read("a,b,c\n\n  \n,,\n1,2,3\n,,,,\n\x1a")
    assert [row.number for row in rows] == [5]


def test_a_header_only_is_a_table_without_rows(read: Read) -> None:
    table, rows = read("运单号,快递公司\r\n", encoding="gb18030")
    assert table.columns == ("运单号", "快递公司")
    assert rows == []


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\r\n \r\n", b"\xff\xfe"])
def test_an_empty_file_is_refused(write: Write, content: bytes) -> None:
    with pytest.raises(UnreadableFile, match=r"feed\.csv: the file is empty; it should begin with"):
        tables(write(content))


def test_columns_without_a_name_and_names_that_come_twice_are_told_apart(read: Read) -> None:
    table, rows = read("电话,,电话, 电话 \n1,2,3,4\n")
    assert table.columns == ("电话", "column 2", "电话 (2)", "电话 (3)")
    assert rows[0].values == {"电话": "1", "column 2": "2", "电话 (2)": "3", "电话 (3)": "4"}


def test_title_lines_above_the_header_are_told_and_not_read(read: Read) -> None:
    table, rows = read("2025年仓库名单,,\n导出日期：2025-01-01,,\n编号,地址,电话\n1,上海,021\n2,北京,010\n")
    assert table.columns == ("编号", "地址", "电话")
    assert table.preamble == ("2025年仓库名单", "导出日期：2025-01-01")
    assert [row.number for row in rows] == [4, 5]


def test_a_header_that_is_no_text_is_refused_with_its_line(write: Write) -> None:
    with pytest.raises(UnreadableFile, match="line 1: the header cannot be read"):
        tables(write(b"a,\xff\xff\n" + "1,上海\n".encode() * 5))


def test_an_endless_line_is_cut_and_the_next_rows_are_read(read: Read) -> None:
    _, rows = read(b"a,b\n1,2\n3," + b"x" * (9 << 20) + b"\n5,6\n")
    assert [row.number for row in rows] == [2, 3, 4]
    assert "longer than 8 MiB" in (rows[1].problem or "")
    assert rows[2].values == {"a": "5", "b": "6"}


@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_behind_an_endless_line_reading_goes_on_at_any_line_end(read: Read, codec: str, end: str) -> None:
    _, rows = read(f"a,b{end}1,{'x' * 9_000_000}{end}2,y{end}3,z{end}", encoding=codec)
    assert [(row.values["a"], row.problem is None) for row in rows] == [("1", False), ("2", True), ("3", True)]


def test_a_long_row_is_read(read: Read) -> None:
    _, rows = read(f'a,b\n1,"{"字" * 500_000}"\n')
    assert len(rows[0].values["b"]) == 500_000
    assert rows[0].problem is None


def test_progress_is_told_in_bytes(write: Write) -> None:
    (table,) = tables(write("a,b\n" + "1,2\n" * 200_000))
    assert table.position() == 0
    next(table.rows)
    assert 0 < table.position() < table.size
    for _ in table.rows:
        pass
    assert table.position() == table.size


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        path = tmp_path / f"{rows}.csv"
        filling = "丙" * 60
        pair = f'1,上海市,"甲, {filling}"\n2,北京市,{filling}\n'
        path.write_bytes(("编号,地址,说明\n" + pair * (rows // 2)).encode())
        tracemalloc.start()
        (table,) = tables(path)
        for _ in table.rows:
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(50_000) < 1.2 * peak(10_000)


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff\r"), max_size=12)


@given(
    rows=st.lists(st.lists(cells, min_size=3, max_size=3), max_size=8),
    codec=st.sampled_from(["utf-8-sig", "gb18030", "utf-16"]),
    separator=st.sampled_from([",", "\t", ";", "|"]),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_csv_writer_wrote_is_read_back(
    tmp_path: Path, rows: list[list[str]], codec: str, separator: str, end: str, quoting: int
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(["编号", "名称", "地址"])
    writer.writerows(rows)
    mark = "\ufeff" if codec == "gb18030" else ""
    path = tmp_path / "round.csv"
    path.write_bytes((mark + out.getvalue()).encode(codec))
    (table,) = tables(path)
    read_back = [list(row.values.values()) for row in table.rows if not row.problem]
    assert read_back == [row for row in rows if any(row)]


@given(st.lists(st.sampled_from([b'"', b",", b"\n", b"\r", b"a", b"b", "字".encode(), b"\xff", b" "]), max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_broken_no_byte_is_dropped_and_none_comes_twice(tmp_path: Path, pieces: list[bytes]) -> None:
    body = b"".join(pieces)
    path = tmp_path / "broken.csv"
    path.write_bytes("编号,名称\n".encode() + body)
    (table,) = tables(path)
    # Rows without content are no rows: only what says something is compared.
    blank = b'\r\n, "'
    assert b"".join(row.raw for row in table.rows).translate(None, blank) == body.translate(None, blank)
