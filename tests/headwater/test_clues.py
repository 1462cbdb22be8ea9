"""Lists of clues as offices write them: in every encoding and format of feeds, and with mistakes told by their line."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from graph.errors import UnreadableFile
from headwater.clues import read_clues
from queries.trace import Clue


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_clues_are_read_in_the_encodings_that_offices_write(tmp_path: Path, encoding: str, separator: str) -> None:
    path = tmp_path / "clues.csv"
    text = "clue_no,kind,value,right_no,seen\nC1,company,永飞鞋业,16640560,2025-06-20\nC2,,OD1,,\n"
    path.write_text(text.replace(",", separator), encoding)
    assert list(read_clues(path)) == [
        Clue("永飞鞋业", "company", "16640560", "2025-06-20", "C1"),
        Clue("OD1", None, None, None, "C2"),
    ]


def test_rows_of_bare_separators_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "clues.csv"
    path.write_text("clue_no,kind,value\nC1,order,OD1\n,,\nC2,order,OD2\n,,\n", "utf-8")
    assert [clue.no for clue in read_clues(path)] == ["C1", "C2"]


def test_clues_are_read_from_a_workbook_beside_a_sheet_of_notes(tmp_path: Path) -> None:
    path = tmp_path / "clues.xlsx"
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["clue_no", "kind", "value", "seen"], ["C1", "phone", 13800138000, "2025-06-20"]):
        sheet.append(row)
    book.create_sheet("notes").append(["seen by", "the office"])
    book.save(path)
    assert list(read_clues(path)) == [Clue("13800138000", "phone", None, "2025-06-20", "C1")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clue_no,kind\nC1,order\n", "no column `value`"),
        ("clue_no,kind,value\nC1,order,OD1\n\n,,\nC2,order,\n", "clues.csv, line 5: .* has no value"),
        ("kind,value\nparcel,SF1\n", "line 2: clue kind 'parcel': is none; choose one of listing"),
        ("value,seen\nOD1,yesterday\n", "line 2: date 'yesterday'"),
        ("kind,value\norder,OD1,OD2\n", "line 2: The row has 3 cells where the header has 2"),
        ('kind,value\norder,"OD1\n', "line 2: .*quotation mark"),
        ("", "the file is empty"),
    ],
)
def test_a_list_of_clues_with_a_mistake_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "clues.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(UnreadableFile, match=said):
        list(read_clues(path))


def test_a_row_of_a_workbook_at_fault_is_named_with_its_sheet(tmp_path: Path) -> None:
    path = tmp_path / "clues.xlsx"
    book = openpyxl.Workbook()
    book.worksheets[0].title = "May"
    for row in (["kind", "value"], ["order", "OD1"], ["parcel", "SF1"]):
        book.worksheets[0].append(row)
    book.save(path)
    with pytest.raises(UnreadableFile, match=r"clues\.xlsx#May, row 3: clue kind 'parcel'"):
        list(read_clues(path))


def test_a_file_that_is_no_table_is_no_list_of_clues(tmp_path: Path) -> None:
    path = tmp_path / "clues.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xff\xff")
    with pytest.raises(UnreadableFile):
        list(read_clues(path))
