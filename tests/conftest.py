"""What tests share: stores of both kinds, a real Neo4j for the whole run, and the data beside the repository.

`HEADWATER_TEST_NEO4J` names another server, whose graph the tests empty; `skip` leaves out what needs one. Under CI
nothing is left out. Where several processes share the tests, each has a Neo4j of its own: a server has one graph.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings

from graph.opening import open_store
from graph.store import Store
from headwater.localserver import local_server

# A deadline is an absolute time, and machines are shared.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")

ROOT = Path(__file__).resolve().parent.parent
KEPT = {"HEADWATER_CACHE"}
"""Settings that say where downloads lie, not what the program does."""


def pytest_configure(config: pytest.Config) -> None:
    # Read before `clean_environ` hides it: the server is asked for in the middle of a run.
    config.stash[_SERVER] = os.environ.get("HEADWATER_TEST_NEO4J", "")


_SERVER = pytest.StashKey[str]()


@pytest.fixture(autouse=True)
def clean_environ(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests reaches them."""
    for name in os.environ:
        if name.startswith("HEADWATER_") and name not in KEPT:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data beside the repository."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        if _on_ci():
            pytest.fail("the shared data is not beside the repository")
        pytest.skip("the shared data is not beside the repository")
    return folder


@pytest.fixture(scope="session")
def neo4j_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The store URL of a real Neo4j, started once for the process; see `neo4j_store_url` for an empty graph on it."""
    named = request.config.stash[_SERVER]
    if named == "skip":
        if _on_ci():
            pytest.fail("HEADWATER_TEST_NEO4J=skip is not for CI: every store is tested there")
        pytest.skip("HEADWATER_TEST_NEO4J=skip")
    if named and int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1:
        pytest.fail("HEADWATER_TEST_NEO4J names one graph, which processes would empty for each other: use -n 0")
    with ExitStack() as stack:
        yield named or stack.enter_context(local_server())


@pytest.fixture
def sqlite_store_url(tmp_path: Path) -> str:
    """The URL of an embedded store that is not there yet."""
    return f"sqlite:{tmp_path / 'store.db'}"


@pytest.fixture
def neo4j_store_url(neo4j_url: str) -> str:
    """The URL of the real Neo4j, its graph emptied."""
    with open_store(neo4j_url) as store:
        store.wipe()
    return neo4j_url


@pytest.fixture(params=["sqlite", "neo4j"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty store, of each kind in turn."""
    url: str = request.getfixturevalue(f"{request.param}_store_url")
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store, of each kind in turn."""
    with open_store(store_url) as store:
        yield store


def _on_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("true", "1")
