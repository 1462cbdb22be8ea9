"""Who is who over GraphQL: the page as printed, jobs one at a time, and what the audit log tells of judgements."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import orjson
import pytest

from api.access.viewer import Viewer
from api.answering import Service
from api.audit.nodehash import NodeHash
from api.audit.reading import entries
from api.errors import Resolving
from api.jobs.table import create_job, find_job
from api.state import State
from graph.changes import DERIVED
from graph.opening import open_store
from resolve.index import Index, index_path
from tests.api.conftest import OFFICER, ROOT, STEWARD, codes, told, until
from tests.api.test_clients import QUERIES

PAGE = (ROOT / "docs" / "graphql.md").read_text("utf-8")
A, B = "Company/91130684MA7801R52Y", "Party/freight:FR83171196#consignor"
JUDGE = f'mutation($a: ID! = "{A}", $b: ID! = "{B}", $why: String! = "because") {{ judge(a: $a, b: $b, verdict: SAME, why: $why) {{ judgement {{ verdict by why }} doubts {{ code pathIds }} }} }}'  # noqa: E501
EXPLAIN = f'{{ explainIdentity(a: "{A}", b: "{B}") {{ aId probability evidence {{ level words }} }} }}'


def ended(service: Service, job: str) -> Any:
    until(lambda: find_job(service.state, job).state in ("done", "failed"))
    return find_job(service.state, job)


def test_the_page_holds_as_printed(identified: Service) -> None:
    part = PAGE.partition("## Who is who\n")[2].partition("\n## ")[0]
    ((query, variables),) = (one for one in QUERIES if "WhoIsWho" in one[0])
    answer = told(identified, query, variables=orjson.loads(variables))
    assert "errors" not in answer
    assert answer["data"]["node"]["cluster"]["size"] > 2
    found = answer["data"]["explainIdentity"]
    assert found["probability"] == found["linked"] > 0.9
    assert {"comparison": "phone", "level": "same"}.items() <= found["evidence"][5].items()
    rows = re.findall(r"\| `(.+)` \|$", part, flags=re.MULTILINE)
    assert len(rows) == 4
    for row in rows:
        answer = told(identified, row, STEWARD)
        assert "errors" not in answer and all(answer["data"].values()), answer
        if "resolve" in answer["data"]:
            assert ended(identified, answer["data"]["resolve"]["id"]).state == "done"


def test_words_are_of_the_language_that_is_asked_for(identified: Service) -> None:
    english, chinese = (told(identified, EXPLAIN, language=language) for language in ("en", "zh"))
    words = [[one["words"] for one in answer["data"]["explainIdentity"]["evidence"]] for answer in (english, chinese)]
    assert words[0][0] == "the same" and words[1][0] == "相同"


def test_a_judgement_holds_at_once_in_the_cluster(identified: Service) -> None:
    query = f'{{ node(id: "{A}") {{ cluster {{ memberIds ties(first: 1) {{ judged }} refused {{ why }} }} }} }}'
    assert B in told(identified, query)["data"]["node"]["cluster"]["memberIds"]
    told(identified, JUDGE.replace("SAME", "DIFFERENT"))
    cluster = told(identified, query)["data"]["node"]["cluster"]
    assert B not in cluster["memberIds"] and {"why": "DIFFERENT"} in cluster["refused"]
    told(identified, JUDGE)
    cluster = told(identified, query)["data"]["node"]["cluster"]
    assert B in cluster["memberIds"] and cluster["ties"] == [{"judged": True}]


def test_of_kinds_that_are_never_one_there_is_no_cluster(market: Service) -> None:
    query = '{ node(id: "Account/taobao/ta80239484") { cluster { size } } }'
    assert told(market, query)["data"]["node"] == {"cluster": None}
    wide = f'{{ node(id: "{A}") {{ cluster(threshold: 1.5) {{ size }} }} }}'
    assert codes(told(market, wide)) == ["bad_request"]


def test_nothing_is_explained_before_a_run(serving: Callable[..., Service], market_url: str, tmp_path: Path) -> None:
    path = tmp_path / "fresh.db"  # beside which there is no index, whatever others did with the market
    shutil.copyfile(market_url.partition(":")[2], path)
    service = serving(f"sqlite:{path}")
    for query in (EXPLAIN, "{ review { total } }"):
        assert codes(told(service, query)) == ["not_found"]


@pytest.mark.parametrize("why", ["", " ", "x" * 2001])
def test_a_judgement_without_a_reason_is_refused(identified: Service, why: str) -> None:
    assert codes(told(identified, JUDGE, variables={"why": why})) == ["invalid_value"]


def test_a_judgement_is_in_the_log_before_it_is_made_and_what_it_names_is_not(identified: Service) -> None:
    number = "13922334455"
    told(identified, JUDGE, variables={"why": f"call {number}"})
    unseen = f"Person/{number}"
    assert codes(told(identified, JUDGE, variables={"a": unseen})) == ["not_found"]
    identified.audit.close()
    found = [one.entry for one in entries(identified.state.folder)]
    assert [one["outcome"] for one in found] == ["begun", "ok", "begun", "not_found"]
    hashes = NodeHash(identified.state.secret)
    (arguments,) = found[0]["arguments"]
    assert (arguments["a"], arguments["b"]) == (hashes.node(A), hashes.node(B))
    assert {hashes.node(A), hashes.node(B)} <= set(found[1]["nodes"])
    assert number not in orjson.dumps(found).decode()


# The run as a job


def test_a_run_is_a_job_whose_report_and_progress_are_told(
    serving: Callable[..., Service], market_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.db"
    path.write_bytes(Path(market_url.partition(":")[2]).read_bytes())
    service = serving(f"sqlite:{path}")
    made = told(service, "mutation { resolve(full: true) { id kind state } }", STEWARD)["data"]["resolve"]
    assert (made["kind"], made["state"]) == ("resolve", "queued")
    job = ended(service, made["id"])
    assert (job.state, job.total) == ("done", 100)
    assert job.report["links"] == service.store().counts().records[DERIVED] > 0
    answer = told(service, f'{{ job(id: "{job.id}") {{ state done total report }} }}', STEWARD)["data"]["job"]
    assert answer["state"] == "done" and answer["report"]["whole"] is True
    index = index_path(service.store().url, service.state.folder)
    assert stat.S_IMODE(index.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in index.iterdir() if one.is_file()} == {0o600}
    identified = told(service, EXPLAIN)
    assert identified["data"]["explainIdentity"]["aId"] == A
    # What a source said is taken back, and so is what was compared of it.
    forget = told(service, 'mutation { forget(source: "freight") { id } }', STEWARD)["data"]["forget"]
    assert ended(service, forget["id"]).state == "done"
    assert not list(index.glob("index.duckdb*"))
    assert codes(told(service, "{ review { total } }")) == ["not_found"]


@pytest.mark.parametrize(("source", "instead"), [("judged", "unjudge"), ("identity", "resolve(full: true)")])
def test_judgements_and_links_are_not_forgotten_all_at_once(market: Service, source: str, instead: str) -> None:
    refused = told(market, f'mutation {{ forget(source: "{source}") {{ id }} }}', STEWARD)
    assert codes(refused) == ["reserved"] and instead in refused["errors"][0]["message"]


def test_one_run_at_a_time_is_queued(identified: Service) -> None:
    held = Event()
    identified.jobs._threads.submit(held.wait, 30)
    made = told(identified, "mutation { resolve { id } }", STEWARD)["data"]["resolve"]["id"]
    refused = told(identified, "mutation { resolve { id } }", replace(STEWARD, id="another"))
    assert codes(refused) == ["resolving"] and made in refused["errors"][0]["message"]
    held.set()
    assert ended(identified, made).state == "done"
    again = told(identified, "mutation { resolve { id } }", STEWARD)["data"]["resolve"]["id"]
    assert ended(identified, again).report["changed"] == 0


def test_jobs_of_a_kind_that_is_done_alone_are_refused_by_the_table(tmp_path: Path) -> None:
    with State(tmp_path / "state") as state:
        create_job(state, "forget", by="me", worker="w")
        create_job(state, "resolve", by="me", worker="w", alone=True)
        create_job(state, "forget", by="me", worker="w")
        with pytest.raises(Resolving):
            create_job(state, "resolve", by="me", worker="other", alone=True)


HOLDING = """
import sys, time
from pathlib import Path
from resolve.index import Index
with Index(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_run_elsewhere_keeps_out_a_job_and_whoever_reads(
    identified: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.identity._PATIENCE", 0.2)
    path = index_path(identified.store().url, identified.state.folder)
    command = [sys.executable, "-c", HOLDING, str(path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ}, text=True
    ) as other:
        assert other.stdout is not None and other.stdin is not None
        assert other.stdout.readline() == "held\n"
        for query in (EXPLAIN, "{ review { total } }"):
            assert codes(told(identified, query)) == ["resolving"]
        made = told(identified, "mutation { resolve { id } }", STEWARD)["data"]["resolve"]["id"]
        error = ended(identified, made).report["error"]
        assert error["code"] == "resolving" and str(path) not in error["message"]
        other.stdin.close()
    assert "errors" not in told(identified, EXPLAIN)


def test_a_run_of_this_worker_keeps_out_whoever_reads(identified: Service) -> None:
    begun, goes = Event(), Event()

    def tell(done: int, total: int) -> None:
        begun.set()
        assert goes.wait(60)

    store = identified.store()
    with open_store(store.url) as own:
        running = Thread(target=identified.jobs.identity.run, args=(own, True, tell))
        running.start()
        assert begun.wait(60)
        before = time.monotonic()
        assert codes(told(identified, EXPLAIN)) == ["resolving"]
        assert time.monotonic() - before < 10  # it does not wait for the run
        goes.set()
        running.join()
    assert "errors" not in told(identified, EXPLAIN)


def test_a_run_is_cut_off_when_the_worker_stops(identified: Service) -> None:
    identified.jobs._is_closing.set()
    made = told(identified, "mutation { resolve(full: true) { id } }", STEWARD)["data"]["resolve"]["id"]
    assert ended(identified, made).outcome == "interrupted"


def test_the_index_of_a_shared_store_lies_in_the_state(tmp_path: Path) -> None:
    path = index_path("neo4j://127.0.0.1:7687/neo4j", tmp_path)
    assert path.parent == tmp_path
    with Index(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_only_those_who_judge_judge_and_are_told_by_whom(identified: Service) -> None:
    for role in ("customs", "right_holder"):
        who = Viewer("other", "another", role, holder=A if role == "right_holder" else None)
        assert codes(told(identified, JUDGE, who)) == ["forbidden"]
    assert told(identified, JUDGE)["data"]["judge"]["judgement"] == {
        "verdict": "SAME", "by": OFFICER.id, "why": "because",
    }  # fmt: skip
    query = f'{{ explainIdentity(a: "{A}", b: "{B}") {{ judgement {{ verdict by why history {{ by }} }} }} }}'
    customs = told(identified, query, Viewer("c", "c", "customs"))["data"]["explainIdentity"]["judgement"]
    assert customs == {"verdict": "SAME", "by": None, "why": None, "history": None}
