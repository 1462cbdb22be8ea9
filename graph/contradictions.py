"""What speaks against a judgement: others that say the contrary through third nodes, and numbers that differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from graph.changes import is_judged
from graph.model import kind_of
from graph.ontology import DIFFERENT, SAME, ontology
from graph.store import Store

_THROUGH = 500  # nodes judged the same that are looked through


@dataclass(frozen=True, slots=True)
class Doubt:
    """What speaks against a judgement that was kept all the same.

    Attributes:
        code: `numbers`: it makes one of two nodes whose numbers differ; `different`: two that were judged not the same
            are the same by other judgements.
        path: From one of the two to the other, over nodes judged the same.
    """

    code: Literal["numbers", "different"]
    path: tuple[str, ...]


def doubts(store: Store, a: str, b: str, kind: str) -> tuple[Doubt, ...]:
    """What other judgements, and numbers, say against one that holds, by the kind of link that it states."""
    if kind == DIFFERENT:
        path = _same(store, a).path(b)
        return (Doubt("different", path),) if path else ()
    if kind != SAME:
        return ()
    same = _same(store, a)
    found = [
        Doubt("different", same.between(*pair)) for pair in sorted(same.different) if {*pair} <= same.parents.keys()
    ]
    numbered: dict[str, list[str]] = {}
    for node in sorted(same.parents):
        if kind_of(node) in ontology().numbered:
            numbered.setdefault(kind_of(node), []).append(node)
    found += [Doubt("numbers", same.between(some[0], other)) for some in numbered.values() for other in some[1:]]
    return tuple(found)


@dataclass(slots=True)
class _Same:
    """The nodes that are one by judgements, each with that by which it was reached; and the pairs judged different."""

    parents: dict[str, str | None]
    different: set[tuple[str, str]]

    def path(self, node: str) -> tuple[str, ...]:
        """The way to a node, from the one it began with; empty when it is not the same."""
        if node not in self.parents:
            return ()
        way = [node]
        while (above := self.parents[way[-1]]) is not None:
            way.append(above)
        return tuple(reversed(way))

    def between(self, a: str, b: str) -> tuple[str, ...]:
        """The way from one to the other of two that are the same."""
        one, two = self.path(a), self.path(b)
        shared = max(i for i, (x, y) in enumerate(zip(one, two, strict=False)) if x == y)
        return (*reversed(one[shared:]), *two[shared + 1 :])


def _same(store: Store, start: str) -> _Same:
    """What is the same as a node by judgements alone, directly and through others."""
    same = _Same({start: None}, set())
    front = [start]
    while front and len(same.parents) < _THROUGH:
        reached: dict[str, str] = {}
        for node, links in store.expand(front, [SAME, DIFFERENT]).links.items():
            for link in links:
                if not any(map(is_judged, link.records)):
                    continue
                if link.kind == DIFFERENT:
                    same.different.add((link.source, link.target))
                elif (other := link.other(node)) not in same.parents:
                    reached.setdefault(other, node)
        same.parents |= reached
        front = sorted(reached)
    return same
