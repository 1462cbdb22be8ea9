"""Pairs of profiles found and weighed: Splink on DuckDB, with results that no order of the input changes."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker
from splink.internals.splink_dataframe import SplinkDataFrame

from resolve import crowds
from resolve.comparisons import COMPARISONS, settings
from resolve.profiles import Nature
from resolve.weights import Weights

PAIRS = pa.schema(
    [
        ("a", pa.string()),  # the smaller id
        ("b", pa.string()),
        ("nature", pa.string()),
        ("weight", pa.float64()),  # in bits, the prior's included
        ("levels", pa.list_(pa.string())),  # what each comparison came to, `trade=same`; of those that say something
        ("common", pa.float64()),  # how much the frequency of the name adds to its level, in bits
    ]
)
LEAST = -10.0
"""Bits below which a pair is not kept: one in a thousand."""


def pairs(db: duckdb.DuckDBPyConnection, nature: Nature, weights: Weights, fresh: str | None = None) -> pa.Table:
    """The pairs of parties of one nature that may be one, by `PAIRS`, ordered by their ids.

    Args:
        db: Holds the table `profile` (see `resolve.slots`).
        nature: Whose pairs.
        weights: How much each level says.
        fresh: A table of nodes: only pairs with one of them are looked for.
    """
    find(db, "profile", nature, weights, "found", fresh)
    rows = db.sql("SELECT * FROM found ORDER BY a, b").to_arrow_table()
    return rows.cast(PAIRS)


def find(
    db: duckdb.DuckDBPyConnection,
    source: str,
    nature: Nature,
    weights: Weights,
    target: str,
    fresh: str | None = None,
) -> None:
    """Makes the table `target` of the pairs of parties of one nature that may be one, by `PAIRS`, in no order.

    Args:
        db: Holds the profiles; what was compared is left there as a table called as the nature is, with the `lead` of
            each party (see `resolve.crowds`).
        source: The table of profiles.
        nature: Whose pairs.
        weights: How much each level says.
        target: The table to make.
        fresh: A table of nodes: only pairs with one of them are looked for, and only what they may be paired with is
            made ready.
    """
    if fresh is None:
        crowds.prepare(db, source, nature, nature)
    else:
        crowds.near(db, source, nature, fresh, "near")
        crowds.prepare(db, source, nature, nature, "near")
    crowds.frequencies(db, source, nature, f"{nature}_names")
    linker, api = linked(db, nature, weights)
    if fresh is None:
        found = [linker.inference.predict(threshold_match_weight=LEAST)]
    else:
        new, old = f"{nature}_new", f"{nature}_old"
        db.execute(f"CREATE OR REPLACE TABLE {new} AS SELECT * FROM {nature} SEMI JOIN {fresh} USING (node)")
        db.execute(f"CREATE OR REPLACE TABLE {old} AS SELECT * FROM {nature} ANTI JOIN {fresh} USING (node)")
        left, right = api.register(new), api.register(old)
        found = [
            linker.inference.predict_within(left, threshold_match_weight=LEAST),
            linker.inference.predict_between(left, right, threshold_match_weight=LEAST),
        ]
    told(db, nature, found, target)
    for one in found:
        one.drop_table_from_database_and_remove_from_cache()


def linked(db: duckdb.DuckDBPyConnection, nature: Nature, weights: Weights) -> tuple[Linker, DuckDBAPI]:
    """Splink's linker over the table of a nature, which `crowds.prepare` has made.

    Beside it stands what `crowds.frequencies` has made, as the table called as the nature with `_names`.
    """
    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection=db)
    # Its look at the settings parses each of them a dozen times; what they hold are columns that tests compare.
    linker = Linker(api.register(nature), settings(nature, weights), log_level=None, validate_settings=False)
    linker.table_management.register_term_frequency_lookup(api.register(f"{nature}_names"), "sound")
    return linker, api


def told(db: duckdb.DuckDBPyConnection, nature: Nature, parts: Sequence[SplinkDataFrame], target: str) -> None:
    """Makes a table by `PAIRS` of what Splink found."""
    names = []
    for comparison in COMPARISONS[nature]:
        values = [*(level.code for level in reversed(comparison.levels))]
        cases = " ".join(f"WHEN {i} THEN '{comparison.code}={code}'" for i, code in enumerate(["differ", *values]))
        names.append(f"CASE gamma_{comparison.code} {cases} END")
    first = COMPARISONS[nature][0].code
    union = " UNION ALL ".join(f"SELECT * FROM {part.physical_name}" for part in parts)
    db.execute(
        f"CREATE OR REPLACE TABLE {target} AS SELECT least(node_l, node_r) AS a, greatest(node_l, node_r) AS b, "
        f"'{nature}' AS nature, round(match_weight, 6) AS weight, "
        f"list_filter([{', '.join(names)}], x -> x IS NOT NULL) AS levels, "
        f"round(mw_tf_adj_{first}, 6) AS common FROM ({union})"
    )
