"""Connections that stay open: how many there are, whose they are, and which have yet to say so."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from api.errors import LimitExceeded

MOST = 1_000
"""Connections that one worker process holds open, whether or not something is followed on them."""
PER_VIEWER = 50
"""Connections that one viewer may hold open in one worker process."""
UNKNOWN = 64
"""Connections in one worker process of which it is not known yet whose they are."""
UNKNOWN_PER_ADDRESS = 8
"""Those of one address."""


class Connections:
    """The open connections of a worker process; lives on its event loop.

    Attributes:
        stopping: Set when the server stops, which each of them must then tell its client.
    """

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self._open = 0
        self._viewers: Counter[str] = Counter()
        self._unknown: Counter[str] = Counter()
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def open(self) -> Iterator[None]:
        """A connection, for as long as it lasts.

        Raises:
            LimitExceeded: There are too many.
        """
        _refuse(self._open >= MOST, f"{MOST:,} connections are open here; connect again later")
        self._open += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._open -= 1
            if not self._open:
                self._idle.set()

    @contextmanager
    def unknown(self, address: str) -> Iterator[None]:
        """One from an address, until it is known whose it is.

        Raises:
            LimitExceeded: There are too many: whoever says nothing must not keep out those who would.
        """
        has_most = self._unknown[address] >= UNKNOWN_PER_ADDRESS or self._unknown.total() >= UNKNOWN
        _refuse(has_most, "too many connections have not said whose they are; connect again later")
        with _counted(self._unknown, address):
            yield

    @contextmanager
    def of(self, viewer: str) -> Iterator[None]:
        """One whose viewer is known.

        Raises:
            LimitExceeded: The viewer has too many.
        """
        _refuse(self._viewers[viewer] >= PER_VIEWER, f"{PER_VIEWER} connections of yours are open; close one")
        with _counted(self._viewers, viewer):
            yield

    async def close(self, patience: float) -> None:
        """Lets all end, and waits some seconds until they have said so."""
        self.stopping.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._idle.wait()


def _refuse(has_most: bool, told: str) -> None:
    if has_most:
        raise LimitExceeded("too_many_subscriptions", told)


@contextmanager
def _counted(counter: Counter[str], name: str) -> Iterator[None]:
    counter[name] += 1
    try:
        yield
    finally:
        counter[name] -= 1
        if not counter[name]:
            del counter[name]
