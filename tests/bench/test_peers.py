from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from bench.markets import Market
from bench.peers import DAMPING, Exact, PageRank, Value, answers, by_distance, by_rank


@pytest.fixture
def known() -> Exact:
    """A clue, two parties near it of which one is better connected, and one far away."""
    graph: nx.Graph[Value] = nx.Graph()
    links = ["clue-a", "a-near", "clue-b", "b-near", "clue-c", "c-poor", "poor-x", "x-far", "poor-y", "poor-z"]
    graph.add_edges_from((("n", a), ("n", b)) for a, b in (link.split("-") for link in links))
    return Exact(graph, {("n", name): [f"companies:{name}#party"] for name in ("near", "poor", "far")})


def test_ranks_are_those_of_the_walk_that_networkx_defines(known: Exact) -> None:
    start = ("n", "clue")
    matrix = nx.google_matrix(known.graph, DAMPING, personalization={start: 1})
    vector = np.ones(len(matrix)) / len(matrix)
    for _ in range(200):
        vector = np.asarray(vector @ matrix).ravel()
    assert np.abs(PageRank(known.graph).of(start) - vector).sum() < 1e-3


def test_ranks_are_those_of_a_walk_that_has_ended_on_a_large_graph_too() -> None:
    graph: nx.Graph[Value] = nx.Graph()
    nodes = [("n", str(number)) for number in range(20_000)]
    graph.add_edges_from(zip(nodes, nodes[1:], strict=False))
    ranks = PageRank(graph)
    rank = ranks.of(nodes[0])
    moved = DAMPING * np.bincount(ranks.target, rank[ranks.source] * ranks.share)
    moved[ranks.place[nodes[0]]] += 1 - DAMPING
    assert np.abs(rank - moved).sum() < 1e-3


def test_the_better_connected_party_ranks_first(known: Exact) -> None:
    best = by_rank(known, PageRank(known.graph), ("n", "clue"))
    assert [node[1] for node, _ in best] == ["near", "poor", "far"]


def test_the_nearer_party_comes_first(known: Exact) -> None:
    best = by_distance(known, ("n", "clue"))
    assert best[-1] == (("n", "far"), 0.25)
    assert {node[1] for node, _ in best[:2]} == {"near", "poor"}


def test_the_peers_rank_somebody_for_most_clues_of_a_market() -> None:
    market = Market(Path(__file__).resolve().parent.parent.parent / "examples" / "market")
    for lines in answers(market).values():
        assert len(lines) == len(market.asked())
        assert sum('"companies:' in line for line in lines) > len(lines) / 2
