"""Waiting: for an answer that a thread works out, and for its entry in the audit log, while whoever asked is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import copy_context
from functools import partial
from threading import Event
from typing import TypeVar

from starlette.types import Receive

from api.answers import Answer, refused
from graph.errors import HeadwaterError

T = TypeVar("T")

_PATIENCE = 0.05  # seconds after which it is worth to look whether whoever asked is still there


def run(threads: Executor, call: Callable[[], T]) -> asyncio.Future[T]:
    """What a call gives in a thread, in the context of the request, whose log line tells of it."""
    return asyncio.get_running_loop().run_in_executor(threads, copy_context().run, call)


async def answered(threads: Executor, ask: Callable[[Event], Answer], receive: Receive | None = None) -> Answer:
    """The answer that `ask` works out in a thread, once it is in the audit log, or the refusal where it cannot be.

    `ask` is given what is set when nobody waits any more: the task is cancelled, or the client of `receive` has left.
    """
    left = Event()
    try:
        asking = run(threads, partial(ask, left))
        if receive is not None:
            await _while_there(asking, receive, left)
        return await written(await asking)
    finally:
        left.set()


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
