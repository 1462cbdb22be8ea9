"""The web application: GraphQL over HTTP as of its specification, and whether the service is well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from contextvars import copy_context
from threading import Event
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from api.access.viewer import Viewer
from api.answering import Service
from api.answers import Answer, Question
from api.errors import ServiceError
from api.http import events, sockets, uploads
from api.http.farewell import farewell
from api.http.middleware import layers
from api.http.wire import json_of, language_of, question_of
from api.live.following import Following
from api.query.limits import check_size
from api.settings import Settings
from api.telemetry import metrics
from api.telemetry.trail import note
from graph.errors import HeadwaterError

_PATIENCE = 0.05  # seconds after which it is worth to look whether whoever asked is still there
_JSON = "application/json"
_GRAPHQL = "application/graphql-response+json"


def app(settings: Settings) -> Starlette:
    """The application of one worker process."""

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[None]:
        service = Service(settings)
        with ThreadPoolExecutor(settings.threads, thread_name_prefix="query") as threads:
            application.state.service = service
            application.state.threads = threads
            application.state.following = following = Following(service, threads)
            with farewell(following.close):
                yield
            await following.close()
        service.close()

    routes = [
        Route("/graphql", graphql, methods=["POST"]),
        WebSocketRoute("/graphql", sockets.endpoint),
        Route("/health", health, methods=["GET"]),
        Route("/ready", ready, methods=["GET"]),
        Route("/metrics", metrics.endpoint, methods=["GET"]),
    ]
    return Starlette(routes=routes, middleware=layers(settings), lifespan=lifespan)


async def graphql(request: Request) -> Response:
    """Answers one query or mutation, or follows a subscription by events."""
    service: Service = request.app.state.service
    authorization = request.headers.get("authorization")
    viewer: Viewer | None = None
    try:
        viewer = await _viewer(request, authorization)
        note(viewer=viewer.id)
        async with _question(request, service) as question:
            if events.are_wanted(request):
                note(kind="subscription", outcome="ok")
                return events.Events(request.app.state.following, question, authorization)
            return _response(request, await _answer(request, question, viewer))
    except ClientDisconnect:
        return Response(status_code=499)
    except HeadwaterError as error:
        return _response(request, await service.refused(error, viewer))


async def _viewer(request: Request, authorization: str | None) -> Viewer:
    service: Service = request.app.state.service
    return await service.received(authorization, request.client.host if request.client is not None else "")


async def _answer(request: Request, question: Question, viewer: Viewer) -> Answer:
    """The answer to a question, once it is in the audit log; given up when whoever asked leaves."""
    service: Service = request.app.state.service
    # A thread costs more than a small answer, and there is nothing that this one would wait for.
    waits = service.may_wait_for(question)
    answer = await _awaited(request, question, viewer) if waits else service.answer(question, viewer)
    if answer.receipt is not None:
        await answer.receipt.written()
    return answer


async def _awaited(request: Request, question: Question, viewer: Viewer) -> Answer:
    """The answer that a thread of its own works out."""
    left = Event()
    asking: asyncio.Future[Answer] = asyncio.get_running_loop().run_in_executor(
        request.app.state.threads,
        copy_context().run,
        request.app.state.service.answer,
        question,
        viewer,
        left,
    )
    done, _ = await asyncio.wait({asking}, timeout=_PATIENCE)
    if not done:
        watch: asyncio.Future[Any] = asyncio.ensure_future(_gone(request))
        await asyncio.wait((asking, watch), return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            left.set()
        watch.cancel()
    return await asking


async def _gone(request: Request) -> None:
    with suppress(asyncio.CancelledError):
        while (await request.receive())["type"] != "http.disconnect":
            pass


@asynccontextmanager
async def _question(request: Request, service: Service) -> AsyncIterator[Question]:
    """The question that a request's body holds; files that came with it and that nobody took are removed.

    Raises:
        ServiceError: It holds none.
        LimitExceeded: It is too large.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    language = language_of(request.headers.get("accept-language", ""))
    case = request.headers.get("headwater-case")
    if kind == "multipart/form-data":
        async with uploads.received(request, service) as said:
            yield question_of(said, language, case)
    elif kind == _JSON:
        yield question_of(await _body(request, service), language, case)
    else:
        raise ServiceError(f"the content type is {kind[:80]!r}; send {_JSON}, or multipart/form-data with files")


async def _body(request: Request, service: Service) -> Any:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal():
        check_size(int(declared), service.settings.limits)
    body = bytearray()
    async for part in request.stream():
        body += part
        check_size(len(body), service.settings.limits)
    return json_of(body)


def _response(request: Request, answer: Answer) -> Response:
    note(outcome=answer.outcome)
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
