"""Jobs as they are run: what becomes of their ends, their errors and the files that they load."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from api.answering import Service
from api.jobs.queue import UPLOADS, Queue
from api.jobs.table import Job, find_job
from api.state import State
from api.tenure import process
from graph.errors import StoreUnavailable
from graph.opening import open_store
from graph.store import Store
from tests.api.conftest import MARKET


@pytest.fixture
def state(tmp_path: Path) -> Any:
    with State(tmp_path / "state") as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with open_store(f"sqlite:{tmp_path / 'store.db'}") as opened:
        yield opened


class Ends:
    """Notes the jobs that ended."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.about: list[Mapping[str, Any]] = []
        self._more = Event()

    def __call__(self, job: Job, about: Mapping[str, Any]) -> None:
        self.jobs.append(job)
        self.about.append(about)
        self._more.set()

    def wait(self) -> Job:
        assert self._more.wait(30)
        return self.jobs[0]


def uploaded(queue: Queue, name: str, content: bytes) -> Path:
    folder = queue.folder / "upload"
    folder.mkdir()
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_job_ends_and_leaves_no_file(state: State, store: Store) -> None:
    ends = Ends()
    queue = Queue(state, lambda: store, ends)
    upload = uploaded(queue, "companies.csv", (MARKET / "feeds" / "companies.csv").read_bytes())
    made = queue.load(upload, mapping=None, source=None, add=False, by="me")
    job = ends.wait()
    assert (job.id, job.outcome, job.worker) == (made.id, "ok", process())
    assert job.done == job.total == len((MARKET / "feeds" / "companies.csv").read_bytes())
    assert ends.about == [{"file": "companies.csv", "mapping": None, "source": None, "add": False}]
    assert list(queue.folder.glob("job-*")) == []
    queue.close()
    assert list((state.folder / UPLOADS).iterdir()) == []


def test_an_end_that_cannot_be_written_is_written_when_it_can(state: State, store: Store) -> None:
    ends = Ends()
    queue = Queue(state, lambda: store, ends)
    begun, locked, tried = Event(), Event(), Event()

    class Closing(Event):
        def wait(self, timeout: float | None = None) -> bool:
            tried.set()
            return super().wait(0.01)

    queue._is_closing = Closing()

    def waits() -> Store:
        begun.set()
        assert locked.wait(30)
        return store

    queue._store = waits
    job = queue.forget("nobody", by="me")
    assert begun.wait(30)
    state._db.execute("PRAGMA busy_timeout = 0")
    with State(state.folder) as other:
        with other.transaction():
            locked.set()
            assert tried.wait(30) and not ends.jobs
        assert ends.wait().id == job.id
    assert find_job(state, job.id).outcome == "ok"
    queue.close()


def test_jobs_that_were_never_begun_fail_when_the_worker_stops_and_leave_no_file(state: State, store: Store) -> None:
    ends = Ends()
    held = Event()

    def waits() -> Store:
        assert held.wait(30)
        return store

    queue = Queue(state, waits, ends)
    first = queue.forget("nobody", by="me")
    second = queue.load(uploaded(queue, "a.csv", b"x"), mapping=None, source=None, add=False, by="me")
    queue._threads.shutdown(wait=False, cancel_futures=True)
    held.set()
    queue.close()
    assert {job.id: job.outcome for job in ends.jobs} == {first.id: "ok", second.id: "interrupted"}
    assert list((state.folder / UPLOADS).iterdir()) == []


def test_what_a_job_tells_of_the_store_is_for_whoever_asks(
    serving: Callable[..., Service], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service = serving(f"sqlite:{tmp_path / 'none.db'}")
    job = service.jobs.forget("nobody", by="me")
    service.jobs.close()
    told = find_job(service.state, job.id)
    assert told.outcome == StoreUnavailable.code
    assert str(tmp_path) not in str(told.report)
    assert str(tmp_path) not in caplog.text


def test_a_fault_of_ours_is_told_by_a_number_only(state: State, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Store:
        raise RuntimeError("secret of the house")

    queue = Queue(state, broken)
    job = queue.forget("nobody", by="me")
    queue.close()
    error = find_job(state, job.id).report["error"]
    assert error["code"] == "internal"
    assert "secret" not in error["message"]
    assert error["message"].rpartition(" ")[2] in caplog.text


def test_an_end_that_is_lost_is_logged(state: State, store: Store, caplog: pytest.LogCaptureFixture) -> None:
    queue = Queue(state, lambda: store)
    held = Event()
    queue._threads.submit(held.wait)
    job = queue.forget("nobody", by="me")
    with state.transaction() as db:
        db.execute("DELETE FROM job")
    with caplog.at_level(logging.ERROR):
        held.set()
        queue.close()
    assert f"the end of the job {job.id} could not be written" in caplog.text
