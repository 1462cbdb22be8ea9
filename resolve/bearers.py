"""Under how many names each phone, address and word stands: counted by a run, so that two parties alone are compared.

What many share says little (see `resolve.crowds`), and to count it anew reads all parties. So the index keeps of each
element of a list by how many parties of which name it is borne; in hashes, which are all that counting needs.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from resolve import crowds
from resolve.profiles import Nature

BEARERS = pa.schema(
    [
        ("list", pa.string()),  # `company phones`; `company sound` of the names themselves
        ("key", pa.uint64()),  # of the list and of the element: rows lie in its order, so that one is found at once
        ("name", pa.uint64()),  # of the name that bears it; of `sound` what `crowds.frequencies` counts
        ("parties", pa.int64()),  # how many of that name do
    ]
)
COUNTED = ("node", "nature", "number", "sounds", "place", "industry", *crowds.FEW)
"""The columns of a profile by which it is counted."""
_KEY = "hash(list, element)"


def count(db: duckdb.DuckDBPyConnection, source: str, target: str) -> None:
    """Counts all profiles of a table anew, into a table by `BEARERS`."""
    db.execute(f"DELETE FROM {target}")
    db.execute(
        f"INSERT INTO {target} SELECT list, key, name, count(*) FROM ({_borne(source)}) GROUP BY ALL ORDER BY key, name"
    )


def shift(db: duckdb.DuckDBPyConnection, before: str, after: str, target: str) -> None:
    """Counts some profiles as they are, and no longer as they were.

    Args:
        db: The database.
        before: The table of those profiles as they are counted in `target`; those that are new do not stand there.
        after: The table of them as they are; those that are gone do not stand there.
        target: The table to change, by `BEARERS`.
    """
    _moved(db, before, after)
    db.execute(
        "CREATE OR REPLACE TEMP TABLE recounted AS "
        + _summed(f"SELECT * FROM {target} SEMI JOIN counts_moved USING (key, name)")
    )
    db.execute(f"DELETE FROM {target} WHERE (key, name) IN (SELECT (key, name) FROM counts_moved)")
    db.execute(f"INSERT INTO {target} SELECT * FROM recounted ORDER BY key, name")


def known(db: duckdb.DuckDBPyConnection, kept: str, nature: Nature) -> int:
    """How many names there are of one nature in all, each as often as `crowds.frequencies` counts it."""
    found = db.execute(f"SELECT count(*) FROM {kept} WHERE list = ?", [f"{nature} sound"]).fetchone()
    return int(found[0]) if found else 0


def prepare(
    db: duckdb.DuckDBPyConnection, kept: str, before: str, source: str, nature: Nature, total: int, target: str
) -> None:
    """Makes ready a few parties to be compared, as `crowds.prepare` and `crowds.frequencies` do of all.

    Args:
        db: The database.
        kept: What was counted, by `BEARERS`.
        before: The table of their profiles as they were counted.
        source: The table of their profiles as they are.
        nature: Of which nature they are.
        total: What `known` gave.
        target: The table to make, which says nothing of what only leads to pairs; beside it that of the frequencies of
            their names, called as this with `_names`.
    """
    _moved(db, before, source)
    asked = f"SELECT DISTINCT key FROM ({_borne(source)}) UNION SELECT key FROM counts_moved"
    # As a list of numbers, by which whole pieces of the table are passed over; of a join they are not.
    keys = ", ".join(str(key) for (key,) in db.execute(asked).fetchall()) or "0"
    db.execute(f"CREATE OR REPLACE TEMP TABLE counts_before AS SELECT * FROM {kept} WHERE key IN ({keys})")
    db.execute(f"CREATE OR REPLACE TEMP TABLE counts_now AS {_summed('FROM counts_before')}")
    crowds.own(db, source, nature)
    for name in crowds.FEW:
        having = "HAVING count(*) > 1" if name in crowds.MEETING else ""
        db.execute(
            f"CREATE OR REPLACE TEMP TABLE crowd_of_{name} AS SELECT element, count(*) AS names FROM "
            f"({_asked(nature, name, f'unnest({name})')}) JOIN counts_now USING (key) GROUP BY element {having}"
        )
    led = ", ".join(f"NULL::VARCHAR[] AS rare_{name}" for name in crowds.NAMES)
    db.execute(
        "CREATE OR REPLACE TEMP TABLE asked AS SELECT own.*, node AS lead, row_number() OVER (ORDER BY node) AS n, "
        f"{led} FROM own"
    )
    crowds.split(db, "asked", crowds.FEW, "FROM asked", target)
    db.execute("DROP TABLE asked")
    all_of = f"SELECT count(*) FROM {{}} WHERE list = '{nature} sound'"
    db.execute(
        f"CREATE OR REPLACE TABLE {target}_names AS SELECT element AS sound, {crowds.FREQUENCY} AS tf_sound FROM "
        f"(SELECT element, count(*) AS n FROM ({_asked(nature, 'sound', 'sound')}) JOIN counts_now USING (key) "
        "GROUP BY element), "
        f"(SELECT {total} + ({all_of.format('counts_now')}) - ({all_of.format('counts_before')}) AS total)"
    )


def _borne(source: str) -> str:
    """What the parties of a table bear, as SQL: `list`, `key`, `name`."""
    lists = [(name, f"unnest({name})", "sounds[1]") for name in crowds.FEW]
    lists.append(("sound", "sounds[1]", crowds.TOLD))
    return " UNION ALL ".join(
        f"SELECT list, {_KEY} AS key, name FROM (SELECT nature || ' {name}' AS list, {element} AS element, "
        f"hash({bearer}) AS name FROM {source} WHERE sounds IS NOT NULL)"
        for name, element, bearer in lists
    )


def _asked(nature: Nature, name: str, element: str) -> str:
    """The elements of a list of `own`, as SQL: `element`, `key`."""
    return (
        f"SELECT element, {_KEY} AS key FROM (SELECT DISTINCT '{nature} {name}' AS list, {element} AS element FROM own)"
    )


def _moved(db: duckdb.DuckDBPyConnection, before: str, after: str) -> None:
    """Makes `counts_moved` of by how much counts are other than before, by `BEARERS`."""
    db.execute(
        "CREATE OR REPLACE TEMP TABLE counts_moved AS SELECT list, key, name, sum(n)::BIGINT AS parties FROM "
        f"(SELECT *, -1 AS n FROM ({_borne(before)}) UNION ALL SELECT *, 1 AS n FROM ({_borne(after)})) "
        "GROUP BY ALL HAVING sum(n) <> 0"
    )


def _summed(counted: str) -> str:
    """What was counted together with `counts_moved`, as SQL."""
    return (
        f"SELECT list, key, name, sum(parties)::BIGINT AS parties FROM ({counted} UNION ALL FROM counts_moved) "
        "GROUP BY ALL HAVING sum(parties) > 0"
    )
