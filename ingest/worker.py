"""A process beside the load that reads and maps rows, while the other writes those before them.

Started as `python -m ingest.worker`, it takes what was added to the glossary, and plans, on its standard input (a
pickle), and gives frames on its standard output: eight bytes of length, then a tuple in the marshal format, which is by
far the fastest of the standard library's for plain tuples. Both ends are always of one installation.
"""

from __future__ import annotations

import gc
import marshal
import os
import pickle
import sys
from collections.abc import Iterable
from contextlib import suppress
from itertools import groupby
from typing import Any, BinaryIO

from graph import glossary
from graph.errors import HeadwaterError
from ingest.plans import Plan
from ingest.readers import Row, tables
from ingest.rows import Read, RowReader, batched

FRAME_ROWS = 500
COLLECTED = 250_000
"""Rows between two collections of what reference counting leaves."""


def main() -> None:
    words: glossary.Added
    plans: list[Plan]
    words, plans = pickle.load(sys.stdin.buffer)
    glossary.take_over(words)
    frames = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with suppress(BrokenPipeError):
        try:
            work(plans, frames)
        except HeadwaterError as error:
            send(frames, ("error", type(error).__name__, str(error)))
        except Exception as error:
            send(frames, ("crash", f"{type(error).__name__}: {error}"))


def work(plans: Iterable[Plan], frames: BinaryIO) -> None:
    """Reads the tables of the plans in their order."""
    gc.disable()
    count = 0
    for path, group in groupby(plans, lambda plan: plan.path):
        wanted = {plan.table: plan for plan in group}
        for table in tables(path):
            if table.name not in wanted:
                continue
            reader = RowReader(wanted[table.name].mapping, wanted[table.name].source)
            reads = (read if read.is_mapped else reader.mapped(read) for read in map(reader.identified, table.rows))
            for batch in batched(reads, FRAME_ROWS):
                send(frames, ("rows", (str(path), table.name), table.position(), [packed(read) for read in batch]))
                count += len(batch)
                if count > COLLECTED:
                    gc.collect()
                    count = 0
            send(frames, ("end", (str(path), table.name)))


def send(frames: BinaryIO, frame: tuple[Any, ...]) -> None:
    data = marshal.dumps(frame)
    view = memoryview(len(data).to_bytes(8, "little") + data)
    while view:
        view = view[frames.write(view) :]


def packed(read: Read) -> tuple[Any, ...]:
    """A row as plain tuples; what stands in its body is not sent twice."""
    number, values, raw, problem, column = read.row
    return number, None if read.body else values, raw, problem, column, *read[1:6]


def unpacked(kept: tuple[Any, ...]) -> Read:
    """The inverse of `packed`, but for the values that stand in the body."""
    number, values, raw, *rest = kept
    key, digest, doubts, fault, body = rest[2:]
    return Read(Row(number, values or {}, raw, *rest[:2]), key, digest, doubts, fault, body, True)


if __name__ == "__main__":
    main()
