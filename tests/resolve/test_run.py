from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from graph.judgements import judge
from graph.model import Mention, Record, chunks
from graph.opening import open_store
from graph.store import Store
from resolve.index import Index
from resolve.run import read, resolve
from resolve.weights import standing
from tests.resolve.conftest import links_of, load, market, records_of


def kept(index: Index) -> dict[str, list[tuple[object, ...]]]:
    """All that an index keeps of parties and of what is believed of them, but for how common names are."""
    questions = {
        "profile": "FROM kept.profile ORDER BY node",
        "pair": "SELECT a, b, levels FROM kept.pair ORDER BY a, b",
        "twin": "FROM kept.twin ORDER BY node",
        "link": "SELECT a, b, levels, component FROM kept.link ORDER BY a, b",
    }
    return {name: index.db.execute(question).fetchall() for name, question in questions.items()}


def test_a_firm_is_linked_to_the_bills_that_name_it_in_other_ways(loaded: Store, index: Index) -> None:
    report = resolve(loaded, index, standing())
    assert report.whole and report.added == report.links == len(links_of(loaded)) > 40
    scripts = {("Co. Ltd." in str(loaded.get([a])[a].get("name")), a.split("/")[0]) for _, a, *_ in links_of(loaded)}
    assert (True, "Party") in scripts and (False, "Party") in scripts


def test_every_link_says_how_probable_it_is_by_which_model_and_why(loaded: Store, index: Index) -> None:
    report = resolve(loaded, index, standing())
    for link in loaded.links(["SAME_AS"]):
        assert link.inference is not None and link.inference.rule == report.model
        assert 0.1 <= link.inference.probability <= 0.9999
        assert any(reason.startswith("prior ") for reason in link.inference.reasons)
        assert link.source < link.target


def test_a_second_run_changes_nothing_and_compares_nothing(loaded: Store, index: Index) -> None:
    resolve(loaded, index, standing())
    before = links_of(loaded)
    report = resolve(loaded, index, standing())
    assert (report.read, report.compared, report.added, report.replaced, report.removed) == (0, 0, 0, 0, 0)
    assert links_of(loaded) == before


def test_runs_give_the_same_links_to_the_last_byte_in_whatever_order_the_rows_came(
    store: Store, tmp_path: Path
) -> None:
    feeds = market(tmp_path / "feeds")
    load(store, feeds)
    with Index(tmp_path / "first") as index:
        resolve(store, index, standing())
        first, held = links_of(store), kept(index)
    records = records_of(store, "companies") + records_of(store, "freight")
    random.Random(3).shuffle(records)
    store.wipe()
    for some in chunks(records, 17):
        store.merge(some)
    with Index(tmp_path / "second") as index:
        resolve(store, index, standing())
        assert links_of(store) == first
        assert kept(index) == held


def test_both_stores_get_the_same_links(loaded: Store, market_store: Store, tmp_path: Path) -> None:
    found = []
    for number, store in enumerate((loaded, market_store)):
        with Index(tmp_path / str(number)) as index:
            resolve(store, index, standing())
        found.append(links_of(store))
    assert found[0] == found[1]


@pytest.mark.parametrize("seed", range(3))
def test_a_run_over_what_changed_finds_what_a_full_run_finds(market_store: Store, tmp_path: Path, seed: int) -> None:
    store, chance = market_store, random.Random(seed)
    load(store, market(tmp_path / "more", bills=400, seed=7))
    with Index(tmp_path / "lasting") as index:
        resolve(store, index, standing())
        whole = links_of(store)
        taken = chance.sample(records_of(store, "freight"), 8)
        store.retract(record.id for record in taken)
        report = resolve(store, index, standing())
        assert not report.whole and report.gone > 0 and report.compared < report.parties
        with Index(tmp_path / "fresh") as fresh:
            resolve(store, fresh, standing())
            assert kept(index) == kept(fresh)
        store.merge(taken)
        report = resolve(store, index, standing())
        assert not report.whole and report.changed > 0
        # All is as it was, and so is how common each name is.
        resolve(store, index, standing(), full=True)
        assert links_of(store) == whole


def test_a_feed_that_makes_a_phone_common_takes_links_back_that_it_held(market_store: Store, index: Index) -> None:
    store = market_store
    bills = records_of(store, "freight")
    resolve(store, index, standing())
    phone = next(
        node
        for record in bills
        for node, *_ in record.mentions
        if node.startswith("Phone/") and store.degrees([node])[node][("HAS_PHONE", "in")] > 3
    )
    held = "SELECT a, b FROM kept.pair WHERE list_contains(levels, 'phone=same') AND (a IN (SELECT node FROM "
    held += "kept.profile WHERE list_contains(phones, ?)) AND b IN (SELECT node FROM kept.profile WHERE "
    held += "list_contains(phones, ?)))"
    number = phone.partition("/")[2]
    assert index.db.execute(held, [number, number]).fetchall()
    strangers = []
    for at in range(14):
        party = f"Party/crowd:{at}#sender"
        name = "甲乙丙丁戊己庚辛壬癸子丑寅卯"[at] * 2 + "贸易有限公司"
        record = Record("crowd", str(at), "crowd.csv", at + 1, str(at), {}, (Mention(party, "sender", {"name": name}),))
        strangers.append(with_phone(record, party, phone))
    store.merge(strangers)
    report = resolve(store, index, standing())
    assert not report.whole
    assert not index.db.execute(held, [number, number]).fetchall()


def named(names: list[str]) -> list[Record]:
    """Records that name parties, and nothing else of them."""
    told = ((i, Mention(f"Party/crowd:{i}#sender", "sender", {"name": name})) for i, name in enumerate(names))
    return [Record("crowd", str(i), "crowd.csv", i + 1, str(i), {}, (mention,)) for i, mention in told]


def test_a_feed_that_makes_a_word_common_takes_links_back_that_it_held(
    market_store: Store, index: Index, tmp_path: Path
) -> None:
    store = market_store
    store.merge(named(["Lindqvist Northern Seafood Ltd", "Lindqvist Hellas SA"]))
    resolve(store, index, standing())
    held = "SELECT count(*) FROM kept.pair WHERE list_contains(levels, 'trade=word')"
    assert index.db.execute(held).fetchone() == (1,)
    others = [f"Lindqvist {a}{b}quex Export" for a in ("zor", "bla", "fru", "gly", "hro", "mlo") for b in "abcdefgh"]
    store.merge(named(["Lindqvist Northern Seafood Ltd", "Lindqvist Hellas SA", *others]))
    report = resolve(store, index, standing())
    assert not report.whole
    assert index.db.execute(held).fetchone() == (0,)
    with Index(tmp_path / "fresh") as fresh:
        resolve(store, fresh, standing())
        assert kept(index) == kept(fresh)


def with_phone(record: Record, party: str, phone: str) -> Record:
    from dataclasses import replace

    from graph.model import StatedLink

    mentions = (*record.mentions, Mention(phone, "phone"))
    return replace(record, mentions=mentions, links=(StatedLink("HAS_PHONE", party, phone),))


def test_nothing_that_the_store_forgot_is_left_in_the_index(market_store: Store, tmp_path: Path) -> None:
    with Index(tmp_path / "i") as index:
        resolve(market_store, index, standing())
        gone = records_of(market_store, "freight")[:30]
        names = {m.node.encode() for record in gone for m in record.mentions if m.node.startswith("Party/")}
        market_store.retract(record.id for record in gone)
        report = resolve(market_store, index, standing())
        assert report.gone == len(names)
    content = b"".join(path.read_bytes() for path in (tmp_path / "i").rglob("*") if path.is_file())
    assert not any(name in content for name in names)
    assert not any(name.decode() in str(links_of(market_store)) for name in names)


def test_a_run_over_what_changed_that_was_cut_off_while_writing_is_completed(market_store: Store, index: Index) -> None:
    records = records_of(market_store, "freight")[:40]
    market_store.retract(record.id for record in records)
    resolve(market_store, index, standing())
    market_store.merge(records)
    market_store.rows_at_once = 7

    def cut_off(step: str, done: int, total: int | None) -> None:
        if step == "writing":
            raise RuntimeError("cut off")

    with pytest.raises(RuntimeError, match="cut off"):
        resolve(market_store, index, standing(), progress=cut_off)
    report = resolve(market_store, index, standing())
    assert not report.whole
    assert report.added > 7
    links = index.db.execute("SELECT a, b FROM kept.link ORDER BY a, b").fetchall()
    assert [(link.a, link.b) for link in links_of(market_store)] == links


def test_a_link_of_a_party_that_went_and_came_back_as_it_was_is_written_again(
    market_store: Store, index: Index
) -> None:
    resolve(market_store, index, standing())
    before = links_of(market_store)
    records = records_of(market_store, "freight")[:40]
    market_store.retract(record.id for record in records)
    market_store.merge(records)
    # As if the run before had found them gone while it wrote: nothing is noted as written of what went with them.
    standing_still = {link[:2] for link in links_of(market_store)}
    gone = [link[:2] for link in before if link[:2] not in standing_still]
    assert gone
    index.db.executemany("DELETE FROM kept.written WHERE a = ? AND b = ?", gone)
    report = resolve(market_store, index, standing())
    assert not report.whole
    assert links_of(market_store) == before


def test_links_that_went_with_a_node_come_back_with_it(loaded: Store, index: Index) -> None:
    resolve(loaded, index, standing())
    before = links_of(loaded)
    records = records_of(loaded, "freight")
    loaded.retract(record.id for record in records)
    loaded.merge(records)
    assert links_of(loaded) != before
    resolve(loaded, index, standing())
    assert [link[:2] for link in links_of(loaded)] == [link[:2] for link in before]


def test_an_index_that_is_thrown_away_is_made_anew_and_rewrites_nothing(market_store: Store, tmp_path: Path) -> None:
    for name in ("one", "another"):
        with Index(tmp_path / name) as index:
            report = resolve(market_store, index, standing())
    assert (report.added, report.replaced, report.removed) == (0, 0, 0)


def test_an_index_of_another_store_at_the_same_place_is_made_anew(tmp_path: Path) -> None:
    for bills in (120, 60):
        url = f"sqlite:{tmp_path / f'{bills}.db'}"
        with open_store(url) as store, Index(tmp_path / "index") as index:
            load(store, market(tmp_path / str(bills), bills=bills))
            report = resolve(store, index, standing())
            assert report.whole
            assert len(links_of(store)) == report.links == index.count("kept.written")


def test_a_link_of_the_model_that_somebody_removed_is_written_again(loaded: Store, index: Index) -> None:
    resolve(loaded, index, standing())
    before = links_of(loaded)
    loaded.retract(list(loaded.record_ids("identity"))[:5])
    assert resolve(loaded, index, standing()).added == 5
    assert links_of(loaded) == before


def test_other_weights_compare_all_and_other_calibrations_only_believe_anew(loaded: Store, index: Index) -> None:
    weights = standing()
    resolve(loaded, index, weights)
    surer = {nature: {**one, "calibration": {"slope": 1.0, "shift": 2.0}} for nature, one in weights.items()}
    report = resolve(loaded, index, surer)
    assert not report.whole and report.replaced > 0
    rarer = {nature: {**one, "prior": 1e-7} for nature, one in weights.items()}
    assert resolve(loaded, index, rarer).whole
    assert len(links_of(loaded)) < report.links


def test_judgements_outlast_runs(loaded: Store, index: Index) -> None:
    resolve(loaded, index, standing())
    a, b, *_ = links_of(loaded)[0]
    judge(loaded, a, b, "different", by="li", why="two firms")
    report = resolve(loaded, index, standing(), full=True)
    assert report.removed == 0
    assert [link.records for link in loaded.links(["DIFFERENT_FROM"])] == [(f"judged:{a} {b}",)]


def test_reading_alone_leaves_the_comparing_to_the_next_run(market_store: Store, index: Index) -> None:
    assert read(market_store, index) > 0
    assert index.count("kept.pair") == 0
    report = resolve(market_store, index, standing())
    assert report.whole and report.added > 0


def test_progress_is_told_step_by_step(market_store: Store, index: Index) -> None:
    told: list[tuple[str, int, int | None]] = []
    resolve(market_store, index, standing(), progress=lambda *step: told.append(step))
    steps = list(dict.fromkeys(step for step, *_ in told))
    assert steps == ["reading", "comparing", "linking", "writing"]
    assert all(done <= total for _, done, total in told if total is not None)


_KILLED = """
import os, signal, sys
from pathlib import Path
from graph.opening import open_store
from resolve.index import Index
from resolve.run import resolve
from resolve.weights import standing

url, path, step, number = sys.argv[1:]
seen = 0

def progress(at, done, total):
    global seen
    seen += at == step
    if seen == int(number):
        os.kill(os.getpid(), signal.SIGKILL)

with open_store(url) as store, Index(Path(path)) as index:
    store.rows_at_once = 7
    resolve(store, index, standing(), progress=progress)
"""


@pytest.mark.parametrize(("step", "number"), [("reading", 1), ("comparing", 2), ("linking", 1), ("writing", 2)])
def test_a_run_that_was_killed_is_completed_by_the_next(
    market_store: Store, tmp_path: Path, step: str, number: int
) -> None:
    with Index(tmp_path / "whole") as index:
        resolve(market_store, index, standing())
        whole = links_of(market_store)
    market_store.retract(list(market_store.record_ids("identity")))
    command = [sys.executable, "-c", _KILLED, market_store.url, str(tmp_path / "killed"), step, str(number)]
    ended = subprocess.run(command, capture_output=True, env={**os.environ, "PYTHONPATH": os.getcwd()})
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    with Index(tmp_path / "killed") as index:
        resolve(market_store, index, standing())
        assert not list((tmp_path / "killed").glob("spill-*/*"))
    assert links_of(market_store) == whole
