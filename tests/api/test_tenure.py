"""One server at a time on a state, and which processes live."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.errors import StateUnavailable
from api.tenure import lives, process, tenure


def test_a_state_is_held_by_one_and_free_again_afterwards(tmp_path: Path) -> None:
    with tenure(tmp_path):
        with pytest.raises(StateUnavailable, match=rf"process {os.getpid()}\) serves this state"), tenure(tmp_path):
            pass
    with tenure(tmp_path):
        pass


def test_a_holder_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from api.tenure import tenure\n"
        "with tenure(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(StateUnavailable, match=f"process {holder.pid}"), tenure(tmp_path):
            pass
        holder.kill()
        holder.wait()
    with tenure(tmp_path):
        pass


def test_a_process_lives_until_it_ends_even_if_nobody_has_asked_how(tmp_path: Path) -> None:
    assert lives(process())
    code = "from api.tenure import process; print(process(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as one:
        assert one.stdin is not None and one.stdout is not None
        name = one.stdout.readline().strip()
        assert lives(name)
        one.stdin.close()
        assert one.stdout.read() == ""
        os.waitid(os.P_PID, one.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now
        assert not lives(name)
    assert not lives(name)


@pytest.mark.parametrize(
    "name", ["", "x", "job-1", pytest.param(f"{os.getpid()}-1", id="ours"), f"{2**22 + 1}-1", f"{2**22 + 1}-"]
)
def test_what_names_no_process_of_now_does_not_live(name: str) -> None:
    assert not lives(name)
