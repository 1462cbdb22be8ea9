"""The command that measures the trace on a market with planted truth, beside its peers on the same graph."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from graph.opening import open_store
from headwater.door import FILE, Door, command
from headwater.evaluation import compared, traced
from headwater.progress import counting
from headwater.terminal import Column
from headwater.worlds import read_world
from queries.evaluation.losses import Loss, losses
from queries.evaluation.measures import Answer, Hits, by_evidence, by_kind, hits, measures, ranks

_MEASURES = {
    "producer_hits1": ("producer first", "生产者居首"),
    "producer_hits3": ("producer among three", "生产者居前三"),
    "producer_hits5": ("producer among five", "生产者居前五"),
    "producer_mrr": ("producer, mean of 1 / place", "生产者平均倒数排名"),
    "warehouse_hits1": ("warehouse first", "仓储场所居首"),
    "warehouse_hits3": ("warehouse among three", "仓储场所居前三"),
    "authorised_precision": ("authorised, of those said to be", "许可认定的准确率"),
    "authorised_recall": ("authorised, of those that are", "许可认定的召回率"),
    "quiet_without_evidence": ("quiet where nothing tells", "无证据时保持克制"),
    "brier": ("Brier score", "布里尔分数"),
    "ece": ("expected calibration error", "期望校准误差"),
}
_LOST = {
    "clue": ("the store knows no such clue", "存储中没有该线索"),
    "place": ("the place the goods are sent from was not found", "未找到发货地"),
    "producer": ("the producer was not found", "未找到生产者"),
    "order": ("another comes before it", "排在他人之后"),
}


@command("headwater evaluate worlds/small", "headwater evaluate worlds/medium --no-peers --json", stored=False)
@click.argument("world", type=FILE)
@click.option(
    "--store", "loaded", metavar="URL", help="A store that holds the feeds already; else they are loaded. 已载入的存储"
)
@click.option("--peers/--no-peers", default=True, help="Ask general methods too, on the same graph. 与通用方法对照")
@click.option(
    "--worst", default=20, show_default=True, type=click.IntRange(0, 1000), help="Lost clues told. 列出的失误数"
)
def evaluate(door: Door, world: Path, loaded: str | None, peers: bool, worst: int) -> None:
    """Measure the trace on a market whose truth is known, beside general methods.

    WORLD is a folder with feeds/, clues.csv and truth/. Its feeds are loaded into a store that is thrown away, every
    clue is traced, and the truth, which no answer sees, says how often the true producer comes first: in all, by kind
    of clue and by kind of evidence. The clues that were lost by most are told with the step at which they were.

    在已知真相的市场上评测溯源，并与通用方法对照。
    """
    read = read_world(world)
    with ExitStack() as stack:
        if loaded is None:
            folder = stack.enter_context(TemporaryDirectory(prefix="headwater-evaluate-"))
            store = stack.enter_context(open_store(f"sqlite:{folder}/world.db", create=True))
            from ingest.loader import load  # a store that holds the feeds needs no reader of them

            load(store, [read.feeds])
        else:
            store = stack.enter_context(Door(loaded, door.json, door.language).store())
        with counting(door, "clues traced", "条线索已溯源", len(read.clues)) as tell:
            answers = traced(store, read, tell)
        others: dict[str, dict[str, Answer]] = {}
        if peers:
            with counting(door, "clues asked of the peers", "条线索已对照", len(read.clues)) as tell:
                others = compared(store, read, tell)
    places = ranks(read.truth, answers, read.speaks)
    found = measures(read.truth, answers, read.speaks)
    rivals = {name: hits([*ranks(read.truth, given, read.speaks).values()]) for name, given in others.items()}
    lost = losses(read.truth, answers, read.speaks, places)
    kinds, evidence = by_kind(read.truth, places), by_evidence(read.truth, places)
    if door.json:
        door.give(
            {
                "world": world,
                "measures": found,
                "peers": rivals,
                "by_kind": kinds,
                "by_evidence": evidence,
                "lost": len(lost),
                "worst": lost[:worst],
            }
        )
        return
    _tell(door, found, len(places))
    _table(door, door.word("method", "方法"), {"headwater": hits([*places.values()]), **rivals})
    _table(door, door.word("kind of clue", "线索类型"), kinds)
    _table(door, door.word("evidence", "证据类型"), evidence)
    _worst(door, lost, worst)


def _tell(door: Door, found: Mapping[str, object], evident: int) -> None:
    clues, missing = found["clues"], found["missing"]
    door.say(
        f"{clues} clues, {evident} with evidence" + (f", {missing} without an answer" if missing else ""),
        f"{clues} 条线索，其中 {evident} 条有证据" + (f"，{missing} 条无答案" if missing else ""),
        bold=True,
    )
    door.pairs((door.word(*words), f"{found[name]:.3f}") for name, words in _MEASURES.items())


def _table(door: Door, title: str, rows: Mapping[str, Hits]) -> None:
    click.echo()
    door.table(
        [
            Column(title),
            Column(door.word("clues", "线索"), right=True),
            *(Column(name, right=True) for name in ("Hits@1", "Hits@5", "MRR")),
        ],
        [(name, one.clues, f"{one.hits1:.3f}", f"{one.hits5:.3f}", f"{one.mrr:.3f}") for name, one in rows.items()],
    )


def _worst(door: Door, lost: list[Loss], worst: int) -> None:
    if not lost or not worst:
        return
    click.echo()
    door.say(
        f"the worst {min(worst, len(lost))} of {len(lost)} lost",
        f"{len(lost)} 条失误中最严重的 {min(worst, len(lost))} 条",
        bold=True,
    )
    for one in lost[:worst]:
        evidence = " ".join(one.evidence) + (door.word(", through a trader", "，经贸易商") if one.trader else "")
        where = door.word(*_LOST[one.lost])
        if one.place:
            where += f" (#{one.place}, {one.score:.1%}: {' '.join(one.reasons)})"
        instead = f"{one.instead} {one.instead_score:.1%}: {' '.join(one.instead_reasons)}" if one.instead else "-"
        if one.instead_trades:
            instead += door.word(", which is the trader", "，实为贸易商")
        door.line(f"{one.no}  {one.kind}  [{evidence}]  {where}; " + door.word("first: ", "居首：") + instead, hang=4)


COMMANDS = {"evaluate": evaluate}
