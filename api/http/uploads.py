"""Uploads: requests of the multipart request specification, their files streamed to disk.

https://github.com/jaydenseric/graphql-multipart-request-spec: a part `operations` with the request as JSON, a part
`map` that says which file stands at which place of it, then the files.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from api.answering import Service
from api.answers import Uploaded
from api.errors import LimitExceeded, ServiceError
from api.query.limits import check_size

MOST_FILES = 20
_CHUNK = 1 << 20


@asynccontextmanager
async def received(request: Request, service: Service) -> AsyncIterator[dict[str, Any]]:
    """The request that the parts hold, with an `Uploaded` in the place of every file; what nobody took is removed.

    Raises:
        ServiceError: The parts are not as the specification says.
        LimitExceeded: The request is too large.
    """
    kept: list[Path] = []
    stream = _counted(request, service.settings.upload)
    parser = MultiPartParser(
        request.headers, stream, max_files=MOST_FILES, max_fields=2, max_part_size=service.settings.limits.size
    )
    try:
        try:
            form = await parser.parse()
        except MultiPartException as error:
            told = f"the parts cannot be read ({error.message}); see the multipart request specification"
            raise ServiceError(told) from error
        try:
            said, places = _parts(form, service)
            for name, at in places.items():
                file = form.get(name)
                if not isinstance(file, UploadFile):
                    raise ServiceError(f"the part {name[:40]!r} is no file; see the multipart request specification")
                kept.append(service.jobs.folder / secrets.token_hex(16))
                uploaded = await _kept(file, kept[-1])
                for place in at:
                    _put(said, place, uploaded)
        finally:
            await form.close()
        yield said
    finally:
        for folder in kept:
            shutil.rmtree(folder, ignore_errors=True)


async def _counted(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    """The request's bytes, as many as an upload may have."""
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            told = f"the request has more than {most >> 20} MiB; send the file in parts, or compressed"
            raise LimitExceeded("too_large", told)
        yield part


def _parts(form: Mapping[str, Any], service: Service) -> tuple[dict[str, Any], dict[str, list[str]]]:
    read = []
    for name in ("operations", "map"):
        text = form.get(name)
        if not isinstance(text, str):
            raise ServiceError(f"the part {name} is missing; see the multipart request specification")
        check_size(len(text), service.settings.limits)
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise ServiceError(f"the part {name} is no JSON ({error})") from error
        if not isinstance(value, dict):
            raise ServiceError(f"the part {name} is no JSON object; see the multipart request specification")
        read.append(value)
    said, places = read
    if not all(isinstance(at, list) and all(isinstance(place, str) for place in at) for at in places.values()):
        raise ServiceError("the part map has no lists of places; see the multipart request specification")
    return said, places


async def _kept(file: UploadFile, folder: Path) -> Uploaded:
    """A file, written into a folder of its own under the name that it was sent with."""
    folder.mkdir(mode=0o700)
    name = Path((file.filename or "").replace("\\", "/")).name.lstrip(".") or "upload"
    path = folder / name[-200:]
    with path.open("xb") as out:
        while part := await file.read(_CHUNK):
            out.write(part)
    return Uploaded(path)


def _put(said: dict[str, Any], place: str, uploaded: Uploaded) -> None:
    *parents, last = place.split(".")
    at: Any = said
    try:
        for name in parents:
            at = at[int(name)] if isinstance(at, list) else at[name]
        if isinstance(at, list):
            at[int(last)] = uploaded
        else:
            at[last] = uploaded
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise ServiceError(f"the request has no place {place[:80]!r} for a file") from error
