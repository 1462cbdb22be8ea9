"""All that an embedded store holds, as of one moment."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

import orjson

from graph import packing
from graph.embedded.bodies import Bodies
from graph.embedded.file import StoreFile
from graph.model import Link, Node, Record, SetAside, quarantine_id


class Moments(StoreFile):
    """The questions about everything, answered from snapshots; see `graph.store.Store`."""

    def nodes(self, kinds: Collection[str] | None = None) -> Iterator[Node]:
        with self._errors(), self._snapshot() as db:
            names = {number: text for text, number in db.execute("SELECT text, id FROM name")}
            for number in sorted(names, key=lambda n: names[n]):
                kind = names[number]
                if kind in self._ontology.kinds and (kinds is None or kind in kinds):
                    rows = db.execute("SELECT key, counts, mentions FROM node WHERE kind = ? ORDER BY id", (number,))
                    for key, counts, mentions in rows:
                        yield Node(f"{kind}/{key}", packing.values(counts), mentions)

    def links(self, kinds: Collection[str] | None = None) -> Iterator[Link]:
        with self._errors(), self._snapshot() as db:
            names = {number: text for text, number in db.execute("SELECT text, id FROM name")}
            for number in sorted(names, key=lambda n: names[n]):
                kind = names[number]
                if kind in self._ontology.links and (kinds is None or kind in kinds):
                    rows = db.execute(
                        "SELECT s.kind, s.key, t.kind, t.key, link.start, link.end, link.stated, r.source, r.key "
                        "FROM link JOIN node AS s ON s.id = link.source JOIN node AS t ON t.id = link.target "
                        "JOIN record AS r ON r.id = link.record WHERE link.kind = ? "
                        "ORDER BY link.source, link.target, link.record",
                        (number,),
                    )
                    ends: tuple[Any, ...] | None = None
                    stated: list[Any] = []
                    for row in rows:
                        if row[:4] != ends:
                            if ends:
                                yield packing.link(kind, *_ends(names, ends), stated)
                            ends, stated = row[:4], []
                        stated.append((f"{row[7]}:{row[8]}", row[4], row[5], row[6]))
                    if ends:
                        yield packing.link(kind, *_ends(names, ends), stated)

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


def _ends(names: dict[int, str], ends: Any) -> tuple[str, str]:
    return f"{names[ends[0]]}/{ends[1]}", f"{names[ends[2]]}/{ends[3]}"
