"""What whoever runs the service relies on: metrics, logs, spans, trusted proxies, other sites, headers of safety."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from graph.opening import open_store
from tests.api.conftest import ROOT, Running, code, running, until

PHONE, PASSWORD = "13800138000", "hunter2-password"
SITE = "https://explorer.example"
UUID = str(uuid.UUID(int=7))
NUMBER = re.compile(r"^(headwater_\w+)(?:\{(.*)\})? ([0-9.e+-]+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def server(market_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server of two workers that logs JSON and is open to the pages of one site."""
    folder = tmp_path_factory.mktemp("server")
    with running(market_url, folder, "--workers", "2", HEADWATER_LOG="json", HEADWATER_ORIGINS=SITE) as server:
        yield server


@pytest.fixture(scope="module")
def key(server: Running) -> str:
    return server.key("investigator")


@pytest.fixture(scope="module")
def demo(market_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that answers everybody on this machine."""
    with running(market_url, tmp_path_factory.mktemp("demo"), "--demo", "--host", "localhost") as server:
        yield server


def page(server: Running, path: str = "metrics", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.get(server.url.replace("graphql", path), headers=named, timeout=30)


def numbers(server: Running) -> dict[str, float]:
    answer = page(server)
    assert answer.status_code == 200
    return {f"{name}{{{labels}}}": float(value) for name, labels, value in NUMBER.findall(answer.text)}


def lines(server: Running) -> list[dict[str, Any]]:
    """The lines of a log that are complete, each of them JSON."""
    text = server.log.read_text("utf-8")
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def line_of(server: Running, id_: str) -> dict[str, Any]:
    """The line of a request, which is written a little after its answer."""
    until(lambda: any(line.get("id") == id_ for line in lines(server)))
    return next(line for line in lines(server) if line.get("id") == id_)


# Metrics


def test_numbers_of_all_workers_add_up_whoever_is_asked(server: Running, key: str) -> None:
    asked = 'headwater_requests_total{kind="query",outcome="ok"}'
    refused = 'headwater_requests_total{kind="query",outcome="bad_query"}'
    before, asks = numbers(server), 0

    def both_have_answered() -> bool:
        nonlocal asks
        asks += 1
        assert server.ask(key, "{ me { name } }").status_code == 200  # each by a connection, and so a worker, anew
        return asks >= 20 and len(list((server.state / "metrics").rglob("counter_*.db"))) == 2

    until(both_have_answered)  # which worker takes a connection is a matter of chance
    server.ask(key, "{ nope }")

    def counted() -> tuple[float, float]:
        after = numbers(server)
        return after.get(asked, 0) - before.get(asked, 0), after.get(refused, 0) - before.get(refused, 0)

    until(lambda: counted() == (asks, 1))  # a request is counted a little after its answer
    assert {counted() for _ in range(6)} == {(asks, 1)}
    until(lambda: numbers(server)["headwater_requests_running{}"] == 0)
    after = numbers(server)
    assert after['headwater_request_seconds_count{kind="query"}'] >= asks + 1
    assert after["headwater_audit_waiting{}"] == 0


def test_store_calls_and_jobs_are_counted(server: Running, key: str) -> None:
    server.ask(key, '{ node(id: "Company/none") { id } }')
    told = numbers(server)
    assert told['headwater_store_seconds_count{call="get"}'] >= 1
    assert told['headwater_jobs{state="failed"}'] == 0


def test_metrics_are_kept_from_whom_they_are_not_for(server: Running, market_url: str, tmp_path: Path) -> None:
    assert page(server).status_code == 200
    through = page(server, x_forwarded_for="127.0.0.1")  # somebody stands between, whom nobody trusts
    assert (through.status_code, through.text) == (404, page(server, "nope").text)
    with running(market_url, tmp_path, HEADWATER_METRICS_FROM="203.0.113.0/24") as other:
        assert page(other).status_code == 404


def test_only_a_trusted_proxy_is_believed_whose_a_request_is(market_url: str, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"HEADWATER_METRICS_FROM": "203.0.113.9"}
    with running(market_url, tmp_path, **settings) as server:
        assert page(server, x_forwarded_for="203.0.113.9").status_code == 404
    with running(market_url, tmp_path, HEADWATER_PROXIES="127.0.0.1", **settings) as server:
        assert page(server, x_forwarded_for="203.0.113.9").status_code == 200
        # What stands before the last address came from outside.
        assert page(server, x_forwarded_for="203.0.113.9, 198.51.100.7").status_code == 404
        assert page(server, x_forwarded_for="203.0.113.9, made up").status_code == 404
        assert page(server, x_forwarded_for="198.51.100.7, 203.0.113.9, 127.0.0.1").status_code == 200
        assert page(server).status_code == 404


# Logs


def test_a_request_is_one_line_with_its_id(server: Running, key: str) -> None:
    answer = httpx.post(
        server.url,
        json={"query": "query Mine { me { name } }"},
        headers={"authorization": f"Bearer {key}", "x-request-id": UUID},
    )
    assert answer.headers["x-request-id"] == UUID
    line = line_of(server, UUID)
    assert [one for one in lines(server) if one.get("id") == UUID] == [line]
    assert {name: line[name] for name in ("viewer", "kind", "operation", "outcome", "path", "status")} == {
        "viewer": key.split("_")[1], "kind": "query", "operation": "Mine", "outcome": "ok", "path": "/graphql",
        "status": 200,
    }  # fmt: skip
    assert 0 < line["ms"] < 60_000


@pytest.mark.parametrize("sent", [PHONE, "x" * 100, f"{UUID}0", "../etc/passwd", "hw_23456789_" + "A" * 49])
def test_an_id_that_is_no_uuid_is_replaced(server: Running, sent: str) -> None:
    told = page(server, "health", x_request_id=sent).headers["x-request-id"]
    assert told == str(uuid.UUID(told)).replace("-", "") != sent
    assert line_of(server, told)["path"] == "/health"


def test_no_secret_and_no_value_stands_in_the_log(server: Running, key: str) -> None:
    query = f'query {{ search(text: "{PHONE}") {{ total }} }}'
    headers = {"authorization": f"Bearer {key}"}
    secrets = {"query": query, "variables": {"x": PASSWORD}, "operationName": PHONE}
    told = [
        httpx.post(server.url, json=secrets, headers=headers),
        httpx.post(server.url, json={"query": query}, headers=headers),
        httpx.post(server.url, content=f'{{"query": "{PHONE} {PASSWORD}', headers=headers),
        httpx.post(server.url, json={"query": query}, headers={"authorization": f"Basic {PASSWORD}"}),
        httpx.post(server.url, json={"query": query}, headers={"authorization": f"Bearer {key}x"}),
        httpx.post(server.url, json={"query": query}, headers={**headers, "cookie": PASSWORD, "user-agent": PHONE}),
        httpx.get(server.url, params={"query": query, "key": key}),
        httpx.get(f"{server.url}/{PHONE}/{key}/{PASSWORD}"),
    ]
    for answer in told:
        line_of(server, answer.headers["x-request-id"])
    log = server.log.read_text("utf-8")
    for secret in (key, key.split("_")[2], PHONE, PASSWORD, "search("):
        assert secret not in log


# Headers of safety, other sites


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "health"), ("GET", "nope"), ("GET", "graphql"), ("POST", "graphql"), ("OPTIONS", "graphql")],
)
def test_every_answer_has_the_headers_of_safety(server: Running, method: str, path: str) -> None:
    answer = httpx.request(method, server.url.replace("graphql", path))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


def preflight(server: Running, origin: str) -> httpx.Response:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}
    return httpx.options(server.url, headers={"origin": origin, **asked})


def test_the_pages_of_a_named_site_may_ask(server: Running, key: str) -> None:
    asked = preflight(server, SITE)
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == SITE
    assert "authorization" in asked.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in asked.headers
    headers = {"origin": SITE, "authorization": f"Bearer {key}"}
    answer = httpx.post(server.url, json={"query": "{ me { name } }"}, headers=headers)
    assert answer.headers["access-control-allow-origin"] == SITE
    assert "origin" in answer.headers["vary"].lower()


@pytest.mark.parametrize("origin", ["https://evil.example", "https://explorer.example.evil.example", "null"])
def test_pages_of_other_sites_may_not(server: Running, origin: str) -> None:
    assert preflight(server, origin).status_code == 400
    assert "access-control-allow-origin" not in preflight(server, origin).headers
    answer = httpx.post(server.url, json={"query": "{ me { name } }"}, headers={"origin": origin})
    assert "access-control-allow-origin" not in answer.headers


def test_without_named_sites_nobody_elses_page_may_ask(demo: Running) -> None:
    for origin in (SITE, "null"):
        assert not [name for name in preflight(demo, origin).headers if name.startswith("access-control")]


def test_the_demo_answers_this_machine(demo: Running) -> None:
    port = httpx.URL(demo.url).port
    own = [{}, {"origin": f"http://127.0.0.1:{port}"}, {"host": "localhost"}, {"host": f"[::1]:{port}"}]
    for headers in own:
        answer = httpx.post(demo.url, json={"query": "{ me { role } }"}, headers=headers)
        assert answer.json() == {"data": {"me": {"role": "investigator"}}}


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example:8000"},
        {"host": "evil.example", "origin": "http://evil.example"},
        {"host": "[::1"},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": "null"},
        {"x-forwarded-for": "203.0.113.9"},
        {"forwarded": "for=203.0.113.9"},
        {"x-forwarded-for": "127.0.0.1"},
        {"x-real-ip": "203.0.113.9"},
    ],
)
@pytest.mark.parametrize("kind", ["json", "files"])
def test_the_demo_refuses_what_others_ask_by_a_browser_or_a_proxy_of_this_machine(
    demo: Running, headers: dict[str, str], kind: str
) -> None:
    sent: dict[str, Any] = {"json": {"query": "{ me { name } }"}}
    if kind == "files":  # which a browser sends without asking first
        sent = {"files": {"operations": (None, '{"query": "{ me { name } }"}'), "map": (None, "{}")}}
    answer = httpx.post(demo.url, headers=headers, **sent)
    assert (answer.status_code, code(answer)) == (403, "forbidden")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_proxy_that_is_trusted_does_not_open_the_demo(market_url: str, tmp_path: Path) -> None:
    with running(market_url, tmp_path, "--demo", HEADWATER_PROXIES="127.0.0.1") as server:
        for origin, status in (("203.0.113.9", 403), ("127.0.0.1", 200)):
            headers = {"x-forwarded-for": origin}
            assert httpx.post(server.url, json={"query": "{ me { name } }"}, headers=headers).status_code == status


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"host": "evil.example"}, {"x-forwarded-for": "203.0.113.9"}],
)
def test_the_demo_refuses_sockets_of_other_sites(demo: Running, headers: dict[str, str]) -> None:
    own = {"host": f"127.0.0.1:{httpx.URL(demo.url).port}", "connection": "Upgrade", "upgrade": "websocket"}
    asked = {"sec-websocket-version": "13", "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA=="}
    protocol = {"sec-websocket-protocol": "graphql-transport-ws"}
    with httpx.stream("GET", demo.url, headers={**own, **asked, **protocol}) as accepted:
        assert accepted.status_code == 101
    assert httpx.get(demo.url, headers={**own, **asked, **protocol, **headers}).status_code == 403


def test_a_request_without_a_host_is_refused_by_the_demo(demo: Running) -> None:
    with socket.create_connection(("127.0.0.1", httpx.URL(demo.url).port or 0), 10) as connection:
        connection.sendall(b"GET /health HTTP/1.0\r\n\r\n")
        assert b" 403 " in connection.recv(1000)


# Spans


class Collector(BaseHTTPRequestHandler):
    """Takes what OTLP exporters send."""

    taken: list[bytes]

    def do_POST(self) -> None:
        self.taken.append(self.path.encode() + b" " + self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def test_spans_are_sent_to_a_collector_and_hold_no_value(market_url: str, tmp_path: Path) -> None:
    handler = type("Taking", (Collector,), {"taken": []})
    collector = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=collector.serve_forever)
    thread.start()
    try:
        endpoint = f"http://127.0.0.1:{collector.server_port}"
        environment: dict[str, Any] = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
            "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
        }
        with running(market_url, tmp_path, HEADWATER_OTEL="otlp", **environment) as server:
            key = server.key("investigator")
            query = f'query Seek {{ search(text: "{PHONE}") {{ total }} }}'
            trace = "4bf92f3577b34da6a3ce929d0e0e4736"
            headers = {"authorization": f"Bearer {key}", "traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
            assert httpx.post(server.url, json={"query": query}, headers=headers, timeout=30).status_code == 200
    finally:
        collector.shutdown()
        thread.join()
        collector.server_close()
    sent = b"".join(handler.taken)  # type: ignore[attr-defined]
    assert sent.startswith(b"/v1/traces ")
    for name in (b"POST /graphql", b"answer", b"store.", b"Seek", b"headwater.outcome", bytes.fromhex(trace)):
        assert name in sent
    for secret in (PHONE, key, "search("):
        assert secret.encode() not in sent


# The page for whoever runs the service


def test_the_page_runs_as_printed_beside_a_service(market_url: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 6
    with running(market_url, tmp_path) as server:
        port = httpx.URL(server.url).port
        program = "set -euo pipefail\n" + "".join(blocks).replace("127.0.0.1:8000", f"127.0.0.1:{port}")
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        environment = {"PATH": path, "HEADWATER_STORE": market_url, "HEADWATER_STATE": str(server.state)}
        done = subprocess.run(
            ["bash", "-c", program], cwd=tmp_path, env={**os.environ, **environment}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
    with open_store(f"sqlite:{tmp_path / 'restored.db'}", create=False) as store:
        assert store.counts().nodes


def test_every_metric_stands_on_the_page(server: Running, key: str) -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    server.ask(key, '{ node(id: "Company/none") { id } }')
    told = set(re.findall(r"^# TYPE (\w+)", page(server).text, flags=re.MULTILINE))
    documented = set(re.findall(r"^\| `(headwater_\w+)`", text, flags=re.MULTILINE))
    assert told == documented
