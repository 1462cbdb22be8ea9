"""The web application: GraphQL over HTTP as of its specification, and whether the service is well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from time import monotonic
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from api.access.viewer import Viewer
from api.answering import Service
from api.answers import Answer, Question
from api.http import console, events, sockets, uploads
from api.http.farewell import farewell
from api.http.media import EVENTS, FORM, accepts, preferred, sent
from api.http.middleware import layers
from api.http.responses import response
from api.http.wire import json_of, language_of, question_of
from api.live.following import Following
from api.query.limits import check_size
from api.settings import Settings
from api.telemetry import metrics
from api.telemetry.trail import note
from api.waiting import Turns, written
from graph.errors import HeadwaterError


def app(settings: Settings) -> Starlette:
    """The application of one worker process."""

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[None]:
        service = Service(settings)
        turns = Turns(settings.threads)
        application.state.service = service
        application.state.turns = turns
        # Whether the service is well is no question, and waits for none.
        application.state.looking = Turns(1)
        application.state.uploads = asyncio.Semaphore(uploads.AT_ONCE)
        application.state.following = following = Following(service, turns)
        with farewell(following.close):
            yield
        await following.close()
        turns.close()
        application.state.looking.close()
        service.close()

    routes: list[BaseRoute] = [
        Route("/graphql", graphql, methods=["POST"]),
        WebSocketRoute("/graphql", sockets.endpoint),
        Route("/health", health, methods=["GET"]),
        Route("/ready", ready, methods=["GET"]),
        Route("/metrics", metrics.endpoint, methods=["GET"]),
    ]
    if settings.graphiql:
        routes += console.routes()
    return Starlette(routes=routes, middleware=layers(settings), lifespan=lifespan)


async def graphql(request: Request) -> Response:
    """Answers one query or mutation, or follows a subscription by events."""
    service: Service = request.app.state.service
    following: Following = request.app.state.following
    authorization = request.headers.get("authorization")
    viewer: Viewer | None = None
    try:
        viewer = await _viewer(request, authorization)
        note(viewer=viewer.id)
        async with AsyncExitStack() as until_sent:
            question = await until_sent.enter_async_context(_question(request, service, viewer))
            begun = monotonic()
            if await _is_streamed(request, question, viewer):
                until_sent.enter_context(following.connections.open())
                until_sent.enter_context(following.connections.of(viewer.id))
                note(kind="subscription", outcome="ok")
                return events.Events(following, question, authorization, until_sent.pop_all())
            return response(await _answer(request, question, viewer, begun), request.headers)
    except ClientDisconnect:
        return Response(status_code=499)
    except HeadwaterError as error:
        return response(await service.refused(error, viewer), request.headers)


async def _viewer(request: Request, authorization: str | None) -> Viewer:
    service: Service = request.app.state.service
    return await service.received(authorization, request.client.host if request.client is not None else "")


async def _is_streamed(request: Request, question: Question, viewer: Viewer) -> bool:
    """Whether the answer goes out as events: by the client's preference, or since a subscription has many answers.

    Clients that can read events say so with every operation; a query that they would rather have plainly has a status.
    """
    accept = request.headers.get("accept", "")
    if not accepts(accept, EVENTS):
        return False
    if preferred(accept) == EVENTS:
        return True
    service: Service = request.app.state.service
    turns: Turns = request.app.state.turns
    return await turns.in_turn(viewer.id, lambda: service.kind(question)) == "subscription"


async def _answer(request: Request, question: Question, viewer: Viewer, begun: float) -> Answer:
    """The answer to a question that came at `begun`, once it is in the audit log; given up when who asked leaves."""
    service: Service = request.app.state.service
    if service.may_wait_for(question):
        turns: Turns = request.app.state.turns
        ask = partial(service.answer, question, viewer, begun=begun)
        return await turns.answered(viewer.id, ask, request.receive)
    # A thread costs more than a small answer, and there is nothing that this one would wait for.
    return await written(service.answer(question, viewer))


@asynccontextmanager
async def _question(request: Request, service: Service, viewer: Viewer) -> AsyncIterator[Question]:
    """The question that a request's body holds; files that came with it and that nobody took are removed.

    Raises:
        ServiceError: It holds none.
        LimitExceeded: It is too large.
    """
    kind, boundary = sent(request.headers.get("content-type", ""))
    language = language_of(request.headers.get("accept-language", ""))
    case = request.headers.get("headwater-case")
    if kind == FORM:
        async with uploads.received(request, boundary, service, viewer) as said:
            yield question_of(said, language, case)
    else:
        yield question_of(await _body(request, service), language, case)


async def _body(request: Request, service: Service) -> Any:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal():
        check_size(int(declared), service.settings.limits)
    body = bytearray()
    async for part in request.stream():
        body += part
        check_size(len(body), service.settings.limits)
    return json_of(body)


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
        await request.app.state.looking.run(tried)
    except HeadwaterError as error:
        return JSONResponse({"status": "unavailable", "code": error.code}, 503)
    return JSONResponse({"status": "ok"})
