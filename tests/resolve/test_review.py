from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.judgements import Verdict, judge, judgements, unjudge
from graph.store import Store
from resolve.index import Index, forget_index, queue_path
from resolve.queued import queued
from resolve.review import LEAST, MOST, Item, queue_of
from tests.growth import MORE, growth
from tests.resolve.conftest import doubt, link

HUB = [f"Party/f:{n}#a" for n in range(14)]


def queue(store: Store, index: Index, limit: int = 100) -> list[Item]:
    """The queue as it is built anew."""
    return queue_of(index, {(one.a, one.b): one.now.verdict for one in judgements(store, standing=True)}, limit)


def pairs(store: Store, index: Index, limit: int = 100) -> list[tuple[str, str, str]]:
    return [(item.a, item.b, item.why) for item in queue(store, index, limit)]


def test_the_queue_is_of_the_uncertain_in_one_order(market_store: Store, index: Index) -> None:
    doubt(index, HUB)
    items = queue(market_store, index, 1000)
    assert items
    assert items == sorted(items, key=lambda item: (-item.gain, item.a, item.b))
    assert items == queue(market_store, index, 1000)
    assert queue(market_store, index, 3) == items[:3]
    for item in items:
        assert item.a < item.b and item.reasons
        assert item.why == "conflict" or LEAST <= item.probability <= MOST


def test_what_joins_more_comes_first(market_store: Store, index: Index) -> None:
    for n in range(3):
        link(index, HUB[n], HUB[n + 1], 0.99)
    link(index, HUB[0], HUB[5], 0.5)
    link(index, HUB[6], HUB[7], 0.5)
    assert pairs(market_store, index) == [
        (HUB[0], HUB[5], "uncertain"),
        (HUB[6], HUB[7], "uncertain"),
    ]


def test_what_leads_to_a_registered_firm_comes_before_what_does_not(market_store: Store, index: Index) -> None:
    link(index, HUB[1], HUB[2], 0.5)
    link(index, "Company/9", HUB[3], 0.5)
    assert [why[:2] for why in pairs(market_store, index)] == [("Company/9", HUB[3]), (HUB[1], HUB[2])]


def test_the_less_certain_comes_before_the_more_certain(market_store: Store, index: Index) -> None:
    link(index, HUB[1], HUB[2], 0.9)
    link(index, HUB[3], HUB[4], 0.5)
    assert [one[0] for one in pairs(market_store, index)] == [HUB[3], HUB[1]]


def test_a_link_that_would_make_one_of_two_registered_firms_is_a_conflict(market_store: Store, index: Index) -> None:
    link(index, "Company/1", HUB[0], 0.99)
    link(index, HUB[0], HUB[1], 0.98)
    link(index, "Company/2", HUB[1], 0.97)
    assert pairs(market_store, index) == [("Company/2", HUB[1], "conflict")]


def test_a_weak_link_between_many_is_told_as_such(market_store: Store, index: Index) -> None:
    for first in (0, 4):
        link(index, HUB[first], HUB[first + 1], 0.99)
    link(index, HUB[0], HUB[4], 0.75)
    assert pairs(market_store, index) == [(HUB[0], HUB[4], "weak")]


@pytest.mark.parametrize(("size", "told"), [(10, []), (12, ["big"])])
def test_a_big_cluster_without_a_registered_firm_is_told(
    market_store: Store, index: Index, size: int, told: list[str]
) -> None:
    for n in range(size - 1):
        link(index, HUB[n], HUB[n + 1], 0.99)
    assert [why for *_, why in pairs(market_store, index)] == told


def test_of_several_pairs_that_join_the_same_two_groups_one_is_asked(market_store: Store, index: Index) -> None:
    link(index, HUB[0], HUB[1], 0.99)
    link(index, HUB[2], HUB[3], 0.99)
    for a, b in ((0, 2), (1, 3), (0, 3)):
        link(index, HUB[a], HUB[b], 0.4)
    assert pairs(market_store, index) == [(HUB[0], HUB[2], "uncertain")]


@pytest.mark.parametrize("verdict", ["same", "different", "unsure"])
def test_what_was_judged_is_not_asked_again(market_store: Store, index: Index, verdict: Verdict) -> None:
    doubt(index, sorted(node.id for node in market_store.nodes(["Party"]))[:8])
    first = queue(market_store, index)[0]
    judge(market_store, first.a, first.b, verdict, by="li", why="seen")
    assert all((item.a, item.b) != (first.a, first.b) for item in queue(market_store, index, 1000))


def test_two_that_were_judged_different_never_meet_through_third_ones(market_store: Store, index: Index) -> None:
    a, b, c = sorted(node.id for node in market_store.nodes(["Party"]))[:3]
    judge(market_store, a, c, "different", by="li", why="two firms")
    link(index, a, b, 0.99)
    link(index, b, c, 0.97)
    assert pairs(market_store, index) == [(b, c, "conflict")]


@pytest.fixture
def read_again(market_store: Store, index: Index) -> Iterator[Index]:
    """The index of some pairs that are uncertain, open to be read."""
    doubt(index, sorted(node.id for node in market_store.nodes(["Party"]))[:20])
    index.close()
    with Index(index.path, read_only=True) as reading:
        yield reading


def test_a_queue_that_was_built_is_read_by_others_in_the_same_order(market_store: Store, read_again: Index) -> None:
    built = queued(market_store, read_again)
    assert built.items == queue(market_store, read_again) and not built.is_cut
    file = queue_path(read_again.path)
    assert file.stat().st_mode & 0o077 == 0
    assert queued(market_store, read_again) == built


def test_a_queue_is_built_once_however_many_links_there_are(market_store: Store, tmp_path: Path) -> None:
    open_to_read = {}
    for size in (2_000, 2_000 * MORE):
        with Index(tmp_path / f"of {size}") as index:
            doubt(index, sorted(node.id for node in market_store.nodes(["Party"]))[:20])
            index.db.execute(
                "INSERT INTO kept.link SELECT 'Party/z:' || n || '#a', 'Party/z:' || n || '#b', 'company', 0.99, 0, "
                "['trade=same'], 0, '' FROM range(?) AS t(n)",
                [size],
            )
        open_to_read[size] = Index(tmp_path / f"of {size}", read_only=True)
        assert len(queued(market_store, open_to_read[size]).items) == 10
    assert growth(lambda size: queued(market_store, open_to_read[size]), 2_000) < 4
    for index in open_to_read.values():
        index.close()


def test_a_judgement_leaves_the_queue_at_once_and_comes_back_when_taken_back(
    market_store: Store, read_again: Index
) -> None:
    first, *rest = queued(market_store, read_again).items
    judge(market_store, first.a, first.b, "different", by="li", why="seen")
    assert queued(market_store, read_again).items == rest
    queue_path(read_again.path).unlink()
    assert queued(market_store, read_again).items == rest
    unjudge(market_store, first.a, first.b, by="li", why="not seen")
    assert queued(market_store, read_again).items == [first, *rest]


def test_a_judgement_that_became_another_builds_the_queue_anew(market_store: Store, index: Index) -> None:
    a, b, c = sorted(node.id for node in market_store.nodes(["Party"]))[:3]
    for pair, probability in (((a, b), 0.99), ((b, c), 0.98)):
        link(index, *pair, probability)
    judge(market_store, a, c, "different", by="li", why="seen")
    index.close()
    with Index(index.path, read_only=True) as reading:
        assert [(item.a, item.b, item.why) for item in queued(market_store, reading).items] == [(b, c, "conflict")]
        judge(market_store, a, c, "same", by="wu", why="seen better")
        assert not queued(market_store, reading).items


def test_a_queue_is_cut_only_where_there_are_more(
    market_store: Store, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubt(index, HUB)
    whole = queued(market_store, index)
    for most, is_cut in ((len(whole.items), False), (len(whole.items) - 1, True)):
        monkeypatch.setattr("resolve.queued.MOST", most)
        found = queued(market_store, index)
        assert (found.items, found.is_cut) == (whole.items[:most], is_cut)


ITEM = ["Party/x:1#a", "Party/x:2#a", "company", "uncertain", 0.5, [1, 2], [True, False], 1.0, ["trade=same"]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"judged": [], "items": [[1]]}',
        "[]",
        *(
            json.dumps({"judged": [], "items": [[*ITEM[:place], value, *ITEM[place + 1 :]]]})
            for place, value in ((0, 1), (2, "ship"), (3, "because"), (4, "0.5"), (5, ["1", 2]), (7, None), (8, [1]))
        ),
    ],
)
def test_a_queue_of_another_version_or_damaged_is_built_anew(market_store: Store, read_again: Index, text: str) -> None:
    wanted = queued(market_store, read_again)
    queue_path(read_again.path).write_text(text)
    assert queued(market_store, read_again) == wanted


def test_whoever_writes_an_index_or_forgets_it_removes_its_queue(market_store: Store, read_again: Index) -> None:
    queued(market_store, read_again)
    path = read_again.path
    read_again.close()
    with Index(path) as index:
        assert not queue_path(path).exists()
        queued(market_store, index)
        assert not queue_path(path).exists()
    with Index(path, read_only=True) as index:
        queued(market_store, index)
    forget_index(path)
    assert not list(path.iterdir())
