"""What a piece of work costs, measured in a process of its own so that nothing before it counts."""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


_UNIT = 1024**2 if sys.platform == "darwin" else 1024
"""Of ru_maxrss, in MiB."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds on the clock, seconds of all processors, and the most memory that was held, in MiB.

    Processes that the work starts count too; their peaks are added up as if they all came at one moment.
    """

    wall: float
    cpu: float
    peak: float


def measured(work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> tuple[T, Cost]:
    """Does the work in a fresh process; imports that it makes itself are part of its cost."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_timed, partial(work, *arguments, **named)).result()


def _timed(work: Callable[[], T]) -> tuple[T, Cost]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return result, Cost(wall, cpu + others.ru_utime + others.ru_stime, _peak() + others.ru_maxrss / _UNIT)


def _peak() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage tells on Linux outlives exec: it would count the process that started this one.
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _UNIT
