"""How far a long command has come, told on a terminal; a pipe or a program gets only the outcome."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from headwater.door import Door
from headwater.terminal import plain, shortened

if TYPE_CHECKING:
    from ingest.report import Progress

_CLEAR = "\r\033[K"
_EVERY = 0.1  # seconds after which a line is written anew


@contextmanager
def loading(door: Door) -> Iterator[Callable[[Progress], None] | None]:
    """Tells of a load: the file, a bar by bytes, rows, rows a second, time left."""
    if not _is_watched(door):
        yield None
        return
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.fields[name]}", markup=False),
        progress.BarColumn(bar_width=20),
        progress.TextColumn("{task.fields[rows]:,} " + door.word("rows", "行")),
        progress.TextColumn("{task.fields[rate]:,.0f} " + door.word("rows/s", "行/秒")),
        progress.TextColumn(door.word("left", "剩余")),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("load", name=door.word("reading", "读取中"), rows=0, rate=0.0, total=None)

        def tell(step: Progress) -> None:
            elapsed = bar.tasks[0].elapsed or 0
            rate = step.rows / elapsed if elapsed else 0.0
            name = shortened(plain(step.name), 28)
            bar.update(task, total=step.size, completed=step.position, name=name, rows=step.rows, rate=rate)

        yield tell


@contextmanager
def counting(
    door: Door, english: str, chinese: str, total: int | None = None
) -> Iterator[Callable[[int], None] | None]:
    """Tells how many of something are done, of how many in all, and how many a second."""
    if not _is_watched(door):
        yield None
        return
    word = door.word(english, chinese)
    of = f" / {total:,}" if total is not None else ""
    began = shown = monotonic()
    with _line() as show:

        def tell(count: int) -> None:
            nonlocal shown
            now = monotonic()
            if now - shown >= _EVERY:
                shown = now
                show(f"{count:,}{of} {word}, {count / (now - began):,.0f}/s")

        yield tell


_STEPS = {
    "reading": ("reading parties", "读取主体"),
    "comparing": ("comparing", "比对"),
    "linking": ("choosing links", "选取关系"),
    "writing": ("writing links", "写入关系"),
}


@contextmanager
def resolving(door: Door) -> Iterator[Callable[[str, int, int | None], None] | None]:
    """Tells which step of a run is on its way, and how much of it is done."""
    if not _is_watched(door):
        yield None
        return
    shown = 0.0
    at = ""
    with _line() as show:

        def tell(step: str, done: int, total: int | None) -> None:
            nonlocal shown, at
            now = monotonic()
            if now - shown >= _EVERY or step != at:
                shown, at = now, step
                show(door.word(*_STEPS[step]) + (f" {done:,} / {total:,}" if total else ""))

        yield tell


@contextmanager
def waiting(door: Door, english: str, chinese: str) -> Iterator[Callable[[], None]]:
    """Tells what is waited for, once that is called."""
    if not _is_watched(door):
        yield lambda: None
        return
    with _line() as show:
        yield lambda: show(door.word(english, chinese))


@contextmanager
def _line() -> Iterator[Callable[[str], None]]:
    """A line on the terminal that is written anew in its place, and is gone in the end."""

    def show(text: str) -> None:
        sys.stderr.write(f"{_CLEAR}{text}")
        sys.stderr.flush()

    try:
        yield show
    finally:
        show("")


def _is_watched(door: Door) -> bool:
    return not door.json and sys.stderr.isatty()
