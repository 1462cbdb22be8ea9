"""The command that the others are there for: trace, for one clue or a file of them."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import click
import orjson
from rich.table import Table

from graph.caption import caption, caption_of, kind_label
from graph.errors import HeadwaterError, InvalidValue, NotFound, UnreadableFile
from graph.model import Node, kind_of
from graph.ontology import ontology
from graph.store import Store
from headwater.commands.asking import told
from headwater.door import Door, command
from queries import trace as tracing

ROLES = {
    "producer": ("producers", "生产者"),
    "trader": ("traders", "贸易商"),
    "warehouse": ("warehouses", "仓库"),
    "seller": ("sellers", "销售者"),
}
VERDICTS = {
    "suspected": ("suspected", "涉嫌侵权"),
    "authorised": ("authorised", "已获许可"),
    "unknown": ("unknown", "无法判断"),
}


@click.command(epilog="Example: headwater trace https://shop.example/item/1 --right 25414530 --at 2026-01-31")
@click.argument("value", required=False)
@click.option("--kind", type=click.Choice(tracing.KINDS), help="What the value is; else it is found out. 线索类型")
@click.option("--right", metavar="NUMBER", help="The right said to be infringed. 涉案权利号")
@click.option("--at", "at", metavar="DATE", help="The day the clue was noticed. 发现日期")
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 100), help="Candidates per role. 每类候选数量")
@click.option("--clues", type=click.Path(path_type=Path), help="A CSV of clues: clue_no,kind,value,right_no,seen. 线索文件")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Answers to --clues, one JSON line each. 答案文件")
@command
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
    """Trace a clue to who made, stored, traded and sold the goods. 从线索溯源至生产者、仓库、贸易商与销售者。

    Every candidate comes with its probability, the paths of evidence that lead to it, the records behind every step, and
    the licence that clears it, where there is one. What was cut is told.
    """
    if (value is None) == (clues is None):
        raise click.UsageError("give a VALUE to trace, or a file with --clues")
    with door.store() as store:
        if clues is not None:
            _trace_all(door, store, clues, output, limit)
            return
        found = tracing.trace(store, tracing.Clue(value or "", kind, right, at), limit=limit)
        if door.json:
            door.give(found)
            return
        ids = {n for c in found.candidates for n in (c.node, *(s for p in c.paths for t in p.steps for s in (t.source, t.target)))}
        _tell(door, found, store.get({*ids, *found.start}))


def _tell(door: Door, found: tracing.Trace, nodes: dict[str, Node]) -> None:
    start = ", ".join(_name(door, n, nodes) for n in found.start)
    verdict = door.word(*VERDICTS[found.verdict])
    door.say(f"clue: {start}", f"线索：{start}")
    door.say(f"verdict: {verdict}", f"结论：{verdict}")
    for role, words in ROLES.items():
        candidates = [c for c in found.candidates if c.role == role]
        if not candidates:
            continue
        door.console.print()
        table = Table(title=door.word(*words), title_justify="left", box=None, pad_edge=False)
        for column in (("#", "#"), ("probability", "概率"), ("who or where", "主体或场所"), ("verdict", "结论"), ("records", "记录")):
            table.add_column(door.word(*column), overflow="fold")
        for number, candidate in enumerate(candidates, 1):
            table.add_row(
                str(number),
                f"{candidate.probability:.2f}",
                f"{candidate.name} ({candidate.node})",
                door.word(*VERDICTS[candidate.verdict]),
                str(len(candidate.records)),
            )
        door.console.print(table)
    producers = [c for c in found.candidates if c.role == "producer"]
    if not producers:
        door.say("no producer is found: the records loaded say nothing of one", "未找到生产者：已载入的记录中没有线索")
    for number, candidate in enumerate(producers[:3], 1):
        door.console.print()
        door.say(
            f"why producer {number}, {candidate.name}, probability {candidate.probability:.2f}",
            f"生产者 {number}“{candidate.name}”的依据，概率 {candidate.probability:.2f}",
        )
        for reason in candidate.reasons:
            door.console.print(f"  · {reason}", markup=False, soft_wrap=True)
        if candidate.licence is not None:
            _licence(door, candidate.licence)
        for place, path in enumerate(candidate.paths, 1):
            door.say(
                f"  path {place} ({path.by}, {path.probability:.2f})", f"  证据路径 {place}（{path.by}，{path.probability:.2f}）"
            )
            for step in path.steps:
                _step(door, step, nodes)
    told(door, found.cut)
    for hub, links in found.damped[:5]:
        name = _name(door, hub, nodes)
        door.say(f"damped: {name} has {links:,} links and says little", f"降权：{name} 有 {links:,} 条关系，指向性弱")


def _step(door: Door, step: tracing.Step, nodes: dict[str, Node]) -> None:
    label = ontology().links[step.link.kind].label
    words = door.word(label.en, label.zh)
    arrow = f"—{words}→" if step.link.source == step.source else f"←{words}—"
    when = " ".join(d for d in (step.link.start, step.link.end) if d)
    seen = door.word("inferred", "推断") if step.link.inference is not None else door.word("observed", "记录")
    records = ", ".join(step.link.records[:3]) + (" …" if len(step.link.records) > 3 else "")
    door.console.print(
        f"    {_name(door, step.source, nodes)} {arrow} {_name(door, step.target, nodes)}", markup=False, soft_wrap=True
    )
    door.console.print(
        f"        {when + '  ' if when else ''}{seen} ×{step.factor:.2f}  {step.why}  [{records}]", markup=False, soft_wrap=True, style="dim"
    )


def _licence(door: Door, licence: tracing.Licence) -> None:
    state = door.word("clears", "可豁免") if licence.covers else door.word("does not clear", "不可豁免")
    door.console.print(
        f"  {door.word('licence', '许可')} {caption_of(licence.node)} {state}: {licence.reason}  "
        f"[{', '.join(licence.records)}]",
        markup=False,
        soft_wrap=True,
    )


def _name(door: Door, node: str, nodes: dict[str, Node]) -> str:
    held = nodes.get(node)
    return f"{kind_label(kind_of(node), door.language)} {caption(held) if held else caption_of(node)}"


def _trace_all(door: Door, store: Store, clues: Path, output: Path | None, limit: int) -> None:
    """Answers every clue of a file; one that names nothing known is answered as unknown, with the reason."""
    counts: dict[str, int] = {}
    try:
        with tempfile.TemporaryFile() if output is None else _whole(output) as out:
            for clue in tracing.read_clues(clues):
                try:
                    answer = tracing.answer(tracing.trace(store, clue, limit=limit))
                except (NotFound, InvalidValue) as error:
                    answer = {"clue_no": clue.no, "verdict": "unknown", "candidates": [], "reason": str(error)}
                counts[answer["verdict"]] = counts.get(answer["verdict"], 0) + 1
                line = orjson.dumps(answer)
                if output is None:
                    sys.stdout.write(line.decode() + "\n")
                else:
                    out.write(line + b"\n")
    except OSError as error:
        if isinstance(error, HeadwaterError):
            raise
        raise UnreadableFile(f"{output}: the answers cannot be written: {error.strerror}; choose another place") from error
    if output is not None:
        total = sum(counts.values())
        if door.json:
            door.give({"output": str(output), "clues": total, "verdicts": counts})
            return
        parts = ", ".join(f"{n:,} {door.word(*VERDICTS[v])}" for v, n in sorted(counts.items()))
        door.say(f"{total:,} clues answered in {output}: {parts}", f"{total:,} 条线索的答案已写入 {output}：{parts}")


class _whole:
    """A file that appears under its name only when it is written to its end."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> "tempfile._TemporaryFileWrapper[bytes]":
        self.file = tempfile.NamedTemporaryFile(dir=self.path.absolute().parent, prefix=f".{self.path.name}.", delete=False)
        return self.file

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.file.close()
        if kind is None:
            os.replace(self.file.name, self.path)
        else:
            os.unlink(self.file.name)


COMMANDS = (trace,)
