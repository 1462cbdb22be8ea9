from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from graph.embedded import translated
from graph.errors import StoreBusy, StoreError, StoreIncompatible, StoreReadOnly, StoreUnavailable
from graph.model import Mention, Record
from graph.opening import open_store
from graph.store import SCHEMA

MADE = Record("companies", "1", "companies.csv", 1, "d", {}, (Mention("Company/1", "party", {"name": "永飞"}),))
NOBODY = 65534


def company(number: int) -> Record:
    raw = {"编号": str(number), "企业名称": f"永飞{number}电池实业有限公司"}
    mention = Mention(f"Company/{number}", "party", {"name": raw["企业名称"]})
    return Record("companies", str(number), "companies.csv", number, f"d{number}", raw, (mention,))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everyone may look into, which pytest's are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def unprivileged(work: Callable[[], None]) -> None:
    """Runs work in a process that is not root, whom no permission would stop."""
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setuid(NOBODY)
            work()
        except BaseException as problem:
            os.write(2, repr(problem).encode())
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_store_that_is_not_there_is_not_made_unless_asked(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="no store here"):
        open_store(f"sqlite:{tmp_path / 'none.db'}", create=False)
    assert not list(tmp_path.iterdir())


def test_a_store_that_was_taken_away_is_neither_asked_nor_written_until_it_is_back(tmp_path: Path) -> None:
    path, away = tmp_path / "store.db", tmp_path / "away.db"
    with open_store(f"sqlite:{path}") as store:
        store.merge([MADE])
        path.rename(away)
        for ask in (store.files, lambda: store.get(["Company/1"]), lambda: list(store.quarantine())):
            with pytest.raises(StoreUnavailable, match="taken away"):
                ask()
        with pytest.raises(StoreUnavailable, match="taken away"):
            store.merge([company(2)])
        assert not path.exists()
        path.write_bytes(b"another")
        with pytest.raises(StoreUnavailable, match="another file"):
            store.files()
        assert path.read_bytes() == b"another"
        away.replace(path)
        assert store.get(["Company/1"])
        assert store.counts().records == {"companies": 1}


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="does not exist"):
        open_store(f"sqlite:{tmp_path / 'none' / 'store.db'}")


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        open_store(f"sqlite:{tmp_path}")


@pytest.mark.parametrize("content", [b"no,name\n1,x\n" * 1000, b"%PDF-1.7\n" + b"\x00" * 5000])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "companies.csv"
    path.write_bytes(content)
    with pytest.raises(StoreIncompatible, match="no Headwater store"):
        open_store(f"sqlite:{path}")
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE t (x)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(StoreIncompatible, match="another program"):
        open_store(f"sqlite:{path}")
    assert path.read_bytes() == before


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / "store.db").touch()
    with open_store(f"sqlite:{tmp_path / 'store.db'}") as store:
        assert store.merge([MADE]).added == 1


@pytest.mark.parametrize(("step", "words"), [(1, "newer Headwater"), (-1, "older Headwater")])
def test_a_store_of_another_schema_is_refused(tmp_path: Path, step: int, words: str) -> None:
    path = tmp_path / "store.db"
    open_store(f"sqlite:{path}").close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA + step}")
    db.close()
    with pytest.raises(StoreIncompatible, match=words):
        open_store(f"sqlite:{path}")


def test_an_empty_file_is_no_store_where_one_must_be(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.touch()
    with pytest.raises(StoreIncompatible, match="empty, no store"):
        open_store(f"sqlite:{path}", create=False)
    open_store(f"sqlite:{path}").close()
    open_store(f"sqlite:{path}", create=False).close()


def test_bodies_packed_by_a_dictionary_are_read_by_another_process_as_well(tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path / 'store.db'}"
    with open_store(url) as store, open_store(url) as other:
        assert not list(other.all_records())
        made = [company(i) for i in range(300)]
        store.merge(made[:200])
        store.merge(made[200:])
        with sqlite3.connect(tmp_path / "store.db") as db:
            assert db.execute("SELECT count(*) FROM dictionary").fetchone() == (1,)
        db.close()
        assert {r.id: r.raw for r in other.all_records()} == {r.id: r.raw for r in made}
        assert other.records([made[7].id])[made[7].id].mentions == made[7].mentions


def test_a_dictionary_goes_with_the_last_record_of_its_source(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with open_store(f"sqlite:{path}") as store:
        store.merge([company(i) for i in range(200)])
        ids = list(store.record_ids("companies"))
        for part, left in ((ids[:-1], 1), (ids[-1:], 0)):
            store.retract(part)
            with sqlite3.connect(path) as db:
                assert db.execute("SELECT count(*) FROM dictionary").fetchone() == (left,)
            db.close()


def test_a_dictionary_that_another_process_took_back_is_not_packed_by(tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path / 'store.db'}"
    with open_store(url) as store, open_store(url) as other:
        store.merge([company(i) for i in range(200)])
        other.retract(list(other.record_ids("companies")))
        store.merge([company(i) for i in range(200, 250)])
        other.merge([company(i) for i in range(250, 500)])
        store.merge([company(i) for i in range(500, 520)])
        assert len(list(store.all_records())) == len(list(other.all_records())) == 320


def test_two_sources_of_equal_rows_have_dictionaries_of_their_own(tmp_path: Path) -> None:
    with open_store(f"sqlite:{tmp_path / 'store.db'}") as store:
        for source in ("a", "b"):
            store.merge([replace(company(i), source=source) for i in range(200)])
        assert store.counts().records == {"a": 200, "b": 200}
        store.retract(list(store.record_ids("a")))
        assert len(list(store.all_records())) == 200


def test_a_damaged_store_is_told(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with open_store(f"sqlite:{path}") as store:
        store.merge([MADE])
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(StoreIncompatible, match="damaged"), open_store(f"sqlite:{path}") as store:
        list(store.all_records())


def test_a_store_may_have_any_name(tmp_path: Path) -> None:
    path = tmp_path / "奇 怪?mode=ro#%41.db"
    with open_store(f"sqlite:{path}") as store:
        store.merge([MADE])
    with open_store(f"sqlite:{path}", create=False) as store:
        assert store.get(["Company/1"])
    assert path.exists()


def test_many_may_open_a_store_that_is_not_there_yet(tmp_path: Path) -> None:
    program = (
        "import sys; from graph.model import Mention, Record; from graph.opening import open_store\n"
        "sys.stdin.readline()\n"
        "with open_store('sqlite:' + sys.argv[1]) as store:\n"
        "    store.merge([Record('s', sys.argv[2], 'f', 1, 'd', {}, (Mention('Company/1', sys.argv[2]),))])\n"
    )
    path = tmp_path / "store.db"
    processes = [
        subprocess.Popen([sys.executable, "-c", program, path, str(i)], stdin=subprocess.PIPE, text=True)
        for i in range(6)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0] * 6
    with open_store(f"sqlite:{path}", create=False) as store:
        assert store.get(["Company/1"])["Company/1"].mentions == 6
        assert len(store.statements(["Company/1"])["Company/1"]) == 6


@pytest.mark.parametrize("in_use", [False, True], ids=["alone", "beside a writer"])
def test_a_store_that_is_read_only_is_read_and_says_so_when_written(folder: Path, in_use: bool) -> None:
    url = f"sqlite:{folder / 'store.db'}"
    writer = open_store(url)
    writer.merge([MADE])
    if not in_use:
        writer.close()
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)

    def work() -> None:
        with open_store(url) as store:
            assert store.get(["Company/1"])["Company/1"].get("name") == "永飞"
            assert store.search(["永飞"]).total == 1
            assert len(list(store.nodes())) == len(list(store.all_records())) == 1
            for write in (lambda: store.merge([MADE]), lambda: store.retract(["x:1"]), store.wipe):
                with pytest.raises(StoreReadOnly):
                    write()

    unprivileged(work)
    writer.close()


def test_a_folder_that_cannot_be_written_gets_no_store(folder: Path) -> None:
    folder.chmod(0o555)

    def work() -> None:
        with pytest.raises(StoreError, match="permissions"):
            open_store(f"sqlite:{folder / 'store.db'}")

    unprivileged(work)


def test_every_error_of_sqlite_is_translated() -> None:
    names = [name for name in dir(sqlite3) if name.startswith("SQLITE_") and isinstance(getattr(sqlite3, name), int)]
    assert len(names) > 50
    for name in names:
        error = sqlite3.OperationalError("detail")
        error.sqlite_errorname = name
        said = translated(error, "store.db")
        assert isinstance(said, StoreError)
        assert str(said).startswith("store.db: ")
        assert said.code in ("store", "store_unavailable", "store_busy", "store_incompatible", "store_read_only")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SQLITE_BUSY", StoreBusy),
        ("SQLITE_BUSY_SNAPSHOT", StoreBusy),
        ("SQLITE_LOCKED", StoreBusy),
        ("SQLITE_CANTOPEN_ISDIR", StoreUnavailable),
        ("SQLITE_IOERR_READ", StoreUnavailable),
        ("SQLITE_READONLY", StoreReadOnly),
        ("SQLITE_READONLY_DIRECTORY", StoreReadOnly),
        ("SQLITE_FULL", StoreReadOnly),
        ("SQLITE_PERM", StoreReadOnly),
        ("SQLITE_NOTADB", StoreIncompatible),
        ("SQLITE_CORRUPT", StoreIncompatible),
        ("SQLITE_CORRUPT_VTAB", StoreIncompatible),
        ("SQLITE_CONSTRAINT_UNIQUE", StoreError),
    ],
)
def test_an_error_of_sqlite_becomes_the_one_that_says_what_it_means(name: str, kind: type[StoreError]) -> None:
    error = sqlite3.DatabaseError("detail")
    error.sqlite_errorname = name
    assert type(translated(error, "store.db")) is kind


def test_an_error_without_a_name_is_translated() -> None:
    assert type(translated(sqlite3.ProgrammingError("Cannot operate on a closed database."), "store.db")) is StoreError


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = open_store(f"sqlite:{tmp_path / 'store.db'}")
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.get(["Company/1"])
    with pytest.raises(StoreError, match="closed"):
        store.merge([MADE])
