"""A trace's answer as types; see `queries.tracing.result` for what each part means."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, get_args

import strawberry

from api.ask import Ask
from api.query.fields import Values, many, one
from api.types.nodes import Link, Node, Record
from api.types.scalars import ClueKind, Day, Direction, LinkKind
from queries.tracing import result
from queries.tracing.clue import Clue as KnownClue
from queries.tracing.licences import Licence as KnownLicence
from queries.tracing.marks import Mark as KnownMark


def _enumeration(name: str, values: Any, description: str) -> Any:
    members = Enum(name, {v.upper(): strawberry.enum_value(v) for v in get_args(values)})  # type: ignore[misc]
    return strawberry.enum(members, description=description)


CandidateRole: Any = _enumeration(
    "CandidateRole", result.Role, "What part a candidate had in the goods; a viewer's role is another thing. 角色"
)
Verdict: Any = _enumeration(
    "Verdict", result.Verdict, "`AUTHORISED` when a licence covers the goods, `UNKNOWN` when too little is known. 结论"
)
Grounds: Any = _enumeration("Grounds", result.Grounds, "Why a party is a candidate. 理由")


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

    value: str = one(lambda c: c.value, "What was seen.", type=str)
    kind: str | None = one(lambda c: c.kind, "What it was said to be.", type=str | None)
    right: str | None = one(lambda c: c.right, "The number of the right said to be infringed.", type=str | None)
    at: Day | None = one(lambda c: c.at, "The day on which it was seen.", type=Day | None)
    no: str | None = one(lambda c: c.no, "The number by which you know it.", type=str | None)


@strawberry.type(description="One link of an evidence path, in the direction of the trace.")
class Step:
    """A step."""

    source_id: strawberry.ID = one(lambda s: s.source, "The id of the node it starts from.", type=strawberry.ID)
    target_id: strawberry.ID = one(lambda s: s.target, "The id of the node it comes to.", type=strawberry.ID)
    factor: float = one(lambda s: s.factor, "The probability that it passes on, in 0..1.", type=float)
    observed: bool = one(lambda s: not s.inferred, "Whether a record states the link outright.", type=bool)
    link: Link = one(lambda s: s.link, "The link, with its days and records.", type=Link)

    @many(Node)
    def source(steps: Sequence[result.Step], ask: Ask) -> Values:
        """The node it starts from."""
        known = ask.nodes(step.source for step in steps)
        return [known.get(step.source) for step in steps]

    @many(Node)
    def target(steps: Sequence[result.Step], ask: Ask) -> Values:
        """The node it comes to."""
        known = ask.nodes(step.target for step in steps)
        return [known.get(step.target) for step in steps]


@strawberry.type(description="A way from the clue to a candidate. 证据链")
class EvidencePath:
    """An evidence path."""

    steps: list[Step] = one(
        lambda p: list(p.steps), "From the clue on; none when it names the candidate.", type=list[Step], size=4
    )
    probability: float = one(lambda p: p.probability, "Of all steps together, in 0..1.", type=float)
    by: str = one(lambda p: p.by, "`freight`, `control`, `declaration`, `label` or `walk`.", type=str)
    late: bool = one(lambda p: p.late, "Whether goods move on it before they came.", type=bool)


@strawberry.type(description="Why a party is a candidate, with its probability. 理由")
class Reason:
    """A reason."""

    code: Grounds = one(lambda r: r.code, "The kind of reason.", type=Grounds)
    probability: float = one(lambda r: r.probability, "Of that, in 0..1.", type=float)


@strawberry.type(description="A licence as it bears on a candidate. 许可")
class LicenceScreen:
    """A licence found by the screen."""

    covers: bool = one(lambda k: k.covers, "Whether it covers the goods on the day.", type=bool)
    reason: str = one(lambda k: k.reason, "Why, or why not: `valid`, `expired`, `other_goods` …", type=str)
    start: str = one(lambda k: k.start, "Its first day.", type=str)
    end: str = one(lambda k: k.end, "Its last day.", type=str)
    territory: str = one(lambda k: k.territory, "Where it holds.", type=str)
    goods: str = one(lambda k: k.goods, "For what it holds.", type=str)
    node_id: strawberry.ID = one(lambda k: k.node, "The id of the licence's node.", type=strawberry.ID)
    right_id: strawberry.ID = one(lambda k: k.right, "The id of the right's node.", type=strawberry.ID)
    licensee_id: strawberry.ID = one(lambda k: k.licensee, "The id of the licensee's node.", type=strawberry.ID)

    @many(Node | None)
    def node(licences: Sequence[KnownLicence], ask: Ask) -> Values:
        """The licence's node."""
        known = ask.nodes(licence.node for licence in licences)
        return [known.get(licence.node) for licence in licences]

    @many(list[Record], size=5)
    def records(licences: Sequence[KnownLicence], ask: Ask) -> Values:
        """The records that state it."""
        known = ask.records(r for licence in licences for r in licence.records)
        return [[known[r] for r in licence.records if r in known] for licence in licences]


@strawberry.type(description="A party or place that had a part in the goods. 候选人")
class Candidate:
    """A candidate."""

    role: CandidateRole = one(lambda c: c.role, "Its part in the goods.", type=CandidateRole)
    name: str = one(lambda c: c.name, "The name it goes by.", type=str)
    probability: float = one(lambda c: c.probability, "That it is the one in this role, in 0..1.", type=float)
    verdict: Verdict = one(lambda c: c.verdict, "Suspected, authorised or unknown.", type=Verdict)
    licence: LicenceScreen | None = one(
        lambda c: c.licence, "The licence that bears on it most.", type=LicenceScreen | None
    )
    reasons: list[Reason] = one(lambda c: list(c.reasons), "Why it is here.", type=list[Reason], size=3)
    paths: list[EvidencePath] = one(
        lambda c: list(c.paths), "The strongest ways from the clue to it, best first.", type=list[EvidencePath], size=3
    )
    node_id: strawberry.ID = one(lambda c: c.node, "The id of the node that speaks for it best.", type=strawberry.ID)
    node_ids: list[strawberry.ID] = one(
        lambda c: list(c.nodes), "The ids of all nodes that are taken to be it.", type=list[strawberry.ID]
    )
    places: list[str] = one(
        lambda c: list(c.records), "The places in records that speak of it, as `source:key#field`.", type=list[str]
    )

    @many(Node | None)
    def node(candidates: Sequence[result.Candidate], ask: Ask) -> Values:
        """The node that speaks for it best."""
        known = ask.nodes(candidate.node for candidate in candidates)
        return [known.get(candidate.node) for candidate in candidates]

    @many(list[Node], size=3)
    def nodes(candidates: Sequence[result.Candidate], ask: Ask) -> Values:
        """All nodes that are taken to be it."""
        known = ask.nodes(n for candidate in candidates for n in candidate.nodes)
        return [[known[n] for n in candidate.nodes if n in known] for candidate in candidates]

    @many(list[Record], size=10)
    def records(candidates: Sequence[result.Candidate], ask: Ask) -> Values:
        """The records that speak of it."""
        named = [list(dict.fromkeys(r.partition("#")[0] for r in candidate.records)) for candidate in candidates]
        known = ask.records(r for names in named for r in names)
        return [[known[r] for r in names if r in known] for names in named]


@strawberry.type(description="A mark of a right that a listing bears, plain or disguised. 标识")
class Mark:
    """A mark."""

    right_id: strawberry.ID = one(lambda m: m.right, "The id of the right's node.", type=strawberry.ID)
    listing_id: strawberry.ID = one(lambda m: m.listing, "The id of the listing's node.", type=strawberry.ID)
    name: str = one(lambda m: m.name, "The mark.", type=str)
    field: str = one(lambda m: m.field, "The property of the listing that bears it.", type=str)
    text: str = one(lambda m: m.text, "As it is written there.", type=str)
    disguised: bool = one(lambda m: m.disguised, "Whether it is written in disguise.", type=bool)

    @many(Node | None)
    def right(marks: Sequence[KnownMark], ask: Ask) -> Values:
        """The right."""
        known = ask.nodes(mark.right for mark in marks)
        return [known.get(mark.right) for mark in marks]


@strawberry.type(description="What was left out at a node with too many links.")
class Cut:
    """A cut."""

    node_id: strawberry.ID = one(lambda c: c.node, "The node's id.", type=strawberry.ID)
    kind: LinkKind = one(lambda c: c.kind, "The kind of link.", type=LinkKind)
    direction: Direction = one(lambda c: c.direction, "Their direction.", type=Direction)
    total: int | None = one(
        lambda c: c.total or None,
        "How many links there are; null where hidden nodes would be counted.",
        type=int | None,
    )
    kept: int = one(lambda c: c.kept, "How many of them, the newest, were followed or given.", type=int)


@strawberry.type(description="A hub through which little belief was passed.")
class Damped:
    """A damped hub."""

    node_id: strawberry.ID = one(lambda d: d.node, "The node's id.", type=strawberry.ID)
    links: int | None = one(
        lambda d: d.links or None, "How many links it has; null where hidden nodes would be counted.", type=int | None
    )


@strawberry.type(description="The answer to a clue. 溯源结果")
class Trace:
    """A trace."""

    clue: Clue = one(lambda t: t.clue, "The clue as it was asked.", type=Clue)
    kind: ClueKind = one(lambda t: t.kind, "The kind of clue that it was taken for.", type=ClueKind)
    verdict: Verdict = one(lambda t: t.verdict, "What the trace comes to.", type=Verdict)
    start_ids: list[strawberry.ID] = one(
        lambda t: list(t.start), "The ids of the nodes that the clue names.", type=list[strawberry.ID]
    )
    marks: list[Mark] = one(
        lambda t: list(t.marks), "The marks that the clue's listings bear.", type=list[Mark], size=2
    )
    cut: list[Cut] = one(lambda t: list(t.cut), "What was left out, with the totals.", type=list[Cut], size=2)
    damped: list[Damped] = one(
        lambda t: list(t.damped), "The hubs that were passed through with little belief.", type=list[Damped], size=2
    )
    calls: int | None = one(
        lambda t: t.calls or None,
        "How many questions the store was asked; null for a viewer from whom nodes are hidden.",
        type=int | None,
    )

    @many(list[Candidate], size=20)
    def candidates(traces: Sequence[result.Trace], ask: Ask, role: CandidateRole | None = None) -> Values:
        """The candidates, of all roles or of one, best first."""
        return [[c for c in found.candidates if role is None or c.role == role.value] for found in traces]

    @many(list[Node], size=5)
    def start(traces: Sequence[result.Trace], ask: Ask) -> Values:
        """The nodes that the clue names."""
        known = ask.nodes(n for found in traces for n in found.start)
        return [[known[n] for n in found.start if n in known] for found in traces]
