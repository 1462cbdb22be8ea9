from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest
from starlette.types import Receive, Scope, Send

from api.http.middleware import Observed

SECRET = "13800138000"


async def failing(scope: Scope, receive: Receive, send: Send) -> None:
    raise LookupError(SECRET)


def test_a_fault_of_ours_is_told_by_its_number_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    told: list[Any] = []

    async def ask() -> None:
        async def send(message: Any) -> None:
            told.append(message)

        scope = {"type": "http", "method": "GET", "path": "/health", "headers": [(b"accept", b"*/*")]}
        await Observed(failing)(scope, asyncio.Event().wait, send)  # type: ignore[arg-type]

    asyncio.run(ask())
    start, body = told
    (error,) = orjson.loads(body["body"])["errors"]
    assert (start["status"], error["extensions"]) == (500, {"code": "internal"})
    assert b"x-request-id" in dict(start["headers"])
    assert SECRET not in error["message"]
    (line,) = (record for record in caplog.records if record.name == "headwater.api")
    assert error["message"].endswith(line.getMessage().removeprefix("internal error "))
