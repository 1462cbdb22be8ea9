"""Rows put in order on disk, in memory for some ten thousands of them: ten millions and more can be ordered."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from heapq import merge
from tempfile import TemporaryFile
from typing import IO, Any

from graph.errors import StoreError
from graph.model import chunks

_RUN = 20_000
"""Rows sorted at once."""
_BLOCK = 50
"""Rows read back at once, of every run: of ten million rows, hardly more than one run holds."""

Row = Sequence[Any]


class Spool:
    """Takes in all rows at once, and gives them by their key when they are asked for.

    Rows hold what JSON and bytes can; keys should be unique.
    """

    def __init__(self, rows: Iterable[Row], key: Callable[[Row], Any]) -> None:
        self._key = key
        self._runs: list[list[tuple[int, int]]] = []
        with _disk():
            self._file: IO[bytes] = TemporaryFile()
        try:
            for run in chunks(rows, _RUN):
                run.sort(key=key)
                with _disk():
                    self._runs.append([self._write(block) for block in chunks(run, _BLOCK)])
        except BaseException:
            with suppress(OSError):
                self._file.close()
            raise

    def __iter__(self) -> Iterator[Row]:
        """The rows in order; to be asked for once."""
        with self._file:
            yield from merge(*map(self._read, self._runs), key=self._key)

    def _write(self, block: list[Row]) -> tuple[int, int]:
        place = self._file.tell()
        return place, self._file.write(marshal.dumps(block))

    def _read(self, run: list[tuple[int, int]]) -> Iterator[Row]:
        for place, size in run:
            self._file.seek(place)
            yield from marshal.loads(self._file.read(size))


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"the temporary folder cannot be written ({error.strerror}); free space, or name another in TMPDIR"
        ) from error
