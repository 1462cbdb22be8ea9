"""The log of the service: lines on standard error, plain or as JSON, without secrets and personal data.

Queries, variables and values are never handed to it. The messages of exceptions often hold values, so that of an
exception its class and its places in the code are told, and nothing else.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

Form = Literal["plain", "json"]

_MOST_WAITING = 20_000
_PAUSE = 0.1  # seconds between two writes: one write takes along all lines of that time
_WORD = re.compile(r"[\w.:/@+-]+", re.ASCII)


class Written(logging.Handler):
    """Writes lines from a thread of its own: whoever reads them too slowly stops the log, never the service."""

    def __init__(self, descriptor: int = 2, form: Form = "plain") -> None:
        """Args:
        descriptor: Where lines go to: not by a stream of Python's, whose lock the end of the process would wait for.
        form: What they look like.
        """
        super().__init__()
        self.setFormatter(formatter(form))
        self._descriptor = descriptor
        self._waiting: list[str] = []
        self._dropped = 0
        self._wake = threading.Event()
        self._is_closing = False
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Hands a line over; when too many wait, it is counted in place of kept."""
        if len(self._waiting) >= _MOST_WAITING:
            self._dropped += 1
            return
        self._waiting.append(self.format(record))

    def close(self) -> None:
        """Writes what waits."""
        self._is_closing = True
        self._wake.set()
        if self._thread is not threading.current_thread():
            self._thread.join(2.0)  # a reader that does not read must not hold the end of the process
        super().close()

    def _run(self) -> None:
        while not self._is_closing:
            self._wake.wait(_PAUSE)
            self._write()
        self._write()

    def _write(self) -> None:
        lines, self._waiting = self._waiting, []
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            fields = {"dropped": dropped}
            record = logging.makeLogRecord(
                {"name": "headwater.log", "levelno": 30, "levelname": "WARNING", "msg": "lines lost", "fields": fields}
            )
            lines.append(self.format(record))
        if lines:
            left = "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
            try:
                while left:
                    left = left[os.write(self._descriptor, left) :]
            except OSError:
                self._dropped += left.count(b"\n")


class Plain(logging.Formatter):
    """A line for people: when, how grave, who says it, what, and `name=value` pairs."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fields = "".join(f" {name}={_word(value)}" for name, value in _fields(record).items())
        # A line break from outside would make one line look like two.
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        return f"{_time(record)} {record.levelname} {record.name}: {message}{fields}"


class Json(logging.Formatter):
    """A line for machines: one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told = {"time": _time(record), "level": record.levelname.lower(), "logger": record.name}
        return orjson.dumps({**told, "message": record.getMessage(), **_fields(record)}, default=str).decode()


def formatter(form: Form) -> logging.Formatter:
    """What makes lines of this form."""
    return Json() if form == "json" else Plain()


def configure(form: Form) -> None:
    """Sends all that this process logs to standard error: requests, and what went wrong."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
    root.addHandler(Written(form=form))
    root.setLevel(logging.WARNING)
    logging.getLogger("headwater").setLevel(logging.INFO)
    # Python would print the messages of exceptions that nobody catches.
    threading.excepthook = lambda told: logging.getLogger("headwater").error(
        "a thread ended by an error", exc_info=told.exc_value
    )


def close() -> None:
    """Writes what waits."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, Written):
            handler.close()


def for_server(form: Form) -> dict[str, Any]:
    """The logging of the server around the application, as `logging.config.dictConfig` takes it."""
    handler = {"class": "logging.StreamHandler", "formatter": "headwater", "stream": "ext://sys.stderr"}
    quiet = {"handlers": ["console"], "level": "WARNING", "propagate": False}
    return {
        "formatters": {"headwater": {"()": Json if form == "json" else Plain}},
        "handlers": {"console": handler},
        "loggers": {"_granian": quiet, "granian.access": quiet},
    }


def _fields(record: logging.LogRecord) -> Mapping[str, Any]:
    fields: dict[str, Any] = dict(getattr(record, "fields", {}))
    if record.exc_info and record.exc_info[1] is not None:
        fields["error"] = _places(record.exc_info[1])
    return fields


def _places(error: BaseException) -> list[str]:
    """The classes of an exception and its causes, each with where it went through, innermost last."""
    told: list[str] = []
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        frames = traceback.extract_tb(at.__traceback__)
        places = [f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
        told.append(" < ".join([type(at).__qualname__, *reversed(places)]))
        at = at.__cause__ or at.__context__
    return told


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _word(value: Any) -> str:
    text = str(value)
    return text if _WORD.fullmatch(text) else orjson.dumps(value, default=str).decode()
