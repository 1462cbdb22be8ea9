"""What an embedded store answers of some nodes and records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from graph import packing
from graph.changes import DERIVED
from graph.embedded.file import StoreFile
from graph.model import FileVersion, Matches, Node, Record, Statement, order_of
from graph.store import Counts
from graph.terms import wanted


class Reading(StoreFile):
    """The questions about nodes, records and files; see `graph.store.Store`."""

    def get(self, ids: Iterable[str]) -> dict[str, Node]:
        with self._errors():
            wanted = {order_of(i): i for i in ids}
            found = {}
            for row in self._by_ids("SELECT place, counts, mentions FROM node WHERE place IN", wanted):
                node = wanted[row[0]]
                found[node] = Node(node, packing.values(row[1]), row[2])
            return {i: found[i] for i in wanted.values() if i in found}

    def find(self, kind: str, name: str, values: Iterable[str]) -> dict[str, tuple[str, ...]]:
        with self._errors():
            found = {}
            for value in dict.fromkeys(values):
                rows = self._db.execute(
                    "SELECT node.kind, node.key FROM identifier JOIN node ON node.id = identifier.node "
                    "WHERE property = ? AND value = ?",
                    (f"{kind}.{name}", value),
                )
                if ids := tuple(sorted(f"{self._texts[k]}/{key}" for k, key in rows)):
                    found[value] = ids
            return found

    def search(self, terms: Sequence[str], kinds: Collection[str] | None = None, limit: int = 100) -> Matches:
        words = wanted(terms)
        if not words:
            return Matches((), 0)
        with self._errors():
            query = " AND ".join(f'"{word}"*' for word in words)
            numbers = None if kinds is None else [self._names[k] for k in sorted(kinds) if k in self._names]
            among = "" if numbers is None else f"AND node.kind IN ({','.join('?' * len(numbers))})"
            source = f"FROM term JOIN node ON node.place = term.rowid WHERE term MATCH ? {among}"
            rows = self._db.execute(
                f"SELECT node.kind, node.key {source} ORDER BY term.rowid LIMIT ?", (query, *(numbers or ()), limit + 1)
            ).fetchall()
            total = len(rows)
            if total > limit:
                (total,) = self._db.execute(f"SELECT count(*) {source}", (query, *(numbers or ()))).fetchone()
            return Matches(tuple(f"{self._texts[k]}/{key}" for k, key in rows[:limit]), total)

    def statements(
        self, ids: Iterable[str], limit: int = 100, after: tuple[int, str] | None = None
    ) -> dict[str, tuple[Statement, ...]]:
        with self._errors():
            out = {}
            wanted = dict.fromkeys(ids)
            numbers = self._numbers_by_id(wanted)
            for node in wanted:
                # A record that links a node is found by the link, any other by its mention. The order is that of every
                # store, so all of them are put in it before any body is read.
                rows = self._db.execute(
                    "SELECT record.source, record.key, record.body, place FROM (SELECT id FROM record WHERE id IN ("
                    "SELECT record FROM mention WHERE node = ?1 UNION SELECT record FROM link WHERE source = ?1 "
                    "UNION SELECT record FROM link WHERE target = ?1) AND place >= ?3 AND source <> ?4 "
                    "ORDER BY place LIMIT ?2) AS part JOIN record ON record.id = part.id ORDER BY place",
                    # Of the record that stands at the place itself, perhaps nothing is behind it.
                    ((numbers.get(node), limit, 0) if after is None else (numbers.get(node), limit + 1, after[0]))
                    + (DERIVED,),
                )
                found: list[Statement] = []
                for source, key, body, place in rows:
                    said = packing.said_of(self._bodies.unpacked(body), node)
                    fields = [field for field in sorted(said) if after is None or (place, field) > after]
                    found += [Statement(f"{source}:{key}", field, said[field]) for field in fields]
                del found[limit:]
                if found:
                    out[node] = tuple(found)
            return out

    def records(self, ids: Iterable[str]) -> dict[str, Record]:
        with self._errors():
            wanted = list(dict.fromkeys(ids))
            rows = self._by_keys("file, row, digest, received, body", wanted)
            found = {r.id: r for r in (packing.record((*row[:6], self._bodies.unpacked(row[6]))) for row in rows)}
            return {i: found[i] for i in wanted if i in found}

    def digests(self, ids: Iterable[str]) -> dict[str, str]:
        with self._errors():
            return {f"{source}:{key}": digest for source, key, digest in self._by_keys("digest", ids)}

    def record_ids(self, source: str, file: str | None = None) -> Iterator[str]:
        with self._errors():
            # By pages, so that records may go while their ids are read.
            last: str | int
            if file is None:
                last = ""
                query = "SELECT key, key FROM record WHERE source = ?1 AND key > ?2 ORDER BY key LIMIT 10000"
            else:
                last = 0
                query = (
                    "SELECT record.id, record.key FROM file_record JOIN record ON record.id = file_record.record "
                    "WHERE file_record.record > ?2 AND file_record.file = "
                    "(SELECT id FROM file WHERE source = ?1 AND name = ?3) ORDER BY file_record.record LIMIT 10000"
                )
            while rows := self._db.execute(query, (source, last, file)[: 2 if file is None else 3]).fetchall():
                yield from (f"{source}:{key}" for _, key in rows)
                last = rows[-1][0]

    def files(self) -> list[FileVersion]:
        with self._errors():
            rows = self._db.execute(
                "SELECT source, name, digest, mapping, rows, set_aside, loaded, complete FROM file "
                "ORDER BY source, name"
            )
            return [
                FileVersion(source, name, digest, mapping, number, aside, loaded, bool(complete))
                for source, name, digest, mapping, number, aside, loaded, complete in rows
            ]

    def changes(self, since: int = 0) -> tuple[int, tuple[str, ...]]:
        with self._errors():
            (last,) = self._db.execute("SELECT last FROM change").fetchone()
            if since >= last:
                return last, ()  # those who watch ask every second
            rows = self._db.execute("SELECT kind, key FROM node WHERE changed > ? ORDER BY place", (since,))
            return last, tuple(f"{self._texts[kind]}/{key}" for kind, key in rows)

    def counts(self, *, links: bool = True) -> Counts:
        with self._errors():

            def count(query: str) -> dict[str, int]:
                return dict(sorted(self._db.execute(query)))

            return Counts(
                count("SELECT name.text, count(*) FROM node JOIN name ON name.id = node.kind GROUP BY node.kind"),
                count(
                    "SELECT name.text, n FROM (SELECT kind, count(*) AS n FROM (SELECT DISTINCT source, kind, target "
                    "FROM link) GROUP BY kind) JOIN name ON name.id = kind"
                )
                if links
                else {},
                count("SELECT source, count(*) FROM record GROUP BY source"),
                count("SELECT source, count(*) FROM quarantine GROUP BY source"),
            )
