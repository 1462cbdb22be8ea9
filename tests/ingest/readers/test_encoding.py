from __future__ import annotations

import codecs
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from graph.errors import UnreadableFile
from ingest.readers import tables
from ingest.readers.encoding import find_encoding
from ingest.readers.source import of_file

if TYPE_CHECKING:
    from tests.ingest.readers.conftest import Read, Write

TEXT = "运单号,寄件人,地址\r\n" + "".join(f"SF{n:06},张伟{n},广东省东莞市厚街镇迎宾街{n}号\r\n" for n in range(40))


@pytest.mark.parametrize(
    ("mark", "codec", "name"),
    [
        (b"", "utf-8", "utf-8"),
        (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
        (b"", "gb18030", "gb18030"),
        (b"\x84\x31\x95\x33", "gb18030", "gb18030"),
        (b"", "utf-16-le", "utf-16-le"),
        (b"", "utf-16-be", "utf-16-be"),
        (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16-be"),
    ],
)
def test_every_encoding_gives_the_same_rows(read: Read, mark: bytes, codec: str, name: str) -> None:
    table, rows = read(mark + TEXT.encode(codec))
    assert table.encoding == name
    assert table.columns == ("运单号", "寄件人", "地址")
    assert [row.problem for row in rows] == [None] * 40
    assert rows[7].values == {"运单号": "SF000007", "寄件人": "张伟7", "地址": "广东省东莞市厚街镇迎宾街7号"}
    assert rows[7].raw.decode(codec) == "SF000007,张伟7,广东省东莞市厚街镇迎宾街7号"


def test_one_bad_byte_in_utf8_is_one_bad_row(read: Read) -> None:
    data = TEXT.encode().replace("张伟7".encode(), b"\xe5\xbc\xff\xe4\xbc\x9f7")
    table, rows = read(data)
    assert table.encoding == "utf-8"
    (bad,) = [row for row in rows if row.problem]
    assert bad.number == 9
    assert bad.problem_column == "寄件人"
    assert b"\xff" in bad.raw
    assert "UTF-8" in (bad.problem or "")


def test_one_bad_byte_in_gb18030_is_one_bad_row(read: Read) -> None:
    data = TEXT.encode("gb18030").replace("张伟7".encode("gb18030"), b"\xff\xff7")
    table, rows = read(data)
    assert table.encoding == "gb18030"
    (bad,) = [row for row in rows if row.problem]
    assert (bad.number, bad.problem_column) == (9, "寄件人")


def test_a_row_of_gb18030_in_a_utf8_file_is_set_aside(read: Read) -> None:
    table, rows = read(TEXT.encode() + "SF9,李娜,福建省莆田市\r\n".encode("gb18030"))
    assert table.encoding == "utf-8"
    assert [row.number for row in rows if row.problem] == [42]


def test_a_row_of_utf8_in_a_gb18030_file_is_set_aside(read: Read) -> None:
    table, rows = read(TEXT.encode("gb18030") + "SF9,李娜李,福建省莆田市\r\n".encode())
    assert table.encoding == "gb18030"
    assert [row.number for row in rows if row.problem] == [42]


def test_chinese_after_megabytes_of_ascii_is_still_found(write: Write) -> None:
    path = write(b"a,b\n" + b"1,2\n" * 500_000 + "3,上海\n".encode("gb18030"))
    assert find_encoding(of_file(path)).codec == "gb18030"


def test_a_few_western_bytes_do_not_make_gb18030(read: Read) -> None:
    table, rows = read(b"name,city\n" + b"Acme,Paris\n" * 20 + "Société,Besançon\n".encode("latin-1") * 3)
    assert table.encoding == "utf-8"
    assert [row.number for row in rows if row.problem] == [22, 23, 24]


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        ("編號,公司名稱\n1,台灣積體電路製造股份有限公司\n", "big5", "Big5"),
        ("番号,会社名\n1,トヨタ自動車株式会社\n2,ソニー株式会社\n", "cp932", "Shift-JIS"),
        (
            "번호,회사명\n1,현대자동차 주식회사 부산광역시 해운대구\n2,대한민국 경기도 성남시 분당구 판교역로\n",
            "cp949",
            "EUC-KR",
        ),
    ],
)
def test_an_encoding_that_would_pass_for_gb18030_is_refused(write: Write, text: str, codec: str, name: str) -> None:
    with pytest.raises(UnreadableFile, match=f"most likely in {name}; save it as UTF-8"):
        tables(write(text, encoding=codec))


@pytest.mark.parametrize(
    "text", ["編號,公司名稱\n1,台灣積體電路製造股份有限公司", "名称\n日本の商品ソニー公司", "姓名\n王\ue863"]
)
def test_traditional_and_japanese_text_and_a_rare_name_in_gb18030_are_read(read: Read, text: str) -> None:
    table, rows = read(text, encoding="gb18030")
    assert (table.encoding, rows[-1].problem) == ("gb18030", None)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("cell", ["一" * 20, "中国广东省深圳市" * 30])
def test_utf16_without_a_mark_is_known_by_what_it_says(read: Read, codec: str, cell: str) -> None:
    table, rows = read(f"名称,地址\n{cell},{cell}\n" * 5, encoding=codec)
    assert (table.encoding, rows[0].values["地址"]) == (codec, cell)


def test_accents_in_utf8_stay_utf8(read: Read) -> None:
    _, rows = read("name\nSociété\n")
    assert rows[0].values == {"name": "Société"}


def test_gb18030_four_byte_characters_are_read(read: Read) -> None:
    _, rows = read("姓名,地址\n𠮷田,上海市\n㐂子,北京市\n", encoding="gb18030")
    assert [row.values["姓名"] for row in rows] == ["𠮷田", "㐂子"]


def test_half_a_pair_in_utf16_is_a_bad_row(read: Read) -> None:
    data = "a,b\n1,x\n2,y\n".encode("utf-16-le").replace("x".encode("utf-16-le"), b"\x00\xd8")
    _, rows = read(codecs.BOM_UTF16_LE + data)
    assert [row.problem is None for row in rows] == [False, True]
    assert rows[0].problem_column == "b"


def test_utf16_cut_within_a_character_is_a_bad_last_row(read: Read) -> None:
    _, rows = read(codecs.BOM_UTF16_LE + "a,b\n1,x\n2,y".encode("utf-16-le") + b"\x00")
    assert [row.problem is None for row in rows] == [True, False]


def test_characters_whose_bytes_look_like_line_ends_do_not_cut_utf16_lines(read: Read) -> None:
    # U+0A0D, U+0D0A and U+4E0A hold the bytes of CR and LF.
    _, rows = read(codecs.BOM_UTF16_BE + "a,b\n上海\u0a0d,\u0d0a\n".encode("utf-16-be"))
    assert [row.values for row in rows] == [{"a": "上海\u0a0d", "b": "\u0d0a"}]


def test_the_parcels_of_the_worlds_are_gb18030() -> None:
    path = Path(__file__).parents[4] / "shared/worlds/small/feeds/parcels.csv"
    if not path.exists():
        pytest.skip("the synthetic markets are not beside the repository")
    (table,) = tables(path)
    assert table.encoding == "gb18030"
    assert all(row.problem is None for row in table.rows)
