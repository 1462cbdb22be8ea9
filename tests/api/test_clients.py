"""The page for clients: every query of it on both stores, and its programs as printed, against a real server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import parse, validate

from api.answering import Service
from api.types.schema import plan
from graph.opening import open_store
from ingest.loader import load
from tests.api.conftest import MARKET, ROOT, running, told

PAGE = (ROOT / "docs" / "graphql.md").read_text("utf-8")
QUERIES = re.findall(r"^```graphql\n(.*?)^```\n\n```json\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


def printed(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


def test_every_query_of_the_page_has_its_variables() -> None:
    assert len(printed("graphql")) == len(QUERIES) >= 7
    for query, _ in QUERIES:
        assert not validate(plan().schema, parse(query))


def is_filled(data: Any) -> bool:
    """Whether every root field of an answer tells something."""
    return bool(data) and all(data.values())


def test_every_query_is_answered_equally_on_both_stores(identified: Service, neo4j_store_url: str) -> None:
    with open_store(neo4j_store_url) as store:
        load(store, [MARKET / "feeds"])
    # Of one state: else tokens and cursors differ, as those of two services should.
    with closing(Service(replace(identified.settings, store=neo4j_store_url))) as shared:
        shared.jobs.identity.run(shared.store(), False, lambda done, total: None)
        for query, variables in QUERIES:
            embedded = told(identified, query, variables=orjson.loads(variables))
            assert "errors" not in embedded, embedded
            assert is_filled(embedded["data"]), query
            assert told(shared, query, variables=orjson.loads(variables)) == embedded


def test_the_programs_run_as_printed(tmp_path: Path, market_url: str) -> None:
    path = tmp_path / "copy.db"
    source = Path(market_url.partition(":")[2])
    with open_store(market_url):
        path.write_bytes(source.read_bytes())
    with running(f"sqlite:{path}", tmp_path) as server:
        environment = {
            **os.environ,
            "SERVICE_URL": server.url,
            "SERVICE_KEY": server.key("investigator"),
            "STEWARD_KEY": server.key("steward"),
        }

        def run(*command: str) -> str:
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        python = run(sys.executable, "-c", printed("python")[0])
        assert python.splitlines()
        asks, loads = (block for block in printed("sh") if block.startswith("curl"))
        assert orjson.loads(run("sh", "-c", asks))["data"]["me"]["role"] == "investigator"
        job = orjson.loads(run("sh", "-c", loads))["data"]["load"]["id"]
        until = time.monotonic() + 60
        while True:
            told_job = server.ask(
                environment["STEWARD_KEY"], "query($id: ID!) { job(id: $id) { state report } }", id=job
            ).json()["data"]["job"]
            if told_job["state"] in ("done", "failed"):
                break
            assert time.monotonic() < until
        assert told_job["state"] == "done", told_job
        assert told_job["report"]["total"]["rows"] == 292


@pytest.mark.parametrize("word", ["investigator", "enforcement", "customs", "right_holder", "steward", "admin"])
def test_every_role_stands_on_the_page(word: str) -> None:
    assert word in PAGE
