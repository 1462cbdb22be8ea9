"""What a trace answers: candidates with probability, ways, records and licence; and the verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from graph.changes import is_judged
from graph.model import Cut, Link, Statement, kind_of
from queries.tracing.clue import Clue
from queries.tracing.licences import Licence
from queries.tracing.marks import Mark

Role = Literal["producer", "trader", "warehouse", "seller"]
Grounds = Literal["consigned", "shares", "declared", "named", "sent", "received", "trades", "makes"]
Verdict = Literal["suspected", "authorised", "unknown"]


@dataclass(frozen=True, slots=True)
class Step:
    """One link of a way, walked from `source` to `target`, whichever way it points.

    Attributes:
        factor: The probability that it passes on, in 0..1.
    """

    source: str
    target: str
    link: Link
    factor: float

    @property
    def inferred(self) -> bool:
        """Whether no record states the link outright."""
        return self.link.inference is not None


@dataclass(frozen=True, slots=True)
class Path:
    """A way from a node that the clue names to a node of the candidate.

    Attributes:
        steps: From the clue on, each from where the one before ended; none when the clue names the candidate.
        probability: That of all steps together.
        by: What kind of evidence it is: `freight`, `control`, `declaration`, `label` or `walk`.
        late: Whether on it goods move on before they came: a later delivery of such goods, not this one.
    """

    steps: tuple[Step, ...]
    probability: float
    by: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a party is a candidate, as a code that whoever shows it puts into words.

    Attributes:
        code: `consigned` such goods to the seller's places or phones; `shares` a person or a phone with the seller or
            its warehouse; `declared` as producer of such goods; `named` by the clue itself; `sent` such goods on;
            `received` such goods shortly before; `trades`, as it received such goods shortly before, which speaks
            against its having made them; `makes` such goods by its scope or name.
        probability: Of that, in 0..1.
    """

    code: Grounds
    probability: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A party or a place that had a part in the goods.

    Attributes:
        node: The node that speaks for it best, of `nodes`, all that are taken to be it.
        probability: That it is the one in this role.
        paths: The strongest ways from the clue to it, best first, at most five.
        records: Places in records that speak of it, as `source:key#field`, at most twenty, and no judgements.
        licence: The licence that bears on it most; one that covers the goods before one that does not.
        reasons: Why its role and its probability.
    """

    role: Role
    node: str
    nodes: tuple[str, ...]
    name: str
    probability: float
    paths: tuple[Path, ...]
    records: tuple[str, ...]
    verdict: Verdict
    licence: Licence | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Damped:
    """A hub through which little belief was passed, with how many links it has."""

    node: str
    links: int


@dataclass(frozen=True, slots=True)
class Trace:
    """The answer to a clue.

    Attributes:
        start: The nodes that the clue names.
        kind: The kind of clue that it was taken for.
        verdict: `authorised` when the best producer holds a licence that covers the goods, `unknown` when none is
            likely, `suspected` otherwise.
        marks: The marks that the listings of the clue bear: of the right that was named, else of any loaded.
        candidates: Of all roles, best first.
        cut: What was left out at nodes with too many links, with the totals.
        damped: The hubs that were passed through with little belief.
        calls: How many questions the store was asked.
    """

    clue: Clue
    start: tuple[str, ...]
    kind: str
    verdict: Verdict
    marks: tuple[Mark, ...]
    candidates: tuple[Candidate, ...]
    cut: tuple[Cut, ...]
    damped: tuple[Damped, ...]
    calls: int


def speaking(node: str, statements: Iterable[Statement]) -> tuple[str, ...]:
    """The places in records that speak of a node as a candidate, `freight:FR1#consignor`.

    An address is one as a site alone; and a judgement says who somebody is, which the links tell, and nothing of what
    was done.
    """
    return tuple(
        f"{s.record}#{s.field}"
        for s in statements
        if (kind_of(node) != "Address" or s.field == "site") and not is_judged(s.record)
    )
