"""Uploads: requests of the multipart request specification, their files streamed to disk.

https://github.com/jaydenseric/graphql-multipart-request-spec: a part `operations` with the request as JSON, a part
`map` that says which file stands at which places of it, then the files.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import orjson
from starlette.requests import Request

from api.access.viewer import Viewer
from api.answering import Service
from api.answers import Uploaded
from api.errors import Forbidden, LimitExceeded, RateExceeded, ServiceError, StateUnavailable, TooSlow
from api.http.parts import TEXTS, Parts
from api.settings import Settings
from api.types.mutation import STEWARDS

AT_ONCE = 4
"""Uploads that a worker process takes at once."""
SILENT = 30.0
"""Seconds that an upload may pause for."""

_BLOCK = 1 << 20
_AGAIN = 10  # seconds after which a place may be free for another upload
_SEE = "see the multipart request specification"


@asynccontextmanager
async def received(request: Request, boundary: bytes, service: Service, viewer: Viewer) -> AsyncIterator[Any]:
    """The request that the parts hold, with an `Uploaded` in the place of every file; what nobody took is removed.

    Raises:
        Forbidden: The viewer may not load; nothing of the body was read.
        ServiceError: The parts are not as the specification says.
        LimitExceeded: The request is too large.
        RateExceeded: As many uploads are on their way as may be.
        StateUnavailable: There is no room for it.
        TooSlow: It does not come.
    """
    if viewer.role not in STEWARDS:
        raise Forbidden(f"your role may not load files; a role that may: {', '.join(STEWARDS)}")
    places: asyncio.Semaphore = request.app.state.uploads
    if places.locked():
        raise RateExceeded(f"{AT_ONCE} uploads are on their way here; come again in a little while", _AGAIN)
    async with AsyncExitStack() as kept:
        async with places:
            parts = _made(boundary, service)
            # In a thread, which another may be writing in still, for who is not waited for any more.
            kept.push_async_callback(asyncio.to_thread, parts.close)
            await _read(request, parts, service.settings)
        yield _filled(parts)


def _made(boundary: bytes, service: Service) -> Parts:
    try:
        return Parts(boundary, service.jobs.folder / secrets.token_hex(16), service.settings.limits)
    except OSError as error:
        raise _no_room() from error


async def _read(request: Request, parts: Parts, settings: Settings) -> None:
    """Writes the parts as they come, in blocks, each in a thread: the loop waits for no disk."""
    declared = request.headers.get("content-length", "")
    size = int(declared) if declared.isdecimal() else 0
    _check_room(size, settings)
    size, block = 0, bytearray()
    body = request.stream()
    try:
        while True:
            async with asyncio.timeout(SILENT):
                part = await anext(body, None)
            size += len(part or b"")
            if size > settings.upload:
                most = f"the request has more than {settings.upload >> 20} MiB"
                raise LimitExceeded("too_large", f"{most}; send the file in parts, or compressed")
            block += part or b""
            if block and (part is None or len(block) >= _BLOCK):
                _check_room(len(block), settings)
                await asyncio.to_thread(parts.write, bytes(block))
                block.clear()
            if part is None:
                parts.finish()
                return
    except TimeoutError as error:
        raise TooSlow(f"nothing came for {SILENT:g} seconds; send the file again") from error
    except OSError as error:
        raise _no_room() from error


def _check_room(size: int, settings: Settings) -> None:
    """Keeps a part of the disk from uploads: without room for the audit log nobody is answered."""
    if shutil.disk_usage(settings.state).free - size < settings.reserve:
        raise _no_room()


def _no_room() -> StateUnavailable:
    return StateUnavailable("there is no room for a file at the moment; whoever runs the service can make some")


def _filled(parts: Parts) -> Any:
    """The request, each file in its places."""
    said, places = (_object(parts, name) for name in TEXTS)
    for name, at in places.items():
        if not isinstance(at, list) or not all(isinstance(place, str) for place in at):
            raise ServiceError(f"the part map has no lists of places; {_SEE}")
        if name not in parts.files:
            raise ServiceError(f"the part {name[:40]!r} is no file; {_SEE}")
        for place in at:
            _put(said, place, Uploaded(parts.files[name]))
    return said


def _object(parts: Parts, name: str) -> dict[str, Any]:
    text = parts.texts.get(name)
    if text is None:
        raise ServiceError(f"the part {name} is missing; {_SEE}")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ServiceError(f"the part {name} is no JSON ({error})") from error
    if not isinstance(value, dict):
        raise ServiceError(f"the part {name} is no JSON object; {_SEE}")
    return value


def _put(said: dict[str, Any], place: str, uploaded: Uploaded) -> None:
    """Puts a file into the place of a null, as the specification has it."""
    *parents, last = place.split(".")
    at: Any = said
    try:
        for name in parents:
            at = at[_key(at, name)]
        if at[_key(at, last)] is not None:
            raise ValueError(last)
        at[_key(at, last)] = uploaded
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ServiceError(f"the request has no null at {place[:80]!r} for a file; {_SEE}") from error


def _key(at: Any, name: str) -> int | str:
    return int(name) if isinstance(at, list) else name
