"""How well clusters and probabilities agree with a truth: pairwise figures, B³, calibration."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Score:
    """Precision and recall, each in 0..1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __str__(self) -> str:
        return f"precision {self.precision:.3f}, recall {self.recall:.3f}"


@dataclass(frozen=True, slots=True)
class Bin:
    """Pairs of like probability: how many, the mean of what was believed, and the share that is so."""

    pairs: int
    believed: float
    true: float


def pairwise(found: Mapping[Any, Hashable], truth: Mapping[Any, Hashable]) -> Score:
    """Of all pairs of mentions that share a cluster those that share an entity, and the other way round.

    Args:
        found: Mention -> cluster; a mention that is missing stands alone.
        truth: Mention -> entity; only these mentions count.
    """
    both, clustered, meant = _counts(found, truth)
    right = _pairs(both)
    return Score(right / max(1, _pairs(clustered)), right / max(1, _pairs(meant)))


def b_cubed(found: Mapping[Any, Hashable], truth: Mapping[Any, Hashable]) -> Score:
    """The mean over mentions of how much of its cluster is its entity, and of its entity its cluster."""
    both, clustered, meant = _counts(found, truth)
    total = max(1, sum(both.values()))
    return Score(
        sum(n * n / clustered[cluster] for (cluster, _), n in both.items()) / total,
        sum(n * n / meant[entity] for (_, entity), n in both.items()) / total,
    )


def _counts(
    found: Mapping[Any, Hashable], truth: Mapping[Any, Hashable]
) -> tuple[Counter[tuple[Hashable, Hashable]], Counter[Hashable], Counter[Hashable]]:
    both: Counter[tuple[Hashable, Hashable]] = Counter()
    for mention, entity in truth.items():
        both[found.get(mention, ("alone", mention)), entity] += 1
    clustered: Counter[Hashable] = Counter()
    meant: Counter[Hashable] = Counter()
    for (cluster, entity), n in both.items():
        clustered[cluster] += n
        meant[entity] += n
    return both, clustered, meant


def _pairs(counted: Counter[tuple[Hashable, Hashable]] | Counter[Hashable]) -> int:
    return sum(n * (n - 1) // 2 for n in counted.values())


def judged(believed: Iterable[tuple[float, bool]], least: float, missed: int = 0) -> Score:
    """Precision and recall of single pairs, believed to be one from `least` on; `missed`: true ones never compared."""
    pairs = list(believed)
    named = [true for p, true in pairs if p >= least]
    all_true = sum(true for _, true in pairs) + missed
    return Score(sum(named) / max(1, len(named)), sum(named) / max(1, all_true))


def best(believed: Iterable[tuple[float, bool]], missed: int = 0) -> tuple[float, Score]:
    """The threshold at which F1 is greatest, in favour of whoever is scored."""
    pairs = list(believed)
    steps = sorted({round(p, 3) for p, _ in pairs})
    return max(
        ((t, judged(pairs, t, missed)) for t in steps),
        key=lambda one: (one[1].f1, one[0]),
        default=(1.0, Score(0.0, 0.0)),
    )


def calibration(believed: Iterable[tuple[float, bool]], least: int = 100, wide: float = 0.05) -> list[Bin]:
    """The bins of a calibration table: this wide, and joined with their neighbours until they hold enough pairs."""
    pairs = sorted(believed)
    steps: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for p, true in pairs:
        steps[min(int(p / wide), int(1 / wide) - 1)].append((p, true))
    bins: list[list[tuple[float, bool]]] = []
    for _, some in sorted(steps.items()):
        if bins and len(bins[-1]) < least:
            bins[-1] += some
        else:
            bins.append(list(some))
    if len(bins) > 1 and len(bins[-1]) < least:
        last = bins.pop()
        bins[-1] += last
    return [Bin(len(b), sum(p for p, _ in b) / len(b), sum(true for _, true in b) / len(b)) for b in bins]


def calibration_error(bins: Iterable[Bin]) -> float:
    """The expected calibration error: how far believed and true lie apart, each pair counted once."""
    table = list(bins)
    return sum(b.pairs * abs(b.believed - b.true) for b in table) / max(1, sum(b.pairs for b in table))
