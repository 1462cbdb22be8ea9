"""What is sent here and what is sent back: a question, its answer, and how an error is told."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from graphql import GraphQLError

from api.audit.receipt import Receipt
from api.errors import StateUnavailable
from graph.caption import Language
from graph.errors import HeadwaterError, StoreBusy, StoreError

log = logging.getLogger("headwater.api")

STATUS = {
    "unauthenticated": 401, "forbidden": 403, "query_not_listed": 403, "case_required": 403, "too_slow": 408,
    "too_large": 413, "unsupported_media_type": 415, "rate_limited": 429, "too_many_subscriptions": 429,
    "audit_unavailable": 503, "state_unavailable": 503, "store_unavailable": 503, "store_busy": 503, "timeout": 503,
    "internal": 500,
}  # fmt: skip
"""The status that a refusal is sent with, by its code; 400 for all others."""


_AWAY: Mapping[type[HeadwaterError], str] = {
    StoreBusy: "the store is busy with other work, or too small for this; ask for less at once, or later",
    StoreError: "the store cannot answer at the moment; try again in a little while",
    StateUnavailable: "the service cannot read or write its own state at the moment; try again in a little while",
}
"""What is told in place of an error's own message."""
MOST_ERRORS = 100
"""Errors that an answer tells."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that came with a question, on disk in a folder of its own."""

    path: Path


@dataclass(frozen=True, slots=True)
class Question:
    """What was sent: a query with its variables, in which language, in which case, as cases are numbered."""

    text: str | None
    sha256: str | None = None
    operation: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    language: Language = "en"
    case: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back once `receipt` is on disk."""

    body: bytes
    status: int
    outcome: str
    receipt: Receipt | None = None
    retry_after: int | None = None


def refused(error: Exception) -> Answer:
    """The answer to a request that is refused, or fails, before it is a question."""
    (told,) = told_errors([GraphQLError(str(error), original_error=error)])
    code = str(told["extensions"]["code"])
    retry = getattr(error, "retry_after", None)
    return Answer(orjson.dumps({"errors": [told]}), STATUS.get(code, 400), code, None, retry)


def told_errors(errors: Sequence[GraphQLError]) -> list[dict[str, Any]]:
    """Errors as they are told, at most `MOST_ERRORS` and how many more, and never with what only we should know.

    What failed once is logged once, and has one number, however many fields have the error.
    """
    known: dict[int, tuple[str, str]] = {}
    told = [_told(error, known) for error in errors[:MOST_ERRORS]]
    if len(errors) > MOST_ERRORS:
        message = f"there are {len(errors) - MOST_ERRORS:,} more errors; the first tell what is wrong"
        told.append({"message": message, "extensions": {"code": "too_many_errors"}})
    return told


def _told(error: GraphQLError, known: dict[int, tuple[str, str]]) -> dict[str, Any]:
    told: dict[str, Any] = dict(error.formatted)
    extensions = dict(told.get("extensions") or {})
    original = error.original_error
    if original is not None and not isinstance(original, GraphQLError):
        if id(original) not in known:
            known[id(original)] = told_of(original)
        extensions["code"], told["message"] = known[id(original)]
    extensions.setdefault("code", "bad_query")
    told["extensions"] = extensions
    return told


def told_of(error: Exception) -> tuple[str, str]:
    """The code of an error, and its message as far as it is for whoever asks.

    Where store and state are and what is wrong with them is for whoever runs the service, who finds it in the log: but
    for the message, which may quote what was asked or written.
    """
    if isinstance(error, StoreError | StateUnavailable):
        message = next(message for kind, message in _AWAY.items() if isinstance(error, kind))
        log.warning(message.partition(";")[0], extra={"fields": {"code": error.code, "cause": _cause(error)}})
        return error.code, message
    if isinstance(error, HeadwaterError):
        return error.code, str(error)
    number = secrets.token_hex(6)
    log.error("internal error %s", number, exc_info=error)
    return "internal", f"something went wrong inside Headwater; report it with the number {number}"


def _cause(error: Exception) -> str:
    """The class of an error, and of the driver's error behind it with its own code."""
    cause = error.__cause__ or error
    code = getattr(cause, "sqlite_errorname", None) or getattr(cause, "code", None)
    return " ".join(filter(None, (type(cause).__qualname__, code if isinstance(code, str) else None)))
