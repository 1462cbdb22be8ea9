from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import networkx as nx
import numpy as np
import pytest

from bench.making.habits import Habits
from bench.making.market import make
from graph.opening import open_store
from graph.store import Store
from headwater.worlds import World, read_world
from ingest.loader import load
from queries.evaluation.peers import Peers, Places
from queries.trace import Clue


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    make(folder, Habits(clues=4, backdrop=0, orders=1, listings=1, idle=1), 4)
    return read_world(folder)


@pytest.fixture(scope="module")
def loaded(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("store") / "world.db"
    with open_store(f"sqlite:{path}", create=True) as store:
        load(store, [world.feeds])
        yield store


@pytest.fixture(scope="module")
def peers(loaded: Store) -> Peers:
    return Peers(loaded)


@pytest.fixture(scope="module")
def graph(peers: Peers) -> nx.Graph[int]:
    found: nx.Graph[int] = nx.Graph()
    found.add_nodes_from(range(len(peers.nodes)))
    found.add_edges_from(zip(peers.source.tolist(), peers.target.tolist(), strict=True))
    return found


@pytest.fixture
def start(peers: Peers) -> Places:
    return np.array([next(place for place, node in enumerate(peers.nodes) if node.startswith("Account/"))])


def test_the_nearest_is_that_of_the_shortest_path(peers: Peers, graph: nx.Graph[int], start: Places) -> None:
    far = nx.single_source_shortest_path_length(graph, int(start[0]))
    for members, near in zip(peers.members, peers.nearness(start), strict=True):
        nearest = min((far.get(place, 99) for place in members), default=99)
        assert near == (1 / (1 + nearest) if nearest <= 12 else 0)


def test_paths_are_counted_one_by_one_and_none_turns_back(peers: Peers, graph: nx.Graph[int], start: Places) -> None:
    weight = 0.4
    on = Counter({(int(start[0]), other): 1.0 for other in graph[int(start[0])]})
    total: Counter[int] = Counter()
    for _ in range(6):
        on = Counter({(a, b): n * (graph.degree[a] * graph.degree[b]) ** -weight for (a, b), n in on.items()})
        for (_, b), n in on.items():
            total[b] += n
        after: Counter[tuple[int, int]] = Counter()
        for (a, b), n in on.items():
            for other in graph[b]:
                if other != a:
                    after[b, other] += n
        on = after
    wanted = [sum(total[place] for place in members) for members in peers.members]
    assert max(wanted) > 0
    assert peers.paths(start, weight) == pytest.approx(wanted, rel=1e-9, abs=1e-12)


def test_ranks_are_those_of_networkx(peers: Peers, graph: nx.Graph[int], start: Places) -> None:
    rank = nx.pagerank(graph, 0.85, {int(start[0]): 1}, tol=1e-9)
    wanted = [sum(rank[place] for place in members) for members in peers.members]
    assert np.abs(peers.pagerank(start) - wanted).sum() < 1e-2


def test_no_candidate_is_registered_for_other_business_than_production(peers: Peers, loaded: Store) -> None:
    companies = loaded.get([peers.nodes[place] for members in peers.members for place in members])
    scopes = [str(node.get("scope")) for node in companies.values() if node.get("scope")]
    assert scopes and all(any(word in scope for word in ("生产", "制造", "加工")) for scope in scopes)


def test_every_method_answers_every_clue_that_is_known(peers: Peers, world: World) -> None:
    for clue in world.clues:
        given = peers.answers(clue)
        assert len(given) == 5
        assert all(one["candidates"] for name, one in given.items() if name != "most frequent vendor")
    nobody = peers.answers(Clue("19900000000", "phone", world.clues[0].right))
    assert {name for name, one in nobody.items() if one["candidates"]} <= {"most frequent vendor"}
