"""Tenure: one server at a time on a state, and which of its processes live."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.errors import StateUnavailable

LOCK = "serving"


@contextmanager
def tenure(folder: Path) -> Iterator[None]:
    """Holds a state for this server, and for the workers that it forks, until the last of them has ended.

    Raises:
        StateUnavailable: Another server holds it.
    """
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 100).decode(errors="replace").strip()
            raise StateUnavailable(
                f"{folder}: another server (process {holder}) serves this state; stop that one, or set HEADWATER_STATE "
                "to another folder"
            ) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def process() -> str:
    """What this process is called: its number, and when it was begun, as numbers are given again."""
    return f"{os.getpid()}-{_begun(os.getpid())}"


def lives(named: str) -> bool:
    """Whether a process of this name runs."""
    number, _, begun = named.partition("-")
    if not number.isdecimal():
        return False
    if not begun:  # of a system that does not tell when: whatever has the number now is taken for it
        try:
            os.kill(int(number), 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass
        return True
    return _begun(int(number)) == begun


def _begun(process: int) -> str:
    """When a process began, in ticks since the machine did; nothing when there is none, or it has ended.

    See proc_pid_stat(5): the fields after the name, which alone may hold blanks and brackets.
    """
    try:
        state, *fields = Path(f"/proc/{process}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    return "" if state in "ZX" else fields[18]
