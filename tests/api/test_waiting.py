"""Turns: many questions of one viewer do not hold up another's, and whoever leaves is not waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import httpx
import pytest

from api import waiting
from api.access.keys import create_key
from api.answering import Service
from api.answers import Answer, Question
from api.app import app
from api.errors import RateExceeded
from api.settings import Settings
from api.waiting import Turns
from tests.api.conftest import OFFICER

FINE = Answer(b"{}", 200, "ok")


async def began(*events: Event) -> None:
    async with asyncio.timeout(20):
        while not all(one.is_set() for one in events):
            await asyncio.sleep(0.001)


class Held:
    """Questions that are answered when they are let go."""

    def __init__(self) -> None:
        self.go = Event()
        self.begun: list[Event] = []

    def ask(self) -> Callable[[Event], Answer]:
        begun = Event()
        self.begun.append(begun)

        def asked(left: Event) -> Answer:
            begun.set()
            while not self.go.wait(0.001) and not left.is_set():
                pass
            return FINE

        return asked


def test_the_many_questions_of_one_viewer_leave_threads_to_others() -> None:
    async def main() -> None:
        held = Held()
        with closing(Turns(4)) as turns:
            many = [asyncio.create_task(turns.answered("busy", held.ask())) for _ in range(20)]
            await began(*held.begun[:2])
            assert await turns.answered("other", lambda left: FINE) is FINE
            assert sum(one.is_set() for one in held.begun) == 2
            held.go.set()
            assert await asyncio.gather(*many) == [FINE] * 20
            assert not turns._present
            assert not turns._running

    asyncio.run(main())


def test_one_thread_answers_too() -> None:
    async def main() -> None:
        with closing(Turns(1)) as turns:
            assert await turns.answered("a", lambda left: FINE) is FINE

    asyncio.run(main())


def test_too_many_questions_that_wait_are_refused_and_those_of_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "WAITING", 3)

    async def main() -> None:
        held = Held()
        with closing(Turns(2)) as turns:
            many = [asyncio.create_task(turns.answered("busy", held.ask())) for _ in range(4)]
            await began(held.begun[0])
            with pytest.raises(RateExceeded, match="3 of your questions wait") as refused:
                await turns.answered("busy", held.ask())
            assert refused.value.retry_after == 1
            assert await turns.answered("other", lambda left: FINE) is FINE
            held.go.set()
            await asyncio.gather(*many)
            assert await turns.answered("busy", lambda left: FINE) is FINE

    asyncio.run(main())


def test_who_leaves_before_their_turn_is_answered_no_more() -> None:
    async def main() -> None:
        held, never = Held(), Event()

        def asked_in_vain(left: Event) -> Answer:
            never.set()
            return FINE

        with closing(Turns(1)) as turns:
            first = asyncio.create_task(turns.answered("a", held.ask()))
            await began(held.begun[0])
            second = asyncio.create_task(turns.answered("a", asked_in_vain))
            await asyncio.sleep(0)
            second.cancel()
            with pytest.raises(asyncio.CancelledError):
                await second
            held.go.set()
            assert await first is FINE
            assert await turns.answered("a", lambda left: FINE) is FINE
        assert not never.is_set()

    asyncio.run(main())


def test_a_turn_lasts_until_its_thread_is_done_though_whoever_asked_has_left() -> None:
    async def main() -> None:
        held = Held()
        stubborn = held.ask()
        with closing(Turns(2)) as turns:
            first = asyncio.create_task(turns.answered("busy", lambda left: stubborn(Event())))
            await began(held.begun[0])
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            second = asyncio.create_task(turns.answered("busy", held.ask()))
            try:
                async with asyncio.timeout(20):
                    assert await turns.answered("other", lambda left: FINE) is FINE
                assert not held.begun[1].is_set()
            finally:
                held.go.set()
            assert await second is FINE
            assert not turns._present

    asyncio.run(main())


def test_what_kind_a_question_is_of_is_looked_at_in_turn(
    market_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Clients that read events say so with every question, and a long one takes a while to be read.
    settings = Settings(market_url, tmp_path / "state")
    held, kind = Held(), Service.kind
    reading = [held.ask() for _ in range(8)]

    def read(service: Service, question: Question) -> str:
        reading.pop()(Event())
        return kind(service, question)

    monkeypatch.setattr(Service, "kind", read)

    async def main() -> None:
        application = app(settings)
        async with application.router.lifespan_context(application):
            state = application.state.service.state
            busy, other = (
                create_key(state, name=name, role="investigator", by="test", today="2026-01-01", days=3000)[1]
                for name in ("busy", "other")
            )
            transport = httpx.ASGITransport(application)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=20) as client:

                async def asked(key: str, accept: str) -> int:
                    headers = {"authorization": f"Bearer {key}", "accept": accept}
                    body = {"query": "{ sources { name } }"}
                    return (await client.post("/graphql", json=body, headers=headers)).status_code

                many = [
                    asyncio.create_task(asked(busy, f"{kinds}text/event-stream"))
                    for kinds in ("", "application/json, ") * 4
                ]
                try:
                    async with asyncio.timeout(20):
                        while sum(one.is_set() for one in held.begun) < 2:
                            await asyncio.sleep(0.001)
                        assert await asked(other, "application/json") == 200
                    assert sum(one.is_set() for one in held.begun) == 2
                finally:
                    held.go.set()
                    assert await asyncio.gather(*many) == [200] * 8

    asyncio.run(main())


def test_who_leaves_while_the_answer_is_made_is_noted() -> None:
    async def left_soon() -> Any:
        return {"type": "http.disconnect"}

    async def main() -> None:
        with closing(Turns(1)) as turns:
            assert await turns.answered("a", lambda left: FINE if left.wait(20) else None, left_soon) is FINE  # type: ignore[arg-type,return-value]

    asyncio.run(main())


def test_the_time_that_a_question_waited_counts(market: Service) -> None:
    asked = Question("{ sources { name } }")
    late = market.answer(asked, OFFICER, begun=monotonic() - market.settings.timeout - 1)
    assert b'"timeout"' in late.body
    assert b'"timeout"' not in market.answer(asked, OFFICER, begun=monotonic()).body


def test_no_call_to_the_store_is_begun_for_who_has_left(market: Service) -> None:
    left = Event()
    store = market.store()
    calls: list[str] = []
    expand = store.expand

    def leaving(*args: Any, **more: Any) -> Any:
        calls.append("expand")
        left.set()
        return expand(*args, **more)

    store.expand = leaving  # type: ignore[method-assign]
    text = '{ trace(clue: {value: "taobao/ta80239484", at: "2025-09-08"}) { verdict } }'
    answer = market.answer(Question(text), OFFICER, left)
    assert b'"left"' in answer.body
    assert calls == ["expand"]
