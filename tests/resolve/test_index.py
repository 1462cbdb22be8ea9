from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from graph.errors import NotFound, StoreBusy, StoreError, StoreIncompatible, StoreReadOnly
from resolve import index as indices
from resolve.index import Index, forget_index, index_path, opened, weights_path

_HELD = """
import sys, time
from pathlib import Path
from resolve.index import Index

with Index(Path(sys.argv[1]), read_only=len(sys.argv) > 2):
    print("open", flush=True)
    sys.stdin.read()
"""
_FULL = """
import resource, signal, sys
from pathlib import Path
from graph.errors import StoreReadOnly
from resolve.index import Index

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Index(Path(sys.argv[1])) as index:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, resource.RLIM_INFINITY))
    try:
        with index.guarded(), index.changing():
            index.db.execute(
                "INSERT INTO kept.written SELECT hash(i)::VARCHAR, hash(i + 1)::VARCHAR, '' FROM range(500000) AS t (i)"
            )
    except StoreReadOnly as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


def test_an_index_lies_beside_an_embedded_store_and_else_in_a_folder() -> None:
    assert index_path("sqlite:market.db", Path("/srv")) == Path("market.db.identity")
    assert index_path("sqlite:///srv/market.db", Path()) == Path("/srv/market.db.identity")
    here, there = index_path("neo4j://neo4j@a:7687/x", Path()), index_path("neo4j://neo4j@b:7687/x", Path("/srv"))
    assert here.parent == Path() and there.parent == Path("/srv") and here.name != there.name


def test_an_index_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with Index(tmp_path / "i") as index:
            assert stat.S_IMODE((tmp_path / "i").stat().st_mode) == 0o700
            assert stat.S_IMODE(index.file.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_what_an_index_notes_outlasts_it(tmp_path: Path) -> None:
    with Index(tmp_path / "i") as index:
        index.set("since", "7")
    with Index(tmp_path / "i") as index:
        assert index.get("since") == "7"
        assert index.get("nothing") is None


def test_an_index_of_another_version_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Index(tmp_path / "i") as index:
        index.set("since", "7")
    monkeypatch.setattr(indices, "VERSION", "another")
    with pytest.raises(NotFound, match="headwater resolve"):
        Index(tmp_path / "i", read_only=True)
    with Index(tmp_path / "i") as index:
        assert index.get("since") is None
        assert index.count("kept.profile") == 0


def test_an_index_that_another_process_has_open_is_refused(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HELD, str(tmp_path / "i")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    ) as other:
        assert other.stdout is not None and other.stdin is not None
        assert other.stdout.readline() == "open\n"
        for read_only in (False, True):
            with pytest.raises(StoreBusy, match="another process compares"):
                Index(tmp_path / "i", read_only=read_only)
        other.stdin.close()
        other.wait()
    Index(tmp_path / "i").close()


def test_an_index_that_this_process_has_open_is_refused_too(tmp_path: Path) -> None:
    with Index(tmp_path / "i"), pytest.raises(StoreBusy):
        Index(tmp_path / "i")


def test_several_may_read_an_index(tmp_path: Path) -> None:
    Index(tmp_path / "i").close()
    with Index(tmp_path / "i", read_only=True) as one, Index(tmp_path / "i", read_only=True) as other:
        assert one.count("kept.pair") == other.count("kept.pair") == 0


def test_reading_an_index_that_was_never_made_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="run `headwater resolve` first"):
        Index(tmp_path / "i", read_only=True)
    assert not (tmp_path / "i").exists()


@pytest.mark.parametrize("content", [b"", b"no index", b"x" * 100_000])
def test_a_damaged_index_is_told_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "i").mkdir()
    (tmp_path / "i" / "index.duckdb").write_bytes(content)
    with pytest.raises(StoreIncompatible, match="remove it, and the next run makes it anew"):
        Index(tmp_path / "i")
    forget_index(tmp_path / "i")
    Index(tmp_path / "i").close()


def test_an_index_that_is_damaged_in_its_middle_is_told_when_that_is_read(tmp_path: Path) -> None:
    with Index(tmp_path / "i") as index:
        index.db.execute("INSERT INTO kept.written SELECT hash(i)::VARCHAR, '', '' FROM range(200000) AS t (i)")
        file = index.file
    content = bytearray(file.read_bytes())
    content[len(content) // 4 : -len(content) // 4] = bytes(len(content[len(content) // 4 : -len(content) // 4]))
    file.write_bytes(content)
    with pytest.raises(StoreIncompatible, match="damaged"), Index(tmp_path / "i") as index, index.guarded():
        index.db.execute("SELECT max(a) FROM kept.written").fetchall()


def test_a_place_where_no_index_can_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path, said in (
        (tmp_path / "file", "move it away"),
        (tmp_path / "file" / "i", "move it away"),
        (Path("/proc/nowhere/i"), "check its folder"),
    ):
        with pytest.raises(StoreReadOnly, match=said):
            Index(path)


def test_a_full_disk_is_told_and_the_index_stays_as_it_was(tmp_path: Path) -> None:
    with Index(tmp_path / "i") as index:
        index.set("since", "7")
    ended = subprocess.run(
        [sys.executable, "-c", _FULL, str(tmp_path / "i")],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    assert "the disk is full; free some space" in ended.stdout, ended.stderr
    with Index(tmp_path / "i") as index:
        assert (index.get("since"), index.count("kept.written")) == ("7", 0)


def test_too_little_memory_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="memory"), Index(tmp_path / "i", memory="8MB") as index, index.guarded():
        index.db.execute("SELECT list(i ORDER BY hash(i)) FROM range(50000000) AS t (i)").fetchall()


def test_forgetting_an_index_leaves_what_was_learned(tmp_path: Path) -> None:
    Index(tmp_path / "i").close()
    weights_path(tmp_path / "i").write_text("learned")
    forget_index(tmp_path / "i")
    assert [path.name for path in (tmp_path / "i").iterdir()] == ["weights.yaml"]
    forget_index(tmp_path / "never")


def test_what_a_killed_run_left_of_a_new_file_goes_with_the_next_one_and_is_forgotten(tmp_path: Path) -> None:
    Index(tmp_path / "i").close()
    left = [tmp_path / "i" / "index.new", tmp_path / "i" / "index.new.wal"]
    for end in (forget_index, lambda path: Index(path).close()):
        for path in left:
            path.write_bytes(b"a secret name")
        end(tmp_path / "i")
        assert not any(path.exists() for path in left)


def test_a_file_that_lacks_a_table_or_is_of_another_database_is_told_and_nothing_fetched(tmp_path: Path) -> None:
    with Index(tmp_path / "i") as index:
        index.db.execute("DROP TABLE kept.link")
    with Index(tmp_path / "i") as index, pytest.raises(StoreIncompatible, match=r"index\.duckdb: is damaged"):
        with index.guarded():
            index.count("kept.link")
    index.file.unlink()
    with closing(sqlite3.connect(index.file)) as other:
        other.execute("CREATE TABLE t (a)")
    with pytest.raises(StoreIncompatible, match="not a valid DuckDB database"):
        Index(tmp_path / "i")


def test_what_was_deleted_is_nowhere_in_a_compacted_index(tmp_path: Path) -> None:
    with Index(tmp_path / "i") as index:
        index.db.execute("INSERT INTO kept.written SELECT 'a secret name ' || i, '', '' FROM range(1000) AS t (i)")
        index.db.execute("INSERT INTO kept.written VALUES ('another', '', '')")
        index.db.execute("DELETE FROM kept.written WHERE a LIKE 'a secret%'")
        index.deleted()
    with Index(tmp_path / "i") as index:  # be it that the run that deleted it was killed
        index.compact()
        assert index.db.execute("FROM kept.written").fetchall() == [("another", "", "")]
        index.set("since", "7")
    assert b"a secret name" not in index.file.read_bytes()
    assert index.file.stat().st_mode & 0o777 == 0o600


@contextmanager
def held(path: Path, *reading: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that has an index open, until its input ends."""
    command = [sys.executable, "-c", _HELD, str(path), *reading]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "open\n"
        yield other


@pytest.mark.parametrize(("reading", "read_only"), [((), True), ((), False), (("reading",), False)])
def test_whoever_is_kept_out_waits_says_so_once_and_goes_on(
    tmp_path: Path, reading: tuple[str, ...], read_only: bool
) -> None:
    Index(tmp_path / "i").close()
    told = []
    with held(tmp_path / "i", *reading) as other:

        def waiting() -> None:
            told.append("waiting")
            assert other.stdin is not None
            other.stdin.close()
            other.wait(60)

        with opened(tmp_path / "i", read_only=read_only, waiting=waiting) as index:
            assert index.count("kept.pair") == 0
    assert told == ["waiting"]


@pytest.mark.parametrize(("reading", "said"), [((), "compares the parties"), (("reading",), "or reads what was")])
def test_patience_ends_with_what_to_do(tmp_path: Path, reading: tuple[str, ...], said: str) -> None:
    Index(tmp_path / "i").close()
    with held(tmp_path / "i", *reading) as other:
        with pytest.raises(StoreBusy, match=f"{said}.*run it again when that has ended"):
            opened(tmp_path / "i", patience=0.1)
        assert other.stdin is not None
        other.stdin.close()


def test_who_only_reads_waits_for_nobody_who_reads(tmp_path: Path) -> None:
    Index(tmp_path / "i").close()
    with held(tmp_path / "i", "reading") as other, opened(tmp_path / "i", read_only=True, patience=0, waiting=fail):
        assert other.stdin is not None
        other.stdin.close()


def fail() -> None:
    raise AssertionError("it waits")
