"""What every command shares: its options, its way to the store, its output, and how errors leave it.

Exit codes: 0 all is well; 1 an error of no other kind; 2 the command line is wrong; 3 rows were set aside; 4 nothing was
found; 5 a file or a mapping cannot be read; 6 the store cannot be used; 130 interrupted.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import click
import orjson
from rich.console import Console

from graph.caption import Language
from graph.errors import (
    HeadwaterError,
    InvalidValue,
    MappingError,
    NotFound,
    SettingError,
    StoreError,
    UnreadableFile,
)
from graph.store import Store, open_store
from headwater.settings import from_environment

EXIT_CODES: dict[type[Exception], int] = {
    SettingError: 2,
    InvalidValue: 2,
    NotFound: 4,
    UnreadableFile: 5,
    MappingError: 5,
    StoreError: 6,
}
ROWS_SET_ASIDE = 3

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(slots=True)
class Door:
    """One run of a command: its store, its language, and where it writes."""

    url: str
    json: bool
    language: Language
    console: Console

    def store(self, *, create: bool = False) -> Store:
        """The store that was asked for."""
        return open_store(self.url, create=create)

    def say(self, english: str, chinese: str) -> None:
        """Writes a line in the language of whoever reads it."""
        self.console.print(chinese if self.language == "zh" else english, markup=False, highlight=False, soft_wrap=True)

    def word(self, english: str, chinese: str) -> str:
        """A word in the language of whoever reads it."""
        return chinese if self.language == "zh" else english

    def give(self, value: Any) -> None:
        """Writes an answer as one JSON document."""
        sys.stdout.write(as_json(value) + "\n")


def as_json(value: Any) -> str:
    """An answer as JSON; dataclasses become objects, sets sorted lists."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def command(function: F) -> F:
    """Gives a command `--store`, `--json` and `--lang`, and its function a `Door` in their place."""

    @click.option("--store", "url", metavar="URL", help="sqlite:PATH or neo4j://USER:PASSWORD@HOST:PORT/DB. 图谱存储位置")
    @click.option("--json", "as_json", is_flag=True, help="Write JSON for programs. 输出 JSON")
    @click.option("--lang", "language", type=click.Choice(["en", "zh"]), help="Language of the output. 输出语言")
    @functools.wraps(function)
    def run(url: str | None, as_json: bool, language: Language | None, **rest: Any) -> Any:
        settings = from_environment()
        width = None if sys.stdout.isatty() else 200
        console = Console(highlight=False, width=width, soft_wrap=not sys.stdout.isatty())
        door = Door(url or settings.store, as_json, language or settings.language, console)
        return function(door, **rest)

    return cast(F, run)


def exit_code(error: BaseException) -> int:
    """The exit code that an error leaves with."""
    for kind, code in EXIT_CODES.items():
        if isinstance(error, kind):
            return code
    return 1


def leave(error: HeadwaterError) -> None:
    """Writes an error as one line (or one JSON object, where `--json` was asked) and ends the process."""
    message = " ".join(str(error).split())
    if "--json" in sys.argv:
        sys.stderr.write(orjson.dumps({"error": {"code": error.code, "message": message}}).decode() + "\n")
    else:
        sys.stderr.write(f"headwater: {message}\n")
    sys.exit(exit_code(error))
