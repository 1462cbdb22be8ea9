from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.jobs import table as jobs
from api.state import State
from api.tenure import lives, process
from graph.errors import NotFound

ME = process()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "state") as opened:
        yield opened


def test_a_job_is_followed_from_its_queue_to_its_report(state: State) -> None:
    job = jobs.create_job(state, "load", by="me", worker=ME)
    assert (job.state, job.done, job.total, job.report) == ("queued", 0, None, None)
    assert jobs.start_job(state, job.id).state == "running"
    with State(state.folder) as another:
        jobs.note_progress(another, job.id, 2, 10)
        jobs.note_progress(another, job.id, 4)
    assert (jobs.find_job(state, job.id).done, jobs.find_job(state, job.id).total) == (4, 10)
    ended = jobs.finish_job(state, job.id, {"rows": 10})
    assert (ended.state, ended.report, ended.outcome) == ("done", {"rows": 10}, "ok")


def test_a_job_that_failed_tells_its_error(state: State) -> None:
    job = jobs.create_job(state, "load", by="me", worker=ME)
    assert jobs.fail_job(state, job.id, "mapping", "none fits").report == {
        "error": {"code": "mapping", "message": "none fits"}
    }


def test_a_job_that_has_ended_stays_as_it_ended(state: State) -> None:
    job = jobs.create_job(state, "load", by="me", worker=ME)
    ended = jobs.finish_job(state, job.id, None)
    with pytest.raises(NotFound):
        jobs.note_progress(state, job.id, 1)
    with pytest.raises(NotFound):
        jobs.fail_job(state, job.id, "error", "too late")
    assert jobs.find_job(state, job.id) == ended


def test_the_jobs_of_workers_that_are_gone_end(state: State) -> None:
    ended = jobs.finish_job(state, jobs.create_job(state, "load", by="me", worker="1-1").id, {"rows": 1})
    mine = jobs.create_job(state, "load", by="me", worker=ME)
    left = jobs.start_job(state, jobs.create_job(state, "load", by="me", worker="1-1").id)
    (failed,) = jobs.fail_abandoned(state, lives)
    assert (failed.id, failed.outcome) == (left.id, "interrupted")
    assert jobs.fail_abandoned(state, lives) == []
    assert jobs.find_job(state, ended.id) == ended
    assert jobs.find_job(state, mine.id).state == "queued"


def test_jobs_that_ended_long_ago_are_forgotten(state: State) -> None:
    old, open_, recent = (jobs.create_job(state, "load", by="me", worker=ME).id for _ in range(3))
    for id_ in (old, recent):
        jobs.finish_job(state, id_, {})
    with state.transaction() as db:
        db.execute("UPDATE job SET made = '2000-01-01T00:00:00+00:00' WHERE id IN (?, ?)", (old, open_))
    jobs.create_job(state, "load", by="me", worker=ME)
    with pytest.raises(NotFound):
        jobs.find_job(state, old)
    assert [jobs.find_job(state, id_).id for id_ in (open_, recent)] == [open_, recent]


def test_an_unknown_job_is_not_found(state: State) -> None:
    with pytest.raises(NotFound):
        jobs.find_job(state, "none")
