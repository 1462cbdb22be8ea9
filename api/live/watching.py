"""Watching: one look a second at what changed in the store, for all who wait for it in this process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from api.errors import LimitExceeded
from api.live.watch import Watch
from api.telemetry.metrics import metrics
from graph.errors import HeadwaterError, StoreUnavailable
from graph.store import Store

log = logging.getLogger("headwater.api")

PER_CONNECTION = 20
"""Operations that may run at once on one connection."""
PER_VIEWER = 50
"""Subscriptions that one viewer may have in one worker process."""
PER_WORKER = 500
"""Subscriptions that one worker process serves."""
MOST_WATCHED = 200
"""Nodes that one subscription may watch."""

_EVERY = 1.0  # seconds between two looks
_REST = 4.0  # a look that took long is followed by so many times its length
_STANDING_EVERY = 10.0  # seconds between two looks at which watched nodes are gone; the store does not tell of those
_NEWEST = 2**62  # a change that no store comes to: asks for the number of the last one alone


@dataclass(frozen=True, slots=True)
class _Look:
    """What a look at the store found: its last change, which nodes changed (None: any may have), which are gone."""

    last: int
    changed: frozenset[str] | None
    gone: frozenset[str]


class Watching:
    """All subscriptions of a worker process; lives on its event loop.

    Args:
        store: Gives the store of the thread that asks.
        every: Seconds between two looks.
    """

    def __init__(self, store: Callable[[], Store], every: float = _EVERY) -> None:
        self._store = store
        self._every = every
        self._watches: set[Watch] = set()
        self._looked = asyncio.Event()
        self._last: int | None = None
        self._standing_due = 0.0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="watching")
        self._poller: asyncio.Task[None] | None = None

    @contextmanager
    def watch(self, viewer: str) -> Iterator[Watch]:
        """A subscription, for as long as it lasts.

        Raises:
            LimitExceeded: There are too many.
        """
        mine = sum(watch.viewer == viewer for watch in self._watches)
        if mine >= PER_VIEWER or len(self._watches) >= PER_WORKER:
            most = f"{PER_VIEWER} of yours" if mine >= PER_VIEWER else f"{PER_WORKER} of all"
            raise LimitExceeded("too_many_subscriptions", f"{most} run here already; end one, or ask again later")
        watch = Watch(viewer)
        self._watches.add(watch)
        metrics().subscriptions.inc()
        if self._poller is None:
            self._poller = asyncio.create_task(self._poll())
        try:
            yield watch
        finally:
            watch.left.set()
            metrics().subscriptions.dec()
            self._watches.discard(watch)
            if not self._watches:
                self._poller.cancel()
                self._poller = None
                self._last = None
                self._looked.clear()

    async def looked(self) -> None:
        """Waits until a change that comes from now on would be seen, or it is known that the store is away."""
        await self._looked.wait()

    async def stop(self) -> None:
        """Looks no more."""
        if self._poller is not None:
            self._poller.cancel()
        # The stores are closed next, which must not happen under a look that is not over.
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)

    async def _poll(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = monotonic()
            is_due = began >= self._standing_due
            watched = {node for watch in self._watches for node in watch.nodes or ()} if is_due else set()
            try:
                found = await loop.run_in_executor(self._thread, self._look, self._last, watched)
            except HeadwaterError as error:
                self._trouble(error)
            except Exception:
                log.exception("the store could not be looked at")
                self._trouble(StoreUnavailable("the store could not be looked at"))
            else:
                if is_due:
                    self._standing_due = monotonic() + _STANDING_EVERY
                self._tell(found)
            self._looked.set()
            took = monotonic() - began
            await asyncio.sleep(max(self._every - took, _REST * took))

    def _look(self, last: int | None, watched: Collection[str]) -> _Look:
        store = self._store()
        now, changed = store.changes(_NEWEST if last is None else last)
        # A store that was emptied, or put back from a backup, counts anew.
        is_anew = last is not None and now < last
        gone = frozenset(watched).difference(store.get(watched)) if watched else frozenset()
        return _Look(now, None if is_anew else frozenset(changed), gone)

    def _tell(self, found: _Look) -> None:
        is_new = found.last != self._last
        self._last = found.last
        for watch in self._watches:
            was_away, watch.trouble = watch.trouble is not None, None
            if watch.nodes is not None:
                touched = watch.nodes if found.changed is None else found.changed & watch.nodes
                # Those that never stood are no news.
                touched |= {node for node in watch.nodes & found.gone if watch.names[node] in (watch.facts or ())}
                if touched:
                    watch.touch(touched)
            if was_away or watch.ticks or (is_new and watch.nodes is None):
                watch.wake()

    def _trouble(self, error: HeadwaterError) -> None:
        for watch in self._watches:
            if watch.trouble is None:
                watch.trouble = error
                watch.wake()
