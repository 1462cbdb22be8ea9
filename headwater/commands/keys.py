"""The commands that say who may ask the service by keys: key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.access.viewer import ROLES, Role
from headwater.door import Door
from headwater.state import changing, day, group, opened, status, titled, who, within

if TYPE_CHECKING:
    from api.access.keys import Key


@within(
    "headwater key create --name 'Li Na, Wenzhou' --role enforcement --jurisdiction 3303 --days 180",
    "headwater key create --name 'Harbour office' --role customs",
    "headwater key create --name 'Acme brand team' --role right_holder --holder Company/91330304MA6QDUMH3D",
    "headwater key create --name 'Platform X, data desk' --role investigator --owner platform-x",
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
@click.option(
    "--owner",
    "owned",
    multiple=True,
    metavar="SOURCE",
    help="A source whose data is theirs, who sees which they say; may be repeated. 归其所有的数据来源",
)
@click.option(
    "--days",
    default=365,
    show_default=True,
    type=click.IntRange(1, 3650),
    help="How many days from today on, of UTC. 有效天数（按 UTC 计）",
)
def _create_key(
    door: Door,
    folder: Path | None,
    name: str,
    role: Role,
    jurisdictions: tuple[str, ...],
    holder: str | None,
    owned: tuple[str, ...],
    days: int,
) -> None:
    """Make an API key, and show it this once: only its hash is kept.

    新建接口密钥，仅显示一次；系统只保存其散列值。
    """
    from api.access.keys import create_key
    from api.state import today

    about = {"role": role, "jurisdictions": list(jurisdictions), "holder": holder, "owners": list(owned), "days": days}
    with changing(folder, "key create", about, create=True) as (state, told):
        key, text = create_key(
            state,
            name=name,
            role=role,
            jurisdictions=jurisdictions,
            holder=holder,
            owned=owned,
            days=days,
            by=who(),
            today=today(),
        )
        told["key"] = key.id
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
    from api.state import today

    with opened(folder) as state:
        keys = list_keys(state)
    if door.json:
        door.give([_as_object(key) for key in keys])
        return
    titles = [("id", "编号"), ("name", "名称"), ("role", "角色"), ("jurisdictions", "辖区"), ("owner of", "所有来源")]
    titles += [("until (UTC)", "有效期至（UTC）"), ("last used", "最近使用"), ("state", "状态")]
    rows = (
        (
            k.id, k.name, k.role, " ".join(k.jurisdictions), ", ".join(k.owned), k.until, day(k.used),
            status(door, k.stands(today())),
        )
        for k in keys
    )  # fmt: skip
    door.table(titled(door, titles, gives_way=["name", "jurisdictions", "owner of"]), rows)
    if not keys:
        door.say("there is no key; `headwater key create` makes one", "尚无密钥；用 `headwater key create` 新建")


@within("headwater key revoke k3xw7p2m")
@click.argument("id_", metavar="ID")
def _revoke_key(door: Door, folder: Path | None, id_: str) -> None:
    """Revoke an API key for good; a running service sees it within seconds.

    永久撤销接口密钥；运行中的服务数秒内生效。
    """
    from api.access.keys import revoke_key

    with changing(folder, "key revoke", {"key": id_}) as (state, _):
        key = revoke_key(state, id_, by=who())
    if door.json:
        door.give(_as_object(key))
    else:
        door.say(f"key {key.id} of {key.name} is revoked", f"密钥 {key.id}（{key.name}）已撤销")


def _as_object(key: Key) -> dict[str, Any]:
    from api.state import today

    names = ("id", "name", "role", "jurisdictions", "holder", "owned", "made", "by", "until", "revoked", "used")
    return {**{name: getattr(key, name) for name in names}, "state": key.stands(today())}


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
