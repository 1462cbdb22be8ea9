"""How often a viewer may do a kind of thing: a bucket of tokens for each, in the memory of this process.

A bucket is kept as one number, the time at which it would be full again (the generic cell rate algorithm of ITU-T
I.371, which answers as a token bucket does). A full bucket is the same as none, so that it needs no place.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock

from api.errors import RateExceeded
from graph.errors import SettingError


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` at once, and then as many in every `seconds`."""

    count: int
    seconds: float

    def __post_init__(self) -> None:
        if self.count < 1 or not 0 < self.seconds < math.inf:
            raise SettingError(f"a rate is {self.count} in {self.seconds:g} seconds; set both to more than 0")

    def shared(self, workers: int) -> Rate:
        """The part of this rate that each of several processes may give, none of which knows of the others."""
        count = max(1, self.count // workers)
        # Where there are fewer than workers, each gives one, and more slowly.
        return Rate(count, self.seconds * count * workers / self.count)


class Rates:
    """The buckets of all viewers; for many threads at once.

    Args:
        rates: The rate of each kind.
        size: How many buckets are kept that are not full. Beyond it the fullest go, which forgets the least.
        clock: Seconds that only ever grow.
    """

    def __init__(
        self, rates: Mapping[str, Rate], *, size: int = 100_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rates = dict(rates)
        self._size = size
        self._clock = clock
        self._full: dict[tuple[str, str], float] = {}
        self._lock = Lock()

    def take(self, viewer_id: str, kind: str, count: int = 1) -> None:
        """Take `count` of a kind from a viewer's bucket; nothing is taken when it holds less.

        Raises:
            RateExceeded: Says when to come again.
            KeyError: No rate is set for the kind.
        """
        rate = self._rates[kind]
        if count > rate.count:
            raise RateExceeded(
                f"{count} {kind} at once are more than the {rate.count} allowed in {rate.seconds:g} seconds; ask for "
                "fewer at a time",
                math.ceil(rate.seconds),
            )
        with self._lock:
            now = self._clock()
            full = max(self._full.get((viewer_id, kind), now), now) + count * rate.seconds / rate.count
            wait = full - now - rate.seconds
            # Sums of fractions are not exact: a millionth of a second must not refuse what is due.
            if wait <= 1e-6:
                self._full[viewer_id, kind] = full
                if len(self._full) > self._size:
                    self._forget(now)
                return
        seconds = max(1, math.ceil(wait))
        raise RateExceeded(
            f"this makes more than {rate.count} {kind} in {rate.seconds:g} seconds; try again in {seconds} seconds",
            seconds,
        )

    def _forget(self, now: float) -> None:
        self._full = {key: full for key, full in self._full.items() if full > now}
        excess = len(self._full) - self._size
        if excess > 0:
            # More than must be, so that the next calls do not search through all of them again.
            for key in heapq.nsmallest(excess + self._size // 10, self._full, key=self._full.__getitem__):
                del self._full[key]
