from __future__ import annotations

import random
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from graph.errors import UnreadableFile
from ingest.readers import digest, tables

if TYPE_CHECKING:
    from tests.ingest.readers.conftest import Read, Write


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\n", "a PDF; export the table"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "JPEG"),
        (b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff", "a Windows program"),
        (b"\x7fELF\x02\x01\x01\0", "a program"),
        (b"SQLite format 3\0\x10\0", "an SQLite database"),
        (b"Rar!\x1a\x07\0", "a RAR archive"),
        (b"<!DOCTYPE html>\n<table>", "a web page"),
        (b"  <html><table><tr>", "a web page"),
        (b'<meta charset="gb2312"><table><tr>', "a web page"),
        (b"<style>td{}</style>\n<table>", "a web page"),
        ("<html><table>".encode("utf-16"), "a web page"),
        (b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n", "a web archive"),
        (b'<?xml version="1.0"?>\n<a/>', "an XML document"),
        (b'<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1">', "an XML document"),
        (b'<rows count="2"><row/>', "an XML document"),
        (b"\xff\xfe\0\0a\0\0\0", "UTF-32"),
        (random.Random(1).randbytes(100_000), "this is no text"),
    ],
)
def test_a_file_given_by_mistake_is_named_in_one_line(write: Write, content: bytes, what: str) -> None:
    with pytest.raises(UnreadableFile, match=what) as caught:
        tables(write(content, "feed.csv"))
    assert "feed.csv: " in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("folder", "what"), [("word", "Word document"), ("ppt", "PowerPoint presentation")])
def test_an_office_document_given_by_mistake_is_named(tmp_path: Path, folder: str, what: str) -> None:
    path = tmp_path / "report.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(f"{folder}/document.xml", "<w/>")
    with pytest.raises(UnreadableFile, match=what):
        tables(path)


def test_columns_named_like_a_signature_are_columns(read: Read) -> None:
    table, _ = read("MZ,BZh\n1,2\n")
    assert table.columns == ("MZ", "BZh")


def test_a_column_in_square_brackets_is_no_json(read: Read) -> None:
    table, _ = read("[id],[name]\n1,2\n")
    assert (table.format, table.columns) == ("csv", ("[id]", "[name]"))


def test_columns_in_pointed_brackets_are_no_markup(read: Read) -> None:
    table, _ = read("<id>,<item name>\n1,2\n")
    assert table.columns == ("<id>", "<item name>")


def test_a_file_is_known_by_its_content_and_not_by_its_name(read: Read) -> None:
    table, _ = read("a,b\n1,2\n", "book.xlsx")
    assert table.format == "csv"


@pytest.mark.parametrize(("name", "why"), [("missing.csv", "there is no such file"), (".", "this is a folder")])
def test_a_path_that_is_no_file_is_refused(tmp_path: Path, name: str, why: str) -> None:
    for function in (tables, digest):
        with pytest.raises(UnreadableFile, match=why):
            function(tmp_path / name)


def test_the_digest_is_sha256(write: Write) -> None:
    assert digest(write(b"abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
