"""Where a trace lost what it was to find: the worst answers, with the evidence there was and the step that failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from queries.evaluation.measures import Answer, Truth, of_role, rank

Lost = Literal["clue", "place", "producer", "order"]


@dataclass(frozen=True, slots=True)
class Loss:
    """A clue whose true producer did not come first.

    Attributes:
        place: Where the true producer came; 0 when it was not named.
        lost: At which step: the store knows no such `clue`; the `place` that the goods are sent from was not found;
            the `producer` was not; or it was, and another comes before it in `order`.
        trader: Whether the goods passed a trader.
        instead: Who came first, how probable it was said to be, and the codes of its reasons, the strongest first.
        instead_trades: Whether that is in truth the trader.
        score: The probability that the true producer was given.
        reasons: The codes of the reasons that it was given.
    """

    no: str
    kind: str
    evidence: tuple[str, ...]
    trader: bool
    place: int
    lost: Lost
    instead: str
    instead_score: float
    instead_reasons: tuple[str, ...]
    instead_trades: bool
    score: float
    reasons: tuple[str, ...]


def losses(
    truth: Mapping[str, Truth], answers: Mapping[str, Answer], speaks: Mapping[str, str], places: Mapping[str, int]
) -> list[Loss]:
    """All losses, the worst first: by how much more the first was believed than the true producer."""
    found = []
    for no, place in places.items():
        if place != 1:
            found.append(_loss(no, truth[no], answers.get(no), speaks, place))
    return sorted(found, key=lambda loss: (loss.score - loss.instead_score, loss.no))


def _loss(no: str, known: Truth, answer: Answer | None, speaks: Mapping[str, str], place: int) -> Loss:
    producers = of_role(answer, "producer")
    lost: Lost = "order" if place else "producer"
    if not place and (answer is None or "reason" in answer):
        lost = "clue"
    elif not place and known.sites and not rank(known.sites, of_role(answer, "warehouse"), speaks):
        lost = "place"
    first = producers[0] if producers else {}
    right = producers[place - 1] if place else {}
    return Loss(
        no,
        known.kind,
        known.evidence,
        bool(known.traders),
        place,
        lost,
        str(first.get("name", "")),
        float(first.get("score", 0.0)),
        _codes(first),
        rank(known.traders, producers[:1], speaks) == 1,
        float(right.get("score", 0.0)),
        _codes(right),
    )


def _codes(candidate: Answer) -> tuple[str, ...]:
    return tuple(str(one["code"]) for one in candidate.get("reasons", ()))
