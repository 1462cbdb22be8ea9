"""What several benchmarks share: stores that are loaded once, answers that are given once, one server for the run."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from bench.markets import Market, market
from graph.opening import open_store
from graph.store import Store
from headwater.clues import read_clues
from headwater.localserver import local_server
from ingest.loader import Report, load
from queries import trace as tracing
from resolve.index import Index, index_path
from resolve.run import resolve
from resolve.weights import standing


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to a market's clues, as lines of JSON, and the seconds each took, on the clock and of processor."""

    lines: tuple[bytes, ...]
    seconds: tuple[float, ...]
    cpu: tuple[float, ...]


@dataclass(slots=True)
class Workbench:
    """A folder to work in, thrown away by whoever made it.

    Attributes:
        full: Measure on the large market also where it takes minutes.
        say: Told what is being done.
    """

    folder: Path
    worlds: Path | None = None
    full: bool = False
    say: Callable[[str], None] = lambda text: None
    _loaded: dict[str, str] = field(default_factory=dict)
    _answers: dict[str, Answers] = field(default_factory=dict)
    _exit: ExitStack = field(default_factory=ExitStack)
    _server: str = ""

    def market(self, name: str) -> Market:
        return market(name, self.worlds)

    def store(self, name: str) -> str:
        """The URL of an embedded store that holds the market of this name."""
        if name not in self._loaded:
            url = f"sqlite:{self.folder / f'{name}.db'}"
            self.load(self.market(name), url)
            self._loaded[name] = url
        return self._loaded[name]

    def resolved(self, name: str) -> str:
        """The URL of an embedded store that holds the market of this name, with its parties resolved."""
        called = f"{name}-resolved"
        if called not in self._loaded:
            path = self.folder / f"{called}.db"
            shutil.copyfile(self.store(name).partition(":")[2], path)
            self.say(f"finding who is who in {name}")
            url = f"sqlite:{path}"
            with open_store(url) as store, Index(index_path(url, self.folder)) as index:
                resolve(store, index, standing())
            self._loaded[called] = url
        return self._loaded[called]

    def load(self, loaded: Market, url: str) -> tuple[Report, float]:
        """Loads a market into a store; gives what it did and the seconds it took."""
        self.say(f"loading {loaded.name} into {url.partition(':')[0]}")
        with open_store(url) as store:
            start = time.perf_counter()
            return load(store, [loaded.feeds]), time.perf_counter() - start

    def answers(self, name: str) -> Answers:
        """The answers to the clues of the market of this name, from its embedded store."""
        if name not in self._answers:
            with open_store(self.store(name)) as store:
                self._answers[name] = self.answered(store, self.market(name))
        return self._answers[name]

    def answered(self, store: Store, asked: Market) -> Answers:
        """The answers that a store gives to a market's clues; one that names nothing known is answered as unknown."""
        self.say(f"tracing the clues of {asked.name} on {store.url.partition(':')[0]}")
        given, seconds, cpu = [], [], []
        for clue in read_clues(asked.clues):
            start, used = time.perf_counter(), time.process_time()
            answer = tracing.answered(store, clue)
            seconds.append(time.perf_counter() - start)
            cpu.append(time.process_time() - used)
            given.append(orjson.dumps(answer, option=orjson.OPT_SORT_KEYS))
        return Answers(tuple(given), tuple(seconds), tuple(cpu))

    def server(self) -> str:
        """The URL of a local Neo4j, started once; whoever uses it empties it first."""
        if not self._server:
            self.say("starting a local Neo4j")
            self._server = self._exit.enter_context(local_server())
        return self._server

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._exit.close()
