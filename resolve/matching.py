"""Pairs of profiles found and weighed: Splink on DuckDB, with results that no order of the input changes."""

from __future__ import annotations

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker

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
    crowds.prepare(db, "profile", nature, nature)
    linker, api = linked(db, nature, weights)
    if fresh is None:
        found = [linker.inference.predict(threshold_match_weight=LEAST)]
    else:
        new = api.register(db.sql(f"SELECT * FROM {nature} SEMI JOIN {fresh} USING (node)").to_arrow_table())
        old = api.register(db.sql(f"SELECT * FROM {nature} ANTI JOIN {fresh} USING (node)").to_arrow_table())
        found = [
            linker.inference.predict_within(new, threshold_match_weight=LEAST),
            linker.inference.predict_between(new, old, threshold_match_weight=LEAST),
        ]
    return _told(db, nature, [one.physical_name for one in found])


def linked(db: duckdb.DuckDBPyConnection, nature: Nature, weights: Weights) -> tuple[Linker, DuckDBAPI]:
    """Splink's linker over the table of a nature, which `crowds.prepare` has made."""
    api = DuckDBAPI(connection=db)
    linker = Linker(api.register(db.table(nature).to_arrow_table()), settings(nature, weights), log_level=None)
    frequencies = api.register(crowds.frequencies(db, nature).to_arrow_table())
    linker.table_management.register_term_frequency_lookup(frequencies, "sound")
    return linker, api


def _told(db: duckdb.DuckDBPyConnection, nature: Nature, parts: list[str]) -> pa.Table:
    names = []
    for comparison in COMPARISONS[nature]:
        values = [*(level.code for level in reversed(comparison.levels))]
        cases = " ".join(f"WHEN {i} THEN '{comparison.code}={code}'" for i, code in enumerate(["differ", *values]))
        names.append(f"CASE gamma_{comparison.code} {cases} END")
    first = COMPARISONS[nature][0].code
    union = " UNION ALL ".join(f"SELECT * FROM {part}" for part in parts)
    rows = db.sql(
        f"SELECT least(node_l, node_r) AS a, greatest(node_l, node_r) AS b, '{nature}' AS nature, "
        f"round(match_weight, 6) AS weight, list_filter([{', '.join(names)}], x -> x IS NOT NULL) AS levels, "
        f"round(mw_tf_adj_{first}, 6) AS common FROM ({union}) ORDER BY a, b"
    )
    return rows.to_arrow_table().cast(PAIRS)
