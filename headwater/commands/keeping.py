"""Commands that look after a store: status, export, backup, restore."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.table import Table

from graph import backup as backups
from graph.caption import kind_label
from graph.ontology import ontology
from headwater.door import Door, command
from queries import export as exports


@click.command(epilog="Example: headwater status --store sqlite:market.db")
@command
def status(door: Door) -> None:
    """Tell how much the store holds, by kind and by source. 按类型与来源统计。"""
    with door.store() as store:
        counts, files, url = store.counts(), store.files(), store.url
    if door.json:
        door.give({"store": url, "counts": counts, "files": files})
        return
    door.say(f"store {url}", f"存储 {url}")
    for title, kinds in (
        (door.word("nodes", "节点"), counts.nodes),
        (door.word("links", "关系"), counts.links),
    ):
        table = Table(box=None, pad_edge=False)
        table.add_column(title)
        table.add_column("")
        table.add_column("", justify="right")
        for kind, n in kinds.items():
            table.add_row(kind, kind_label(kind, door.language) if _known(kind) else "", f"{n:,}")
        door.console.print(table)
    table = Table(box=None, pad_edge=False)
    for name in (("source", "来源"), ("records", "记录"), ("set aside", "搁置")):
        table.add_column(door.word(*name), justify="left" if name[0] == "source" else "right")
    for source in sorted({*counts.records, *counts.set_aside}):
        table.add_row(source, f"{counts.records.get(source, 0):,}", f"{counts.set_aside.get(source, 0):,}")
    door.console.print(table)
    for file in files:
        if not file.complete:
            door.say(
                f"{file.source}: the load of {file.name} was cut off; load it again",
                f"{file.source}：{file.name} 的载入中断，请重新载入",
            )


def _known(kind: str) -> bool:
    return kind in ontology().kinds or kind in ontology().links


@click.command(epilog="Example: headwater export --format graphml -o market.graphml --kind Company --kind HAS_PHONE")
@click.option("--format", "form", type=click.Choice(exports.FORMATS), required=True, help="The format. 格式")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File (a folder for csv); else standard output. 输出位置")
@click.option("--kind", "kinds", multiple=True, help="Only nodes or links of this kind; may be repeated. 只导出此类型")
@command
def export(door: Door, form: str, output: Path | None, kinds: tuple[str, ...]) -> None:
    """Write the graph for other tools. 导出图谱供其他工具使用。

    csv writes one file for nodes and one for links into a folder; jsonl, graphml and gexf are one file.
    """
    with door.store() as store:
        if output is None:
            nodes, links = exports.export_stream(store, form, sys.stdout.buffer, kinds)
        else:
            nodes, links = exports.export(store, form, output, kinds)
    if output is not None:
        if door.json:
            door.give({"output": str(output), "nodes": nodes, "links": links})
        else:
            door.say(f"{nodes:,} nodes and {links:,} links written to {output}", f"{nodes:,} 个节点、{links:,} 条关系已写入 {output}")


@click.command(epilog="Example: headwater backup market.backup")
@click.argument("file", type=click.Path(path_type=Path))
@command
def backup(door: Door, file: Path) -> None:
    """Write all that the store holds to one file, while others use it. 备份全部内容。"""
    with door.store() as store:
        count = backups.backup(store, file)
    if door.json:
        door.give({"file": str(file), "records": count})
    else:
        door.say(f"{count:,} records written to {file}", f"{count:,} 条记录已写入 {file}")


@click.command(epilog="Example: headwater restore market.backup --store neo4j://neo4j:PASSWORD@127.0.0.1:7687/neo4j")
@click.argument("file", type=click.Path(path_type=Path))
@command
def restore(door: Door, file: Path) -> None:
    """Load a backup into a store of either kind. 将备份恢复到任一种存储。"""
    with door.store(create=True) as store:
        count = backups.restore(store, file)
    if door.json:
        door.give({"file": str(file), "records": count})
    else:
        door.say(f"{count:,} records restored from {file}", f"已从 {file} 恢复 {count:,} 条记录")


COMMANDS = (status, export, backup, restore)
