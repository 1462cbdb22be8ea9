"""Work that outlasts a request: loads and what else writes much, one job after another in each worker process."""

from __future__ import annotations

import logging
import secrets
import shutil
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any

import orjson

from api.errors import Forbidden
from api.jobs.table import Job, create_job, fail_job, finish_job, note_progress, start_job
from api.state import State
from graph.errors import HeadwaterError
from graph.store import Store
from ingest import loader
from ingest.report import Progress

Tell = Callable[[int, int], Any]
"""Told how much is done, of how much."""

log = logging.getLogger("headwater.api")

_TOLD = 0.25  # seconds between two notes of a job's progress


class Queue:
    """The jobs of a worker process."""

    def __init__(self, state: State, store: Callable[[], Store]) -> None:
        """Args:
        state: Where jobs are noted, and uploads kept until they are loaded.
        store: Gives the store of the thread that asks.
        """
        self._state = state
        self._store = store
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="job")
        self.folder = state.folder / "uploads"
        self.folder.mkdir(mode=0o700, exist_ok=True)

    def close(self) -> None:
        """Finishes the job at hand; those that wait are left to fail, and are told so at the next start."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def load(
        self,
        upload: Path,
        *,
        mapping: str | None,
        source: str | None,
        add: bool,
        by: str,
        closed: Collection[str] = (),
    ) -> Job:
        """Queues the load of an uploaded file, which is taken out of its folder, and removed when that has ended.

        It fails when a table of the file is of one of the `closed` sources, as its columns may tell.
        """
        folder = self.folder / f"job-{secrets.token_hex(16)}"
        upload.parent.rename(folder)
        path = folder / upload.name

        def run(tell: Tell) -> Any:
            try:
                prepared = loader.prepare([path], mapping=mapping, source=source)
                if refused := sorted({plan.source for plan in prepared.plans} & set(closed)):
                    raise Forbidden(f"{refused[0]} is a public source, which an admin loads; name another source")
                progress = _seldom(lambda step: tell(step.position, step.size))
                return loader.load_prepared(self._store(), prepared, add=add, progress=progress).told()
            finally:
                shutil.rmtree(folder, ignore_errors=True)

        return self._queue("load", by, run, f"{folder}/")

    def forget(self, source: str, *, by: str) -> Job:
        """Queues taking back what only a source said."""
        return self._queue(
            "forget", by, lambda tell: {"source": source, "records": loader.forget(self._store(), source)}
        )

    def retry(self, source: str | None, file: str | None, *, by: str) -> Job:
        """Queues reading rows set aside once more."""
        return self._queue("retry", by, lambda tell: loader.retry(self._store(), source, file).told())

    def _queue(self, kind: str, by: str, run: Callable[[Tell], Any], hidden: str = "") -> Job:
        """Queues work; `hidden` is a text that its report must not hold: where on this machine a file lay."""
        job = create_job(self._state, kind, by=by)
        self._threads.submit(self._run, job.id, run, hidden)
        return job

    def _run(self, job: str, run: Callable[[Tell], Any], hidden: str) -> None:
        try:
            start_job(self._state, job)
            report = orjson.dumps(run(lambda done, total: note_progress(self._state, job, done, total)))
            finish_job(self._state, job, orjson.loads(report.replace(hidden.encode(), b"")))
        except HeadwaterError as error:
            fail_job(self._state, job, error.code, str(error).replace(hidden, ""))
        except Exception:
            log.exception("job %s failed", job)
            fail_job(self._state, job, "internal", "something went wrong inside Headwater; report it with the job's id")


def _seldom(tell: Callable[[Progress], None]) -> Callable[[Progress], None]:
    """The same, but not more often than a database needs to hear of it."""
    told = 0.0

    def seldom(progress: Progress) -> None:
        nonlocal told
        if monotonic() - told > _TOLD:
            told = monotonic()
            tell(progress)

    return seldom
