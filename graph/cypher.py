"""How the graph lies in Neo4j, and the Cypher that asks it; `docs/cypher.md` shows it to people.

Nodes bear the label `Node` and their kind, relationships the link's kind, both with plain properties to read. What the
store alone needs stands in properties whose names begin with `_`. Labels and types come from the ontology, never from
data; all else is a parameter.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import orjson

from graph import changes, packing
from graph.changes import Counts, Part
from graph.model import FileVersion, Inference, Node, Record, Scalar, SetAside, order_of, quarantine_id
from graph.ontology import Ontology

LABELS = ("Node", "Record", "File", "Quarantined")
"""The labels of all that is kept, beside `Store`, which marks the graph as ours."""
RESERVED_IN_NODES = frozenset({"id", "key"})
RESERVED_IN_LINKS = frozenset({"start", "end", "records", "rule", "probability", "reasons"})
"""Names that no property of the ontology may have."""
_LONGEST_INDEXED = 8000
"""Characters; Neo4j refuses a transaction that would index more than 32,766 bytes."""

Properties = Mapping[str, Any]


# What is made once


def schema(ontology: Ontology) -> dict[str, str]:
    """Name -> statement of every constraint and index."""
    out = {
        f"headwater_{label.lower()}": f"CREATE CONSTRAINT headwater_{label.lower()} IF NOT EXISTS "
        f"FOR (n:{label}) REQUIRE n.id IS UNIQUE"
        for label in (*LABELS, "Store")
    }
    out["headwater_source"] = "CREATE INDEX headwater_source IF NOT EXISTS FOR (r:Record) ON (r.source)"
    out["headwater_changed"] = "CREATE INDEX headwater_changed IF NOT EXISTS FOR (n:Node) ON (n._changed)"
    for kind in ontology.kinds.values():
        name = f"headwater_key_{kind.name.lower()}"
        out[name] = f"CREATE INDEX {name} IF NOT EXISTS FOR (n:{kind.name}) ON (n.key)"
        for prop in kind.also:
            name = f"headwater_{kind.name.lower()}_{prop}"
            out[name] = f"CREATE TEXT INDEX {name} IF NOT EXISTS FOR (n:{kind.name}) ON (n.{prop})"
    for prop in ("terms", "also"):
        out[f"headwater_{prop}"] = (
            f"CREATE FULLTEXT INDEX headwater_{prop} IF NOT EXISTS FOR (n:Node) ON EACH [n._{prop}] "
            "OPTIONS {indexConfig: {`fulltext.analyzer`: 'whitespace', `fulltext.eventually_consistent`: false}}"
        )
    return out


# Nodes


def node_values(kind: str, counts: Counts, ontology: Ontology) -> dict[str, Any]:
    """What a node keeps of what is stated of it: each property's value most often stated, and what tells of the others.

    Beside these it has `id`, `key`, `_order`, `_mentions` and `_changed`.
    """
    known = ontology.kinds[kind]
    ranked = changes.ranked(counts)
    out: dict[str, Any] = {name: values[0] for name, values in ranked.items()}
    for name in known.also:
        if len(str(out.get(name, ""))) > _LONGEST_INDEXED:
            out[name] = str(out[name])[:_LONGEST_INDEXED]
    if any(out[name] not in values or len(values) > 1 or values[out[name]] > 1 for name, values in counts.items()):
        out["_counts"] = orjson.dumps(changes.packed(counts)).decode()
    if terms := changes.search_text(kind, ranked, ontology):
        out["_terms"] = terms
    if also := [also_term(kind, name, str(value)) for name in known.also for value in counts.get(name, ())]:
        out["_also"] = " ".join(also)
    return out


def counts_of(kept: Properties, ontology: Ontology) -> Counts:
    """How often each value is stated of a node; once, where nothing else is kept."""
    if packed := kept.get("_counts"):
        return changes.unpacked(orjson.loads(packed))
    known = ontology.kinds[kept["id"].partition("/")[0]].properties
    return {name: {value: 1} for name, value in kept.items() if name in known}


def node_of(kept: Properties, ontology: Ontology) -> Node:
    """A node from its properties."""
    return Node(kept["id"], changes.ranked(counts_of(kept, ontology)), kept["_mentions"])


def also_term(kind: str, name: str, value: str) -> str:
    """The word that a node is found by, for a value of a property that identifies it."""
    return f"{order_of(f'{kind}.{name}={value}'):016x}"


# Links


def link_properties(kind: str, source: str, target: str, parts: list[Part]) -> dict[str, Any]:
    """What is kept in a relationship: the link as all records together state it, and each record's part of several."""
    link = changes.joined(kind, source, target, parts)
    out = {**link.values, "start": link.start, "end": link.end, "records": list(link.records)}
    if link.inference:
        rule, probability, reasons = link.inference.rule, link.inference.probability, link.inference.reasons
        out |= {"rule": rule, "probability": probability, "reasons": list(reasons)}
    if len(parts) > 1:
        parts = sorted(parts, key=lambda part: part[0])
        out["_parts"] = orjson.dumps([(*part[:4], packing.inference(part[4])) for part in parts]).decode()
        starts = out["_starts"] = [part[1] or "" for part in parts]
        out["_ends"] = [max(part[1] or "", part[2] or "") for part in parts]
        out["_newest"] = max(starts)
    return {name: value for name, value in out.items() if value is not None}


def parts_of(kept: Properties) -> list[Part]:
    """What each record states of a link."""
    if packed := kept.get("_parts"):
        return [
            (record, start, end, values, packing.inferred(inference))
            for record, start, end, values, inference in orjson.loads(packed)
        ]
    values: dict[str, Scalar] = {
        name: value for name, value in kept.items() if name not in RESERVED_IN_LINKS and name[0] != "_"
    }
    inference = None
    if "rule" in kept:
        inference = Inference(kept["rule"], kept["probability"], tuple(kept["reasons"]))
    return [(kept["records"][0], kept.get("start"), kept.get("end"), values, inference)]


def within(part: Part, start: str, end: str) -> bool:
    """Whether what a record states of a link touches `start`..`end`; what is undated always does."""
    _, since, until, _, _ = part
    return not since or (since <= end and max(since, until or "") >= start)


# Records, files, quarantine


RECORD = ("id", "source", "key", "file", "row", "digest", "received", "raw", "_order", "_stated")
"""What is kept in a record's node: the row to read, and what it states packed."""


def record_values(record: Record, received: str) -> list[Any]:
    """The values of `RECORD`."""
    return [
        record.id,
        record.source,
        record.key,
        record.file,
        record.row,
        record.digest,
        received,
        packing.dumped(dict(record.raw), record.id).decode(),
        order_of(record.id),
        zlib.compress(packing.body(record, raw=False), 1),
    ]


def record_of(kept: Properties) -> Record:
    """A record from its properties."""
    row = [kept[name] for name in ("source", "key", "file", "row", "digest", "received")]
    return packing.record([*row, stated_body(kept["_stated"])], raw=orjson.loads(kept["raw"]))


def stated_body(packed: bytes) -> bytes:
    """A record's body, as `graph.packing` reads it, from what is kept as `_stated`."""
    return zlib.decompress(packed)


def file_id(source: str, name: str) -> str:
    return f"{source}:{name}"


def file_properties(file: FileVersion) -> dict[str, Any]:
    out = {name: getattr(file, name) for name in FileVersion.__slots__}
    return {"id": file_id(file.source, file.name), **out}


def file_of(kept: Properties) -> FileVersion:
    return FileVersion(**{name: kept[name] for name in FileVersion.__slots__})


def set_aside_properties(entry: SetAside, received: str) -> dict[str, Any]:
    """What is kept of a row set aside; the values that could be decoded as JSON, to read."""
    out = {name: getattr(entry, name) for name in ("source", "file", "row", "column", "reason", "raw", "mapping")}
    name = quarantine_id(entry)
    return {**out, "id": name, "values": packing.dumped(dict(entry.values), name).decode(), "received": received}


def set_aside_of(kept: Properties) -> SetAside:
    return SetAside(**{**kept, "column": kept.get("column"), "values": orjson.loads(kept["values"])})


# Questions


def types(kinds: Iterable[str]) -> str:
    """Relationship types or labels as a pattern names them."""
    return "|".join(sorted(kinds))


def _ways(pattern: str, types: str, out: str) -> str:
    """The links of one direction around `n`; of a node with more than `$scanned` of them, an empty row instead."""
    degree = f"COUNT {{ (n){pattern.replace('[r]', '')}() }}"
    return (
        f"WITH n WHERE {degree} <= $scanned MATCH (n){pattern}(other) WHERE type(r) IN {types} "
        f"RETURN {out} AS out, r, other.id AS other LIMIT $most "
        f"UNION ALL WITH n WHERE {degree} > $scanned RETURN {out} AS out, null AS r, null AS other"
    )


AROUND = (
    "UNWIND $ids AS id MATCH (n:Node {id: id}) "
    f"CALL (n) {{ {_ways('-[r]->', '$outgoing', 'true')} UNION ALL {_ways('<-[r]-', '$incoming', 'false')} }} "
    "RETURN id, out, type(r), other, properties(r)"
)
"""Asks for the links around `$ids`, at most `$most` a node and direction: one text whatever the types, since a server
takes longer to compile a text than to answer it."""


def newest(kind: str, out: bool, window: bool, seek: bool) -> str:
    """Asks for the `$limit` newest links of a kind and direction at each of `$ids`.

    With `window` those within `$start`..`$end`, with `seek` those behind the place of `$day` and `$order`.
    """
    return (
        f"{_AT}CALL (n) {{ {_asked(kind, out, window, seek)}"
        "ORDER BY newest DESC, other._order LIMIT $limit RETURN r, other.id AS other } RETURN id, other, properties(r)"
    )


def totals(kind: str, out: bool, window: bool, seek: bool) -> str:
    """Asks how many links there are at each of `$ids` of which `newest` gives some."""
    return f"{_AT}CALL (n) {{ {_asked(kind, out, window, seek)}RETURN count(*) AS total }} RETURN id, total"


def degrees(outgoing: Collection[str], incoming: Collection[str]) -> str:
    """Asks how many links of each kind and direction there are at each of `$ids`."""
    each = [f"COUNT {{ (n)-[:{kind}]->() }}" for kind in outgoing]
    each += [f"COUNT {{ (n)<-[:{kind}]-() }}" for kind in incoming]
    return f"UNWIND $ids AS id MATCH (n:Node {{id: id}}) RETURN id, [{', '.join(each)}]"


def between(kind: str) -> str:
    """Asks which links of a kind lead from one place to another: number, from and to in each of `$rows`."""
    # Asked without the call, Neo4j follows all links of one end for every row, be it a hub of a million.
    return (
        "UNWIND $rows AS row MATCH (a) WHERE elementId(a) = row[1] MATCH (b) WHERE elementId(b) = row[2] "
        f"CALL (a, b) {{ MATCH (a)-[r:{kind}]->(b) RETURN r }} RETURN row[0], elementId(r), properties(r)"
    )


def counted(ontology: Ontology) -> str:
    """Asks how many nodes and links of each kind there are, which Neo4j knows without looking."""
    nodes = [f"MATCH (n:{kind}) RETURN true AS node, '{kind}' AS kind, count(n) AS n" for kind in ontology.kinds]
    links = [
        f"MATCH ()-[r:{kind}]->() RETURN false AS node, '{kind}' AS kind, count(r) AS n" for kind in ontology.links
    ]
    return " UNION ALL ".join(nodes + links)


def _hop(kind: str, out: bool) -> str:
    return f"(n)-[r:{kind}]->(other)" if out else f"(n)<-[r:{kind}]-(other)"


def _asked(kind: str, out: bool, window: bool, seek: bool) -> str:
    return f"MATCH {_hop(kind, out)} {_IN if window else _ALL}{_BEHIND if seek else ''}"


_AT = "UNWIND $ids AS id MATCH (n:Node {id: id}) "
_ALL = "WITH r, other, coalesce(r._newest, r.start, '') AS newest "
_IN = (
    "WITH r, other, coalesce(r._starts, [coalesce(r.start, '')]) AS starts, "
    "coalesce(r._ends, [CASE WHEN r.end > r.start THEN r.end ELSE coalesce(r.start, '') END]) AS ends "
    "WITH r, other, [i IN range(0, size(starts) - 1) WHERE starts[i] = '' "
    "OR (starts[i] <= $end AND ends[i] >= $start) | starts[i]] AS inside WHERE size(inside) > 0 "
    "WITH r, other, reduce(latest = '', s IN inside | CASE WHEN s > latest THEN s ELSE latest END) AS newest "
)
_BEHIND = "WHERE newest < $day OR (newest = $day AND other._order > $order) WITH r, other, newest "
