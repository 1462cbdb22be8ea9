"""Who is who on the command line: resolve, explain, review, judge, judgements."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from resolve.index import Index, index_path
from tests.headwater.conftest import MAKER
from tests.resolve.conftest import doubt, market

if TYPE_CHECKING:
    from tests.headwater.conftest import Run

COMPANY, SENDER = f"Company/{MAKER}", "Party/freight:FR002#consignor"


@pytest.fixture
def resolved(loaded: Run) -> Run:
    """As `loaded`, with its parties compared."""
    assert loaded("resolve").code == 0
    return loaded


def test_a_run_reports_what_it_did(loaded: Run) -> None:
    outcome = loaded("resolve")
    assert (outcome.code, outcome.err) == (0, "")
    told = {line[:23].strip(): line[23:].strip() for line in outcome.out.splitlines()}
    assert told["compared"].endswith("(all)")
    assert told["model"].startswith("identity-")
    assert " added, 0 replaced, 0 removed" in told["in the store"]
    assert "主体" in loaded("resolve", "--lang", "zh").out


def test_a_run_tells_programs_the_same_and_a_second_does_nothing(resolved: Run) -> None:
    report = resolved("resolve", "--json").data["report"]
    assert (report["whole"], report["compared"], report["added"]) == (False, 0, 0)
    assert report["links"] > 0
    assert resolved("resolve", "--full", "--json").data["report"]["whole"]


def test_show_tells_the_links_that_a_run_found(resolved: Run) -> None:
    assert SENDER in resolved("show", COMPANY).out


def test_an_explanation_tells_each_comparison_with_its_bits(resolved: Run) -> None:
    outcome = resolved("resolve", "explain", MAKER, SENDER)
    assert (outcome.code, outcome.err) == (0, "")
    assert "trade name" in outcome.out and "the same" in outcome.out and "永飞" in outcome.out
    assert "any two parties" in outcome.out and "probability 0." in outcome.out
    assert "the link in the store says 0." in outcome.out
    chinese = resolved("resolve", "explain", MAKER, SENDER, "--lang", "zh").out
    assert "字号" in chinese and "概率" in chinese


def test_an_explanation_tells_programs_the_same(resolved: Run) -> None:
    told = resolved("resolve", "explain", SENDER, MAKER, "--json").data
    assert (told["a"], told["b"], told["found"]) == (COMPANY, SENDER, True)
    assert told["weight"] == pytest.approx(told["prior"] + sum(one["bits"] for one in told["evidence"]), abs=1e-4)


def test_one_party_alone_tells_what_holds_its_cluster(resolved: Run) -> None:
    outcome = resolved("resolve", "explain", MAKER, "--threshold", "0.3")
    assert "2 members" in outcome.out and "without the weakest link" in outcome.out
    assert resolved("resolve", "explain", MAKER, "--threshold", "0.3", "--json").data["cluster"]["members"] == [
        COMPANY,
        SENDER,
    ]


def test_nothing_is_explained_before_a_run(loaded: Run) -> None:
    outcome = loaded("resolve", "explain", MAKER, SENDER)
    assert outcome.code == 4 and "run `headwater resolve` first" in outcome.err
    assert loaded("resolve", "review").code == 4


def test_options_before_the_part_of_a_command_are_refused(resolved: Run) -> None:
    outcome = resolved("resolve", "--json", "explain", MAKER)
    assert outcome.code == 2 and "options of explain stand behind it" in outcome.err


def test_training_tells_what_was_too_rare_and_later_runs_use_what_was_learned(resolved: Run) -> None:
    trained = resolved("resolve", "--train", "--json").data
    assert trained["trained"]["company"]["kept"]
    assert resolved("resolve", "--json").data["report"]["model"] == trained["report"]["model"]
    assert "fixed or too rare, as shipped" in resolved("resolve", "--train").out


def test_weights_of_a_file_are_used_or_refused(resolved: Run, tmp_path: Path) -> None:
    file = tmp_path / "weights.yaml"
    outcome = resolved("resolve", "--weights", file)
    assert outcome.code == 5 and "weights.yaml" in outcome.err
    file.write_text("company: {}\nperson: {}\n")
    outcome = resolved("resolve", "--weights", file)
    assert outcome.code == 2 and "--train" in outcome.err
    assert resolved("resolve", "--weights", file, "--train").code == 2


def test_without_a_terminal_the_queue_is_printed(resolved: Run) -> None:
    items = resolved("resolve", "review", "--json").data
    outcome = resolved("resolve", "review")
    assert outcome.code == 0
    assert all(item["a"] in outcome.out for item in items)


def test_a_judgement_holds_at_once_and_is_taken_back(resolved: Run) -> None:
    outcome = resolved("judge", MAKER, SENDER, "different", "--why", "another lease")
    assert (outcome.code, outcome.err) == (0, "") and "not the same" in outcome.out
    assert "judged not the same by local:" in resolved("resolve", "explain", MAKER, SENDER).out
    members = resolved("resolve", "explain", MAKER, "--threshold", "0.3", "--json").data["cluster"]["members"]
    assert members == [COMPANY]
    undone = resolved("judge", MAKER, SENDER, "--undo", "--why", "the lease was found", "--by", "li", "--json").data
    assert undone["judgement"]["now"]["verdict"] is None
    assert undone["judgement"]["history"][0]["why"] == "another lease"
    again = resolved("judge", MAKER, SENDER, "--undo", "--why", "once more")
    assert again.code == 4


def test_a_judgement_says_what_and_why(resolved: Run) -> None:
    assert resolved("judge", MAKER, SENDER, "--why", "x").code == 2
    assert resolved("judge", MAKER, SENDER, "same", "--undo", "--why", "x").code == 2
    assert resolved("judge", MAKER, SENDER, "same").code == 2
    assert resolved("judge", MAKER, SENDER, "perhaps", "--why", "x").code == 2
    assert resolved("judge", MAKER, MAKER, "same", "--why", "x").code == 2


def test_a_judgement_that_makes_one_of_two_registered_firms_is_warned_of(resolved: Run) -> None:
    outcome = resolved("judge", MAKER, "91510107MAC7JEPJ1U", "same", "--why", "one owner")
    assert outcome.code == 0 and "beware" in outcome.out


def test_judgements_are_exported_and_imported(resolved: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resolved("judge", MAKER, SENDER, "same", "--why", "one lease", "--by", "li")
    file = tmp_path / "judgements.jsonl"
    assert "1 judgement written" in resolved("judgements", "export", file).out
    assert json.loads(resolved("judgements", "export").out)["why"] == "one lease"
    resolved("judge", MAKER, SENDER, "--undo", "--why", "x", "--by", "li")
    assert resolved("judgements", "import", file, "--json").data["missing"] == []
    monkeypatch.setenv("HEADWATER_STORE", f"sqlite:{tmp_path / 'empty.db'}")
    assert resolved("load", tmp_path / "feeds" / "companies.csv").code == 0
    outcome = resolved("judgements", "import", file)
    assert "left out, a node is not there" in outcome.out
    file.write_text("no judgement\n")
    assert resolved("judgements", "import", file).code == 5


def test_forgetting_a_source_removes_what_was_compared(resolved: Run, sqlite_store_url: str) -> None:
    folder = Path(sqlite_store_url.removeprefix("sqlite:") + ".identity")
    assert (folder / "index.duckdb").exists()
    resolved("forget", "freight")
    assert not (folder / "index.duckdb").exists()
    assert resolved("resolve", "--json").data["report"]["whole"]


def test_a_damaged_index_ends_with_6(resolved: Run, sqlite_store_url: str) -> None:
    file = Path(sqlite_store_url.removeprefix("sqlite:") + ".identity") / "index.duckdb"
    file.write_bytes(b"no index")
    outcome = resolved("resolve")
    assert outcome.code == 6 and "remove it" in outcome.err


def test_a_store_that_is_not_there_is_not_made(headwater: Run, tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path / 'none.db'}"
    assert headwater("resolve", "--store", url).code == 6
    assert not list(tmp_path.glob("none.db*"))


def test_a_key_judges_a_pair_on_a_terminal(resolved: Run, sqlite_store_url: str, tmp_path: Path) -> None:
    assert resolved("load", market(tmp_path / "more")).code == 0
    assert resolved("resolve").code == 0
    with Index(index_path(sqlite_store_url, Path())) as index:
        doubt(index, [f"Party/freight:FR{number:05d}#consignor" for number in range(6)])
    items = resolved("resolve", "review", "--json").data
    assert len(items) > 1
    master, slave = pty.openpty()
    environment = {**os.environ, "HEADWATER_STORE": sqlite_store_url, "HEADWATER_LANG": "en", "TERM": "xterm"}
    command = [sys.executable, "-m", "headwater.cli", "resolve", "review", "--by", "li", "--limit", "1"]
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment) as started:
        os.close(slave)
        seen = b""
        while started.poll() is None or select.select([master], [], [], 0)[0]:
            if select.select([master], [], [], 0.5)[0]:
                try:
                    seen += os.read(master, 4096)
                except OSError:  # the terminal is gone with the process
                    break
            elif b"q quits" in seen:
                os.write(master, b"d")  # again, as what is typed before a key is waited for is thrown away
    assert started.returncode == 0, seen
    assert b"judged not the same" in seen and b"1 pair judged" in seen
    judged = json.loads(resolved("judgements", "export").out)
    assert (judged["a"], judged["b"], judged["verdict"], judged["by"]) == (
        items[0]["a"],
        items[0]["b"],
        "different",
        "li",
    )
    assert all(
        (item["a"], item["b"]) != (judged["a"], judged["b"]) for item in resolved("resolve", "review", "--json").data
    )
