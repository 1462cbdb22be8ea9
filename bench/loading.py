"""How fast a market loads, beside DuckDB and plain SQLite reading the same files without understanding them."""

from __future__ import annotations

import csv
import sqlite3
from pathlib import Path

import duckdb

from bench.cost import Cost, measured
from bench.figures import Figure
from bench.markets import ENCODINGS, KEYS
from bench.workbench import Workbench
from graph.opening import open_store
from ingest.loader import load

LEAST = 6000
"""Rows a second, from files to records, nodes and links."""


def figures(bench: Workbench) -> list[Figure]:
    """Rows a second of the large market; the peers read its CSV files, which hold nearly all of its rows."""
    feeds = bench.market("medium").feeds
    places = {name: bench.folder / name for name in ("loaded.db", "plain.db", "plain.duckdb")}
    bench.say("loading medium into an embedded store")
    rows, own = measured(load_feeds, feeds, places["loaded.db"])
    texts = utf8(feeds, bench.folder / "utf8")
    bench.say("reading medium with DuckDB and with sqlite3")
    read, duck = measured(read_with_duckdb, texts, places["plain.duckdb"])
    kept, plain = measured(insert_plainly, texts, places["plain.db"])
    source = sum(file.stat().st_size for file in feeds.iterdir())
    size = {name: place.stat().st_size for name, place in places.items()}
    speed = rows / own.wall
    return [
        Figure(
            f"medium into SQLite: {rows:,} rows to records, nodes, links",
            f"{speed:,.0f} rows/s",
            f"≥ {LEAST:,}",
            speed >= LEAST,
            f"{own.cpu / rows * 1e6:.0f} µs of processor a row, {own.wall:.1f} s",
        ),
        _peer("  DuckDB read_csv into tables, cells as text", read, duck, own, rows),
        _peer("  sqlite3 executemany of the raw rows", kept, plain, own, rows),
        Figure(
            "  size of the store",
            f"{size['loaded.db'] / 2**20:,.0f} MiB",
            beside=f"{size['loaded.db'] / source:.1f} × the feeds; raw rows alone {size['plain.db'] / source:.1f} × in "
            f"sqlite3, {size['plain.duckdb'] / source:.1f} × in DuckDB",
        ),
    ]


def _peer(what: str, rows: int, cost: Cost, own: Cost, own_rows: int) -> Figure:
    ratio = (own.cpu / own_rows) / (cost.cpu / rows)
    return Figure(
        what,
        f"{rows / cost.wall:,.0f} rows/s",
        beside=f"{cost.cpu / rows * 1e6:.1f} µs of processor a row: Headwater takes {ratio:.0f} × as much",
    )


def load_feeds(feeds: Path, place: Path) -> int:
    """Loads a folder of feeds into a new store; gives how many rows there were."""
    with open_store(f"sqlite:{place}") as store:
        return load(store, [feeds]).total("rows")


def utf8(feeds: Path, folder: Path) -> Path:
    """The CSV feeds in UTF-8, for peers that know no GB18030."""
    folder.mkdir(exist_ok=True)
    for feed in KEYS:
        raw = (feeds / f"{feed}.csv").read_bytes()
        (folder / f"{feed}.csv").write_bytes(raw.decode(ENCODINGS.get(feed, "utf-8-sig")).encode())
    return folder


def read_with_duckdb(folder: Path, place: Path) -> int:
    """Makes a table of each CSV file, every cell as text."""
    rows = 0
    with duckdb.connect(str(place)) as db:
        for feed in KEYS:
            db.execute(
                f'CREATE TABLE "{feed}" AS SELECT * FROM read_csv(?, all_varchar = true)', [str(folder / f"{feed}.csv")]
            )
            rows += _only(db.execute(f'SELECT count(*) FROM "{feed}"').fetchone())
    return rows


def _only(row: tuple[int, ...] | None) -> int:
    return row[0] if row else 0


def insert_plainly(folder: Path, place: Path) -> int:
    """Puts each CSV file's rows into a table of text columns, in one transaction each, as safely as the store does."""
    rows = 0
    db = sqlite3.connect(place, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        for feed in KEYS:
            with (folder / f"{feed}.csv").open(encoding="utf-8", newline="") as file:
                reader = csv.reader(file)
                columns = next(reader)
                db.execute(f'CREATE TABLE "{feed}" ({", ".join(f"c{n} TEXT" for n in range(len(columns)))})')
                db.execute("BEGIN")
                marks = ", ".join("?" * len(columns))
                rows += db.executemany(f'INSERT INTO "{feed}" VALUES ({marks})', reader).rowcount
                db.execute("COMMIT")
    finally:
        db.close()
    return rows
