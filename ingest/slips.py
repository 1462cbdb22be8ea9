"""Rows set aside for a wrong credit code, and the companies whose code is one slip of the pen away.

A code's check characters find any one slip, so that such a row never says anything of another company; they also tell
which codes it may have been, and of those few one stands in the store, if any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graph.identifiers import uscc
from graph.model import Node, SetAside, chunks, node_id
from graph.store import Store

_AT_ONCE = 500  # rows of which companies are asked for at once


def meant(store: Store, entries: Iterable[SetAside]) -> Iterator[tuple[SetAside, tuple[Node, ...]]]:
    """Rows set aside as they come, each with the companies that it may have meant; most with none."""
    for some in chunks(entries, _AT_ONCE):
        near = [_near(entry) for entry in some]
        nodes = store.get(sorted({name for names in near for name in names}))
        for entry, names in zip(some, near, strict=True):
            yield entry, tuple(nodes[name] for name in names if name in nodes)


def _near(entry: SetAside) -> tuple[str, ...]:
    if entry.column is None or not entry.reason.startswith("uscc "):
        return ()
    return tuple(node_id("Company", code) for code in uscc.neighbours(entry.values.get(entry.column, "")))
