"""The commands that shut somebody out of the service, whatever their key or token says: access."""

from __future__ import annotations

from pathlib import Path

import click

from graph.errors import InvalidValue
from headwater.door import Door
from headwater.state import changing, day, group, opened, titled, who, within


@within("headwater access block https://login.agency.example#li", "headwater access block k3xw7p2m")
@click.argument("viewer", metavar="ID")
def _block(door: Door, folder: Path | None, viewer: str) -> None:
    """Shut somebody out; a running service sees it within seconds.

    Give the id that the audit log and `me` tell: of a token's bearer ISSUER#SUBJECT, else that of a key.

    禁止某人访问；运行中的服务数秒内生效。

    请给出审计日志与 `me` 所示编号：令牌持有人为 签发者#主体，否则为密钥编号。
    """
    from api.access.blocks import block
    from api.access.keys import is_viewer

    if not is_viewer(viewer):
        raise InvalidValue("id", viewer, "format", "give a key's id, or a token's ISSUER#SUBJECT")
    with changing(folder, "access block", {"viewer": viewer}) as (state, _):
        made = block(state, viewer, by=who())
    if door.json:
        door.give(made)
    else:
        door.say(f"{viewer} is shut out", f"已禁止 {viewer} 访问")


@within("headwater access allow https://login.agency.example#li")
@click.argument("viewer", metavar="ID")
def _allow(door: Door, folder: Path | None, viewer: str) -> None:
    """Let somebody in again who was shut out.

    恢复某人的访问。
    """
    from api.access.blocks import unblock

    with changing(folder, "access allow", {"viewer": viewer}) as (state, _):
        unblock(state, viewer)
    if door.json:
        door.give({"viewer": viewer})
    else:
        door.say(f"{viewer} is let in again", f"已恢复 {viewer} 的访问")


@within("headwater access list", "headwater access list --json")
def _list(door: Door, folder: Path | None) -> None:
    """List who is shut out, by whom and since when.

    列出被禁止访问者。
    """
    from api.access.blocks import list_blocks

    with opened(folder) as state:
        blocks = list_blocks(state)
    if door.json:
        door.give(blocks)
        return
    titles = [("who", "编号"), ("since", "时间"), ("by", "操作人")]
    door.table(titled(door, titles), ((one.viewer, day(one.made), one.by) for one in blocks))
    if not blocks:
        door.say("nobody is shut out", "无人被禁止访问")


COMMANDS = {
    "access": group(
        "access",
        "Shut somebody out of the service, and let them in again.\n\n禁止或恢复某人访问服务。",
        {
            "block": (_block, "Shut somebody out. 禁止访问"),
            "allow": (_allow, "Let somebody in again. 恢复访问"),
            "list": (_list, "List who is shut out. 列出被禁止者"),
        },
    ),
}
