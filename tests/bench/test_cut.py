from __future__ import annotations

from pathlib import Path

import pytest

from bench.cut import write
from bench.markets import ENCODINGS, KEYS, Market, events_of, rows_of

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = {
    "accounts": {"company_uscc": "companies", "payee_account": "payees"},
    "listings": {"account_no": "accounts"},
    "orders": {"item_no": "listings", "payee_account": "payees", "waybill_no": "parcels"},
    "freight": {"consignor_uscc": "companies"},
    "warehouses": {"operator_uscc": "companies"},
    "shareholders": {"uscc": "companies"},
    "licences": {"right_no": "rights", "parent_licence_no": "licences", "licensee_uscc": "companies"},
    "transfers": {"right_no": "rights", "to_uscc": "companies"},
    "declarations": {"exporter_uscc": "companies"},
}
"""Which columns name another feed's key."""


@pytest.fixture(scope="module")
def world(shared: Path) -> Market:
    return Market(shared / "worlds" / "small")


@pytest.fixture(scope="module")
def cut_out(world: Market, tmp_path_factory: pytest.TempPathFactory) -> Market:
    out = tmp_path_factory.mktemp("cut")
    write(world, out)
    return Market(out)


def read(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "README.md"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_no_row_names_a_key_that_is_not_there(world: Market, cut_out: Market) -> None:
    missing = []
    for feed, columns in NAMES.items():
        for column, other in columns.items():
            all_keys = {row[KEYS[other]] for row in world.rows(other)}
            kept = {row[KEYS[other]] for row in cut_out.rows(other)}
            missing += [(feed, row[column]) for row in cut_out.rows(feed) if row[column] in all_keys - kept]
    assert missing == []


def test_an_account_keeps_all_of_its_listings_and_they_all_of_their_orders(world: Market, cut_out: Market) -> None:
    accounts = {row["account_no"] for row in cut_out.rows("accounts")}
    listings = [row for row in world.rows("listings") if row["account_no"] in accounts]
    items = {row["item_no"] for row in listings}
    assert cut_out.rows("listings") == listings
    assert cut_out.rows("orders") == [row for row in world.rows("orders") if row["item_no"] in items]


def test_the_true_producers_of_the_clues_keep_all_their_records(world: Market, cut_out: Market) -> None:
    asked = {clue["clue_no"] for clue in cut_out.asked()}
    kept = {(feed, row[KEYS[feed]]) for feed in KEYS for row in cut_out.rows(feed)}
    wanted = {
        (name.partition(":")[0], name.partition(":")[2].rpartition(":")[0])
        for answer in world.truth("answers")
        if answer["clue_no"] in asked
        for name in f"{answer['producer_records']} {answer['trader_records']}".split()
    }
    assert {name for name in wanted if name[0] in KEYS} <= kept


def test_rows_are_those_of_the_world_byte_by_byte(world: Market, cut_out: Market) -> None:
    for feed in KEYS:
        whole = (world.feeds / f"{feed}.csv").read_bytes()
        part = (cut_out.feeds / f"{feed}.csv").read_bytes()
        assert set(part.splitlines(keepends=True)) <= set(whole.splitlines(keepends=True))
        assert part.splitlines()[0] == whole.splitlines()[0]


def test_a_label_keeps_all_of_its_events(world: Market, cut_out: Market) -> None:
    kept = events_of((cut_out.feeds / "labels.jsonld").read_bytes())
    labels = {epc for event in kept for epc in event["epcList"]}
    events = events_of((world.feeds / "labels.jsonld").read_bytes())
    assert kept == [event for event in events if labels.intersection(event["epcList"])]


def test_clues_of_every_kind_are_asked(world: Market, cut_out: Market) -> None:
    assert {clue["kind"] for clue in cut_out.asked()} == {clue["kind"] for clue in world.asked()}
    assert 20 <= len(cut_out.asked()) <= 40


def test_the_same_world_gives_the_same_market(world: Market, cut_out: Market, tmp_path: Path) -> None:
    write(world, tmp_path)
    assert read(tmp_path) == read(cut_out.folder)


def test_the_market_of_the_examples_is_what_is_cut_out(cut_out: Market) -> None:
    assert read(ROOT / "examples" / "market") == read(cut_out.folder)


def test_the_market_of_the_examples_is_small_and_keeps_its_encodings() -> None:
    feeds = ROOT / "examples" / "market" / "feeds"
    assert sum(len(raw) for raw in read(feeds.parent).values()) < 2_000_000
    for feed in KEYS:
        raw = (feeds / f"{feed}.csv").read_bytes()
        assert list(rows_of(raw, feed)[0])[0] == KEYS[feed]
        assert feed not in ENCODINGS or b"\xd4\xcb\xb5\xa5" in raw


def test_the_truth_is_not_given_away() -> None:
    assert not list((ROOT / "examples").rglob("truth"))
