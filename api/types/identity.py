"""Who is who as types: clusters, explanations, judgements, and the queue of what to judge first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import strawberry

from api.ask import Ask
from api.masks.clustered import Clustered, Left, Tied
from api.masks.explained import Explained, Told
from api.query.fields import Values, many, one
from api.types.arguments import First, Words
from api.types.nodes import RECORD, Link, Node, Record, recorded, words_in
from api.types.pages import Connection
from api.types.scalars import Moment, enumeration
from graph.contradictions import Doubt as KnownDoubt
from graph.judgements import HISTORY

_COMPARISONS = 12
_VALUES = 10

IdentityVerdict: Any = enumeration(
    "IdentityVerdict",
    {
        "same": "They are one. 同一主体",
        "different": "They are two. 不同主体",
        "unsure": "It is uncertain. 存疑",
    },
    "What somebody judges of two nodes. 判断",
)
WhyRefused: Any = enumeration(
    "WhyRefused",
    {
        "numbers": "It would make one of two registered parties. 登记号码不同",
        "different": "It would make one of two that were judged not the same. 已判断为不同主体",
        "unsure": "It was judged uncertain. 已判断为存疑",
    },
    "Why a tie does not join. 未采用的原因",
)
WhyReview: Any = enumeration(
    "WhyReview",
    {
        "uncertain": "The model does not know, and the answer joins two clusters. 存疑",
        "weak": "The link is the weakest of a cluster, and parts several nodes from several. 仅由薄弱关系相连",
        "big": "It is the weakest of a cluster of many that holds no registered party. 大簇且无登记主体",
        "conflict": "It would make one of two that are two. 会合并两个不同主体",
    },
    "Why a pair is to be judged. 待判断的原因",
)


def _listed(named: Sequence[Sequence[str]], ask: Ask) -> Values:
    """The nodes of each list of ids, without those that were taken back meanwhile."""
    known = ask.nodes(n for some in named for n in some)
    return [[known[n] for n in some if n in known] for some in named]


def _ends(objects: Sequence[Any], ask: Ask, side: str) -> Values:
    named = [getattr(one, side) for one in objects]
    known = ask.nodes(named)
    return [known.get(name) for name in named]


@strawberry.type(description="A link of identity that holds two nodes of a cluster together.")
class Tie:
    """A tie."""

    a_id: strawberry.ID = one("a", "The id of one of the two.", type=strawberry.ID)
    b_id: strawberry.ID = one("b", "The id of the other.", type=strawberry.ID)
    probability: float = one("probability", "That they are one, in 0..1.", type=float)
    judged: bool = one("is_judged", "Whether a person said so, and not a model.", type=bool)
    link: Link = one("link", "The link, with its records.", type=Link)

    @many(Node | None, cost=1)
    def a(ties: Sequence[Tied], ask: Ask) -> Values:
        """One of the two; null when it was taken back meanwhile."""
        return _ends(ties, ask, "a")

    @many(Node | None, cost=1)
    def b(ties: Sequence[Tied], ask: Ask) -> Values:
        """The other; null when it was taken back meanwhile."""
        return _ends(ties, ask, "b")


@strawberry.type(description="A tie that was left out.")
class RefusedTie:
    """A refused tie."""

    tie: Tie = one("tie", "The tie.", type=Tie)
    why: WhyRefused = one("why", "Why.", type=WhyRefused)
    between_ids: list[strawberry.ID] = one(
        "between", "The ids of the two that it would make one.", type=list[strawberry.ID]
    )

    @many(list[Node], each=1, size=2)
    def between(refused: Sequence[Left], ask: Ask) -> Values:
        """The two that it would make one."""
        return _listed([left.between for left in refused], ask)


@strawberry.type(description="Nodes that are taken to be one party, or one place. 同一主体")
class Cluster:
    """A cluster."""

    threshold: float = one("threshold", "From which probability links join.", type=float)
    size: int = one(lambda c: len(c.members), "How many nodes it has.", type=int)
    member_ids: list[strawberry.ID] = one("members", "Their ids, registered parties first.", type=list[strawberry.ID])
    weakest: Tie | None = one(
        "weakest", "The tie without which it would be two; null for a node by itself.", type=Tie | None
    )
    cut: bool | None = one(
        "cut",
        "Whether more nodes are joined than were looked at, so that other members may tell another cluster; null for a "
        "viewer from whom nodes are hidden.",
        type=bool | None,
    )

    @many(list[Node], each=1, sized={"first": 20})
    def members(clusters: Sequence[Clustered], ask: Ask, first: First = 20) -> Values:
        """The first of its nodes, registered parties first."""
        return _listed([cluster.members[:first] for cluster in clusters], ask)

    @many(list[Tie], each=1, sized={"first": 20})
    def ties(clusters: Sequence[Clustered], ask: Ask, first: First = 20) -> Values:
        """What holds it together, one tie fewer than nodes: judged ones first, then the surest."""
        return [cluster.ties[:first] for cluster in clusters]

    @many(list[RefusedTie], each=1, sized={"first": 20})
    def refused(clusters: Sequence[Clustered], ask: Ask, first: First = 20) -> Values:
        """Ties to it, or within it, that were left out."""
        return [cluster.refused[:first] for cluster in clusters]

    @many(list[Record], cost=50, each=RECORD, sized={"first": 10})
    def records(clusters: Sequence[Clustered], ask: Ask, first: First = 10) -> Values:
        """The first of the records that speak of its first 20 nodes, node by node."""
        named = [cluster.members[:20] for cluster in clusters]
        parts = ask.statements((n for members in named for n in members), None, 2 * first)
        stating = ([s.record for n in members if n in parts for s in parts[n].items] for members in named)
        return recorded(ask, stating, first)


@strawberry.type(description="A value that was compared.")
class ComparedValue:
    """A value."""

    column: str = one("column", "What it is: `phones`, `trades`, `addresses` …", type=str)
    text: str = one("text", "The value, or a token where it is masked.", type=str)
    masked: bool = one("is_masked", "Whether it is hidden from you.", type=bool)
    node_id: strawberry.ID | None = one(
        "node", "The id of its node, if it has one, as that is shown.", type=strawberry.ID | None
    )


@strawberry.type(description="One comparison of two parties. 比对项")
class Evidence:
    """A comparison."""

    comparison: str = one("comparison", "Its code: `trade`, `place`, `phone` …", type=str)
    level: str | None = one(
        "level",
        "How it came out, as a code; `missing` where one side says nothing of it; null where it would say more of "
        "masked values than their tokens.",
        type=str | None,
    )
    bits: float | None = one(
        "bits", "How much it says: above 0 for one party, below for two; null where it is not told.", type=float | None
    )
    common: float | None = one(
        "common", "The part of `bits` that comes from how rare or common the name is.", type=float | None
    )
    a: list[ComparedValue] = one("a", "What was compared of one.", type=list[ComparedValue], size=_VALUES)
    b: list[ComparedValue] = one("b", "What was compared of the other.", type=list[ComparedValue], size=_VALUES)
    shared: list[ComparedValue] = one("shared", "What both have.", type=list[ComparedValue], size=_VALUES)

    @many(str)
    def called(evidence: Sequence[Told], ask: Ask, language: Words = None) -> Values:
        """What the comparison is called, in the language of the request or in this one."""
        return [said.called[words_in(ask, language) == "zh"] for said in evidence]

    @many(str)
    def words(evidence: Sequence[Told], ask: Ask, language: Words = None) -> Values:
        """How it came out, in words."""
        return [said.words[words_in(ask, language) == "zh"] for said in evidence]


@strawberry.type(description="Another registered party that a mention may be.")
class Rival:
    """A rival."""

    node_id: strawberry.ID = one("node", "Its id.", type=strawberry.ID)
    probability: float = one("probability", "Of that, in 0..1.", type=float)

    @many(Node | None, cost=1)
    def node(rivals: Sequence[Any], ask: Ask) -> Values:
        """The party; null when it was taken back meanwhile."""
        return _ends(rivals, ask, "node")


@strawberry.type(description="What somebody judged of two nodes, or judged once.")
class Opinion:
    """An opinion."""

    verdict: IdentityVerdict | None = one(
        "verdict", "What was judged; null where that was taken back.", type=IdentityVerdict | None
    )
    by: str = one("by", "Who judged: the id of a key or of a token's bearer, or a user of the command line.", type=str)
    at: str = one("at", "When.", type=Moment)
    why: str = one("why", "For what reason.", type=str)


@strawberry.type(description="What was judged of two nodes, which outranks every model. 判断")
class IdentityJudgement:
    """A judgement."""

    a_id: strawberry.ID = one("a", "The id of one of the two.", type=strawberry.ID)
    b_id: strawberry.ID = one("b", "The id of the other.", type=strawberry.ID)
    verdict: IdentityVerdict | None = one(
        "verdict", "What holds; null where it was taken back.", type=IdentityVerdict | None
    )
    at: str = one("at", "When it was judged, or taken back.", type=Moment)
    by: str | None = one("by", "By whom; null for whoever does not judge.", type=str | None)
    why: str | None = one("why", "For what reason; null for whoever does not judge.", type=str | None)
    history: list[Opinion] | None = one(
        "history",
        "What held before, the oldest first; null for whoever does not judge.",
        type=list[Opinion] | None,
        size=HISTORY,
    )
    record_id: strawberry.ID = one("record", "The id of its record.", type=strawberry.ID)


@strawberry.type(description="What speaks against a judgement that was kept all the same.")
class Doubt:
    """A doubt."""

    code: str = one(
        "code",
        "`numbers`: it makes one of two whose numbers differ; `different`: two that were judged not the same are the "
        "same by other judgements.",
        type=str,
    )
    path_ids: list[strawberry.ID] = one(
        "path", "The ids from one to the other, over nodes judged the same.", type=list[strawberry.ID]
    )

    @many(list[Node], each=1, size=5)
    def path(doubts: Sequence[KnownDoubt], ask: Ask) -> Values:
        """The nodes from one to the other."""
        return _listed([doubt.path for doubt in doubts], ask)


@strawberry.type(description="A judgement that was kept.")
class JudgementKept:
    """A judgement with what speaks against it."""

    judgement: IdentityJudgement = one(lambda kept: kept[0], "The judgement.", type=IdentityJudgement)
    doubts: list[Doubt] = one(
        lambda kept: kept[1], "What others judged, and numbers, say against it.", type=list[Doubt], size=5
    )


@strawberry.type(description="Why two parties are one, or are not. 解释")
class Explanation:
    """An explanation."""

    a_id: strawberry.ID = one("a", "The id of one of the two.", type=strawberry.ID)
    b_id: strawberry.ID = one("b", "The id of the other.", type=strawberry.ID)
    names_a: list[str] = one("names_a", "The names of one as they are written.", type=list[str])
    names_b: list[str] = one("names_b", "The names of the other.", type=list[str])
    nature: str = one("nature", "What they are: `company` or `person`.", type=str)
    evidence: list[Evidence] = one(
        "evidence", "What was compared, in a fixed order.", type=list[Evidence], size=_COMPARISONS
    )
    prior: float | None = one("prior", "What speaks against any two to be one, in bits.", type=float | None)
    weight: float | None = one("weight", "All of it together, in bits.", type=float | None)
    alone: float | None = one("alone", "The probability that follows from the two alone.", type=float | None)
    probability: float | None = one(
        "probability",
        "What is believed once rivals share in it. Null with the weights, where one of them is not told, and for a "
        "viewer from whom nodes are hidden.",
        type=float | None,
    )
    linked: float | None = one(
        "linked", "The probability of the link that the last run made of them; null where it made none.",
        type=float | None,
    )  # fmt: skip
    rivals: list[Rival] = one("rivals", "The most probable others.", type=list[Rival], size=5)
    obstacle: str | None = one(
        "obstacle",
        "What keeps them apart whatever they share: `numbers`, `natures`.",
        type=str | None,
    )
    compared: bool | None = one(
        "found",
        "Whether the last run compared them, since they share something; null for a viewer from whom nodes are hidden.",
        type=bool | None,
    )
    judgement: IdentityJudgement | None = one(
        "judgement", "What a person judged of them, which outranks all that.", type=IdentityJudgement | None
    )
    model: str = one("model", "The version of the model.", type=str)

    @many(Node | None, cost=1)
    def a(explained: Sequence[Explained], ask: Ask) -> Values:
        """One of the two."""
        return _ends(explained, ask, "a")

    @many(Node | None, cost=1)
    def b(explained: Sequence[Explained], ask: Ask) -> Values:
        """The other."""
        return _ends(explained, ask, "b")

    @many(str | None)
    def obstacle_words(explained: Sequence[Explained], ask: Ask, language: Words = None) -> Values:
        """The obstacle in words, in the language of the request or in this one."""
        said = [one.obstacle_words for one in explained]
        return [words and words[words_in(ask, language) == "zh"] for words in said]


@strawberry.type(description="Two nodes that are to be judged. 待判断的对")
class ReviewItem:
    """A pair to be judged."""

    a_id: strawberry.ID = one("a", "The id of one of the two.", type=strawberry.ID)
    b_id: strawberry.ID = one("b", "The id of the other.", type=strawberry.ID)
    nature: str = one("nature", "What they are: `company` or `person`.", type=str)
    probability: float = one("probability", "That they are one, as the model has it.", type=float)
    why: WhyReview | None = one(
        "why", "Why they are to be judged; this and the next are null for whom nodes are hidden from.",
        type=WhyReview | None,
    )  # fmt: skip
    nodes: list[int] | None = one(
        "nodes", "How many nodes the answer joins or parts, on either side.", type=list[int] | None
    )
    registered: list[bool] | None = one(
        "registered", "Whether either side holds a registered party.", type=list[bool] | None
    )
    gain: float | None = one("gain", "How much the answer changes; by it the queue is ordered.", type=float | None)
    levels: list[str] | None = one(
        "levels",
        "How the comparisons came out, as `trade=same`; null where that would say more of masked values than their "
        "tokens.",
        type=list[str] | None,
    )

    @many(Node | None, cost=1)
    def a(items: Sequence[Any], ask: Ask) -> Values:
        """One of the two; null when it was taken back since the last run."""
        return _ends(items, ask, "a")

    @many(Node | None, cost=1)
    def b(items: Sequence[Any], ask: Ask) -> Values:
        """The other; null when it was taken back since the last run."""
        return _ends(items, ask, "b")


ReviewConnection = Connection[ReviewItem]
