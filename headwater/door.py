"""What every command shares: its options, its way to the store, its output."""

from __future__ import annotations

import functools
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graph.errors import SettingError, StoreUnavailable
from headwater import terminal
from headwater.help import HELP, Command
from headwater.settings import LANGUAGES, from_environment
from headwater.terminal import Column

if TYPE_CHECKING:
    from graph.caption import Language
    from graph.store import Store

_STORES = "sqlite:PATH or neo4j://USER:PASSWORD@HOST:PORT/DB"
_SCHEMES = ("sqlite", "neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
_DATABASE = b"SQLite format 3\0"
_UNDECODED = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Door:
    """One run of a command: its store, its language, and how it writes."""

    url: str
    json: bool
    language: Language

    def store(self, *, create: bool = False) -> Store:
        """The store that was asked for.

        Raises:
            SettingError: Its URL is malformed.
            StoreError: It cannot be opened.
        """
        from graph.opening import open_store

        self.check_store()
        return open_store(self.url, create=create)

    def check_store(self) -> None:
        """Refuses a store that none can be, before work is done for it.

        Raises:
            SettingError: A path was given for a URL.
            StoreUnavailable: A folder was given for a file.
        """
        _check_url(self.url)

    def word(self, english: str, chinese: str) -> str:
        """A word in the language of whoever reads it."""
        return chinese if self.language == "zh" else english

    def say(self, english: str, chinese: str, **style: Any) -> None:
        """Writes a line in the language of whoever reads it."""
        self.line(self.word(english, chinese), **style)

    def line(self, text: str, indent: int = 0, hang: int = 2, **style: Any) -> None:
        """Writes one line; a terminal gets it wrapped, later lines `hang` further in, a pipe gets it whole."""
        first, later = " " * indent, " " * (indent + hang)
        for part in terminal.wrapped(terminal.plain(text), width(), first, later):
            click.echo(click.style(part, **style) if style else part)

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[object]], indent: int = 0) -> None:
        """Writes aligned columns under bold titles; nothing when there are no rows."""
        room = width()
        lines = terminal.table(columns, rows, None if room is None else room - indent)
        for number, line in enumerate(lines if len(lines) > 1 else ()):
            click.echo(" " * indent + (line if number else click.style(line, bold=True)))

    def rows(self, rows: Iterable[Sequence[object]], indent: int = 0) -> None:
        """Writes aligned cells without titles; on a terminal those that do not fit are wrapped, none is shortened."""
        listed = [[terminal.plain(cell) for cell in row] for row in rows]
        room = width()
        if room is not None and any(sum(map(terminal.cells, row)) + indent + 2 * len(row) > room for row in listed):
            for row in listed:
                self.line("  ".join(cell for cell in row if cell), indent, hang=4)
            return
        columns = [Column("") for _ in (listed[0] if listed else ())]
        for line in terminal.table(columns, listed, None)[1:]:
            click.echo(" " * indent + line)

    def pairs(self, pairs: Iterable[tuple[str, object]], indent: int = 2) -> None:
        """Writes names and values, the values aligned."""
        shown = [(terminal.plain(name), value) for name, value in pairs]
        room = max((terminal.cells(name) for name, _ in shown), default=0) + 2
        for name, value in shown:
            head = " " * indent + name + " " * (room - terminal.cells(name))
            later = " " * (indent + room)
            for part in terminal.wrapped(terminal.plain(value), width(), head, later):
                click.echo(part)

    def give(self, value: Any) -> None:
        """Writes an answer as one JSON document, in UTF-8 whatever the locale is."""
        sys.stdout.flush()
        sys.stdout.buffer.write(as_json(value) + b"\n")
        sys.stdout.buffer.flush()


def _check_url(url: str) -> None:
    """Says what was meant where a path is given for a URL, or a folder for a store."""
    scheme, _, path = url.partition(":")
    if url and "@" not in url and (("://" not in url and scheme not in _SCHEMES) or re.match("sqlite://[^/]", url)):
        meant = url.removeprefix("sqlite://")
        raise SettingError(f"the store {url!r} is no {_STORES}; did you mean sqlite:{meant}?")
    if scheme == "sqlite" and path and os.path.isdir(path):
        meant = os.path.join(path, "headwater.db")
        raise StoreUnavailable(f"{path}: this is a folder, and a store is a file; did you mean sqlite:{meant}?")


def width() -> int | None:
    """How many cells a line has; None when no terminal shows it."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def as_json(value: Any) -> bytes:
    """An answer as JSON; dataclasses and named tuples become objects, sets sorted lists."""
    import orjson

    return orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return value._asdict()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, os.PathLike):
        return os.fsencode(value).decode("utf-8", "backslashreplace")
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def command(*examples: str, stored: bool = True) -> Callable[[Callable[..., Any]], Command]:
    """Makes a command of a function, whose first argument is its `Door`; gives it `--store`, `--json` and `--lang`.

    One that needs no store, for which `stored` is false, has no `--store`.
    """

    def made(function: Callable[..., Any]) -> Command:
        @functools.wraps(function)
        def run(as_json: bool, language: Language | None, url: str | None = None, **rest: Any) -> Any:
            for given in (url, *rest.values()):
                for text in given if isinstance(given, tuple) else (given,):
                    if isinstance(text, str) and _UNDECODED.search(text):
                        raise click.UsageError("an argument is no text in the encoding of this terminal; type it anew")
            settings = from_environment()
            if settings.glossary is not None:
                from graph import glossary  # here, as few commands of few users need it

                glossary.extend(settings.glossary)
            door = Door(settings.store if url is None else url, as_json, language or settings.language)
            return function(door, **rest)

        name = function.__name__.rstrip("_")
        built = click.command(name, cls=Command, examples=examples, context_settings=HELP)(run)
        if stored:
            words = f"{_STORES}; else HEADWATER_STORE. 存储位置"
            built.params.append(click.Option(["--store", "url"], metavar="URL", help=words))
        built.params.extend(
            [
                click.Option(["--json", "as_json"], is_flag=True, help="Write JSON, errors too. 以 JSON 输出"),
                click.Option(
                    ["--lang", "language"], type=click.Choice(LANGUAGES), help="Language of the output. 输出语言"
                ),
            ]
        )
        return built

    return made


class _Output(click.Path):
    """A path to be written, which is never a database: a slip of the hand must not replace a store."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        with suppress(OSError):
            if path.is_file():
                with path.open("rb") as file:
                    if file.read(len(_DATABASE)) == _DATABASE:
                        self.fail(f"{path} is a store or another database; name another file", param, ctx)
        return path


# Whether a file can be read is for its reader to say, as an error of the file and not of the command line.
FILE = click.Path(path_type=Path, readable=False)
"""A file's or folder's path, as an option or argument of a command."""
OUTPUT = _Output(path_type=Path, readable=False)
"""The path of a file or folder to be written."""
