from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.making.habits import Habits
from bench.making.market import make
from headwater.worlds import World, read_world
from queries.evaluation.losses import losses
from queries.evaluation.measures import Truth, by_evidence, by_kind, hits, measures, rank, ranks

SPEAKS = {"f:1#a": "maker", "f:2#a": "maker", "f:3#a": "trader", "f:4#a": "trader"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    make(folder, Habits(clues=60, backdrop=0, orders=2, unseen=0.3, authorised=0.4), 3)
    return folder


@pytest.fixture(scope="module")
def world(folder: Path) -> World:
    return read_world(folder)


@pytest.fixture(scope="module")
def answers(world: World) -> dict[str, dict[str, Any]]:
    """Answers of every sort: right and wrong, mixed of two parties, of records that are unknown, and none at all."""
    chance = random.Random(8)
    spoken = sorted(world.speaks)
    found = {}
    for no, known in world.truth.items():
        if chance.random() < 0.1:
            continue
        own = [one for one in spoken if world.speaks[one] in known.producers | known.sites]
        candidates = [
            {
                "role": chance.choice(("producer", "producer", "warehouse", "seller")),
                "score": round(chance.random(), 3),
                "records": chance.sample(own, min(len(own), chance.randrange(4)))
                + chance.sample(spoken, chance.randrange(3))
                + ["freight:none#consignor"] * chance.randrange(2),
            }
            for _ in range(chance.randrange(7))
        ]
        verdict = chance.choice(("suspected", "authorised", "unknown"))
        found[no] = {"clue_no": no, "verdict": verdict, "candidates": candidates}
    return found


def test_the_measures_are_those_that_the_markets_own_script_prints(
    folder: Path, world: World, answers: dict[str, dict[str, Any]], shared: Path, tmp_path: Path
) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in answers.values()), encoding="utf-8")
    script = [sys.executable, "-X", "utf8", str(shared / "worlds" / "score.py"), str(folder), str(path)]
    printed = json.loads(subprocess.run(script, check=True, capture_output=True, text=True).stdout)
    assert 0 < printed["producer_hits1"] < 1 and printed["missing"]
    assert measures(world.truth, answers, world.speaks) == printed


def test_more_than_half_of_what_a_candidate_names_must_be_true() -> None:
    assert rank({"maker"}, [{"records": ["f:1#a", "f:3#a"]}], SPEAKS) == 0
    assert rank({"maker"}, [{"records": ["f:1#a", "f:2#a", "f:3#a"]}], SPEAKS) == 1
    assert rank({"maker"}, [{"records": ["f:9#a"]}, {"records": ["f:1#a", "f:9#a"]}], SPEAKS) == 2


def test_a_record_counts_for_the_first_that_names_it() -> None:
    assert rank({"maker"}, [{"records": ["f:1#a", "f:3#a", "f:4#a"]}, {"records": ["f:1#a"]}], SPEAKS) == 0


def test_kinds_take_all_clues_apart_and_evidence_counts_a_clue_for_each(
    world: World, answers: dict[str, dict[str, Any]]
) -> None:
    places = ranks(world.truth, answers, world.speaks)
    kinds, evidence = by_kind(world.truth, places), by_evidence(world.truth, places)
    whole = hits([*places.values()])
    assert sum(one.clues for one in kinds.values()) == whole.clues < len(world.truth)
    assert sum(one.clues * one.mrr for one in kinds.values()) == pytest.approx(whole.clues * whole.mrr)
    assert sum(one.clues for one in evidence.values()) > whole.clues


def test_losses_tell_the_step_at_which_each_was_lost() -> None:
    truth = dict.fromkeys(
        ("order", "producer", "place", "clue", "found"),
        Truth("phone", False, ("freight",), frozenset({"maker"}), frozenset({"site"}), frozenset({"trader"})),
    )
    speaks = {**SPEAKS, "p:1#site": "site"}
    site = {"role": "warehouse", "score": 0.9, "records": ["p:1#site"]}
    wrong = {"role": "producer", "score": 0.8, "records": ["f:3#a"], "name": "other", "reasons": [{"code": "makes"}]}
    right = {"role": "producer", "score": 0.3, "records": ["f:1#a"], "reasons": [{"code": "shares"}]}
    answers: dict[str, dict[str, Any]] = {
        "order": {"candidates": [wrong, right, site]},
        "producer": {"candidates": [wrong, site]},
        "place": {"candidates": [wrong]},
        "clue": {"candidates": [], "reason": "unknown"},
        "found": {"candidates": [right, site]},
    }
    told = losses(truth, answers, speaks, ranks(truth, answers, speaks))
    assert {one.no: one.lost for one in told} == {no: no for no in truth if no != "found"}
    assert [one.instead_score - one.score for one in told] == sorted((0.8, 0.8, 0.5, 0.0), reverse=True)
    ordered = next(one for one in told if one.no == "order")
    assert (ordered.place, ordered.instead, ordered.reasons) == (2, "other", ("shares",))
    assert {one.no for one in told if one.instead_trades} == {"order", "producer", "place"}
