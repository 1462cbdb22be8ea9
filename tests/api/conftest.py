from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from api.access.viewer import Viewer
from api.answering import Service
from api.answers import Question
from api.identity import Identity
from api.settings import Settings
from graph.opening import open_store
from ingest.loader import load

ROOT = Path(__file__).resolve().parents[2]
MARKET = ROOT / "examples" / "market"
OFFICER = Viewer("officer", "An officer", "enforcement")
STEWARD = Viewer("steward", "A steward", "steward")


@pytest.fixture(scope="session")
def market_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An embedded store with the example market, to be read only."""
    url = f"sqlite:{tmp_path_factory.mktemp('market') / 'market.db'}"
    with open_store(url) as store:
        load(store, [MARKET / "feeds"])
    return url


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Makes a service over a store, with a state of its own."""
    made: list[Service] = []

    def make(url: str, **settings: Any) -> Service:
        made.append(Service(Settings(url, tmp_path / f"state{len(made)}", **settings)))
        return made[-1]

    yield make
    for service in made:
        service.close()


@pytest.fixture
def market(serving: Callable[..., Service], market_url: str) -> Service:
    """A service over the example market."""
    return serving(market_url)


@pytest.fixture(scope="session")
def compared(market_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an example market whose parties were compared, and the index of that, to be copied only."""
    folder = tmp_path_factory.mktemp("compared")
    shutil.copy(market_url.partition(":")[2], folder)
    with open_store(f"sqlite:{folder / 'market.db'}") as store:
        Identity(folder).run(store, False, lambda done, total: None)
    return folder


@pytest.fixture
def identified(serving: Callable[..., Service], compared: Path, tmp_path: Path) -> Service:
    """A service over an example market of its own, whose parties were compared."""
    copy = shutil.copytree(compared, tmp_path / "identified")
    return serving(f"sqlite:{copy / 'market.db'}")


def told(service: Service, text: str, viewer: Viewer = OFFICER, **asked: Any) -> Any:
    """The whole answer to a query, as it is sent once its entry is in the audit log."""
    answer = service.answer(Question(text, **asked), viewer)
    if answer.receipt is not None:
        answer.receipt.wait()
    return orjson.loads(answer.body)


def codes(answer: Any) -> list[str]:
    """The codes of its errors."""
    return [error["extensions"]["code"] for error in answer.get("errors", ())]


def code(answer: httpx.Response) -> str:
    """The code of a response's first error."""
    return str(answer.json()["errors"][0]["extensions"]["code"])


def until(holds: Callable[[], object], seconds: float = 60) -> None:
    """Waits until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        threading.Event().wait(0.02)


def children(process: int) -> list[int]:
    """The worker processes of a server."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True, check=False)
    return [int(pid) for pid in listed.stdout.split()]


def need_node() -> None:
    """Leaves a test out where there is no Node; under CI there must be."""
    if shutil.which("node") and shutil.which("npm"):
        return
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail("node and npm are not installed")
    pytest.skip("node and npm are not installed")


@dataclass
class Running:
    """A server process."""

    process: subprocess.Popen[bytes]
    url: str
    state: Path
    log: Path

    def key(self, role: str, *options: str) -> str:
        """A new key of a role."""
        made = self.command("key", "create", "--name", role, "--role", role, "--json", *options)
        return str(orjson.loads(made)["key"])

    def command(self, *arguments: str) -> bytes:
        """What a command of headwater says, in the state of this server."""
        done = subprocess.run(
            [sys.executable, "-m", "headwater.cli", *arguments],
            cwd=ROOT, env={**os.environ, "HEADWATER_STATE": str(self.state)}, capture_output=True, check=True,
        )  # fmt: skip
        return done.stdout

    def ask(self, key: str | None, query: str, **variables: Any) -> httpx.Response:
        """Sends a query."""
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return httpx.post(self.url, json={"query": query, "variables": variables}, headers=headers, timeout=60)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(store: str, folder: Path, *options: str, port: int | None = None, **settings: str) -> Iterator[Running]:
    """A server process over a store, stopped at the end."""
    port = free_port() if port is None else port
    state, log = folder / "state", folder / "log"
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "headwater.cli", "serve", "--store", store, "--port", str(port), *options],
            cwd=ROOT,
            env={**os.environ, "HEADWATER_STATE": str(state), **settings},
            stderr=errors,
            start_new_session=True,
        )
    server = Running(process, f"http://127.0.0.1:{port}/graphql", state, log)
    try:
        until = time.monotonic() + 60
        while True:
            try:
                httpx.get(server.url.replace("graphql", "health"), timeout=5)
                break
            except httpx.TransportError:
                assert process.poll() is None, log.read_text("utf-8")
                assert time.monotonic() < until
        yield server
    finally:
        process.terminate()
        try:
            process.wait(40)
        finally:
            if process.poll() is None:
                process.kill()
