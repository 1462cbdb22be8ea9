"""What lies around nodes of a Neo4j graph: few round trips, and the newest links only where there are many."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Literal

from graph import changes, cypher
from graph.changes import Part
from graph.model import Cut, Direction, Expansion, Link, Place, kind_of, order_of
from graph.ontology import Ontology

Ask = Callable[..., list[Sequence[Any]]]
"""Runs Cypher with parameters by name and gives the rows."""

_FEW = 100
"""Links of a node and direction that are fetched at once, whatever the limit."""

_SCANNED = 2000
"""Links of a node and direction, of whatever kind, among which those wanted are looked for one by one."""

_WAYS: Mapping[bool, Literal["out", "in"]] = {True: "out", False: "in"}
"""What a direction is called, by whether the links leave the node."""

Found = dict[tuple[str, bool, str], list[tuple[str, list[Part]]]]
"""Node, whether the links leave it, and kind -> the other ends, and what each record within the window states."""


def expand(
    ask: Ask,
    ontology: Ontology,
    ids: Iterable[str],
    kinds: Collection[str] | None,
    direction: Direction,
    window: tuple[str, str] | None,
    limit: int,
    after: Place | None,
) -> Expansion:
    """The links around nodes; see `graph.store.Store.expand`."""
    wanted = list(dict.fromkeys(ids))
    ways = [out for out, name in ((True, "out"), (False, "in")) if direction in (name, "both")]
    possible = {
        (node, out): [
            k
            for k in (ontology.outgoing if out else ontology.incoming).get(kind_of(node), ())
            if k in asked and not (after is not None and after.is_behind(k, _WAYS[out]))
        ]
        for asked in [ontology.links.keys() if kinds is None else set(kinds)]
        for node in wanted
        for out in ways
    }
    found, busy = _few(ask, wanted, possible, window, max(limit, _FEW))
    if after is not None:
        found |= {key: _behind(ends, after) for key, ends in found.items() if after.is_among(key[2], _WAYS[key[1]])}
    count = {key: len(links) for key, links in found.items()}
    for kind, out, nodes, degree in _busy(ask, busy, possible):
        bounds = _bounds(window)
        seek = after is not None and after.is_among(kind, _WAYS[out])
        if after is not None and seek:
            bounds |= {"day": after.newest or "", "order": after.order}
        rows = ask(cypher.newest(kind, out, window is not None, seek), ids=nodes, limit=limit, **bounds)
        for node, other, kept in rows:
            found.setdefault((node, out, kind), []).append((other, _inside(cypher.parts_of(kept), window)))
        many = [node for node in nodes if degree[node] > limit]
        if (window or seek) and many:
            totals = cypher.totals(kind, out, window is not None, seek)
            count |= {(node, out, kind): n for node, n in ask(totals, ids=many, **bounds)}
        else:
            count |= {(node, out, kind): degree[node] for node in many}
    links: dict[str, list[Link]] = {}
    cut: list[Cut] = []
    for node in wanted:
        around = links[node] = []
        for out in ways:
            for kind in possible[node, out]:
                ends = found.get((node, out, kind), [])
                ends.sort(key=lambda end: order_of(end[0]))
                ends.sort(key=lambda end: _newest(end[1]), reverse=True)
                for other, parts in ends[:limit]:
                    around.append(changes.joined(kind, *((node, other) if out else (other, node)), parts))
                if (total := count.get((node, out, kind), 0)) > limit:
                    cut.append(Cut(node, kind, _WAYS[out], total, limit))
    return Expansion(links, cut)


def degrees(ask: Ask, ontology: Ontology, ids: Iterable[str]) -> dict[str, dict[tuple[str, Direction], int]]:
    """How many links there are at nodes; see `graph.store.Store.degrees`."""
    wanted = list(dict.fromkeys(ids))
    found: dict[str, dict[tuple[str, Direction], int]] = {}
    for kind, nodes in groupby(sorted(wanted, key=kind_of), key=kind_of):
        if kind in ontology.kinds:
            outgoing, incoming = ontology.outgoing[kind], ontology.incoming[kind]
            for node, counts in ask(cypher.degrees(outgoing, incoming), ids=list(nodes)):
                names: list[tuple[str, Direction]] = [(k, "out") for k in outgoing]
                names += [(k, "in") for k in incoming]
                found[node] = {name: n for name, n in zip(names, counts, strict=True) if n}
    return {node: found[node] for node in wanted if node in found}


def _few(
    ask: Ask,
    wanted: Sequence[str],
    possible: Mapping[tuple[str, bool], Sequence[str]],
    window: tuple[str, str] | None,
    most: int,
) -> tuple[Found, set[tuple[str, bool]]]:
    """All links of the nodes that have few, in one round trip, and the nodes and directions that have more."""
    types = {
        out: sorted({k for (_, way), kinds in possible.items() if way == out for k in kinds}) for out in (True, False)
    }
    if not types[True] and not types[False]:
        return {}, set()
    rows: dict[tuple[str, bool], list[Sequence[Any]]] = {}
    busy: set[tuple[str, bool]] = set()
    asked = {"outgoing": types[True], "incoming": types[False], "scanned": _SCANNED}
    for row in ask(cypher.AROUND, ids=list(wanted), most=most + 1, **asked):
        if row[2] is not None:
            rows.setdefault((row[0], row[1]), []).append(row)
        elif possible[row[0], row[1]]:
            busy.add((row[0], row[1]))
    found: Found = {}
    for (node, out), links in rows.items():
        if len(links) <= most:
            for _, _, kind, other, kept in links:
                if parts := _inside(cypher.parts_of(kept), window):
                    found.setdefault((node, out, kind), []).append((other, parts))
    return found, busy | {key for key, links in rows.items() if len(links) > most}


def _busy(
    ask: Ask, busy: Collection[tuple[str, bool]], possible: Mapping[tuple[str, bool], Sequence[str]]
) -> Iterator[tuple[str, bool, list[str], dict[str, int]]]:
    """The kinds of links of nodes that have many, each with its direction, its nodes, and how many links these have."""
    nodes: dict[tuple[str, bool], dict[str, int]] = {}
    for (out, kinds), group in groupby(
        sorted((out, tuple(possible[node, out]), node) for node, out in busy), key=lambda row: row[:2]
    ):
        query = cypher.degrees(kinds if out else (), () if out else kinds)
        for node, counts in ask(query, ids=[row[2] for row in group]):
            for kind, n in zip(kinds, counts, strict=True):
                if n:
                    nodes.setdefault((kind, out), {})[node] = n
    for (kind, out), degree in nodes.items():
        yield kind, out, list(degree), degree


def _newest(parts: list[Part]) -> str:
    return max(part[1] or "" for part in parts)


def _behind(ends: list[tuple[str, list[Part]]], place: Place) -> list[tuple[str, list[Part]]]:
    """The other ends of the links that stand behind a place among them."""
    day, order = place.newest or "", place.order
    return [end for end in ends if (new := _newest(end[1])) < day or (new == day and order_of(end[0]) > order)]


def _inside(parts: list[Part], window: tuple[str, str] | None) -> list[Part]:
    return [part for part in parts if cypher.within(part, *window)] if window else parts


def _bounds(window: tuple[str, str] | None) -> dict[str, str | int]:
    return {"start": window[0], "end": window[1]} if window else {}
