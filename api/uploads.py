"""Uploads: requests of the multipart request specification, their files streamed to disk.

https://github.com/jaydenseric/graphql-multipart-request-spec: a part `operations` with the request as JSON, a part
`map` that says which file stands at which place of it, then the files.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from api.answering import Service
from api.errors import LimitExceeded, ServiceError
from api.limits import check_size
from api.scalars import Uploaded

MOST_FILES = 20
_CHUNK = 1 << 20


async def read(request: Request, service: Service) -> dict[str, Any]:
    """The request that the parts hold, with an `Uploaded` in the place of every file.

    Raises:
        ServiceError: The parts are not as the specification says.
        LimitExceeded: A file or the request is too large.
    """
    limits = service.settings.limits
    try:
        async with request.form(max_files=MOST_FILES, max_fields=2, max_part_size=limits.size) as form:
            said, places = _parts(form, service)
            for name, at in places.items():
                file = form.get(name)
                if not isinstance(file, UploadFile):
                    raise ServiceError(f"the part {name[:40]!r} is no file; see the multipart request specification")
                uploaded = await _kept(file, service)
                for place in at:
                    _put(said, place, uploaded)
    except MultiPartException as error:
        raise ServiceError(
            f"the parts cannot be read ({error.message}); see the multipart request specification"
        ) from error
    return said


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


async def _kept(file: UploadFile, service: Service) -> Uploaded:
    """A file, moved into a folder of its own under the name that it was sent with."""
    folder = service.work.folder / secrets.token_hex(16)
    folder.mkdir(mode=0o700)
    name = Path((file.filename or "").replace("\\", "/")).name.lstrip(".") or "upload"
    path = folder / name[-200:]
    size = 0
    try:
        with path.open("xb") as out:
            while part := await file.read(_CHUNK):
                size += len(part)
                if size > service.settings.upload:
                    most = service.settings.upload >> 20
                    raise LimitExceeded(
                        "too_large", f"{name} has more than {most} MiB; send it in parts, or compressed"
                    )
                out.write(part)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
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
