"""All that an embedded store holds, as of one moment."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from operator import itemgetter

import orjson

from graph import packing
from graph.embedded.bodies import Bodies
from graph.embedded.file import StoreFile
from graph.model import Link, Node, Record, SetAside, quarantine_id


class Moments(StoreFile):
    """The questions about everything, answered from snapshots; see `graph.store.Store`."""

    def nodes(self, kinds: Collection[str] | None = None) -> Iterator[Node]:
        with self._errors(), self._snapshot() as db:
            numbers = self._numbers(self._ontology.kinds, kinds)
            rows = db.execute(
                "SELECT name.text, key, counts, mentions FROM node JOIN name ON name.id = kind "
                f"WHERE kind IN ({','.join('?' * len(numbers))}) ORDER BY name.text, place",
                numbers,
            )
            for kind, key, counts, mentions in rows:
                yield Node(f"{kind}/{key}", packing.values(counts), mentions)

    def links(self, kinds: Collection[str] | None = None) -> Iterator[Link]:
        with self._errors(), self._snapshot() as db:
            names, numbers = self._texts, self._numbers(self._ontology.links, kinds)
            rows = db.execute(
                "SELECT name.text, s.kind, s.key, t.kind, t.key, link.start, link.end, link.stated, r.source, r.key "
                "FROM link JOIN name ON name.id = link.kind JOIN node AS s ON s.id = link.source "
                "JOIN node AS t ON t.id = link.target JOIN record AS r ON r.id = link.record "
                f"WHERE link.kind IN ({','.join('?' * len(numbers))}) ORDER BY name.text, s.place, t.place, r.place",
                numbers,
            )
            for (kind, *ends), stating in groupby(rows, itemgetter(0, 1, 2, 3, 4)):
                source, target = f"{names[ends[0]]}/{ends[1]}", f"{names[ends[2]]}/{ends[3]}"
                stated = [(f"{row[8]}:{row[9]}", row[5], row[6], row[7]) for row in stating]
                yield packing.link(kind, source, target, stated)

    def _numbers(self, known: Iterable[str], kinds: Collection[str] | None) -> list[int]:
        return [self._names[kind] for kind in known if (kinds is None or kind in kinds) and kind in self._names]

    def all_records(self) -> Iterator[Record]:
        with self._errors(), self._snapshot() as db:
            unpacked = Bodies(db).unpacked
            for *row, body in db.execute(f"SELECT {packing.RECORD_COLUMNS} FROM record ORDER BY source, key"):
                yield packing.record((*row, unpacked(body)))

    def quarantine(self, source: str | None = None, file: str | None = None) -> Iterator[SetAside]:
        with self._errors(), self._snapshot() as db:
            rows = db.execute(
                "SELECT source, file, row, col, reason, raw, cells, mapping, received FROM quarantine "
                "WHERE (?1 IS NULL OR source = ?1) AND (?2 IS NULL OR file = ?2) ORDER BY source, file, row, id",
                (source, file),
            )
            for name, path, row, column, reason, raw, cells, mapping, received in rows:
                entry = SetAside(name, path, row, column, reason, raw, orjson.loads(cells), mapping)
                yield replace(entry, id=quarantine_id(entry), received=received)
