"""How the time that work takes grows with what it is given: a ratio, since an absolute time tells of the machine."""

from __future__ import annotations

import time
from collections.abc import Callable

MORE = 16
"""How much more the second run is given."""
LINEAR = 100.0
"""What lies between work that grows with its input, 16 times and some for caches, and with its square, 256 times."""
_LEAST = 0.002  # seconds below which the clock tells nothing


def growth(run: Callable[[int], object], size: int) -> float:
    """How many times as much processor time `run(MORE * size)` takes as `run(size)`."""
    return seconds(lambda: run(MORE * size)) / max(seconds(lambda: run(size)), _LEAST)


def seconds(run: Callable[[], object], times: int = 3) -> float:
    """The least processor time that some runs took."""
    taken = []
    for _ in range(times):
        started = time.process_time()
        run()
        taken.append(time.process_time() - started)
    return min(taken)
