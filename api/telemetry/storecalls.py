"""A store whose calls are timed, are spans where that is configured, and are not begun once nobody waits for them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from types import TracebackType
from typing import Any, Self, cast

from api.telemetry.metrics import metrics
from api.telemetry.tracing import span
from graph.store import Store

_check: ContextVar[Callable[[], None]] = ContextVar("check")


@contextmanager
def checked(check: Callable[[], None]) -> Iterator[None]:
    """Within this, `check` is called before each call to a store, and may raise what ends the request."""
    token = _check.set(check)
    try:
        yield
    finally:
        _check.reset(token)


class _Timed:
    """Passes every call on; a call that gives an iterator is timed until it gives it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name.startswith("_") or not callable(found):
            return found
        # Kept, so that the next call of this method does not come here.
        timed = self.__dict__[name] = _timed(name, found)
        return timed

    def __enter__(self) -> Self:
        self._store.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._store.__exit__(kind, error, at)


def timed(store: Store) -> Store:
    """The same store, its calls timed."""
    return cast("Store", _Timed(store))


def _timed(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    seconds = metrics().store_seconds.labels(name)

    @functools.wraps(call)
    def timed(*args: Any, **kwargs: Any) -> Any:
        if (check := _check.get(None)) is not None:
            check()
        begun = perf_counter()
        try:
            with span(f"store.{name}"):
                return call(*args, **kwargs)
        finally:
            seconds.observe(perf_counter() - begun)

    return timed
