"""Batches written to a Neo4j graph, each within one transaction that the caller runs.

One writer at a time: every batch first takes the lock of the graph's `Store` node, so that what two loads add to one
node is added up, the numbers of changes ascend, and no two of them can block each other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from graph import changes as summing
from graph import cypher, packing
from graph.changes import Changes, Part
from graph.errors import StoreIncompatible
from graph.model import Merged, Record, SetAside, StatedLink, chunks, kind_of
from graph.ontology import Ontology

Run = Callable[..., Iterable[Sequence[Any]]]
"""Runs Cypher with parameters by name and gives the rows."""

LOCK = "MATCH (s:Store {id: 'headwater'}) SET s._locked = true REMOVE s._locked RETURN s.change"
_SLICE = 10_000
"""Rows sent at once."""


def lock(run: Run) -> int:
    """Waits until no other writes, keeps others from it until the transaction ends; gives the last change's number."""
    for row in run(LOCK):
        return int(row[0])
    raise StoreIncompatible("the graph has lost its Store node, which marks it as Headwater's; restore a backup")


def keep(run: Run, ontology: Ontology, records: Sequence[Record], set_aside: Sequence[SetAside], now: str) -> Merged:
    """Keeps a batch; see `graph.store.Store.merge`."""
    last = lock(run)
    latest = {record.id: record for record in records}
    kept = {
        row[0]: row
        for row in _sliced(
            run,
            "UNWIND $rows AS row MATCH (r:Record {id: row[0]}) "
            "RETURN r.id, r.digest, elementId(r), CASE WHEN r.digest <> row[1] THEN r._stated END",
            [[name, record.digest] for name, record in latest.items()],
        )
    }
    changes = Changes()
    added, replaced = [], []
    for name, record in latest.items():
        before = kept.get(name)
        if before is not None and before[1] == record.digest:
            continue
        properties = cypher.record_properties(record, record.received or now)
        if before is not None:
            changes.add(packing.said(record.source, record.key, before[3]), -1)
            replaced.append([before[2], properties])
        else:
            added.append(properties)
        changes.add(record, 1)
    places = {row[0]: row[2] for row in kept.values()}
    _do(run, "UNWIND $rows AS row MATCH (r)-[s:SPEAKS_OF]->() WHERE elementId(r) = row[0] DELETE s", replaced)
    _do(run, "UNWIND $rows AS row MATCH (r) WHERE elementId(r) = row[0] SET r = row[1]", replaced)
    places |= _created(run, "Record", added)
    _hold(run, ((places[name], record.source, record.file) for name, record in latest.items()), now)
    _apply(run, ontology, changes, last, places)
    for part in chunks(set_aside, _SLICE):
        _do(
            run,
            "UNWIND $rows AS row MERGE (q:Quarantined {id: row.id}) WITH q, row "
            "SET q += row {.*, received: CASE WHEN q.raw = row.raw AND q.reason = row.reason "
            "AND q.mapping = row.mapping THEN q.received ELSE row.received END}",
            [cypher.set_aside_properties(entry, entry.received or now) for entry in part],
        )
    return Merged(len(added), len(replaced), len(records) - len(added) - len(replaced))


def hold(run: Run, ids: Sequence[str], file: str, now: str) -> None:
    """Notes that records stand in this file too; see `graph.store.Store.hold`."""
    lock(run)
    found = _sliced(run, "UNWIND $rows AS id MATCH (r:Record {id: id}) RETURN elementId(r), r.source", ids)
    _hold(run, ((place, source, file) for place, source in list(found)), now)


def take_back(run: Run, ontology: Ontology, ids: Sequence[str], file: str | None) -> int:
    """Takes records back; see `graph.store.Store.retract`."""
    last = lock(run)
    if file is not None:
        _do(
            run,
            "UNWIND $rows AS row MATCH (r:Record {id: row[0]})-[i:IN_FILE]->(f:File) WHERE f.name = row[1] DELETE i",
            [[name, file] for name in ids],
        )
    found = list(
        _sliced(
            run,
            "UNWIND $rows AS id MATCH (r:Record {id: id}) WHERE NOT $held OR NOT EXISTS { (r)-[:IN_FILE]->() } "
            "RETURN elementId(r), r.source, r.key, r._stated",
            list(dict.fromkeys(ids)),
            held=file is not None,
        )
    )
    changes = Changes()
    for _, source, key, stated in found:
        changes.add(packing.said(source, key, stated), -1)
    _do(run, "UNWIND $rows AS row MATCH (r) WHERE elementId(r) = row DETACH DELETE r", [row[0] for row in found])
    _apply(run, ontology, changes, last, {})
    return len(found)


def _hold(run: Run, held: Iterable[tuple[str, str, str]], now: str) -> None:
    """Joins records, by their places, to files, by source and name."""
    rows = [[place, source, name, cypher.file_id(source, name)] for place, source, name in held]
    files = {row[3]: row[1:] for row in rows}
    _do(
        run,
        "UNWIND $rows AS row MERGE (f:File {id: row[2]}) ON CREATE SET f.source = row[0], f.name = row[1], "
        "f.digest = '', f.mapping = '', f.rows = 0, f.set_aside = 0, f.loaded = row[3], f.complete = false",
        [[*row, now] for row in files.values()],
    )
    _do(
        run,
        "UNWIND $rows AS row MATCH (r) WHERE elementId(r) = row[0] MATCH (f:File {id: row[3]}) "
        "MERGE (r)-[:IN_FILE]->(f)",
        rows,
    )


def _apply(run: Run, ontology: Ontology, changes: Changes, last: int, records: Mapping[str, str]) -> None:
    """Writes what a batch changes; `records` says where those that state something new are kept."""
    if not changes.nodes:
        return
    change = last + 1
    run("MATCH (s:Store {id: 'headwater'}) SET s.change = $change", change=change)
    before = {
        row[0]: row
        for row in _sliced(
            run,
            "UNWIND $rows AS id MATCH (n:Node {id: id}) RETURN n.id, elementId(n), properties(n)",
            list(changes.nodes),
        )
    }
    places, gone = _nodes(run, ontology, changes, change, before)
    _do(
        run,
        "UNWIND $rows AS row MATCH (r) WHERE elementId(r) = row[0] MATCH (n) WHERE elementId(n) = row[1] "
        "CREATE (r)-[:SPEAKS_OF {field: row[2]}]->(n)",
        [[records[name], places[node], field] for node, name, field in changes.mentions_added],
    )
    _links(run, changes, before, places)
    _do(run, "UNWIND $rows AS row MATCH (n) WHERE elementId(n) = row DETACH DELETE n", gone)


def _nodes(
    run: Run, ontology: Ontology, changes: Changes, change: int, before: Mapping[str, Sequence[Any]]
) -> tuple[dict[str, str], list[str]]:
    """Writes the nodes that stand after a batch; gives where they are kept, and where those are that must go."""
    places: dict[str, str] = {}
    gone: list[str] = []
    added: dict[str, list[dict[str, Any]]] = {}
    changed: list[list[Any]] = []
    for node, delta in changes.nodes.items():
        was = before.get(node)
        kept = was[2] if was is not None else {}
        counts = cypher.counts_of(kept, ontology) if was is not None else {}
        mentions = delta.mentions + kept.get("_mentions", 0)
        if mentions > 0:
            now = cypher.node_properties(node, summing.summed(counts, delta.counts), mentions, change, ontology)
            if was is None:
                added.setdefault(kind_of(node), []).append(now)
            else:
                # Only what differs, which spares the indexes; what people add to a node of their own stays.
                differs = {name: value for name, value in now.items() if kept.get(name) != value}
                ours = ontology.kinds[kind_of(node)].properties
                differs |= {name: None for name in kept if name not in now and (name in ours or name[0] == "_")}
                changed.append([was[1], differs])
                places[node] = was[1]
        elif was is not None:
            gone.append(was[1])
            places[node] = was[1]
    for kind, rows in added.items():
        places |= _created(run, f"Node:{kind}", rows)
    _do(run, "UNWIND $rows AS row MATCH (n) WHERE elementId(n) = row[0] SET n += row[1]", changed)
    return places, gone


def _links(run: Run, changes: Changes, before: Collection[str], places: Mapping[str, str]) -> None:
    """Writes the links that a batch adds to, takes from, or makes."""
    touched: dict[tuple[str, str, str], tuple[set[str], dict[str, StatedLink]]] = {}
    for name, link in changes.links_removed:
        touched.setdefault((link.kind, link.source, link.target), (set(), {}))[0].add(name)
    for name, link in changes.links_added:
        touched.setdefault((link.kind, link.source, link.target), (set(), {}))[1][name] = link
    for kind, ends in groupby(sorted(touched), key=lambda end: end[0]):
        pairs = [(source, target) for _, source, target in ends]
        known = _known(run, kind, [p for p in pairs if p[0] in before and p[1] in before], places)
        added, changed, gone = [], [], []
        for source, target in pairs:
            removed, stated = touched[kind, source, target]
            was = known.get((source, target))
            old = cypher.parts_of(was[1]) if was else []
            parts = [part for part in old if part[0] not in removed and part[0] not in stated]
            parts += [_part(name, link) for name, link in stated.items()]
            if was and parts:
                changed.append([was[0], cypher.link_properties(kind, source, target, parts)])
            elif was:
                gone.append(was[0])
            elif parts:
                properties = cypher.link_properties(kind, source, target, parts)
                added.append([places[source], places[target], properties])
        _do(
            run,
            "UNWIND $rows AS row MATCH (a) WHERE elementId(a) = row[0] MATCH (b) WHERE elementId(b) = row[1] "
            f"CREATE (a)-[r:{kind}]->(b) SET r = row[2]",
            added,
        )
        _do(run, "UNWIND $rows AS row MATCH ()-[r]->() WHERE elementId(r) = row[0] SET r = row[1]", changed)
        _do(run, "UNWIND $rows AS row MATCH ()-[r]->() WHERE elementId(r) = row DELETE r", gone)


def _known(
    run: Run, kind: str, pairs: Sequence[tuple[str, str]], places: Mapping[str, str]
) -> dict[tuple[str, str], tuple[str, Mapping[str, Any]]]:
    """The links of a kind that are kept between some ends already: where, and with which properties."""
    rows = _sliced(
        run,
        "UNWIND $rows AS row MATCH (a) WHERE elementId(a) = row[1] MATCH (b) WHERE elementId(b) = row[2] "
        f"MATCH (a)-[r:{kind}]->(b) RETURN row[0], elementId(r), properties(r)",
        [[i, places[source], places[target]] for i, (source, target) in enumerate(pairs)],
    )
    return {pairs[row[0]]: (row[1], row[2]) for row in rows}


def _part(name: str, link: StatedLink) -> Part:
    start, end = (packing.date(packing.day(day)) for day in (link.start, link.end))
    return name, start, end, link.values, link.inference


def _created(run: Run, labels: str, rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Makes nodes; gives where each is kept, by its id."""
    query = f"UNWIND $rows AS row CREATE (n:{labels}) SET n = row RETURN n.id, elementId(n)"
    return {name: place for name, place in _sliced(run, query, rows)}


def _do(run: Run, query: str, rows: Sequence[Any]) -> None:
    for _ in _sliced(run, query, rows):
        pass


def _sliced(run: Run, query: str, rows: Sequence[Any], **parameters: Any) -> Iterator[Sequence[Any]]:
    for part in chunks(rows, _SLICE):
        yield from run(query, rows=part, **parameters)
