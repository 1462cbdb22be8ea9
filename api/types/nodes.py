"""The graph as types: an interface for nodes with a type for every kind of the ontology, links, statements, records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import strawberry

from api.ask import MOST_STATEMENTS, Ask
from api.query.fields import Values, many, one
from api.types.pages import Connection, page
from api.types.scalars import Day, Direction, Language, LinkKind, Moment, NodeKind, names_of
from graph import caption
from graph.model import Link as KnownLink
from graph.model import Node as KnownNode
from graph.model import Statement as KnownStatement
from graph.model import kind_of
from graph.ontology import NodeKind as Kind
from graph.ontology import Property as Known
from graph.ontology import ontology

_TYPES: dict[str, Any] = {
    "text": str,
    "url": str,
    "flag": bool,
    "number": float,
    "integer": float,
    "date": Day,
    "time": Moment,
}
_STATEMENTS = 1000  # of a node at the most, as the store gives them


def _first(name: str) -> Callable[[KnownNode], Any]:
    def first(node: KnownNode) -> Any:
        values = node.values.get(name)
        return values[0] if values else None

    return first


def _words(ask: Ask, language: Language | None) -> caption.Language:
    return "zh" if (language.value if language is not None else ask.language) == "zh" else "en"


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

    name: str = one(lambda p: p[0].name, "Its name in the ontology.", type=str)
    values: list[str] = one(lambda p: [str(v) for v in p[1]], "Its values as text.", type=list[str])

    @many("str")
    def label(properties: Sequence[tuple[Known, Any]], ask: Ask, language: Language | None = None) -> Values:
        """What people call it, in the language of the request or in this one."""
        words = _words(ask, language)
        return [known.label.zh if words == "zh" else known.label.en for known, _ in properties]


@strawberry.type(description="How many links of a kind a node has in one direction.")
class LinkCount:
    """A count of links."""

    kind: LinkKind = one(lambda c: c[0], "The kind of link.", type=LinkKind)
    direction: Direction = one(lambda c: c[1], "Whether they lead from the node or to it.", type=Direction)
    links: int = one(lambda c: c[2], "How many there are.", type=int)


@strawberry.type(description="A row of a feed as it came: what every statement rests on. 记录")
class Record:
    """A record."""

    id: strawberry.ID = one(lambda r: r.id, "`source:key`.", type=strawberry.ID)
    source: str = one(lambda r: r.source, "Who says so: the feed's name.", type=str)
    key: str = one(lambda r: r.key, "The row's key in its source.", type=str)
    file: str = one(lambda r: r.file, "The file it came in.", type=str)
    row: int = one(lambda r: r.row, "The row's number in the file.", type=int)
    received: str = one(lambda r: r.received, "When it was loaded in this form.", type=Moment)
    digest: str = one(lambda r: r.digest, "A hash of the row and of the mapping that read it.", type=str)
    cells: list[Value] = one(
        lambda r: list(r.raw.items()), "The row as it came: its columns and their cells.", type=list[Value], size=10
    )

    @many("list[Node]", cost=1, size=5)
    def nodes(records: Sequence[Any], ask: Ask) -> Values:
        """The nodes that it speaks of."""
        named = [list(dict.fromkeys(m.node for m in record.mentions)) for record in records]
        known = ask.nodes(n for names in named for n in names)
        return [[known[n] for n in names if n in known] for names in named]


@strawberry.type(description="That a record says something of a node. 陈述")
class Statement:
    """A statement."""

    field: str = one(lambda s: s.field, "In which part of the record.", type=str)
    record_id: strawberry.ID = one(lambda s: s.record, "The record's id.", type=strawberry.ID)
    values: list[Value] = one(lambda s: list(s.values.items()), "What it states.", type=list[Value], size=3)
    observed: bool = one(lambda s: True, "Whether a record states it outright: statements always are.", type=bool)

    @many("Record | None")
    def record(statements: Sequence[KnownStatement], ask: Ask) -> Values:
        """The record."""
        known = ask.records(s.record for s in statements)
        return [known.get(s.record) for s in statements]


@strawberry.interface(description="Anything that records speak of: a company, a listing, an address … 节点")
class Node:
    """A node."""

    id: strawberry.ID = one(
        lambda n: n.id, "The global id: `Kind/key`, or a token where the key is masked.", type=strawberry.ID
    )
    kind: NodeKind = one(lambda n: n.kind, "Its kind.", type=NodeKind)
    masked: bool = one(
        lambda n: n.is_masked, "Whether its key is hidden from you: a grant of the data's owner shows it.", type=bool
    )
    masked_properties: list[str] = one(
        lambda n: list(n.masked), "The names of its properties that are hidden from you.", type=list[str]
    )
    caption: str = one(lambda n: n.caption, "The name that it goes by.", type=str)
    mentions: int | None = one(
        lambda n: n.mentions or None,
        "How many places in records speak of it; null for a viewer from whom nodes are hidden.",
        type=int | None,
    )

    @many("str")
    def label(nodes: Sequence[KnownNode], ask: Ask, language: Language | None = None) -> Values:
        """What people call its kind, in the language of the request or in this one."""
        words = _words(ask, language)
        return [caption.kind_label(node.kind, words) for node in nodes]

    @many("list[Property]", size=5)
    def properties(nodes: Sequence[KnownNode], ask: Ask) -> Values:
        """All its properties that some record states, with all values."""
        kinds = ontology().kinds
        return [
            [
                (known, node.values[known.name])
                for known in kinds[node.kind].properties.values()
                if known.name in node.values
            ]
            for node in nodes
        ]

    @many("list[LinkCount]", cost=2, size=10)
    def counts(nodes: Sequence[KnownNode], ask: Ask) -> Values:
        """How many links of each kind and direction it has."""
        found = ask.counts([node.id for node in nodes])
        return [[(kind, way, n) for (kind, way), n in sorted(found.get(node.id, {}).items())] for node in nodes]

    @many("LinkConnection", cost=3, sized_by="first", size=20)
    def links(
        nodes: Sequence[KnownNode],
        ask: Ask,
        kinds: list[LinkKind] | None = None,
        direction: Direction = Direction.BOTH,
        start: Day | None = None,
        end: Day | None = None,
        first: int = 20,
        after: str | None = None,
    ) -> Values:
        """The links around it, kind by kind, the newest first."""
        return ask.links_of([node.id for node in nodes], names_of(kinds), direction.value, start, end, first, after)

    @many("StatementConnection", cost=2, sized_by="first", size=20)
    def statements(
        nodes: Sequence[KnownNode], ask: Ask, property: str | None = None, first: int = 20, after: str | None = None
    ) -> Values:
        """What records say of it, or of one property of it."""
        found = ask.statements(node.id for node in nodes)
        return [
            page(
                [s for s in found.get(node.id, ()) if property is None or property in s.values],
                first,
                after,
                lambda s: f"{s.record}#{s.field}",
                may_be_more=len(found.get(node.id, ())) >= MOST_STATEMENTS,
            )
            for node in nodes
        ]


@strawberry.type(description="Why a link that no record states outright is believed. 推断")
class Inference:
    """An inference."""

    rule: str = one(lambda i: i.rule, "The rule or model, with its version.", type=str)
    probability: float = one(lambda i: i.probability, "How probable the link is, in 0..1.", type=float)
    reasons: list[str] = one(lambda i: list(i.reasons), "Its reasons.", type=list[str])


@strawberry.type(description="A link between two nodes, with the records that state it. 关系")
class Link:
    """A link."""

    kind: LinkKind = one(lambda k: k.kind, "Its kind.", type=LinkKind)
    source_id: strawberry.ID = one(lambda k: k.source, "The id of the node it leads from.", type=strawberry.ID)
    target_id: strawberry.ID = one(lambda k: k.target, "The id of the node it leads to.", type=strawberry.ID)
    start: Day | None = one(lambda k: k.start, "The first day on which it is stated to hold.", type=Day | None)
    end: Day | None = one(lambda k: k.end, "The last one.", type=Day | None)
    observed: bool = one(
        lambda k: k.inference is None, "Whether a record states it outright; else a rule or a model did.", type=bool
    )
    inference: Inference | None = one(
        lambda k: k.inference, "Why it is believed, if it was inferred.", type=Inference | None
    )
    values: list[Value] = one(
        lambda k: list(k.values.items()), "What is said of the link itself.", type=list[Value], size=1
    )
    record_ids: list[strawberry.ID] = one(
        lambda k: list(k.records), "The ids of the records that state it.", type=list[strawberry.ID]
    )

    @many("str")
    def label(links: Sequence[KnownLink], ask: Ask, language: Language | None = None) -> Values:
        """What people call its kind, read from source to target."""
        words = _words(ask, language)
        return [caption.kind_label(link.kind, words) for link in links]

    @many("Node")
    def source(links: Sequence[KnownLink], ask: Ask) -> Values:
        """The node it leads from."""
        known = ask.nodes(link.source for link in links)
        return [known.get(link.source) for link in links]

    @many("Node")
    def target(links: Sequence[KnownLink], ask: Ask) -> Values:
        """The node it leads to."""
        known = ask.nodes(link.target for link in links)
        return [known.get(link.target) for link in links]

    @many("list[Record]", cost=1, sized_by="first", size=10)
    def records(links: Sequence[KnownLink], ask: Ask, first: int = 10) -> Values:
        """The records that state it."""
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
