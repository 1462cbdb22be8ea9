"""What clients send, read into questions, whichever way it comes."""

from __future__ import annotations

from typing import Any

import orjson

from api.access.cases import case_sent
from api.answers import Question
from api.errors import ServiceError
from api.query.documents import persisted_hash
from graph.caption import Language
from graph.errors import InvalidValue


def json_of(text: bytes | bytearray | str) -> Any:
    """The JSON that a text holds.

    Raises:
        ServiceError: It holds none.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ServiceError(f"the body is no JSON ({error}); send an object with query and variables") from error


def question_of(said: Any, language: Language, case: str | None) -> Question:
    """The question that an object of GraphQL over HTTP holds.

    Raises:
        ServiceError: It holds none.
    """
    if not isinstance(said, dict):
        raise ServiceError("the body is no JSON object; send one with query and variables")
    text, operation, variables = said.get("query"), said.get("operationName"), said.get("variables")
    for name, value, kinds in (("query", text, str), ("operationName", operation, str), ("variables", variables, dict)):
        if value is not None and not isinstance(value, kinds):
            raise ServiceError(f"{name} is no {'text' if kinds is str else 'object'}; see the GraphQL specification")
    named = _case(case)
    return Question(text, persisted_hash(said.get("extensions")), operation or None, variables or {}, language, named)


def _case(header: str | None) -> str | None:
    try:
        return case_sent(header)
    except InvalidValue as error:
        raise ServiceError(f"the header Headwater-Case has no number of a case ({error.detail})") from error


def language_of(header: str) -> Language:
    """The language of ours that a header Accept-Language puts first."""
    weighed = []
    for part in header.split(",")[:20]:
        name, _, weight = part.strip().lower().partition(";q=")
        try:
            weighed.append((-float(weight or 1), name.partition("-")[0]))
        except ValueError:
            continue
    for _, name in sorted(weighed, key=lambda pair: pair[0]):
        if name in ("en", "zh"):
            return "zh" if name == "zh" else "en"
    return "en"
