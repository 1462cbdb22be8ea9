"""What lies around nodes of an embedded store."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Literal

from graph import packing
from graph.embedded.file import PARAMETERS, StoreFile
from graph.model import Cut, Direction, Expansion, Link, Place, chunks, kind_of, order_of

_TOGETHER = 32  # nodes expanded in one query, so that a hub among them does not spoil it for many
_REMEMBERED = 1 << 16  # ids of nodes, and as many of records, that are kept from one question to the next
_MAPPED = 1 << 30  # bytes of the file read in place; set here, since a load would seem to hold what it maps
_ENDS = {"out": ("source", "target"), "in": ("target", "source")}

Lead = tuple[str, str, Literal["out", "in"]]
"""A node, a kind of link, and which way it leads from there."""
Row = tuple[int, int, int, int, bytes | None, int, int]
"""What a record states of a link: the other end, the record, start, end, the rest packed; the node and the kind."""
Window = tuple[int, int]


class Surroundings(StoreFile):
    """The questions about links; see `graph.store.Store`."""

    def __init__(self, path: str | os.PathLike[str], *, create: bool = True) -> None:
        super().__init__(path, create=create)
        self._nodes: dict[int, tuple[str, int]] = {}  # the id, and its place in the fixed order
        self._numbers_of: dict[str, int] = {}
        self._records: dict[int, str] = {}
        self._known_as_of: tuple[int, int] | None = None

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
        window = packing.day(start) if start else 0, packing.day(end) if end else packing.NEVER
        with self._errors(), self._one_moment():
            leads = {node: self._leads(node, kinds, direction, after) for node in ids}
            self._find(leads)
            found, busy = self._few(leads, window, limit)
            cut = []
            for lead in (lead for of in leads.values() for lead in of if lead in busy):
                seek = after if after is not None and after.is_among(*lead[1:]) else None
                found[lead], total = self._newest(lead, window, limit, seek)
                if total > limit:
                    cut.append(Cut(*lead, total, limit))
            self._learn_nodes({row[0] for rows in found.values() for row in rows})
            self._learn_records({row[1] for rows in found.values() for row in rows})
        return Expansion(
            {
                node: [x for p in of if p in found for x in self._links(p, found[p], after)]
                for node, of in leads.items()
            },
            cut,
        )

    def _leads(self, node: str, kinds: Collection[str] | None, direction: Direction, after: Place | None) -> list[Lead]:
        kind, found = kind_of(node), list[Lead]()
        if direction != "in":
            found += [(node, k, "out") for k in self._ontology.outgoing.get(kind, ())]
        if direction != "out":
            found += [(node, k, "in") for k in self._ontology.incoming.get(kind, ())]
        if after is not None:
            found = [lead for lead in found if not after.is_behind(*lead[1:])]
        return [lead for lead in found if (kinds is None or lead[1] in kinds) and lead[1] in self._names]

    def _few(self, leads: dict[str, list[Lead]], window: Window, limit: int) -> tuple[dict[Lead, list[Row]], set[Lead]]:
        """All links of many leads at once, and the leads that may have too many."""
        found: dict[Lead, list[Row]] = {}
        busy: set[Lead] = set()
        most = 2 * limit + 64
        ways: tuple[Literal["out", "in"], ...] = ("out", "in")
        for way in ways:
            led = [of for node, of in leads.items() if node in self._numbers_of and any(p[2] == way for p in of)]
            for part in chunks(led, _TOGETHER):
                asked = [lead for of in part for lead in of if lead[2] == way]
                nodes = {self._numbers_of[of[0][0]]: of[0][0] for of in part}
                kinds = {self._names[lead[1]]: lead[1] for lead in asked}
                rows = self._select(way, list(nodes), list(kinds), window, most)
                if len(rows) == most:
                    busy.update(asked)
                    continue
                by: dict[tuple[int, int], list[Row]] = {}
                for row in rows:
                    by.setdefault(row[5:], []).append(row)
                found |= {(nodes[node], kinds[kind], way): here for (node, kind), here in by.items()}
        return found, busy | {lead for lead, rows in found.items() if len(rows) > limit}

    def _newest(self, lead: Lead, window: Window, limit: int, seek: Place | None) -> tuple[list[Row], int]:
        """The newest links of one lead, perhaps of those behind a place alone, and how many they are."""
        node, kind, way = lead
        here = [self._numbers_of[node]], [self._names[kind]]
        rows = self._select(way, *here, window, limit + 1)
        if len(rows) <= limit:
            return rows, 0
        # Perhaps too many: choose the newest links first, then fetch what is stated of the chosen ones alone.
        that = _ENDS[way][1]
        where, parameters = _where(way, *here, window)
        if seek is not None:
            # A link stands where the newest of its records does, so one with a record before the place is before it.
            before = f"start > ? OR (start = ? AND (SELECT place FROM node WHERE id = {that}) <= ?)"
            day = packing.day(seek.newest)
            parameters = [*parameters, *parameters, day, day, seek.order]
            where += f" AND {that} NOT IN (SELECT {that} FROM link {where} AND ({before}))"
        (total,) = self._db.execute(f"SELECT count(DISTINCT {that}) FROM link {where}", parameters).fetchone()
        if not total:
            return [], 0
        chosen: dict[int, int] = {}
        newest = self._db.execute(f"SELECT {that}, start FROM link {where} ORDER BY start DESC", parameters)
        for other, start in newest:
            chosen.setdefault(other, start)
            if len(chosen) >= limit:
                break
        newest.close()
        # Of those of the oldest day that was reached, the first in the fixed order are taken.
        newer = [other for other, day in chosen.items() if day > start]
        query = (
            f"SELECT {that} AS other FROM link {where} AND start = ? AND {that} NOT IN ({','.join(map(str, newer))})"
        )
        of_day = self._db.execute(
            f"SELECT DISTINCT other FROM ({query}) JOIN node ON id = other ORDER BY place LIMIT ?",
            (*parameters, start, limit - len(newer)),
        )
        taken = newer + [other for (other,) in of_day]
        rows = [
            row
            for others in chunks(taken, PARAMETERS)
            for row in self._select(way, *here, window, -1, f"AND {that} IN ({','.join(map(str, others))})")
        ]
        return rows, total

    def _select(
        self, way: str, nodes: list[int], kinds: list[int], window: Window, most: int, among: str = ""
    ) -> list[Row]:
        this, that = _ENDS[way]
        where, parameters = _where(way, nodes, kinds, window)
        query = f"SELECT {that}, record, start, end, stated, {this}, kind FROM link {where} {among} LIMIT ?"
        return self._db.execute(query, (*parameters, most)).fetchall()

    @contextmanager
    def _one_moment(self) -> Iterator[None]:
        """Reads as of one moment; ids learnt before are forgotten when the store has changed since."""
        if self._known_as_of is None:
            self._db.execute(f"PRAGMA mmap_size = {_MAPPED}")
        self._db.execute("BEGIN")
        try:
            (version,) = self._db.execute("PRAGMA data_version").fetchone()
            as_of = version, self._db.total_changes
            if as_of != self._known_as_of:
                for known in (self._nodes, self._numbers_of, self._records):
                    known.clear()
                self._known_as_of = as_of
            yield
        finally:
            self._db.execute("COMMIT")

    def _find(self, nodes: Collection[str]) -> None:
        """Makes the numbers of nodes known, where there are such nodes."""
        self._make_room(len(nodes))
        found = self._numbers_by_id(node for node in nodes if node not in self._numbers_of)
        self._numbers_of |= found
        self._nodes |= {number: (node, order_of(node)) for node, number in found.items()}

    def _make_room(self, nodes: int) -> None:
        if len(self._nodes) + nodes > _REMEMBERED:
            self._nodes.clear()
            self._numbers_of.clear()

    def _learn_nodes(self, numbers: set[int]) -> None:
        """Makes nodes known by their numbers: most are met again and again."""
        self._make_room(len(numbers))
        known, texts = self._nodes, self._texts
        for part in chunks(numbers.difference(known), PARAMETERS):
            query = f"SELECT id, place, kind, key FROM node WHERE id IN ({_marks(part)})"
            for number, place, kind, key in self._db.execute(query, _padded(part)):
                node = f"{texts[kind]}/{key}"
                known[number] = node, place
                self._numbers_of[node] = number

    def _learn_records(self, numbers: set[int]) -> None:
        if len(self._records) + len(numbers) > _REMEMBERED:
            self._records.clear()
        for part in chunks(numbers.difference(self._records), PARAMETERS):
            query = f"SELECT id, source, key FROM record WHERE id IN ({_marks(part)})"
            for number, source, key in self._db.execute(query, _padded(part)):
                self._records[number] = f"{source}:{key}"

    def _links(self, lead: Lead, rows: list[Row], after: Place | None) -> list[Link]:
        """The links of one lead, the newest first, those behind a place alone."""
        node, kind, way = lead
        grouped: dict[int, list[Row]] = {}
        nodes, records = self._nodes, self._records
        for row in sorted(rows, key=lambda row: (-row[2], nodes[row[0]][1])):
            grouped.setdefault(row[0], []).append(row)
        if after is not None and after.is_among(kind, way):
            place = -packing.day(after.newest), after.order
            grouped = {other: of for other, of in grouped.items() if (-of[0][2], nodes[other][1]) > place}
        return [
            packing.link(
                kind,
                *((node, nodes[other][0]) if way == "out" else (nodes[other][0], node)),
                [(records[record], start, end, stated) for _, record, start, end, stated, _, _ in stating],
            )
            for other, stating in grouped.items()
        ]

    def degrees(self, ids: Iterable[str]) -> dict[str, dict[tuple[str, Direction], int]]:
        with self._errors():
            wanted = dict.fromkeys(ids)
            numbers = self._numbers_by_id(wanted)
            out: dict[str, dict[tuple[str, Direction], int]] = {}
            for node in wanted:
                if node not in numbers:
                    continue
                counts: dict[tuple[str, Direction], int] = {}
                for way, (this, that) in _ENDS.items():
                    query = f"SELECT kind, count(DISTINCT {that}) FROM link WHERE {this} = ? GROUP BY kind"
                    for kind, n in self._db.execute(query, (numbers[node],)):
                        counts[self._texts[kind], "out" if way == "out" else "in"] = n
                out[node] = counts
            return out


def _where(way: str, nodes: list[int], kinds: list[int], window: Window) -> tuple[str, list[int]]:
    where = f"WHERE {_ENDS[way][0]} IN ({_marks(nodes)}) AND kind IN ({_marks(kinds)})"
    parameters = [*_padded(nodes), *_padded(kinds)]
    if window != (0, packing.NEVER):
        where += " AND start <= ? AND (start = 0 OR max(start, end) >= ?)"
        parameters += [window[1], window[0]]
    return where, parameters


def _marks(items: list[int]) -> str:
    """As many parameters as `_padded` gives."""
    return ",".join("?" * (1 << (len(items) - 1).bit_length()))


def _padded(items: list[int]) -> list[int]:
    """The items, the last repeated up to a power of two: few lengths mean few statements to prepare."""
    return items + items[-1:] * ((1 << (len(items) - 1).bit_length()) - len(items))
