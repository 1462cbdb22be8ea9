"""A watch: what one subscription waits for, and what is remembered from one of its events to the next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from threading import Event

from graph.errors import HeadwaterError

Facts = tuple[Mapping[str, int], Mapping[tuple[str, str], int]]
"""What is remembered of a node: a hash of the values of each property, and its links by kind and direction."""


@dataclass(eq=False)
class Watch:
    """One subscription: what it waits for, and what is remembered from one event to the next.

    However much happens while an event is on its way, it is only noted that something did, so a slow reader costs no
    memory.

    Attributes:
        viewer: The id of whoever watches.
        nodes: The ids in the store of the nodes it waits for; None when any change may matter.
        names: Id in the store -> the id that the viewer gave for it.
        facts: What the last event knew of each node, by the viewer's id; None before the first.
        pending: What the event on its way knows of them.
        ticks: Whether it looks again every second, whatever changed.
        must_tell: Whether the next event is sent even if it has no news: the first one, and one after an error.
        repeats: Whether an event that is equal to the last one is news, too.
        is_over: Whether its last event was made.
        brought: Whether the value that it brings was counted.
        trouble: Why the store cannot be asked at the moment.
        left: Set when whoever watched is gone.
        failed: Whether the event that is made failed.
        taken: The ids in the store of the nodes that the event is about.
        told: A hash of the last event that was sent.
    """

    viewer: str
    nodes: frozenset[str] | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    facts: dict[str, Facts] | None = None
    pending: dict[str, Facts] | None = None
    ticks: bool = False
    must_tell: bool = True
    is_over: bool = False
    brought: bool = False
    trouble: HeadwaterError | None = None
    left: Event = field(default_factory=Event)
    repeats: bool = False
    failed: bool = False
    taken: Collection[str] = ()
    told: bytes = b""
    _offered: bytes = b""
    _touched: set[str] = field(default_factory=set)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def touch(self, nodes: Collection[str]) -> None:
        """Notes that nodes have changed."""
        self._touched.update(nodes)
        self.wake()

    def wake(self) -> None:
        """Lets it look."""
        self._woken.set()

    async def woken(self, timeout: float) -> bool:
        """Waits until there may be news; whether there may."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._woken.wait()
        return self._woken.is_set()

    def take(self) -> None:
        """Takes what has changed until now, for the event that is made next."""
        self._woken.clear()
        self.taken, self._touched = self._touched, set()
        self.pending, self.failed = None, False

    def is_known(self, event: bytes, *, failed: bool) -> bool:
        """Whether an event tells the same as the last one; `failed` says that it tells of an error."""
        self.failed = failed
        self._offered = blake2b(event, digest_size=16).digest()
        return self._offered == self.told and (failed or not self.repeats)

    def keep(self, *, is_sent: bool) -> None:
        """Notes that the event was made; where it failed, what it was about is left for the next."""
        if is_sent:
            self.told = self._offered
        if self.failed:
            self._touched.update(self.taken)
        elif self.pending is not None:
            self.facts = self.pending
        self.must_tell = self.failed
        self.taken, self.pending = (), None

    def bring(self, take: Callable[[], None]) -> None:
        """Counts the value that it brings: once, however often it is asked about again."""
        if not self.brought:
            take()
            self.brought = True
