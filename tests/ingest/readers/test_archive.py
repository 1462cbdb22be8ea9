from __future__ import annotations

import gzip
import io
import tracemalloc
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

from graph.errors import UnreadableFile
from ingest.readers import Limits, tables

if TYPE_CHECKING:
    from tests.ingest.readers.conftest import Read, Write

CSV = "编号,名称\n1,甲\n2,乙\n"


def packed(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_gzip_is_read_as_what_is_in_it(read: Read) -> None:
    table, rows = read(gzip.compress(CSV.encode("gb18030")), "feed.csv.gz")
    assert (table.name, table.format, table.encoding) == ("feed.csv.gz", "csv", "gb18030")
    assert rows[1].values == {"编号": "2", "名称": "乙"}
    assert table.position() == table.size


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:40] + b"xxxx" + data[44:]])
def test_a_damaged_gzip_is_refused_before_a_row_is_given(write: Write, damage: object) -> None:
    assert callable(damage)
    data = damage(gzip.compress("".join(f"{n},{n * n}\n" for n in range(10_000)).encode()))
    with pytest.raises(UnreadableFile, match=r"feed\.csv\.gz: (the archive ends too early|damaged)"):
        tables(write(data, "feed.csv.gz"))


def test_every_data_file_of_a_zip_is_a_table(tmp_path: Path) -> None:
    book = io.BytesIO()
    workbook = openpyxl.Workbook()
    workbook.worksheets[0].append(["a", "b"])
    workbook.save(book)
    members = {
        "feeds/companies.csv": CSV.encode(),
        "rows.jsonl": b'{"a": 1}\n',
        "book.xlsx": book.getvalue(),
        "README.md": b"# read me",
        "__MACOSX/._companies.csv": b"\0\5",
    }
    found = list(tables(packed(tmp_path / "feeds.zip", members)))
    assert [table.name for table in found] == [
        "feeds.zip!feeds/companies.csv",
        "feeds.zip!rows.jsonl",
        "feeds.zip!book.xlsx#Sheet",
    ]
    assert [row.values["名称"] for row in found[0].rows] == ["甲", "乙"]
    assert found[0].position() == found[0].size == len(CSV.encode())


def test_chinese_names_in_a_zip_from_windows_are_read(tmp_path: Path) -> None:
    # Windows writes names in GB18030 without a mark; zipfile writes what it took for code page 437.
    name = "企业.csv".encode("gb18030")
    path = packed(tmp_path / "feeds.zip", {"AAAA.csv": CSV.encode()})
    assert len(name) == len(b"AAAA.csv")
    path.write_bytes(path.read_bytes().replace(b"AAAA.csv", name))
    (table,) = tables(path)
    assert table.name == "feeds.zip!企业.csv"
    assert len(list(table.rows)) == 2


def test_an_archive_in_an_archive_is_refused(tmp_path: Path) -> None:
    inner = packed(tmp_path / "inner.zip", {"a.csv": b"a,b\n"}).read_bytes()
    for name, content in (("inner.zip", inner), ("a.csv.gz", gzip.compress(b"a,b\n"))):
        with pytest.raises(UnreadableFile, match="an archive within an archive; unpack the outer one"):
            tables(packed(tmp_path / "outer.zip", {name: content}))
    outer = tmp_path / "twice.gz"
    outer.write_bytes(gzip.compress(gzip.compress(b"a,b\n")))
    with pytest.raises(UnreadableFile, match="an archive within an archive"):
        tables(outer)


def test_a_tar_in_a_gzip_is_named(write: Write) -> None:
    tar = b"a.csv".ljust(257, b"\0") + b"ustar\x0000" + bytes(248)
    with pytest.raises(UnreadableFile, match="a tar archive; unpack it"):
        tables(write(gzip.compress(tar), "feeds.tar.gz"))


def test_an_encrypted_member_is_named(tmp_path: Path) -> None:
    path = packed(tmp_path / "feeds.zip", {"a.csv": b"a,b\n"})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match=r"feeds\.zip!a\.csv: it is encrypted"):
        tables(path)


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "feeds.zip", {"a.csv": CSV.encode() * 99})
    data = bytearray(path.read_bytes())
    data[50] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match=r"feeds\.zip!a\.csv: damaged"):
        tables(path)


def test_a_member_damaged_far_behind_is_refused_before_a_row_is_given(tmp_path: Path) -> None:
    path = packed(
        tmp_path / "feeds.zip", {"a.csv": b"\xef\xbb\xbfa,b\n" + b"".join(b"%d,1\n" % n for n in range(99_999))}
    )
    data = bytearray(path.read_bytes())
    data[-200] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match=r"feeds\.zip!a\.csv: damaged"):
        tables(path)


def test_only_the_start_of_an_archives_type_is_unpacked(tmp_path: Path) -> None:
    path = packed(tmp_path / "feeds.zip", {"mimetype": b"x" * 50_000_000, "a.csv": CSV.encode()})
    tracemalloc.start()
    (table,) = tables(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000
    assert len(list(table.rows)) == 2


def test_a_cut_zip_is_refused(tmp_path: Path) -> None:
    path = packed(tmp_path / "feeds.zip", {"a.csv": CSV.encode() * 99})
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(UnreadableFile, match=r"feeds\.zip: damaged"):
        tables(path)


@pytest.mark.parametrize("name", ["bomb.zip", "bomb.csv.gz"])
def test_an_archive_that_unpacks_without_measure_is_refused(tmp_path: Path, name: str) -> None:
    content = b"a,b\n" + b"0,0\n" * 1_000_000
    path = tmp_path / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(content))
    else:
        packed(path, {"a.csv": content})
    assert list(tables(path))
    with pytest.raises(UnreadableFile, match="unpacks to more than 1 MiB"):
        tables(path, Limits(total=1 << 20))
    with pytest.raises(UnreadableFile, match="unpacks to more than 100 times its size"):
        tables(path, Limits(ratio=100, free=1000))


def test_a_zip_without_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no data file in the archive"):
        tables(packed(tmp_path / "feeds.zip", {"README.md": b"x"}))
