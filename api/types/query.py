"""The questions of the schema: what may be asked, each with an example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import strawberry

from api.ask import Ask
from api.query.fields import Values, many, one
from api.types.mutation import Job
from api.types.nodes import Link, LinkCount, Node, Record
from api.types.pages import Connection, page, reach
from api.types.scalars import Day, Direction, LinkKind, Moment, NodeKind, names_of
from api.types.sharing import Case, Grant
from api.types.traces import ClueInput, Cut, Trace


@strawberry.type(description="Who you are to this service.")
class Me:
    """The viewer."""

    id: str = one(lambda v: v.id, "The id of your key or token.", type=str)
    name: str = one(lambda v: v.name, "What you are called.", type=str)
    role: str = one(lambda v: v.role, "Your role.", type=str)
    jurisdictions: list[str] = one(
        lambda v: list(v.jurisdictions), "The codes of the divisions you see; none: all.", type=list[str]
    )
    cases: list[str] = one(lambda v: sorted(v.cases), "The numbers of your open cases.", type=list[str])
    owned: list[str] = one(
        lambda v: sorted(v.owned), "The sources whose data is your own, who sees which you say.", type=list[str]
    )


@strawberry.type(description="A node that a text finds.")
class Hit:
    """A hit."""

    node: Node = one(lambda h: h.node, "The node.", type=Node)
    score: float = one(lambda h: h.score, "How well it fits, in 0..1.", type=float)
    by: str = one(lambda h: h.by, "Whether its `number`, a `text` or a `name` of it was met.", type=str)


@strawberry.type(description="How many links a node has.")
class NodeCounts:
    """Counts of one node."""

    node_id: strawberry.ID = one(lambda c: c[0], "The node's id.", type=strawberry.ID)
    counts: list[LinkCount] = one(
        lambda c: [(kind, way, n) for (kind, way), n in sorted(c[1].items())],
        "By kind of link and direction.",
        type=list[LinkCount],
        size=10,
    )


@strawberry.type(description="What stands around nodes.")
class Expansion:
    """An expansion."""

    links: list[Link] = one(lambda e: list(e.links), "Each link once.", type=list[Link], size=3)
    cut: list[Cut] = one(lambda e: list(e.cut), "What was left out, with the totals.", type=list[Cut], size=2)
    truncated: bool = one(lambda e: bool(e.cut), "Whether anything was left out.", type=bool)
    counts: list[NodeCounts] = one(
        lambda e: list(e.counts.items()),
        "How many links of each kind each node has in all.",
        type=list[NodeCounts],
        size=1,
    )

    @many(list[Node], size=3)
    def nodes(expansions: Sequence[Any], ask: Ask) -> Values:
        """The nodes asked about, and those that links reach."""
        known = ask.nodes(name for expansion in expansions for name in expansion.nodes)
        return [[known[name] for name in expansion.nodes] for expansion in expansions]


@strawberry.type(description="A path between two nodes.")
class Path:
    """A path."""

    node_ids: list[strawberry.ID] = one(
        lambda p: list(p.nodes), "The ids of the nodes, in their order.", type=list[strawberry.ID]
    )
    links: list[Link] = one(lambda p: list(p.links), "The links, in their order.", type=list[Link], size=4)
    cost: float = one(lambda p: p.cost, "Low for short ways through rare nodes.", type=float)

    @many(list[Node], size=5)
    def nodes(paths: Sequence[Any], ask: Ask) -> Values:
        """The nodes, in their order."""
        known = ask.nodes(n for path in paths for n in path.nodes)
        return [[known[n] for n in path.nodes if n in known] for path in paths]


@strawberry.type(description="How two nodes are joined.")
class Paths:
    """Paths."""

    paths: list[Path] = one(lambda p: list(p.paths), "The best first.", type=list[Path], size=1)
    cut: list[Cut] = one(
        lambda p: list(p.cut), "The hubs of which not every link was followed.", type=list[Cut], size=2
    )
    passed_over: int | None = one(
        lambda p: p.passed_over,
        "How many nodes were not followed at all; null for a viewer from whom nodes are hidden.",
        type=int | None,
    )


@strawberry.type(description="A file that was loaded.")
class SourceFile:
    """A file."""

    name: str = one(lambda f: f.name, "Its name.", type=str)
    rows: int = one(lambda f: f.rows, "How many rows it has.", type=int)
    set_aside: int = one(lambda f: f.set_aside, "How many of them are set aside.", type=int)
    loaded: str = one(lambda f: f.loaded, "When it was loaded.", type=Moment)
    complete: bool = one(lambda f: f.complete, "Whether it was loaded to its end.", type=bool)


@strawberry.type(description="A source of records. 来源")
class Source:
    """A source."""

    name: str = one(lambda s: s.name, "Its name.", type=str)
    records: int = one(lambda s: s.records, "How many records it has.", type=int)
    set_aside: int = one(lambda s: s.set_aside, "How many of its rows are set aside.", type=int)
    files: list[SourceFile] = one(lambda s: list(s.files), "The files it sent.", type=list[SourceFile], size=5)


@strawberry.type(description="A row that could not be read with certainty. 搁置行")
class SetAside:
    """A row set aside."""

    id: strawberry.ID = one(lambda s: s.id, "Its id.", type=strawberry.ID)
    source: str = one(lambda s: s.source, "Whose it is.", type=str)
    file: str = one(lambda s: s.file, "The file it stands in.", type=str)
    row: int = one(lambda s: s.row, "Its number in the file.", type=int)
    column: str | None = one(
        lambda s: s.column, "The column at fault; null when the row as a whole is.", type=str | None
    )
    reason: str = one(lambda s: s.reason, "What is wrong with it.", type=str)
    received: str = one(lambda s: s.received, "When it came.", type=Moment)


HitConnection = Connection[Hit]
SetAsideConnection = Connection[SetAside]


@strawberry.type(description="Headwater answers questions about who made, stored and shipped counterfeit goods.")
class Query:
    """The root of all queries."""

    @many(Me, cost=0, waits=False)
    def me(_: Sequence[None], ask: Ask) -> Values:
        """Who you are to this service. Example: `{ me { name role } }`"""
        return [ask.viewer]

    @many(HitConnection, cost=10, sized_by="first", size=20)
    def search(
        _: Sequence[None],
        ask: Ask,
        text: str,
        kinds: list[NodeKind] | None = None,
        first: int = 20,
        after: str | None = None,
    ) -> Values:
        """Nodes by a number, a text or a name however it is spelled, in either script.

        Example: `{ search(text: "yongfei") { total nodes { score node { id caption } } } }`
        """
        found = ask.search(text, names_of(kinds), reach(first, after) + 1)
        return [page(found.hits, first, after, lambda hit: hit.node.id, total=found.total, may_be_more=found.cut)]

    @many(Node | None)
    def node(_: Sequence[None], ask: Ask, id: strawberry.ID) -> Values:
        """The node of this id. Example: `{ node(id: "Company/91330304MA6QDUMH3D") { caption } }`"""
        return [ask.nodes([str(id)]).get(str(id))]

    @many(list[Node | None], cost=1, sized_by="ids", size=10)
    def nodes(_: Sequence[None], ask: Ask, ids: list[strawberry.ID]) -> Values:
        """The nodes of these ids, in their order.

        Example: `{ nodes(ids: ["Company/91330304MA6QDUMH3D"]) { caption } }`
        """
        known = ask.nodes(map(str, ids))
        return [[known.get(str(i)) for i in ids]]

    @many(list[list[Node]], cost=2, sized_by="values", size=10)
    def find(_: Sequence[None], ask: Ask, kind: NodeKind, values: list[str]) -> Values:
        """The nodes that each value identifies: credit codes, phones, web addresses, numbers.

        Example: `{ find(kind: Phone, values: ["138 0013 8000"]) { id caption } }`
        """
        return [ask.find(kind.value, values)]

    @many(Trace, cost=50, size=1)
    def trace(_: Sequence[None], ask: Ask, clue: ClueInput, limit: int = 10) -> Values:
        """Traces a clue to those who made, traded, stored and sold the goods.

        Example: `{ trace(clue: {value: "13800138000", kind: PHONE}) { verdict candidates { role name probability } } }`
        """
        return [ask.trace(clue.known(), limit)]

    @many(list[Trace | None], cost=50, sized_by="clues", size=1)
    def traces(_: Sequence[None], ask: Ask, clues: list[ClueInput], limit: int = 10) -> Values:
        """Traces several clues; one that names nothing known is null, with its error.

        Example: `{ traces(clues: [{value: "13800138000"}]) { verdict } }`
        """
        return [ask.traces([clue.known() for clue in clues], limit)]

    @many(Expansion, cost=5, sized_by=("ids", "first"), size=20)
    def expand(
        _: Sequence[None],
        ask: Ask,
        ids: list[strawberry.ID],
        kinds: list[LinkKind] | None = None,
        direction: Direction = Direction.BOTH,
        start: Day | None = None,
        end: Day | None = None,
        first: int = 20,
    ) -> Values:
        """What stands around nodes: counts by kind, then at most `first` links per node, kind and direction.

        Example: `{ expand(ids: ["Phone/+8613800138000"]) { counts { nodeId counts { kind links } } truncated } }`
        """
        return [ask.expand([str(i) for i in ids], names_of(kinds), direction.value, start, end, first)]

    @many(Paths, cost=20, size=5)
    def paths(
        _: Sequence[None],
        ask: Ask,
        source: strawberry.ID,
        target: strawberry.ID,
        hops: int = 10,
        limit: int = 5,
        kinds: list[LinkKind] | None = None,
        start: Day | None = None,
        end: Day | None = None,
    ) -> Values:
        """How two nodes are joined, through what says most.

        Example: `{ paths(source: "Phone/+8613800138000", target: "Consignment/FR002") { paths { nodeIds cost } } }`
        """
        return [ask.paths(str(source), str(target), hops, limit, names_of(kinds), start, end)]

    @many(list[Record | None], cost=1, sized_by="ids", size=10)
    def records(_: Sequence[None], ask: Ask, ids: list[strawberry.ID]) -> Values:
        """The records of these ids, in their order. Example: `{ records(ids: ["freight:FR002"]) { file row } }`"""
        known = ask.records(map(str, ids))
        return [[known.get(str(i)) for i in ids]]

    @many(list[Source], cost=5, size=10, roles=("investigator", "enforcement", "customs", "steward", "admin"))
    def sources(_: Sequence[None], ask: Ask) -> Values:
        """The sources of records with their files. Example: `{ sources { name records setAside } }`"""
        return [ask.sources()]

    @many(SetAsideConnection, cost=2, sized_by="first", size=20, roles=("steward", "admin"))
    def quarantine(
        _: Sequence[None],
        ask: Ask,
        source: str | None = None,
        file: str | None = None,
        first: int = 20,
        after: str | None = None,
    ) -> Values:
        """The rows that were set aside, for stewards and admins.

        Example: `{ quarantine { total nodes { reason } } }`
        """
        return [ask.quarantine(source, file, first, after)]

    @many(Job | None, cost=1)
    def job(_: Sequence[None], ask: Ask, id: strawberry.ID) -> Values:
        """A job of yours, or anybody's for stewards and admins. Example: `{ job(id: "4f…") { state done total } }`"""
        return [ask.job(str(id))]

    @many(list[Case], cost=1, size=10, roles=("enforcement", "customs", "steward", "admin"))
    def cases(_: Sequence[None], ask: Ask) -> Values:
        """The open cases that you are a member of. Example: `{ cases { number members } }`"""
        return [ask.cases()]

    @many(list[Grant], cost=1, size=10)
    def grants(_: Sequence[None], ask: Ask) -> Values:
        """The grants of sources that are your own; for an admin, all.

        Example: `{ grants { id to property owner case until state } }`
        """
        return [ask.grants()]
