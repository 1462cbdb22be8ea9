"""Which parties are compared at all: pairs by the numbers that `crowds.prepare` gave them, found block by block.

Splink finds the same pairs by the same rules, as it does on Spark. Here they are found as pairs of numbers with nothing
beside them, and none again of which no side changed.
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
    some = "" if fresh is None else f"SEMI JOIN {fresh} USING (node)"
    # A rule may tell its sides apart, so that a fresh one is looked for on both.
    sides = [("", "")] if fresh is None else [(some, ""), ("", some)]
    db.execute("CREATE OR REPLACE TEMP TABLE met (l UINTEGER, r UINTEGER)")
    for when, listed in BLOCKS[nature]:
        for left, right in sides:
            db.execute(
                f"INSERT INTO met SELECT DISTINCT l.n, r.n FROM {_singly(nature, when, listed, left)} AS l "
                f"JOIN {_singly(nature, when, listed, right)} AS r ON {when} "
                f"WHERE l.n < r.n AND NOT {BOTH_NUMBERED}"
            )
    twins = "" if fresh is None else f"AND (l.node IN (FROM {fresh}) OR r.node IN (FROM {fresh}))"
    db.execute(
        f"INSERT INTO met SELECT least(l.n, r.n), greatest(l.n, r.n) FROM {nature} AS l JOIN {nature} AS r "
        f"ON l.node = r.lead WHERE l.n <> r.n AND NOT {BOTH_NUMBERED} {twins}"
    )
    db.execute(f"CREATE OR REPLACE TABLE {target} AS SELECT DISTINCT l, r FROM met ORDER BY l, r")
    db.execute("DROP TABLE met")


def _singly(nature: Nature, when: str, listed: str, some: str) -> str:
    """The leads among some parties, with the columns of a rule, once for each element of those that are lists."""
    lists = listed.split()
    others = {"n", "number", *_COLUMN.findall(when)} - {*lists}
    rows = f"(SELECT {', '.join((*sorted(others), *lists))} FROM {nature} {some} WHERE node = lead)"
    for column in lists:
        rows = f"(SELECT * REPLACE (unnest({column}) AS {column}) FROM {rows})"
    return rows
