"""The service stopped, killed, and left by its store or its disk, as real processes under load."""

from __future__ import annotations

import os
import resource
import secrets
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import orjson
import pytest

from api.jobs.table import create_job, find_job, start_job
from api.state import AUDIT, State
from api.tenure import process
from graph.opening import open_store
from headwater import localserver
from headwater.serverjars import jars_folder
from ingest.loader import load
from tests.api.conftest import MARKET, ROOT, Running, children, free_port, running, until

SEARCH = 'query %s { search(text: "永飞") { total } }'


class Load:
    """Threads that ask as fast as they are answered, each query by a name of its own."""

    def __init__(self, server: Running, key: str, threads: int = 4) -> None:
        self.answered: list[str] = []
        """The names of the queries that were answered with data."""
        self.codes: Counter[str] = Counter()
        self._server, self._key = server, key
        self._end = Event()
        self._threads = [Thread(target=self._ask, args=(number,)) for number in range(threads)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _ask_once(self, name: str) -> Any:
        headers = {"authorization": f"Bearer {self._key}"}
        return httpx.post(self._server.url, json={"query": SEARCH % name}, headers=headers, timeout=150).json()

    def _ask(self, thread: int) -> None:
        number = 0
        while not self._end.is_set():
            number += 1
            name = f"T{thread}x{number}x{secrets.token_hex(3)}"
            try:
                answer = self._ask_once(name)
            except (httpx.TransportError, ValueError):
                self.codes["lost"] += 1
                self._end.wait(0.01)
                continue
            if "errors" in answer:
                self.codes[answer["errors"][0]["extensions"]["code"]] += 1
                self._end.wait(0.01)
            else:
                self.answered.append(name)
                self.codes["ok"] += 1


def is_ready(server: Running) -> bool:
    try:
        return httpx.get(server.url.replace("graphql", "ready"), timeout=60).status_code == 200
    except httpx.TransportError:
        return False


def audited(server: Running) -> set[str]:
    """The names of the queries in the audit log."""
    parts = (server.state / AUDIT).glob("*.jsonl")
    entries = [orjson.loads(line) for part in parts for line in part.read_bytes().splitlines() if line.endswith(b"}")]
    return {str(entry["operation"]) for entry in entries if entry.get("operation")}


def verified(server: Running) -> bool:
    """Whether `headwater audit verify` finds the log as it was written."""
    return bool(orjson.loads(server.command("audit", "verify", "--json"))["ok"])


@pytest.fixture
def market_copy(market_url: str, tmp_path: Path) -> str:
    path = tmp_path / "copy.db"
    path.write_bytes(Path(market_url.partition(":")[2]).read_bytes())
    return f"sqlite:{path}"


# Stopped


@contextmanager
def held(store: str) -> Iterator[None]:
    """Keeps an embedded store, which nobody has opened yet, to itself: whoever asks it waits until it is let go."""
    other = sqlite3.connect(store.partition(":")[2], isolation_level=None)
    try:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        other.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_finishes_what_runs_and_ends_with_0(market_copy: str, tmp_path: Path, number: signal.Signals) -> None:
    answers: list[httpx.Response] = []
    with running(market_copy, tmp_path, "--workers", "2") as server:
        key = server.key("investigator")
        slow = Thread(target=lambda: answers.append(server.ask(key, SEARCH % "Slow")))
        with held(market_copy):
            slow.start()
            until(lambda: "headwater_requests_running 1.0" in metrics(server))
            server.process.send_signal(number)
            until(lambda: not is_taken(server))
            assert not answers
        assert server.process.wait(40) == 0
        slow.join()
        assert answers[0].json()["data"]["search"]["total"]
        assert verified(server)
        assert "Slow" in audited(server)


def test_a_stop_of_all_processes_at_once_is_no_failure(market_copy: str, tmp_path: Path) -> None:
    with running(market_copy, tmp_path, "--workers", "2") as server:
        os.killpg(server.process.pid, signal.SIGTERM)
        assert server.process.wait(40) == 0


def metrics(server: Running) -> str:
    return httpx.get(server.url.replace("graphql", "metrics"), timeout=30).text


def test_a_request_whose_body_is_on_its_way_is_answered(market_copy: str, tmp_path: Path) -> None:
    with running(market_copy, tmp_path) as server:
        key = server.key("investigator")
        body = orjson.dumps({"query": "query Late { me { role } }"})

        def parts() -> Iterator[bytes]:
            yield body[:10]
            until(lambda: "headwater_requests_running 1.0" in metrics(server))
            server.process.terminate()
            until(lambda: not is_taken(server))
            yield body[10:]

        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        answer = httpx.post(server.url, content=parts(), headers=headers, timeout=30)
        assert answer.json()["data"] == {"me": {"role": "investigator"}}
        assert server.process.wait(40) == 0


def is_taken(server: Running) -> bool:
    """Whether new connections are taken."""
    try:
        httpx.get(server.url.replace("graphql", "health"), timeout=5)
    except httpx.TransportError:
        return False
    return True


# Killed


def test_a_killed_worker_is_replaced_and_no_answer_is_missing_from_the_log(market_copy: str, tmp_path: Path) -> None:
    with running(market_copy, tmp_path, "--workers", "2") as server:
        with Load(server, server.key("investigator")) as load:
            until(lambda: load.codes["ok"] >= 50)
            before = children(server.process.pid)
            os.kill(before[0], signal.SIGKILL)
            until(lambda: len(set(children(server.process.pid)) - set(before)) == 1)
            seen = load.codes["ok"]
            until(lambda: load.codes["ok"] >= seen + 50)
        assert set(load.codes) <= {"ok", "lost"}
        until(lambda: "headwater_requests_running 0.0" in metrics(server))
        assert set(load.answered) <= audited(server)
        assert verified(server)


def test_a_killed_server_starts_again_and_no_answer_is_missing_from_the_log(market_copy: str, tmp_path: Path) -> None:
    with running(market_copy, tmp_path, "--workers", "2") as server, Load(server, server.key("investigator")) as load:
        until(lambda: load.codes["ok"] >= 100)
        os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()
        port = httpx.URL(server.url).port
        with running(market_copy, tmp_path, "--workers", "2", port=port) as again:
            seen = load.codes["ok"]
            until(lambda: load.codes["ok"] >= seen + 100)
            assert verified(again)
    assert set(load.codes) <= {"ok", "lost"}
    assert set(load.answered) <= audited(server)
    assert verified(server)


def test_workers_end_when_their_server_was_killed(market_copy: str, tmp_path: Path) -> None:
    with running(market_copy, tmp_path, "--workers", "2") as server:
        left = children(server.process.pid)
        assert len(left) == 2
        server.process.kill()
        server.process.wait()
        until(lambda: not is_taken(server))
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))


def test_a_job_whose_server_was_killed_is_told_as_failed_and_its_upload_removed(
    market_copy: str, tmp_path: Path
) -> None:
    with State(tmp_path / "state") as state:
        job = create_job(state, "load", by="k", worker=process())
        start_job(state, job.id)
        left = state.folder / "uploads" / process() / "job-1"
        left.mkdir(parents=True)
        (left / "companies.csv").touch()
        with running(market_copy, tmp_path):
            assert find_job(state, job.id).outcome == "interrupted"
            assert not left.exists()


def test_a_job_whose_worker_was_killed_is_told_as_failed_when_another_takes_its_place(
    market_copy: str, tmp_path: Path
) -> None:
    with running(market_copy, tmp_path) as server, closing(sqlite3.connect(market_copy.partition(":")[2])) as other:
        other.execute("BEGIN IMMEDIATE")  # which the load waits for
        rows = (MARKET / "feeds" / "freight.csv").read_bytes().splitlines(keepends=True)
        key = server.key("steward")
        (worker,) = children(server.process.pid)
        operations = "mutation($file: Upload!) { load(file: $file) { id } }"
        sent = {"operations": orjson.dumps({"query": operations, "variables": {"file": None}}).decode()}
        answer = httpx.post(
            server.url,
            data={**sent, "map": '{"0": ["variables.file"]}'},
            files={"0": ("freight.csv", b"".join(rows[:3]))},
            headers={"authorization": f"Bearer {key}"},
            timeout=60,
        )
        job = answer.json()["data"]["load"]["id"]
        with State(server.state, create=False) as state:
            until(lambda: find_job(state, job).state == "running")
            (upload,) = (server.state / "uploads").glob("*/*/freight.csv")
            assert not upload.stat().st_mode & 0o077
            os.kill(worker, signal.SIGKILL)
            until(lambda: find_job(state, job).state == "failed")
            assert find_job(state, job).outcome == "interrupted"
            assert not upload.exists()


def test_a_second_server_on_a_state_is_refused_and_the_first_goes_on(market_copy: str, tmp_path: Path) -> None:
    with running(market_copy, tmp_path) as server, State(server.state, create=False) as state:
        job = create_job(state, "load", by="k", worker=process())
        command = [sys.executable, "-m", "headwater.cli", "serve", "--store", market_copy, "--port", str(free_port())]
        environment = {**os.environ, "HEADWATER_STATE": str(server.state), "HEADWATER_LANG": "en"}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 6
        assert f"another server (process {server.process.pid}) serves this state" in done.stderr
        assert done.stderr.count("\n") == 1
        assert find_job(state, job.id).state == "queued"
        assert is_ready(server)


def test_a_port_that_is_taken_is_told(market_copy: str, tmp_path: Path) -> None:
    with running(market_copy, tmp_path) as server:
        port = str(httpx.URL(server.url).port)
        command = [sys.executable, "-m", "headwater.cli", "serve", "--store", market_copy, "--port", port]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 2
        assert f"127.0.0.1:{port}: this cannot be listened at" in done.stderr
        assert "Traceback" not in done.stderr


# Left by the disk


def test_a_full_disk_refuses_every_query_until_there_is_room(market_copy: str, tmp_path: Path) -> None:
    with running(market_copy, tmp_path) as server:
        key = server.key("investigator")
        with Load(server, key, threads=2) as load:
            until(lambda: load.codes["ok"] >= 20)
            (worker,) = children(server.process.pid)
            resource.prlimit(worker, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
            until(lambda: load.codes["audit_unavailable"] >= 20)
            answer = server.ask(key, SEARCH % "Refused")
            assert answer.status_code == 503
            assert "data" not in answer.json()
            assert not is_ready(server)
            unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(worker, resource.RLIMIT_FSIZE, unlimited)
            seen = load.codes["ok"]
            until(lambda: load.codes["ok"] >= seen + 20)
            assert is_ready(server)
            assert children(server.process.pid) == [worker]
        assert set(load.codes) == {"ok", "audit_unavailable"}
        assert set(load.answered) <= audited(server)
        assert "Refused" not in audited(server)
        assert verified(server)


# Left by the store


class Neo4j:
    """A real server that can be stopped and started again with what it holds."""

    def __init__(self, home: Path) -> None:
        self._home, self._port = home, localserver._free_port()
        self._java, self._jars = localserver._java(), jars_folder(None)
        password = secrets.token_hex(16)
        self.url = f"neo4j://neo4j:{password}@127.0.0.1:{self._port}/neo4j"
        self._server: subprocess.Popen[bytes] | None = None
        localserver._configure(home, self._port, "128m")
        localserver._set_password(self._java, self._jars, home, password)

    def start(self) -> None:
        (self._home / "logs" / "neo4j.log").unlink(missing_ok=True)
        self._server = localserver._start(self._java, self._jars, self._home, "512m")
        localserver._await(self._server, self._home, self._port)

    def stop(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait()


@contextmanager
def neo4j(home: Path) -> Iterator[Neo4j]:
    server = Neo4j(home)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.mark.usefixtures("neo4j_url")  # so that what leaves out the tests with a Neo4j leaves out this one
def test_a_store_that_goes_and_comes_back_needs_no_restart(tmp_path: Path) -> None:
    home = tmp_path / "neo4j"
    home.mkdir()
    with neo4j(home) as store:
        with open_store(store.url) as opened:
            load(opened, [MARKET / "feeds" / "companies.csv"])
        with running(store.url, tmp_path) as server:
            worker = children(server.process.pid)
            with Load(server, server.key("investigator")) as load_:
                until(lambda: load_.codes["ok"] >= 50)
                store.stop()
                until(lambda: load_.codes["store_unavailable"] >= 4, 120)
                assert not is_ready(server)
                store.start()
                seen = load_.codes["ok"]
                until(lambda: load_.codes["ok"] >= seen + 50)
                assert is_ready(server)
            assert set(load_.codes) <= {"ok", "store_unavailable"}
            assert children(server.process.pid) == worker
            assert set(load_.answered) <= audited(server)
            assert verified(server)
