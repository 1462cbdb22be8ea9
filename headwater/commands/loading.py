"""Commands that bring records in and take them back: load, quarantine, forget, mapping."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from headwater.door import ROWS_SET_ASIDE, Door, command
from ingest import loader
from ingest.draft import draft


@click.command(epilog="Example: headwater load feeds/ --store sqlite:market.db")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--mapping", metavar="NAME|FILE", help="The mapping to read the files with. 指定映射")
@click.option("--source", metavar="NAME", help="Who says so; else the feed's name. 数据来源名称")
@click.option("--add", is_flag=True, help="Keep rows that an earlier file of this name held and this one does not. 增量载入")
@command
def load(door: Door, paths: tuple[Path, ...], mapping: str | None, source: str | None, add: bool) -> None:
    """Load files and folders of feeds. 载入数据文件。

    CSV, TSV, Excel, Parquet, JSON, JSON Lines, EPCIS documents, and gzip or zip of them. Loading a file twice changes
    nothing; a corrected file of the same name replaces what its earlier version said. Exits with 3 when rows were set
    aside.
    """
    with door.store(create=True) as store, _bar(door) as tell:
        report = loader.load(store, paths, mapping=mapping, source=source, add=add, progress=tell)
    _report(door, report)
    if report.total("set_aside"):
        sys.exit(ROWS_SET_ASIDE)


@contextmanager
def _bar(door: Door) -> Iterator[loader.Tell | None]:
    """A progress bar on a terminal: rows, rows a second, time left."""
    if door.json or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    columns = (
        TextColumn("{task.fields[name]}"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} " + door.word("rows", "行")),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("load", name="", rows=0, rate=0.0, total=None)

        def tell(step: loader.Progress) -> None:
            elapsed = bar.tasks[0].elapsed or 0
            rate = step.rows / elapsed if elapsed else 0.0
            bar.update(
                task, total=step.size, completed=step.position, name=step.name, rows=step.rows, rate=rate
            )

        yield tell


def _report(door: Door, report: loader.Report) -> None:
    if door.json:
        files = [
            {
                **{name: getattr(file, name) for name in file.__slots__ if name != "doubts"},
                "doubts": [{"column": c, "doubt": d, "rows": n} for (c, d), n in sorted(file.doubts.items())],
            }
            for file in report.files
        ]
        left_out = [{"file": name, "reason": reason} for name, reason in report.left_out]
        door.give({"files": files, "left_out": left_out})
        return
    counts = {
        "rows": ("rows", "行"),
        "added": ("added", "新增"),
        "replaced": ("replaced", "替换"),
        "unchanged": ("unchanged", "未变"),
        "repeated": ("repeated", "重复"),
        "set_aside": ("set aside", "搁置"),
        "withdrawn": ("withdrawn", "撤回"),
    }
    table = Table(box=None, pad_edge=False)
    table.add_column(door.word("file", "文件"))
    table.add_column(door.word("source", "来源"))
    for name in counts.values():
        table.add_column(door.word(*name), justify="right")
    for file in report.files:
        table.add_row(file.name, file.source, *(f"{getattr(file, name):,}" for name in counts))
    if len(report.files) > 1:
        table.add_row(door.word("all", "合计"), "", *(f"{report.total(name):,}" for name in counts))
    door.console.print(table)
    for file in report.files:
        for (column, doubt), rows in sorted(file.doubts.items()):
            door.say(
                f"{file.name}: {rows:,} rows kept with a doubt in {column}: {doubt}",
                f"{file.name}：{rows:,} 行保留，但 {column} 存疑：{doubt}",
            )
    for name, reason in report.left_out:
        door.say(f"{name}: left out, {reason}", f"{name}：未读取，{reason}")
    if aside := report.total("set_aside"):
        door.say(
            f"{aside:,} rows were set aside; see them with `headwater quarantine`",
            f"{aside:,} 行已搁置；用 `headwater quarantine` 查看",
        )


@click.command(epilog="Example: headwater quarantine --export bad.csv")
@click.option("--source", metavar="NAME", help="Only rows of this source. 只看此来源")
@click.option("--file", metavar="NAME", help="Only rows of this file. 只看此文件")
@click.option("--export", "export", type=click.Path(path_type=Path), help="Write them to a CSV file. 导出为 CSV")
@click.option("--retry", is_flag=True, help="Read them once more, as after a mapping was mended. 重新读取")
@command
def quarantine(door: Door, source: str | None, file: str | None, export: Path | None, retry: bool) -> None:
    """List, export or retry the rows that were set aside. 查看、导出或重试被搁置的行。"""
    with door.store() as store:
        if retry:
            _report(door, loader.retry(store, source, file))
            return
        entries = store.quarantine(source, file)
        if export is not None:
            count = 0
            with export.open("w", encoding="utf-8-sig", newline="") as out:
                writer = csv.writer(out)
                writer.writerow(["source", "file", "row", "column", "reason", "raw"])
                for entry in entries:
                    raw = entry.raw.decode("utf-8", "backslashreplace")
                    writer.writerow([entry.source, entry.file, entry.row, entry.column or "", entry.reason, raw])
                    count += 1
            door.say(f"{count:,} rows written to {export}", f"{count:,} 行已写入 {export}")
            return
        if door.json:
            listed = [
                {
                    "source": e.source,
                    "file": e.file,
                    "row": e.row,
                    "column": e.column,
                    "reason": e.reason,
                    "values": dict(e.values),
                    "received": e.received,
                }
                for e in entries
            ]
            door.give(listed)
            return
        count = 0
        for entry in entries:
            count += 1
            place = f"{entry.file}:{entry.row}" + (f", {entry.column}" if entry.column else "")
            door.say(f"{place}: {entry.reason}", f"{place}：{entry.reason}")
        if not count:
            door.say("no row is set aside", "没有被搁置的行")


@click.command(epilog="Example: headwater forget parcels")
@click.argument("source")
@command
def forget(door: Door, source: str) -> None:
    """Take back what only this source said. 撤回仅由此来源陈述的内容。"""
    with door.store() as store:
        count = loader.forget(store, source)
    if door.json:
        door.give({"source": source, "records": count})
    else:
        door.say(f"{count:,} records of {source} taken back", f"已撤回 {source} 的 {count:,} 条记录")


@click.command(epilog="Example: headwater mapping suppliers.csv > suppliers.yaml")
@click.argument("file", type=click.Path(path_type=Path))
@command
def mapping(door: Door, file: Path) -> None:
    """Draft a mapping from a file's columns and sample values. 根据文件的列与样例起草映射。"""
    text = draft(file)
    if door.json:
        door.give({"mapping": text})
    else:
        click.echo(text, nl=not text.endswith("\n"))


COMMANDS = (load, quarantine, forget, mapping)
