"""What is sent here and what is sent back: a question, its answer, and how an error is told."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import GraphQLError

from api.audit.receipt import Receipt
from graph.caption import Language
from graph.errors import HeadwaterError, StoreError

log = logging.getLogger("headwater.api")

STATUS = {
    "unauthenticated": 401, "forbidden": 403, "query_not_listed": 403, "case_required": 403, "too_slow": 408,
    "too_large": 413, "unsupported_media_type": 415, "rate_limited": 429, "too_many_subscriptions": 429,
    "audit_unavailable": 503, "state_unavailable": 503, "store_unavailable": 503, "timeout": 503, "internal": 500,
}  # fmt: skip
"""The status that a refusal is sent with, by its code; 400 for all others."""


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


def refused(error: Exception) -> Answer:
    """The answer to a request that is refused, or fails, before it is a question."""
    told = told_error(GraphQLError(str(error), original_error=error))
    code = str(told["extensions"]["code"])
    retry = getattr(error, "retry_after", None)
    return Answer(orjson.dumps({"errors": [told]}), STATUS.get(code, 400), code, None, retry)


def told_error(error: GraphQLError) -> dict[str, Any]:
    """An error as it is told: with its code, and never with what only we should know."""
    told: dict[str, Any] = dict(error.formatted)
    extensions = dict(told.get("extensions") or {})
    original = error.original_error
    if isinstance(original, HeadwaterError):
        extensions["code"] = original.code
        told["message"] = str(original)
        if isinstance(original, StoreError):
            # Where the store is and what is wrong with it is for whoever runs the service.
            told["message"] = "the store cannot answer at the moment; try again in a little while"
            log.warning("the store cannot answer: %s", original)
    elif original is not None and not isinstance(original, GraphQLError):
        number = secrets.token_hex(6)
        log.error("internal error %s", number, exc_info=original)
        extensions["code"] = "internal"
        told["message"] = f"something went wrong inside Headwater; report it with the number {number}"
    extensions.setdefault("code", "bad_query")
    told["extensions"] = extensions
    return told
