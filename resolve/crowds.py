"""How many share a number, an address or a name: what serves hundreds says little of any of them.

A registration agent's address, a forwarder's phone, a payment agent: each is borne under many names. What is counted
is names, not documents, since a factory is on thousands of those under its one phone.
"""

from __future__ import annotations

import duckdb

FEW = {"phones": 3, "masks": 6, "addresses": 4, "people": 4, "emails": 4, "handles": 4, "domains": 6}
"""Names under which something is still one party's or its neighbours'."""
CROWD = {"phones": 12, "addresses": 20}
"""Names beyond which it says nothing at all."""
COMPARED = (
    "number trades sounds place elsewhere spellings industry activity form phones masks emails domains handles addresses "
    "people companies born"
).split()
"""The columns in which twins agree."""
_WORLD = 50_000
RARE = 40
"""Parties of one sound up to which all of them are compared, wherever they are."""


def prepare(db: duckdb.DuckDBPyConnection, source: str, nature: str, target: str) -> None:
    """Makes the table of the parties of one nature that Splink compares, from profiles by columns.

    Args:
        db: The database.
        source: The table of profiles.
        nature: `company` or `person`.
        target: The table to make: the columns of `source`, and
            few_phones and so on, for each of `FEW`: those that few names share; crowd_phones, crowd_addresses: those of a
            crowd that is not too large; the rest say nothing. `trade` and `sound`: the first of each; `city`: the place
            down to its city; `rare_sounds`: the sounds that are borne by few parties, and `rare_spellings` likewise; `lead`: the first of those that
            agree in all that is compared: a factory's thousand bills say the same, and one of them speaks for all.
    """
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE own AS SELECT * FROM {source} WHERE nature = ? AND sounds IS NOT NULL", [nature]
    )
    columns = []
    for name, few in FEW.items():
        db.execute(
            f"CREATE OR REPLACE TEMP TABLE crowd_of_{name} AS SELECT element, count(DISTINCT sound) AS names "
            f"FROM (SELECT unnest({name}) AS element, sounds[1] AS sound FROM own) GROUP BY element"
        )
        columns.append(_split(name, f"few_{name}", "names <= ", few))
        if name in CROWD:
            columns.append(_split(name, f"crowd_{name}", f"names > {few} AND names <= ", CROWD[name]))
    db.execute(
        "CREATE OR REPLACE TEMP TABLE crowd_of_sounds AS SELECT element, count(*) AS names "
        "FROM (SELECT unnest(sounds) AS element FROM own) GROUP BY element"
    )
    columns.append(_split("sounds", "rare_sounds", "names <= ", RARE))
    # Only keys that a name in Chinese and one in Latin letters share, or two sounds, lead to anything new.
    db.execute(
        "CREATE OR REPLACE TEMP TABLE crowd_of_spellings AS SELECT element, count(*) AS names "
        "FROM (SELECT unnest(spellings) AS element, sounds[1] AS sound FROM own) GROUP BY element "
        "HAVING count(DISTINCT sound) > 1"
    )
    columns.append(_split("spellings", "rare_spellings", "names <= ", RARE))
    db.execute(
        f"CREATE OR REPLACE TABLE {target} AS SELECT own.*, trades[1] AS trade, sounds[1] AS sound, "
        f"substr(place, 1, 4) AS city, min(node) OVER (PARTITION BY {', '.join(COMPARED)}) AS lead, "
        f"{', '.join(columns)} FROM own ORDER BY node"
    )


def _split(name: str, called: str, when: str, most: int) -> str:
    return (
        f"(SELECT list(element ORDER BY element) FROM (SELECT unnest(own.{name}) AS element) "
        f"JOIN crowd_of_{name} USING (element) WHERE {when}{most}) AS {called}"
    )


def frequencies(db: duckdb.DuckDBPyConnection, table: str) -> duckdb.DuckDBPyRelation:
    """How often each name occurs among parties that differ in more than it: `sound`, `tf_sound` in 0..1.

    Documents of one party would make its own name look common, so parties of one place and industry count once, and of
    persons those whose numbers are known, and all others as one. In a
    small market every name looks common: it is taken as a part of a market of at least `_WORLD` parties, in which each
    name occurs once more.
    """
    return db.sql(
        f"SELECT sound, (n + 1) / (sum(n) OVER () + {_WORLD}) AS tf_sound FROM (SELECT sound, "
        f"count(DISTINCT (city, industry, CASE WHEN nature = 'person' THEN number END)) AS n FROM {table} GROUP BY sound) ORDER BY sound"
    )
