"""What was loaded: the sources of records with their files, and the rows set aside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from api.masks.paging import Part
from api.masks.policy import Policy
from graph.model import FileVersion, SetAside, order_of

_EVERY = 1000  # rows between two looks at whether anybody still waits


@dataclass(frozen=True, slots=True)
class Source:
    """A source of records with what it sent."""

    name: str
    records: int
    set_aside: int
    files: tuple[FileVersion, ...]


def sources(policy: Policy) -> list[Source]:
    """The sources of records, by name."""
    counts = policy.store.counts()
    files: dict[str, list[FileVersion]] = {}
    for file in policy.files():
        files.setdefault(file.source, []).append(file)
    return [
        Source(name, counts.records.get(name, 0), counts.set_aside.get(name, 0), tuple(files.get(name, ())))
        for name in sorted({*counts.records, *counts.set_aside, *files})
    ]


def set_aside(
    policy: Policy, source: str | None, file: str | None, first: int, after: Any, check: Callable[[], None]
) -> Part:
    """The rows set aside behind a place, by source, file and row; all of them are counted, which takes as long."""
    entries: list[SetAside] = []
    places: list[tuple[str, str, int, int]] = []
    place = after if after is not None else ()
    total, has_more = 0, False
    for entry in policy.store.quarantine(source, file):
        if total % _EVERY == 0:
            check()
        total += 1
        here = (entry.source, entry.file, entry.row, order_of(entry.id))
        if here <= place:
            continue
        if len(entries) == first:
            has_more = True
            continue
        entries.append(entry)
        places.append(here)
    return Part(policy.set_aside(entries), places, None, has_more, total)
