"""A small graph with a plan that tests know: parties, consignments and what they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count

import pytest

from graph.model import Inference, Mention, Record, Scalar, StatedLink
from graph.opening import open_store
from graph.store import Store

Fill = Callable[..., None]


@pytest.fixture
def graph(sqlite_store_url: str) -> Iterator[Store]:
    """An embedded store to be filled by `fill`."""
    with open_store(sqlite_store_url) as store:
        yield store


@pytest.fixture
def fill(graph: Store) -> Fill:
    """States nodes with their values, and links as (kind, source, target[, start[, end]])."""
    numbers = count(1)

    def state(
        nodes: Mapping[str, Mapping[str, Scalar]],
        links: Sequence[tuple[str, ...]] = (),
        inferred: Mapping[tuple[str, str, str], float] | None = None,
    ) -> None:
        ends: dict[str, Mapping[str, Scalar]] = {end: {} for link in links for end in link[1:3]}
        mentions = tuple(Mention(node, f"f{n}", values) for n, (node, values) in enumerate({**ends, **nodes}.items()))
        why = {link: Inference("test:1", p) for link, p in (inferred or {}).items()}
        stated = tuple(
            StatedLink(
                link[0],
                link[1],
                link[2],
                link[3] if len(link) > 3 else None,
                link[4] if len(link) > 4 else None,
                inference=why.get((link[0], link[1], link[2])),
            )
            for link in links
        )
        number = next(numbers)
        graph.merge([Record("test", str(number), "test.csv", number, f"d{number}", {}, mentions, stated)])

    return state
