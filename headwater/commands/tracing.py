"""The command that the others are there for: trace, for one clue or a file of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import click
import orjson

from graph.caption import kind_label
from graph.identity import identify
from graph.model import Node, kind_of
from graph.output import whole
from graph.store import Store
from headwater.door import FILE, OUTPUT, Door, command
from headwater.progress import counting
from headwater.terminal import Column, counted
from headwater.wording import called, named, step, tell_cuts
from queries import trace as tracing

_ROLES = {
    "producer": ("producers", "生产者"),
    "trader": ("traders", "贸易商"),
    "warehouse": ("warehouses", "仓储场所"),
    "seller": ("sellers", "销售者"),
}
_VERDICTS = {
    "suspected": ("suspected", "涉嫌侵权"),
    "authorised": ("authorised", "已获许可"),
    "unknown": ("unknown", "无法判断"),
}
_BY = {
    "freight": ("freight", "货运"),
    "control": ("persons and phones in common", "人员与电话关联"),
    "declaration": ("a customs declaration", "报关单"),
    "label": ("an e-label", "电子标签"),
    "walk": ("links", "关联"),
}
_SCREEN = {
    "valid": ("valid for the goods on the day", "当日有效且涵盖该商品"),
    "not_begun": ("not begun on the day", "当日尚未生效"),
    "expired": ("expired on the day", "当日已届满"),
    "other_territory": ("for another territory", "许可地域不符"),
    "other_goods": ("for other goods", "许可商品不符"),
    "former_holder": ("granted by a former holder of the right", "由前权利人授予"),
    "unknown_parent": ("a sublicence of a licence that is not known", "上级许可不明"),
}
_REASONS = {
    "consigned": ("consigned such goods to the seller's places or phones", "曾将此类商品发往销售者的场所或电话"),
    "shares": ("shares a person or a phone with the seller or its warehouse", "与销售者或其仓库有共同的人员或电话"),
    "declared": ("is named as producer by a declaration of such goods", "报关单载明其为此类商品的生产企业"),
    "named": ("is named by the clue itself", "线索直接指明"),
    "sent": ("sent such goods on", "曾转发此类商品"),
    "received": ("received such goods shortly before", "发货前不久收到过此类商品"),
    "trades": (
        "but it received such goods shortly before: it trades",
        "但发货前不久收到过此类商品，应为贸易商",
    ),
    "makes": ("makes such goods by its scope or name", "经营范围或名称表明生产此类商品"),
}
_FIELDS = {"title": ("title", "标题"), "description": ("description", "描述"), "brand": ("brand claimed", "标称品牌")}
_EXPLAINED = 2
"""Producers whose evidence is told in full; `--limit` and `--json` show more."""
_WAYS = 3
"""Ways of evidence told for each of them."""
_MARKS = 3
"""Marks told; `--json` tells all."""
_FAINT = 0.005
"""Candidates less probable than this are only counted."""


@command(
    "headwater trace https://shop.example/item/1 --right 25414530 --at 2026-01-31",
    "headwater trace 13800138000 --kind phone",
    "headwater trace --clues clues.csv -o answers.jsonl",
)
@click.argument("value", required=False)
@click.option(
    "--kind",
    type=click.Choice(tracing.KINDS),
    metavar="KIND",
    help=f"What VALUE is: {', '.join(tracing.KINDS)}; else found out. 线索类型",
)
@click.option("--right", metavar="NUMBER", help="The right said to be infringed. 涉案权利号")
@click.option("--at", "at", metavar="DATE", help="The day the clue was noticed. 发现日期")
@click.option(
    "--limit", default=5, show_default=True, type=click.IntRange(1, 100), help="Candidates a role. 每类候选数量"
)
@click.option("--clues", type=FILE, metavar="FILE", help="A table of clues: clue_no,kind,value,right_no,seen. 线索文件")
@click.option(
    "-o",
    "--output",
    type=OUTPUT,
    metavar="FILE",
    help="Answers to --clues, a JSON line each; else standard output. 答案文件",
)
def trace(
    door: Door,
    value: str | None,
    kind: str | None,
    right: str | None,
    at: str | None,
    limit: int,
    clues: Path | None,
    output: Path | None,
) -> None:
    """Trace a clue to who made, traded, stored and sold the goods.

    Each candidate comes with its probability, the ways of evidence that lead to it, the records behind every step, and
    the licence that bears on it. The marks that the clue's listings bear are told, and what was cut or passed over.

    从线索溯源至生产者、贸易商、仓储场所与销售者，并给出概率、证据路径、记录、许可审查结果与商品页上的标识。
    """
    if (value is None) == (clues is None):
        raise click.UsageError("give a VALUE to trace, or a file of them with --clues")
    if clues is not None and (kind or right or at):
        raise click.UsageError("--kind, --right and --at are columns of the file given with --clues")
    if clues is None and output is not None:
        raise click.UsageError("--output is for --clues; to keep one answer, write `--json > FILE`")
    with door.store() as store:
        if clues is not None:
            _trace_all(door, store, clues, output, limit)
            return
        found = tracing.trace(store, tracing.Clue(value or "", kind, right, at), limit=limit)
        if door.json:
            door.give(found)
            return
        steps = [s for c in found.candidates for p in c.paths for s in p.steps]
        ids = {*found.start, *(c.node for c in found.candidates), *(n for s in steps for n in (s.source, s.target))}
        ids |= {hub.node for hub in found.damped} | {mark.right for mark in found.marks}
        if right:
            ids.add(identify("Right", right).node)
        _tell(door, found, store.get(ids))


def _tell(door: Door, found: tracing.Trace, nodes: Mapping[str, Node]) -> None:
    start = "; ".join(named(door, n, nodes) for n in found.start[:3])
    more = f" +{len(found.start) - 3}" if len(found.start) > 3 else ""
    head = [(door.word("clue", "线索"), f"{start}{more}")]
    if found.clue.right:
        right = identify("Right", found.clue.right).node
        known = right in nodes or door.word("not among the rights loaded", "不在已载入的权利中")
        head.append((door.word("right", "权利"), named(door, right, nodes) + ("" if known is True else f", {known}")))
    if found.clue.at:
        head.append((door.word("noticed", "发现日期"), found.clue.at))
    head += [(door.word("mark", "标识"), text) for text in _marks(door, found.marks, nodes)]
    head.append((door.word("verdict", "结论"), door.word(*_VERDICTS[found.verdict])))
    door.pairs(head, indent=0)
    for role, words in _ROLES.items():
        candidates = [c for c in found.candidates if c.role == role]
        likely = [c for c in candidates if c.probability >= _FAINT]
        if likely:
            click.echo()
            door.say(*words, bold=True)
            _table(door, likely)
            if len(likely) < len(candidates):
                faint = len(candidates) - len(likely)
                door.say(f"{faint:,} more below {_FAINT:.1%}", f"另有 {faint:,} 个低于 {_FAINT:.1%}", dim=True)
    producers = [c for c in found.candidates if c.role == "producer" and c.probability >= _FAINT]
    if not producers:
        click.echo()
        door.say("no producer is found: the records loaded lead to none", "未找到生产者：已载入的记录未指向任何生产者")
    for number, candidate in enumerate(producers[:_EXPLAINED], 1):
        _explain(door, number, candidate, nodes)
    if found.cut or found.damped:
        click.echo()
    tell_cuts(door, found.cut)
    for hub in sorted(found.damped, key=lambda hub: (-hub.links, hub.node))[:5]:
        name = named(door, hub.node, nodes)
        door.say(
            f"damped: {name} has {hub.links:,} links and so says little",
            f"降权：{name} 有 {hub.links:,} 条关系，指向性弱",
            dim=True,
        )


def _table(door: Door, candidates: list[tracing.Candidate]) -> None:
    door.table(
        [
            Column("#", right=True),
            Column(door.word("probability", "概率"), right=True),
            Column(door.word("name", "名称"), gives_way=True),
            Column(door.word("verdict", "结论")),
            Column(door.word("records", "记录"), right=True),
            Column(door.word("id", "编号")),
        ],
        [
            (number, f"{c.probability:.1%}", c.name, door.word(*_VERDICTS[c.verdict]), len(c.records), c.node)
            for number, c in enumerate(candidates, 1)
        ],
        indent=2,
    )


def _explain(door: Door, number: int, candidate: tracing.Candidate, nodes: Mapping[str, Node]) -> None:
    click.echo()
    door.say(
        f"why producer {number}, {candidate.name}, {candidate.probability:.1%}",
        f"生产者 {number} 的依据：{candidate.name}，{candidate.probability:.1%}",
        bold=True,
    )
    if candidate.reasons:
        door.line(
            "; ".join(f"{door.word(*_REASONS[one.code])} ({one.probability:.2f})" for one in candidate.reasons),
            indent=2,
        )
    if candidate.licence is not None:
        _licence(door, candidate.licence)
    for place, path in enumerate(candidate.paths[:_WAYS], 1):
        by = door.word(*_BY[path.by])
        late = door.word("; goods on it move on before they came", "；货物先出后入，应为另一批") if path.late else ""
        door.say(
            f"path {place} by {by}, {path.probability:.1%}{late}",
            f"证据路径 {place}：{by}，{path.probability:.1%}{late}",
            fg="cyan",
        )
        if path.steps:
            door.line(named(door, path.steps[0].source, nodes), indent=2)
        for one in path.steps:
            seen = "" if one.inferred else door.word("observed ", "有记录 ")
            door.line(step(door, one.link, one.source, nodes, f"{seen}×{one.factor:.2f}"), indent=4)


def _marks(door: Door, marks: Sequence[tracing.Mark], nodes: Mapping[str, Node]) -> Iterator[str]:
    """The marks that were read and where: of one right and one way of writing it the first place."""
    seen: dict[tuple[str, str], tracing.Mark] = {}
    for mark in marks:
        seen.setdefault((mark.right, mark.text), mark)
    for mark in list(seen.values())[:_MARKS]:
        right, (en, zh) = named(door, mark.right, nodes), _FIELDS[mark.field]
        yield door.word(
            f"{right}, as “{mark.text}” in the {en} of {mark.listing}{', in disguise' if mark.disguised else ''}",
            f"{right}，见于 {mark.listing} 的{zh}“{mark.text}”{'（变形）' if mark.disguised else ''}",
        )
    if (more := len(seen) - _MARKS) > 0:
        yield door.word(f"{more:,} more; --json tells all", f"另有 {more:,} 处；--json 列出全部")


def _licence(door: Door, licence: tracing.Licence) -> None:
    reason = licence.reason.removeprefix("parent_")
    why = door.word(*_SCREEN[reason])
    if reason != licence.reason:
        why = door.word(f"the licence above it is {why}", f"其上级许可{why}")
    clears = door.word("clears", "可以豁免") if licence.covers else door.word("does not clear", "不能豁免")
    label = kind_label(kind_of(licence.node), door.language)
    days = "–".join(day for day in (licence.start, licence.end) if day)
    door.line(
        f"{label} {called(licence.node, {})} {clears}: {why}  {days}  [{', '.join(licence.records)}]",
        indent=2,
        bold=True,
    )


def _trace_all(door: Door, store: Store, path: Path, output: Path | None, limit: int) -> None:
    """Answers every clue of a file; one that names nothing known is answered as unknown, with the reason."""
    from headwater.clues import read_clues  # the readers of files take a tenth of the start, and one clue needs none

    clues = list(read_clues(path))
    counts: dict[str, int] = {}
    with ExitStack() as stack:
        out: BinaryIO = sys.stdout.buffer if output is None else stack.enter_context(whole(output))
        tell = stack.enter_context(counting(door, "clues", "条线索", len(clues)))
        for number, clue in enumerate(clues, 1):
            answer = tracing.answered(store, clue, limit=limit)
            counts[answer["verdict"]] = counts.get(answer["verdict"], 0) + 1
            out.write(orjson.dumps(answer) + b"\n")
            if tell:
                tell(number)
        out.flush()
    if output is None:
        return
    if door.json:
        door.give({"output": output, "clues": len(clues), "verdicts": counts})
        return
    parts = ", ".join(f"{n:,} {door.word(*_VERDICTS[v])}" for v, n in sorted(counts.items()))
    door.say(
        f"{counted(len(clues), 'clue')} answered in {output}: {parts}",
        f"{len(clues):,} 条线索的答案已写入 {output}：{parts}",
    )


COMMANDS = {"trace": trace}
