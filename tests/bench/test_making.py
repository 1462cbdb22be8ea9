from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.making.commands import habits_of, main
from bench.making.habits import Habits
from bench.making.market import make
from bench.markets import ENCODINGS, KEYS, Market, events_of
from graph.opening import open_store
from ingest.loader import load
from queries.tracing.clue import KINDS

ROOT = Path(__file__).resolve().parent.parent.parent
SMALL = Habits(clues=24, backdrop=1, orders=3, broken=0.03, informal=0.3)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Market:
    folder = tmp_path_factory.mktemp("made")
    make(folder, SMALL, 5)
    return Market(folder)


def read(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_market_has_the_files_and_the_columns_of_the_given_ones(market: Market, shared: Path) -> None:
    given = shared / "worlds" / "small"
    assert {
        path.relative_to(given) for path in given.rglob("*.*") if path.parent != given or path.suffix == ".csv"
    } == {path.relative_to(market.folder) for path in market.folder.rglob("*.*")}
    for path in given.rglob("*.csv"):
        encoding = ENCODINGS.get(path.stem, "utf-8")
        ours = (market.folder / path.relative_to(given)).read_text(encoding).partition("\n")[0]
        assert ours == path.read_text(encoding).partition("\n")[0], path.name


def test_a_seed_gives_the_same_market_whatever_the_order_of_hashes(market: Market, tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from bench.making.market import make; from bench.making.habits import Habits; "
        f"make(Path({str(tmp_path)!r}), Habits(clues=24, backdrop=1, orders=3, broken=0.03, informal=0.3), 5)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "77"})
    assert read(tmp_path) == read(market.folder)


def test_another_seed_gives_another_market(market: Market, tmp_path: Path) -> None:
    make(tmp_path, SMALL, 6)
    assert read(tmp_path)["clues.csv"] != read(market.folder)["clues.csv"]


def test_exactly_the_rows_that_are_broken_are_set_aside(market: Market, tmp_path: Path) -> None:
    with open_store(f"sqlite:{tmp_path / 'made.db'}", create=True) as store:
        load(store, [market.feeds])
        found = sorted((row.source, row.values.get(KEYS[row.source], "")) for row in store.quarantine())
    assert found == sorted((row["feed"], row["first_column"]) for row in market.truth("bad_rows"))
    assert {feed for feed, _ in found} >= {"companies", "freight", "parcels"}


def test_every_field_that_truth_speaks_of_is_a_field_of_a_row(market: Market) -> None:
    keys = {feed: {row[column] for row in market.rows(feed)} for feed, column in KEYS.items()}
    said = [row for row in market.truth("same") if row["feed"] != "judgements"]
    assert said and all(row["key"] in keys[row["feed"]] for row in said)


def test_answers_name_records_of_one_maker_that_truth_knows(market: Market) -> None:
    speaks = {(row["feed"], row["key"], row["field"]): row["entity"] for row in market.truth("same")}
    answers = market.truth("answers")
    assert len(answers) == SMALL.clues == len(market.asked())
    for answer in answers:
        named = [record.split(":", 1) for record in answer["producer_records"].split()]
        makers = {speaks[(feed, *rest.rsplit(":", 1))] for feed, rest in named}  # type: ignore[index]
        assert len(makers) == 1 or (not makers and not answer["evidence"])
        assert answer["site_records"]


def test_clues_name_what_the_feeds_hold(market: Market) -> None:
    held = {
        "listing": {row["url"] for row in market.rows("listings")},
        "account": {row["account_no"] for row in market.rows("accounts")},
        "order": {row["order_no"] for row in market.rows("orders")},
        "waybill": {row["运单号"] for row in market.rows("parcels")},
        "wechat": {row["wechat"] for row in market.rows("accounts")},
        "label": {
            epc for event in events_of((market.feeds / "labels.jsonld").read_bytes()) for epc in event["epcList"]
        },
    }
    for clue in market.asked():
        assert clue["kind"] in KINDS
        assert clue["kind"] == "phone" or clue["value"] in held[clue["kind"]]
        assert clue["right_no"] in {row["right_no"] for row in market.rows("rights")}


def test_copied_serials_are_sold_with_the_waybill_of_the_copy(market: Market) -> None:
    sold = {
        (epc, paper["bizTransaction"].rpartition(":")[2])
        for event in events_of((market.feeds / "labels.jsonld").read_bytes())
        for epc in event["epcList"]
        for paper in event.get("bizTransactionList", ())
    }
    copied = [row for row in market.truth("labels") if row["cloned"] == "1"]
    assert copied and all((row["epc"], row["clone_waybill"]) in sold for row in copied)


def test_no_row_bears_the_number_of_a_firm_that_the_register_does_not_know(market: Market) -> None:
    codes = {row["统一社会信用代码"] for row in market.rows("companies")} | {""}
    for feed, column in (
        ("freight", "consignor_uscc"),
        ("licences", "licensee_uscc"),
        ("declarations", "exporter_uscc"),
        ("accounts", "company_uscc"),
        ("warehouses", "operator_uscc"),
    ):
        assert {row[column] for row in market.rows(feed)} <= codes, feed
    registered = {row["entity"] for row in market.truth("same") if row["feed"] == "companies"}
    consignors = {row["entity"] for row in market.truth("same") if row["field"] == "consignor"}
    assert {who for who in consignors if who.startswith("company")} - registered


def test_noise_hides_more(tmp_path: Path) -> None:
    masked = []
    for noise in (0.0, 1.0):
        make(tmp_path / str(noise), replace(SMALL, noise=noise), 5)
        rows = Market(tmp_path / str(noise)).rows("parcels")
        masked.append(sum(not any(c.isdigit() for c in row["寄件电话"][3:7]) for row in rows) / len(rows))
    assert masked[0] == 0 < masked[1]


def test_a_habit_that_is_not_known_is_refused() -> None:
    assert habits_of(["shops=2", "hidden=0.5"]).hidden == 0.5
    with pytest.raises(ValueError, match="no habit 'hiden'; there are clues"):
        habits_of(["hiden=0.5"])
    with pytest.raises(SystemExit):
        main(["nowhere", "--set", "hiden=1"])
