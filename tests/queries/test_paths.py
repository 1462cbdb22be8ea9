from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import NotFound, SettingError
from graph.model import Mention, Record, StatedLink
from graph.opening import open_store
from graph.store import Store
from queries.paths import MOST_HOPS, Paths, paths

if TYPE_CHECKING:
    from tests.queries.conftest import Fill

A, B, C = "Company/A", "Company/B", "Company/C"


def check(store: Store, found: Paths, source: str, target: str, hops: int) -> None:
    """Every path is there, is simple, and leads from one node to the other."""
    assert list(found.paths) == sorted(found.paths, key=lambda path: path.cost)
    assert len({path.nodes for path in found.paths}) == len(found.paths)
    for path in found.paths:
        assert (path.nodes[0], path.nodes[-1]) == (source, target)
        assert len(set(path.nodes)) == len(path.nodes)
        assert len(path.links) == len(path.nodes) - 1 <= hops
        for (here, there), link in zip(pairwise(path.nodes), path.links, strict=True):
            assert {link.source, link.target} == {here, there}
            assert link in store.expand([here], limit=1000).links[here]


def test_two_companies_with_a_phone_in_common_are_joined_by_it(graph: Store, fill: Fill) -> None:
    fill({}, [("HAS_PHONE", A, "Phone/1"), ("HAS_PHONE", B, "Phone/1")])
    found = paths(graph, A, B)
    check(graph, found, A, B, 10)
    assert [path.nodes for path in found.paths] == [(A, "Phone/1", B)]


@pytest.mark.parametrize("kind", ["DIFFERENT_FROM", "MAYBE_SAME_AS"])
def test_what_is_judged_different_or_unsure_is_no_way_unless_asked_for(graph: Store, fill: Fill, kind: str) -> None:
    fill({}, [(kind, A, B)])
    assert not paths(graph, A, B).paths
    assert [path.nodes for path in paths(graph, A, B, kinds=[kind]).paths] == [(A, B)]


def test_a_way_through_a_rare_node_comes_before_one_through_a_hub(graph: Store, fill: Fill) -> None:
    others = [("HAS_PHONE", f"Company/X{i}", "Phone/hub") for i in range(200)]
    fill({}, [*others, ("HAS_PHONE", A, "Phone/hub"), ("HAS_PHONE", B, "Phone/hub")])
    fill({}, [("LOCATED_AT", A, "Address/a"), ("LOCATED_AT", B, "Address/a")])
    found = paths(graph, A, B)
    check(graph, found, A, B, 10)
    assert [path.nodes[1] for path in found.paths][:2] == ["Address/a", "Phone/hub"]


def test_a_way_around_a_hub_may_be_longer(graph: Store, fill: Fill) -> None:
    fill({}, [("HAS_PHONE", f"Company/X{i}", "Phone/hub") for i in range(2000)])
    fill({}, [("HAS_PHONE", A, "Phone/hub", "2025-01-01"), ("HAS_PHONE", B, "Phone/hub", "2025-01-01")])
    fill({}, [("REPRESENTED_BY", A, "Person/p"), ("HAS_SHAREHOLDER", C, "Person/p"), ("HAS_SHAREHOLDER", C, B)])
    found = paths(graph, A, B)
    check(graph, found, A, B, 10)
    assert found.paths[0].nodes == (A, "Person/p", C, B)


def test_an_inferred_link_costs_more_than_an_observed_one(graph: Store, fill: Fill) -> None:
    doubted = ("HAS_PHONE", A, "Phone/1")
    fill({}, [doubted, ("HAS_PHONE", B, "Phone/1")], {doubted: 0.3})
    fill({}, [("LOCATED_AT", A, "Address/a"), ("LOCATED_AT", B, "Address/a")])
    assert [path.nodes[1] for path in paths(graph, A, B).paths] == ["Address/a", "Phone/1"]


def test_no_path_is_longer_than_asked(graph: Store, fill: Fill) -> None:
    chain = [f"Company/{i}" for i in range(9)]
    fill({}, [("HAS_SHAREHOLDER", a, b) for a, b in pairwise(chain)])
    assert paths(graph, chain[0], chain[8], hops=7).paths == ()
    found = paths(graph, chain[0], chain[8], hops=8)
    check(graph, found, chain[0], chain[8], 8)
    assert len(found.paths) == 1


def test_only_links_of_the_kinds_and_days_asked_for_are_walked(graph: Store, fill: Fill) -> None:
    fill({}, [("HAS_PHONE", A, "Phone/1"), ("HAS_PHONE", B, "Phone/1")])
    fill({}, [("CONSIGNED_BY", "Consignment/1", A, "2025-01-01"), ("CONSIGNED_TO", "Consignment/1", B, "2025-01-01")])
    assert [p.nodes[1] for p in paths(graph, A, B, kinds=["HAS_PHONE"]).paths] == ["Phone/1"]
    assert [p.nodes[1] for p in paths(graph, A, B, start="2025-06-01").paths] == ["Phone/1"]
    assert len(paths(graph, A, B, end="2025-06-01").paths) == 2


def test_what_was_cut_is_told(graph: Store, fill: Fill) -> None:
    fill({}, [("HAS_PHONE", f"Company/X{i}", "Phone/hub") for i in range(20)])
    fill({}, [("HAS_PHONE", A, "Phone/hub"), ("HAS_PHONE", B, "Phone/2")])
    (cut,) = paths(graph, A, B, fanout=5).cut
    assert (cut.node, cut.total, cut.kept) == ("Phone/hub", 21, 5)


def test_a_node_is_joined_to_itself_by_nothing(graph: Store, fill: Fill) -> None:
    fill({A: {}})
    (path,) = paths(graph, A, A).paths
    assert (path.nodes, path.links) == ((A,), ())


def test_an_unknown_node_is_named(graph: Store, fill: Fill) -> None:
    fill({A: {}})
    with pytest.raises(NotFound, match="Company/none"):
        paths(graph, A, "Company/none")


@pytest.mark.parametrize("hops", [0, MOST_HOPS + 1])
def test_a_path_of_no_or_endless_steps_is_refused(graph: Store, fill: Fill, hops: int) -> None:
    fill({A: {}})
    with pytest.raises(SettingError):
        paths(graph, A, A, hops=hops)


@settings(max_examples=40)
@given(st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30), st.integers(1, 6))
def test_paths_in_any_graph_are_real_and_the_shortest_is_found(
    tmp_path_factory: pytest.TempPathFactory, edges: set[tuple[int, int]], hops: int
) -> None:
    nodes = [f"Company/{i}" for i in range(10)]
    links = tuple(StatedLink("HAS_SHAREHOLDER", nodes[a], nodes[b]) for a, b in sorted(edges) if a != b)
    with open_store(f"sqlite:{tmp_path_factory.mktemp('g') / 's.db'}") as store:
        store.merge([Record("t", "1", "f", 1, "d", {}, tuple(Mention(n, n) for n in nodes), links)])
        found = paths(store, nodes[0], nodes[1], hops=hops)
        check(store, found, nodes[0], nodes[1], hops)
        away, front, seen = 0, {nodes[0]}, {nodes[0]}
        while front and nodes[1] not in front:
            away += 1
            front = {e for k in links for n, e in ((k.source, k.target), (k.target, k.source)) if n in front} - seen
            seen |= front
        assert bool(found.paths) == (bool(front) and away <= hops)
