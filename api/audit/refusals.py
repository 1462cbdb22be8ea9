"""Refusals of those who could not be authenticated: counted, and told once a second, so that a flood costs little."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from threading import Lock

EVERY = 1.0
"""Seconds between two tellings."""
_MOST = 1_000
"""Addresses that are counted apart within that time; all others are counted together."""


class Refusals:
    """How many refusals there were since they were told last, by outcome and address; for many threads at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._due = 0.0

    def count(self, outcome: str, address: str) -> None:
        """Counts one."""
        with self._lock:
            is_apart = (outcome, address) in self._counts or len(self._counts) < _MOST
            self._counts[outcome, address if is_apart else ""] += 1

    def taken(self, *, at_once: bool) -> Mapping[tuple[str, str], int]:
        """Those that are to be told now."""
        now = time.monotonic()
        with self._lock:
            if not self._counts or (now < self._due and not at_once):
                return {}
            self._due = now + EVERY
            taken, self._counts = self._counts, Counter()
            return taken

    def put_back(self, taken: Mapping[tuple[str, str], int]) -> None:
        """Takes back those that could not be told."""
        with self._lock:
            self._counts.update(taken)
