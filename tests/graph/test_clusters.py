from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import combinations
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.changes import DERIVED, JUDGED
from graph.clusters import Cluster, clusters
from graph.judgements import Verdict, judge, unjudge
from graph.model import Inference, Mention, Record, StatedLink, kind_of, pair_key
from graph.opening import open_store
from graph.store import Store

YONGFEI, FEIDA = "Company/91330304MA6QDUMH3D", "Company/91110000600037341L"
A, B, C, D, E = (f"Party/freight:{n}#consignor" for n in "ABCDE")
Link = tuple[str, str, float]


def stand(store: Store, nodes: Sequence[str]) -> None:
    store.merge([Record("x", node, "x.csv", n, "d", {}, (Mention(node, "p"),)) for n, node in enumerate(nodes)])


def tie(store: Store, *links: Link) -> None:
    """Makes nodes and links of identity, as a model does."""
    stand(store, sorted({node for a, b, _ in links for node in (a, b)}))
    store.merge(
        [
            Record(
                DERIVED,
                pair_key(a, b),
                "",
                1,
                "d",
                {},
                (),
                (StatedLink("SAME_AS", a, b, inference=Inference("model 1", p)),),
            )
            for a, b, p in links
        ]
    )


def say(store: Store, a: str, b: str, verdict: Verdict) -> None:
    judge(store, a, b, verdict, by="李娜", why="x", at="2025-08-16T10:00:00+00:00")


def one(store: Store, node: str, threshold: float = 0.7) -> Cluster:
    """The cluster of a node, which must be the same whichever of its members is asked, alone or with others."""
    found = clusters(store, [node], threshold)[node]
    for member in found.members:
        assert clusters(store, [member], threshold)[member] == found
    assert clusters(store, found.members, threshold) == dict.fromkeys(found.members, found)
    return found


def test_what_is_tied_above_the_threshold_is_one(store: Store) -> None:
    tie(store, (YONGFEI, A, 0.99), (A, B, 0.8), (B, C, 0.6))
    found = one(store, B)
    assert found.members == (YONGFEI, A, B)
    assert [(t.a, t.b, t.probability) for t in found.ties] == [(YONGFEI, A, 0.99), (A, B, 0.8)]
    assert found.weakest == found.ties[-1]
    assert (found.refused, found.cut, found.total) == ((), False, 3)
    assert one(store, C).members == (C,)
    assert one(store, C, 0.5).members == (YONGFEI, A, B, C)


def test_a_node_without_ties_is_one_by_itself_and_so_is_one_that_is_not_there(store: Store) -> None:
    stand(store, [A, "Phone/1"])
    assert clusters(store, [A, B, "Phone/1"]) == {n: Cluster((n,)) for n in (A, B, "Phone/1")}
    assert one(store, A).weakest is None


def test_the_tree_holds_the_surest_ties(store: Store) -> None:
    tie(store, (A, B, 0.9), (B, C, 0.8), (A, C, 0.95))
    assert [(t.a, t.b) for t in one(store, A).ties] == [(A, C), (A, B)]


def test_two_companies_are_never_one_through_a_mention(store: Store) -> None:
    tie(store, (YONGFEI, A, 0.9), (FEIDA, A, 0.8))
    assert one(store, A).members == (YONGFEI, A)
    assert one(store, FEIDA).members == (FEIDA,)
    for node in (A, FEIDA):
        (refused,) = one(store, node).refused
        assert (refused.why, refused.between) == ("numbers", (FEIDA, YONGFEI))
        assert (refused.tie.a, refused.tie.b) == (FEIDA, A)


def test_a_company_and_a_person_bear_numbers_of_two_sorts(store: Store) -> None:
    tie(store, ("Person/1", A, 0.9), (YONGFEI, A, 0.8), ("Person/2", A, 0.75))
    assert one(store, A).members == (YONGFEI, "Person/1", A)
    assert [r.between for r in one(store, A).refused] == [("Person/1", "Person/2")]


def test_what_was_judged_different_never_meets_even_through_others(store: Store) -> None:
    tie(store, (A, B, 0.99), (B, C, 0.98), (C, D, 0.97))
    say(store, A, D, "different")
    assert one(store, A).members == (A, B, C)
    (refused,) = one(store, D).refused
    assert (refused.why, refused.between, refused.tie.a, refused.tie.b) == ("different", (A, D), C, D)
    unjudge(store, A, D, by="李娜", why="x")
    assert one(store, A).members == (A, B, C, D)


def test_what_was_judged_the_same_joins_at_any_threshold_and_before_all_else(store: Store) -> None:
    tie(store, (YONGFEI, A, 0.999), (FEIDA, A, 0.1))
    say(store, FEIDA, A, "same")
    assert one(store, A, 1.0).members == (FEIDA, A)
    assert one(store, YONGFEI).members == (YONGFEI,)


def test_what_is_unsure_is_not_joined_by_the_model_alone(store: Store) -> None:
    tie(store, (A, B, 0.9))
    say(store, A, B, "unsure")
    assert one(store, A).members == (A,)
    assert [r.why for r in one(store, A).refused] == ["unsure"]
    tie(store, (A, C, 0.9), (B, C, 0.9))
    assert one(store, A).members == (A, B, C)


def test_two_numbers_that_were_judged_the_same_are_one_and_no_third(store: Store) -> None:
    third = "Company/91330100799655058B"
    tie(store, (YONGFEI, A, 0.9), (FEIDA, B, 0.9), (third, B, 0.8))
    say(store, YONGFEI, FEIDA, "same")
    assert one(store, A).members == (FEIDA, YONGFEI, A, B)
    assert one(store, third).members == (third,)


def test_of_contradictory_judgements_the_first_in_the_fixed_order_holds(store: Store) -> None:
    tie(store, (A, B, 0.5), (B, C, 0.5))
    for pair in ((A, B), (B, C)):
        say(store, pair[0], pair[1], "same")
    say(store, A, C, "different")
    assert sorted(len(one(store, n).members) for n in (A, B, C)) == [1, 2, 2]
    assert [r.why for r in one(store, B).refused] == ["different"]


def test_no_order_of_loading_shows(store: Store) -> None:
    links = [(YONGFEI, A, 0.9), (FEIDA, A, 0.9), (A, B, 0.9), (B, C, 0.9), (FEIDA, C, 0.9)]
    found = []
    for order in (links, links[::-1], links[2:] + links[:2]):
        store.wipe()
        for link in order:
            tie(store, link)
        found.append({n: [(t.a, t.b) for t in c.ties] for n, c in clusters(store, [YONGFEI, FEIDA, A, B, C]).items()})
    assert found[0] == found[1] == found[2]


class Counting:
    """A store that counts how often it is asked for links."""

    def __init__(self, store: Store) -> None:
        self.store, self.calls = store, 0

    def expand(self, *given: object, **more: object) -> object:
        self.calls += 1
        return self.store.expand(*given, **more)  # type: ignore[arg-type]


def calls(store: Store, ids: Sequence[str]) -> int:
    counting = Counting(store)
    clusters(counting, ids)  # type: ignore[arg-type]
    return counting.calls


def test_the_store_is_asked_once_a_step_however_many_ask(store: Store) -> None:
    names = [[f"Party/freight:{row}-{n}#p" for n in range(5)] for row in range(20)]
    tie(store, *[(row[n], row[n + 1], 0.9) for row in names for n in range(4)])
    assert calls(store, [names[0][0]]) == calls(store, [row[0] for row in names]) == 5
    assert calls(store, [n for row in names for n in row]) == 1


def test_what_is_too_large_is_cut_and_told(store: Store) -> None:
    tie(store, *[(YONGFEI, f"Party/freight:{n}#p", 0.9) for n in range(30)])
    found = clusters(store, [YONGFEI], most=10)[YONGFEI]
    assert found.cut
    assert len(found.members) == found.total == 10
    assert len(one(store, YONGFEI).members) == 31


def test_a_node_with_more_links_than_are_looked_at_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.ties.LINKS", 5)
    tie(store, *[(YONGFEI, f"Party/freight:{n}#p", 0.9) for n in range(8)])
    found = clusters(store, [YONGFEI])[YONGFEI]
    assert found.cut
    assert len(found.members) == 6


NODES = [YONGFEI, FEIDA, "Person/1", A, B, C, D]
PAIRS = sorted((min(p), max(p)) for p in combinations(NODES, 2))
graphs = st.dictionaries(st.sampled_from(PAIRS), st.sampled_from([0.3, 0.7, 0.8, 0.9]), max_size=12)
verdicts = st.dictionaries(st.sampled_from(PAIRS), st.sampled_from(["same", "different", "unsure"]), max_size=4)


@settings(max_examples=40)
@given(graphs, verdicts)
def test_clusters_part_the_nodes_and_keep_apart_what_must_be(
    found: dict[tuple[str, str], float], judged: dict[tuple[str, str], Verdict]
) -> None:
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        store = stack.enter_context(open_store(f"sqlite:{folder}/s.db"))
        stand(store, NODES)
        tie(store, *[(a, b, p) for (a, b), p in found.items()])
        for (a, b), verdict in judged.items():
            say(store, a, b, verdict)
        every = clusters(store, NODES)
        for node in NODES:
            mine = one(store, node)
            assert mine == every[node]
            assert node in mine.members
            assert len(mine.ties) == len(mine.members) - 1
            assert {n for t in mine.ties for n in (t.a, t.b)} <= set(mine.members)
            for a, b in combinations(sorted(mine.members), 2):
                assert judged.get((a, b)) != "different"
                if kind_of(a) == kind_of(b) == "Person":
                    raise AssertionError("two persons are one")
            companies = [n for n in mine.members if kind_of(n) == "Company"]
            assert len(companies) < 2 or judged.get((FEIDA, YONGFEI)) == "same"
            for t in mine.ties:
                assert t.probability >= 0.7
                assert t.is_judged == any(r.startswith(f"{JUDGED}:") for r in t.link.records)
