"""Commands on what people judge: judge, judgements export, judgements import."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

import click

from graph import exchange
from graph.contradictions import Doubt
from graph.judgements import Judgement, Verdict, judge, unjudge
from graph.output import whole
from headwater.door import FILE, OUTPUT, Door, command
from headwater.state import group, who
from headwater.terminal import counted
from queries.search import meant

_VERDICTS = {
    "same": ("the same", "同一主体"),
    "different": ("not the same", "不同主体"),
    "unsure": ("uncertain", "存疑"),
    None: ("no longer judged", "不再判断"),
}
_DOUBTS = {
    "numbers": ("it makes one of two registered parties", "这会合并两个登记主体"),
    "different": ("others that hold say that two of these are not the same", "与其他判断相矛盾"),
}


@command(
    "headwater judge Company/91330304MA6QDUMH3D 'Party/freight:FR13642721#consignor' same --why 'same lease'",
    "headwater judge 91330304MA6QDUMH3D 'Party/freight:FR13642721#consignor' --undo --why 'another lease'",
)
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.argument("verdict", required=False, type=click.Choice(["same", "different", "unsure"]))
@click.option("--why", required=True, metavar="TEXT", help="For what reason; it is kept. 理由")
@click.option("--by", metavar="NAME", help="Who judges; else whoever runs it. 判断人")
@click.option("--undo", is_flag=True, help="Take back what was judged of the two. 撤回判断")
def judge_(door: Door, a: str, b: str, verdict: str | None, why: str, by: str | None, undo: bool) -> None:
    """Say that two parties are the same, are different, or that it is uncertain; it holds at once, before any model.

    判断两个主体相同、不同或存疑；立即生效，优先于模型。
    """
    if undo == (verdict is not None):
        raise click.UsageError("give same, different or unsure; or --undo to take a judgement back")
    doubts: tuple[Doubt, ...] = ()
    with door.store() as store:
        one, two = meant(store, a).id, meant(store, b).id
        if undo:
            kept = unjudge(store, one, two, by=by or who(), why=why)
        else:
            judged = judge(store, one, two, cast(Verdict, verdict), by=by or who(), why=why)
            kept, doubts = judged.judgement, judged.doubts
    if door.json:
        door.give({"judgement": kept, "doubts": doubts})
        return
    _tell(door, kept)
    for doubt in doubts:
        door.say(
            f"beware: {_DOUBTS[doubt.code][0]}: {' = '.join(doubt.path)}",
            f"注意：{_DOUBTS[doubt.code][1]}：{' = '.join(doubt.path)}",
        )


def _tell(door: Door, kept: Judgement) -> None:
    english, chinese = _VERDICTS[kept.now.verdict]
    door.say(f"{kept.a} and {kept.b}: {english}", f"{kept.a} 与 {kept.b}：{chinese}")


@command("headwater judgements export judgements.jsonl", "headwater judgements export | head")
@click.argument("file", required=False, type=OUTPUT)
def export(door: Door, file: Path | None) -> None:
    """Write all judgements as JSON Lines, one a pair with its history; to a file, else to standard output.

    将全部判断导出为 JSON Lines，每对一行，含历史。
    """
    with door.store() as store:
        if file is None:
            exchange.export(store, sys.stdout.buffer)
            return
        with whole(file) as out:
            count = exchange.export(store, out)
    if door.json:
        door.give({"file": file, "judgements": count})
    else:
        door.say(f"{counted(count, 'judgement')} written to {file}", f"{count:,} 条判断已写入 {file}")


@command("headwater judgements import judgements.jsonl")
@click.argument("file", type=FILE)
def import_(door: Door, file: Path) -> None:
    """Keep the judgements of a file; of what both know of a pair the newer holds, and the rest becomes history.

    导入判断；同一对以较新者为准，其余留作历史。
    """
    some = exchange.read(file)
    with door.store() as store:
        changed, missing = exchange.take_in(store, some)
    if door.json:
        door.give({"file": file, "read": len(some), "changed": changed, "missing": [(one.a, one.b) for one in missing]})
        return
    door.say(
        f"{counted(changed, 'judgement')} of {len(some):,} changed what was known",
        f"{len(some):,} 条判断中 {changed:,} 条有变化",
    )
    for one in missing:
        door.say(f"left out, a node is not there: {one.a}, {one.b}", f"未导入，节点不存在：{one.a}，{one.b}")


COMMANDS = {
    "judge": judge_,
    "judgements": group(
        "judgements",
        "Export and import what people judged of who is who.\n\n导出与导入人工判断。",
        {
            "export": (export, "Write all judgements to a file. 导出"),
            "import": (import_, "Keep the judgements of a file. 导入"),
        },
    ),
}
judge_.name = "judge"
