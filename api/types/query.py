"""The questions of the schema: what may be asked, each with an example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from api import feeds
from api.access.cases import find_case
from api.access.sharing import grants_of_owned
from api.access.viewer import JUDGES
from api.ask import Ask
from api.errors import ServiceError
from api.query.fields import Values, many, one
from api.types.arguments import After, End, First, Id, Ids, LinkKinds, NodeKinds, PerRole, Start, Way
from api.types.identity import Explanation, ReviewConnection
from api.types.mutation import Job
from api.types.nodes import MOST_WAYS, RECORD, Link, LinkCount, Node, Record
from api.types.pages import Connection
from api.types.scalars import Direction, Moment, NodeKind, names_of
from api.types.sharing import Case, Grant
from api.types.traces import TRACE, ClueInput, Cut, Trace
from queries.paths import HOPS, MOST_HOPS

MOST_PATHS = 50
EXPLANATION, REVIEW = 15_000, 20_000
"""What it costs to compare two parties among all that are known, and to put all links of identity in order."""
_FANOUT = 100  # links followed per node, kind and direction


@strawberry.type(description="Who you are to this service.")
class Me:
    """The viewer."""

    id: str = one("id", "The id of your key or token.", type=str)
    name: str = one("name", "What you are called.", type=str)
    role: str = one("role", "Your role.", type=str)
    jurisdictions: list[str] = one("jurisdictions", "The codes of the divisions you see; none: all.", type=list[str])
    cases: list[str] = one(lambda v: sorted(v.cases), "The numbers of your open cases.", type=list[str])
    owned: list[str] = one(
        lambda v: sorted(v.owned), "The sources whose data is your own, who sees which you say.", type=list[str]
    )


@strawberry.type(description="A node that a text finds.")
class Hit:
    """A hit."""

    node: Node = one("node", "The node.", type=Node)
    score: float = one("score", "How well it fits, in 0..1.", type=float)
    by: str = one("by", "Whether its `number`, a `text` or a `name` of it was met.", type=str)


@strawberry.type(description="How many links a node has.")
class NodeCounts:
    """Counts of one node."""

    node_id: strawberry.ID = one(lambda c: c[0], "The node's id.", type=strawberry.ID)
    counts: list[LinkCount] = one(
        lambda c: [(kind, way, n) for (kind, way), n in sorted(c[1].items())],
        "By kind of link and direction.",
        type=list[LinkCount],
        size=MOST_WAYS,
    )


@strawberry.type(description="What stands around nodes.")
class Expansion:
    """An expansion."""

    links: list[Link] = one("links", "Each link once.", type=list[Link], size=2)
    cut: list[Cut] = one("cut", "What was left out, with the totals.", type=list[Cut], size=2)
    truncated: bool = one(lambda e: bool(e.cut), "Whether anything was left out.", type=bool)
    counts: list[NodeCounts] = one(
        lambda e: list(e.counts.items()),
        "How many links of each kind each node has in all.",
        type=list[NodeCounts],
        size=1,
    )

    @many(list[Node], each=1, size=3)
    def nodes(expansions: Sequence[Any], ask: Ask) -> Values:
        """The nodes asked about, and those that links reach."""
        known = ask.nodes(name for expansion in expansions for name in expansion.nodes)
        return [[known[name] for name in expansion.nodes] for expansion in expansions]


@strawberry.type(description="A path between two nodes.")
class Path:
    """A path."""

    node_ids: list[strawberry.ID] = one("nodes", "The ids of the nodes, in their order.", type=list[strawberry.ID])
    links: list[Link] = one("links", "The links, in their order.", type=list[Link], size=MOST_HOPS)
    cost: float = one("cost", "Low for short ways through rare nodes.", type=float)

    @many(list[Node], each=1, size=MOST_HOPS + 1)
    def nodes(paths: Sequence[Any], ask: Ask) -> Values:
        """The nodes, in their order."""
        known = ask.nodes(n for path in paths for n in path.nodes)
        return [[known[n] for n in path.nodes if n in known] for path in paths]


@strawberry.type(description="How two nodes are joined.")
class Paths:
    """Paths."""

    paths: list[Path] = one("paths", "The best first.", type=list[Path], size=1)
    cut: list[Cut] = one("cut", "The hubs of which not every link was followed.", type=list[Cut], size=2)
    passed_over: int | None = one(
        "passed_over",
        "How many nodes were not followed at all; null for a viewer from whom nodes are hidden.",
        type=int | None,
    )


@strawberry.type(description="A file that was loaded.")
class SourceFile:
    """A file."""

    name: str = one("name", "Its name.", type=str)
    rows: int = one("rows", "How many rows it has.", type=int)
    set_aside: int = one("set_aside", "How many of them are set aside.", type=int)
    loaded: str = one("loaded", "When it was loaded.", type=Moment)
    complete: bool = one("complete", "Whether it was loaded to its end.", type=bool)


@strawberry.type(description="A source of records. 来源")
class Source:
    """A source."""

    name: str = one("name", "Its name.", type=str)
    records: int = one("records", "How many records it has.", type=int)
    set_aside: int = one("set_aside", "How many of its rows are set aside.", type=int)
    files: list[SourceFile] = one("files", "The files it sent.", type=list[SourceFile], size=5)


@strawberry.type(description="A row that could not be read with certainty. 搁置行")
class SetAside:
    """A row set aside."""

    id: strawberry.ID = one("id", "Its id.", type=strawberry.ID)
    source: str = one("source", "Whose it is.", type=str)
    file: str = one("file", "The file it stands in.", type=str)
    row: int = one("row", "Its number in the file.", type=int)
    column: str | None = one("column", "The column at fault; null when the row as a whole is.", type=str | None)
    reason: str = one("reason", "What is wrong with it.", type=str)
    received: str = one("received", "When it came.", type=Moment)


HitConnection = Connection[Hit]
SetAsideConnection = Connection[SetAside]


@strawberry.type(description="Headwater answers questions about who made, stored and shipped counterfeit goods.")
class Query:
    """The root of all queries; what may fail by itself may be null, so that it does not take the others with it."""

    @many(Me, cost=0, waits=False)
    def me(_: Sequence[None], ask: Ask) -> Values:
        """Who you are to this service. Example: `{ me { name role } }`"""
        return [ask.viewer]

    @many(HitConnection | None, cost=5_000, each=1, sized={"first": 20})
    def search(
        _: Sequence[None],
        ask: Ask,
        text: Annotated[
            str, strawberry.argument(description="What a person would type: a number, a part of a text, a name.")
        ],
        kinds: NodeKinds = None,
        first: First = 20,
        after: After = None,
    ) -> Values:
        """Nodes by a number, a text or a name however it is spelled, in either script.

        Example: `{ search(text: "yongfei") { total nodes { score node { id caption } } } }`
        """
        paging = ask.paging("search", after)
        part, is_cut = ask.search(text, names_of(kinds), first, paging.place)
        return [paging.page(part, truncated=is_cut)]

    @many(Node | None, cost=1)
    def node(_: Sequence[None], ask: Ask, id: Id) -> Values:
        """The node of this id. Example: `{ node(id: "Company/91330304MA6QDUMH3D") { caption } }`"""
        return [ask.nodes([str(id)]).get(str(id))]

    @many(list[Node | None] | None, cost=1, sized={"ids": 1})
    def nodes(_: Sequence[None], ask: Ask, ids: Ids) -> Values:
        """The nodes of these ids, in their order.

        Example: `{ nodes(ids: ["Company/91330304MA6QDUMH3D"]) { caption } }`
        """
        known = ask.nodes(map(str, ids))
        return [[known.get(str(i)) for i in ids]]

    @many(list[list[Node]] | None, cost=40, sized={"values": 1}, size=2)
    def find(
        _: Sequence[None],
        ask: Ask,
        kind: Annotated[NodeKind, strawberry.argument(description="What kind of node the values identify.")],
        values: Annotated[list[str], strawberry.argument(description="The values, in whatever form they are written.")],
    ) -> Values:
        """The nodes that each value identifies: credit codes, phones, web addresses, numbers.

        Example: `{ find(kind: Phone, values: ["138 0013 8000"]) { id caption } }`
        """
        return [ask.find(kind.value, values)]

    @many(Trace | None, cost=TRACE, sized={"limit": 10})
    def trace(
        _: Sequence[None],
        ask: Ask,
        clue: Annotated[ClueInput, strawberry.argument(description="What was seen.")],
        limit: PerRole = 10,
    ) -> Values:
        """Traces a clue to those who made, traded, stored and sold the goods.

        Example: `{ trace(clue: {value: "13800138000", kind: PHONE}) { verdict candidates { role name probability } } }`
        """
        return [ask.trace(clue.known(), limit)]

    @many(list[Trace | None] | None, cost=TRACE, sized={"clues": 1, "limit": 10})
    def traces(
        _: Sequence[None],
        ask: Ask,
        clues: Annotated[list[ClueInput], strawberry.argument(description="What was seen, each for itself.")],
        limit: PerRole = 10,
    ) -> Values:
        """Traces several clues; one that names nothing known is null, with its error.

        Example: `{ traces(clues: [{value: "13800138000"}]) { verdict } }`
        """
        return [ask.traces([clue.known() for clue in clues], limit)]

    # Of a kind, links may lead from a node and to it.
    @many(Expansion | None, cost=1, each=2, sized={"ids": 1, "first": 20, "kinds": MOST_WAYS // 2})
    def expand(
        _: Sequence[None],
        ask: Ask,
        ids: Ids,
        kinds: LinkKinds = None,
        direction: Way = Direction.BOTH,
        start: Start = None,
        end: End = None,
        first: First = 20,
    ) -> Values:
        """What stands around nodes: counts by kind, then at most `first` links per node, kind and direction.

        Example: `{ expand(ids: ["Phone/+8613800138000"]) { counts { nodeId counts { kind links } } truncated } }`
        """
        return [ask.expand([str(i) for i in ids], names_of(kinds), direction.value, start, end, first)]

    @many(Paths | None, charges={"hops": 1_500, "limit": 500}, sized={"limit": 5})
    def paths(
        _: Sequence[None],
        ask: Ask,
        source: Annotated[strawberry.ID, strawberry.argument(description="The id of one of the nodes.")],
        target: Annotated[strawberry.ID, strawberry.argument(description="The id of the other.")],
        hops: Annotated[
            int, strawberry.argument(description=f"How many links a path may have, from 1 to {MOST_HOPS}.")
        ] = HOPS,
        limit: Annotated[int, strawberry.argument(description=f"How many paths to give, from 1 to {MOST_PATHS}.")] = 5,
        kinds: LinkKinds = None,
        start: Start = None,
        end: End = None,
    ) -> Values:
        """How two nodes are joined, through what says most.

        Example: `{ paths(source: "Phone/+8613800138000", target: "Consignment/FR002") { paths { nodeIds cost } } }`
        """
        for name, asked, most in (("hops", hops, MOST_HOPS), ("limit", limit, MOST_PATHS)):
            if not 1 <= asked <= most:
                raise ServiceError(f"{name} is {asked}; ask for 1 to {most}")
        found = ask.policy.paths(
            str(source),
            str(target),
            hops=hops,
            limit=limit,
            kinds=names_of(kinds),
            start=start,
            end=end,
            fanout=_FANOUT,
        )
        return [found]

    @many(Explanation | None, cost=EXPLANATION)
    def explain_identity(
        _: Sequence[None],
        ask: Ask,
        a: Annotated[strawberry.ID, strawberry.argument(description="The id of one party.")],
        b: Annotated[strawberry.ID, strawberry.argument(description="The id of the other.")],
    ) -> Values:
        """Why two parties are one, or are not: compared as they are now, whether or not a run ever did.

        Example: `{ explainIdentity(a: "Party/x:1#y", b: "Party/x:2#y") { probability evidence { called words } } }`
        """
        return [ask.explanation(str(a), str(b))]

    @many(ReviewConnection | None, cost=REVIEW, each=1, sized={"first": 20}, roles=JUDGES)
    def review(_: Sequence[None], ask: Ask, first: First = 20, after: After = None) -> Values:
        """The pairs to be judged, those first whose answer would change most; for those who judge.

        Example: `{ review(first: 5) { nodes { a { caption } b { caption } probability why } } }`
        """
        paging = ask.paging("review", after)
        part, is_cut = ask.to_review(first, paging.place)
        return [paging.page(part, truncated=is_cut)]

    @many(list[Record | None] | None, cost=RECORD, sized={"ids": 1})
    def records(_: Sequence[None], ask: Ask, ids: Ids) -> Values:
        """The records of these ids, in their order. Example: `{ records(ids: ["freight:FR002"]) { file row } }`"""
        known = ask.records(map(str, ids))
        return [[known.get(str(i)) for i in ids]]

    @many(
        list[Source] | None, cost=4_000, size=20, roles=("investigator", "enforcement", "customs", "steward", "admin")
    )
    def sources(_: Sequence[None], ask: Ask) -> Values:
        """The sources of records with their files. Example: `{ sources { name records setAside } }`"""
        return [feeds.sources(ask.policy)]

    @many(SetAsideConnection | None, cost=1_000, each=1, sized={"first": 20}, roles=("steward", "admin"))
    def quarantine(
        _: Sequence[None],
        ask: Ask,
        source: Annotated[str | None, strawberry.argument(description="Only rows of this source.")] = None,
        file: Annotated[str | None, strawberry.argument(description="Only rows of a file of this name.")] = None,
        first: First = 20,
        after: After = None,
    ) -> Values:
        """The rows that were set aside, for stewards and admins.

        Example: `{ quarantine { total nodes { reason } } }`
        """
        paging = ask.paging("quarantine", after)
        return [paging.page(feeds.set_aside(ask.policy, source, file, first, paging.place, ask.check))]

    @many(Job | None, cost=5)
    def job(_: Sequence[None], ask: Ask, id: Id) -> Values:
        """A job of yours, or anybody's for stewards and admins. Example: `{ job(id: "4f…") { state done total } }`"""
        return [ask.job(str(id))]

    @many(list[Case] | None, cost=50, size=10, roles=("enforcement", "customs", "steward", "admin"))
    def cases(_: Sequence[None], ask: Ask) -> Values:
        """The open cases that you are a member of. Example: `{ cases { number members } }`"""
        return [[find_case(ask.state, number) for number in sorted(ask.viewer.cases)]]

    @many(list[Grant] | None, cost=1, size=10)
    def grants(_: Sequence[None], ask: Ask) -> Values:
        """The grants of sources that are your own; for an admin, all.

        Example: `{ grants { id to property owner case until state } }`
        """
        return [grants_of_owned(ask.state, ask.viewer)]
