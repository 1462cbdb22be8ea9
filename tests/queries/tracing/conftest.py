"""A small market that tests change in one thing: a shop sells shoes that a maker consigned to its warehouse.

`market/` holds the rows that are loaded unless a test replaces their feed, `others/` those that it may ask for.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from graph.store import Store
from ingest.loader import load
from queries.trace import Candidate, Trace
from queries.trace import Path as Way

Rows = Sequence[Mapping[str, str]]
HERE = Path(__file__).parent


def given(feed: str) -> list[dict[str, str]]:
    """The rows of a feed as they stand in a file."""
    path = next(path for path in HERE.glob("*/*.csv") if path.stem == feed)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def market(graph: Store, tmp_path: Path) -> Callable[..., Store]:
    """Loads the market with feeds replaced: `market(freight=[{"goods": "手表"}])`.

    What a row leaves out is as in the first row of that feed's file.
    """

    def loaded(**feeds: Rows) -> Store:
        folder = tmp_path / "feeds"
        folder.mkdir(exist_ok=True)
        rows: dict[str, Rows] = {path.stem: given(path.stem) for path in HERE.glob("market/*.csv")} | feeds
        for feed, changed in rows.items():
            usual = given(feed)[0]
            if changed:
                with (folder / f"{feed}.csv").open("w", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(file, list(usual | dict.fromkeys(c for row in changed for c in row)))
                    writer.writeheader()
                    writer.writerows({**usual, **row} for row in changed)
        assert load(graph, [folder]).total("set_aside") == 0
        return graph

    return loaded


@pytest.fixture
def sold(graph: Store, tmp_path: Path) -> Callable[..., None]:
    """Loads e-label events: a label sold on days with waybills, `sold(label, ("2025-06-11", "SF1"), …)`."""

    def loaded(label: str, *sales: tuple[str, str]) -> None:
        events = [
            {
                "type": "ObjectEvent",
                "eventTime": f"{day}T12:00:00+08:00",
                "eventTimeZoneOffset": "+08:00",
                "epcList": [label],
                "action": "OBSERVE",
                "bizStep": "retail_selling",
                "bizTransactionList": [{"type": "desadv", "bizTransaction": f"urn:headwater:waybill:{waybill}"}],
            }
            for day, waybill in sales
        ]
        document = {"type": "EPCISDocument", "schemaVersion": "2.0", "epcisBody": {"eventList": events}}
        path = tmp_path / "labels.jsonld"
        path.write_text(json.dumps(document), encoding="utf-8")
        assert load(graph, [path]).total("set_aside") == 0

    return loaded


@pytest.fixture
def check() -> Callable[[Store, Trace], None]:
    """Checks what holds of every answer."""
    return _check


def _check(store: Store, found: Trace) -> None:
    assert all(a.probability >= b.probability for a, b in pairwise(found.candidates))
    for one in found.candidates:
        assert 0 <= one.probability <= 1
        assert one.node in one.nodes
        assert len(one.paths) <= 5
        assert len(one.records) <= 20
        said = store.statements(one.nodes, 10_000)
        assert set(one.records) <= {f"{s.record}#{s.field}" for some in said.values() for s in some}
        assert one.paths, f"no way to the {one.role} {one.name} is told"
        for path in one.paths:
            _check_path(store, found, one, path)


def _check_path(store: Store, found: Trace, one: Candidate, path: Way) -> None:
    assert 0 < path.probability <= 1
    if not path.steps:  # the clue names the candidate itself
        assert set(one.nodes) & set(found.start)
        return
    assert path.steps[0].source in found.start
    assert path.steps[-1].target in one.nodes
    assert all(a.target == b.source for a, b in pairwise(path.steps))
    for step in path.steps:
        around = store.expand([step.source], [step.link.kind], "both", limit=10_000).links[step.source]
        assert step.link in around
        assert {step.source, step.target} == {step.link.source, step.link.target}
        assert 0 < step.factor <= 1
        assert step.inferred == (step.link.inference is not None)
    moved: dict[str, str] = {}
    for step in path.steps:
        if step.link.kind.startswith(("CONSIGNED_", "DELIVERED_", "DISPATCHED_", "SENT_")):
            moved.setdefault(step.link.source, step.link.start or "")
    if not path.late:
        assert all(nearer >= further for nearer, further in pairwise(day for day in moved.values() if day))
