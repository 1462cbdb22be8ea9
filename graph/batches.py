"""Batches written to a Neo4j graph, each within one transaction that the caller runs.

Every batch first takes the graph's lock; see `graph.locking`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from graph import changes as summing
from graph import cypher, packing
from graph.changes import Changes, Part
from graph.locking import Run, lock
from graph.model import FileVersion, Merged, Record, SetAside, StatedLink, chunks, order_of
from graph.ontology import Ontology
from graph.store import refuse_other

_SLICE = 10_000
"""Rows sent at once."""


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
    for name, record in latest.items():
        was = kept.get(name)
        if was is not None:
            if was[1] == record.digest:
                continue
            changes.add(packing.said(record.source, record.key, cypher.stated_body(was[3])), -1)
        changes.add(record, 1)
    before, left_out = _settle(run, changes)
    _remove(run, [kept[name][2] for name in left_out if name in kept])
    added: dict[tuple[str, str], list[list[Any]]] = {}
    replaced, again = [], []
    for name, record in latest.items():
        if name in left_out:
            continue
        was = kept.get(name)
        if was is None:
            of_file = added.setdefault((record.source, record.file), [])
            of_file.append(cypher.record_values(record, record.received or now))
            continue
        again.append((was[2], record.source, record.file))
        if was[1] != record.digest:
            replaced.append([was[2], *cypher.record_values(record, record.received or now)])
    places = {row[0]: row[2] for row in kept.values()}
    _do(run, "UNWIND $rows AS row MATCH (r)-[s:SPEAKS_OF]->() WHERE elementId(r) = row[0] DELETE s", replaced)
    _do(run, f"UNWIND $rows AS row MATCH (r) WHERE elementId(r) = row[0] SET r = {_values(1)}", replaced)
    _hold(run, again, now)
    _files(run, (of for of in added if of[1]), now)
    for (source, file), rows in added.items():
        there, into = ("MATCH (f:File {id: $file}) ", "-[:IN_FILE]->(f)") if file else ("", "")
        query = f"{there}UNWIND $rows AS row CREATE (r:Record {_values(0)}){into} RETURN row[0], elementId(r)"
        places |= {row[0]: row[1] for row in _sliced(run, query, rows, file=cypher.file_id(source, file))}
    _apply(run, ontology, changes, before, last, places)
    for part in chunks(set_aside, _SLICE):
        _do(
            run,
            "UNWIND $rows AS row MERGE (q:Quarantined {id: row.id}) WITH q, row "
            "WHERE coalesce([q.reason, q.mapping] <> [row.reason, row.mapping], true) SET q = row",
            [cypher.set_aside_properties(entry, entry.received or now) for entry in part],
        )
    new = sum(map(len, added.values()))
    return Merged(new, len(replaced), len(records) - new - len(replaced) - len(left_out), len(left_out))


def check_version(run: Run, loading: FileVersion, url: str) -> None:
    """Refuses to go on when the version of a file that is being loaded is not the last that was begun."""
    lock(run)
    query = "MATCH (f:File {id: $id}) RETURN f.digest, f.mapping"
    refuse_other(next(iter(run(query, id=cypher.file_id(loading.source, loading.name))), None), loading, url)


def note(run: Run, file: FileVersion) -> None:
    """Keeps how far the load of a file came; see `graph.store.Store.note_file`."""
    lock(run)
    kept = cypher.file_properties(file)
    run("MERGE (f:File {id: $id}) SET f = $kept", id=kept["id"], kept=kept)


def hold(run: Run, digests: Mapping[str, str], file: str, now: str) -> set[str]:
    """Notes that records stand in this file too; see `graph.store.Store.hold`."""
    lock(run)
    query = (
        "UNWIND $rows AS row MATCH (r:Record {id: row[0]}) WHERE r.digest = row[1] RETURN r.id, elementId(r), r.source"
    )
    found = list(_sliced(run, query, list(digests.items())))
    _hold(run, [(place, source, file) for _, place, source in found], now)
    return {row[0] for row in found}


def drop(run: Run, source: str, name: str) -> None:
    """Forgets that a file was loaded; see `graph.store.Store.drop_file`."""
    lock(run)
    run("MATCH (f:File {id: $id}) DETACH DELETE f", id=cypher.file_id(source, name))


def release(run: Run, ids: Sequence[str]) -> int:
    """Removes rows from quarantine; see `graph.store.Store.release`."""
    lock(run)
    query = "UNWIND $rows AS id MATCH (q:Quarantined {id: id}) DELETE q RETURN count(*)"
    return sum(row[0] for row in _sliced(run, query, ids))


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
            ids,
            held=file is not None,
        )
    )
    changes = Changes()
    for _, source, key, stated in found:
        changes.add(packing.said(source, key, cypher.stated_body(stated)), -1)
    _remove(run, [row[0] for row in found])
    before, _ = _settle(run, changes)
    _apply(run, ontology, changes, before, last, {})
    return len(found)


def _remove(run: Run, places: Sequence[str]) -> None:
    """Removes records, by their places; not what they state."""
    _do(run, "UNWIND $rows AS row MATCH (r) WHERE elementId(r) = row DETACH DELETE r", places)


def _settle(run: Run, changes: Changes) -> tuple[dict[str, tuple[Any, ...]], set[str]]:
    """Settles what a batch does to derived records: those of nodes that go are removed with them.

    Args:
        run: Within the batch's transaction.
        changes: Those of the batch; what must go as well is added, what cannot be kept left out.

    Returns:
        How the nodes stand before the batch, and the ids of the records that are not to be kept.
    """
    before = _before(run, changes, changes.spoken_of())
    mentions = {node: was[1] for node, was in before.items()}
    left_out = changes.settle(mentions)
    if gone := changes.gone(mentions):
        known = {record.id for record in changes.removed}
        query = (
            f"UNWIND $rows AS row MATCH (n)-[s:{summing.DERIVED_LINK}]-() WHERE elementId(n) = row "
            "UNWIND s.records AS name WITH DISTINCT name WHERE name STARTS WITH $derived "
            "MATCH (r:Record {id: name}) RETURN name, elementId(r), r.key, r._stated"
        )
        rows = _sliced(run, query, [before[node][0] for node in gone], derived=f"{summing.DERIVED}:")
        along = {row[0]: row for row in rows if row[0] not in known}
        others: set[str] = set()
        for _, _, key, stated in along.values():
            one = packing.said(summing.DERIVED, key, cypher.stated_body(stated))
            changes.add(one, -1)
            others |= summing.linked(one)
        before |= _before(run, changes, others - before.keys())
        _remove(run, [row[1] for row in along.values()])
    return before, left_out


def _before(run: Run, changes: Changes, nodes: Iterable[str]) -> dict[str, tuple[Any, ...]]:
    """How those of the nodes stand that there are: where, how often mentioned, and the properties if values change."""
    plain, valued = list[str](), list[str]()
    for node in nodes:
        delta = changes.nodes.get(node)
        (valued if delta is not None and delta.counts else plain).append(node)
    found = "UNWIND $rows AS id MATCH (n:Node {id: id}) RETURN id, elementId(n), n._mentions"
    before = {row[0]: (*row[1:], None) for row in _sliced(run, found, plain)}
    return before | {row[0]: tuple(row[1:]) for row in _sliced(run, f"{found}, properties(n)", valued)}


def _values(first: int) -> str:
    """A record's properties from the row of a parameter, beginning at its value `first`."""
    return "{" + ", ".join(f"{name}: row[{i}]" for i, name in enumerate(cypher.RECORD, first)) + "}"


def _hold(run: Run, held: Collection[tuple[str, str, str]], now: str) -> None:
    """Joins records, by their places, to files, by source and name, where they came in one."""
    held = [one for one in held if one[2]]
    _files(run, {(source, name) for _, source, name in held}, now)
    _do(
        run,
        "UNWIND $rows AS row MATCH (r) WHERE elementId(r) = row[0] MATCH (f:File {id: row[1]}) "
        "MERGE (r)-[:IN_FILE]->(f)",
        [[place, cypher.file_id(source, name)] for place, source, name in held],
    )


def _files(run: Run, files: Iterable[tuple[str, str]], now: str) -> None:
    """Makes the nodes of files, by source and name, that are not there yet."""
    _do(
        run,
        "UNWIND $rows AS row MERGE (f:File {id: row[0]}) ON CREATE SET f.source = row[1], f.name = row[2], "
        "f.digest = '', f.mapping = '', f.rows = 0, f.set_aside = 0, f.loaded = row[3], f.complete = false",
        [[cypher.file_id(source, name), source, name, now] for source, name in files],
    )


def _apply(
    run: Run,
    ontology: Ontology,
    changes: Changes,
    before: Mapping[str, tuple[Any, ...]],
    last: int,
    records: Mapping[str, str],
) -> None:
    """Writes what a batch changes, given how the nodes stand before it.

    `records` says where those that state something new are kept.
    """
    if not changes.added and not changes.removed:
        return
    change = last + 1
    run("MATCH (s:Store {id: 'headwater'}) SET s.change = $change", change=change)
    places, gone = _nodes(run, ontology, changes, change, before)
    _do(
        run,
        "UNWIND $rows AS row MATCH (r) WHERE elementId(r) = row[0] MATCH (n) WHERE elementId(n) = row[1] "
        "CREATE (r)-[:SPEAKS_OF {field: row[2]}]->(n)",
        [[records[record.id], places[node], field] for record in changes.added for node, field, _ in record.mentions],
    )
    _links(run, changes, before, places)
    _do(run, "UNWIND $rows AS row MATCH (n) WHERE elementId(n) = row DETACH DELETE n", gone)


def _nodes(
    run: Run, ontology: Ontology, changes: Changes, change: int, before: Mapping[str, tuple[Any, ...]]
) -> tuple[dict[str, str], list[str]]:
    """Writes the nodes that stand after a batch; gives where all are kept, and where those are that must go."""
    places = {node: was[0] for node, was in before.items()}
    gone: list[str] = []
    added: list[list[Any]] = []
    changed: list[list[Any]] = []
    for node, delta in changes.nodes.items():
        kind, _, key = node.partition("/")
        was = before.get(node)
        if was is None:
            if delta.mentions > 0:
                values = cypher.node_values(kind, summing.summed({}, delta.counts), ontology)
                added.append([kind, node, key, order_of(node), delta.mentions, values])
            continue
        place, mentions, kept = was
        if mentions + delta.mentions <= 0:
            gone.append(place)
            continue
        differs: dict[str, Any] = {}
        if kept is not None:
            counts = summing.summed(cypher.counts_of(kept, ontology), delta.counts)
            values = cypher.node_values(kind, counts, ontology)
            # Only what differs, which spares the indexes; what people add to a node of their own stays.
            differs = {name: value for name, value in values.items() if kept.get(name) != value}
            ours = ontology.kinds[kind].properties.keys() | {"_counts", "_terms", "_also"}
            differs |= dict.fromkeys((kept.keys() & ours) - values.keys())
        changed.append([place, mentions + delta.mentions, differs])
    query = (
        "UNWIND $rows AS row CREATE (n:Node:$(row[0]) {id: row[1], key: row[2], _order: row[3], _mentions: row[4], "
        "_changed: $change}) SET n += row[5] RETURN row[1], elementId(n)"
    )
    places |= {node: place for node, place in _sliced(run, query, added, change=change)}
    _do(
        run,
        "UNWIND $rows AS row MATCH (n) WHERE elementId(n) = row[0] "
        "SET n._mentions = row[1], n._changed = $change, n += row[2]",
        changed,
        change=change,
    )
    return places, gone


def _links(run: Run, changes: Changes, before: Collection[str], places: Mapping[str, str]) -> None:
    """Writes the links that a batch adds to, takes from, or makes."""
    touched: dict[tuple[str, str, str], tuple[set[str], dict[str, StatedLink]]] = {}
    for record in changes.removed:
        for link in record.links:
            touched.setdefault(link[:3], (set(), {}))[0].add(record.id)
    for record in changes.added:
        for link in record.links:
            touched.setdefault(link[:3], (set(), {}))[1][record.id] = link
    plain, added, changed, gone = [], [], [], []
    for kind, group in groupby(sorted(touched), key=lambda end: end[0]):
        pairs = [(source, target) for _, source, target in group]
        known = _known(run, kind, [p for p in pairs if p[0] in before and p[1] in before], places)
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
                name, start, end, values, inference = parts[0]
                ends = [kind, places[source], places[target]]
                if len(parts) == 1 and not values and not inference:
                    plain.append([*ends, start, end, name])
                else:
                    added.append([*ends, cypher.link_properties(kind, source, target, parts)])
    ends_of = "UNWIND $rows AS row MATCH (a) WHERE elementId(a) = row[1] MATCH (b) WHERE elementId(b) = row[2] "
    _do(run, f"{ends_of} CREATE (a)-[:$(row[0]) {{start: row[3], end: row[4], records: [row[5]]}}]->(b)", plain)
    _do(run, f"{ends_of} CREATE (a)-[r:$(row[0])]->(b) SET r = row[3]", added)
    _do(run, "UNWIND $rows AS row MATCH ()-[r]->() WHERE elementId(r) = row[0] SET r = row[1]", changed)
    _do(run, "UNWIND $rows AS row MATCH ()-[r]->() WHERE elementId(r) = row DELETE r", gone)


def _known(
    run: Run, kind: str, pairs: Sequence[tuple[str, str]], places: Mapping[str, str]
) -> dict[tuple[str, str], tuple[str, Mapping[str, Any]]]:
    """The links of a kind that are kept between some ends already: where, and with which properties."""
    ends = [[i, places[source], places[target]] for i, (source, target) in enumerate(pairs)]
    rows = _sliced(run, cypher.between(kind), ends)
    return {pairs[row[0]]: (row[1], row[2]) for row in rows}


def _part(name: str, link: StatedLink) -> Part:
    start, end = (packing.date(packing.day(day)) for day in (link.start, link.end))
    return name, start, end, link.values, link.inference


def _do(run: Run, query: str, rows: Sequence[Any], **parameters: Any) -> None:
    for _ in _sliced(run, query, rows, **parameters):
        pass


def _sliced(run: Run, query: str, rows: Sequence[Any], **parameters: Any) -> Iterator[Sequence[Any]]:
    for part in chunks(rows, _SLICE):
        yield from run(query, rows=part, **parameters)
