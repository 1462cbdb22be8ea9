"""What is counted, in the text format of Prometheus: by all worker processes, told by any of them.

Each worker writes its numbers into files of one folder; whoever is asked adds them up. See
https://prometheus.github.io/client_python/multiprocess.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.http.addresses import is_within
from api.jobs.table import JobState
from api.state import State
from graph.errors import HeadwaterError

if TYPE_CHECKING:
    from prometheus_client import Counter, Gauge, Histogram, Metric

CONTENT = "text/plain; version=0.0.4; charset=utf-8"
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_SIZE = 1 << 18
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The metrics of this process.

    Attributes:
        requests: Requests by `kind` and `outcome`.
        seconds: How long they took, by `kind`.
        running: Requests to `/graphql` that are being answered.
        store_seconds: How long the store took for its calls, by `call`.
        audit_waiting: Entries that wait for the disk of the audit log.
        subscriptions: Subscriptions that are open.
    """

    requests: Counter
    seconds: Histogram
    running: Gauge
    store_seconds: Histogram
    audit_waiting: Gauge
    subscriptions: Gauge

    def __init__(self, folder: Path | None = None) -> None:
        """Args:
        folder: Where worker processes meet; without one this process counts for itself. It must be given before
            anything else in the process imports `prometheus_client`, which looks for it then.
        """
        self._folder = folder if folder is not None and _is_reserved(folder) else None
        if self._folder is not None:
            os.environ[_FOLDER] = str(self._folder)
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._registry = registry = CollectorRegistry()
        many: dict[str, Any] = {"registry": registry, "multiprocess_mode": "livesum"}
        self.requests = Counter(
            "headwater_requests", "Requests that were answered.", ["kind", "outcome"], registry=registry
        )
        self.seconds = Histogram(
            "headwater_request_seconds", "How long requests took.", ["kind"], buckets=_SECONDS, registry=registry
        )
        self.store_seconds = Histogram(
            "headwater_store_seconds", "How long the store took.", ["call"], buckets=_SECONDS, registry=registry
        )
        self.running = Gauge("headwater_requests_running", "Requests to /graphql being answered.", **many)
        self.audit_waiting = Gauge("headwater_audit_waiting", "Entries that wait for the audit log's disk.", **many)
        self.subscriptions = Gauge("headwater_subscriptions", "Subscriptions that are open.", **many)

    def page(self, state: State) -> bytes:
        """All metrics of all processes, and the jobs that the state knows."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = self._registry
        if self._folder is not None:
            _forget_the_dead(self._folder)
            registry = CollectorRegistry()
            MultiProcessCollector(registry, str(self._folder))  # type: ignore[no-untyped-call]
        jobs = CollectorRegistry()
        jobs.register(_Jobs(state))
        return generate_latest(registry) + generate_latest(jobs)


class _Jobs:
    """Jobs by their state, counted when it is asked for: they belong to no process."""

    def __init__(self, state: State) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily

        counts = dict.fromkeys(get_args(JobState), 0)
        with suppress(HeadwaterError):  # the other metrics are still worth to be told
            for row in self._state.rows("SELECT state, count(*) AS jobs FROM job GROUP BY state"):
                counts[row["state"]] = row["jobs"]
        family = GaugeMetricFamily("headwater_jobs", "Jobs by their state.", labels=["state"])
        for state, number in counts.items():
            family.add_metric([state], number)
        yield family


_mine: list[Metrics] = []


def metrics() -> Metrics:
    """The metrics of this process."""
    if not _mine:
        _mine.append(Metrics())
    return _mine[0]


def join(folder: Path) -> None:
    """Makes this process count in the folder where its server's workers meet."""
    _mine[:] = [Metrics(folder)]


async def endpoint(request: Request) -> Response:
    """Tells the metrics to those addresses that may ask; all others are told that there is no such page."""
    service = request.app.state.service
    if request.client is None or not is_within(request.client.host, service.settings.metrics_from):
        raise HTTPException(404)
    metrics().audit_waiting.set(service.audit.waiting)
    return Response(await asyncio.to_thread(metrics().page, service.state), headers={"content-type": CONTENT})


def clean(folder: Path) -> None:
    """Makes the folder for a server that starts: what an earlier one counted is gone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _is_reserved(folder: Path) -> bool:
    """Takes room for this process' files, whether there was any.

    The library maps files that are longer than what is on the disk; on a full disk the process would be killed by the
    first number that does not fit.
    """
    try:
        for kind in ("counter", "histogram", "gauge_livesum"):
            path = folder / f"{kind}_{os.getpid()}.db"
            if path.exists():
                continue
            part = folder / f".{path.name}"
            with part.open("wb") as file:
                file.write(bytes(_SIZE))
            part.rename(path)
    except OSError:
        return False
    return True


def _forget_the_dead(folder: Path) -> None:
    """Takes away what killed workers were at: they run nothing any more. What they counted stays."""
    for path in folder.glob("gauge_live*.db"):
        process = path.stem.rpartition("_")[2]
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            path.unlink(missing_ok=True)
        except OSError:
            continue
