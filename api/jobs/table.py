"""Jobs: work that outlasts a request, its progress and its report, seen by every worker process."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from sqlite3 import Row
from typing import Any, Literal

import orjson

from api.state import State, moment
from graph.errors import NotFound

JobState = Literal["queued", "running", "done", "failed"]
_OPEN = "state IN ('queued', 'running')"


@dataclass(frozen=True, slots=True)
class Job:
    """A job.

    Attributes:
        id: Random, so that it cannot be guessed.
        kind: What is done: `load`.
        state: How far it is.
        done: How much is done, in units of its own: rows for a load.
        total: How much there is to do; None while that is not known.
        report: What came of it: any JSON; `{"error": {"code", "message"}}` where it failed; None before its end.
        by: The id of the viewer who asked for it.
        made: When it was asked for.
        changed: When it was last heard of.
    """

    id: str
    kind: str
    state: JobState
    done: int
    total: int | None
    report: Any
    by: str
    made: str
    changed: str


def create_job(state: State, kind: str, *, by: str) -> Job:
    """A new job, queued."""
    id_, now = secrets.token_hex(16), moment()
    with state.transaction() as db:
        query = "INSERT INTO job (id, kind, state, done, maker, made, changed) VALUES (?, ?, 'queued', 0, ?, ?, ?)"
        db.execute(query, (id_, kind, by, now, now))
    return find_job(state, id_)


def start_job(state: State, id_: str, total: int | None = None) -> Job:
    """Says that a job runs.

    Raises:
        NotFound: There is none of this id that is not ended.
    """
    return _change(state, id_, "state = 'running', total = ?", total)


def note_progress(state: State, id_: str, done: int, total: int | None = None) -> Job:
    """Says how much of a job is done; a total that was told before stays unless it is told anew.

    Raises:
        NotFound: There is none of this id that is not ended.
    """
    return _change(state, id_, "state = 'running', done = ?, total = coalesce(?, total)", done, total)


def finish_job(state: State, id_: str, report: Any) -> Job:
    """Ends a job with its report.

    Raises:
        NotFound: There is none of this id that is not ended.
    """
    return _change(state, id_, "state = 'done', report = ?", orjson.dumps(report).decode())


def fail_job(state: State, id_: str, code: str, message: str) -> Job:
    """Ends a job with an error.

    Raises:
        NotFound: There is none of this id that is not ended.
    """
    return _change(state, id_, "state = 'failed', report = ?", _error(code, message))


def fail_abandoned(state: State, before: str) -> int:
    """Ends the jobs that were not heard of since this moment: whoever ran them is gone. Gives how many there were."""
    with state.transaction() as db:
        query = f"UPDATE job SET state = 'failed', report = ?, changed = ? WHERE {_OPEN} AND changed < ?"
        report = _error("interrupted", "the server ended before the job did; ask for it again")
        return db.execute(query, (report, moment(), before)).rowcount


def find_job(state: State, id_: str) -> Job:
    """The job of this id.

    Raises:
        NotFound: There is none.
    """
    for row in state.rows("SELECT * FROM job WHERE id = ?", id_):
        return _job(row)
    raise NotFound(f"there is no job {id_!r}")


def list_jobs(state: State, by: str | None = None, limit: int = 100) -> list[Job]:
    """The newest jobs first; of one viewer, or of all."""
    query = "SELECT * FROM job WHERE ?1 IS NULL OR maker = ?1 ORDER BY made DESC, rowid DESC LIMIT ?2"
    return [_job(row) for row in state.rows(query, by, limit)]


def _change(state: State, id_: str, what: str, *values: object) -> Job:
    with state.transaction() as db:
        query = f"UPDATE job SET {what}, changed = ? WHERE id = ? AND {_OPEN}"
        if not db.execute(query, (*values, moment(), id_)).rowcount:
            raise NotFound(f"there is no job {id_!r} that is not ended")
    return find_job(state, id_)


def _error(code: str, message: str) -> str:
    return orjson.dumps({"error": {"code": code, "message": message}}).decode()


def _job(row: Row) -> Job:
    report = None if row["report"] is None else orjson.loads(row["report"])
    progress = (row["id"], row["kind"], row["state"], row["done"], row["total"])
    return Job(*progress, report, row["maker"], row["made"], row["changed"])
