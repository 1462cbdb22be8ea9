from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from bench.making.habits import Habits
from bench.making.market import make
from headwater.commands import evaluating as words
from queries.evaluation.losses import Lost

if TYPE_CHECKING:
    from tests.headwater.conftest import Run


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    make(folder, Habits(clues=8, backdrop=0, orders=2, idle=1), 4)
    return folder


def test_a_market_is_loaded_traced_and_measured_beside_the_peers(headwater: Run, world: Path) -> None:
    found = headwater("evaluate", world, "--json").data
    assert found["measures"]["clues"] == 8 and found["measures"]["missing"] == 0
    assert found["measures"]["producer_mrr"] > found["peers"]["most frequent vendor"]["mrr"]
    assert found["peers"].keys() > {"shortest path", "personalised PageRank"}
    evident = sum(kind["clues"] for kind in found["by_kind"].values())
    assert 0 < evident <= 8 and found["lost"] == round(evident * (1 - found["measures"]["producer_hits1"]))


def test_a_store_that_holds_the_feeds_is_asked_as_it_is(headwater: Run, world: Path, sqlite_store_url: str) -> None:
    headwater("load", world / "feeds")
    told = headwater("evaluate", world, "--store", sqlite_store_url, "--no-peers")
    assert "8 clues" in told.out and "producer first" in told.out and "personalised PageRank" not in told.out


def test_clues_that_the_store_does_not_know_are_lost_as_clues(
    headwater: Run, world: Path, sqlite_store_url: str
) -> None:
    headwater("load", world / "feeds" / "rights.csv")
    found = headwater("evaluate", world, "--store", sqlite_store_url, "--no-peers", "--json").data
    assert found["measures"]["producer_hits5"] == 0
    assert {one["lost"] for one in found["worst"]} == {"clue"}


def test_a_folder_without_truth_is_refused(headwater: Run, tmp_path: Path) -> None:
    refused = headwater("evaluate", tmp_path)
    assert refused.code != 0 and "no market with planted truth" in refused.err


def test_every_step_at_which_a_clue_is_lost_has_words() -> None:
    assert set(words._LOST) == set(get_args(Lost))
