"""What a Neo4j graph answers; the connection that it is asked over is another's affair."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from graph import changes, cypher, packing, surroundings
from graph.model import (
    Direction,
    Expansion,
    FileVersion,
    Link,
    Matches,
    Node,
    Place,
    Record,
    SetAside,
    Statement,
    kind_of,
    order_of,
)
from graph.ontology import Ontology
from graph.spool import Row
from graph.store import Counts
from graph.terms import wanted


class Answers(ABC):
    """The questions of `graph.store.Store`, in Cypher."""

    _ontology: Ontology

    @abstractmethod
    def _ask(self, query: str, **parameters: Any) -> list[Row]:
        """The rows of a question."""

    @abstractmethod
    def _spooled(self, query: str, key: Callable[[Row], Any], **parameters: Any) -> Iterator[Row]:
        """The rows of a question, by their key, in memory that does not grow with them."""

    @abstractmethod
    def _moment(self, query: str, key: Callable[[Row], Any], **parameters: Any) -> Iterator[Row]:
        """The same, of one moment: nobody writes while they are read."""

    def get(self, ids: Iterable[str]) -> dict[str, Node]:
        wanted = list(dict.fromkeys(ids))
        rows = self._ask(
            "UNWIND $ids AS id MATCH (n:Node {id: id}) RETURN n {.*, _terms: null, _also: null}", ids=wanted
        )
        found = {kept["id"]: cypher.node_of(kept, self._ontology) for (kept,) in rows}
        return {node: found[node] for node in wanted if node in found}

    def find(self, kind: str, name: str, values: Iterable[str]) -> dict[str, tuple[str, ...]]:
        wanted = {cypher.also_term(kind, name, value): value for value in values}
        rows = self._ask(
            "UNWIND $words AS word CALL db.index.fulltext.queryNodes('headwater_also', word) YIELD node "
            "RETURN word, node.id",
            words=list(wanted),
        )
        found: dict[str, list[str]] = {}
        for word, node in rows:
            found.setdefault(wanted[word], []).append(node)
        return {value: tuple(sorted(found[value])) for value in wanted.values() if value in found}

    def search(self, terms: Sequence[str], kinds: Collection[str] | None = None, limit: int = 100) -> Matches:
        words = wanted(terms)
        among = None if kinds is None else [kind for kind in kinds if kind in self._ontology.kinds]
        if not words or among == []:
            return Matches((), 0)
        found = "CALL db.index.fulltext.queryNodes('headwater_terms', $words) YIELD node "
        if among is not None:
            found += f"WHERE node:{cypher.types(among)} "
        query = " AND ".join(f"{word}*" for word in words)
        rows = self._ask(f"{found} RETURN node.id ORDER BY node._order LIMIT $limit", words=query, limit=limit + 1)
        total = len(rows)
        if total > limit:
            total = self._ask(f"{found} RETURN count(*)", words=query)[0][0]
        return Matches(tuple(node for (node,) in rows[:limit]), total)

    def expand(
        self,
        ids: Iterable[str],
        kinds: Collection[str] | None = None,
        direction: Direction = "both",
        start: str | None = None,
        end: str | None = None,
        limit: int = 100,
        after: Place | None = None,
    ) -> Expansion:
        window = None
        if start or end:
            window = (packing.date(packing.day(start)) or "", packing.date(packing.day(end)) or "9999-12-31")
        return surroundings.expand(self._ask, self._ontology, ids, kinds, direction, window, limit, after)

    def degrees(self, ids: Iterable[str]) -> dict[str, dict[tuple[str, Direction], int]]:
        return surroundings.degrees(self._ask, self._ontology, ids)

    def statements(
        self, ids: Iterable[str], limit: int = 100, after: tuple[int, str] | None = None
    ) -> dict[str, tuple[Statement, ...]]:
        wanted = list(dict.fromkeys(ids))
        rows = self._ask(
            "UNWIND $ids AS id MATCH (n:Node {id: id}) CALL (n) { MATCH (n)<-[s:SPEAKS_OF]-(r:Record) "
            "WITH r, s.field AS field WHERE r._order > $order OR (r._order = $order AND field > $field) "
            "WITH r, field ORDER BY r._order, field LIMIT $limit RETURN r, field } RETURN id, r.id, field, r._stated",
            ids=wanted,
            limit=limit,
            order=-1 if after is None else after[0],
            field="" if after is None else after[1],
        )
        found: dict[str, list[Statement]] = {node: [] for node in wanted}
        for node, record, field, stated in rows:
            found[node].append(Statement(record, field, packing.said_of(cypher.stated_body(stated), node)[field]))
        return {node: tuple(said) for node, said in found.items() if said}

    def records(self, ids: Iterable[str]) -> dict[str, Record]:
        wanted = list(dict.fromkeys(ids))
        rows = self._ask("UNWIND $ids AS id MATCH (r:Record {id: id}) RETURN properties(r)", ids=wanted)
        found = {kept["id"]: cypher.record_of(kept) for (kept,) in rows}
        return {name: found[name] for name in wanted if name in found}

    def digests(self, ids: Iterable[str]) -> dict[str, str]:
        wanted = list(dict.fromkeys(ids))
        rows = self._ask("UNWIND $ids AS id MATCH (r:Record {id: id}) RETURN id, r.digest", ids=wanted)
        return {name: digest for name, digest in rows}

    def record_ids(self, source: str, file: str | None = None) -> Iterator[str]:
        found = "MATCH (r:Record {source: $source})"
        if file is not None:
            found = "MATCH (:File {id: $file})<-[:IN_FILE]-(r:Record)"
        for name, _ in self._spooled(
            f"{found} RETURN r.id, r._order",
            lambda row: row[1],
            source=source,
            file=cypher.file_id(source, file or ""),
        ):
            yield name

    def files(self) -> list[FileVersion]:
        found = [cypher.file_of(kept) for (kept,) in self._ask("MATCH (f:File) RETURN properties(f)")]
        return sorted(found, key=lambda file: (file.source, file.name))

    def quarantine(self, source: str | None = None, file: str | None = None) -> Iterator[SetAside]:
        for (kept,) in self._spooled(
            "MATCH (q:Quarantined) WHERE ($source IS NULL OR q.source = $source) AND ($file IS NULL OR q.file = $file) "
            "RETURN properties(q)",
            lambda row: (row[0]["source"], row[0]["file"], row[0]["row"], order_of(row[0]["id"])),
            source=source,
            file=file,
        ):
            yield cypher.set_aside_of(kept)

    def nodes(self, kinds: Collection[str] | None = None) -> Iterator[Node]:
        known = self._ontology.kinds
        among = [kind for kind in known if kinds is None or kind in kinds]
        if not among:
            return
        query = f"MATCH (n:{cypher.types(among)}) RETURN n {{.*, _terms: null, _also: null}}"
        for (kept,) in self._moment(query, lambda row: (kind_of(row[0]["id"]), row[0]["_order"])):
            yield cypher.node_of(kept, self._ontology)

    def links(self, kinds: Collection[str] | None = None) -> Iterator[Link]:
        among = [kind for kind in self._ontology.links if kinds is None or kind in kinds]
        if not among:
            return
        query = (
            f"MATCH (a)-[r:{cypher.types(among)}]->(b) RETURN type(r), a._order, b._order, a.id, b.id, properties(r)"
        )
        for kind, _, _, source, target, kept in self._moment(query, lambda row: row[:3]):
            yield changes.joined(kind, source, target, cypher.parts_of(kept))

    def all_records(self) -> Iterator[Record]:
        for (kept,) in self._moment(
            "MATCH (r:Record) RETURN properties(r)", lambda row: (row[0]["source"], row[0]["key"])
        ):
            yield cypher.record_of(kept)

    def changes(self, since: int = 0) -> tuple[int, tuple[str, ...]]:
        # The number first: what is written meanwhile is then named twice, rather than never.
        last = self._ask("MATCH (s:Store {id: 'headwater'}) RETURN s.change")[0][0]
        if since >= last:
            return last, ()  # every request asks for the number alone
        rows = self._ask("MATCH (n:Node) WHERE n._changed > $since RETURN n.id ORDER BY n._order", since=since)
        return last, tuple(node for (node,) in rows)

    def counts(self, *, links: bool = True) -> Counts:
        nodes: dict[str, int] = {}
        linked: dict[str, int] = {}
        for is_node, kind, n in self._ask(cypher.counted(self._ontology)):
            if n and (is_node or links):
                (nodes if is_node else linked)[kind] = n
        records, aside = (
            dict(sorted((row[0], row[1]) for row in self._ask(f"MATCH (n:{label}) RETURN n.source, count(*)")))
            for label in ("Record", "Quarantined")
        )
        return Counts(dict(sorted(nodes.items())), dict(sorted(linked.items())), records, aside)
