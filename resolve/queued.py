"""The queue of pairs to be judged as it was built once, beside the index, for all who page through it.

To build it goes through every link, and what it says changes with each run only. So whoever reads an index first leaves
the queue beside it, for other commands and other workers of a service, and whoever opens the index to write removes it.
What was judged since is left out; where a judgement was taken back or became another since, the queue is built anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import get_args

import orjson

from graph.judgements import Verdict, judgements
from graph.store import Store
from resolve.index import Index, queue_path
from resolve.profiles import Nature
from resolve.review import Item, Why, queue_of

MOST = 10_000
"""Pairs that are queued."""
Judged = Mapping[tuple[str, str], Verdict | None]


@dataclass(frozen=True, slots=True)
class Queued:
    """The pairs to be judged, the one whose answer would change most first; `is_cut` where there were more."""

    items: list[Item]
    is_cut: bool


def queued(store: Store, index: Index) -> Queued:
    """The queue of `resolve.review` as the last run made it, without what was judged since.

    Raises:
        StoreError: The store or the index cannot be used.
    """
    judged = {(one.a, one.b): one.now.verdict for one in judgements(store, standing=True)}
    path = queue_path(index.path)
    items = None if index.is_writing else _read(path, judged)
    if items is None:
        items = queue_of(index, judged, MOST + 1)
        if not index.is_writing:
            _write(path, items, judged)
    return Queued([item for item in items[:MOST] if (item.a, item.b) not in judged], len(items) > MOST)


def _read(path: Path, judged: Judged) -> list[Item] | None:
    """What was built; None where it was not, or where what was judged then does not stand any more as it did."""
    try:
        kept = orjson.loads(path.read_bytes())
        if {((a, b), verdict) for a, b, verdict in kept["judged"]} <= judged.items():
            return [_item(*values) for values in kept["items"]]
    except (OSError, ValueError, TypeError, KeyError):
        pass  # of another version of the program, cut off, or damaged
    return None


def _item(
    a: str,
    b: str,
    nature: Nature,
    why: Why,
    probability: float,
    nodes: list[int],
    registered: list[bool],
    gain: float,
    reasons: list[str],
) -> Item:
    x, y = nodes
    one, two = registered
    texts, counts = (a, b, *reasons), (x, y, one, two)
    if (
        nature not in get_args(Nature)
        or why not in get_args(Why)
        or not all(isinstance(text, str) for text in texts)
        or not all(isinstance(count, int) for count in counts)
        or not all(isinstance(number, float) for number in (probability, gain))
    ):
        raise ValueError("this is no item of a queue")
    return Item(a, b, nature, why, probability, (x, y), (one, two), gain, tuple(reasons))


def _write(path: Path, items: Iterable[Item], judged: Judged) -> None:
    """Leaves a queue for others, whole or not at all; where the folder cannot be written they build it themselves."""
    said = [(a, b, verdict) for (a, b), verdict in judged.items()]
    text = orjson.dumps({"judged": said, "items": [astuple(item) for item in items]})
    with suppress(OSError), NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        file.write(text)
        file.flush()
        Path(file.name).replace(path)
