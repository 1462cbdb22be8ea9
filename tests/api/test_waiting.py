"""Turns: many questions of one viewer do not hold up another's, and whoever leaves is not waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from threading import Event
from time import monotonic
from typing import Any

import pytest

from api import waiting
from api.answering import Service
from api.answers import Answer, Question
from api.errors import RateExceeded
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
