"""The promise that entries of the audit log are on disk, for threads and for an event loop."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

from api.errors import AuditUnavailable


class Receipt:
    """The promise that entries are on disk, shared by those that are written together."""

    __slots__ = ("_failure", "_lock", "_settled", "_waiting")

    def __init__(self) -> None:
        self._failure: str | None = None
        self._settled = threading.Event()
        self._lock = threading.Lock()
        self._waiting: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}

    def settle(self, failure: str | None) -> None:
        """Lets go whoever waits."""
        with self._lock:
            self._failure = failure
            self._settled.set()
        for loop, futures in self._waiting.items():
            # A loop is woken once for all of its requests; one that has ended waits for nothing.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(_let_go, futures)

    def wait(self, timeout: float = 10.0) -> None:
        """Waits until the entry is on disk.

        Raises:
            AuditUnavailable: It is not, and nothing may be answered.
        """
        if not self._settled.wait(timeout):
            raise _late(timeout)
        self._accept()

    async def written(self, timeout: float = 10.0) -> None:
        """As `wait`, on an event loop."""
        with self._lock:
            future = None
            if not self._settled.is_set():
                loop = asyncio.get_running_loop()
                future = loop.create_future()
                self._waiting.setdefault(loop, []).append(future)
        if future is not None:
            try:
                async with asyncio.timeout(timeout):
                    await future
            except TimeoutError:
                raise _late(timeout) from None
        self._accept()

    def _accept(self) -> None:
        if self._failure is not None:
            raise AuditUnavailable(self._failure)


def _let_go(futures: list[asyncio.Future[None]]) -> None:
    for future in futures:
        if not future.done():  # its client went away
            future.set_result(None)


def _late(timeout: float) -> AuditUnavailable:
    return AuditUnavailable(f"the audit log was not written within {timeout:g} s; check its disk, then ask again")
