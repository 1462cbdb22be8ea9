"""What all commands on the state of the service share.

The service is imported within the commands, so that the others can do without it.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graph.errors import HeadwaterError
from headwater.door import FILE, Door, command
from headwater.help import HELP, Command, Group
from headwater.terminal import Column

if TYPE_CHECKING:
    from api.state import State
    from graph.store import Store

_WORDS = {"active": "有效", "expired": "已过期", "revoked": "已撤销", "open": "进行中", "closed": "已关闭"}

STATE = click.Option(
    ["--state", "folder"], type=FILE, metavar="FOLDER", help="The service's state; else HEADWATER_STATE. 服务状态目录"
)


def within(*examples: str) -> Callable[[Callable[..., Any]], Command]:
    """Makes a command that works on the state of the service: of a function of a `Door`, a folder, and the rest."""

    def made(function: Callable[..., Any]) -> Command:
        built = command(*examples, stored=False)(function)
        built.params.insert(len(built.params) - 2, STATE)
        return built

    return made


def group(name: str, text: str, commands: Mapping[str, tuple[Command, str]]) -> Group:
    """A command of commands, by what each is called and what the list says of it; each lends its first example."""
    for called, (one, short) in commands.items():
        one.name, one.short_help = called, short
    examples = [one.examples[0] for one, _ in commands.values()]
    listed = {called: one for called, (one, _) in commands.items()}
    return Group(name, commands=listed, help=text, examples=examples, context_settings=HELP)


def opened(folder: Path | None, *, create: bool = False) -> State:
    """The state of the service.

    Raises:
        SettingError: Its folder is none for a state.
        StateUnavailable: It cannot be opened, or is not there and not to be made.
    """
    from api.state import State, state_folder

    return State(state_folder() if folder is None else folder, create=create)


def index_of(store: Store) -> Path:
    """Where the index of who is who lies, for the commands as for the service: of a shared store, in the state.

    Raises:
        SettingError: The state's folder is none.
    """
    from api.state import state_folder
    from resolve.index import index_path

    return index_path(store.url, state_folder())


@contextmanager
def changing(
    folder: Path | None, field: str, arguments: Mapping[str, object], *, create: bool = False
) -> Iterator[tuple[State, dict[str, object]]]:
    """The state for a command that changes it, which is in the audit log before it does so and after.

    Args:
        folder: As for `opened`.
        field: What the log calls the change.
        arguments: What is to be changed, by name; what becomes known meanwhile is added to what is given here beside
            the state.
        create: As for `opened`.

    Raises:
        AuditUnavailable: The log cannot be written, so nothing is changed.
    """
    from api.audit.entry import Entry
    from api.audit.log import AuditLog

    with opened(folder, create=create) as state:
        log = AuditLog(state)
        told: dict[str, object] = {"field": field, **arguments}

        def tell(outcome: str) -> None:
            entry = Entry(who(), "", "command", outcome=outcome, fields=(field,), arguments=(dict(told),))
            log.append(entry).wait()

        try:
            tell("begun")
            try:
                yield state, told
            except BaseException as error:
                tell(error.code if isinstance(error, HeadwaterError) else "inside")
                raise
            tell("ok")
        finally:
            log.close()


def who() -> str:
    """Whoever runs the command, as the state and the log call them."""
    try:
        return f"local:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user may have no name
        return f"local:{os.getuid()}"


def day(moment: str | None) -> str:
    """The day of a moment; nothing of none."""
    return "" if moment is None else moment[:10]


def status(door: Door, word: str) -> str:
    """How a key, a grant or a case stands, in the language of whoever reads it."""
    return door.word(word, _WORDS[word])


def titled(door: Door, titles: Iterable[tuple[str, str]], gives_way: Sequence[str] = ()) -> list[Column]:
    """Columns by their titles in both languages; those that give way are named in English."""
    return [Column(door.word(*title), gives_way=title[0] in gives_way) for title in titles]
