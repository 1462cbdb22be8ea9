"""What commands tell of who is who."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from graph.changes import DERIVED
from graph.judgements import judge
from graph.model import Inference, Record, StatedLink, pair_key
from graph.opening import open_store

if TYPE_CHECKING:
    from tests.headwater.conftest import Run

MAKER, OTHER = "Company/91330304MA6QDUMH3D", "Company/91510107MA6JRBY76X"
BILL, PERSON = "Party/freight:FR002#consignor", "Party/companies:91330304MA6QDUMH3D#rep"
Tie = Callable[[str, str, float], None]


@pytest.fixture
def tie(loaded: Run, sqlite_store_url: str) -> Tie:
    """Links two nodes as a model does."""

    def made(a: str, b: str, probability: float) -> None:
        link = StatedLink("SAME_AS", a, b, inference=Inference("model 1", probability, ("trade=same",)))
        with open_store(sqlite_store_url) as store:
            record = Record(DERIVED, pair_key(a, b), "", 1, "d", {}, (), (link,))
            assert store.merge([record]).left_out == 0

    return made


def test_a_node_is_shown_with_what_is_one_party_with_it(loaded: Run, tie: Tie) -> None:
    assert "one party" not in loaded("show", MAKER).out
    tie(MAKER, BILL, 0.85)
    out = loaded("show", MAKER).out
    assert "one party at 0.70 (2 nodes)" in out
    assert "0.85" in out
    assert "trade=same" in out
    assert "视为同一主体，阈值 0.70（2 个节点）" in loaded("show", BILL, "--lang", "zh").out
    assert "one party" not in loaded("show", MAKER, "--same", "0.9").out


def test_programs_are_told_the_whole_cluster(loaded: Run, tie: Tie) -> None:
    tie(MAKER, BILL, 0.85)
    cluster = loaded("show", BILL, "--json").data["cluster"]
    assert cluster["members"] == [MAKER, BILL]
    assert cluster["weakest"] == [MAKER, BILL]
    assert [t["probability"] for t in cluster["ties"]] == [0.85]
    assert (cluster["threshold"], cluster["refused"], cluster["cut"], cluster["total"]) == (0.7, [], False, 2)
    assert loaded("show", BILL, "--same", "0.9", "--json").data["cluster"]["members"] == [BILL]


def test_the_weakest_link_is_told_and_what_was_judged(loaded: Run, tie: Tie, sqlite_store_url: str) -> None:
    tie(MAKER, BILL, 0.85)
    with open_store(sqlite_store_url) as store:
        judge(store, BILL, PERSON, "same", by="李娜", why="x")
    out = loaded("show", MAKER).out
    assert "judged" in out
    assert "weakest: 0.85" in out
    assert "最弱的一环：0.85" in loaded("show", MAKER, "--lang", "zh").out


def test_a_link_that_is_left_out_is_told_with_why(loaded: Run, tie: Tie, sqlite_store_url: str) -> None:
    tie(MAKER, BILL, 0.85)
    with open_store(sqlite_store_url) as store:
        judge(store, BILL, MAKER, "different", by="李娜", why="x")
    out = loaded("show", MAKER).out
    assert "a party by itself at 0.70" in out
    assert "they were judged not to be the same" in out
    assert "已判定为非同一主体" in loaded("show", MAKER, "--lang", "zh").out


@pytest.mark.parametrize("threshold", ["2", "-0.1", "nan", "x"])
def test_a_threshold_is_a_probability(loaded: Run, threshold: str) -> None:
    assert loaded("show", MAKER, "--same", threshold).code == 2


def test_a_search_tells_the_other_names_of_a_hit(loaded: Run, tie: Tie) -> None:
    assert "also called" not in loaded("search", "永飞").out
    tie(MAKER, BILL, 0.85)
    out = loaded("search", "永飞").out
    assert "also called" in out
    hits = {h["id"]: h["also"] for h in loaded("search", "永飞", "--json").data["hits"]}
    assert hits[MAKER] == ["永飞电池厂"]
    assert "温州市永飞电池实业有限公司" in hits[BILL]
