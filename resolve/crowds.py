"""How many share a number, an address or a name: what serves hundreds says little of any of them.

A registration agent's address, a forwarder's phone, a fleet's lorry: each is borne under many names. What is counted
is names, not documents, since a factory is on thousands of those under its one phone.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from resolve.comparisons import BLOCKS
from resolve.profiles import Nature

FEW = {
    "phones": 3,
    "masks": 6,
    "addresses": 4,
    "people": 4,
    "emails": 4,
    "handles": 4,
    "domains": 6,
    "words": 40,
    "plates": 3,
    "filings": 3,
}
"""Names under which something is still one party's or its neighbours'."""
CROWD = {"phones": 12, "addresses": 20, "plates": 12, "filings": 12}
"""Names beyond which it says nothing at all."""
COMPARED = (
    "number trades sounds place elsewhere spellings industry activity form phones masks emails domains handles "
    "addresses people companies born words figures address_words address_numbers plates plate_days filings"
).split()
"""The columns in which twins agree: all that is compared but for days, in which each bill differs."""
RARE = 40
"""Parties of one sound, or of one spelling, up to which all of them are compared, wherever they are."""

TOLD = "substr(place, 1, 4), industry, CASE WHEN nature = 'person' THEN number END"
"""What tells two parties of one name from one another when it is counted how often the name occurs."""
FREQUENCY = "(n + 1) / (total + 50000)"
"""How often a name occurs: in a market of at least 50,000 parties, in which each name occurs once more."""

NAMES = ("sounds", "spellings")
"""Lists by which pairs are found, where few parties have an element."""
MEETING = ("spellings", "words")
"""Lists of which only what two names share counts: there a Chinese and a Latin one meet, or two sounds."""

# Sixty-four bits: among a million parties two that differ are taken for twins with a chance of 3 in 100 million.
_ALIKE = f"hash({', '.join(COMPARED)})"
_SPLIT = (
    {f"few_{name}": name for name in FEW} | {f"crowd_{name}": name for name in CROWD} | {f"rare_{n}": n for n in NAMES}
)


def prepare(db: duckdb.DuckDBPyConnection, source: str, nature: Nature, target: str, among: str | None = None) -> None:
    """Makes the table of the parties of one nature that Splink compares, from profiles by columns.

    Args:
        db: The database.
        source: The table of profiles.
        nature: `company` or `person`.
        target: The table to make: the columns of `source`, and
            n: a number, in the order of their ids;
            few_phones and so on, for each of `FEW`: those that few names share;
            crowd_phones and so on, for each of `CROWD`: those of a crowd that is not too large; the rest say nothing;
            trade, sound: the first of each; city: the place down to its city;
            rare_sounds, rare_spellings: those that are borne by few parties;
            lead: the first of those that agree in all that is compared: a factory's thousand bills say the same, and
            one of them speaks for all.
        among: A table of nodes: only these are put into `target`; how many share something is counted over all.
    """
    own(db, source, nature)
    only = "" if among is None else f"SEMI JOIN {among} USING (node)"
    # Sorted are ids alone: whole rows would be held twice.
    db.execute(
        "CREATE OR REPLACE TEMP TABLE bare AS SELECT own.*, n, "
        f"{_ALIKE} AS alike FROM own JOIN (SELECT node, row_number() OVER (ORDER BY node) AS n FROM own {only}) "
        "USING (node)"
    )
    leads = "bare" if among is None else f"(SELECT node, {_ALIKE} AS alike FROM own SEMI JOIN bare USING (sound))"
    db.execute(f"CREATE OR REPLACE TEMP TABLE leads AS SELECT alike, min(node) AS lead FROM {leads} GROUP BY alike")
    lists = (*FEW, *NAMES)
    for name in lists:
        _count(db, name, None if among is None else "bare")
    split(db, "bare", lists, "SELECT bare.* EXCLUDE (alike), lead FROM bare JOIN leads USING (alike)", target)
    for table in ("bare", "leads"):
        db.execute(f"DROP TABLE {table}")


def split(db: duckdb.DuckDBPyConnection, source: str, lists: Iterable[str], whole: str, target: str) -> None:
    """Makes a table of parties with what few and what a crowd share of their lists.

    Args:
        db: The database, with `crowd_of_…` of each list: `element`, and `names`, how many bear it; they are dropped.
        source: The table of parties: `n`, and the lists.
        lists: Which of those are split.
        whole: The parties as they are to stand in the table, as SQL, with `n`.
        target: The table to make.
    """
    parts = []
    for name in lists:
        said = ", ".join(
            f"list_sort(list(element) FILTER (WHERE {sql})) AS {made}" for made, sql in _lists(name).items()
        )
        # Splitting all lists within one query would hold all of them in memory at once.
        db.execute(
            f"CREATE OR REPLACE TEMP TABLE split_{name} AS SELECT n, {said} FROM (SELECT n, unnest({name}) AS element "
            f"FROM {source}) JOIN crowd_of_{name} USING (element) GROUP BY n"
        )
        db.execute(f"DROP TABLE crowd_of_{name}")
        parts.append(f"split_{name}")
    joined = " ".join(f"LEFT JOIN {part} USING (n)" for part in parts)
    db.execute(f"CREATE OR REPLACE TABLE {target} AS SELECT * FROM ({whole}) {joined}")
    for part in parts:
        db.execute(f"DROP TABLE {part}")


def own(db: duckdb.DuckDBPyConnection, source: str, nature: Nature) -> None:
    """Makes `own` of the parties of a nature that bear a name."""
    db.execute(
        f"CREATE OR REPLACE TEMP VIEW own AS SELECT *, trades[1] AS trade, sounds[1] AS sound, "
        f"substr(place, 1, 4) AS city FROM {source} "
        f"WHERE nature = '{nature}' AND sounds IS NOT NULL"
    )


def _count(db: duckdb.DuckDBPyConnection, name: str, some: str | None) -> None:
    """Makes `crowd_of_…` of the elements of a list, all of them or those that some parties have: under how many names
    all parties have them."""
    having = "HAVING count(DISTINCT sound) > 1" if name in MEETING else ""
    only = "" if some is None else f"SEMI JOIN (SELECT unnest({name}) AS element FROM {some}) USING (element)"
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE crowd_of_{name} AS SELECT element, {_counted(name)} AS names "
        f"FROM (SELECT unnest({name}) AS element, sound FROM own) {only} GROUP BY element {having}"
    )


def _lists(name: str) -> dict[str, str]:
    """The columns that a list is split into, and which of its elements each takes, as SQL over `names`."""
    if name in NAMES:
        return {f"rare_{name}": f"names <= {RARE}"}
    lists = {f"few_{name}": f"names <= {FEW[name]}"}
    if name in CROWD:
        lists[f"crowd_{name}"] = f"names > {FEW[name]} AND names <= {CROWD[name]}"
    return lists


def shifted(db: duckdb.DuckDBPyConnection, before: str, after: str, changed: str, target: str) -> None:
    """Makes a table of the parties whose pairs may be others since some profiles changed.

    They are those that changed; those that share something with one that changed which fewer or more names bear than
    before, so that it says more or less; and those that have another lead.

    Args:
        db: The database.
        before: The table of profiles as they were compared.
        after: The table of profiles as they are.
        changed: A table of the nodes that differ between the two, or stand in one of them only.
        target: The table to make, of one column, `node`.
    """
    db.execute(f"CREATE OR REPLACE TABLE {target} AS SELECT DISTINCT node FROM {changed}")
    for table, where in ((before, "were"), (after, "are")):
        db.execute(
            f"CREATE OR REPLACE TEMP TABLE {where} AS SELECT *, sounds[1] AS sound, {_ALIKE} AS alike FROM {table} "
            f"SEMI JOIN {changed} USING (node) WHERE sounds IS NOT NULL"
        )
    for name in (*FEW, *NAMES):
        element = f"nature, unnest({name}) AS element, sound"
        db.execute(
            f"CREATE OR REPLACE TEMP TABLE bearing AS SELECT * FROM (SELECT node, {element} FROM (SELECT *, "
            f"sounds[1] AS sound FROM {before} WHERE sounds IS NOT NULL)) SEMI JOIN "
            f"(SELECT {element} FROM were UNION SELECT {element} FROM are) USING (nature, element)"
        )
        step = _step(name)
        db.execute(
            f"INSERT INTO {target} WITH later AS (SELECT * FROM bearing ANTI JOIN {changed} USING (node) UNION ALL "
            f"SELECT node, {element} FROM are) SELECT DISTINCT node FROM later SEMI JOIN ("
            f"SELECT nature, element FROM (SELECT nature, element, {step} AS step FROM bearing GROUP BY ALL) AS x JOIN "
            f"(SELECT nature, element, {step} AS step FROM later GROUP BY ALL) AS y USING (nature, element) "
            "WHERE x.step <> y.step) USING (nature, element)"
        )
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE bearing AS SELECT * FROM (SELECT node, nature, {_ALIKE} AS alike FROM "
        f"(SELECT *, sounds[1] AS sound FROM {before} WHERE sounds IS NOT NULL) "
        "SEMI JOIN (SELECT sound FROM were UNION SELECT sound FROM are) USING (sound)) "
        "SEMI JOIN (SELECT alike FROM were UNION SELECT alike FROM are) USING (alike)"
    )
    db.execute(
        f"INSERT INTO {target} WITH later AS (SELECT * FROM bearing ANTI JOIN {changed} USING (node) UNION ALL "
        "SELECT node, nature, alike FROM are) SELECT node FROM later SEMI JOIN ("
        "SELECT nature, alike FROM (SELECT nature, alike, min(node) AS lead FROM bearing GROUP BY ALL) AS x JOIN "
        "(SELECT nature, alike, min(node) AS lead FROM later GROUP BY ALL) AS y USING (nature, alike) "
        "WHERE x.lead <> y.lead) USING (nature, alike)"
    )
    db.execute(f"CREATE OR REPLACE TABLE {target} AS SELECT DISTINCT node FROM {target}")


def _counted(name: str) -> str:
    """How many bear something, as SQL."""
    return "count(*)" if name in NAMES else "count(DISTINCT sound)"


def _step(name: str) -> str:
    """In which of the ways in which it is compared something falls, by how many bear it, as SQL."""
    bounds = [RARE] if name in NAMES else [FEW[name], *([CROWD[name]] if name in CROWD else [])]
    meets = "10 * (count(DISTINCT sound) > 1)::INT + " if name in MEETING else ""
    return meets + " + ".join(f"({_counted(name)} > {bound})::INT" for bound in bounds)


def near(db: duckdb.DuckDBPyConnection, source: str, nature: Nature, fresh: str, target: str) -> None:
    """Makes a table of the parties that some fresh ones are to be compared with, and of those themselves.

    Args:
        db: The database.
        source: The table of profiles.
        nature: Of which.
        fresh: A table of nodes.
        target: The table to make, of one column, `node`; it may hold some that no block joins.
    """
    prepare(db, source, nature, "near_fresh", fresh)
    db.execute(f"CREATE OR REPLACE TABLE {target} AS SELECT node FROM near_fresh UNION SELECT lead FROM near_fresh")
    for when, listed in BLOCKS[nature]:
        own(db, source, nature)
        left, right = "near_fresh", "own"
        for column in listed.split():
            whole = _SPLIT.get(column, column)
            left = f"(SELECT * REPLACE (unnest({column}) AS {column}) FROM {left} WHERE {column} IS NOT NULL)"
            # An element that one side bears in a crowd of its size is borne in the same by the other.
            right = f"(SELECT * EXCLUDE ({whole}), unnest({whole}) AS {column} FROM {right} WHERE {whole} IS NOT NULL)"
        db.execute(f"INSERT INTO {target} SELECT DISTINCT r.node FROM {left} AS l JOIN {right} AS r ON {when}")
    db.execute(f"CREATE OR REPLACE TABLE {target} AS SELECT DISTINCT node FROM {target}")


def frequencies(db: duckdb.DuckDBPyConnection, source: str, nature: Nature, target: str) -> None:
    """Makes a table of how often each name occurs among parties that differ in more: `sound`, `tf_sound` in 0..1.

    Documents of one party would make its own name look common, so parties of one place and industry count once, and of
    persons those whose numbers are known, and all others as one. In a small market every name looks common: see
    `FREQUENCY`.
    """
    own(db, source, nature)
    db.execute(
        f"CREATE OR REPLACE TABLE {target} AS SELECT sound, {FREQUENCY} AS tf_sound FROM (SELECT *, sum(n) OVER () AS "
        f"total FROM (SELECT sound, count(DISTINCT ({TOLD})) AS n FROM own GROUP BY sound))"
    )
