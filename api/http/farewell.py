"""Farewell: what is done between the signal that stops a server and its stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def farewell(leave: Callable[[], Awaitable[None]]) -> Iterator[None]:
    """Lets `leave` end before the server's own handling of SIGTERM and SIGINT begins, which a second signal begins.

    Granian drops connections that were upgraded as soon as it is signalled, and waits for streams that never end.
    """
    loop = asyncio.get_running_loop()
    leaving: list[asyncio.Task[None]] = []

    async def left(theirs: Any) -> None:
        try:
            await leave()
        finally:
            theirs._run()

    def begin(theirs: Any) -> None:
        if leaving:
            theirs._run()
        else:
            leaving.append(loop.create_task(left(theirs)))

    # asyncio has no public way to a handler that was set.
    set_before = dict(getattr(loop, "_signal_handlers", {}))
    for number in (signal.SIGTERM, signal.SIGINT):
        if number in set_before:
            loop.add_signal_handler(number, begin, set_before[number])
    yield
