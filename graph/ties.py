"""What links of identity say of which nodes are one, gathered around some nodes before any of it is weighed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from graph.changes import is_judged
from graph.model import Direction, Expansion, Link, kind_of
from graph.ontology import DIFFERENT, IDENTITY_LINKS, SAME, ontology

MOST = 1000
"""Nodes among which clusters are looked for; beyond, only a part is looked at, and told."""
LINKS = 500
"""Links of identity of one kind and direction that are looked at around a node."""

Why = Literal["numbers", "different", "unsure"]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Tie:
    """What says that two nodes are one: `a` is the smaller id, `probability` 1 where it is observed."""

    a: str
    b: str
    probability: float
    link: Link

    @property
    def is_judged(self) -> bool:
        """Whether a person said so."""
        return any(map(is_judged, self.link.records))

    def other(self, node: str) -> str:
        """The end that is not `node`."""
        return self.b if node == self.a else self.a

    @property
    def rank(self) -> tuple[bool, float, str]:
        """By which the surer of two ties is known; of two links of one pair, the one that leads the other way last."""
        return self.is_judged, self.probability, self.link.source


class Linked(Protocol):
    """What clusters are read from: a store, or what stands before one."""

    def expand(
        self,
        ids: Iterable[str],
        kinds: Collection[str] | None = None,
        direction: Direction = "both",
        start: str | None = None,
        end: str | None = None,
        limit: int = 100,
    ) -> Expansion:
        """The links around nodes; see `graph.store.Store.expand`."""
        ...


@dataclass(slots=True)
class Part:
    """Nodes that ties join, with these, and with what was judged of pairs among them."""

    nodes: list[str] = field(default_factory=list)
    ties: list[Tie] = field(default_factory=list)
    judged: dict[Pair, Why] = field(default_factory=dict)
    apart: dict[str, set[str]] = field(default_factory=dict)
    cut: bool = False


@dataclass(slots=True)
class _Around:
    """What was gathered: ties by pair, pairs that were judged otherwise, and the parts that ties make of the nodes."""

    ties: dict[Pair, Tie] = field(default_factory=dict)
    judged: dict[Pair, Why] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)
    size: dict[str, int] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)

    def root(self, node: str) -> str:
        """The node that stands for the part of a node."""
        return root_of(self.first, node)

    def add(self, node: str) -> bool:
        """Takes a node in; gives whether it is new."""
        if node in self.first:
            return False
        self.first[node] = node
        self.size[node] = 1
        return True

    def join(self, a: str, b: str) -> None:
        """Makes one part of two."""
        x, y = self.root(a), self.root(b)
        if x != y:
            self.first[y] = x
            self.size[x] += self.size.pop(y)

    def parts(self) -> Iterable[Part]:
        """What was gathered, by part."""
        parts: dict[str, Part] = {}
        for node in self.first:
            parts.setdefault(self.root(node), Part()).nodes.append(node)
        for pair, tie in self.ties.items():
            parts[self.root(pair[0])].ties.append(tie)
        for pair, why in self.judged.items():
            roots = {self.root(node) for node in pair if node in self.first}
            for root in roots:
                parts[root].judged[pair] = why
                if why == "different":
                    for node, other in (pair, pair[::-1]):
                        parts[root].apart.setdefault(node, set()).add(other)
        for node in self.cut:
            parts[self.root(node)].cut = True
        return parts.values()


def may_join(node: str) -> bool:
    """Whether a node is of a kind that may be one with another."""
    return kind_of(node) in ontology().links[SAME].sources


def gathered(
    store: Linked, ids: Collection[str], threshold: float, most: int, trusted: Callable[[Link], bool]
) -> _Around:
    """All that trusted ties above a threshold join to some nodes, directly or through others."""
    around = _Around()
    front = [node for node in ids if around.add(node)]
    while front:
        found = store.expand(front, IDENTITY_LINKS, limit=LINKS)
        around.cut |= {cut.node for cut in found.cut}
        reached: dict[str, None] = {}
        for node in front:
            for link in found.links.get(node, ()):
                pair = _pair(link)
                if link.kind != SAME:
                    around.judged[pair] = "different" if link.kind == DIFFERENT else "unsure"
                elif (
                    link.source != link.target and (tie := _tie(pair, link)).probability >= threshold and trusted(link)
                ):
                    other = link.other(node)
                    if other not in around.first and around.size[around.root(node)] >= most:
                        around.cut.add(node)
                        continue
                    known = around.ties.get(pair)
                    if known is None or known.rank < tie.rank:
                        around.ties[pair] = tie
                    if around.add(other):
                        reached[other] = None
                    around.join(node, other)
        front = list(reached)
    return around


def _tie(pair: Pair, link: Link) -> Tie:
    return Tie(*pair, 1.0 if link.inference is None else link.inference.probability, link)


def _pair(link: Link) -> Pair:
    return min(link.source, link.target), max(link.source, link.target)


def root_of(first: dict[str, str], node: str) -> str:
    while (above := first[node]) != node:
        first[node] = first[above]
        node = above
    return node
