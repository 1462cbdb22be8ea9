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
from graph.caption import Language
from graph.errors import HeadwaterError, StoreError

log = logging.getLogger("headwater.api")

STATUS = {
    "unauthenticated": 401, "forbidden": 403, "query_not_listed": 403, "case_required": 403, "too_large": 413,
    "rate_limited": 429, "too_many_subscriptions": 429, "audit_unavailable": 503, "store_unavailable": 503,
    "timeout": 503, "internal": 500,
}  # fmt: skip
"""The status that a refusal is sent with, by its code; 400 for all others."""


MOST_ERRORS = 100
"""Errors that an answer tells."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that came with a question, on disk in a folder of its own."""

    path: Path


@dataclass(frozen=True, slots=True)
class Question:
    """What was sent: a query with its variables, in which language, in which case."""

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


def refused(error: HeadwaterError) -> Answer:
    """The answer to a request that is refused before it is a question."""
    (told,) = told_errors([GraphQLError(str(error), original_error=error)])
    code = str(told["extensions"]["code"])
    retry = getattr(error, "retry_after", None)
    return Answer(orjson.dumps({"errors": [told]}), STATUS.get(code, 400), code, None, retry)


def told_errors(errors: Sequence[GraphQLError]) -> list[dict[str, Any]]:
    """Errors as they are told, at most `MOST_ERRORS` and how many more, and never with what only we should know.

    What failed once is logged once, and has one number, however many fields have the error.
    """
    numbers: dict[int, str] = {}
    told = [_told(error, numbers) for error in errors[:MOST_ERRORS]]
    if len(errors) > MOST_ERRORS:
        message = f"there are {len(errors) - MOST_ERRORS:,} more errors; the first tell what is wrong"
        told.append({"message": message, "extensions": {"code": "too_many_errors"}})
    return told


def _told(error: GraphQLError, numbers: dict[int, str]) -> dict[str, Any]:
    told: dict[str, Any] = dict(error.formatted)
    extensions = dict(told.get("extensions") or {})
    original = error.original_error
    is_new = id(original) not in numbers
    if isinstance(original, HeadwaterError):
        extensions["code"] = original.code
        told["message"] = str(original)
        if isinstance(original, StoreError):
            # Where the store is and what is wrong with it is for whoever runs the service.
            told["message"] = "the store cannot answer at the moment; try again in a little while"
            if is_new:
                numbers[id(original)] = ""
                log.warning("the store cannot answer: %s", original)
    elif original is not None and not isinstance(original, GraphQLError):
        if is_new:
            numbers[id(original)] = number = secrets.token_hex(6)
            log.error("internal error %s", number, exc_info=original)
        extensions["code"] = "internal"
        number = numbers[id(original)]
        told["message"] = f"something went wrong inside Headwater; report it with the number {number}"
    extensions.setdefault("code", "bad_query")
    told["extensions"] = extensions
    return told
