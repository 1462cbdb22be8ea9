from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from graph.errors import UnreadableFile
from ingest.readers import discover, tables
from ingest.readers.source import shown


def touched(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_folders_are_walked_in_sorted_order(tmp_path: Path) -> None:
    touched(tmp_path, "b.csv", "a/z.jsonl", "a/a.XLSX", "c.csv.gz")
    found = discover([tmp_path])
    assert [str(path.relative_to(tmp_path)) for path in found.files] == ["b.csv", "c.csv.gz", "a/a.XLSX", "a/z.jsonl"]
    assert found.left_out == ()


def test_what_is_left_out_is_named_with_its_reason(tmp_path: Path) -> None:
    touched(tmp_path, "a.csv", "README.md", "LICENSE.txt", ".hidden.csv", "~$book.xlsx", "scan.pdf", ".git/x.csv")
    found = discover([tmp_path])
    assert [path.name for path in found.files] == ["a.csv"]
    assert {Path(name).name: why for name, why in found.left_out} == {
        "README.md": "about the data, no data",
        "LICENSE.txt": "about the data, no data",
        ".hidden.csv": "hidden",
        "~$book.xlsx": "hidden",
        "scan.pdf": "no kind of file that is read (.pdf)",
        ".git": "hidden",
    }


def test_members_left_out_of_an_archive_are_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "feeds.zip", "w") as archive:
        archive.writestr("a.csv", "a\n")
        archive.writestr("README.md", "x")
    found = discover([tmp_path])
    assert found.left_out == ((f"{tmp_path}/feeds.zip!README.md", "about the data, no data"),)


def test_a_file_named_by_the_caller_is_always_taken_and_only_once(tmp_path: Path) -> None:
    touched(tmp_path, "scan.pdf", "a.csv")
    found = discover([tmp_path / "scan.pdf", tmp_path / "a.csv", tmp_path])
    assert [path.name for path in found.files] == ["scan.pdf", "a.csv"]


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="there is no such file or folder"):
        discover([tmp_path / "nowhere"])


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    touched(tmp_path, "a/a.csv")
    (tmp_path / "a/again").symlink_to(tmp_path)
    found = discover([tmp_path])
    assert [path.name for path in found.files] == ["a.csv"]
    assert [why for _, why in found.left_out] == ["a link to a folder"]


def test_what_can_hold_no_data_is_left_out_of_a_folder(tmp_path: Path) -> None:
    touched(tmp_path, "a.csv")
    (tmp_path / "b.csv").symlink_to(tmp_path / "a.csv")
    (tmp_path / "c.csv").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "d.csv")
    found = discover([tmp_path])
    assert [path.name for path in found.files] == ["a.csv"]
    assert {Path(name).name: why.replace(str(tmp_path), "") for name, why in found.left_out} == {
        "b.csv": "the same file as /a.csv",
        "c.csv": "a link to nothing",
        "d.csv": "a pipe or a device",
    }


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(UnreadableFile, match=r"pipe\.csv: this is a pipe or a device; name a file$"):
        tables(tmp_path / "pipe.csv")


def test_a_name_that_is_no_text_is_told_by_its_bytes(tmp_path: Path) -> None:
    assert shown(Path(os.fsdecode(b"bad\xff\xe4\xb8\xad.csv"))) == "bad\\xff中.csv"


def test_a_member_is_called_as_the_archive_says_though_it_climbs(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "feeds.zip", "w") as archive:
        archive.writestr("../../a.csv", "a\n")
    assert discover([tmp_path]).left_out == ()
    assert [table.name for table in tables(tmp_path / "feeds.zip")] == ["feeds.zip!../../a.csv"]
    assert not (tmp_path.parent.parent / "a.csv").exists()
