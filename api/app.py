"""The web application: GraphQL over HTTP as of its specification, and whether the service is well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from threading import Event
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import uploads
from api.answering import Answer, Question, Service, refused
from api.documents import persisted_hash
from api.errors import ServiceError
from api.limits import check_size
from api.settings import Settings
from graph.caption import Language
from graph.errors import HeadwaterError

_PATIENCE = 0.05  # seconds after which it is worth to look whether whoever asked is still there
_JSON = "application/json"
_GRAPHQL = "application/graphql-response+json"
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def app(settings: Settings) -> Starlette:
    """The application of one worker process."""
    middleware = [Middleware(Secured)]
    if settings.origins:
        middleware.append(
            Middleware(
                CORSMiddleware,
                allow_origins=settings.origins,
                allow_methods=["POST"],
                allow_headers=["authorization", "content-type", "headwater-case", "accept-language"],
            )
        )

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[None]:
        service = Service(settings)
        with ThreadPoolExecutor(settings.threads, thread_name_prefix="query") as threads:
            application.state.service = service
            application.state.threads = threads
            yield
        service.close()

    routes = [
        Route("/graphql", graphql, methods=["POST"]),
        Route("/health", health, methods=["GET"]),
        Route("/ready", ready, methods=["GET"]),
    ]
    return Starlette(routes=routes, middleware=middleware, lifespan=lifespan)


async def graphql(request: Request) -> Response:
    """Answers one query or mutation."""
    service: Service = request.app.state.service
    try:
        viewer = service.viewer(request.headers.get("authorization"))
        question = await _question(request, service)
    except ClientDisconnect:
        return Response(status_code=499)
    except HeadwaterError as error:
        return _response(request, refused(error))
    left = Event()
    asking: asyncio.Future[Any] = asyncio.get_running_loop().run_in_executor(
        request.app.state.threads, service.answer, question, viewer, left
    )
    done, _ = await asyncio.wait({asking}, timeout=_PATIENCE)
    if not done:
        watch: asyncio.Future[Any] = asyncio.ensure_future(_gone(request))
        await asyncio.wait((asking, watch), return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            left.set()
        watch.cancel()
    answer: Answer = await asking
    if answer.receipt is not None:
        try:
            await answer.receipt.written()
        except HeadwaterError as error:
            answer = refused(error)
    return _response(request, answer)


async def _gone(request: Request) -> None:
    with suppress(asyncio.CancelledError):
        while (await request.receive())["type"] != "http.disconnect":
            pass


async def _question(request: Request, service: Service) -> Question:
    """The question that a request's body holds.

    Raises:
        ServiceError: It holds none.
        LimitExceeded: It is too large.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        said: Any = await uploads.read(request, service)
    elif kind == _JSON:
        said = await _body(request, service)
    else:
        raise ServiceError(f"the content type is {kind[:80]!r}; send {_JSON}, or multipart/form-data with files")
    if not isinstance(said, dict):
        raise ServiceError("the body is no JSON object; send one with query and variables")
    text, operation, variables = said.get("query"), said.get("operationName"), said.get("variables")
    for name, value, kinds in (("query", text, str), ("operationName", operation, str), ("variables", variables, dict)):
        if value is not None and not isinstance(value, kinds):
            raise ServiceError(f"{name} is no {'text' if kinds is str else 'object'}; see the GraphQL specification")
    return Question(
        text,
        persisted_hash(said.get("extensions")),
        operation or None,
        variables or {},
        _language(request.headers.get("accept-language", "")),
        request.headers.get("headwater-case"),
    )


async def _body(request: Request, service: Service) -> Any:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal():
        check_size(int(declared), service.settings.limits)
    body = bytearray()
    async for part in request.stream():
        body += part
        check_size(len(body), service.settings.limits)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ServiceError(f"the body is no JSON ({error}); send an object with query and variables") from error


def _language(header: str) -> Language:
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


def _response(request: Request, answer: Answer) -> Response:
    # Clients that name the newer media type are told by the status too, as of the specification.
    is_new = _GRAPHQL in request.headers.get("accept", "")
    headers = {}
    if answer.status == 401:
        headers["www-authenticate"] = "Bearer"
    if answer.retry_after is not None:
        headers["retry-after"] = str(answer.retry_after)
    return Response(answer.body, answer.status, headers, f"{_GRAPHQL if is_new else _JSON}; charset=utf-8")


async def health(request: Request) -> Response:
    """That the process lives."""
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> Response:
    """Whether questions can be answered: the store can be asked, and the audit log written."""
    service: Service = request.app.state.service

    def tried() -> None:
        service.audit.check()
        service.store().files()

    try:
        await asyncio.get_running_loop().run_in_executor(request.app.state.threads, tried)
    except HeadwaterError as error:
        return JSONResponse({"status": "unavailable", "code": error.code}, 503)
    return JSONResponse({"status": "ok"})


class Secured:
    """Headers that keep a browser from doing with an answer what it is not for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, secured)
