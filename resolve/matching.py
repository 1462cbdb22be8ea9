"""Pairs of profiles found and weighed: Splink on DuckDB, with results that no order of the input changes."""

from __future__ import annotations

import logging

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker
from splink.internals.comparison_vector_values import compute_comparison_vector_values_from_id_pairs_sqls
from splink.internals.dialects import SplinkDialect
from splink.internals.predict import predict_from_comparison_vectors_sqls

from resolve import blocking, crowds
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
_AT_ONCE = 500_000  # pairs


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
    blocking.block(db, nature, "blocked", fresh)
    crowds.frequencies(db, source, nature, f"{nature}_names")
    weigh(db, nature, weights, "blocked", target)


def weigh(
    db: duckdb.DuckDBPyConnection,
    nature: Nature,
    weights: Weights,
    pairs: str,
    target: str,
    least: float | None = LEAST,
) -> None:
    """Makes the table `target` of what pairs come to, by `PAIRS`, in no order.

    Args:
        db: Holds the table of the nature, which `crowds.prepare` made, and beside it that of `crowds.frequencies`,
            called as the nature with `_names`.
        nature: Of the parties.
        weights: How much each level says.
        pairs: The table of pairs, `l` and `r`, the numbers of parties; the id of `l` is the smaller.
        target: The table to make.
        least: Bits below which a pair is left out; none, if None.
    """
    query = _query(nature, weights, pairs, least)
    (count,) = db.execute(f"SELECT count(*) FROM {pairs}").fetchone() or (0,)
    db.execute(f"CREATE OR REPLACE TABLE {target} AS {query}", {"begin": 0, "end": _AT_ONCE})
    # What both sides of a pair hold is gathered for the pairs of one part at a time.
    for begin in range(_AT_ONCE, count, _AT_ONCE):
        db.execute(f"INSERT INTO {target} {query}", {"begin": begin, "end": begin + _AT_ONCE})


def _query(nature: Nature, weights: Weights, pairs: str, least: float | None) -> str:
    """The SQL that weighs the pairs of a table from row `$begin` to row `$end`, as Splink has it, by `PAIRS`.

    Splink's own `predict` would give with each pair all that was compared, some hundred columns.
    """
    model = settings(nature, weights, key="n", told=("node",)).get_settings("duckdb")
    key = model.column_info_settings.unique_id_input_column
    parts = [
        *compute_comparison_vector_values_from_id_pairs_sqls(
            model._columns_to_select_for_blocking,
            model._columns_to_select_for_comparison_vector_values,
            "party",
            "party",
            source_dataset_input_column=None,
            unique_id_input_column=key,
        ),
        *predict_from_comparison_vectors_sqls(
            [key],
            model.core_model_settings,
            SplinkDialect.from_string("duckdb"),
            threshold_match_weight=least,
            retain_intermediate_calculation_columns=True,
            training_mode=True,  # the level of each comparison, without what was compared
            additional_columns_to_retain=model._additional_columns_to_retain,
        ),
    ]
    steps = [
        f"part AS (SELECT l, r FROM {pairs} WHERE rowid >= $begin AND rowid < $end)",
        # Their columns are many and hold lists: of parties that no pair of this part has they are not read.
        f"party AS (SELECT * FROM (SELECT * FROM {nature} WHERE n IN (SELECT l FROM part UNION SELECT r FROM part)) "
        f"LEFT JOIN {nature}_names USING (sound))",
        "__splink__blocked_id_pairs AS (SELECT l AS join_key_l, r AS join_key_r, 0 AS match_key FROM part)",
        *(f"{part['output_table_name']} AS ({part['sql']})" for part in parts),
    ]
    levels = []
    for comparison in COMPARISONS[nature]:
        codes = ["differ", *(level.code for level in reversed(comparison.levels))]
        cases = " ".join(f"WHEN {i} THEN '{comparison.code}={code}'" for i, code in enumerate(codes))
        levels.append(f"CASE gamma_{comparison.code} {cases} END")
    first = COMPARISONS[nature][0].code
    return (
        f"WITH {', '.join(steps)} SELECT node_l AS a, node_r AS b, '{nature}' AS nature, "
        f"round(match_weight, 6) AS weight, list_filter([{', '.join(levels)}], x -> x IS NOT NULL) AS levels, "
        f"round(mw_tf_adj_{first}, 6) AS common FROM __splink__df_predict"
    )


def linked(db: duckdb.DuckDBPyConnection, nature: Nature, weights: Weights) -> Linker:
    """Splink's linker over the table of a nature and the one with `_names`, as for `weigh`."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection=db)
    # Its look at the settings parses each of them a dozen times; what they hold are columns that tests compare.
    linker = Linker(api.register(nature), settings(nature, weights), log_level=None, validate_settings=False)
    linker.table_management.register_term_frequency_lookup(api.register(f"{nature}_names"), "sound")
    return linker
