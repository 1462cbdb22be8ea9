"""What clients send, read into questions, whichever way it comes."""

from __future__ import annotations

from typing import Any, get_args

import orjson

from api.access.cases import case_sent
from api.answers import Question
from api.errors import ServiceError
from api.http.media import weighed
from api.query.documents import persisted_hash
from graph.caption import Language
from graph.errors import InvalidValue

LANGUAGES: tuple[Language, ...] = get_args(Language)

_KINDS = {"query": str, "operationName": str, "variables": dict, "extensions": dict}


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
    for name, kind in _KINDS.items():
        if said.get(name) is not None and not isinstance(said[name], kind):
            raise ServiceError(f"{name} is no {'text' if kind is str else 'object'}; see the GraphQL specification")
    text, operation, variables, extensions = (said.get(name) for name in _KINDS)
    return Question(text, persisted_hash(extensions), operation or None, variables or {}, language, _case(case))


def _case(header: str | None) -> str | None:
    try:
        return case_sent(header)
    except InvalidValue as error:
        raise ServiceError(f"the header Headwater-Case has no number of a case ({error.detail})") from error


def language_of(header: str) -> Language:
    """The language of ours that a header Accept-Language puts first."""
    names = (name.partition("-")[0] for name in weighed(header))
    return next((name for name in names if name in LANGUAGES), "en")
