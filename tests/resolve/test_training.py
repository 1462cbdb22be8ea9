from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import yaml

from graph.errors import SettingError, UnreadableFile
from graph.judgements import judge
from graph.model import chunks
from graph.store import Store
from resolve.index import Index
from resolve.run import read, resolve
from resolve.training import calibration, calibration_error, fitted, probability, train
from resolve.weights import load, save, standing
from tests.resolve.conftest import links_of, market, records_of
from tests.resolve.conftest import load as load_feeds


def test_training_learns_the_same_whatever_the_order_of_the_rows(market_store: Store, tmp_path: Path) -> None:
    load_feeds(market_store, market(tmp_path / "more", bills=400, seed=7))
    with Index(tmp_path / "one") as index:
        read(market_store, index)
        one = train(market_store, index, standing())
        assert train(market_store, index, standing()) == one
    records = records_of(market_store, "companies") + records_of(market_store, "freight")
    random.Random(5).shuffle(records)
    market_store.wipe()
    for some in chunks(records, 50):
        market_store.merge(some)
    with Index(tmp_path / "other") as index:
        read(market_store, index)
        assert train(market_store, index, standing()) == one
    assert one["company"].learned


def test_levels_too_rare_to_be_learned_keep_what_they_had(market_store: Store, index: Index) -> None:
    read(market_store, index)
    shipped = standing()
    for nature, found in train(market_store, index, shipped).items():
        assert not set(found.learned) & set(found.kept)
        for name in found.kept:
            comparison, _, level = name.partition("=")
            assert found.weights["levels"][comparison][level] == shipped[nature]["levels"][comparison][level]
        for name in found.learned:
            comparison, _, level = name.partition("=")
            assert found.weights["levels"][comparison][level] != shipped[nature]["levels"][comparison][level]
        for levels in found.weights["levels"].values():
            assert all(0 < value <= 1 for pair in levels.values() for value in pair)


def test_learned_weights_are_read_as_they_were_written(market_store: Store, index: Index, tmp_path: Path) -> None:
    read(market_store, index)
    weights = {nature: found.weights for nature, found in train(market_store, index, standing()).items()}
    save(weights, tmp_path / "weights.yaml")
    assert load(tmp_path / "weights.yaml") == weights
    assert resolve(market_store, index, weights).links > 0


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda w: w.pop("person"), SettingError),
        (lambda w: w["company"]["levels"]["trade"].pop("same"), SettingError),
        (lambda w: w["company"]["levels"]["trade"].update(better=[0.1, 0.1]), SettingError),
        (lambda w: w["company"]["levels"]["trade"].update(same=[0.1, 0]), SettingError),
        (lambda w: w["company"]["levels"]["trade"].update(same="x"), SettingError),
        (lambda w: w["company"]["levels"]["trade"].update(same="11"), SettingError),
        (lambda w: w["company"]["levels"]["trade"].update(same=["1e-2", "1e-5"]), SettingError),
        (lambda w: w["company"]["levels"]["trade"].update(same=[0.1, 1e-310]), SettingError),
        (lambda w: w["company"]["levels"].update(trade=["same"]), SettingError),
        (lambda w: w["company"].update(levels=[]), SettingError),
        (lambda w: w["company"].update(prior="0.5"), SettingError),
        (lambda w: w["company"]["calibration"].update(slope=True), SettingError),
        (lambda w: w["company"].update(fixed=["trade=better"]), SettingError),
        (lambda w: w["company"].pop("fixed"), SettingError),
        (lambda w: w["company"].update(prior=2), SettingError),
        (lambda w: w["company"]["calibration"].update(slope=-1), SettingError),
    ],
)
def test_weights_that_do_not_fit_are_refused(tmp_path: Path, change: object, error: type[Exception]) -> None:
    weights = yaml.safe_load(yaml.safe_dump(dict(standing())))
    change(weights)  # type: ignore[operator]
    (tmp_path / "w.yaml").write_text(yaml.safe_dump(weights))
    with pytest.raises(error, match="w.yaml"):
        load(tmp_path / "w.yaml")


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"a: [b", b"[" * 5000])
def test_a_file_that_holds_no_weights_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "w.yaml").write_bytes(content)
    with pytest.raises(UnreadableFile):
        load(tmp_path / "w.yaml")


def test_without_judgements_nothing_is_calibrated() -> None:
    assert fitted(np.array([]), np.array([])) == (1.0, 0.0)


def test_few_judgements_move_little_and_many_move_to_what_they_say() -> None:
    chance = np.random.default_rng(1)
    weights = chance.normal(0, 4, 4000)
    truth = (chance.random(4000) < probability(weights, 0.6, -1.5)).astype(float)
    few, many = fitted(weights[:3], truth[:3]), fitted(weights, truth)
    assert abs(few[0] - 1) < 0.25 and abs(few[1]) < 2
    assert many == pytest.approx((0.6, -1.5), abs=0.15)


def test_one_contrary_judgement_ruins_nothing() -> None:
    slope, shift = fitted(np.array([30.0]), np.array([0.0]))
    assert 0 < slope < 1.1 and -4 < shift < 0.5


def test_calibration_error_is_how_far_the_bins_are_off() -> None:
    assert calibration_error(np.array([0.25, 0.25, 0.25, 0.25]), np.array([1.0, 0, 0, 0])) == 0
    assert calibration_error(np.array([0.9, 0.9]), np.array([0.0, 0])) == pytest.approx(0.9)


def test_judgements_calibrate_and_it_is_told_how_well(market_store: Store, index: Index) -> None:
    resolve(market_store, index, standing())
    likely = [(a, b) for a, b, why, _ in links_of(market_store) if why.probability > 0.5]
    for number, (a, b) in enumerate(likely[:40]):
        judge(market_store, a, b, "different" if number % 2 else "same", by="li", why="seen")
    judge(market_store, *likely[41], "unsure", by="li", why="seen")
    found = train(market_store, index, standing())["company"].calibration
    assert found.judged == 40
    assert found.brier is not None and found.ece is not None
    # Half of what the model was sure of was judged to be wrong.
    assert found.shift < 0 or found.slope < 1
    assert found.brier[1] < found.brier[0] and found.ece[1] < found.ece[0]


def test_what_does_not_tell_other_judgements_better_is_not_taken() -> None:
    chance = np.random.default_rng(1)
    taken = []
    for number in range(40):
        weights = chance.normal(0, 3, 30)
        truth = (chance.random(30) < probability(weights, 1.0, 0.0)).astype(float)
        found = calibration(weights, truth, np.arange(30) % 5)
        assert found.brier is not None
        taken.append(found.is_taken)
        assert found.is_taken == (found.brier[1] < found.brier[0]), number
    # The model was right, so that most of what is fitted to thirty of its pairs is noise.
    assert sum(taken) < 20


def test_a_handful_of_judgements_calibrates_nothing(market_store: Store, index: Index) -> None:
    resolve(market_store, index, standing())
    likely = [(a, b) for a, b, why, _ in links_of(market_store) if why.probability > 0.5]
    for number, (a, b) in enumerate(likely[:9]):
        judge(market_store, a, b, "different" if number % 2 else "same", by="li", why="seen")
    found = train(market_store, index, standing())["company"].calibration
    assert (found.judged, found.slope, found.shift, found.brier) == (9, 1.0, 0.0, None)
    assert not found.is_taken


def test_what_vetoes_stays_a_veto(market_store: Store, tmp_path: Path) -> None:
    """Sister firms of one phone and one address teach that names may differ; they are not believed."""
    load_feeds(market_store, market(tmp_path / "more", bills=400, seed=7))
    shipped = standing()
    with Index(tmp_path / "one") as index:
        read(market_store, index)
        for nature, found in train(market_store, index, shipped).items():
            assert shipped[nature]["fixed"] and found.weights["fixed"] == shipped[nature]["fixed"]
            for name in shipped[nature]["fixed"]:
                comparison, _, level = name.partition("=")
                assert found.weights["levels"][comparison][level] == shipped[nature]["levels"][comparison][level]
                assert name in found.kept
