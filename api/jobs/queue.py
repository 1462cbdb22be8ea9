"""Work that outlasts a request: loads and what else writes much, one job after another in each worker process."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import orjson

from api.answers import told_of
from api.errors import Forbidden, StateUnavailable
from api.identity import Identity
from api.jobs.table import INTERRUPTED, Job, create_job, fail_abandoned, fail_job, finish_job, note_progress, start_job
from api.state import State
from api.tenure import lives, process
from graph.store import Store
from ingest import loader
from ingest.report import Progress

Tell = Callable[[int, int], Any]
"""Told how much is done, of how much."""
Ended = Callable[[Job, Mapping[str, Any]], Any]
"""Told of every job that has ended, and what it was asked to do, as far as that is known."""

log = logging.getLogger("headwater.api")

UPLOADS = "uploads"
"""The folder of the state where files lie until they are loaded."""
_TOLD = 0.25  # seconds between two notes of a job's progress
_AGAIN = 1.0  # seconds after which a job's end is written again that could not be


class _Stopping(Exception):
    """The worker stops, and the job may be cut off."""


@dataclass(frozen=True, slots=True)
class _Work:
    """What a job does.

    Attributes:
        run: Does it, and gives the report.
        about: What it was asked to do, by name.
        folder: That of the files it works on, removed at its end; nobody is told where on this machine it lies.
    """

    run: Callable[[Tell], Any]
    about: Mapping[str, Any]
    folder: Path | None = None

    def report(self, tell: Tell) -> Any:
        """Does it; the report is plain JSON."""
        return orjson.loads(self.hidden(orjson.dumps(self.run(tell)).decode()))

    def hidden(self, text: str) -> str:
        """A text without the place of the folder."""
        return text if self.folder is None else text.replace(f"{self.folder}/", "")

    def clear(self) -> None:
        """Removes the folder."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


class Queue:
    """The jobs of a worker process.

    Attributes:
        folder: Where uploads are kept until they are loaded; this worker's own, and removed with it.
        identity: What was compared of the store.
    """

    def __init__(self, state: State, store: Callable[[], Store], ended: Ended = lambda job, about: None) -> None:
        """Ends what workers left that are gone.

        Args:
            state: Where jobs are noted, and uploads kept until they are loaded.
            store: Gives the store of the thread that asks.
            ended: Told of every job that has ended.
        """
        self._state = state
        self._store = store
        self._ended = ended
        self.identity = Identity(state.folder)
        self._worker = process()
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="job")
        self._is_closing = Event()
        for job in swept(state, lives):
            ended(job, {})
        self.folder = state.folder / UPLOADS / self._worker
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def close(self) -> None:
        """Finishes the job at hand; those that wait fail."""
        self._is_closing.set()
        self._threads.shutdown(wait=True, cancel_futures=True)
        shutil.rmtree(self.folder, ignore_errors=True)

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
        """Queues the load of an uploaded file, which is kept in a folder of the job's until that has ended.

        It fails when a table of the file is of one of the `closed` sources, as its columns may tell.

        Raises:
            StateUnavailable: It cannot be kept.
        """
        folder = self.folder / f"job-{secrets.token_hex(16)}"
        path = folder / upload.name
        try:
            folder.mkdir(mode=0o700)
            os.link(upload, path)  # and not moved: a request may load one file twice
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise StateUnavailable("the file cannot be kept for its load; send it again") from error

        def run(tell: Tell) -> Any:
            prepared = loader.prepare([path], mapping=mapping, source=source)
            if refused := sorted({plan.source for plan in prepared.plans} & set(closed)):
                raise Forbidden(f"{refused[0]} is a public source, which an admin loads; name another source")
            seldom = _seldom(tell)

            def progress(step: Progress) -> None:
                seldom(step.position, step.size)

            return loader.load_prepared(self._store(), prepared, add=add, progress=progress).told()

        about = {"file": upload.name, "mapping": mapping, "source": source, "add": add}
        return self._queue("load", by, _Work(run, about, folder))

    def forget(self, source: str, *, by: str) -> Job:
        """Queues taking back what only a source said."""

        def run(tell: Tell) -> Any:
            store = self._store()
            records = loader.forget(store, source)
            self.identity.forget(store)
            return {"source": source, "records": records}

        return self._queue("forget", by, _Work(run, {"source": source}))

    def retry(self, source: str | None, file: str | None, *, by: str) -> Job:
        """Queues reading rows set aside once more."""

        def run(tell: Tell) -> Any:
            return loader.retry(self._store(), source, file).told()

        return self._queue("retry", by, _Work(run, {"source": source, "file": file}))

    def resolve(self, full: bool, *, by: str) -> Job:
        """Queues comparing the parties of the store, of which there is one at a time.

        Raises:
            Resolving: Another is queued, or runs.
        """

        def run(tell: Tell) -> Any:
            def told(done: int, total: int) -> None:
                if self._is_closing.is_set():
                    raise _Stopping  # the next run goes on where this one was
                tell(done, total)

            return self.identity.run(self._store(), full, _seldom(told))

        return self._queue("resolve", by, _Work(run, {"full": full}), alone=True)

    def _queue(self, kind: str, by: str, work: _Work, alone: bool = False) -> Job:
        try:
            job = create_job(self._state, kind, by=by, worker=self._worker, alone=alone)
            running = self._threads.submit(self._run, job, work)
        except BaseException:
            work.clear()
            raise
        running.add_done_callback(partial(self._left, job, work))
        return job

    def _run(self, job: Job, work: _Work) -> None:
        with suppress(StateUnavailable):  # as for `_tell`
            start_job(self._state, job.id)
        end: Callable[[], Job]
        try:
            end = partial(finish_job, self._state, job.id, work.report(partial(self._tell, job)))
        except _Stopping:
            end = partial(fail_job, self._state, job.id, "interrupted", INTERRUPTED)
        except Exception as error:
            code, message = told_of(error)
            end = partial(fail_job, self._state, job.id, code, work.hidden(message))
        finally:
            work.clear()
        self._end(end, work)

    def _tell(self, job: Job, done: int, total: int) -> None:
        with suppress(StateUnavailable):  # that it goes on matters more than that one sees it
            note_progress(self._state, job.id, done, total)

    def _end(self, write: Callable[[], Job], work: _Work) -> None:
        """Writes a job's end, again and again where it cannot be: until then the job would seem to run."""
        while True:
            try:
                job = write()
                break
            except StateUnavailable:
                if self._is_closing.wait(_AGAIN):
                    raise
        self._ended(job, work.about)

    def _left(self, job: Job, work: _Work, running: Future[None]) -> None:
        """Ends a job that was never begun, and tells of one whose end was not written."""
        try:
            if running.cancelled():
                work.clear()
                self._end(partial(fail_job, self._state, job.id, "interrupted", INTERRUPTED), work)
            else:
                running.result()
        except Exception as error:
            log.error("the end of the job %s could not be written", job.id, exc_info=error)


def swept(state: State, lives: Callable[[str], bool]) -> list[Job]:
    """Ends the jobs of workers that do not live any more and removes their uploads; gives those jobs.

    Raises:
        StateUnavailable: The state cannot be written.
    """
    for folder in (state.folder / UPLOADS).glob("*"):
        if not lives(folder.name):
            shutil.rmtree(folder, ignore_errors=True)
    return fail_abandoned(state, lives)


def _seldom(tell: Tell) -> Tell:
    """The same, but not more often than a database needs to hear of it."""
    told = 0.0

    def seldom(done: int, total: int) -> None:
        nonlocal told
        if monotonic() - told > _TOLD:
            told = monotonic()
            tell(done, total)

    return seldom
