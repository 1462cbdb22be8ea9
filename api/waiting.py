"""Waiting: for one's turn, for an answer that a thread works out, and for its entry in the audit log."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from functools import partial
from threading import Event
from typing import TypeVar

from starlette.types import Receive

from api.answers import Answer, refused
from api.errors import RateExceeded
from graph.errors import HeadwaterError

T = TypeVar("T")

WAITING = 128
"""Questions of one viewer that wait for their turn; more are refused."""
_AGAIN = 1  # seconds after which whoever has too many questions waiting may try again
_PATIENCE = 0.05  # seconds after which it is worth to look whether whoever asked is still there


class Turns:
    """The threads of a worker process, in which questions are answered.

    The questions of one viewer take up half of the threads at the most, and the others of theirs wait for these: who
    asks one question does not wait for the thousand of somebody else. Used on one event loop.
    """

    def __init__(self, threads: int) -> None:
        """Starts the threads as they are needed, so many at the most."""
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="query")
        self._most = max(1, threads // 2)
        self._running: dict[str, asyncio.Semaphore] = {}
        self._present: dict[str, int] = defaultdict(int)

    def close(self) -> None:
        """Waits for the answers that are being worked out."""
        self._threads.shutdown()

    def run(self, call: Callable[[], T]) -> asyncio.Future[T]:
        """What a short call gives in a thread, in the context of the request, whose log line tells of it."""
        return asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, call)

    async def answered(self, viewer: str, ask: Callable[[Event], Answer], receive: Receive | None = None) -> Answer:
        """The answer that `ask` works out in its turn, once it is in the audit log, or the refusal where it cannot be.

        `ask` is given what is set when nobody waits any more: the task is cancelled, or the client of `receive` has
        left. It counts the time from before the call, so that who waited for long is told so at once.

        Raises:
            RateExceeded: Too many questions of this viewer wait already.
        """
        left = Event()
        asking = asyncio.ensure_future(self.in_turn(viewer, partial(ask, left)))
        try:
            if receive is not None:
                await _while_there(asking, receive, left)
            return await written(await asking)
        finally:
            left.set()
            asking.cancel()

    async def in_turn(self, viewer: str, call: Callable[[], T]) -> T:
        """What a call gives in a thread, when it is its viewer's turn.

        Raises:
            RateExceeded: Too many questions of this viewer wait already.
        """
        with ExitStack() as turn:
            running = turn.enter_context(self._waiting(viewer))
            await running.acquire()
            turn.callback(running.release)
            called = self._threads.submit(copy_context().run, call)
            # Whoever does not wait any more ends no thread: the turn lasts for as long as that is at work.
            ended = partial(asyncio.get_running_loop().call_soon_threadsafe, turn.pop_all().close)
            called.add_done_callback(lambda _: ended())
            return await asyncio.wrap_future(called)

    @contextmanager
    def _waiting(self, viewer: str) -> Iterator[asyncio.Semaphore]:
        """Counts a question of a viewer; gives what lets as many of theirs run as may."""
        if self._present[viewer] >= self._most + WAITING:
            raise RateExceeded(
                f"{WAITING} of your questions wait for an answer already; ask the next one when some are answered",
                _AGAIN,
            )
        self._present[viewer] += 1
        try:
            yield self._running.setdefault(viewer, asyncio.Semaphore(self._most))
        finally:
            self._present[viewer] -= 1
            if not self._present[viewer]:
                del self._present[viewer], self._running[viewer]


async def written(answer: Answer) -> Answer:
    """The answer once its entry is in the audit log, or the refusal where it cannot be."""
    try:
        if answer.receipt is not None:
            await answer.receipt.written()
    except HeadwaterError as error:
        return refused(error)
    return answer


async def gone(receive: Receive) -> None:
    """Waits until the client has left; what it still sends is read and forgotten."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _while_there(asking: asyncio.Future[Answer], receive: Receive, left: Event) -> None:
    """Waits for an answer, and sets `left` if the client leaves before it comes."""
    done, _ = await asyncio.wait({asking}, timeout=_PATIENCE)
    if done:
        return
    leaving = asyncio.ensure_future(gone(receive))
    try:
        await asyncio.wait((asking, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
    if not asking.done():
        left.set()
