"""Which pairs become links: the probability of each, and of the many that a party may have, those that matter."""

from __future__ import annotations

from array import array
from collections.abc import Mapping

import duckdb
import pyarrow as pa

from resolve.profiles import Nature
from resolve.weights import Weights

LEAST = 0.1
"""Probability below which no link is kept."""
BEST = 3
"""Links that every party keeps, its most probable ones, besides those that hold clusters together."""
SUREST = 0.9999
"""What no model is surer of."""
TWINS = pa.schema([("node", pa.string()), ("lead", pa.string())])
"""Parties that agree with another in all that is compared, and the one that speaks for them."""
LINKS = pa.schema(
    [
        ("a", pa.string()),  # the smaller id
        ("b", pa.string()),
        ("nature", pa.string()),
        ("probability", pa.float64()),  # to six digits
        ("weight", pa.float64()),  # as the pair's, or as that of the lead's pair
        ("levels", pa.list_(pa.string())),
        ("common", pa.float64()),
        ("component", pa.string()),  # the smallest id of those that links join, directly or through others
    ]
)

_AT_ONCE = 100_000
_MENTION = (
    "CASE WHEN starts_with(a, 'Party/') = starts_with(b, 'Party/') THEN NULL "
    "WHEN starts_with(a, 'Party/') THEN a ELSE b END"
)
"""The one of a pair that bears no number, beside one that does."""
_MOST_BITS = 60
_SCALE = 2**30  # odds are summed as whole numbers, so that no order of the rows shows in a last digit


def odds(weight: float, calibration: Mapping[str, float]) -> float:
    """The odds that a pair of a weight in bits is one party, by the two alone."""
    return float(2.0 ** min(_MOST_BITS, calibration["slope"] * weight + calibration["shift"]))


def believed(
    db: duckdb.DuckDBPyConnection,
    pairs: str,
    twins: str,
    weights: Mapping[Nature, Weights],
    target: str,
    among: str | None = None,
    within: bool = False,
    least: float = LEAST,
) -> None:
    """Makes the table of the pairs and of what is believed of each: the columns of `PAIRS`, and `probability`.

    A mention is of one registered party or of none: where it fits several, they share its belief. Their odds against
    "none of them" stand beside each other, each as the pair alone has them. Twins say the same, so that what a lead has
    with registered parties its twins have with them too: each then leads to its company by one link.

    Args:
        db: The database.
        pairs: The table of pairs, by `matching.PAIRS`.
        twins: The table of twins, by `TWINS`.
        weights: Their `calibration` makes probabilities of bits.
        target: The table to make.
        among: A table of nodes: only pairs with one of them are given.
        within: Only pairs of two of them.
        least: Pairs less probable are left out.
    """
    db.execute(
        f"CREATE OR REPLACE TEMP VIEW with_twins AS SELECT *, {_MENTION} AS mention FROM {pairs} UNION ALL "
        f"SELECT least(node, other), greatest(node, other), nature, weight, levels, common, node FROM {twins} JOIN "
        f"(SELECT *, {_MENTION} AS mention, CASE WHEN {_MENTION} = a THEN b ELSE a END AS other FROM {pairs}) "
        "ON lead = mention"
    )
    only = "" if among is None else f"WHERE a IN (FROM {among}) OR b IN (FROM {among})"
    both = "" if not within else f"AND a IN (FROM {among}) AND b IN (FROM {among})"
    bits = " ".join(
        f"WHEN '{nature}' THEN {w['calibration']['slope']!r} * weight + {w['calibration']['shift']!r}"
        for nature, w in weights.items()
    )
    db.execute(
        f"CREATE OR REPLACE TEMP VIEW with_odds AS SELECT *, pow(2.0, least({_MOST_BITS}, CASE nature {bits} END)) "
        f"AS odds FROM with_twins {only}"
    )
    db.execute(
        "CREATE OR REPLACE TEMP VIEW of_mention AS SELECT mention, "
        f"(sum((odds * {_SCALE})::HUGEINT))::DOUBLE / {_SCALE} AS rivals FROM with_odds WHERE mention IS NOT NULL "
        "GROUP BY mention"
    )
    db.execute(
        f"CREATE OR REPLACE TABLE {target} AS SELECT * EXCLUDE (mention, odds, rivals) FROM ("
        "SELECT *, round(least($surest, odds / (1 + coalesce(rivals, odds))), 6) AS probability FROM with_odds "
        f"LEFT JOIN of_mention USING (mention)) WHERE probability >= $least {both}",
        {"surest": SUREST, "least": least},
    )


def choose(db: duckdb.DuckDBPyConnection, source: str, target: str) -> None:
    """Makes the table of the links, by `LINKS`, of the pairs that are believed.

    They are the best of each party, and those of a spanning forest of greatest probability, so that what is joined at
    a threshold is what all pairs would join at it.

    Args:
        db: The database.
        source: What `believed` made; all pairs of a party, or none, stand there.
        target: The table to make.
    """
    db.execute(
        f"CREATE OR REPLACE TABLE party AS SELECT node, row_number() OVER (ORDER BY node) - 1 AS n FROM "
        f"(SELECT a AS node FROM {source} UNION SELECT b FROM {source})"
    )
    db.execute(
        f"CREATE OR REPLACE TABLE edge AS SELECT believed.rowid AS place, probability, x.n AS x, y.n AS y "
        f"FROM {source} AS believed JOIN party AS x ON a = x.node JOIN party AS y ON b = y.node"
    )
    found = db.execute("SELECT count(*) FROM party").fetchone()
    count = int(found[0]) if found else 0
    above, held, kept = array("q", range(count)), array("q", bytes(8 * count)), array("q")

    def root(n: int) -> int:
        while above[n] != n:
            above[n] = n = above[above[n]]
        return n

    # Numbers of parties are in the order of their ids.
    rows = db.execute("SELECT place, x, y FROM edge ORDER BY probability DESC, x, y").to_arrow_reader(_AT_ONCE)
    for batch in rows:
        for place, a, b in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            x, y = root(a), root(b)
            if x != y:
                above[max(x, y)] = min(x, y)
            if x != y or held[a] < BEST or held[b] < BEST:
                held[a] += 1
                held[b] += 1
                kept.append(place)
    for name, column in (("kept_edge", {"place": kept}), ("root", {"n": range(count), "r": map(root, range(count))})):
        made = pa.table({key: pa.array(values, pa.int64()) for key, values in column.items()})
        db.register("made", made)
        db.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM made")
        db.unregister("made")
    columns = ", ".join(field.name for field in LINKS if field.name != "component")
    db.execute(
        f"CREATE OR REPLACE TABLE {target} AS SELECT {columns}, heads.node AS component FROM {source} AS believed "
        "JOIN kept_edge ON believed.rowid = place JOIN party ON a = party.node JOIN root ON party.n = root.n "
        "JOIN party AS heads ON root.r = heads.n"
    )


def joined(db: duckdb.DuckDBPyConnection, links: str, seeds: str, target: str) -> None:
    """Makes the table of the nodes that links join to some seeds, directly or through others, and of the seeds."""
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE reached AS SELECT DISTINCT component FROM {links} "
        f"WHERE a IN (FROM {seeds}) OR b IN (FROM {seeds})"
    )
    db.execute(
        f"CREATE OR REPLACE TABLE {target} AS SELECT a AS node FROM {links} SEMI JOIN reached USING (component) UNION "
        f"SELECT b FROM {links} SEMI JOIN reached USING (component) UNION SELECT * FROM {seeds}"
    )
