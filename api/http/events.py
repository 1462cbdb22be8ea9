"""GraphQL over server-sent events, by the "distinct connections" of the protocol graphql-sse.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md: a stream an operation, of events `next`, each with an
answer, and `complete`. A stream that ends without that was cut, and may be asked for again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing, suppress

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.answers import Answer, Question, refused
from api.errors import TooSlow
from api.http.media import EVENTS
from api.http.sockets import SLOW
from api.live.following import Following
from api.waiting import gone

ALIVE = 12.0
"""Seconds after which a comment keeps a silent stream open."""

_COMPLETE = b"event: complete\ndata:\n\n"


class Events(Response):
    """The stream of one operation.

    Args:
        following: What answers.
        question: The operation.
        authorization: Who asks: looked at anew for every event.
        until_sent: What is closed when the stream ends, such as files that came with the operation.
    """

    media_type = EVENTS

    def __init__(
        self, following: Following, question: Question, authorization: str | None, until_sent: AsyncExitStack
    ) -> None:
        super().__init__(headers={"x-accel-buffering": "no", "cache-control": "no-store"})
        del self.headers["content-length"]
        self._following = following
        self._question = question
        self._authorization = authorization
        self._until_sent = until_sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the events."""
        async with self._until_sent:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            stopping = asyncio.ensure_future(self._following.connections.stopping.wait())
            leaving = asyncio.ensure_future(gone(receive))
            streaming = asyncio.ensure_future(self._stream(send))
            try:
                await asyncio.wait((streaming, stopping, leaving), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (streaming, stopping, leaving):
                    task.cancel()
                await asyncio.gather(stopping, leaving, return_exceptions=True)
                with suppress(asyncio.CancelledError):
                    await streaming
            with suppress(TimeoutError):
                await _sent(send, b"", more=False)

    async def _stream(self, send: Send) -> None:
        try:
            await _sent(send, b":\n\n")
            async with aclosing(self._following.answers(self._question, self._authorization)) as answers:
                while (answer := await _next(answers, send)) is not None:
                    await _sent(send, _event(answer))
            await _sent(send, _COMPLETE)
        except TimeoutError:
            error = TooSlow(f"an event was not taken within {SLOW:g} seconds; ask again, and read faster")
            with suppress(TimeoutError):
                await _sent(send, _event(refused(error)) + _COMPLETE)


async def _next(answers: AsyncGenerator[Answer, None], send: Send) -> Answer | None:
    """The next answer, None after the last; the stream is kept open meanwhile."""
    waiting = asyncio.ensure_future(anext(answers, None))
    try:
        while not waiting.done():
            await asyncio.wait({waiting}, timeout=ALIVE)
            if not waiting.done():
                await _sent(send, b":\n\n")
        return waiting.result()
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


def _event(answer: Answer) -> bytes:
    return b"event: next\ndata: " + answer.body + b"\n\n"


async def _sent(send: Send, body: bytes, *, more: bool = True) -> None:
    async with asyncio.timeout(SLOW):
        await send({"type": "http.response.body", "body": body, "more_body": more})
