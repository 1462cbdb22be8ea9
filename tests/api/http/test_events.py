"""Subscriptions as server-sent events: httpx, against a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.answering import Service
from api.answers import Question
from api.http import events
from api.live.connections import PER_VIEWER
from graph.opening import open_store
from tests.api.conftest import Running, code, running, until
from tests.api.live.test_watching import CHANGES, MAKER, following, key, put, stated

SSE = {"accept": "text/event-stream"}
URQL = {
    "accept": "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, "
    "multipart/mixed"
}
"""What a client of urql says with every operation: https://github.com/urql-graphql/urql."""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with one company, that the tests add to."""
    url = f"sqlite:{tmp_path_factory.mktemp('watched') / 'watched.db'}"
    open_store(url).close()
    put(url, stated("1", MAKER, name="Yongfei"))
    return url


@pytest.fixture(scope="module")
def server(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(url, tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="module")
def investigator(server: Running) -> str:
    return server.key("investigator")


@contextmanager
def stream(server: Running, key: str | None, query: str, **variables: Any) -> Iterator[Iterator[tuple[str, Any]]]:
    """The events of an operation: their names, and what they hold."""
    headers = {**SSE, **({"authorization": f"Bearer {key}"} if key else {})}
    body = {"query": query, "variables": variables}
    with httpx.stream("POST", server.url, json=body, headers=headers, timeout=20) as response:
        response.raise_for_status()
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        yield _events(response)


def _events(response: httpx.Response) -> Iterator[tuple[str, Any]]:
    name = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data:"):
            data = line.removeprefix("data:").strip()
            yield name, json.loads(data) if data else None


def test_changes_are_followed(server: Running, url: str, investigator: str) -> None:
    with stream(server, investigator, CHANGES, ids=[MAKER]) as told:
        name, first = next(told)
        assert (name, first["data"]["changes"]["known"]) == ("next", [MAKER])
        put(url, stated("2", MAKER, name="Other"))
        name, second = next(told)
        assert (name, second["data"]["changes"]["nodes"][0]["properties"]) == ("next", ["name"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [("{ me { role } }", None), ("{ nope }", "bad_query"), ("subscription { nope }", "bad_query")],
)
def test_what_has_one_answer_is_complete_after_it(
    server: Running, investigator: str, query: str, expected: str | None
) -> None:
    with stream(server, investigator, query) as told:
        (name, answer), last = told
    assert name == "next"
    assert (answer["errors"][0]["extensions"]["code"] if expected else None) == expected
    assert last == ("complete", None)


@pytest.mark.parametrize(
    ("accept", "kind", "status"),
    [
        (URQL["accept"], "application/graphql-response+json", 400),
        ("text/event-stream;q=0.5, application/graphql-response+json", "application/graphql-response+json", 400),
        ("application/json, text/event-stream", "application/json", 200),
        ("*/*, text/event-stream;q=0", "application/json", 200),
        ("text/event-stream, application/json;q=0.9", "text/event-stream", 200),
        ("text/event-stream, */*", "text/event-stream", 200),
    ],
)
def test_a_query_is_a_stream_only_for_who_would_rather_have_one(
    server: Running, investigator: str, accept: str, kind: str, status: int
) -> None:
    headers = {"authorization": f"Bearer {investigator}", "accept": accept}
    answer = httpx.post(server.url, json={"query": "{ nope }"}, headers=headers, timeout=20)
    assert (answer.headers["content-type"].partition(";")[0], answer.status_code) == (kind, status)
    assert "bad_query" in answer.text


def test_a_subscription_is_a_stream_for_who_can_read_one(server: Running, investigator: str) -> None:
    headers = {**URQL, "authorization": f"Bearer {investigator}"}
    body = {"query": CHANGES, "variables": {"ids": [MAKER]}}
    with httpx.stream("POST", server.url, json=body, headers=headers, timeout=20) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert next(_events(response))[1]["data"]["changes"]["known"] == [MAKER]


def test_a_key_has_a_most_of_streams(server: Running) -> None:
    mine = server.key("investigator")
    with ExitStack() as streams:
        for _ in range(PER_VIEWER):
            streams.enter_context(stream(server, mine, CHANGES, ids=[MAKER]))
        headers = {**SSE, "authorization": f"Bearer {mine}"}
        refused = httpx.post(server.url, json={"query": CHANGES, "variables": {"ids": [MAKER]}}, headers=headers)
        assert (refused.status_code, code(refused)) == (429, "too_many_subscriptions")


def test_nobody_follows_without_a_key(server: Running) -> None:
    for headers in (SSE, {**SSE, "authorization": "Bearer nonsense"}):
        refused = httpx.post(server.url, json={"query": CHANGES}, headers=headers)
        assert (refused.status_code, code(refused)) == (401, "unauthenticated")


def test_a_job_is_followed_to_its_end(server: Running) -> None:
    steward = server.key("steward")
    forgotten = server.ask(steward, 'mutation { forget(source: "nothing") { id } }').json()["data"]["forget"]
    with stream(server, steward, "subscription($id: ID!) { job(id: $id) { state } }", id=forgotten["id"]) as told:
        *answers, last = told
    assert answers[-1] == ("next", {"data": {"job": {"state": "done"}}})
    assert last == ("complete", None)


def test_a_server_that_stops_ends_its_streams(url: str, tmp_path: Path) -> None:
    with running(url, tmp_path) as server:
        with stream(server, server.key("investigator"), CHANGES, ids=[MAKER]) as told:
            next(told)
            server.process.terminate()
            assert list(told) == []
        server.process.wait(10)


def test_who_leaves_is_watched_no_more(server: Running, url: str, investigator: str) -> None:
    def counted() -> float:
        page = httpx.get(server.url.replace("graphql", "metrics")).text
        (line,) = (line for line in page.splitlines() if line.startswith("headwater_subscriptions "))
        return float(line.split()[1])

    with stream(server, investigator, CHANGES, ids=[MAKER]) as told:
        next(told)
        assert counted() == 1
    put(url, stated("left", MAKER))
    until(lambda: counted() == 0)


def served(service: Service, takes: int, patch: pytest.MonkeyPatch) -> list[Any]:
    """What is sent to a client that takes only so many parts of a stream, and then waits a little each time."""
    sent: list[Any] = []

    async def serve() -> None:
        async def send(message: Any) -> None:
            if len(sent) == takes:
                sent.append(None)
                await asyncio.Event().wait()
            sent.append(message.get("body"))

        async def receive() -> Any:
            await asyncio.Event().wait()

        async with following(service) as all_:
            question = Question(CHANGES, variables={"ids": [MAKER]})
            stream = events.Events(all_, question, key(service)[1], AsyncExitStack())
            async with asyncio.timeout(20):
                await stream({"type": "http"}, receive, send)
            assert not all_.watching._watches

    asyncio.run(serve())
    return sent


def test_a_slow_client_is_dropped_and_told(market: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "SLOW", 0.05)
    *_, hangs, told, last = served(market, 2, monkeypatch)
    assert hangs is None
    assert b"too_slow" in told
    assert told.endswith(b"event: complete\ndata:\n\n")
    assert last == b""


def test_a_silent_stream_is_kept_open_by_comments(market: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "SLOW", 0.05)
    monkeypatch.setattr(events, "ALIVE", 0.01)
    _, *parts = served(market, 20, monkeypatch)
    assert sum(part == b":\n\n" for part in parts) > 5
