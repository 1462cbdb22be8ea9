"""Commands that look into the audit log: audit verify, audit reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from graph.errors import InvalidValue, UnreadableFile
from headwater.commands.state import group, opened, titled, within
from headwater.door import FILE, Door
from headwater.terminal import counted

if TYPE_CHECKING:
    from api.audit.heads import Head
    from api.audit.verification import Finding

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
    """Tell who read a node, given by its id as other commands print it.

    An entry that read more nodes than it lists may have read this one as well; it is marked as uncertain.

    查看谁读取过某节点（编号与其他命令输出一致）。

    读取节点过多而未全部列出的记录可能也包含该节点，标为不确定。
    """
    from api.access.keys import list_keys
    from api.audit.verification import reads
    from graph.ontology import ontology

    kind, _, value = node.partition("/")
    if kind not in ontology().kinds or not value:
        raise InvalidValue("id", node, "format", "give a node's id, as `headwater search` prints it")
    with opened(folder) as state:
        found = sorted(reads(state.folder, node), key=lambda reading: str(reading.entry.get("time")))
        names = {key.id: key.name for key in list_keys(state)}
    if door.json:
        door.give([{"certain": r.certain, "file": r.file, "line": r.line, **_entry(r.entry)} for r in found])
        return
    titles = [("time", "时间"), ("viewer", "查询者"), ("name", "名称"), ("role", "角色"), ("kind", "类型")]
    titles += [("operation", "操作"), ("case", "案件"), ("outcome", "结果"), ("certain", "确定")]
    rows = []
    for reading in found:
        told = _entry(reading.entry)
        certain = door.word("yes", "是") if reading.certain else door.word("perhaps", "不确定")
        viewer = str(told["viewer"])
        what = (told[name] or "" for name in ("role", "kind", "operation", "case", "outcome"))
        rows.append((told["time"], viewer, names.get(viewer, ""), *what, certain))
    door.table(titled(door, titles, gives_way=["name", "operation"]), rows)
    if not rows:
        door.say(f"no entry tells of {node}", f"没有记录涉及 {node}")


def _entry(entry: dict[str, object]) -> dict[str, object]:
    names = ("time", "viewer", "role", "kind", "operation", "query", "case", "outcome", "ms", "read")
    return {name: entry.get(name) for name in names}


COMMANDS = {
    "audit": group(
        "audit",
        "Look into the audit log of the service: whether it is whole, and who read a node.\n\n核验与查询审计日志。",
        {
            "verify": (_verify, "Check that nothing was changed or removed. 核验日志"),
            "reads": (_reads, "Tell who read a node. 谁读取过某节点"),
        },
    )
}
