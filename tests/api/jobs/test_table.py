from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.jobs import table as jobs
from api.state import State
from graph.errors import NotFound


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "state") as opened:
        yield opened


def test_a_job_is_followed_from_its_queue_to_its_report(state: State) -> None:
    job = jobs.create_job(state, "load", by="me")
    assert (job.state, job.done, job.total, job.report) == ("queued", 0, None, None)
    assert jobs.start_job(state, job.id, 10).state == "running"
    with State(state.folder) as another:
        jobs.note_progress(another, job.id, 4)
    assert (jobs.find_job(state, job.id).done, jobs.find_job(state, job.id).total) == (4, 10)
    ended = jobs.finish_job(state, job.id, {"rows": 10})
    assert (ended.state, ended.report) == ("done", {"rows": 10})


def test_a_job_that_failed_tells_its_error(state: State) -> None:
    job = jobs.create_job(state, "load", by="me")
    assert jobs.fail_job(state, job.id, "mapping", "none fits").report == {
        "error": {"code": "mapping", "message": "none fits"}
    }


def test_a_job_that_has_ended_stays_as_it_ended(state: State) -> None:
    job = jobs.create_job(state, "load", by="me")
    ended = jobs.finish_job(state, job.id, None)
    with pytest.raises(NotFound):
        jobs.note_progress(state, job.id, 1)
    with pytest.raises(NotFound):
        jobs.fail_job(state, job.id, "error", "too late")
    assert jobs.find_job(state, job.id) == ended


def test_the_jobs_of_others_are_not_listed_the_newest_come_first(state: State) -> None:
    mine = [jobs.create_job(state, "load", by="me").id for _ in range(3)]
    other = jobs.create_job(state, "load", by="you").id
    assert [job.id for job in jobs.list_jobs(state, by="me")] == mine[::-1]
    assert [job.id for job in jobs.list_jobs(state, limit=2)] == [other, mine[-1]]


def test_jobs_of_a_server_that_is_gone_end(state: State) -> None:
    ended = jobs.finish_job(state, jobs.create_job(state, "load", by="me").id, {"rows": 1})
    left = jobs.start_job(state, jobs.create_job(state, "load", by="me").id)
    assert jobs.fail_abandoned(state, "2000-01-01T00:00:00+00:00") == 0
    assert jobs.fail_abandoned(state, "2100-01-01T00:00:00+00:00") == 1
    assert jobs.find_job(state, ended.id) == ended
    assert jobs.find_job(state, left.id).report["error"]["code"] == "interrupted"


def test_an_unknown_job_is_not_found(state: State) -> None:
    with pytest.raises(NotFound):
        jobs.find_job(state, "none")
