"""Following: the answers to one operation as they come, event by event, until it ends or nobody follows any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from functools import partial
from time import monotonic
from weakref import WeakValueDictionary

from api.access.viewer import Viewer
from api.answering import Service
from api.answers import Answer, Question, refused
from api.live.connections import Connections
from api.live.watch import Watch
from api.live.watching import Watching
from api.types.subscriptions import Unchanged
from api.waiting import Turns, written
from graph.errors import HeadwaterError

_RENEW = 5.0  # seconds after which a key is looked at again, though nothing happens
_REST = 4.0  # an event that took long is followed by so many times its length, so that nobody takes up a thread
_LONGEST_REST = 60.0
_FAREWELL = 3.0  # seconds in which connections may end when the server stops
LASTING = frozenset(("ok", "store_unavailable", "store_busy", "state_unavailable", "audit_unavailable", "timeout"))
"""Outcomes after which a subscription goes on."""


class Following:
    """What all connections of a worker process share.

    Args:
        service: What answers.
        turns: Where it does.
    """

    def __init__(self, service: Service, turns: Turns) -> None:
        self.service = service
        self.connections = Connections()
        self.watching = Watching(service.store)
        self._turns = turns
        # Half of the threads at the most, so that queries are answered however many watch.
        most = max(1, service.settings.threads // 2)
        self._events = asyncio.Semaphore(most)
        # And of these half for one viewer, so that who follows little does not wait for who follows much.
        self._most_of_one = max(1, most // 2)
        self._events_of_one: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def close(self) -> None:
        """Ends all connections, as the server stops."""
        await self.connections.close(_FAREWELL)
        await self.watching.stop()

    async def viewer(self, authorization: str | None, address: str = "") -> Viewer:
        """Who asks; see `Service.received`."""
        return await self.service.received(authorization, address)

    async def answers(self, question: Question, authorization: str | None) -> AsyncGenerator[Answer, None]:
        """The answers to an operation, each in the audit log: one for a query, one an event for a subscription.

        The next one is made when it is asked for, of what is known then.
        """
        viewer: Viewer | None = None
        try:
            viewer = await self.viewer(authorization)
            begun = monotonic()
            if await self._turns.in_turn(viewer.id, lambda: self.service.kind(question)) != "subscription":
                ask = partial(self.service.answer, question, viewer, begun=begun)
                yield await self._turns.answered(viewer.id, ask)
                return
            with self.watching.watch(viewer.id) as watch:
                await self.watching.looked()
                async for answer in self._events_of(watch, question, authorization):
                    yield answer
        except HeadwaterError as error:
            yield await self.service.refused(error, viewer)

    async def _events_of(
        self, watch: Watch, question: Question, authorization: str | None
    ) -> AsyncGenerator[Answer, None]:
        is_due = True
        mine = self._events_of_one.setdefault(watch.viewer, asyncio.Semaphore(self._most_of_one))
        while True:
            async with mine, self._events:
                began = monotonic()
                if is_due:
                    watch.take()
                answer = await self._event(watch, question, authorization, is_due)
                took = monotonic() - began
            if answer is not None:
                answer = await written(answer)
                if answer.receipt is None and watch.is_known(answer.body, failed=True):
                    answer = None  # the same refusal as before
            if is_due:
                watch.keep(is_sent=answer is not None)
            if answer is not None:
                yield answer
                # What is not found may come yet, but for a job.
                if answer.outcome not in LASTING and (answer.outcome != "not_found" or watch.ticks):
                    return
            if watch.is_over and not watch.failed:
                return
            await asyncio.sleep(min(_LONGEST_REST, _REST * took))
            is_due = await watch.woken(_RENEW) or watch.failed

    async def _event(self, watch: Watch, question: Question, authorization: str | None, is_due: bool) -> Answer | None:
        """The next event, if there is one; and whoever watches must still be known."""
        try:
            viewer = await self.viewer(authorization)
        except HeadwaterError as error:
            return refused(error)
        if not is_due:
            return None
        if watch.trouble is not None and watch.told and not watch.ticks:
            return refused(watch.trouble)
        try:
            return await self._turns.run(lambda: self.service.answer(question, viewer, watch.left, watch))
        except Unchanged:
            return None
