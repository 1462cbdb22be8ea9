from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from graph.errors import NotFound
from graph.store import Store
from queries.neighbourhood import expand

if TYPE_CHECKING:
    from tests.queries.conftest import Fill


def test_counts_are_of_all_links_whatever_is_listed(graph: Store, fill: Fill) -> None:
    fill({}, [("HAS_PHONE", f"Company/{i}", "Phone/1", f"2025-01-{i:02}") for i in range(1, 11)])
    found = expand(graph, ["Phone/1"], limit=3)
    assert found.counts == {"Phone/1": {("HAS_PHONE", "in"): 10}}
    assert [link.source for link in found.links] == ["Company/10", "Company/9", "Company/8"]
    assert [(cut.total, cut.kept) for cut in found.cut] == [(10, 3)]


def test_a_link_between_two_of_the_nodes_is_given_once(graph: Store, fill: Fill) -> None:
    fill({}, [("HAS_PHONE", "Company/A", "Phone/1")])
    found = expand(graph, ["Company/A", "Phone/1"])
    assert len(found.links) == 1
    assert set(found.nodes) == {"Company/A", "Phone/1"}


def test_every_end_of_a_link_comes_with_its_values(graph: Store, fill: Fill) -> None:
    fill({"Company/A": {"name": "永飞"}}, [("HAS_PHONE", "Company/A", "Phone/1")])
    assert expand(graph, ["Phone/1"]).nodes["Company/A"].get("name") == "永飞"


def test_nodes_that_are_not_there_are_left_out_unless_all_are(graph: Store, fill: Fill) -> None:
    fill({"Company/A": {}})
    assert set(expand(graph, ["Company/A", "Company/none"]).counts) == {"Company/A"}
    with pytest.raises(NotFound, match="Company/none"):
        expand(graph, ["Company/none"])
