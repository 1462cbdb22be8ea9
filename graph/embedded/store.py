"""The embedded store as a whole."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from graph.embedded.moments import Moments
from graph.embedded.reading import Reading
from graph.embedded.surroundings import Surroundings
from graph.embedded.writing import Writing


class EmbeddedStore(Reading, Surroundings, Moments, Writing):
    """A store in one SQLite file; see `graph.store.Store` for what it is asked."""

    rows_at_once = 16000

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
