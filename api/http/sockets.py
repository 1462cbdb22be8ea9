"""GraphQL over WebSocket, by the sub-protocol graphql-transport-ws.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. The key comes in the payload of `connection_init`, or
in the header; that payload may hold any header that a request over HTTP would have.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack, aclosing, suppress
from time import monotonic
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.access.viewer import Viewer
from api.answers import Answer
from api.errors import LimitExceeded, ServiceError
from api.http.wire import language_of, question_of
from api.live.following import LASTING, Following
from api.live.watching import PER_CONNECTION
from api.query.limits import check_size
from api.telemetry.trail import note
from graph.errors import HeadwaterError

PROTOCOL = "graphql-transport-ws"
INIT = 5.0
"""Seconds in which a connection must say who it is."""
ALIVE = 20.0
"""Seconds without a word after which a client is asked whether it lives, and then dropped."""
SLOW = 10.0
"""Seconds that a client may take to take an event."""

_STOPPING, _LATER, _BAD, _UNKNOWN, _FORBIDDEN, _LATE = 1001, 1013, 4400, 4401, 4403, 4408
_NO_PROTOCOL, _TAKEN, _AGAIN = 4406, 4409, 4429
_LONGEST_ID = 100
_LONGEST_REASON = 123  # bytes, as of RFC 6455


class Closed(Exception):
    """The connection ends, with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


async def endpoint(socket: WebSocket) -> None:
    """Serves one connection."""
    following: Following = socket.app.state.following
    origin = socket.headers.get("origin")
    own = f"//{socket.headers.get('host', '')}"
    if origin is not None and not origin.endswith(own) and origin not in following.service.settings.origins:
        await socket.close(1008, "this origin is not one of HEADWATER_ORIGINS")
        return
    with ExitStack() as standing:
        try:
            standing.enter_context(following.connections.open())
            unknown = standing.enter_context(ExitStack())
            unknown.enter_context(following.connections.unknown(socket.client.host if socket.client else ""))
        except LimitExceeded as error:
            await socket.close(_LATER, str(error))
            return
        if PROTOCOL not in socket.scope.get("subprotocols", ()):
            await socket.accept()
            await socket.close(_NO_PROTOCOL, f"ask for the sub-protocol {PROTOCOL}")
            return
        await socket.accept(PROTOCOL)
        await Connection(socket, following, unknown).serve()


class Connection:
    """One connection, with the operations that run on it.

    Args:
        socket: What it speaks over.
        following: What answers.
        standing: What counts it as one of nobody, and then as one of its viewer.
    """

    def __init__(self, socket: WebSocket, following: Following, standing: ExitStack) -> None:
        self._socket = socket
        self._standing = standing
        # From here on, and not from the last message: who says much without saying who it is would stay for good.
        self._known_by = monotonic() + INIT
        self._following = following
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._headers: Mapping[str, str] = socket.headers
        self._is_known = False
        self._viewer: Viewer | None = None
        self._sending = asyncio.Lock()
        self._ended: asyncio.Future[Closed] = asyncio.get_running_loop().create_future()

    async def serve(self) -> None:
        """Goes on until one side ends it."""
        stopping = asyncio.create_task(self._following.connections.stopping.wait())
        reading = asyncio.create_task(self._read())
        try:
            await asyncio.wait((reading, stopping, self._ended), return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                closed = reading.result()
            elif self._ended.done():
                closed = self._ended.result()
            else:
                closed = Closed(_STOPPING, "the server is stopping; connect again")
        finally:
            tasks = [stopping, reading, *self._operations.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if closed is not None:
            reason = closed.reason.encode()[:_LONGEST_REASON].decode(errors="ignore")
            with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
                async with asyncio.timeout(SLOW):
                    await self._socket.close(closed.code, reason)

    async def _read(self) -> Closed | None:
        """Does what the client says until it leaves; why it is to be closed."""
        try:
            while True:
                message = await self._next()
                if message["type"] == "websocket.disconnect":
                    return None
                await self._do(message)
        except Closed as closed:
            if closed.code == _BAD:
                await self._following.service.refused(ServiceError(closed.reason), self._viewer)
            return closed

    async def _next(self) -> Mapping[str, Any]:
        receiving = asyncio.ensure_future(self._socket.receive())
        try:
            patience = ALIVE if self._is_known else max(0.0, self._known_by - monotonic())
            await asyncio.wait({receiving}, timeout=patience)
            if not self._is_known and (not receiving.done() or monotonic() > self._known_by):
                raise Closed(_LATE, "Connection initialisation timeout")
            if not receiving.done():
                await self._send({"type": "ping"})
                await asyncio.wait({receiving}, timeout=ALIVE)
            if not receiving.done():
                raise Closed(_LATER, f"nothing came for {2 * ALIVE:g} seconds; connect again")
            return await receiving
        finally:
            receiving.cancel()

    async def _do(self, message: Mapping[str, Any]) -> None:
        text = message.get("text")
        try:
            check_size(len(text or message.get("bytes") or ""), self._following.service.settings.limits)
            said: Any = orjson.loads(text) if text is not None else None
        except (LimitExceeded, orjson.JSONDecodeError) as error:
            raise Closed(_BAD, f"a message cannot be read: {error}") from error
        said = said if isinstance(said, dict) else {}
        kind, payload = said.get("type"), said.get("payload")
        if kind == "connection_init":
            await self._init(payload)
        elif kind == "ping":
            await self._send({"type": "pong"})
        elif kind == "subscribe":
            await self._subscribe(said.get("id"), payload)
        elif kind == "complete":
            if (operation := self._operations.pop(str(said.get("id")), None)) is not None:
                operation.cancel()
        elif kind != "pong":
            raise Closed(_BAD, "a message has no type of graphql-transport-ws")

    async def _init(self, payload: Any) -> None:
        if self._is_known:
            raise Closed(_AGAIN, "there was a connection_init before; send one only")
        if isinstance(payload, dict):
            told = {name.lower(): value for name, value in payload.items() if isinstance(value, str)}
            self._headers = {**self._headers, **told}
        try:
            address = self._socket.client.host if self._socket.client is not None else ""
            self._viewer = await self._following.viewer(self._headers.get("authorization"), address)
            self._standing.close()
            self._standing.enter_context(self._following.connections.of(self._viewer.id))
        except LimitExceeded as error:
            raise Closed(_LATER, str(error)) from error
        except HeadwaterError as error:
            raise Closed(_FORBIDDEN, str(error)) from error
        note(viewer=self._viewer.id, kind="subscription")
        self._is_known = True
        await self._send({"type": "connection_ack"})

    async def _subscribe(self, name: Any, payload: Any) -> None:
        if not self._is_known:
            raise Closed(_UNKNOWN, "unauthorized: send connection_init with the key first")
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_ID:
            raise Closed(_BAD, f"the id of an operation is a text of 1 to {_LONGEST_ID} characters")
        if name in self._operations:
            raise Closed(_TAKEN, f"subscriber for {name} already exists")
        if len(self._operations) >= PER_CONNECTION:
            most = f"{PER_CONNECTION} operations run on this connection already; end one"
            await self._refuse(name, LimitExceeded("too_many_subscriptions", most))
            return
        operation = self._operations[name] = asyncio.create_task(self._operate(name, payload))
        operation.add_done_callback(lambda task: self._done(name, task))

    def _done(self, name: str, task: asyncio.Task[None]) -> None:
        if self._operations.get(name) is task:
            del self._operations[name]
        error = None if task.cancelled() else task.exception()
        if error is not None and not self._ended.done():
            # A fault of ours must not leave a client waiting for good.
            self._ended.set_result(error if isinstance(error, Closed) else Closed(1011, "internal error"))

    async def _operate(self, name: str, payload: Any) -> None:
        """One operation, from its question to its last answer."""
        try:
            language = language_of(self._headers.get("accept-language", ""))
            question = question_of(payload, language, self._headers.get("headwater-case"))
        except ServiceError as error:
            await self._refuse(name, error)
            return
        async with aclosing(self._following.answers(question, self._headers.get("authorization"))) as answers:
            async for answer in answers:
                if await self._tell(name, answer):
                    return
        await self._send({"id": name, "type": "complete"})

    async def _refuse(self, name: str, error: HeadwaterError) -> None:
        """Refuses what is no question yet."""
        await self._tell(name, await self._following.service.refused(error, self._viewer))

    async def _tell(self, name: str, answer: Answer) -> bool:
        """Sends an answer; whether it was the last."""
        if answer.status == 200 or answer.outcome in LASTING:
            head = orjson.dumps({"id": name, "type": "next"})
            await self._send_text((head[:-1] + b',"payload":' + answer.body + b"}").decode())
            return False
        await self._send({"id": name, "type": "error", "payload": orjson.loads(answer.body)["errors"]})
        if answer.outcome == "unauthenticated":
            raise Closed(_FORBIDDEN, "the key does not hold any more")
        return True

    async def _send(self, message: Mapping[str, Any]) -> None:
        await self._send_text(orjson.dumps(message).decode())

    async def _send_text(self, text: str) -> None:
        try:
            async with asyncio.timeout(SLOW):
                async with self._sending:
                    await self._socket.send_text(text)
        except TimeoutError:
            raise Closed(_LATER, f"an event was not taken within {SLOW:g} seconds; connect again") from None
