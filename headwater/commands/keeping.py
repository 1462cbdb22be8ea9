"""Commands that look after a store: status, export, backup, restore."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from graph import backup as backups
from graph.caption import kind_label
from graph.ontology import ontology
from headwater.door import FILE, OUTPUT, Door, command
from headwater.kinds import ANY_KIND
from headwater.progress import counting
from headwater.terminal import Column, counted
from queries import export as exports


@command("headwater status", "headwater status --store sqlite:market.db --json")
def status(door: Door) -> None:
    """Count what the store holds: nodes and links by kind, records and rows set aside by source.

    统计存储内容：各类节点与关系，各来源的记录与被搁置的行。
    """
    with door.store() as store:
        counts, files, url = store.counts(), store.files(), store.url
    if door.json:
        door.give({"store": url, "counts": counts, "files": files})
        return
    door.say(f"store {url}", f"存储 {url}", bold=True)
    click.echo()
    _kinds(door, door.word("nodes", "节点"), counts.nodes)
    click.echo()
    _kinds(door, door.word("links", "关系"), counts.links)
    click.echo()
    sources = sorted({*counts.records, *counts.set_aside})
    rows = [(s, f"{counts.records.get(s, 0):,}", f"{counts.set_aside.get(s, 0):,}") for s in sources]
    rows.append((door.word("all", "合计"), f"{sum(counts.records.values()):,}", f"{sum(counts.set_aside.values()):,}"))
    titles = door.word("source", "来源"), door.word("records", "记录"), door.word("set aside", "搁置")
    door.table([Column(titles[0]), Column(titles[1], right=True), Column(titles[2], right=True)], rows)
    if not sources:
        door.say("the store is empty; `headwater load PATH…` fills it", "存储为空；用 `headwater load PATH…` 载入数据")
    for file in files:
        if not file.complete:
            door.say(
                f"{file.source}: the load of {file.name} was cut off; load it again",
                f"{file.source}：{file.name} 的载入曾中断，请重新载入",
                bold=True,
            )


def _kinds(door: Door, title: str, kinds: Mapping[str, int]) -> None:
    known = ontology()
    labels = {k: kind_label(k, door.language) if k in known.kinds or k in known.links else "" for k in kinds}
    rows = [(kind, labels[kind], f"{n:,}") for kind, n in kinds.items()]
    rows.append((door.word("all", "合计"), "", f"{sum(kinds.values()):,}"))
    door.table([Column(title), Column(""), Column("", right=True)], rows)


@command(
    "headwater export --format jsonl | gzip > market.jsonl.gz",
    "headwater export --format csv -o market/",
    "headwater export --format graphml -o contacts.graphml --kind Company --kind Phone --kind HAS_PHONE",
)
@click.option("--format", "form", type=click.Choice(exports.FORMATS), required=True, help="The format. 格式")
@click.option(
    "-o", "--output", type=OUTPUT, metavar="PATH", help="A file (for csv a folder); else standard output. 输出位置"
)
@click.option(
    "--kind", "kinds", multiple=True, type=ANY_KIND, help="Only nodes or links of this kind; may be repeated. 仅此类型"
)
def export(door: Door, form: str, output: Path | None, kinds: tuple[str, ...]) -> None:
    """Write the graph for other tools: csv (nodes.csv and links.csv in a folder), jsonl, graphml or gexf.

    Cells of a csv that a spreadsheet would take for formulas bear an apostrophe; the other formats have values as they
    are.

    将图谱导出为 csv（文件夹内两个文件）、jsonl、graphml 或 gexf。

    csv 中会被电子表格当作公式的单元格前加撇号；其他格式保持原值。
    """
    with door.store() as store:
        if output is None:
            exports.export_stream(store, form, sys.stdout.buffer, kinds)
            return
        nodes, links = exports.export(store, form, output, kinds)
    if door.json:
        door.give({"output": output, "nodes": nodes, "links": links})
    else:
        door.say(
            f"{counted(nodes, 'node')} and {counted(links, 'link')} written to {output}",
            f"{nodes:,} 个节点、{links:,} 条关系已写入 {output}",
        )


@command("headwater backup market.backup")
@click.argument("file", type=OUTPUT)
def backup(door: Door, file: Path) -> None:
    """Write all that the store holds to one file, while others read and load.

    将全部内容备份到一个文件；期间他人可照常查询与载入。
    """
    with door.store() as store, counting(door, "records", "条记录") as tell:
        count = backups.backup(store, file, tell)
    if door.json:
        door.give({"file": file, "records": count})
    else:
        door.say(f"{counted(count, 'record')} written to {file}", f"{count:,} 条记录已写入 {file}")


@command(
    "headwater restore market.backup",
    "headwater restore market.backup --store neo4j://neo4j:PASSWORD@127.0.0.1:7687/neo4j",
)
@click.argument("file", type=FILE)
def restore(door: Door, file: Path) -> None:
    """Load a backup into a store of either kind, beside what it holds; so a graph moves from SQLite to Neo4j and back.

    将备份恢复到任一种存储，与已有内容并存；可用于在 SQLite 与 Neo4j 之间迁移。
    """
    # A file that is no backup must not leave an empty store behind.
    backups.check(file)
    with door.store(create=True) as store, counting(door, "records", "条记录") as tell:
        count = backups.restore(store, file, tell)
    if door.json:
        door.give({"file": file, "records": count})
    else:
        door.say(f"{counted(count, 'record')} restored from {file}", f"已从 {file} 恢复 {count:,} 条记录")


COMMANDS = {"status": status, "export": export, "backup": backup, "restore": restore}
