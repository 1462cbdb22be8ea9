"""Commands that bring records in and take them back: load, quarantine, forget, mapping."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from graph.errors import NotFound
from graph.model import SetAside
from graph.output import whole
from headwater.door import FILE, OUTPUT, Door, command
from headwater.exits import ROWS_SET_ASIDE
from headwater.progress import loading
from headwater.state import index_of
from headwater.terminal import Column, counted
from headwater.wording import doubted
from ingest import loader
from ingest.draft import draft
from ingest.report import UNFIT
from ingest.slips import meant

_COUNTS = {
    "rows": ("rows", "行"),
    "added": ("added", "新增"),
    "replaced": ("replaced", "替换"),
    "unchanged": ("unchanged", "未变"),
    "repeated": ("repeated", "重复"),
    "set_aside": ("set aside", "搁置"),
    "withdrawn": ("withdrawn", "撤回"),
}

_LEFT_OUT = {
    UNFIT: "没有适用的映射",
    "hidden": "隐藏文件",
    "about the data": "数据说明",
    "no kind of file": "不支持的文件类型",
    "a link": "链接",
    "the same file": "同一文件",
    "a pipe": "管道或设备",
    "a sheet": "不含数据的工作表",
    "the mapping names it": "映射提到的列在文件中不存在",
}
"""What the reasons begin with for which something is left out, in Chinese."""


@command(
    "headwater load feeds/",
    "headwater load feeds/ --store sqlite:market.db",
    "headwater load suppliers.csv --mapping suppliers.yaml --source customs-list",
)
@click.argument("paths", nargs=-1, required=True, type=FILE, metavar="PATH…")
@click.option("--mapping", metavar="NAME|FILE", help="The mapping for all files; else found by the columns. 指定映射")
@click.option("--source", metavar="NAME", help="Who says so; else the feed's name. 来源名称")
@click.option(
    "--add", is_flag=True, help="Keep rows that an earlier file of this name held and this one does not. 增量载入"
)
def load(door: Door, paths: tuple[Path, ...], mapping: str | None, source: str | None, add: bool) -> None:
    """Load files and folders of feeds: CSV, TSV, Excel, Parquet, JSON, JSON Lines, EPCIS, and gzip or zip of them.

    Loading a file twice changes nothing; a corrected file of the same name replaces what its earlier version said. Rows
    that cannot be read with certainty are set aside, and a file of a folder that no mapping fits is left out; the
    command then ends with 3.

    载入数据文件与文件夹。重复载入不产生变化；同名的更正文件取代旧版本。

    无法确定读取的行会被搁置，文件夹中没有适用映射的文件不载入；此时退出码为 3。
    """
    door.check_store()
    with loading(door) as tell:
        # Files that are refused, or none at all, must not leave an empty store behind.
        prepared = loader.prepare(paths, mapping=mapping, source=source)
        report = loader.Report(left_out=prepared.left_out)
        if prepared.plans:
            with door.store(create=True) as store:
                report = loader.load_prepared(store, prepared, add=add, progress=tell)
    _report(door, report)
    if not report.is_whole:
        sys.exit(ROWS_SET_ASIDE)


def _report(door: Door, report: loader.Report) -> None:
    if door.json:
        door.give(report.told())
        return
    columns = [Column(door.word("file", "文件"), gives_way=True), Column(door.word("source", "来源"))]
    columns += [Column(door.word(*title), right=True) for title in _COUNTS.values()]
    rows = [(f.name, f.source, *(f"{getattr(f, n):,}" for n in _COUNTS)) for f in report.files]
    if len(rows) > 1:
        rows.append((door.word("all", "合计"), "", *(f"{report.total(n):,}" for n in _COUNTS)))
    door.table(columns, rows)
    for file in report.files:
        for (column, doubt), n in sorted(file.doubts.items()):
            why = doubted(door, doubt)
            door.say(
                f"{file.name}: {counted(n, 'row')} kept with a doubt in {column}: {why}",
                f"{file.name}：{n:,} 行已保留，但 {column} 存疑：{why}",
            )
    for file in report.files:
        if not file.rows:
            door.say(f"{file.name}: no row stands below the column names", f"{file.name}：列名之下没有数据行")
    for name, reason in report.left_out:
        chinese = next((words for head, words in _LEFT_OUT.items() if reason.startswith(head)), "")
        door.say(
            f"{name}: left out, {reason}", f"{name}：未载入，{chinese or reason}{f'（{reason}）' if chinese else ''}"
        )
    if not report.files:
        door.say("nothing to load was found", "没有可载入的文件")
    if aside := report.total("set_aside"):
        door.say(
            f"{counted(aside, 'row')} set aside; `headwater quarantine` tells where and why",
            f"{aside:,} 行已搁置；用 `headwater quarantine` 查看原因",
        )


@command(
    "headwater quarantine",
    "headwater quarantine --source freight --export bad-rows.csv",
    "headwater quarantine --retry",
)
@click.option("--source", metavar="NAME", help="Only rows of this source. 仅此来源")
@click.option("--file", metavar="NAME", help="Only rows of this file. 仅此文件")
@click.option(
    "--export", "export", type=OUTPUT, metavar="FILE", help="Write them to a CSV file, as they came. 导出为 CSV"
)
@click.option("--retry", is_flag=True, help="Read them once more, as after a mapping was mended. 重新读取")
def quarantine(door: Door, source: str | None, file: str | None, export: Path | None, retry: bool) -> None:
    """List, export or retry the rows that were set aside, with file, row, column and reason.

    Of a wrong credit code the known companies are told whose code is one slip away.

    The export holds rows as they came: a spreadsheet takes cells that begin with = + - @ for formulas, so import its
    columns as text.

    查看、导出或重试被搁置的行，包括文件、行号、列与原因；信用代码有误时，列出仅差一笔误的已知企业。

    导出内容保持原样；电子表格会把以 = + - @ 开头的单元格当作公式，请按文本导入。
    """
    if retry and export is not None:
        raise click.UsageError("--retry and --export cannot be given together")
    with door.store() as store:
        if retry:
            report = loader.retry(store, source, file)
            _report(door, report)
            if report.total("set_aside") or report.left_out:
                sys.exit(ROWS_SET_ASIDE)
            return
        entries = store.quarantine(source, file)
        if export is not None:
            count = _export(export, entries)
            if door.json:
                door.give({"file": export, "rows": count})
            else:
                door.say(f"{counted(count, 'row')} written to {export}", f"{count:,} 行已写入 {export}")
        elif door.json:
            names = ("source", "file", "row", "column", "reason", "values", "mapping", "received")
            door.give(
                [
                    {name: getattr(entry, name) for name in names} | {"near": [node.id for node in near]}
                    for entry, near in meant(store, entries)
                ]
            )
        else:
            entry = None
            for entry, near in meant(store, entries):
                column = f", {entry.column}" if entry.column else ""
                door.line(f"{entry.file}:{entry.row}{column}: {entry.reason}")
                for node in near:
                    name = node.get("name") or ""
                    door.say(f"  one slip away: {node.id} {name}", f"  仅差一笔误：{node.id} {name}")
            if entry is None:
                door.say("no row is set aside", "没有被搁置的行")


def _export(path: Path, entries: Iterable[SetAside]) -> int:
    count = 0
    with whole(path) as out:
        # Excel takes a CSV for UTF-8 only when it begins with a byte order mark.
        text = io.TextIOWrapper(out, "utf-8-sig", newline="")
        writer = csv.writer(text)
        writer.writerow(["source", "file", "row", "column", "reason", "raw"])
        for entry in entries:
            raw = entry.raw.decode("utf-8", "backslashreplace")
            writer.writerow([entry.source, entry.file, entry.row, entry.column or "", entry.reason, raw])
            count += 1
        text.flush()
        text.detach()
    return count


@command("headwater forget parcels")
@click.argument("source")
def forget(door: Door, source: str) -> None:
    """Take back what only this source said: its records, and the nodes and links that no other record states.

    撤回仅由此来源陈述的记录、节点与关系；其他来源也陈述的内容保留。
    """
    with door.store() as store:
        counts = store.counts()
        if source not in counts.records and source not in counts.set_aside:
            known = ", ".join(sorted({*counts.records, *counts.set_aside})) or "none"
            raise NotFound(f"no record comes from a source {source!r}; the sources are: {known}")
        count = loader.forget(store, source)
        from resolve.index import forget_index  # a second that the other commands need not wait

        # What was compared holds names and numbers of what is taken back; the next `headwater resolve` makes it anew.
        forget_index(index_of(store))
    if door.json:
        door.give({"source": source, "records": count})
    else:
        door.say(f"{counted(count, 'record')} of {source} taken back", f"已撤回 {source} 的 {count:,} 条记录")


@command("headwater mapping suppliers.csv > suppliers.yaml", "headwater load suppliers.csv --mapping suppliers.yaml")
@click.argument("file", type=FILE)
def mapping(door: Door, file: Path) -> None:
    """Draft a mapping for a file of a new kind, from its columns and sample values; docs/mappings.md tells the rest.

    根据新文件的列与样例值起草映射。
    """
    text = draft(file)
    if door.json:
        door.give({"mapping": text})
    else:
        click.echo(text, nl=not text.endswith("\n"))


COMMANDS = {"load": load, "quarantine": quarantine, "forget": forget, "mapping": mapping}
