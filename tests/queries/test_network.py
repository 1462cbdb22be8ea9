from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from graph.errors import NotFound, SettingError
from graph.store import Store
from queries.network import MOST, network

if TYPE_CHECKING:
    from tests.queries.conftest import Fill

LEFT = [f"Company/L{i}" for i in range(4)]
RIGHT = [f"Company/R{i}" for i in range(4)]


def full(nodes: list[str]) -> list[tuple[str, ...]]:
    return [("HAS_SHAREHOLDER", a, b) for a in nodes for b in nodes if a < b]


@pytest.fixture
def barbell(graph: Store, fill: Fill) -> Store:
    """Two closely joined groups, one link between them, and a leaf."""
    bridge = ("REPRESENTED_BY", LEFT[0], RIGHT[0])
    fill({}, [*full(LEFT), *full(RIGHT), bridge, ("HAS_PHONE", LEFT[3], "Phone/1")])
    return graph


def test_the_link_between_two_groups_is_the_bridge(barbell: Store) -> None:
    found = network(barbell, [*LEFT, *RIGHT, "Phone/1"])
    assert [(k.source, k.target) for k in found.bridges] == [(LEFT[0], RIGHT[0])]


def test_two_links_between_two_groups_are_no_bridge(barbell: Store, fill: Fill) -> None:
    fill({}, [("HAS_SHAREHOLDER", RIGHT[0], LEFT[0])])
    assert network(barbell, [*LEFT, *RIGHT]).bridges == ()


def test_the_ends_of_the_bridge_are_the_most_central(barbell: Store) -> None:
    central = network(barbell, [*LEFT, *RIGHT]).central
    assert {node for node, _ in central[:2]} == {LEFT[0], RIGHT[0]}
    assert all(0 < score <= 1 for _, score in central)


def test_the_groups_are_the_communities(barbell: Store) -> None:
    assert set(network(barbell, [*LEFT, *RIGHT]).communities) == {tuple(LEFT), tuple(RIGHT)}


def test_only_links_among_the_chosen_are_seen(barbell: Store) -> None:
    found = network(barbell, LEFT)
    assert set(found.nodes) == set(LEFT)
    assert {(k.source, k.target) for k in found.links} == {(a, b) for _, a, b in full(LEFT)}


def test_what_lies_around_may_be_drawn_in(barbell: Store) -> None:
    assert set(network(barbell, [LEFT[3]], hops=1).nodes) == {*LEFT, "Phone/1"}
    assert set(network(barbell, [LEFT[3]], hops=2).nodes) == {*LEFT, "Phone/1", RIGHT[0]}


def test_the_same_question_has_the_same_answer(barbell: Store) -> None:
    assert network(barbell, [*LEFT, *RIGHT]) == network(barbell, [*reversed(RIGHT), *LEFT])


def test_what_was_cut_is_told(graph: Store, fill: Fill) -> None:
    fill({}, [("HAS_PHONE", f"Company/X{i}", "Phone/hub") for i in range(20)])
    (cut,) = network(graph, ["Phone/hub"], hops=1, fanout=5).cut
    assert (cut.node, cut.total, cut.kept) == ("Phone/hub", 20, 5)


def test_unknown_nodes_are_told(graph: Store) -> None:
    with pytest.raises(NotFound):
        network(graph, ["Company/none"])


def test_too_many_nodes_are_refused(graph: Store, fill: Fill) -> None:
    fill({f"Company/{i}": {} for i in range(MOST + 1)})
    with pytest.raises(SettingError, match="3,000"):
        network(graph, [f"Company/{i}" for i in range(MOST + 1)])
