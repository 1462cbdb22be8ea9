"""Who is who beside a store: the index of what was compared, which one may write, or some may read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from api.errors import Resolving
from graph.errors import StoreBusy
from graph.store import Store

if TYPE_CHECKING:
    from resolve.index import Index
    from resolve.profiles import Nature
    from resolve.run import Report
    from resolve.weights import Weights

_PATIENCE = 10.0  # seconds that a run waits for those who read, and those for each other
_ELSEWHERE = "another process compares the parties of this store; ask again when it has ended"
_HERE = "the parties of this store are being compared; ask again when that has ended"
_STEPS = {"reading": (0, 50), "comparing": (50, 20), "linking": (70, 10), "writing": (80, 20)}
"""Where each step of a run begins, and how much of it all it is, in hundredths of a run of everything."""


class Identity:
    """The index of a store, for the threads of a worker.

    DuckDB takes a second to load and Splink another: both are, when the first question needs them.

    Args:
        folder: Where the index of a store lies that is no file of this machine; that of a file lies beside it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._one = Lock()  # the lock of the file holds for the process, and goes when any thread closes it
        self._running = False

    @contextmanager
    def reading(self, store: Store) -> Iterator[tuple[Index, Mapping[Nature, Weights]]]:
        """The index as the last run left it, and the weights that it had.

        Raises:
            Resolving: A run is on its way.
            NotFound: Nothing was compared yet.
            StoreError: The index cannot be used.
        """
        from resolve.index import Index, index_path, weights_of

        path = index_path(store.url, self._folder)
        if self._running or not self._one.acquire(timeout=_PATIENCE):
            raise Resolving(_HERE)
        try:
            try:
                index = Index(path, read_only=True)
            except StoreBusy as error:
                raise Resolving(_ELSEWHERE) from error
            with index:
                yield index, weights_of(path)
        finally:
            self._one.release()

    def run(self, store: Store, full: bool, tell: Callable[[int, int], object]) -> Report:
        """Brings the links of identity up to the store; `tell` is told how much is done, of 100.

        Raises:
            Resolving: Another process compares the parties of this store.
            StoreError: The store or the index cannot be used.
        """
        from resolve.index import index_path, weights_of
        from resolve.run import resolve

        path = index_path(store.url, self._folder)

        def progress(step: str, done: int, total: int | None) -> None:
            begin, share = _STEPS[step]
            tell(begin + (share * done // total if total else 0), 100)

        with self._writing(path) as index:
            return resolve(store, index, weights_of(path), full=full, progress=progress)

    def forget(self, store: Store) -> None:
        """Throws the index away, as it may name parties that the store does not know any more."""
        from resolve.index import forget_index, index_path

        with self._one:
            forget_index(index_path(store.url, self._folder))

    @contextmanager
    def _writing(self, path: Path) -> Iterator[Index]:
        with self._one:
            self._running = True
            try:
                with _opened(path) as index:
                    yield index
            finally:
                self._running = False


def _opened(path: Path) -> Index:
    """The index to be written, once nobody reads it."""
    from resolve.index import opened

    try:
        return opened(path, patience=_PATIENCE)
    except StoreBusy as error:
        raise Resolving(_ELSEWHERE) from error
