"""Commands that look into the audit log: audit verify, audit show, audit reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from heapq import nlargest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from graph.errors import InvalidValue, UnreadableFile
from headwater.door import FILE, Door
from headwater.state import group, opened, titled, within
from headwater.terminal import counted

if TYPE_CHECKING:
    from api.audit.heads import Head
    from api.audit.reading import Told
    from api.audit.verification import Finding
    from api.state import State

_CHINESE = {
    "changed": "该条记录被改动",
    "missing": "此处之前的记录或文件缺失",
    "order": "该条记录被移动或插入",
    "malformed": "该行不是完整的日志记录",
    "cut_off": "末尾被截断",
    "rewritten": "该条记录与他处所存不符",
    "unknown": "文件来历不明",
    "database": "数据库无法提供各链末端",
    "many": "此后仍有其他问题",
}
"""What each finding is called in Chinese; the particulars are in English."""


@within(
    "headwater audit verify", "headwater audit verify --json > heads.json", "headwater audit verify --heads heads.json"
)
@click.option("--heads", type=FILE, metavar="FILE", help="What an earlier `audit verify --json` told. 早先的核验结果")
def _verify(door: Door, folder: Path | None, heads: Path | None) -> None:
    """Check that the audit log is as it was written, even while the service runs.

    Any entry changed, removed, moved, put in or cut off is named with its file and line; the command then ends with 1.
    What --json tells, kept on another machine and given to --heads later, shows even a log that was written anew as a
    whole.

    核验审计日志是否保持原样，服务运行时亦可。

    任何被改动、删除、移动、插入或截断的记录都会指出文件与行号；此时退出码为 1。
    """
    from api.audit.verification import verify
    from api.errors import AuditBroken
    from api.state import state_folder

    earlier = None if heads is None else _read_heads(heads)
    report = verify(state_folder() if folder is None else folder, earlier)
    if door.json:
        names = ("files", "entries", "findings", "notices", "heads")
        door.give({"ok": report.ok, **{name: getattr(report, name) for name in names}})
    else:
        for finding in (*report.findings, *report.notices):
            door.line(_in_words(door, finding))
        lines, files = counted(report.entries, "line"), counted(report.files, "file")
        door.say(f"{lines} in {files} as written", f"{report.files:,} 个文件中 {report.entries:,} 行保持原样")
    if not report.ok:
        many = counted(len(report.findings), "finding")
        raise AuditBroken(f"the audit log is not as it was written: {many}; compare it with a backup")


def _in_words(door: Door, finding: Finding) -> str:
    place = finding.file if finding.line is None else f"{finding.file}:{finding.line}"
    return door.word(f"{place}: {finding.message}", f"{place}：{_CHINESE[finding.code]}（{finding.message}）")


def _read_heads(path: Path) -> dict[str, Head]:
    from api.audit.heads import Head

    try:
        held = orjson.loads(path.read_bytes())["heads"]
        return {str(chain): Head(int(head["n"]), str(head["hash"])) for chain, head in held.items()}
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UnreadableFile(
            f"{path}: this is not what `headwater audit verify --json` writes; name its file"
        ) from error


@within("headwater audit reads Phone/+8613800138000", "headwater audit reads Company/91330304MA6QDUMH3D --json")
@click.argument("node", metavar="ID")
def _reads(door: Door, folder: Path | None, node: str) -> None:
    """Tell who read a node, given by its id as other commands print it, or brought a value that may name it.

    An entry that read more nodes than it lists may have read this one as well: perhaps.

    查看谁读取过某节点（编号与其他命令输出一致），或以可能指向该节点的号码发起过查询。

    读取节点过多而未全部列出的记录可能也包含该节点，标为“可能”。
    """
    from api.audit.reading import reads
    from graph.ontology import ontology

    kind, _, value = node.partition("/")
    if kind not in ontology().kinds or not value:
        raise InvalidValue("id", node, "format", "give a node's id, as `headwater search` prints it")
    with opened(folder) as state:
        found = sorted(reads(state.folder, node), key=lambda reading: _time(reading.told))
        names = _names(state)
    if door.json:
        door.give([{"how": reading.how, **_object(reading.told)} for reading in found])
        return
    rows = [(*_row(reading.told, names), door.word(*_HOW[reading.how])) for reading in found]
    door.table(titled(door, [*_TITLES, ("how", "方式")], gives_way=["name", "what"]), rows)
    if not rows:
        door.say(f"no entry tells of {node}", f"没有记录涉及 {node}")


@within(
    "headwater audit show --last 20",
    "headwater audit show --viewer k3xw7p2m --since 2026-11-01 --text",
    "headwater audit show --case 2026-0117 --json",
)
@click.option("--viewer", metavar="ID", help="Only what this key, bearer of a token or command's user did. 查询者编号")
@click.option("--case", metavar="NUMBER", help="Only what was asked in this case. 案件")
@click.option("--since", metavar="DATE", help="From this day on, of UTC. 起始日期（UTC）")
@click.option("--last", default=50, show_default=True, type=click.IntRange(1), help="How many, the latest. 最近条数")
@click.option("--text", "with_text", is_flag=True, help="Show the text of each query. 显示查询原文")
def _show(
    door: Door, folder: Path | None, viewer: str | None, case: str | None, since: str | None, last: int, with_text: bool
) -> None:
    """Show who asked what, and what came of it: questions, changes, jobs, refusals, commands.

    The text of a query is shown as it was sent; its variables, which may be anybody's numbers, are not kept.

    查看谁查询或变更了什么及其结果。

    查询原文按原样显示；变量可能含个人号码，不予保存。
    """
    from api.access.cases import case_number
    from api.audit.reading import entries
    from api.audit.texts import text_of

    number = None if case is None else case_number(case)
    if since is not None and not _DAY.fullmatch(since):
        raise InvalidValue("date", since, "format", "write a day as 2026-12-31")
    with opened(folder) as state:
        wanted = (
            told
            for told in entries(state.folder)
            if viewer in (None, told.entry.get("viewer"))
            and number in (None, told.entry.get("case"))
            and _time(told) >= (since or "")
        )
        found = sorted(nlargest(last, wanted, key=_time), key=_time)
        names = _names(state)
        hashes = {str(told.entry["document"]) for told in found if "document" in told.entry}
        texts = {one: text_of(state, one) for one in hashes} if with_text or door.json else {}
    if door.json:
        door.give([{**_object(told), "text": texts.get(str(told.entry.get("document")))} for told in found])
        return
    if not with_text:
        door.table(titled(door, _TITLES, gives_way=["name", "what"]), [_row(told, names) for told in found])
    for told in found if with_text else ():
        door.line("  ".join(filter(None, _row(told, names))))
        text = texts.get(str(told.entry.get("document")))
        if text is not None or "document" in told.entry:
            for line in (text or door.word("the text is not kept any more", "原文已不再保存")).splitlines():
                door.line(line, indent=4)
    if not found:
        door.say("there is no such entry", "没有符合条件的记录")


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TITLES = (
    *(("time (UTC)", "时间（UTC）"), ("who", "查询者"), ("name", "名称"), ("role", "角色"), ("kind", "类型")),
    *(("what", "内容"), ("case", "案件"), ("outcome", "结果")),
)
_HOW = {"read": ("read", "读取"), "brought": ("brought", "凭号码查询"), "perhaps": ("perhaps", "可能")}


def _row(told: Told, names: Mapping[str, str]) -> tuple[str, ...]:
    """An entry as cells."""
    entry = told.entry
    who = str(entry.get("viewer") or entry.get("from") or "")
    case = "?" if entry.get("foreign_case") else str(entry.get("case") or "")
    outcome = f"{entry.get('outcome')} × {entry['count']}" if "count" in entry else str(entry.get("outcome"))
    about = (names.get(who, ""), str(entry.get("role") or ""), str(entry.get("kind")), _what(entry), case, outcome)
    return _time(told)[:19].replace("T", " "), who, *about


def _what(entry: Mapping[str, Any]) -> str:
    """What was asked or changed, in a few words."""
    changes = entry.get("arguments")
    if not changes:
        return " ".join(filter(None, (entry.get("operation"), *entry.get("fields", ()))))
    return "; ".join(
        " ".join((one["field"], *(f"{k}={v}" for k, v in one.items() if k != "field" and v not in (None, False, []))))
        for one in changes
    )


def _object(told: Told) -> dict[str, Any]:
    hidden = ("n", "hash", "nodes", "brought", "all")
    return {"file": told.file, "line": told.line, **{k: v for k, v in told.entry.items() if k not in hidden}}


def _names(state: State) -> dict[str, str]:
    from api.access.keys import list_keys

    return {key.id: key.name for key in list_keys(state)}


def _time(told: Told) -> str:
    return str(told.entry.get("time"))


COMMANDS = {
    "audit": group(
        "audit",
        "Look into the audit log of the service: whether it is whole, who asked what, and who read a node.\n\n"
        "核验与查询审计日志。",
        {
            "verify": (_verify, "Check that nothing was changed or removed. 核验日志"),
            "show": (_show, "Show who asked what. 查看查询与变更"),
            "reads": (_reads, "Tell who read a node. 谁读取过某节点"),
        },
    )
}
