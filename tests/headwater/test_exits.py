from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from graph import errors
from graph.opening import open_store
from headwater import exits

if TYPE_CHECKING:
    from tests.headwater.conftest import Process, Run, Spawn

SECRET = "s3cr%40t-w0rd"
AWAY = f"neo4j://neo4j:{SECRET}@127.0.0.1:1/neo4j"


def one_line(text: str) -> str:
    assert text.endswith("\n") and text.count("\n") == 1, text
    assert "Traceback" not in text
    return text.rstrip("\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["serch", "x"], 2, "did you mean search or serve?"),
        (["--frob"], 2, "--frob"),
        (["search", "x", "--frob"], 2, "headwater search --help"),
        (["search"], 2, "TEXT"),
        (["search", "x", "--limit", "many"], 2, "--limit"),
        (["search", "x", "--kind", "Compny"], 2, "did you mean Company?"),
        (["trace"], 2, "--clues"),
        (["trace", "x", "--kind", "spaceship"], 2, "spaceship"),
        (["trace", "x", "-o", "y"], 2, "--output"),
        (["status"], 6, "headwater load"),
        (["status", "--store", "nonsense"], 2, "sqlite:PATH"),
        (["status", "--store", ""], 2, "an argument is empty"),
        (["load", ""], 2, "an argument is empty"),
        (["status", "--store", "market.db"], 2, "did you mean sqlite:market.db?"),
        (["status", "--store", "sqlite://market.db"], 2, "did you mean sqlite:market.db?"),
        (["load", "/dev/null"], 5, "/dev/null: this is a pipe or a device; name a file"),
        (["status", "--store", "sqlite:/nowhere/at/all.db"], 6, "/nowhere/at/all.db"),
        (["load", "/nowhere/at/all.csv"], 5, "/nowhere/at/all.csv"),
        (["restore", "/nowhere/at/all.backup"], 5, "/nowhere/at/all.backup"),
    ],
)
def test_an_error_is_one_line_with_a_code_of_its_own(
    headwater: Run, arguments: list[str], code: int, said: str
) -> None:
    outcome = headwater(*arguments)
    assert outcome.code == code
    assert outcome.out == ""
    assert one_line(outcome.err).startswith("headwater: ")
    assert said in outcome.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["search", "nothing like it"], 4, "not_found"),
        (["show", "Company/none"], 4, "not_found"),
        (["forget", "nobody"], 4, "not_found"),
        (["paths", "FR001", "Company/none"], 4, "not_found"),
        (["search", "x", "--frob"], 2, "usage"),
        (["status", "--store", "nonsense"], 2, "setting"),
    ],
)
def test_with_json_an_error_is_an_object(loaded: Run, arguments: list[str], code: int, said: str) -> None:
    outcome = loaded(*arguments, "--json")
    assert outcome.code == code
    assert json.loads(one_line(outcome.err))["error"]["code"] == said


def test_in_chinese_an_error_says_what_it_is_in_chinese(loaded: Run) -> None:
    said = one_line(loaded("show", "Company/none", "--lang", "zh").err)
    assert said.startswith("headwater：未找到：")
    assert said.endswith("用 `headwater status` 查看已载入的数据）")
    assert one_line(loaded("show", "x", "--frob", "--lang", "zh").err).startswith("headwater：没有选项 --frob：")


def test_a_folder_is_no_store(headwater: Run, tmp_path: Path) -> None:
    for command in (["status"], ["load", tmp_path]):
        outcome = headwater(*command, "--store", f"sqlite:{tmp_path}")
        assert outcome.code == 6
        assert f"did you mean sqlite:{tmp_path}/headwater.db?" in one_line(outcome.err)


def test_another_programs_database_is_no_store(headwater: Run, tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE t (a)")
    db.close()
    outcome = headwater("status", "--store", f"sqlite:{path}")
    assert outcome.code == 6
    assert "other.db" in one_line(outcome.err)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full disk to offer")
def test_a_full_disk_is_said_in_one_line(loaded: Run) -> None:
    outcome = loaded("export", "--format", "jsonl", "-o", "/dev/full")
    assert outcome.code == 5
    assert "/dev/full" in one_line(outcome.err)


def test_an_output_that_cannot_be_written_is_said_in_one_line(loaded: Run, tmp_path: Path) -> None:
    for arguments in (["backup", tmp_path / "no" / "b"], ["export", "--format", "jsonl", "-o", tmp_path / "no" / "e"]):
        outcome = loaded(*arguments)
        assert outcome.code == 5
        assert str(tmp_path / "no") in one_line(outcome.err)


@pytest.mark.parametrize("more", [[], ["--json"], ["--lang", "zh"]])
@pytest.mark.parametrize(
    "url",
    [AWAY, f"neo4j://neo4j:{SECRET}@[::1/neo4j", f"bolt://a:{SECRET}@127.0.0.1:99999/x", f"odd://a:{SECRET}@h"],
)
def test_a_password_never_shows(headwater: Run, monkeypatch: pytest.MonkeyPatch, more: list[str], url: str) -> None:
    done = [headwater("status", "--store", url, *more)]
    monkeypatch.setenv("HEADWATER_STORE", url)
    monkeypatch.setenv("HEADWATER_DEBUG", "1")
    done.append(headwater("status", *more))
    for outcome in done:
        assert outcome.code in (2, 6)
        assert all(secret not in outcome.out + outcome.err for secret in (SECRET, "s3cr@t-w0rd"))


def test_a_password_of_a_url_without_slashes_does_not_show(headwater: Run) -> None:
    for url in (f"neo4j:{SECRET}@localhost", f"neo4j:neo4j:{SECRET}@localhost"):
        outcome = headwater("status", "--store", url)
        assert outcome.code == 2
        assert SECRET not in one_line(outcome.err)


def test_an_argument_of_megabytes_is_not_told_whole(loaded: Run) -> None:
    outcome = loaded("search", "x" * 2_000_000)
    assert outcome.code == 4
    assert len(one_line(outcome.err)) < 1300
    assert outcome.err.endswith("`headwater status` to see what is loaded\n")


def test_an_output_never_replaces_a_store(loaded: Run, sqlite_store_url: str) -> None:
    path = Path(sqlite_store_url.partition(":")[2])
    for arguments in (["backup"], ["export", "--format", "jsonl", "-o"], ["quarantine", "--export"]):
        before = path.read_bytes()
        outcome = loaded(*arguments, path)
        assert outcome.code == 2
        assert "is a store or another database" in one_line(outcome.err)
        assert path.read_bytes() == before


def test_closed_streams_are_no_traceback(loaded: Run, sqlite_store_url: str) -> None:
    for closed in (">&-", "2>&-", ">&- 2>&-", "<&-"):
        command = f'exec "$0" -m headwater.cli search 永飞 {closed}'
        done = subprocess.run(["sh", "-c", command, sys.executable], capture_output=True)
        assert (done.returncode, done.stderr) == (0, b"")
    assert loaded("status").code == 0


def test_a_password_does_not_show_in_an_error_inside(loaded: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError(f"{os.environ['HEADWATER_STORE']} and s3cr@t-w0rd")

    monkeypatch.setattr("queries.neighbourhood.expand", broken)
    store = os.environ["HEADWATER_STORE"]
    monkeypatch.setenv("HEADWATER_STORE", AWAY)
    monkeypatch.setenv("HEADWATER_DEBUG", "1")
    outcome = loaded("expand", "FR001", "--store", store)
    assert outcome.code == exits.INSIDE
    assert all(secret not in outcome.err for secret in (SECRET, "s3cr@t-w0rd"))


def test_an_error_inside_is_one_line_too(loaded: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("queries.neighbourhood.expand", broken)
    outcome = loaded("expand", "FR001")
    assert outcome.code == exits.INSIDE
    assert "KeyError" in one_line(outcome.err)
    assert "HEADWATER_DEBUG=1" in outcome.err


def test_debugging_shows_where_an_error_inside_came_from(loaded: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("queries.neighbourhood.expand", None)
    monkeypatch.setenv("HEADWATER_DEBUG", "1")
    assert "Traceback" in loaded("expand", "FR001").err


def test_every_error_has_an_exit_code_and_a_chinese_name() -> None:
    def below(kind: type[errors.HeadwaterError]) -> list[type[errors.HeadwaterError]]:
        return [kind, *(found for sub in kind.__subclasses__() for found in below(sub))]

    for kind in below(errors.HeadwaterError):
        for known in (exits.EXIT_CODES, exits.CHINESE):
            named = [one for one in known if one is not errors.HeadwaterError]
            assert kind is errors.HeadwaterError or any(issubclass(kind, one) for one in named), kind


def test_a_reader_that_has_seen_enough_is_no_error(loaded: Run, spawn: Spawn) -> None:
    with spawn("export", "--format", "jsonl") as started:
        assert started.stdout is not None and started.stderr is not None
        started.stdout.close()
        assert started.stderr.read() == b""
    assert started.returncode == 0


def test_a_terminal_without_chinese_characters_gets_escapes(loaded: Run, process: Process) -> None:
    done = process("search", "永飞", PYTHONIOENCODING="latin-1")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u6c38\\u98de" in done.stdout


def test_a_plain_locale_is_no_error(loaded: Run, process: Process) -> None:
    for variables in ({"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}):
        for arguments, code in ((["search", "永飞"], 0), (["search", "查无此人"], 4), (["search", "--help"], 0)):
            done = process(*arguments, "--lang", "zh", **variables)
            assert done.returncode == code
            assert b"Traceback" not in done.stderr


def test_json_is_utf_8_whatever_the_terminal(loaded: Run, process: Process) -> None:
    done = process("search", "永飞", "--json", PYTHONIOENCODING="ascii")
    assert json.loads(done.stdout.decode("utf-8"))["hits"]


def test_an_argument_that_is_no_text_is_no_traceback(loaded: Run, spawn: Spawn, process: Process) -> None:
    for arguments in (["search"], ["trace"], ["show"], ["status", "--store"]):
        done = process(*arguments, os.fsdecode(b"\xff\xfe"))
        assert done.returncode == 2
        assert "no text" in one_line(done.stderr.decode())


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_a_load_says_so_and_leaves_the_store_whole(
    sqlite_store_url: str, tmp_path: Path, headwater: Run, asked: signal.Signals
) -> None:
    path = tmp_path / "exhibits.csv"
    many = 50_000  # far more than are loaded before the signal comes
    rows = (f"E{i},广交会,A{i},温州市永飞电池厂,13800138000,充电宝,DAYANGON,2025-04-15\n" for i in range(many))
    header = "exhibit_no,exhibition,booth,exhibitor,contact_phone,product,brand_claimed,date\n"
    path.write_text(header + "".join(rows), "utf-8")
    terminal, end = pty.openpty()
    started = subprocess.Popen(
        [sys.executable, "-m", "headwater.cli", "load", str(path)],
        stdout=subprocess.PIPE,
        stderr=end,
        env={**os.environ, "HEADWATER_STORE": sqlite_store_url, "COLUMNS": "120"},
        # A shell that runs the tests in the background has them ignore interrupts, and so would the load.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    os.close(end)
    shown = b""
    while not re.search(rb"[1-9][\d,]+ rows ", shown):
        shown += os.read(terminal, 4096)
    started.send_signal(asked)
    # A terminal whose last user is gone gives an error, not an end.
    with contextlib.suppress(OSError):
        while part := os.read(terminal, 4096):
            shown += part
    os.close(terminal)
    with started:
        assert started.wait() == 130
    assert b"headwater: interrupted" in shown
    assert b"Traceback" not in shown
    with open_store(sqlite_store_url) as store:
        assert 0 < store.counts().records["exhibits"] < many
    assert headwater("load", path, "--json").data["total"]["rows"] == many
    with open_store(sqlite_store_url) as store:
        assert store.counts().records["exhibits"] == many
