from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.errors import StateUnavailable
from api.state import DATABASE, DEFAULT, SECRET, State, read_secret, state_folder
from graph.errors import SettingError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def change(folder: Path, statement: str) -> None:
    db = sqlite3.connect(folder / DATABASE)
    db.execute(statement)
    db.commit()
    db.close()


def test_a_state_is_for_its_owner_alone_whatever_the_umask(folder: Path) -> None:
    before = os.umask(0)
    try:
        with State(folder) as state, state.transaction() as db:
            db.execute("INSERT INTO meta VALUES ('x', x'00')")
            files = [path for path in folder.rglob("*") if path.is_file()]
            assert {path.name for path in files} >= {SECRET, DATABASE, f"{DATABASE}-wal"}
            assert {mode(path) for path in files} == {0o600}
    finally:
        os.umask(before)
    assert mode(folder) == 0o700


def test_a_state_that_others_may_read_is_closed_to_them(folder: Path) -> None:
    State(folder).close()
    for path in (folder, folder / SECRET, folder / DATABASE):
        path.chmod(0o755)
    State(folder).close()
    assert [mode(path) for path in (folder, folder / SECRET, folder / DATABASE)] == [0o700, 0o600, 0o600]


def test_a_folder_of_other_files_is_refused_and_left_as_it_is(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    (folder / "letters.txt").touch()
    with pytest.raises(SettingError, match="other files lie in this folder"):
        State(folder)
    assert mode(folder) == 0o755
    assert [path.name for path in folder.iterdir()] == ["letters.txt"]


def test_an_empty_folder_becomes_a_state(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    State(folder).close()
    assert mode(folder) == 0o700


def test_a_state_opened_again_keeps_its_secret(folder: Path) -> None:
    with State(folder) as one, State(folder) as two:
        assert one.secret == two.secret == read_secret(folder)
        assert len(one.secret) == 32


def test_processes_that_open_a_state_at_once_make_one(folder: Path) -> None:
    code = (
        "import sys; from api.state import State\n"
        "state = State(sys.argv[1])\n"
        "with state.transaction() as db: db.execute(\"INSERT INTO meta VALUES (hex(randomblob(8)), x'00')\")\n"
        "print(state.secret.hex())\n"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True) for _ in range(6)
    ]
    told = {process.communicate()[0] for process in started}
    assert [process.returncode for process in started] == [0] * 6
    assert told == {f"{read_secret(folder).hex()}\n"}
    with State(folder) as state:
        assert state.rows("SELECT count(*) FROM meta")[0][0] == 8
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_a_state_that_is_not_there_is_not_made_unless_asked_for(folder: Path) -> None:
    with pytest.raises(StateUnavailable, match="headwater key create"):
        State(folder, create=False)
    assert not folder.exists()


def test_a_file_in_the_place_of_the_folder_is_told(folder: Path) -> None:
    folder.touch()
    with pytest.raises(StateUnavailable, match="state"):
        State(folder)


def test_a_lost_secret_is_never_replaced_in_silence(folder: Path) -> None:
    State(folder).close()
    (folder / SECRET).unlink()
    with pytest.raises(StateUnavailable, match="restore it from a backup"):
        State(folder)
    assert not (folder / SECRET).exists()


@pytest.mark.parametrize("secret", [b"", bytes(31), bytes(32)], ids=["empty", "short", "another"])
def test_a_secret_that_is_not_this_states_is_refused(folder: Path, secret: bytes) -> None:
    State(folder).close()
    (folder / SECRET).write_bytes(secret)
    with pytest.raises(StateUnavailable, match=SECRET):
        State(folder)


@pytest.mark.parametrize(
    "statement",
    ["PRAGMA application_id = 1", "PRAGMA user_version = 99", "DELETE FROM meta"],
    ids=["of another program", "of a newer version", "of no secret"],
)
def test_a_database_that_is_not_this_states_is_refused(folder: Path, statement: str) -> None:
    State(folder).close()
    change(folder, statement)
    with pytest.raises(StateUnavailable, match=DATABASE):
        State(folder)


def test_a_damaged_database_is_told(folder: Path) -> None:
    State(folder).close()
    (folder / DATABASE).write_bytes(b"nothing of the sort" * 1000)
    with pytest.raises(StateUnavailable, match="restore a backup"):
        State(folder)


def test_a_transaction_that_fails_leaves_nothing(folder: Path) -> None:
    with State(folder) as state:
        with pytest.raises(ZeroDivisionError), state.transaction() as db:
            db.execute("INSERT INTO meta VALUES ('x', x'00')")
            raise ZeroDivisionError
        assert not state.rows("SELECT * FROM meta WHERE name = 'x'")
        with state.transaction() as db:
            db.execute("INSERT INTO meta VALUES ('x', x'00')")
        assert state.rows("SELECT * FROM meta WHERE name = 'x'")


def test_what_the_database_refuses_is_an_error_of_ours(folder: Path) -> None:
    with State(folder) as state:
        state._db.execute("PRAGMA query_only = ON")
        with pytest.raises(StateUnavailable, match="cannot be written"), state.transaction() as db:
            db.execute("DELETE FROM meta")


def test_who_reads_waits_for_no_writer_of_this_process_or_another(folder: Path) -> None:
    with State(folder) as state, State(folder) as other:
        with state.transaction() as db, ThreadPoolExecutor(1) as pool:
            db.execute("INSERT INTO meta VALUES ('x', x'00')")
            for one in (state, other):
                found = pool.submit(one.rows, "SELECT name FROM meta WHERE name = 'x'").result(timeout=5)
                assert found == []
            assert len(state.rows("SELECT name FROM meta WHERE name = 'x'")) == 1
        assert len(other.rows("SELECT name FROM meta WHERE name = 'x'")) == 1


def test_keys_for_different_purposes_tell_nothing_of_each_other(folder: Path) -> None:
    with State(folder) as state:
        keys = {state.derived("one"), state.derived("two"), state.secret}
        assert len(keys) == 3
        assert state.derived("one") in keys


def test_the_folder_is_the_settings_and_an_empty_one_is_refused() -> None:
    assert state_folder({}) == Path(DEFAULT)
    assert state_folder({"HEADWATER_STATE": "/srv/state"}) == Path("/srv/state")
    with pytest.raises(SettingError, match="HEADWATER_STATE"):
        state_folder({"HEADWATER_STATE": ""})
