"""Commands that say who may ask the service: key; and what all commands on its state share.

The service is imported within the commands, so that the others can do without it.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.access.viewer import ROLES, Role
from headwater.door import FILE, Door, command
from headwater.help import HELP, Command, Group
from headwater.terminal import Column

if TYPE_CHECKING:
    from api.access.keys import Key
    from api.state import State

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


def who() -> str:
    """Whoever runs the command, as the state and the log call them."""
    try:
        return f"local:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user may have no name
        return f"local:{os.getuid()}"


def day(moment: str | None) -> str:
    """The day of a moment; nothing of none."""
    return "" if moment is None else moment[:10]


def standing(door: Door, word: str) -> str:
    """How a key, a grant or a case stands, in the language of whoever reads it."""
    return door.word(word, _WORDS[word])


def titled(door: Door, titles: Iterable[tuple[str, str]], gives_way: Sequence[str] = ()) -> list[Column]:
    """Columns by their titles in both languages; those that give way are named in English."""
    return [Column(door.word(*title), gives_way=title[0] in gives_way) for title in titles]


@within(
    "headwater key create --name 'Li Na, Wenzhou' --role enforcement --jurisdiction 3303 --days 180",
    "headwater key create --name 'Harbour office' --role customs",
    "headwater key create --name 'Acme brand team' --role right_holder --holder Company/91330304MA6QDUMH3D",
)
@click.option("--name", required=True, help="Who will hold it. 持有人")
@click.option("--role", required=True, type=click.Choice(ROLES), help="What it may do. 角色")
@click.option(
    "--jurisdiction",
    "jurisdictions",
    multiple=True,
    metavar="CODE",
    help="A division's code; may be repeated. 辖区代码",
)
@click.option("--holder", metavar="ID", help="The right holder's node, for right_holder. 权利人编号")
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 3650), help="How long. 有效天数")
def _create_key(
    door: Door,
    folder: Path | None,
    name: str,
    role: Role,
    jurisdictions: tuple[str, ...],
    holder: str | None,
    days: int,
) -> None:
    """Make an API key, and show it this once: only its hash is kept.

    新建接口密钥，仅显示一次；系统只保存其散列值。
    """
    from api.access.keys import create_key

    today = date.today().isoformat()
    with opened(folder, create=True) as state:
        key, text = create_key(
            state, name=name, role=role, jurisdictions=jurisdictions, holder=holder, days=days, by=who(), today=today
        )
    if door.json:
        door.give({"key": text, **_as_object(key)})
        return
    click.echo(text)
    door.say(
        f"key {key.id} of {key.name}, {key.role}, holds until {key.until}; it is not shown again, so keep it safe now",
        f"密钥 {key.id}（{key.name}，{key.role}）有效期至 {key.until}；此后不再显示，请立即妥善保存",
    )


@within("headwater key list", "headwater key list --json")
def _list_keys(door: Door, folder: Path | None) -> None:
    """List all API keys, those expired and revoked too.

    列出全部接口密钥，包括已过期与已撤销的。
    """
    from api.access.keys import list_keys

    with opened(folder) as state:
        keys = list_keys(state)
    if door.json:
        door.give([_as_object(key) for key in keys])
        return
    titles = [("id", "编号"), ("name", "名称"), ("role", "角色"), ("jurisdictions", "辖区"), ("until", "有效期至")]
    titles += [("last used", "最近使用"), ("state", "状态")]
    rows = (
        (k.id, k.name, k.role, " ".join(k.jurisdictions), k.until, day(k.used), standing(door, _standing(k)))
        for k in keys
    )
    door.table(titled(door, titles, gives_way=["name", "jurisdictions"]), rows)
    if not keys:
        door.say("there is no key; `headwater key create` makes one", "尚无密钥；用 `headwater key create` 新建")


@within("headwater key revoke k3xw7p2m")
@click.argument("id_", metavar="ID")
def _revoke_key(door: Door, folder: Path | None, id_: str) -> None:
    """Revoke an API key for good; a running service sees it within seconds.

    永久撤销接口密钥；运行中的服务数秒内生效。
    """
    from api.access.keys import revoke_key

    with opened(folder) as state:
        key = revoke_key(state, id_, by=who())
    if door.json:
        door.give(_as_object(key))
    else:
        door.say(f"key {key.id} of {key.name} is revoked", f"密钥 {key.id}（{key.name}）已撤销")


def _standing(key: Key) -> str:
    if key.revoked is not None:
        return "revoked"
    return "expired" if key.until < date.today().isoformat() else "active"


def _as_object(key: Key) -> dict[str, Any]:
    names = ("id", "name", "role", "jurisdictions", "holder", "made", "by", "until", "revoked", "used")
    return {**{name: getattr(key, name) for name in names}, "state": _standing(key)}


COMMANDS = {
    "key": group(
        "key",
        "Make, list and revoke the API keys by which the service knows who asks.\n\n管理服务的接口密钥。",
        {
            "create": (_create_key, "Make a key, and show it this once. 新建密钥"),
            "list": (_list_keys, "List all keys. 列出密钥"),
            "revoke": (_revoke_key, "Revoke a key for good. 撤销密钥"),
        },
    ),
}
