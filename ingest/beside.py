"""Rows on their way from a process that reads ahead, as far as a bounded store of frames allows."""

from __future__ import annotations

import marshal
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from threading import Condition, Thread
from types import TracebackType
from typing import IO, Any, Self

from graph import glossary
from graph.errors import HeadwaterError, UnreadableFile
from ingest.plans import Plan
from ingest.rows import Read
from ingest.worker import unpacked

AHEAD_BYTES = 24 << 20
"""Frames kept at the most, in bytes: more than one batch, so that neither process waits for the other."""


class Beside:
    """A process that reads and maps the tables of some plans, in their order."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        # -P keeps the folder that the user stands in off the path: it may well hold a folder called `graph`.
        path = os.pathsep.join(place or os.getcwd() for place in sys.path)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "ingest.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            process_group=0,  # Ctrl-C reaches the load alone, which decides what becomes of this one
        )
        self._plans = plans
        self._frames = _Frames()
        self._thread = Thread(target=self._receive, name="frames", daemon=True)
        self._position = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._frames.close()
        self._process.wait()
        self._thread.join()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def position(self) -> int:
        """Bytes read of the table at hand."""
        return self._position

    def rows(self, plan: Plan) -> Iterator[Read]:
        """The rows of the next table, that of this plan.

        Raises:
            UnreadableFile: The file cannot be read to its end, or is no longer what it was.
            HeadwaterError: The process ended before its work.
        """
        self._position = 0
        table = (str(plan.path), plan.table)
        while data := self._frames.take():
            frame: tuple[Any, ...] = marshal.loads(data)
            if frame[0] in ("rows", "end") and frame[1] != table:
                raise plan.changed()
            if frame[0] == "rows":
                self._position = frame[2]
                yield from map(unpacked, frame[3])
            elif frame[0] == "end":
                return
            elif frame[0] == "error":
                raise (UnreadableFile if frame[1] == "UnreadableFile" else HeadwaterError)(frame[2])
            else:
                raise HeadwaterError(f"the process that reads the rows failed ({frame[1]}); load again")
        code = self._process.wait()
        raise HeadwaterError(f"the process that reads the rows ended before its work (exit {code}); load again")

    def _receive(self) -> None:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            return
        try:
            with suppress(OSError, ValueError):
                with suppress(BrokenPipeError):
                    pickle.dump((glossary.added(), list(self._plans)), stdin)
                    stdin.close()
                while (head := _exactly(stdout, 8)) and (data := _exactly(stdout, int.from_bytes(head, "little"))):
                    self._frames.put(data)
        finally:
            self._frames.put(b"")


class _Frames:
    """Frames in their order, as many as `AHEAD_BYTES` hold."""

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque()
        self._held = 0
        self._is_closed = False
        self._changed = Condition()

    def put(self, frame: bytes) -> None:
        with self._changed:
            while self._held > AHEAD_BYTES and not self._is_closed:
                self._changed.wait()
            self._frames.append(frame)
            self._held += len(frame)
            self._changed.notify_all()

    def take(self) -> bytes:
        """The next frame, b"" at the end."""
        with self._changed:
            while not self._frames:
                self._changed.wait()
            frame = self._frames.popleft()
            self._held -= len(frame)
            self._changed.notify_all()
            return frame

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()


def _exactly(stream: IO[bytes], size: int) -> bytes:
    """So many bytes, b"" when the stream ends before."""
    data = stream.read(size)
    return data if len(data) == size else b""
