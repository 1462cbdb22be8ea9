from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest

from api.telemetry import logs
from api.telemetry.logs import Form, Written, formatter

PHONE = "13800138000"


def line(form: Form, message: str, error: BaseException | None = None, **fields: Any) -> str:
    exc_info = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord("headwater.test", logging.ERROR, __file__, 1, message, (), exc_info)
    record.fields = fields
    return formatter(form).format(record)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)
    os.close(writing)


def raised() -> BaseException:
    with pytest.raises(RuntimeError) as caught:
        try:
            int(PHONE + "x")
        except ValueError as error:
            raise RuntimeError(f"cannot read {PHONE}") from error
    return caught.value


@pytest.mark.parametrize("form", ["plain", "json"])
def test_an_exception_is_told_by_its_places_not_its_message(form: Form) -> None:
    told = line(form, "it failed", raised())
    assert PHONE not in told
    for part in ("RuntimeError", "ValueError", "test_logs.py", "raised"):
        assert part in told
    assert "\n" not in told


def test_a_line_for_people_stays_one_line() -> None:
    told = line("plain", "a\nb", viewer="https://idp.example me\n2026 ERROR", ms=1.5)
    assert told.splitlines() == [told]
    assert told.endswith(r'headwater.test: a\nb viewer="https://idp.example me\n2026 ERROR" ms=1.5')


def test_a_line_for_machines_is_an_object() -> None:
    told = json.loads(line("json", "request", viewer="k", ms=1.5))
    assert told.pop("time").endswith("+00:00")
    assert told == {"level": "error", "logger": "headwater.test", "message": "request", "viewer": "k", "ms": 1.5}


def test_whoever_does_not_read_the_log_stops_nothing(pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_MOST_WAITING", 100)
    handler = Written(pipe[1])
    record = logging.makeLogRecord({"msg": "x" * 1000})
    for _ in range(5000):  # far more than a pipe holds
        handler.handle(record)
    read = b""
    while b"lines lost" not in read:  # the writer goes on as soon as somebody reads
        read += os.read(pipe[0], 1 << 20)
        handler.handle(record)
    handler.close()


def test_a_full_disk_stops_nothing_and_is_counted() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    handler = Written(full)
    handler.handle(logging.makeLogRecord({"msg": "x"}))
    handler.close()
    os.close(full)
    assert handler._dropped == 1


def test_what_waits_is_written_at_the_end(pipe: tuple[int, int]) -> None:
    handler = Written(pipe[1], "json")
    for number in range(100):
        handler.handle(logging.makeLogRecord({"msg": str(number)}))
    handler.close()
    told = os.read(pipe[0], 1 << 20).decode().splitlines()
    assert [json.loads(one)["message"] for one in told] == [str(number) for number in range(100)]


def test_an_error_that_causes_itself_is_told_once() -> None:
    loop = ValueError("a")
    loop.__cause__ = loop
    assert "ValueError" in line("plain", "an error that causes itself", loop)
