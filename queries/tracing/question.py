"""What is asked, and what becomes known of it while it is traced."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from graph.clusters import Cluster, clusters
from graph.identifiers import phone
from graph.model import Cut, Direction, Expansion, Link, Node, key_of
from graph.store import Store
from queries.tracing.clue import Start
from queries.tracing.evidence import Trail
from queries.tracing.fitting import Goods, day_of
from queries.tracing.grounds import is_grounded
from queries.tracing.marks import Mark, Marks
from queries.tracing.parameters import P
from queries.tracing.walk import Reached

_DAYS = ("delivered", "dispatched", "declared", "date")
_CLOSED = ("注销", "吊销", "dissolved", "deregistered", "revoked", "cancelled")


@dataclass(slots=True)
class Source:
    """A party that may have made the goods: the node that names it, how it came up, and how probably it is the one.

    `group` is the same for all nodes that freight records show to be one consignor; -1 for none.
    """

    node: str
    channel: str
    probability: float
    group: int = -1


class _Around(NamedTuple):
    """Links of one kind and direction at a node, at most `limit`; `cut` when there were more."""

    links: Sequence[Link]
    limit: int
    cut: bool


_NONE = _Around((), 0, False)
Window = tuple[str | None, str | None]


@dataclass(slots=True)
class Question:
    """What is known while a clue is traced, and the one door to the store: nothing is asked for twice."""

    store: Store
    start: Start
    goods: Goods = field(default_factory=Goods)
    marks: Marks = field(default_factory=Marks)
    read: tuple[Mark, ...] = ()
    seen: int | None = None
    trail: Trail = field(default_factory=Trail)
    sellers: Reached = field(default_factory=Reached)
    places: dict[str, float] = field(default_factory=dict)
    sites: dict[str, float] = field(default_factory=dict)
    senders: dict[str, float] = field(default_factory=dict)
    consignments: dict[str, float] = field(default_factory=dict)
    origins: dict[str, set[str]] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    trading: dict[str, float] = field(default_factory=dict)
    sending: dict[str, float] = field(default_factory=dict)
    groups: int = 0
    nodes: dict[str, Node] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    cuts: dict[tuple[str, str, str], Cut] = field(default_factory=dict)
    damped: dict[str, int] = field(default_factory=dict)
    calls: int = 0
    _around: dict[tuple[str, str, Window], dict[str, _Around]] = field(default_factory=dict)
    _clusters: dict[str, Cluster] = field(default_factory=dict)

    def links(
        self,
        nodes: Iterable[str],
        kinds: Iterable[str],
        direction: Direction,
        window: Window = (None, None),
        limit: int = 60,
    ) -> dict[str, list[Link]]:
        """The links around nodes, by node, in the order of `kinds`, newest first within a kind."""
        wanted = list(dict.fromkeys(nodes))
        held = {
            (kind, way): self._around.setdefault((kind, way, window), {}) for kind in kinds for way in _ways(direction)
        }
        missing: dict[str, None] = {}
        missing_kinds: set[str] = set()
        for (kind, _), here in held.items():
            lacking = [n for n in wanted if (known := here.get(n)) is None or known.cut and known.limit < limit]
            if lacking:
                missing.update(dict.fromkeys(lacking))
                missing_kinds.add(kind)
        if missing:
            self._fetch([n for n in wanted if n in missing], sorted(missing_kinds), direction, window, limit)
        around: dict[str, list[Link]] = {}
        for node in wanted:
            links = [link for here in held.values() for link in here[node].links]
            if links:
                around[node] = links
        return around

    def _fetch(
        self,
        nodes: list[str],
        kinds: list[str],
        direction: Direction,
        window: Window,
        limit: int,
    ) -> None:
        found = self.expand(nodes, kinds, direction, *window, limit)
        fresh: dict[tuple[str, str, str], list[Link]] = {}
        for node, links in found.links.items():
            for link in links:
                fresh.setdefault((node, link.kind, "out" if link.source == node else "in"), []).append(link)
        cut: dict[tuple[str, str, str], Cut] = {(c.node, c.kind, c.direction): c for c in found.cut}
        self.cuts |= cut
        for kind in kinds:
            for way in _ways(direction):
                here = self._around[kind, way, window]
                for node in nodes:
                    at = node, kind, way
                    here[node] = _Around(fresh[at], limit, at in cut) if at in fresh else _NONE

    def expand(
        self,
        ids: Iterable[str],
        kinds: Collection[str] | None = None,
        direction: Direction = "both",
        start: str | None = None,
        end: str | None = None,
        limit: int = 100,
    ) -> Expansion:
        """The links around nodes as the store has them, what is asked for the first time."""
        self.calls += 1
        return self.store.expand(ids, kinds, direction, start, end, limit)

    def same(self, nodes: Iterable[str]) -> dict[str, Cluster]:
        """The cluster of each node, as the links of identity tell."""
        wanted = list(dict.fromkeys(nodes))
        if missing := [n for n in wanted if n not in self._clusters]:
            for one in (found := clusters(self, missing, P.same, trusted=is_grounded)).values():
                self._clusters |= dict.fromkeys(one.members, one)
            self._clusters |= found
        return {n: self._clusters[n] for n in wanted}

    def get(self, ids: Iterable[str]) -> None:
        """Makes the values of nodes known."""
        missing = [n for n in dict.fromkeys(ids) if n not in self.nodes and n not in self.absent]
        if missing:
            self.calls += 1
            self.nodes.update(self.store.get(missing))
            self.absent.update(n for n in missing if n not in self.nodes)

    def value(self, node: str, name: str) -> str:
        """The value most often stated of a node that was got; '' when there is none."""
        held = self.nodes.get(node)
        value = held.get(name) if held is not None else None
        return "" if value is None else str(value)

    def values(self, node: str, name: str) -> list[str]:
        """All values stated of a node that was got."""
        held = self.nodes.get(node)
        return [str(value) for value in held.values.get(name, ())] if held is not None else []

    def closed(self, node: str) -> bool:
        """Whether a company is off the register: its phone may since belong to another."""
        status = self.value(node, "status").lower()
        return bool(status) and any(word in status for word in _CLOSED)

    def standing(self, node: str) -> float:
        """By what belief in a company is multiplied for its being off the register or on it."""
        return P.closed if self.closed(node) else 1.0

    def follow(self, node: str, parent: str, link: Link, factor: float) -> None:
        """Notes a way by which a node was reached."""
        self.trail.note(node, parent, link, factor)

    def window(self, before: int, after: int) -> Window:
        """The days around the one on which the clue was seen; open when that is not known."""
        if self.seen is None:
            return None, None
        base = date.fromordinal(self.seen)
        return (base - timedelta(before)).isoformat(), (base + timedelta(after)).isoformat()

    def day(self, node: str) -> int | None:
        """The day that a document which was got is of, its last one."""
        when = next((v for name in _DAYS if (v := self.value(node, name))), "")
        return day_of(when) if when else None

    def age(self, text: str | None) -> int | None:
        """How many days before the clue was seen a date lies."""
        return self.seen - day_of(text) if self.seen is not None and text else None


def _ways(direction: Direction) -> tuple[Direction, ...]:
    return ("out", "in") if direction == "both" else (direction,)


def masked(node: str) -> str:
    """The key of the masked form of a phone's node; a masked one's own."""
    return phone.mask_of(key_of(node)) or key_of(node)


def strongest(found: Mapping[str, float], least: float = 0.0, most: int | None = None) -> list[str]:
    """The nodes above a probability, the most probable first."""
    return sorted((n for n, p in found.items() if p > least), key=lambda n: (-found[n], n))[:most]


def ask(store: Store, start: Start) -> Question:
    """A question about what a clue names: its right, the goods and the marks of it, and the day are made known."""
    q = Question(store, start)
    q.calls = 2  # those that found what the clue names
    q.seen = day_of(start.at) if start.at else None
    if start.right is not None:
        q.get([start.right])
        q.goods = Goods.of(q.values(start.right, "goods"))
        q.marks = Marks(q.nodes[n] for n in (start.right,) if n in q.nodes)
    return q
