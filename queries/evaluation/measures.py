"""The measures of a market's own `score.py`, and the same by the kind of a clue and of its evidence.

A candidate is right when more than half of the records it names (`feed:key#field`) speak of the true party; a record
that an earlier candidate of the role has named counts for that one alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Answer = Mapping[str, Any]
"""A line of an answers file: `verdict`, and `candidates` with `role`, `score` and `records`."""
_SURE = 0.5
"""Below this a producer is not believed."""
_BINS = 10


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a clue; parties and sites are names of real entities, none where no record speaks of them.

    Attributes:
        kind: The kind of the clue.
        evidence: The kinds of evidence that the feeds hold for it.
    """

    kind: str
    authorised: bool
    evidence: tuple[str, ...]
    producers: frozenset[str]
    sites: frozenset[str]
    traders: frozenset[str]


@dataclass(frozen=True, slots=True)
class Hits:
    """How often the true party came first and among the first five, and the mean of 1 / its place, over some clues."""

    clues: int
    hits1: float
    hits5: float
    mrr: float


def rank(true: Collection[str], candidates: Iterable[Answer], speaks: Mapping[str, str]) -> int:
    """The place of the first candidate that is right, from 1; 0 when none is."""
    seen: set[str] = set()
    for place, candidate in enumerate(candidates, 1):
        named = [one for one in dict.fromkeys(candidate.get("records", ())) if one in speaks and one not in seen]
        seen.update(named)
        who = Counter(speaks[one] for one in named).most_common(1)
        if who and who[0][0] in true and 2 * who[0][1] > len(named):
            return place
    return 0


def of_role(answer: Answer | None, role: str) -> list[Answer]:
    """The candidates of an answer in a role, best first."""
    return [one for one in (answer or {}).get("candidates", ()) if one["role"] == role]


def ranks(truth: Mapping[str, Truth], answers: Mapping[str, Answer], speaks: Mapping[str, str]) -> dict[str, int]:
    """Number of a clue that has evidence -> the place of its true producer, 0 when it is not named."""
    return {
        no: rank(known.producers, of_role(answers.get(no), "producer"), speaks)
        for no, known in truth.items()
        if known.evidence
    }


def hits(places: Sequence[int]) -> Hits:
    """Shares over the places of true parties."""
    n = max(1, len(places))
    return Hits(
        len(places),
        sum(place == 1 for place in places) / n,
        sum(0 < place <= 5 for place in places) / n,
        sum(1 / place for place in places if place) / n,
    )


def by_kind(truth: Mapping[str, Truth], places: Mapping[str, int]) -> dict[str, Hits]:
    """Kind of clue -> how often its producer was named."""
    return _grouped({no: (truth[no].kind,) for no in places}, places)


def by_evidence(truth: Mapping[str, Truth], places: Mapping[str, int]) -> dict[str, Hits]:
    """Kind of evidence -> how often the producer was named of clues that have it, among others."""
    return _grouped({no: truth[no].evidence for no in places}, places)


def _grouped(groups: Mapping[str, Iterable[str]], places: Mapping[str, int]) -> dict[str, Hits]:
    found: dict[str, list[int]] = defaultdict(list)
    for no, place in places.items():
        for group in groups[no]:
            found[group].append(place)
    return {group: hits(found[group]) for group in sorted(found)}


def measures(
    truth: Mapping[str, Truth], answers: Mapping[str, Answer], speaks: Mapping[str, str]
) -> dict[str, float | int | dict[str, str]]:
    """All that `score.py` prints, under its names and rounded as it does.

    Args:
        truth: By the numbers of the clues.
        answers: The same; a clue without one counts as missing, and as answered with nobody.
        speaks: `feed:key#field` -> the entity that the field of this record speaks of.
    """
    places = ranks(truth, answers, speaks)
    whole, n = hits([*places.values()]), max(1, len(places))
    calibration: list[tuple[float, bool]] = []
    said = real = both = quiet = silent = sited = site1 = site3 = 0
    for no, known in truth.items():
        answer = answers.get(no)
        clears = answer is not None and answer.get("verdict") == "authorised"
        both, said, real = both + (clears and known.authorised), said + clears, real + known.authorised
        producers = of_role(answer, "producer")
        if known.evidence:
            if producers:
                calibration.append((producers[0]["score"], places[no] == 1))
        else:
            quiet += not producers or producers[0]["score"] < _SURE
            silent += 1
        if known.sites:
            place = rank(known.sites, of_role(answer, "warehouse"), speaks)
            sited, site1, site3 = sited + 1, site1 + (place == 1), site3 + (0 < place <= 3)
    found: dict[str, float | int | dict[str, str]] = {
        "clues": len(truth),
        "missing": sum(no not in answers for no in truth),
        "producer_hits1": whole.hits1,
        "producer_hits3": sum(0 < place <= 3 for place in places.values()) / n,
        "producer_hits5": whole.hits5,
        "producer_mrr": whole.mrr,
        "warehouse_hits1": site1 / max(1, sited),
        "warehouse_hits3": site3 / max(1, sited),
        "authorised_precision": both / max(1, said),
        "authorised_recall": both / max(1, real),
        "quiet_without_evidence": quiet / max(1, silent),
        "brier": sum((p - right) ** 2 for p, right in calibration) / max(1, len(calibration)),
        "ece": _off(calibration),
        "hits1_by_evidence": {
            kind: f"{round(of.hits1 * of.clues)}/{of.clues}" for kind, of in by_evidence(truth, places).items()
        },
    }
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in found.items()}


def _off(calibration: Sequence[tuple[float, bool]]) -> float:
    """The expected calibration error, over ten equal bins."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for p, right in calibration:
        bins[min(_BINS - 1, int(p * _BINS))].append((p, right))
    return sum(abs(sum(p - right for p, right in held)) for held in bins.values()) / max(1, len(calibration))
