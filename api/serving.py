"""Serving: the application in worker processes, until it is told to stop."""

from __future__ import annotations

import gc
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server

from api.app import app
from api.audit.entry import job_entry
from api.audit.log import AuditLog
from api.jobs.queue import swept
from api.query.documents import Documents
from api.settings import Settings
from api.state import State
from api.telemetry import logs, metrics, tracing
from api.tenure import tenure
from api.types import schema
from graph import glossary
from graph.errors import SettingError

_GRACE = 10  # seconds beyond a query's own time in which what runs may end when the service is stopped
_LOOK = 0.5  # seconds between two looks at whether the server still lives
_METRICS = "metrics"
_serving: list[Any] = []
"""The server of this process, which a forked worker has a copy of."""


def serve(settings: Settings, host: str, port: int, workers: int, tell: Callable[[], None]) -> None:
    """Serves until SIGINT or SIGTERM; what runs then is finished. `tell` is called when nothing stands against it.

    Raises:
        SettingError: The address cannot be listened at, or a setting names what is not installed or cannot be used.
        StateUnavailable: The state cannot be used.
    """
    if settings.tracing is not None:
        tracing.check()
    address = _address(host, port)
    if settings.safelist is not None:
        Documents(schema.plan().schema, limits=settings.limits, safelist=settings.safelist)
    State(settings.state).close()  # what cannot be opened stops here, rather than worker after worker
    with tenure(settings.state):
        _serve(settings, address, port, workers, tell)


def _serve(settings: Settings, address: str, port: int, workers: int, tell: Callable[[], None]) -> None:
    with State(settings.state) as state:
        # None of another server lives any more.
        if left := swept(state, lambda worker: False):
            log = AuditLog(state)
            for job in left:
                log.append(job_entry(job, {}))
            log.close()
    folder = (settings.state / _METRICS / str(port)).absolute()
    metrics.clean(folder)
    server = Server(
        "headwater",
        address=address,
        port=port,
        interface=Interfaces.ASGI,
        loop=Loops.asyncio,
        workers=workers,
        log_level=LogLevels.warning,
        log_dictconfig=logs.for_server(settings.log),
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=round(settings.timeout) + _GRACE,
        process_name=None,
    )
    _serving[:] = [server]
    tell()
    try:
        server.serve(target_loader=loader(settings, folder), wrap_loader=False)
    except SystemExit:
        # Whoever stops a service may signal all of its processes: workers that end then have not failed.
        if not server.interrupt_signal:
            raise


def loader(settings: Settings, folder: Path) -> Callable[..., Any]:
    """What makes the application in a worker process, be it forked from this one or begun anew.

    Workers read names as this process does, also those that begin when the user's own glossary was changed or removed.
    """
    return partial(_load, settings, folder, os.getpid(), glossary.added())


def _load(settings: Settings, folder: Path, parent: int, words: glossary.Added, *_: Any) -> Any:
    """The application, in a worker process."""
    # A forked worker has the server's own handlers until it listens: a signal to end would be lost on it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    if any(server.interrupt_signal for server in _serving):
        raise SystemExit(0)
    os.umask(0o077)  # what it writes, uploads above all, is for nobody else
    glossary.take_over(words)
    logs.configure(settings.log)
    metrics.join(folder)
    if settings.tracing is not None:
        tracing.configure(settings.tracing)
    # What the schema and the modules hold lives as long as the process: no collection need look through it again.
    schema.plan()
    gc.collect()
    gc.freeze()
    threading.Thread(target=_outlive, args=(parent,), name="parent", daemon=True).start()
    return app(settings)


def _outlive(parent: int) -> None:
    """Stops this worker when the server that began it was killed: nothing could ever stop it otherwise."""
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os.kill(os.getpid(), signal.SIGTERM)


def _address(host: str, port: int) -> str:
    """The address of a host, an IPv4 one where it has any.

    One that is taken is refused: workers share theirs among themselves, so that a second server would join them.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return str(address[0])
    except OSError as error:
        raise SettingError(
            f"{host}:{port}: this cannot be listened at ({error.strerror or error}); choose another --host or --port, "
            "or stop what listens there"
        ) from error
