from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import NotFound, UnreadableFile
from graph.output import whole


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    with whole(tmp_path / "a") as out:
        out.write(b"x")
        assert not (tmp_path / "a").exists()
    assert (tmp_path / "a").read_bytes() == b"x"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt, NotFound])
def test_what_is_cut_off_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / "a").write_bytes(b"before")
    with pytest.raises(error), whole(tmp_path / "a") as out:
        out.write(b"x")
        raise error("x")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"before")]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"before")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with whole(tmp_path / "link") as out:
        out.write(b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"x"


def test_a_device_is_written_and_not_replaced() -> None:
    null = Path("/dev/null")
    with whole(null) as out:
        out.write(b"x")
    assert null.is_char_device()


@pytest.mark.parametrize("name", [".", "no/such/folder/a"])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableFile, match=str(tmp_path)), whole(tmp_path / name) as out:
        out.write(b"x")


def test_a_name_of_the_greatest_length_is_written(tmp_path: Path) -> None:
    with whole(tmp_path / ("a" * 255)) as out:
        out.write(b"x")
    assert (tmp_path / ("a" * 255)).read_bytes() == b"x"


def test_a_chinese_name_of_the_greatest_length_is_written(tmp_path: Path) -> None:
    with whole(tmp_path / ("永" * 85)) as out:
        out.write(b"x")
    assert (tmp_path / ("永" * 85)).read_bytes() == b"x"
