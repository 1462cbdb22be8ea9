"""Jobs: work that outlasts a request, its progress and its report, seen by every worker process."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from sqlite3 import Row
from typing import Any, Literal

import orjson

from api.errors import Resolving
from api.state import State, moment
from graph.errors import NotFound

JobState = Literal["queued", "running", "done", "failed"]
_OPEN = "state IN ('queued', 'running')"
_KEPT = timedelta(days=90)
"""For how long it is told what came of a job."""

INTERRUPTED = "the server ended before the job did; ask for it again"


@dataclass(frozen=True, slots=True)
class Job:
    """A job.

    Attributes:
        id: Random, so that it cannot be guessed.
        kind: What is done: `load`, `forget`, `retry` or `resolve`.
        state: How far it is.
        done: How much is done: bytes, for a load; of a run of `resolve`, hundredths.
        total: How much there is to do; None while that is not known.
        report: What came of it: any JSON; `{"error": {"code", "message"}}` where it failed; None before its end.
        by: The id of the viewer who asked for it.
        worker: The process that runs it, as `api.tenure` calls it.
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
    worker: str
    made: str
    changed: str

    @property
    def outcome(self) -> str:
        """`ok`, or the code of the error by which it failed."""
        return str(self.report["error"]["code"]) if self.state == "failed" else "ok"


def create_job(state: State, kind: str, *, by: str, worker: str, alone: bool = False) -> Job:
    """A new job, queued; those that ended long ago are forgotten.

    Raises:
        Resolving: It is to be the only one of its kind, and another is not ended.
    """
    id_, now = secrets.token_hex(16), moment()
    oldest = (datetime.now(UTC) - _KEPT).isoformat(timespec="seconds")
    with state.transaction() as db:
        db.execute(f"DELETE FROM job WHERE made < ? AND NOT {_OPEN}", (oldest,))
        if alone and (other := db.execute(f"SELECT id FROM job WHERE kind = ? AND {_OPEN}", (kind,)).fetchone()):
            raise Resolving(f"the job {other['id']} does that already; `job(id)` tells how far it is")
        columns = "id, kind, state, done, maker, worker, made, changed"
        query = f"INSERT INTO job ({columns}) VALUES (?, ?, 'queued', 0, ?, ?, ?, ?)"
        db.execute(query, (id_, kind, by, worker, now, now))
    return find_job(state, id_)


def start_job(state: State, id_: str) -> Job:
    """Says that a job runs.

    Raises:
        NotFound: There is none of this id that is not ended.
    """
    return _change(state, id_, "state = 'running'")


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


def fail_abandoned(state: State, lives: Callable[[str], bool]) -> list[Job]:
    """Ends the jobs whose workers do not live any more, and gives them."""
    rows = state.rows(f"SELECT id, worker FROM job WHERE {_OPEN}")
    ended = []
    for id_ in (row["id"] for row in rows if not lives(row["worker"])):
        with suppress(NotFound):  # another was faster
            ended.append(fail_job(state, id_, "interrupted", INTERRUPTED))
    return ended


def find_job(state: State, id_: str) -> Job:
    """The job of this id.

    Raises:
        NotFound: There is none.
    """
    for row in state.rows("SELECT * FROM job WHERE id = ?", id_):
        return _job(row)
    raise NotFound(f"there is no job {id_!r}")


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
    return Job(*progress, report, row["maker"], row["worker"], row["made"], row["changed"])
