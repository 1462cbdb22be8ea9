"""A trace's answer as types; see `queries.tracing.result` for what each part means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from api.ask import Ask
from api.query.fields import Values, many, one
from api.types.nodes import RECORD, Link, Node, Record
from api.types.scalars import ClueKind, Day, Direction, LinkKind, enumeration
from queries.tracing import result
from queries.tracing.clue import Clue as KnownClue
from queries.tracing.licences import Licence as KnownLicence
from queries.tracing.marks import Mark as KnownMark

TRACE = 1_000  # what a trace costs, masked

# Not `Role`: that is what whoever asks has here.
CandidateRole: Any = enumeration(
    "CandidateRole",
    {
        "producer": "It made them. 生产者",
        "trader": "It passed them on. 贸易商",
        "warehouse": "It stored them, or they were sent from there. 仓库",
        "seller": "It sold them. 销售者",
    },
    "What part a candidate had in the goods. 角色",
)
Verdict: Any = enumeration(
    "Verdict",
    {
        "suspected": "A producer is likely, and no licence of its covers the goods. 有嫌疑",
        "authorised": "The best producer holds a licence that covers the goods. 已获授权",
        "unknown": "No producer is likely: too little is known. 不明",
    },
    "What is to be thought of a candidate, or of a clue. 结论",
)
Grounds: Any = enumeration(
    "Grounds",
    {
        "consigned": "It consigned such goods to the seller's places or phones. 发运过此类货物",
        "shares": "It shares a person or a phone with the seller or its warehouse. 有共同的人或电话",
        "declared": "It was declared as the producer of such goods. 报关为生产者",
        "named": "The clue itself names it. 线索指明",
        "sent": "It sent such goods on. 转发过此类货物",
        "received": "It received such goods shortly before. 此前收到过此类货物",
        "trades": "It received such goods shortly before, which speaks against its making them. 此前收到，故非自产",
        "makes": "It makes such goods, by its registered scope or its name. 经营范围或名称表明生产此类货物",
    },
    "Why a party is a candidate. 理由",
)


@strawberry.input(description="What was seen: a web address, a phone, a waybill number, a name … 线索")
class ClueInput:
    """A clue as it is asked about."""

    value: str = strawberry.field(description="What was seen, as it was seen.")
    kind: ClueKind | None = strawberry.field(
        default=None, description="What it is; found from the value when left out."
    )
    right: str | None = strawberry.field(default=None, description="The number of the right said to be infringed.")
    at: Day | None = strawberry.field(default=None, description="The day on which it was seen.")
    no: str | None = strawberry.field(default=None, description="The number by which you know it; given back.")

    def known(self) -> KnownClue:
        """The clue as the trace takes it."""
        return KnownClue(self.value, self.kind.value if self.kind is not None else None, self.right, self.at, self.no)


@strawberry.type(description="The clue as it was asked. 线索")
class Clue:
    """A clue."""

    value: str = one("value", "What was seen.", type=str)
    kind: str | None = one("kind", "What it was said to be.", type=str | None)
    right: str | None = one("right", "The number of the right said to be infringed.", type=str | None)
    at: Day | None = one("at", "The day on which it was seen.", type=Day | None)
    no: str | None = one("no", "The number by which you know it.", type=str | None)


@strawberry.type(description="One link of an evidence path, in the direction of the trace.")
class Step:
    """A step."""

    source_id: strawberry.ID = one("source", "The id of the node it starts from.", type=strawberry.ID)
    target_id: strawberry.ID = one("target", "The id of the node it comes to.", type=strawberry.ID)
    factor: float = one("factor", "The probability that it passes on, in 0..1.", type=float)
    observed: bool = one(lambda s: not s.inferred, "Whether a record states the link outright.", type=bool)
    link: Link = one("link", "The link, with its days and records.", type=Link)

    @many(Node | None, cost=1)
    def source(steps: Sequence[result.Step], ask: Ask) -> Values:
        """The node it starts from; null when that was taken back since the trace was made."""
        known = ask.nodes(step.source for step in steps)
        return [known.get(step.source) for step in steps]

    @many(Node | None, cost=1)
    def target(steps: Sequence[result.Step], ask: Ask) -> Values:
        """The node it comes to; null when that was taken back since the trace was made."""
        known = ask.nodes(step.target for step in steps)
        return [known.get(step.target) for step in steps]


@strawberry.type(description="A way from the clue to a candidate. 证据链")
class EvidencePath:
    """An evidence path."""

    steps: list[Step] = one("steps", "From the clue on; none when it names the candidate.", type=list[Step], size=20)
    probability: float = one("probability", "Of all steps together, in 0..1.", type=float)
    by: str = one("by", "`freight`, `control`, `declaration`, `label` or `walk`.", type=str)
    late: bool = one("late", "Whether goods move on it before they came.", type=bool)


@strawberry.type(description="Why a party is a candidate, with its probability. 理由")
class Reason:
    """A reason."""

    code: Grounds = one("code", "The kind of reason.", type=Grounds)
    probability: float = one("probability", "Of that, in 0..1.", type=float)


@strawberry.type(description="A licence as it bears on a candidate. 许可")
class LicenceScreen:
    """A licence found by the screen."""

    covers: bool = one("covers", "Whether it covers the goods on the day.", type=bool)
    reason: str = one("reason", "Why, or why not: `valid`, `expired`, `other_goods` …", type=str)
    start: str = one("start", "Its first day.", type=str)
    end: str = one("end", "Its last day.", type=str)
    territory: str = one("territory", "Where it holds.", type=str)
    goods: str = one("goods", "For what it holds.", type=str)
    node_id: strawberry.ID = one("node", "The id of the licence's node.", type=strawberry.ID)
    right_id: strawberry.ID = one("right", "The id of the right's node.", type=strawberry.ID)
    licensee_id: strawberry.ID = one("licensee", "The id of the licensee's node.", type=strawberry.ID)

    @many(Node | None, cost=1)
    def node(licences: Sequence[KnownLicence], ask: Ask) -> Values:
        """The licence's node."""
        known = ask.nodes(licence.node for licence in licences)
        return [known.get(licence.node) for licence in licences]

    @many(list[Record], each=RECORD, size=5)
    def records(licences: Sequence[KnownLicence], ask: Ask) -> Values:
        """The records that state it."""
        known = ask.records(r for licence in licences for r in licence.records)
        return [[known[r] for r in licence.records if r in known] for licence in licences]


@strawberry.type(description="A party or place that had a part in the goods. 候选人")
class Candidate:
    """A candidate."""

    role: CandidateRole = one("role", "Its part in the goods.", type=CandidateRole)
    name: str = one("name", "The name it goes by.", type=str)
    probability: float = one("probability", "That it is the one in this role, in 0..1.", type=float)
    verdict: Verdict = one("verdict", "Suspected, authorised or unknown.", type=Verdict)
    licence: LicenceScreen | None = one("licence", "The licence that bears on it most.", type=LicenceScreen | None)
    reasons: list[Reason] = one("reasons", "Why it is here.", type=list[Reason], size=len(Grounds))
    paths: list[EvidencePath] = one(
        "paths", "The strongest ways from the clue to it, best first.", type=list[EvidencePath], size=5
    )
    node_id: strawberry.ID = one("node", "The id of the node that speaks for it best.", type=strawberry.ID)
    node_ids: list[strawberry.ID] = one(
        "nodes", "The ids of all nodes that are taken to be it.", type=list[strawberry.ID]
    )
    places: list[str] = one("records", "The places in records that speak of it, as `source:key#field`.", type=list[str])

    @many(Node | None, cost=1)
    def node(candidates: Sequence[result.Candidate], ask: Ask) -> Values:
        """The node that speaks for it best."""
        known = ask.nodes(candidate.node for candidate in candidates)
        return [known.get(candidate.node) for candidate in candidates]

    @many(list[Node], each=1, size=10)
    def nodes(candidates: Sequence[result.Candidate], ask: Ask) -> Values:
        """All nodes that are taken to be it."""
        known = ask.nodes(n for candidate in candidates for n in candidate.nodes)
        return [[known[n] for n in candidate.nodes if n in known] for candidate in candidates]

    @many(list[Record], each=RECORD, size=20)
    def records(candidates: Sequence[result.Candidate], ask: Ask) -> Values:
        """The records that speak of it."""
        named = [list(dict.fromkeys(r.partition("#")[0] for r in candidate.records)) for candidate in candidates]
        known = ask.records(r for names in named for r in names)
        return [[known[r] for r in names if r in known] for names in named]


@strawberry.type(description="A mark of a right that a listing bears, plain or disguised. 标识")
class Mark:
    """A mark."""

    right_id: strawberry.ID = one("right", "The id of the right's node.", type=strawberry.ID)
    listing_id: strawberry.ID = one("listing", "The id of the listing's node.", type=strawberry.ID)
    name: str = one("name", "The mark.", type=str)
    field: str = one("field", "The property of the listing that bears it.", type=str)
    text: str = one("text", "As it is written there.", type=str)
    disguised: bool = one("disguised", "Whether it is written in disguise.", type=bool)

    @many(Node | None, cost=1)
    def right(marks: Sequence[KnownMark], ask: Ask) -> Values:
        """The right."""
        known = ask.nodes(mark.right for mark in marks)
        return [known.get(mark.right) for mark in marks]


@strawberry.type(description="What was left out at a node with too many links.")
class Cut:
    """A cut."""

    node_id: strawberry.ID = one("node", "The node's id.", type=strawberry.ID)
    kind: LinkKind = one("kind", "The kind of link.", type=LinkKind)
    direction: Direction = one("direction", "Their direction.", type=Direction)
    total: int | None = one(
        lambda c: c.total or None,
        "How many links there are; null where hidden nodes would be counted.",
        type=int | None,
    )
    kept: int = one("kept", "How many of them, the newest, were followed or given.", type=int)


@strawberry.type(description="A hub through which little belief was passed.")
class Damped:
    """A damped hub."""

    node_id: strawberry.ID = one("node", "The node's id.", type=strawberry.ID)
    links: int | None = one(
        lambda d: d.links or None, "How many links it has; null where hidden nodes would be counted.", type=int | None
    )


@strawberry.type(description="The answer to a clue. 溯源结果")
class Trace:
    """A trace."""

    clue: Clue = one("clue", "The clue as it was asked.", type=Clue)
    kind: ClueKind = one("kind", "The kind of clue that it was taken for.", type=ClueKind)
    verdict: Verdict = one("verdict", "What the trace comes to.", type=Verdict)
    start_ids: list[strawberry.ID] = one("start", "The ids of the nodes that the clue names.", type=list[strawberry.ID])
    marks: list[Mark] = one("marks", "The marks that the clue's listings bear.", type=list[Mark], size=10)
    cut: list[Cut] = one("cut", "What was left out, with the totals.", type=list[Cut], size=10)
    damped: list[Damped] = one(
        "damped", "The hubs that were passed through with little belief.", type=list[Damped], size=10
    )
    calls: int | None = one(
        lambda t: t.calls or None,
        "How many questions the store was asked; null for a viewer from whom nodes are hidden.",
        type=int | None,
    )

    # A trace is sized by how many candidates of a role are asked for.
    @many(list[Candidate], size=len(CandidateRole))
    def candidates(
        traces: Sequence[result.Trace],
        ask: Ask,
        role: Annotated[
            CandidateRole | None, strawberry.argument(description="Only those of this role; null: of all.")
        ] = None,
    ) -> Values:
        """The candidates, of all roles or of one, best first."""
        return [[c for c in found.candidates if role is None or c.role == role.value] for found in traces]

    @many(list[Node], each=1, size=20)
    def start(traces: Sequence[result.Trace], ask: Ask) -> Values:
        """The nodes that the clue names."""
        known = ask.nodes(n for found in traces for n in found.start)
        return [[known[n] for n in found.start if n in known] for found in traces]
