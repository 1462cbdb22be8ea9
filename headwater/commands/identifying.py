"""Commands that find out who is who: resolve, resolve explain, resolve review."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from graph.caption import kind_label
from graph.clusters import THRESHOLD
from graph.judgements import Verdict, judge
from graph.model import Node, kind_of
from graph.store import Store
from headwater.door import FILE, Door, command
from headwater.help import HELP, Group
from headwater.progress import resolving
from headwater.state import index_of, who
from headwater.terminal import Column, counted
from headwater.wording import called, named
from queries.search import meant
from resolve import training
from resolve import weights as weighing
from resolve.explain import OBSTACLES, Evidence, Explanation, Holding, explain, holding, words_of
from resolve.index import Index, weights_of, weights_path
from resolve.profiles import Nature
from resolve.review import Item, queue
from resolve.run import Report, read
from resolve.run import resolve as run
from resolve.weights import Weights

_KEYS: Mapping[str, Verdict] = {"s": "same", "d": "different", "u": "unsure"}
_VERDICTS: Mapping[Verdict | None, tuple[str, str]] = {
    "same": ("judged the same", "已判断为同一主体"),
    "different": ("judged not the same", "已判断为不同主体"),
    "unsure": ("judged uncertain", "已判断为存疑"),
    None: ("the judgement was taken back", "判断已撤回"),
}
_WHY = {
    "uncertain": ("uncertain", "存疑"),
    "weak": ("a weak link holds a cluster together", "仅由薄弱关系相连"),
    "big": ("a big cluster without a registered party", "大簇且无登记主体"),
    "conflict": ("it would make one of two that are two", "会合并两个不同主体"),
}
_NATURES: Mapping[Nature, tuple[str, str]] = {"company": ("companies", "企业"), "person": ("persons", "个人")}


def weights_for(path: Path, file: Path | None) -> dict[Nature, Weights]:
    """The weights that a run uses: of the file that is named, else those learned from this store, else the shipped."""
    return weights_of(path) if file is None else weighing.load(file)


@command(
    "headwater resolve",
    "headwater resolve --full --json",
    "headwater resolve --train",
    "headwater resolve explain Company/91330304MA6QDUMH3D 'Party/freight:FR13642721#consignor'",
    "headwater resolve review",
)
@click.option("--full", is_flag=True, help="Read and compare everything anew. 全部重新读取与比对")
@click.option("--train", is_flag=True, help="Learn the weights from this store first, and keep them. 先学习权重")
@click.option(
    "--weights", "file", type=FILE, metavar="FILE", help="Weights of a file; else learned or shipped. 权重文件"
)
def resolve(door: Door, full: bool, train: bool, file: Path | None) -> None:
    """Find the parties that are one under several names, and link them: only what changed is compared again.

    A link says how probable it is that two are one, and why; nothing is merged. What people judged holds at once,
    whatever is found here. Run it after each load.

    查找以不同名称出现的同一主体并建立关系；仅比对有变化的部分。

    关系注明概率与理由，不合并任何数据；人工判断始终优先。每次载入后运行。
    """
    context = click.get_current_context()
    if context.invoked_subcommand is not None:
        told = click.core.ParameterSource.COMMANDLINE
        given = [name for name in context.params if context.get_parameter_source(name) is told]
        if given:
            raise click.UsageError(f"options of {context.invoked_subcommand} stand behind it", context)
        return
    if train and file is not None:
        raise click.UsageError("--train learns weights and --weights names some; give one of the two")
    door.check_store()
    trained: Mapping[Nature, training.Trained] = {}
    with door.store() as store, Index(index_of(store)) as index, resolving(door) as tell:
        if train:
            read(store, index, progress=tell)
            trained = training.train(store, index, weighing.standing())
            weighing.save({nature: one.weights for nature, one in trained.items()}, weights_path(index.path))
        report = run(store, index, weights_for(index.path, file), full=full, progress=tell)
    if door.json:
        door.give({"report": report, "trained": trained or None})
        return
    _trained(door, trained)
    _report(door, report)


def _report(door: Door, report: Report) -> None:
    door.pairs(
        [
            (door.word("parties", "主体"), f"{report.parties:,}"),
            (door.word("changed", "有变化"), f"{report.changed:,}"),
            (door.word("gone", "已消失"), f"{report.gone:,}"),
            (
                door.word("compared", "已比对"),
                f"{report.compared:,}" + (door.word(" (all)", "（全部）") if report.whole else ""),
            ),
            (door.word("pairs that may be one", "可能相同的对"), f"{report.pairs:,}"),
            (door.word("links", "关系"), f"{report.links:,}"),
            (
                door.word("in the store", "存储变化"),
                door.word(
                    f"{report.added:,} added, {report.replaced:,} replaced, {report.removed:,} removed",
                    f"新增 {report.added:,}，替换 {report.replaced:,}，移除 {report.removed:,}",
                ),
            ),
            (door.word("model", "模型"), report.model),
            (door.word("seconds", "秒"), f"{sum(report.seconds.values()):,.1f}"),
        ],
        indent=0,
    )


def _trained(door: Door, trained: Mapping[Nature, training.Trained]) -> None:
    for nature, one in trained.items():
        door.say(_NATURES[nature][0], _NATURES[nature][1], bold=True)
        learned, kept = ", ".join(one.learned), ", ".join(one.kept)
        door.pairs(
            [
                (door.word("learned", "已学习"), learned or door.word("nothing", "无")),
                (
                    door.word("fixed or too rare, as shipped", "固定或样本过少，沿用默认"),
                    kept or door.word("nothing", "无"),
                ),
                *_calibration(door, one.calibration),
            ]
        )


def _calibration(door: Door, found: training.Calibration) -> list[tuple[str, str]]:
    line = door.word(
        f"slope {found.slope:g}, shift {found.shift:g} bits, from {counted(found.judged, 'judgement')}",
        f"斜率 {found.slope:g}，偏移 {found.shift:g} 比特，依据 {found.judged:,} 条判断",
    )
    if not found.is_taken and found.brier is not None:
        line += door.word("; what was fitted tells other judgements no better", "；拟合结果对其他判断并无改善，未采用")
    out = [(door.word("calibration", "校准"), line)]
    for name, pair in (("Brier", found.brier), ("ECE", found.ece)):
        if pair is not None:
            out.append(
                (
                    name,
                    door.word(f"{pair[0]:.4f} before, {pair[1]:.4f} after", f"之前 {pair[0]:.4f}，之后 {pair[1]:.4f}"),
                )
            )
    return out


@command(
    "headwater resolve explain Company/91330304MA6QDUMH3D 'Party/freight:FR13642721#consignor'",
    "headwater resolve explain Company/91330304MA6QDUMH3D",
)
@click.argument("ids", nargs=-1, required=True, metavar="A [B]")
@click.option(
    "--weights", "file", type=FILE, metavar="FILE", help="Weights of a file; else learned or shipped. 权重文件"
)
@click.option(
    "--threshold", default=THRESHOLD, show_default=True, type=click.FloatRange(0, 1), help="Of a cluster. 簇的阈值"
)
@click.option(
    "--limit", default=10, show_default=True, type=click.IntRange(1, 10000), help="Members and links of a cluster. 数量"
)
def explain_(door: Door, ids: tuple[str, ...], file: Path | None, threshold: float, limit: int) -> None:
    """Tell why two parties are one, or are not, comparison by comparison; of one, what holds its cluster together.

    逐项说明两个主体为何相同或不同；只给一个主体时，说明其簇由什么维系。
    """
    if len(ids) > 2:
        raise click.UsageError("name two parties, or one for its cluster")
    with door.store() as store:
        nodes = [meant(store, text).id for text in ids]
        if len(nodes) == 1:
            held = holding(store, nodes[0], threshold)
            known = store.get(held.cluster.members)
            if door.json:
                door.give(held)
            else:
                _holding(door, held, known, limit)
            return
        path = index_of(store)
        with Index(path, read_only=True) as index:
            told = explain(store, index, weights_for(path, file), *nodes)
        known = store.get({told.a, told.b, *(rival.node for rival in told.rivals)})
    if door.json:
        door.give(told)
        return
    _explained(door, told, known)


def _explained(door: Door, told: Explanation, known: Mapping[str, Node]) -> None:
    for node, names in ((told.a, told.names_a), (told.b, told.names_b)):
        door.line(named(door, node, known), bold=True)
        door.line(" | ".join(names), indent=2)
    click.echo()
    rows = [_row(door, one) for one in told.evidence if one.level != "missing"]
    rows.append((door.word("any two parties", "任意两个主体"), "", f"{told.prior:+.1f}", "", ""))
    rows.append((door.word("together", "合计"), "", f"{told.weight:+.1f}", "", ""))
    titles = [
        Column(door.word("compared", "比对项")),
        Column(door.word("outcome", "结果"), gives_way=True),
        Column(door.word("bits", "比特"), right=True),
        Column("A", gives_way=True),
        Column("B", gives_way=True),
    ]
    door.table(titles, rows)
    if silent := [door.word(*one.called) for one in told.evidence if one.level == "missing"]:
        door.say(f"of which one side says nothing: {', '.join(silent)}", f"一方缺失：{'、'.join(silent)}", dim=True)
    click.echo()
    if told.obstacle is not None:
        door.line(door.word(*OBSTACLES[told.obstacle]))
    door.say(
        f"probability {told.probability:.4f}, {told.alone:.4f} by the two alone",
        f"概率 {told.probability:.4f}（仅看双方 {told.alone:.4f}）",
    )
    for rival in told.rivals:
        there = named(door, rival.node, known)
        door.say(
            f"it may also be {there}: {rival.probability:.4f}", f"也可能是 {there}：{rival.probability:.4f}", indent=2
        )
    if told.linked is None:
        door.say("the store has no link of the two", "存储中没有两者的关系")
    else:
        door.say(f"the link in the store says {told.linked:.4f}", f"存储中的关系概率为 {told.linked:.4f}")
    if not told.found:
        door.say("no run compared the two: they share too little", "两者共有信息过少，此前未比对")
    if told.judgement is not None:
        now = told.judgement.now
        door.say(
            f"{_VERDICTS[now.verdict][0]} by {now.by}, {now.at}: {now.why}",
            f"{_VERDICTS[now.verdict][1]}：{now.by}，{now.at}：{now.why}",
            bold=True,
        )
    door.line(told.model, dim=True)


def _row(door: Door, one: Evidence) -> tuple[str, str, str, str, str]:
    sides = [" | ".join(dict.fromkeys(value.text for value in side)) for side in (one.a, one.b)]
    return door.word(*one.called), door.word(*one.words), f"{one.bits:+.1f}", sides[0], sides[1]


def _holding(door: Door, held: Holding, known: Mapping[str, Node], limit: int) -> None:
    cluster = held.cluster
    door.say(counted(len(cluster.members), "member"), f"{len(cluster.members):,} 个成员", bold=True)
    for member in cluster.members[:limit]:
        door.line(named(door, member, known), indent=2)
    door.say("held together by, the weakest first", "维系关系，最薄弱者在前", bold=True)
    for tie, why in list(zip(cluster.ties, held.reasons, strict=True))[: -limit - 1 : -1]:
        said = ", ".join(words_of(reason, door.language) for reason in why) or door.word(
            "judged by a person", "人工判断"
        )
        door.line(f"{tie.probability:.4f}  {called(tie.a, known)} = {called(tie.b, known)}: {said}")
    if cluster.weakest is not None:
        sides = door.word(" and ", " 与 ").join(
            f"{{{', '.join(called(node, known) for node in side[:5])}{'…' if len(side) > 5 else ''}}}"
            for side in held.sides
        )
        door.say(
            f"without the weakest link ({cluster.weakest.probability:.4f}) it would be {sides}",
            f"若去掉最薄弱的关系（{cluster.weakest.probability:.4f}），将分为 {sides}",
        )
    for refused in cluster.refused[:limit]:
        a, b = (called(node, known) for node in (refused.tie.a, refused.tie.b))
        door.say(
            f"left out: {a} = {b}, since it would make one of {' and '.join(refused.between)}",
            f"未采用：{a} = {b}，否则会合并 {' 与 '.join(refused.between)}",
        )
    if cluster.cut:
        door.say("more nodes around than were looked at", "周围节点过多，仅查看一部分", dim=True)


@command("headwater resolve review", "headwater resolve review --limit 50 --json > queue.json")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10000), help="How many pairs. 数量")
@click.option("--by", metavar="NAME", help="Who judges; else whoever runs it. 判断人")
def review(door: Door, limit: int, by: str | None) -> None:
    """Show the pairs whose answer would change most, the first first; on a terminal a key judges each of them.

    s: the same, d: different, u: unsure, blank: skip, q: quit.

    按影响大小列出待判断的对；在终端中一键一判：s 相同，d 不同，u 存疑，空格跳过，q 退出。
    """
    with door.store() as store:
        with Index(index_of(store), read_only=True) as index:
            items = queue(store, index, limit)
        known = store.get({node for item in items for node in (item.a, item.b)})
        if door.json:
            door.give(items)
            return
        if not items:
            door.say("nothing is to be reviewed", "没有待判断的对")
        elif sys.stdin.isatty() and sys.stdout.isatty():
            _asked(door, store, items, known, by or who())
        else:
            _listed(door, items, known)


def _listed(door: Door, items: list[Item], known: Mapping[str, Node]) -> None:
    titles = (("probability", "概率"), ("why", "原因"), ("nodes", "节点"), ("a", "A"), ("b", "B"))
    columns = [Column(door.word(*title), gives_way=title[0] in ("a", "b")) for title in titles]
    rows: list[tuple[Any, ...]] = []
    for item in items:
        sides = [f"{called(node, known)} ({node})" for node in (item.a, item.b)]
        rows.append(
            (f"{item.probability:.4f}", door.word(*_WHY[item.why]), f"{item.nodes[0]:,}+{item.nodes[1]:,}", *sides)
        )
    door.table(columns, rows)


def _asked(door: Door, store: Store, items: list[Item], known: Mapping[str, Node], by: str) -> None:
    """Shows one pair after the other, and judges each by the key that is pressed."""
    done = 0
    for number, item in enumerate(items, 1):
        click.echo()
        door.line(f"{number}/{len(items)}  {item.probability:.4f}  {door.word(*_WHY[item.why])}", bold=True)
        for node, count in zip((item.a, item.b), item.nodes, strict=True):
            label = kind_label(kind_of(node), door.language)
            door.line(f"{label} {called(node, known)}  {node}", indent=2)
            names = known[node].values.get("name", ()) if node in known else ()
            door.line(
                " | ".join(map(str, names[:4])) + door.word(f"  ({counted(count, 'node')})", f"（{count:,} 个节点）"),
                indent=4,
            )
        door.line(", ".join(words_of(reason, door.language) for reason in item.reasons), indent=2)
        door.say(
            "s same, d different, u unsure, blank skips, q quits", "s 相同，d 不同，u 存疑，空格跳过，q 退出", dim=True
        )
        key = ""
        while key not in (*_KEYS, " ", "\r", "\n", "q"):
            try:
                key = click.getchar().lower()
            except EOFError:
                key = "q"
        if key == "q":
            break
        if key in _KEYS:
            judge(store, item.a, item.b, _KEYS[key], by=by, why=door.word("on review", "复核"))
            door.line(door.word(*_VERDICTS[_KEYS[key]]), indent=2)
            done += 1
    door.say(f"{counted(done, 'pair')} judged", f"已判断 {done:,} 对")


explain_.name, explain_.short_help = "explain", "Tell why two parties are one, or are not. 说明理由"
review.name, review.short_help = "review", "Show what to judge first. 待判断的对"
_GROUP = Group(
    "resolve",
    callback=resolve.callback,
    params=resolve.params,
    help=resolve.help,
    commands={"explain": explain_, "review": review},
    examples=resolve.examples,
    context_settings=HELP,
    invoke_without_command=True,
)
COMMANDS = {"resolve": _GROUP}
