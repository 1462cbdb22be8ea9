"""What stands around the application: headers of safety, the log, trusted proxies, other sites."""

from __future__ import annotations

import logging
from time import perf_counter
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.answers import refused
from api.errors import Forbidden
from api.http.addresses import LOOPBACK, is_loopback, is_within, origin_of
from api.http.responses import response
from api.settings import Settings
from api.telemetry import logs, tracing
from api.telemetry.metrics import metrics
from api.telemetry.trail import TRAIL, Trail, request_id

requests = logging.getLogger("headwater.request")

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_RAW = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
_PATHS = ("/graphql", "/health", "/ready", "/metrics")
_ASKS = {"content-type", "authorization", "headwater-case", "accept-language", "x-request-id"}


def layers(settings: Settings) -> list[Middleware]:
    """The middleware of the service, outermost first."""
    around = [Middleware(Secured), Middleware(Observed), Middleware(Forwarded, proxies=settings.proxies)]
    if settings.demo:
        around.append(Middleware(OwnMachineOnly, origins=settings.origins))
    if settings.origins:
        cors = Middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["POST"],
            allow_headers=sorted(_ASKS),
            expose_headers=["retry-after", "x-request-id"],
        )
        around.append(cors)
    return around


class Secured:
    """Headers that keep a browser from doing with an answer what it is not for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers as the application does."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                said = {name for name, _ in headers}
                message["headers"] = [*headers, *(pair for pair in _RAW if pair[0] not in said)]
            await send(message)

        await self.app(scope, receive, secured)


class Observed:
    """A request's id, its line in the log, its metrics and its span; and the answer where ours failed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers as the application does."""
        if scope["type"] not in ("http", "websocket"):
            try:
                await self.app(scope, receive, send)
            finally:
                tracing.close()
                logs.close()
            return
        headers = Headers(scope=scope)
        trail = Trail(request_id(headers.get("x-request-id", "")))
        path = scope["path"] if scope["path"] in _PATHS else "other"
        begun, status = perf_counter(), 0

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = trail.id
            elif message["type"] == "websocket.accept":
                status = 101
            await send(message)

        token = TRAIL.set(trail)
        running = metrics().running if path == "/graphql" and scope["type"] == "http" else None
        if running is not None:
            running.inc()
        try:
            with tracing.request_span(f"{scope.get('method', 'GET')} {path}", headers) as span:
                try:
                    await self.app(scope, receive, observed)
                except Exception as error:
                    answer = refused(error)
                    trail.outcome = answer.outcome
                    if status == 0 and scope["type"] == "http":
                        await response(answer, headers)(scope, receive, observed)
                trail.outcome = trail.outcome or ("ok" if 100 < status < 400 else f"http_{status}")
                if span is not None:
                    span.set_attribute("http.response.status_code", status)
                    span.set_attribute("headwater.outcome", trail.outcome)
                    span.set_attribute("headwater.request", trail.id)
                    if trail.kind != "other":
                        span.set_attribute("graphql.operation.type", trail.kind)
                        span.set_attribute("graphql.operation.name", trail.operation)
        finally:
            if running is not None:
                running.dec()
                metrics().audit_waiting.set(scope["app"].state.service.audit.waiting)
            TRAIL.reset(token)
            self._tell(scope, trail, path, status, perf_counter() - begun)

    def _tell(self, scope: Scope, trail: Trail, path: str, status: int, seconds: float) -> None:
        metrics().requests.labels(trail.kind, trail.outcome).inc()
        metrics().seconds.labels(trail.kind).observe(seconds)
        if requests.isEnabledFor(logging.INFO):
            fields = {
                "id": trail.id, "viewer": trail.viewer, "kind": trail.kind, "operation": trail.operation,
                "outcome": trail.outcome, "ms": round(1000 * seconds, 2), "path": path, "status": status,
            }  # fmt: skip
            requests.info("request", extra={"fields": {k: v for k, v in fields.items() if v != ""}})


class Forwarded:
    """Whose a request is: the proxy's word counts where the proxy is trusted, nobody else's."""

    def __init__(self, app: ASGIApp, proxies: tuple[str, ...] = ()) -> None:
        self.app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers as the application does; `client` is None in its scope when that cannot be told."""
        if scope["type"] in ("http", "websocket"):
            headers = Headers(scope=scope)
            peer = scope["client"][0] if scope.get("client") else ""
            if is_within(peer, self._proxies):
                origin = origin_of(peer, ",".join(headers.getlist("x-forwarded-for")), self._proxies)
                scope["client"] = None if origin is None else (origin, 0)
                scheme = headers.get("x-forwarded-proto", "")
                if scheme in ("http", "https"):
                    is_socket = scope["type"] == "websocket"
                    scope["scheme"] = scheme.replace("http", "ws") if is_socket else scheme
            elif any(name in headers for name in _FORWARDED):
                # Somebody stands between: this is not the peer's own request, nor known whose else.
                scope["client"] = None
        await self.app(scope, receive, send)


class OwnMachineOnly:
    """Refuses what does not come from this machine, or what another site makes a browser on it ask.

    https://owasp.org/www-community/attacks/DNS_Rebinding: by a name that it points at 127.0.0.1, which Host then has.
    """

    def __init__(self, app: ASGIApp, origins: tuple[str, ...] = ()) -> None:
        self.app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers as the application does, or refuses."""
        if scope["type"] not in ("http", "websocket") or self._is_own(scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            told = "the demo answers this machine's own pages and programs only; ask at http://127.0.0.1"
            await response(refused(Forbidden(told)), Headers(scope=scope))(scope, receive, send)

    def _is_own(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        is_known = origin is None or origin in (f"http://{host}", *self._origins)
        # A proxy on this machine brings everybody to it, so that whose a request is matters and not who brought it.
        client = scope.get("client")
        return is_known and is_loopback(_name(host)) and client is not None and is_within(client[0], LOOPBACK)


def _name(host: str) -> str:
    """The name in a header Host, without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
