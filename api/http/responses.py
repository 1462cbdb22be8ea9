"""Answers as responses over HTTP: their status, their headers, and the media type that the client would rather have.

https://graphql.github.io/graphql-over-http/draft/#sec-Response
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import Response

from api.answers import Answer
from api.http.media import GRAPHQL, JSON, preferred
from api.telemetry.trail import note


def response(answer: Answer, asked: Headers) -> Response:
    """The response to a request with these headers."""
    note(outcome=answer.outcome)
    media = preferred(asked.get("accept", ""))
    status = answer.status
    if media == JSON and status == 400 and answer.outcome != "bad_request":
        # With the older media type another status says that whoever answers is no GraphQL server.
        status = 200
    headers = {}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    if answer.retry_after is not None:
        headers["retry-after"] = str(answer.retry_after)
    return Response(answer.body, status, headers, f"{GRAPHQL if media == GRAPHQL else JSON}; charset=utf-8")
