"""What lies around nodes of an embedded store."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Literal

from graph import packing
from graph.embedded.file import PARAMETERS, StoreFile
from graph.model import Cut, Direction, Expansion, Link, chunks, kind_of, order_of

_TOGETHER = 32  # nodes expanded in one query, so that a hub among them does not spoil it for many


class Surroundings(StoreFile):
    """The questions about links; see `graph.store.Store`."""

    def expand(
        self,
        ids: Iterable[str],
        kinds: Collection[str] | None = None,
        direction: Direction = "both",
        start: str | None = None,
        end: str | None = None,
        limit: int = 100,
    ) -> Expansion:
        with self._errors():
            since, until = (packing.day(start) if start else 0), (packing.day(end) if end else packing.NEVER)
            cut: list[Cut] = []
            wanted: dict[str, dict[str, list[str]]] = {}
            for node in dict.fromkeys(ids):
                ways = wanted[node] = {}
                for way, possible in (("out", self._ontology.outgoing), ("in", self._ontology.incoming)):
                    if direction in (way, "both"):
                        ways[way] = [
                            kind
                            for kind in possible.get(kind_of(node), ())
                            if (kinds is None or kind in kinds) and kind in self._names
                        ]
            found = {way: self._few(way, wanted, since, until, limit) for way in ("out", "in")}
            links: dict[str, list[Link]] = {}
            for node, ways in wanted.items():
                around = links[node] = []
                for way, possible_kinds in ways.items():
                    for kind in possible_kinds:
                        rows = found[way].get((node, kind), [])
                        if rows is None or len(rows) > limit:
                            self._expand(node, kind, way, since, until, limit, around, cut)
                        elif rows:
                            around.extend(self._links(node, kind, way, rows))
            return Expansion(links, cut)

    def _few(
        self, way: str, wanted: dict[str, dict[str, list[str]]], since: int, until: int, limit: int
    ) -> dict[tuple[str, str], list[Any] | None]:
        """The rows around many nodes at once, by node and kind; None where a hub among them has too many to fetch."""
        this, that = ("source", "target") if way == "out" else ("target", "source")
        most = 2 * limit + 64
        found: dict[tuple[str, str], list[Any] | None] = {}
        for part in chunks((node for node, ways in wanted.items() if ways.get(way)), _TOGETHER):
            numbers = {order_of(node): node for node in part}
            kinds = {self._names[kind]: kind for node in part for kind in wanted[node][way]}
            query = (
                f"SELECT link.{that}, other.kind, other.key, link.start, link.end, link.stated, record.source, "
                f"record.key, link.{this}, link.kind FROM link JOIN node AS other ON other.id = link.{that} "
                f"JOIN record ON record.id = link.record WHERE link.{this} IN ({_marks(len(numbers))}) "
                f"AND link.kind IN ({_marks(len(kinds))})"
            )
            parameters = [*_padded(list(numbers)), *_padded(list(kinds))]
            if since or until != packing.NEVER:
                query += " AND link.start <= ? AND (link.start = 0 OR max(link.start, link.end) >= ?)"
                parameters += [until, since]
            rows = self._db.execute(f"{query} LIMIT ?", (*parameters, most)).fetchall()
            if len(rows) == most:
                found |= {(node, kind): None for node in part for kind in wanted[node][way]}
                continue
            for row in rows:
                held = found.setdefault((numbers[row[8]], kinds[row[9]]), [])
                if held is not None:
                    held.append(row)
        return found

    def _expand(
        self,
        node: str,
        kind: str,
        way: Literal["out", "in"] | str,
        since: int,
        until: int,
        limit: int,
        around: list[Link],
        cut: list[Cut],
    ) -> None:
        here, number = order_of(node), self._names[kind]
        this, that = ("source", "target") if way == "out" else ("target", "source")
        query = (
            f"SELECT link.{that}, other.kind, other.key, link.start, link.end, link.stated, record.source, record.key "
            f"FROM link JOIN node AS other ON other.id = link.{that} JOIN record ON record.id = link.record "
            f"WHERE link.{this} = ? AND link.kind = ?"
        )
        parameters: tuple[int, ...] = (here, number)
        if since or until != packing.NEVER:
            query += " AND link.start <= ? AND (link.start = 0 OR max(link.start, link.end) >= ?)"
            parameters += (until, since)
        rows = self._db.execute(f"{query} LIMIT ?", (*parameters, limit + 1)).fetchall()
        if not rows:
            return
        if len(rows) <= limit:
            around.extend(self._links(node, kind, way, rows))
            return
        # Perhaps too many: choose the newest links first, then fetch what is stated of the chosen ones alone.
        where = query[query.index("WHERE") :].replace("link.", "")
        (total,) = self._db.execute(f"SELECT count(DISTINCT {that}) FROM link {where}", parameters).fetchone()
        chosen: dict[int, None] = {}
        newest = self._db.execute(f"SELECT {that} FROM link {where} ORDER BY start DESC, {that}", parameters)
        for (other,) in newest:
            chosen[other] = None
            if len(chosen) == limit:
                break
        newest.close()
        rows = []
        for part in chunks(chosen, PARAMETERS):
            rows += self._db.execute(f"{query} AND link.{that} IN ({','.join('?' * len(part))})", (*parameters, *part))
        around.extend(self._links(node, kind, way, rows))
        if total > limit:
            cut.append(Cut(node, kind, "out" if way == "out" else "in", total, limit))

    def _links(self, node: str, kind: str, way: str, rows: list[Any]) -> list[Link]:
        """Links of one node, kind and direction from rows of (other's hash, kind, key, start, end, stated, record)."""
        grouped: dict[int, list[Any]] = {}
        for row in rows:
            grouped.setdefault(row[0], []).append(row)
        newest = sorted(grouped, key=lambda other: (-max(row[3] for row in grouped[other]), other))
        links = []
        for other in newest:
            stated = grouped[other]
            there = f"{self._texts[stated[0][1]]}/{stated[0][2]}"
            ends = (node, there) if way == "out" else (there, node)
            links.append(packing.link(kind, *ends, [(f"{r[6]}:{r[7]}", r[3], r[4], r[5]) for r in stated]))
        return links

    def degrees(self, ids: Iterable[str]) -> dict[str, dict[tuple[str, Direction], int]]:
        with self._errors():
            wanted = {order_of(i): i for i in ids}
            known = {row[0] for row in self._by_ids("SELECT id FROM node WHERE id IN", wanted)}
            out: dict[str, dict[tuple[str, Direction], int]] = {}
            for number, node in wanted.items():
                if number not in known:
                    continue
                counts: dict[tuple[str, Direction], int] = {}
                for way, this, that in (("out", "source", "target"), ("in", "target", "source")):
                    for kind, n in self._db.execute(
                        f"SELECT kind, count(DISTINCT {that}) FROM link WHERE {this} = ? GROUP BY kind", (number,)
                    ):
                        counts[self._texts[kind], "out" if way == "out" else "in"] = n
                out[node] = counts
            return out


def _marks(count: int) -> str:
    """As many parameters as `_padded` gives."""
    return ",".join("?" * (1 << (count - 1).bit_length()))


def _padded(items: list[int]) -> list[int]:
    """The items, the last repeated up to a power of two: few lengths mean few statements to prepare."""
    return items + items[-1:] * ((1 << (len(items) - 1).bit_length()) - len(items))
