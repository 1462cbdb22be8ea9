"""Which parties are compared at all: pairs by the numbers that `crowds.prepare` gave them, found block by block.

Splink would find the same pairs by the same rules, and does so on Spark; here they are found as pairs of numbers, and no
party is looked for again that did not change.
"""

from __future__ import annotations

import re

import duckdb

from resolve.comparisons import BLOCKS, BOTH_NUMBERED
from resolve.profiles import Nature

_COLUMN = re.compile(r"\b[lr]\.(\w+)")


def block(db: duckdb.DuckDBPyConnection, nature: Nature, target: str, fresh: str | None = None) -> None:
    """Makes a table of the pairs that share a block, each once: `l` and `r`, numbers of which `l` is the smaller.

    Args:
        db: Holds the table of the nature, made by `crowds.prepare`.
        nature: Whose pairs.
        target: The table to make.
        fresh: A table of nodes: only pairs with one of them are given.
    """
    only = "" if fresh is None else f"SEMI JOIN {fresh} USING (node)"
    db.execute(f"CREATE OR REPLACE TEMP TABLE led AS SELECT * FROM {nature} WHERE node = lead")
    db.execute("CREATE OR REPLACE TEMP TABLE met (l UINTEGER, r UINTEGER)")
    for when, listed in BLOCKS[nature]:
        sides = {}
        for side, some in (("l", only), ("r", "")):
            needed = {"n", "number", *_COLUMN.findall(when)} - {*listed.split()}
            kept = ", ".join(sorted(needed | {*listed.split()}))
            rows = f"(SELECT {kept} FROM led {some})"
            for column in listed.split():
                rows = f"(SELECT * REPLACE (unnest({column}) AS {column}) FROM {rows})"
            sides[side] = rows
        once = "l.n < r.n" if fresh is None else "l.n <> r.n"
        db.execute(
            f"INSERT INTO met SELECT DISTINCT least(l.n, r.n), greatest(l.n, r.n) FROM {sides['l']} AS l "
            f"JOIN {sides['r']} AS r ON {when} WHERE {once} AND NOT {BOTH_NUMBERED}"
        )
    either = "" if fresh is None else f"AND (l.node IN (FROM {fresh}) OR r.node IN (FROM {fresh}))"
    db.execute(
        f"INSERT INTO met SELECT least(l.n, r.n), greatest(l.n, r.n) FROM led AS l JOIN {nature} AS r ON "
        f"r.lead = l.node WHERE r.node <> l.node AND NOT {BOTH_NUMBERED} {either}"
    )
    db.execute(f"CREATE OR REPLACE TABLE {target} AS SELECT DISTINCT l, r FROM met ORDER BY l, r")
    db.execute("DROP TABLE led")
    db.execute("DROP TABLE met")
