from __future__ import annotations

import operator
from pathlib import Path

import pytest

from bench.__main__ import TOPICS, main
from bench.cost import measured
from bench.loading import insert_plainly, load_feeds, read_with_duckdb, utf8
from bench.markets import KEYS, Market, market, rows_of
from bench.memory import multiplied, renumbered
from bench.stores import set_aside
from graph.errors import UnreadableFile
from graph.identifiers import uscc
from graph.model import SetAside

EXAMPLE = Market(Path(__file__).resolve().parent.parent.parent / "examples" / "market")


def test_the_peak_of_a_piece_of_work_is_its_own() -> None:
    _, little = measured(operator.mul, b"1", 2**20)
    text, much = measured(operator.mul, b"1", 100 * 2**20)
    assert len(text) == 100 * 2**20
    assert 90 < much.peak - little.peak < 200


def test_peers_read_as_many_rows_as_the_feeds_have(tmp_path: Path) -> None:
    rows = sum(len(EXAMPLE.rows(feed)) for feed in KEYS)
    texts = utf8(EXAMPLE.feeds, tmp_path / "utf8")
    assert insert_plainly(texts, tmp_path / "plain.db") == rows
    assert read_with_duckdb(texts, tmp_path / "plain.duckdb") == rows


def test_every_copy_of_a_row_has_a_key_of_its_own(tmp_path: Path) -> None:
    many = multiplied(EXAMPLE, tmp_path, 3)
    for feed in ("orders", "companies", "freight", "parcels"):
        keys = [row[KEYS[feed]] for row in EXAMPLE.rows(feed)]
        found = [row[KEYS[feed]] for row in rows_of((many / f"{feed}.csv").read_bytes(), feed)]
        assert len(found) == 3 * len(keys)
        assert len(set(found) - {""}) == 3 * len(set(keys) - {""})


@pytest.mark.parametrize("copy", [1, 9, 15])
def test_a_credit_code_numbered_anew_is_valid_and_another(copy: int) -> None:
    moved = renumbered("91110000600037341L", copy)
    assert uscc.is_valid(moved)
    assert moved != "91110000600037341L"


def test_a_number_moved_on_by_nothing_is_itself() -> None:
    assert renumbered("douyin/363421764839", 0) == "douyin/363421764839"
    assert renumbered("douyin/363421764839", 1) == "douyin/363532875940"


def test_a_row_of_the_truth_not_set_aside_is_missed_and_another_too_many(shared: Path) -> None:
    world = Market(shared / "worlds" / "small")
    bad = [row for row in world.truth("bad_rows") if row["first_column"]]
    entries = [aside(row["feed"], row["first_column"]) for row in bad[1:]]
    missed, extra, known = set_aside([*entries, aside("orders", "OD1")], world)
    assert (missed, extra) == (known - len(entries), 1)


def aside(feed: str, key: str) -> SetAside:
    return SetAside(feed, f"{feed}.csv", 1, None, "", b"", {KEYS[feed]: key}, feed)


def test_a_market_that_is_not_there_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UnreadableFile, match="no market here"):
        market("small", tmp_path)
    assert main(["stores", "--worlds", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("bench: ")


def test_an_unknown_topic_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["speed"])
    assert ", ".join(TOPICS) in capsys.readouterr().err


def test_loading_counts_every_row(tmp_path: Path) -> None:
    feeds = tmp_path / "feeds"
    feeds.mkdir()
    for feed in ("rights", "transfers"):
        (feeds / f"{feed}.csv").write_bytes((EXAMPLE.feeds / f"{feed}.csv").read_bytes())
    assert load_feeds(feeds, tmp_path / "loaded.db") == len(EXAMPLE.rows("rights")) + len(EXAMPLE.rows("transfers"))
