"""The graph as types: an interface for nodes with a type for every kind of the ontology, links, statements, records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.ask import SIFTED, Ask, SeenNode
from api.masks.paging import Part, Spot
from api.query.fields import Values, many, one
from api.types.arguments import After, End, First, LinkKinds, Start, Threshold, Way, Words
from api.types.pages import Connection
from api.types.scalars import Day, Direction, LinkKind, Moment, NodeKind, names_of
from graph import caption
from graph.clusters import THRESHOLD
from graph.model import Link as KnownLink
from graph.model import Statement as KnownStatement
from graph.model import kind_of
from graph.ontology import NodeKind as Kind
from graph.ontology import Property as Known
from graph.ontology import ontology

_PLACES = [len(ontology().outgoing[kind]) + len(ontology().incoming[kind]) for kind in ontology().kinds]
CLUSTER = 20  # what it costs to find a cluster
MOST_WAYS = max(_PLACES)
"""Kinds and directions of links that a node may have."""
MOST_PROPERTIES = max(len(kind.properties) for kind in ontology().kinds.values())
RECORD = 10  # what it costs to read a record, and to mask it

if TYPE_CHECKING:
    from api.types.identity import Cluster

_TYPES: dict[str, Any] = {
    "text": str,
    "url": str,
    "flag": bool,
    "number": float,
    "integer": float,
    "date": Day,
    "time": Moment,
}


@dataclass(frozen=True, slots=True)
class Stated:
    """A property of a node, as the ontology knows it, with all its values."""

    node: str
    known: Known
    values: tuple[Any, ...]


def _first(name: str) -> Callable[[SeenNode], Any]:
    def first(node: SeenNode) -> Any:
        values = node.values.get(name)
        return values[0] if values else None

    return first


def words_in(ask: Ask, language: Words) -> caption.Language:
    """The language in which labels are asked for."""
    return "zh" if (language.value if language is not None else ask.language) == "zh" else "en"


def recorded(ask: Ask, stating: Iterable[Iterable[str]], first: int) -> list[list[Any]]:
    """For each of several lists of ids, the first records of it."""
    named = [list(dict.fromkeys(ids))[:first] for ids in stating]
    known = ask.records(r for names in named for r in names)
    return [[known[r] for r in names if r in known] for names in named]


@strawberry.type(description="One value of a property or of a link, as text.")
class Value:
    """A value with its name."""

    name: str = one(lambda v: v[0], "Which property of the ontology it is a value of.", type=str)
    value: str = one(lambda v: str(v[1]), "The value as text.", type=str)


@strawberry.type(
    description="A property of a node with all values that records state of it, the most often stated first."
)
class Property:
    """A property with its values."""

    name: str = one("known.name", "Its name in the ontology.", type=str)
    values: list[str] = one(lambda p: [str(v) for v in p.values], "Its values as text.", type=list[str])

    @many("str")
    def label(properties: Sequence[Stated], ask: Ask, language: Words = None) -> Values:
        """What people call it, in the language of the request or in this one."""
        words = words_in(ask, language)
        return [p.known.label.zh if words == "zh" else p.known.label.en for p in properties]

    @many("list[Record]", cost=10, each=RECORD, sized={"first": 10})
    def records(properties: Sequence[Stated], ask: Ask, first: First = 10) -> Values:
        """The records that state it, whichever value they give, as far as they are among the first 200 of the node.

        `statements` of the node pages through all, and tells which says what.
        """
        parts = ask.statements((p.node for p in properties), None, SIFTED)
        stating = (
            [s.record for s in parts[p.node].items if p.known.name in s.values] if p.node in parts else []
            for p in properties
        )
        return recorded(ask, stating, first)


@strawberry.type(description="How many links of a kind a node has in one direction.")
class LinkCount:
    """A count of links."""

    kind: LinkKind = one(lambda c: c[0], "The kind of link.", type=LinkKind)
    direction: Direction = one(lambda c: c[1], "Whether they lead from the node or to it.", type=Direction)
    links: int = one(lambda c: c[2], "How many there are.", type=int)


@strawberry.type(description="A row of a feed as it came: what every statement rests on. 记录")
class Record:
    """A record."""

    id: strawberry.ID = one("id", "`source:key`.", type=strawberry.ID)
    source: str = one("source", "Who says so: the feed's name.", type=str)
    key: str = one("key", "The row's key in its source.", type=str)
    file: str = one("file", "The file it came in.", type=str)
    row: int = one("row", "The row's number in the file.", type=int)
    received: str = one("received", "When it was loaded in this form.", type=Moment)
    digest: str = one("digest", "A hash of the row and of the mapping that read it.", type=str)
    cells: list[Value] = one(
        lambda r: list(r.raw.items()), "The row as it came: its columns and their cells.", type=list[Value], size=30
    )

    @many("list[Node]", each=1, size=12)
    def nodes(records: Sequence[Any], ask: Ask) -> Values:
        """The nodes that it speaks of."""
        named = [list(dict.fromkeys(m.node for m in record.mentions)) for record in records]
        known = ask.nodes(n for names in named for n in names)
        return [[known[n] for n in names if n in known] for names in named]


@strawberry.type(description="That a record says something of a node. 陈述")
class Statement:
    """A statement."""

    field: str = one("field", "In which part of the record.", type=str)
    record_id: strawberry.ID = one("record", "The record's id.", type=strawberry.ID)
    values: list[Value] = one(
        lambda s: list(s.values.items()), "What it states.", type=list[Value], size=MOST_PROPERTIES
    )
    observed: bool = one(lambda s: True, "Whether a record states it outright: statements always are.", type=bool)

    @many("Record | None", cost=RECORD)
    def record(statements: Sequence[KnownStatement], ask: Ask) -> Values:
        """The record."""
        known = ask.records(s.record for s in statements)
        return [known.get(s.record) for s in statements]


@strawberry.interface(description="Anything that records speak of: a company, a listing, an address … 节点")
class Node:
    """A node."""

    id: strawberry.ID = one("id", "The global id: `Kind/key`, or a token where the key is masked.", type=strawberry.ID)
    kind: NodeKind = one("kind", "Its kind.", type=NodeKind)
    masked: bool = one(
        "is_masked", "Whether its key is hidden from you: a grant of the data's owner shows it.", type=bool
    )
    masked_properties: list[str] = one(
        "masked", "The names of its properties that are hidden from you.", type=list[str]
    )
    caption: str = one("caption", "The name that it goes by.", type=str)
    mentions: int | None = one(
        lambda n: n.mentions or None,
        "How many places in records speak of it; null for a viewer from whom nodes are hidden.",
        type=int | None,
    )

    @many("str")
    def label(nodes: Sequence[SeenNode], ask: Ask, language: Words = None) -> Values:
        """What people call its kind, in the language of the request or in this one."""
        words = words_in(ask, language)
        return [caption.kind_label(node.kind, words) for node in nodes]

    @many("list[Property]", cost=1, size=MOST_PROPERTIES)
    def properties(nodes: Sequence[SeenNode], ask: Ask) -> Values:
        """All its properties that some record states, with all values."""
        kinds = ontology().kinds
        return [
            [
                Stated(node.id, known, node.values[known.name])
                for known in kinds[node.kind].properties.values()
                if known.name in node.values
            ]
            for node in nodes
        ]

    @many("list[LinkCount]", cost=10, size=MOST_WAYS)
    def counts(nodes: Sequence[SeenNode], ask: Ask, start: Start = None, end: End = None) -> Values:
        """How many links of each kind and direction it has; with days, as many as `links` gives of them."""
        found = ask.counts((node.id for node in nodes), start, end)
        return [[(kind, way, n) for (kind, way), n in sorted(found.get(node.id, {}).items())] for node in nodes]

    @many("LinkConnection", cost=20, each=1, sized={"first": 20})
    def links(
        nodes: Sequence[SeenNode],
        ask: Ask,
        kinds: LinkKinds = None,
        direction: Way = Direction.BOTH,
        start: Start = None,
        end: End = None,
        first: First = 20,
        after: After = None,
    ) -> Values:
        """The links around it, kind by kind, those that lead from it before those that lead to it, the newest first.

        Where nodes are hidden from you, a page may hold fewer than `first`.
        """
        paging = ask.paging("links", after)
        spot = Spot(*paging.place) if paging.place is not None else None
        ids = [node.id for node in nodes]
        parts = ask.links(ids, names_of(kinds), direction.value, start, end, first, spot)
        return [paging.page(parts.get(i, Part(total=0))) for i in ids]

    @many("StatementConnection", cost=10, each=1, sized={"first": 20}, charges={"property": 80})
    def statements(
        nodes: Sequence[SeenNode],
        ask: Ask,
        property: Annotated[
            str | None, strawberry.argument(description="Only what is said of the property of this name.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Values:
        """What records say of it, or of one property of it; of one property, a page may hold fewer than `first`."""
        paging = ask.paging("statements", after)
        parts = ask.statements((node.id for node in nodes), property, first, paging.place)
        return [
            # A node is mentioned as often as something is said of it.
            paging.page(replace(parts[node.id], total=node.mentions if property is None else None))
            if node.id in parts
            else paging.page(Part(total=0 if paging.place is None else None))
            for node in nodes
        ]

    @many(Annotated["Cluster", strawberry.lazy("api.types.identity")] | None, cost=CLUSTER)
    def cluster(nodes: Sequence[SeenNode], ask: Ask, threshold: Threshold = THRESHOLD) -> Values:
        """The nodes that are taken to be one party with it; null for kinds that are never one with another."""
        found = ask.clusters((node.id for node in nodes), threshold)
        return [found.get(node.id) for node in nodes]

    @many("list[Record]", cost=10, each=RECORD, sized={"first": 10})
    def records(nodes: Sequence[SeenNode], ask: Ask, first: First = 10) -> Values:
        """The first of the records that speak of it, in a fixed order; `statements` pages through all of them."""
        # A record seldom names a node in more places than two.
        parts = ask.statements((node.id for node in nodes), None, 2 * first)
        return recorded(ask, ([s.record for s in parts.get(node.id, Part()).items] for node in nodes), first)


@strawberry.type(description="Why a link that no record states outright is believed. 推断")
class Inference:
    """An inference."""

    rule: str = one("rule", "The rule or model, with its version.", type=str)
    probability: float = one("probability", "How probable the link is, in 0..1.", type=float)
    reasons: list[str] = one("reasons", "Its reasons.", type=list[str])


@strawberry.type(description="A link between two nodes, with the records that state it. 关系")
class Link:
    """A link."""

    kind: LinkKind = one("kind", "Its kind.", type=LinkKind)
    source_id: strawberry.ID = one("source", "The id of the node it leads from.", type=strawberry.ID)
    target_id: strawberry.ID = one("target", "The id of the node it leads to.", type=strawberry.ID)
    start: Day | None = one("start", "The first day on which it is stated to hold.", type=Day | None)
    end: Day | None = one("end", "The last one.", type=Day | None)
    observed: bool = one(
        lambda k: k.inference is None, "Whether a record states it outright; else a rule or a model did.", type=bool
    )
    inference: Inference | None = one("inference", "Why it is believed, if it was inferred.", type=Inference | None)
    values: list[Value] = one(
        lambda k: list(k.values.items()), "What is said of the link itself.", type=list[Value], size=5
    )
    record_ids: list[strawberry.ID] = one("records", "The ids of the records that state it.", type=list[strawberry.ID])

    @many("str")
    def label(links: Sequence[KnownLink], ask: Ask, language: Words = None) -> Values:
        """What people call its kind, read from source to target."""
        words = words_in(ask, language)
        return [caption.kind_label(link.kind, words) for link in links]

    @many("Node | None", cost=1)
    def source(links: Sequence[KnownLink], ask: Ask) -> Values:
        """The node it leads from; null when that was taken back since the link was read."""
        known = ask.nodes(link.source for link in links)
        return [known.get(link.source) for link in links]

    @many("Node | None", cost=1)
    def target(links: Sequence[KnownLink], ask: Ask) -> Values:
        """The node it leads to; null when that was taken back since the link was read."""
        known = ask.nodes(link.target for link in links)
        return [known.get(link.target) for link in links]

    @many("list[Record]", each=RECORD, sized={"first": 10})
    def records(links: Sequence[KnownLink], ask: Ask, first: First = 10) -> Values:
        """The records that state it; `recordIds` names all of them."""
        known = ask.records(r for link in links for r in link.records[:first])
        return [[known[r] for r in link.records[:first] if r in known] for link in links]


LinkConnection = Connection[Link]
StatementConnection = Connection[Statement]


def _type_of(kind: Kind) -> Any:
    """The type of a kind of the ontology."""
    fields: dict[str, Any] = {}
    annotations: dict[str, Any] = {}
    for known in kind.properties.values():
        if known.name in Node.__annotations__:
            raise TypeError(f"{kind.name}.{known.name} has the name of a field of every node")
        type_of = _TYPES[known.type] | None
        said = f"{known.label.en} {known.label.zh}: the value most often stated."
        fields[known.name] = one(_first(known.name), said, type=type_of)
        annotations[known.name] = type_of
    made = type(kind.name, (Node,), {**fields, "__annotations__": annotations, "__module__": __name__})
    made.is_type_of = classmethod(lambda cls, value, info: kind_of(value.id) == kind.name)  # type: ignore[attr-defined]
    return strawberry.type(made, description=f"{kind.label.en} {kind.label.zh}.")


KINDS: dict[str, Any] = {name: _type_of(kind) for name, kind in ontology().kinds.items()}
"""The types of the kinds of nodes, by name."""
