"""How often a viewer may do a kind of thing: a bucket of tokens for each, in the state that all processes share.

A bucket is kept as one number, the time at which it would be full again (the generic cell rate algorithm of ITU-T
I.371, which answers as a token bucket does). A full bucket is the same as none, so that it needs no place.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from api.errors import RateExceeded
from api.state import State
from graph.errors import SettingError


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` at once, and then as many in every `seconds`."""

    count: int
    seconds: float

    def __post_init__(self) -> None:
        if self.count < 1 or not 0 < self.seconds < math.inf:
            raise SettingError(f"a rate is {self.count} in {self.seconds:g} seconds; set both to more than 0")


class Rates:
    """The buckets of all viewers; for many threads and processes at once.

    Args:
        state: Where they are kept, beyond a restart.
        rates: The rate of each kind.
        clock: Seconds since 1970.
    """

    def __init__(self, state: State, rates: Mapping[str, Rate], *, clock: Callable[[], float] = time.time) -> None:
        self._state = state
        self._rates = dict(rates)
        self._clock = clock

    def take(self, viewer: str, kind: str) -> None:
        """Takes one of a kind from a viewer's bucket. Waits for the disk: not for an event loop.

        Raises:
            RateExceeded: There is none; says when to come again.
            StateUnavailable: It cannot be written that one was taken.
            KeyError: No rate is set for the kind.
        """
        rate = self._rates[kind]
        with self._state.transaction() as db:
            now = self._clock()
            held = db.execute("SELECT full FROM bucket WHERE viewer = ? AND kind = ?", (viewer, kind)).fetchone()
            before = now if held is None else max(held["full"], now)
            # No bucket is emptier than empty: a clock that was set back must not shut anybody out for long.
            full = min(before, now + rate.seconds)
            wait = full + rate.seconds / rate.count - now - rate.seconds
            # Sums of fractions are not exact: a hundredth of a second must not refuse what is due.
            is_due = wait <= 0.01
            if is_due:
                full += rate.seconds / rate.count
            if full != before:
                db.execute("DELETE FROM bucket WHERE full <= ?", (now,))
                db.execute("INSERT OR REPLACE INTO bucket VALUES (?, ?, ?)", (viewer, kind, full))
        if is_due:
            return
        seconds = max(1, math.ceil(wait))
        raise RateExceeded(
            f"this may be done {rate.count} times in {rate.seconds:g} seconds; try again in {seconds} seconds",
            seconds,
        )
