"""How fast the GraphQL service answers, beside Strawberry's own executor and its own web view."""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import orjson
from graphql import DocumentNode, execute_sync, parse

from api.access.viewer import Viewer
from api.answering import Service
from api.answers import Question
from api.ask import Ask
from api.masks.policy import Around
from api.query.execution import execute
from api.query.selection import Prepared
from api.settings import Settings
from bench import pricing
from bench.clients import Load, request
from bench.figures import Figure
from bench.workbench import Workbench
from headwater.clues import read_clues
from queries.trace import trace as find_sources

SMALL = "{ me { name role } }"
RATE = 2000
"""Answers a second, of one worker, with access, limits and audit."""
AGENCIES = 4
"""Keys of those who ask at once: the questions of one wait for one another."""
CONNECTIONS = 32
TRACE = """query($clue: ClueInput!) { trace(clue: $clue, limit: 20) { verdict kind
  candidates { role name probability verdict reasons { code probability } node { id kind caption }
    paths { by probability late steps { factor observed sourceId targetId link { kind start end recordIds } } } }
  cut { nodeId kind total kept } damped { nodeId links } } }"""
NODES = """{ expand(ids: ["Company/91330304MA6QDUMH3D"]) { nodes { id kind caption mentions masked } } }"""
MIXED = (
    SMALL,
    '{ search(text: "yongfei", first: 10) { total nodes { score node { id caption } } } }',
    '{ search(text: "温州", first: 10) { nodes { node { id caption counts { kind links } } } } }',
    "{ sources { name records } }",
)
_WARM = 1 / 3  # of the time: what comes after must not grow
_OFFICER = Viewer("bench", "bench", "enforcement")


def figures(bench: Workbench) -> list[Figure]:
    """The service on the small market."""
    url = bench.store("small")
    bench.say("asking small questions over HTTP")
    found = _small(bench, url)
    bench.say("answering large questions in the process")
    service = Service(Settings(url, bench.folder / "answers"))
    try:
        found += _traces(bench, service)
        found += _nodes(service)
    finally:
        service.close()
    found += pricing.figures(bench)
    bench.say("many clients at once, and a load meanwhile")
    return found + _many(bench, url)


def _small(bench: Workbench, url: str) -> list[Figure]:
    with _server(bench.folder / "small-state", url) as (port, (key, *_), _):
        _loaded(port, [request({"query": SMALL}, key)], CONNECTIONS, 2.0)
        ours = _loaded(port, [request({"query": SMALL}, key)], CONNECTIONS, 10.0)
    with _plain(url) as port:
        _loaded(port, [request({"query": SMALL})], CONNECTIONS, 2.0)
        plain = _loaded(port, [request({"query": SMALL})], CONNECTIONS, 10.0)
    rate, peer = len(ours.seconds) / ours.elapsed, len(plain.seconds) / plain.elapsed
    wrong = sum(ours.errors.values()) + sum(n for status, n in ours.statuses.items() if status != 200)
    told = f"{rate / peer:.2f} × Strawberry's view on the same server, without access, limits and audit: {peer:,.0f}"
    return [
        Figure(
            f"{SMALL}, {CONNECTIONS} connections, one worker",
            f"{rate:,.0f} a second, p99 {_percentile(ours, 99):.1f} ms" + (f", {wrong} wrong" if wrong else ""),
            f"≥ {RATE:,}",
            rate >= RATE and not wrong,
            told,
        )
    ]


def _traces(bench: Workbench, service: Service) -> list[Figure]:
    """Answers of about 1,500 fields: all of them beside the trace alone, and the executor beside the plain one."""
    document = parse(TRACE)
    store, kept = service.store(), dict[str | None, Prepared]()
    sizes, beyond, masked, ratios = [], [], [], []
    for clue in read_clues(bench.market("small").clues):
        variables = {"clue": {"value": clue.value, "right": clue.right, "at": clue.at}}

        def answered(ask: Ask, variables: Mapping[str, Any] = variables) -> Any:
            return execute(service.plan, document, ask, None, variables, kept=kept)[0]

        answer = answered(_ask(service))
        if answer is None or answer["trace"] is None or not 1_200 <= _fields(answer) <= 1_800:
            continue
        # One after the other, so that what else the machine does meets them alike.
        seconds = [
            [
                _took(lambda: find_sources(store, clue, limit=20)),  # noqa: B023
                _took(lambda: _ask(service).trace(clue, 20)),  # noqa: B023
                _took(lambda: answered(_ask(service))),
            ]
            for _ in range(9)
        ]
        alone, shown, whole = map(min, zip(*seconds, strict=True))
        sizes.append(_fields(answer))
        beyond.append(whole - alone)
        masked.append(shown - alone)
        ask = _ask(service)
        known = ask.trace(clue, 20)
        ask.trace = lambda *_, known=known: known  # type: ignore[method-assign]
        answered(ask)  # what it must fetch beside is fetched
        quick, slow, _ = _both(service, document, ask, variables)
        ratios.append(slow / quick)
    ms, ratio = 1000 * statistics.median(beyond), statistics.median(ratios)
    return [
        Figure(
            f"a trace's answer of {statistics.median(sizes):,.0f} fields, median of {len(sizes)}: beyond the trace",
            f"{ms:.2f} ms",
            "≤ 2 ms",
            ms <= 2,
            f"{1000 * statistics.median(masked):.2f} ms of it to mask what was found",
        ),
        Figure("  the executor alone, to the plain one", f"{ratio:.1f} × faster", "≥ 3 ×", ratio >= 3, "equal JSON"),
    ]


def _nodes(service: Service) -> list[Figure]:
    document = parse(NODES)
    ask = _ask(service)
    ids = [node.id for node in islice(service.store().nodes({"Parcel", "Order", "Company", "Address"}), 5000)]
    ask.nodes(ids)  # they are in the request's memory then
    around = Around({}, frozenset(), (), dict.fromkeys(ids), ())  # type: ignore[arg-type]
    ask.expand = lambda *_: around  # type: ignore[method-assign]
    quick, slow, _ = _both(service, document, ask, {})
    ratio = slow / quick
    told = f"{1000 * quick:.1f} ms, {1000 * slow:.0f} ms by the plain executor, equal JSON"
    return [Figure(f"{len(ids):,} nodes of 5 fields", f"{ratio:.1f} × faster", "≥ 10 ×", ratio >= 10, told)]


def _many(bench: Workbench, url: str) -> list[Figure]:
    """200 clients asking this and that while feeds are loaded into the same store."""
    seconds = 300.0 if bench.full else 20.0
    path = bench.folder / "busy.db"
    Path(path).write_bytes(Path(url.partition(":")[2]).read_bytes())
    clue = next(iter(read_clues(bench.market("small").clues)))
    with _server(bench.folder / "busy-state", f"sqlite:{path}", "--workers", "2") as (port, keys, process):
        requests = [request({"query": query}, key) for query in MIXED for key in keys]
        variables = {"clue": {"value": clue.value, "right": clue.right, "at": clue.at}}
        requests += [request({"query": TRACE, "variables": variables}, key) for key in keys]
        loading = subprocess.Popen(
            [sys.executable, "-m", "headwater.cli", "load", str(bench.market("small").feeds), "--source", "again"]
            + ["--store", f"sqlite:{path}"],
            stdout=subprocess.DEVNULL,
        )
        with ThreadPoolExecutor(1) as threads:
            clients = threads.submit(_loaded, port, requests, 200, seconds)
            time.sleep(seconds * _WARM)
            before = _memory(process)
            seen = clients.result()
        after = _memory(process)
        loaded = loading.wait()
    wrong = sum(seen.errors.values()) + sum(n for status, n in seen.statuses.items() if status != 200)
    growth = after.own / before.own
    told = f"{len(seen.seconds) / seen.elapsed:,.0f} a second, median {_percentile(seen, 50):.0f} ms, "
    told += f"p99 {_percentile(seen, 99):.0f} ms"
    return [
        Figure(
            f"200 clients for {seconds:.0f} s, and a load meanwhile: errors",
            f"{wrong} of {len(seen.seconds):,}" + (f" ({dict(seen.errors)})" if wrong else ""),
            "none",
            not wrong and loaded in (0, 3),
            told,
        ),
        Figure(
            f"  memory at the end, to that after {seconds * _WARM:.0f} s",
            f"{growth:.2f} ×, {after.own >> 20:,} MiB",
            "≤ 1.1 ×",
            growth <= 1.1,
            f"{before.own >> 20:,} MiB then; with what it maps of the store's file {after.mapped >> 20:,} MiB more",
        ),
    ]


def _ask(service: Service) -> Ask:
    asked = Question(None)
    return Ask(_OFFICER, lambda: service.policy(asked, _OFFICER), service.state, service.jobs)


def _both(service: Service, document: DocumentNode, ask: Ask, variables: Mapping[str, Any]) -> tuple[float, float, Any]:
    """Seconds that our executor and the plain one take for a query, and the answer that both give."""
    kept: dict[str | None, Prepared] = {}
    quick, answer = _quickest(lambda: execute(service.plan, document, ask, None, variables, kept=kept)[0])
    schema = service.plan.schema
    slow, expected = _quickest(
        lambda: execute_sync(schema, document, context_value=ask, variable_values=dict(variables)).data
    )
    if orjson.dumps(answer) != orjson.dumps(expected):
        raise RuntimeError("the two executors differ")
    return quick, slow, answer


def _took(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _quickest(run: Any, times: int = 5) -> tuple[float, Any]:
    best, answer = float("inf"), None
    for _ in range(times):
        start = time.perf_counter()
        answer = run()
        best = min(best, time.perf_counter() - start)
    return best, answer


def _fields(answer: Any) -> int:
    """How many fields an answer holds."""
    if isinstance(answer, Mapping):
        return sum(1 + _fields(value) for value in answer.values())
    return sum(map(_fields, answer)) if isinstance(answer, list) else 0


def _loaded(port: int, requests: Sequence[bytes], clients: int, seconds: float) -> Load:
    """What clients see, in a process of their own."""
    asked = {
        "port": port,
        "clients": clients,
        "seconds": seconds,
        "requests": [text.decode("latin-1") for text in requests],
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.clients"], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    seen = Load(told["seconds"], elapsed=told["elapsed"])
    seen.statuses.update({int(status): n for status, n in told["statuses"].items()})
    seen.errors.update(told["errors"])
    return seen


def _percentile(seen: Load, percent: int) -> float:
    """Milliseconds in which so many of a hundred answers came."""
    ordered = sorted(seen.seconds)
    return 1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


@contextmanager
def _server(state: Path, url: str, *options: str) -> Iterator[tuple[int, list[str], subprocess.Popen[bytes]]]:
    """A server over a store: its port, the keys of its clients, its process."""
    environment = {**os.environ, "HEADWATER_STATE": str(state)}
    headwater = [sys.executable, "-m", "headwater.cli"]
    creating = [*headwater, "key", "create", "--role", "enforcement", "--json", "--name"]
    made = [
        subprocess.run([*creating, f"bench {number}"], env=environment, capture_output=True, check=True).stdout
        for number in range(AGENCIES)
    ]
    port = _free_port()
    command = [*headwater, "serve", "--store", url, "--port", str(port), *options]
    with _running(command, port, environment) as process:
        yield port, [str(orjson.loads(one)["key"]) for one in made], process


@contextmanager
def _plain(url: str) -> Iterator[int]:
    """Strawberry's own view of the same schema, on the same server, without access, limits and audit."""
    port = _free_port()
    with _running([sys.executable, "-m", "bench.plainview", url, str(port)], port, dict(os.environ)):
        yield port


@contextmanager
def _running(command: Sequence[str], port: int, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while True:
            try:
                httpx.post(f"http://127.0.0.1:{port}/graphql", json={}, timeout=5)
                break
            except httpx.TransportError:
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{' '.join(command)} does not answer") from None
                time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class _Memory(NamedTuple):
    """Bytes in memory: a process's own, and those of files, which the system takes back when it wants."""

    own: int
    mapped: int


def _memory(process: subprocess.Popen[bytes]) -> _Memory:
    """What a process and those it started keep in memory."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    kept: Counter[str] = Counter()
    for pid in (str(process.pid), *children):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            name, _, told = line.partition(":")
            if name in ("RssAnon", "RssFile"):
                kept[name] += int(told.split()[0]) * 1024
    return _Memory(kept["RssAnon"], kept["RssFile"])
