from __future__ import annotations

import datetime as dt
import gc
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from graph.errors import UnreadableFile
from ingest.readers import Limits, Row, Table, tables
from ingest.readers.numberformat import number_kind
from ingest.readers.oldworkbook import cell_text
from ingest.readers.spreadsheet import date_text, letters
from ingest.readers.workbook import Strings

SHARED = Path(__file__).parents[4] / "shared/data/factories"
Fill = Callable[[openpyxl.Workbook], None]


def saved(folder: Path, fill: Fill, name: str = "book.xlsx") -> Path:
    workbook = openpyxl.Workbook()
    fill(workbook)
    workbook.save(folder / name)
    return folder / name


def sheet(folder: Path, *rows: list[object]) -> tuple[Table, list[Row]]:
    def fill(workbook: openpyxl.Workbook) -> None:
        for row in rows:
            workbook.worksheets[0].append(row)

    (table,) = tables(saved(folder, fill))
    return table, list(table.rows)


def test_cells_become_the_text_of_a_csv(tmp_path: Path) -> None:
    row = ["甲 & 乙", "00123", 12, 12.0, 0.1, 13812345678, True, None, dt.date(2025, 3, 1), dt.datetime(2025, 3, 1, 18)]
    table, (read,) = sheet(tmp_path, [f"c{n}" for n in range(11)], [*row, dt.time(9, 30)])
    assert (table.name, table.format, table.encoding) == ("book.xlsx#Sheet", "xlsx", None)
    assert list(read.values.values()) == [
        *("甲 & 乙", "00123", "12", "12", "0.1", "13812345678", "true", ""),
        *("2025-03-01", "2025-03-01T18:00:00", "09:30:00"),
    ]
    assert json.loads(read.raw) == read.values
    assert read.number == 2


def test_a_whole_number_too_long_for_excel_is_told_as_excel_tells_it(tmp_path: Path) -> None:
    _, (row,) = sheet(tmp_path, ["a", "b"], [4.4e17, 1e21])
    assert row.values == {"a": "4.4E+17", "b": "1E+21"}


def test_a_format_of_zeros_keeps_leading_zeros(tmp_path: Path) -> None:
    def fill(workbook: openpyxl.Workbook) -> None:
        cells = workbook.worksheets[0]
        cells.append(["code", "n"])
        cells.append([4202, 1])
        cells["A2"].number_format = "00000000"

    (table,) = tables(saved(tmp_path, fill))
    assert next(table.rows).values["code"] == "00004202"


def test_every_sheet_with_a_row_is_a_table(tmp_path: Path) -> None:
    def fill(workbook: openpyxl.Workbook) -> None:
        workbook.worksheets[0].title = "企业"
        workbook.worksheets[0].append(["a"])
        workbook.create_sheet("empty")
        workbook.create_sheet("订单").append(["b"])

    found = list(tables(saved(tmp_path, fill)))
    assert [(table.name, table.columns) for table in found] == [
        ("book.xlsx#企业", ("a",)),
        ("book.xlsx#订单", ("b",)),
    ]


def test_title_rows_merged_cells_and_empty_columns_do_not_hide_the_header(tmp_path: Path) -> None:
    def fill(workbook: openpyxl.Workbook) -> None:
        cells = workbook.worksheets[0]
        cells["B2"] = "2025年仓库名单"
        cells.merge_cells("B2:D2")
        for column, name in zip("BCD", ("编号", "地址", "地址"), strict=True):
            cells[f"{column}4"] = name
            cells[f"{column}6"] = f"{name}1"
        cells["B9"] = "x"

    (table,) = tables(saved(tmp_path, fill))
    rows = list(table.rows)
    assert table.columns == ("编号", "地址", "地址 (2)")
    assert table.preamble == ("2025年仓库名单",)
    assert [row.number for row in rows] == [6, 9]
    assert rows[1].values == {"编号": "x", "地址": "", "地址 (2)": ""}


def test_a_value_beside_the_columns_is_a_problem(tmp_path: Path) -> None:
    _, rows = sheet(tmp_path, ["a", "b"], [1, 2, None, 4], [5, 6])
    assert rows[0].problem == "The row has a value in column D, beside the columns of the header."
    assert json.loads(rows[0].raw)["D"] == "4"
    assert rows[1].problem is None


def test_an_excel_error_in_a_cell_is_a_problem(tmp_path: Path) -> None:
    _, rows = sheet(tmp_path, ["a", "b"], ["x", "#N/A"], ["y", "z"])
    assert (rows[0].problem, rows[0].problem_column) == ("The cell in column B holds the Excel error #N/A.", "b")
    assert rows[1].problem is None


@pytest.mark.parametrize("damage", ["cut", "flip", "part"])
def test_a_damaged_workbook_is_refused(tmp_path: Path, damage: str) -> None:
    path = saved(tmp_path, lambda workbook: workbook.worksheets[0].append(["a", "b"] * 50))
    data = path.read_bytes()
    if damage == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "flip":
        place = data.index(b"sheet1.xml") + 40
        path.write_bytes(data[:place] + b"\xff" * 20 + data[place + 20 :])
    else:
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "new.xlsx", "w") as new:
            for name in old.namelist():
                new.writestr(name, b"<broken" if name.endswith("sheet1.xml") else old.read(name))
        path = tmp_path / "new.xlsx"
    with pytest.raises(UnreadableFile, match=r"\.xlsx: .*damaged"):
        list(tables(path))


def test_a_workbook_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no sheet with a row"):
        tables(saved(tmp_path, lambda workbook: None))


def test_an_old_document_without_sheets_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.doc"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4000))
    with pytest.raises(UnreadableFile, match="no workbook that can be read"):
        tables(path)


@pytest.mark.parametrize(
    ("serial", "from_1904", "text"),
    [
        (1, False, "1900-01-01"),
        (59, False, "1900-02-28"),
        (61, False, "1900-03-01"),
        (45717, False, "2025-03-01"),
        (45717.75, False, "2025-03-01T18:00:00"),
        (0.5, False, "12:00:00"),
        (44255, True, "2025-03-01"),
        (-1, False, None),
        (2_958_466, False, None),
    ],
)
def test_dates_are_counted_as_excel_counts_them(serial: float, from_1904: bool, text: str | None) -> None:
    assert date_text(serial, from_1904) == text


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("yyyy-mm-dd", "d"),
        ('yyyy"年"m"月"d"日"', "d"),
        ("[$-804]h:mm AM/PM", "d"),
        ("#,##0.00", "n"),
        ("General", "n"),
        ("[Red]0.00", "n"),
        ("0.00E+00", "n"),
        ('0" days"', "n"),
        ("[h]:mm", "n"),
        ("000000", "000000"),
    ],
)
def test_number_formats_are_told_apart(code: str, kind: str) -> None:
    assert number_kind("200", {"200": code}) == kind


def test_columns_are_lettered_as_in_a_sheet() -> None:
    assert [letters(column) for column in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_many_shared_strings_are_kept_on_disk() -> None:
    strings = Strings()
    for number in range(200_000):
        strings.append(f"字符串 {number} {'x' * 60}")
    assert strings[0].startswith("字符串 0 ")
    assert strings[199_999].startswith("字符串 199999 ")
    with pytest.raises(IndexError):
        strings[200_000]


def test_memory_does_not_grow_with_the_sheet(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        workbook = openpyxl.Workbook(write_only=True)
        cells = workbook.create_sheet("S")
        cells.append(["number", "name", "address"])
        for number in range(rows):
            cells.append([number, "name", f"address {number % 100}"])
        workbook.save(tmp_path / f"{rows}.xlsx")
        gc.collect()
        tracemalloc.start()
        (table,) = tables(tmp_path / f"{rows}.xlsx")
        for _ in table.rows:
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    # Five times the rows; what is not collected yet when the peak is reached differs a little.
    assert peak(20_000) < 1.5 * peak(4_000)


def test_xls_and_xlsx_of_one_list_are_read_alike() -> None:
    if not SHARED.exists():
        pytest.skip("the shared data is not beside the repository")
    ((old,), (new,)) = (tables(SHARED / f"12.{suffix}") for suffix in ("xls", "xlsx"))
    assert (old.format, new.format, old.columns) == ("xls", "xlsx", new.columns)
    assert [(row.number, row.values) for row in old.rows] == [(row.number, row.values) for row in new.rows]


def test_our_reading_of_xlsx_agrees_with_calamine(tmp_path: Path) -> None:
    rows: list[list[object]] = [["a", "b", "c", "d"]]
    rows += [[n, n / 7, dt.datetime(2025, 1, 1) + dt.timedelta(hours=n), f"名 <{n}> & '\"\n"] for n in range(300)]
    table, ours = sheet(tmp_path, *rows)
    with CalamineWorkbook.from_path(tmp_path / "book.xlsx") as workbook:
        theirs = workbook.get_sheet_by_index(0).to_python()[1:]
    assert [list(row.values.values()) for row in ours] == [[cell_text(cell) for cell in row] for row in theirs]


PARTS = {
    "[Content_Types].xml": "<Types/>",
    "_rels/.rels": '<Links><Relationship Id="r1" Type="x/officeDocument" Target="/xl/book.xml"/></Links>',
    "xl/book.xml": (
        '<x:workbook xmlns:x="m" xmlns:r="r"><x:workbookPr date1904="1"/><x:sheets>'
        '<x:sheet name="企业" r:id="s1"/><x:sheet name="chart" r:id="s2"/></x:sheets></x:workbook>'
    ),
    "xl/_rels/book.xml.rels": (
        '<Relationships><Relationship Id="s1" Type="x/worksheet" Target="sheets/one.xml"/>'
        '<Relationship Id="s2" Type="x/chartsheet" Target="charts/one.xml"/>'
        '<Relationship Id="s3" Type="x/sharedStrings" Target="texts.xml"/>'
        '<Relationship Id="s4" Type="x/styles" Target="styles.xml"/></Relationships>'
    ),
    "xl/texts.xml": (
        '<x:sst xmlns:x="m"><x:si><x:t>编号</x:t></x:si><x:si><x:r><x:t>地</x:t></x:r><x:r><x:t>址</x:t></x:r>'
        "<x:rPh><x:t>dizhi</x:t></x:rPh></x:si><x:si><x:t xml:space='preserve'> 0012 &amp; </x:t></x:si></x:sst>"
    ),
    "xl/styles.xml": '<s xmlns="m"><cellXfs><xf numFmtId="0"/><xf numFmtId="31"/></cellXfs></s>',
    "xl/sheets/one.xml": (
        '<x:worksheet xmlns:x="m"><x:sheetData>'
        '<x:row><x:c t="s"><x:v>0</x:v></x:c><x:c t="s"><x:v>1</x:v></x:c></x:row>'
        '<x:row/><x:row><x:c t="s"><x:v>2</x:v></x:c><x:c s="1"><x:v>44255</x:v></x:c></x:row>'
        '<x:row><x:c><x:v>6217632961678304720</x:v></x:c><x:c t="str"><x:f>A1</x:f><x:v>formula</x:v></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    ),
}


def test_a_workbook_of_another_writer_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.xlsx", "w") as archive:
        for name, content in PARTS.items():
            archive.writestr(name, content)
    (table,) = tables(tmp_path / "other.xlsx")
    assert (table.name, table.columns) == ("other.xlsx#企业", ("编号", "地址"))
    assert [(row.number, *row.values.values()) for row in table.rows] == [
        (3, " 0012 & ", "2025-03-01"),
        (4, "6217632961678304720", "formula"),
    ]


def test_a_formula_that_was_never_computed_is_no_empty_cell(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["no", "amount"], ["A", "=1+1"], ["B", 2]):
        book["Sheet"].append(row)
    book.save(tmp_path / "book.xlsx")
    (table,) = tables(tmp_path / "book.xlsx")
    first, second = table.rows
    assert first.problem is not None
    assert "column B holds a formula without its result; open the workbook in Excel" in first.problem
    assert (first.problem_column, second.problem) == ("amount", None)


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/sheets/one.xml", "<x:v>2</x:v>", "<x:v>9</x:v>"),
        ("xl/sheets/one.xml", '<x:c t="s">', '<x:c r="AAAAAAAA1" t="s">'),
        ("xl/sheets/one.xml", "<x:v>44255</x:v>", "<x:v>many</x:v>"),
        ("xl/sheets/one.xml", "<x:row><x:c>", '<x:row r="1"><x:c>'),
        ("xl/sheets/one.xml", '<x:c t="str">', '<x:c r="A4" t="str">'),
        ("xl/sheets/one.xml", "<x:worksheet", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///a">]><x:worksheet'),
        ("xl/book.xml", "</x:workbook>", ""),
    ],
)
def test_a_workbook_that_contradicts_itself_is_refused(tmp_path: Path, part: str, old: str, new: str) -> None:
    with zipfile.ZipFile(tmp_path / "other.xlsx", "w") as archive:
        for name, content in PARTS.items():
            archive.writestr(name, content.replace(old, new) if name == part else content)
    with pytest.raises(UnreadableFile, match="the workbook is damaged"):
        tables(tmp_path / "other.xlsx")


def other(folder: Path, part: str, old: str, new: str) -> list[Row]:
    """The rows of the other writer's workbook with something else in one of its parts."""
    with zipfile.ZipFile(folder / "other.xlsx", "w") as archive:
        for name, content in PARTS.items():
            assert name != part or old in content
            archive.writestr(name, content.replace(old, new) if name == part else content)
    (table,) = tables(folder / "other.xlsx")
    return list(table.rows)


def test_characters_that_xml_cannot_hold_are_read(tmp_path: Path) -> None:
    shared = other(tmp_path, "xl/texts.xml", " 0012 &amp; ", "1_x000D_\n2 _x005F_x0041_ _x0000_")
    assert shared[0].values["编号"] == "1\r\n2 _x0041_ _x0000_"
    given = other(tmp_path, "xl/sheets/one.xml", "<x:v>formula", "<x:v>a_x0009_b")
    assert given[1].values["地址"] == "a\tb"


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/texts.xml", "编号", "x" * 2_000_000),
        ("xl/sheets/one.xml", "formula", "x" * 2_000_000),
        ("xl/styles.xml", "</s>", " " * 34_000_000 + "</s>"),
    ],
)
def test_what_no_workbook_of_excel_holds_is_refused_before_it_fills_the_memory(
    tmp_path: Path, part: str, old: str, new: str
) -> None:
    with pytest.raises(UnreadableFile, match=r"a cell is longer than 1,048,576 characters|larger than 32 MiB"):
        other(tmp_path, part, old, new)


def test_a_boolean_may_be_a_word(tmp_path: Path) -> None:
    rows = other(tmp_path, "xl/sheets/one.xml", '<x:c t="str"><x:f>A1</x:f><x:v>formula', '<x:c t="b"><x:v>true')
    assert rows[1].values["地址"] == "true"


def test_an_error_beside_the_columns_is_a_problem_though_it_shows_nothing(tmp_path: Path) -> None:
    rows = other(
        tmp_path, "xl/sheets/one.xml", "</x:row></x:sheetData>", '<x:c t="e"><x:v> </x:v></x:c></x:row></x:sheetData>'
    )
    assert rows[1].problem == "The row has a value in column C, beside the columns of the header."


def test_a_workbook_that_unpacks_without_measure_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in PARTS.items():
            archive.writestr(name, content + " " * 1_000_000)
    with pytest.raises(UnreadableFile, match="unpacks to more than 100 times its size"):
        tables(path, Limits(ratio=100, free=1000))
