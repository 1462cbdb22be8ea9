"""Commands that say who sees sensitive data: grant, case."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.access.viewer import Grant
from graph.errors import HeadwaterError
from headwater.door import Door
from headwater.state import changing, day, group, opened, status, titled, who, within

if TYPE_CHECKING:
    from api.access.cases import Case
    from api.access.grants import Granted


@within(
    "headwater grant add --to investigator --property Phone --owner platform-x --until 2026-12-31",
    "headwater grant add --to k3xw7p2m --property Person --owner registry --case 2026-0117",
)
@click.option("--to", "grantee", required=True, metavar="ROLE|KEY", help="A role, or a key's id. 角色或密钥编号")
@click.option(
    "--property", "property_", required=True, metavar="KIND[.NAME]", help="What is sensitive: Phone, Person … 敏感数据"
)
@click.option("--owner", required=True, metavar="SOURCE", help="The source that stated it. 数据来源")
@click.option("--case", metavar="NUMBER", help="Only in this case. 仅限此案件")
@click.option("--until", metavar="DATE", help="The last day, of UTC, on which it holds. 有效期至（UTC）")
def _add_grant(
    door: Door, folder: Path | None, grantee: str, property_: str, owner: str, case: str | None, until: str | None
) -> None:
    """Let a role or a key see something sensitive of a source, for every question or in one case.

    授权某角色或密钥查看某来源的敏感数据，可限定案件与期限。
    """
    from api.access.grants import add_grant
    from api.state import today

    issuer = os.environ.get("HEADWATER_OIDC_ISSUER")
    about = {"to": grantee, "property": property_, "owner": owner, "case": case, "until": until}
    with changing(folder, "grant add", about) as (state, told):
        grant = Grant(property_, owner, case, until)
        granted = add_grant(state, grantee, grant, by=who(), today=today(), issuer=issuer)
        told["grant"] = granted.id
    if door.json:
        door.give(granted)
    else:
        door.say(f"grant {granted.id} made", f"授权 {granted.id} 已建立")
    if not _is_source(door, granted.grant.owner):
        english = f"the store knows no record of the source {granted.grant.owner} yet; see `headwater status`"
        click.echo(door.word(english, f"存储中尚无来源 {granted.grant.owner} 的记录；见 `headwater status`"), err=True)


def _is_source(door: Door, name: str) -> bool:
    """Whether the store has records of a source; taken for granted where it cannot be asked at once."""
    from graph.opening import open_store

    try:
        with open_store(door.url, create=False, patience=2.0) as store:
            return name in store.counts().records
    except HeadwaterError:
        return True


@within("headwater grant list", "headwater grant list --json")
def _list_grants(door: Door, folder: Path | None) -> None:
    """List all grants, with who made them and when.

    列出全部授权，包括授权人与时间。
    """
    from api.access.grants import list_grants

    with opened(folder) as state:
        grants = list_grants(state)
    if door.json:
        door.give(grants)
        return
    titles = [("number", "编号"), ("to", "授权对象"), ("property", "属性"), ("owner", "来源"), ("case", "案件")]
    titles += [("until (UTC)", "有效期至（UTC）"), ("made", "时间"), ("by", "授权人"), ("state", "状态")]
    door.table(titled(door, titles, gives_way=["case", "by"]), (_grant_row(door, one) for one in grants))
    if not grants:
        door.say("there is no grant: sensitive data is masked", "尚无授权：敏感数据均已遮蔽")


def _grant_row(door: Door, one: Granted) -> tuple[object, ...]:
    from api.state import today

    grant = one.grant
    what = (one.id, one.grantee, grant.property, grant.owner, grant.case or "", grant.until or "")
    return *what, day(one.made), one.by, status(door, one.stands(today()))


@within("headwater grant revoke 7")
@click.argument("number", type=click.IntRange(1), metavar="NUMBER")
def _revoke_grant(door: Door, folder: Path | None, number: int) -> None:
    """Take a grant back.

    撤销授权。
    """
    from api.access.grants import revoke_grant

    with changing(folder, "grant revoke", {"grant": number}) as (state, _):
        granted = revoke_grant(state, number, by=who())
    if door.json:
        door.give(granted)
    else:
        door.say(f"grant {granted.id} is revoked", f"授权 {granted.id} 已撤销")


@within("headwater case open 2026-0117 --by k3xw7p2m")
@click.argument("number", metavar="NUMBER")
@click.option("--by", "opener", required=True, metavar="KEY", help="The enforcer's key. 执法人员密钥编号")
def _open_case(door: Door, folder: Path | None, number: str, opener: str) -> None:
    """Open a case for an enforcer, who is its first member.

    由执法人员立案，立案人为首位成员。
    """
    from api.access.cases import open_case
    from api.access.keys import find_key, known_viewer
    from api.state import today

    with changing(folder, "case open", {"case": number, "opener": opener}) as (state, _):
        key = find_key(state, opener)
        known_viewer(state, key.id, today())
        case = open_case(state, number, key.id, key.role)
    _tell_case(door, case)


@within("headwater case add 2026-0117 q8vd2n5t")
@click.argument("number", metavar="NUMBER")
@click.argument("member", metavar="KEY")
def _add_member(door: Door, folder: Path | None, number: str, member: str) -> None:
    """Make whoever holds a key a member of a case.

    将密钥持有人加入案件。
    """
    from api.access.cases import add_member
    from api.access.keys import known_viewer
    from api.state import today

    with changing(folder, "case add", {"case": number, "member": member}) as (state, _):
        known_viewer(state, member, today(), os.environ.get("HEADWATER_OIDC_ISSUER"))
        case = add_member(state, number, member, by=who())
    _tell_case(door, case)


@within("headwater case close 2026-0117")
@click.argument("number", metavar="NUMBER")
def _close_case(door: Door, folder: Path | None, number: str) -> None:
    """Close a case for good: what was granted in it is no longer seen.

    结案；该案内的授权随即失效。
    """
    from api.access.cases import close_case

    with changing(folder, "case close", {"case": number}) as (state, _):
        case = close_case(state, number, by=who())
    _tell_case(door, case)


@within("headwater case list", "headwater case list --json")
def _list_cases(door: Door, folder: Path | None) -> None:
    """List all cases with their members.

    列出全部案件及成员。
    """
    from api.access.cases import list_cases

    with opened(folder) as state:
        cases = list_cases(state)
    if door.json:
        door.give(cases)
        return
    titles = [("number", "案号"), ("opened", "立案时间"), ("by", "立案人"), ("members", "成员"), ("state", "状态")]
    rows = ((c.number, day(c.opened), c.opener, " ".join(c.members), status(door, _progress(c))) for c in cases)
    door.table(titled(door, titles, gives_way=["members"]), rows)
    if not cases:
        door.say("there is no case; `headwater case open` opens one", "尚无案件；用 `headwater case open` 立案")


def _progress(case: Case) -> str:
    return "open" if case.closed is None else "closed"


def _tell_case(door: Door, case: Case) -> None:
    if door.json:
        door.give(case)
    else:
        members = " ".join(case.members)
        word = status(door, _progress(case))
        door.say(
            f"case {case.number} is {word}; its members are {members}", f"案件 {case.number} {word}；成员：{members}"
        )


COMMANDS = {
    "grant": group(
        "grant",
        "Say who may see sensitive data of a source, which is masked otherwise.\n\n管理敏感数据的授权；未授权则遮蔽。",
        {
            "add": (_add_grant, "Let a role or a key see something. 新增授权"),
            "list": (_list_grants, "List all grants. 列出授权"),
            "revoke": (_revoke_grant, "Take a grant back. 撤销授权"),
        },
    ),
    "case": group(
        "case",
        "Open and close cases, in which sensitive data may be granted to their members.\n\n管理案件及其成员。",
        {
            "open": (_open_case, "Open a case for an enforcer. 立案"),
            "add": (_add_member, "Add a member. 增加成员"),
            "close": (_close_case, "Close a case for good. 结案"),
            "list": (_list_cases, "List all cases. 列出案件"),
        },
    ),
}
