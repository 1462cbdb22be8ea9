"""Serving: the application in worker processes, until it is told to stop."""

from __future__ import annotations

from functools import partial
from typing import Any

from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server
from granian.utils.proxies import wrap_asgi_with_proxy_headers

from api.app import app
from api.settings import Settings

_GRACE = 30  # seconds in which questions that run may end when the service is stopped


def serve(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serves until SIGINT or SIGTERM; what runs then is finished."""
    server = Server(
        "headwater",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        loop=Loops.asyncio,
        workers=workers,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=_GRACE,
        process_name=None,
    )
    server.serve(target_loader=partial(_load, settings), wrap_loader=False)


def _load(settings: Settings, *_: Any) -> Any:
    """The application, in a worker process."""
    made = app(settings)
    return wrap_asgi_with_proxy_headers(made, trusted_hosts=list(settings.proxies)) if settings.proxies else made
