"""Weights learned from a store: how often parties agree, by Splink; how sure to be, by what people judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from copy import deepcopy
from dataclasses import dataclass
from io import StringIO
from math import log, log10
from typing import Any

import numpy as np
import pyarrow as pa
from splink.internals.blocking_rule_library import CustomRule

from graph.judgements import judgements
from graph.model import order_of, pair_key
from graph.store import Store
from resolve import crowds, matching
from resolve.comparisons import COMPARISONS
from resolve.index import Index
from resolve.profiles import Nature
from resolve.weights import Weights

PAIRS = 5_000_000
"""Pairs taken at random to see how often two parties agree by chance."""
SEED = 1
RARE = 30
"""Pairs at a level, of those that are one or of those taken at random, below which it is not learned."""
BLOCKS: Mapping[Nature, tuple[tuple[str, str], ...]] = {
    "company": (("few_phones[1]", "phone"), ("sound", "trade")),
    "person": (("few_phones[1]", "phone"), ("sound", "name")),
}
"""What is equal in the pairs among which it is learned how often parties that are one agree, and the comparison of
which they therefore teach nothing."""

_DIGITS = 4
_LEAST = 1e-7
_FOLDS = 5
_BINS = 10
_LOOSE_SLOPE, _LOOSE_SHIFT = 0.25, 2.0  # how far few judgements may move the slope from 1 and the shift from 0 (bits)
_STEPS = 50


@dataclass(frozen=True, slots=True)
class Calibration:
    """How sure to be, learned from pairs that people judged.

    Attributes:
        judged: How many pairs were judged one or two.
        slope, shift: Of the line that makes log odds of weights; 1 and 0, which changes nothing, where judgements are
            too few to tell, or do not tell each other better by it.
        brier, ece: The mean squared error of probabilities, and the expected calibration error over ten bins, before
            and after, each pair told by what the others teach; None where there are too few to tell.
    """

    judged: int
    slope: float
    shift: float
    brier: tuple[float, float] | None
    ece: tuple[float, float] | None

    @property
    def is_taken(self) -> bool:
        """Whether it changes anything."""
        return (self.slope, self.shift) != (1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Trained:
    """What was learned of one nature.

    Attributes:
        weights: The weights.
        learned: The levels whose weights are new, as `phone=same`.
        kept: Those fixed, or too rare to be learned, which keep the weights they had.
        calibration: How sure to be.
    """

    weights: Weights
    learned: tuple[str, ...]
    kept: tuple[str, ...]
    calibration: Calibration


def train(store: Store, index: Index, weights: Mapping[Nature, Weights]) -> dict[Nature, Trained]:
    """Learns weights from what an index knows, beginning at others; the same from the same parties, in any order.

    Args:
        store: For what was judged.
        index: Whose profiles are those of the store (see `resolve.run.read`).
        weights: Where to begin; what is too rare keeps these.

    Raises:
        StoreError: The store or the index cannot be used.
    """
    with index.guarded():
        # In one thread and in one order, or sums of fractions would differ in their last digits.
        (threads,) = index.db.execute("SELECT current_setting('threads')").fetchone() or (1,)
        index.db.execute("SET threads = 1; SET preserve_insertion_order = true")
        try:
            return {nature: _trained(store, index, nature, weights[nature]) for nature in COMPARISONS}
        finally:
            index.db.execute(f"SET threads = {threads}; SET preserve_insertion_order = false")


def _trained(store: Store, index: Index, nature: Nature, weights: Weights) -> Trained:
    db = index.db
    crowds.prepare(db, "kept.profile", nature, "with_twins_too")
    # Documents of one party that say the same are one witness.
    db.execute(f"CREATE OR REPLACE TABLE {nature} AS SELECT * FROM with_twins_too WHERE node = lead ORDER BY node")
    new = deepcopy(weights)
    learned: list[str] = []
    count = index.count(nature)
    if count > 1:
        chance, agreed, matches = _agreements(index, nature, weights)
        for comparison in COMPARISONS[nature]:
            code, levels = comparison.code, [*(level.code for level in comparison.levels), "differ"]
            total = min(PAIRS, count * (count - 1) / 2)
            free = [x for x in levels if f"{code}={x}" not in weights["fixed"]]
            often = {x for x in free if matches.get(f"{code}={x}", 0.0) >= RARE}
            seen = {x for x in free if chance.get(f"{code}={x}", 0.0) * total >= RARE}
            old = weights["levels"][code]
            m = _mixed({x: agreed[f"{code}={x}"] for x in often}, {x: old[x][0] for x in levels})
            u = _mixed({x: chance[f"{code}={x}"] for x in seen}, {x: old[x][1] for x in levels})
            new["levels"][code] = {x: [m[x], u[x]] for x in levels}
            learned += [f"{code}={x}" for x in levels if x in often]
    every = [f"{c.code}={code}" for c in COMPARISONS[nature] for code in (*(x.code for x in c.levels), "differ")]
    kept = tuple(level for level in every if level not in learned)
    calibration = _calibrated(store, index, nature, new)
    new["calibration"] = {"slope": calibration.slope, "shift": calibration.shift}
    return Trained(new, tuple(learned), kept, calibration)


def _agreements(
    index: Index, nature: Nature, weights: Weights
) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """By level: how often any two agree so, how often two that are one do, and in how many that are one it was seen."""
    crowds.frequencies(index.db, "kept.profile", nature, f"{nature}_names")
    linker = matching.linked(index.db, nature, weights)
    agreed: dict[str, float] = {}
    matches: dict[str, float] = {}
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        linker.training.estimate_u_using_random_sampling(max_pairs=PAIRS, seed=SEED)
        chance = {name: u for name, _, u in _levels(nature, linker._settings_obj.comparisons)}
        for key, untaught in BLOCKS[nature]:
            (found,) = index.db.execute(
                f"SELECT sum(n * (n - 1) / 2) FROM (SELECT count(*) AS n FROM {nature} WHERE {key} IS NOT NULL "
                f"GROUP BY {key})"
            ).fetchone() or (None,)
            if not found or found < RARE:
                continue
            rule = CustomRule(f"l.{key} = r.{key} and not (l.number is not null and r.number is not null)")
            session = linker.training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=PAIRS)
            taught = session.core_model_settings
            ones = min(PAIRS, float(found)) * taught.probability_two_random_records_match
            for name, m, _ in _levels(nature, taught.comparisons):
                if not name.startswith(f"{untaught}="):
                    # Each rule teaches by as many pairs as it has.
                    agreed[name] = agreed.get(name, 0.0) + m * ones
                    matches[name] = matches.get(name, 0.0) + m * ones
    for comparison in COMPARISONS[nature]:
        names = [f"{comparison.code}={code}" for code in (*(x.code for x in comparison.levels), "differ")]
        total = sum(agreed.get(name, 0.0) for name in names)
        agreed |= {name: agreed[name] / total for name in names if total and name in agreed}
    return chance, agreed, matches


def _levels(nature: Nature, comparisons: Sequence[Any]) -> Iterator[tuple[str, float, float]]:
    """The levels of Splink's comparisons by their names, with m and u."""
    codes = {c.code: ["differ", *(level.code for level in reversed(c.levels))] for c in COMPARISONS[nature]}
    for comparison in comparisons:
        for level in comparison.comparison_levels:
            if not level.is_null_level:
                code = codes[comparison.output_column_name][level.comparison_vector_value]
                name = f"{comparison.output_column_name}={code}"
                yield name, _number(level.m_probability), _number(level.u_probability)


def _mixed(new: Mapping[str, float], old: Mapping[str, float]) -> dict[str, float]:
    """What is new beside what stays as it was, so that all levels together come to as much as before."""
    room = sum(old[x] for x in new)
    total = sum(new.values())
    return {x: _rounded(new[x] * room / total) if x in new else old[x] for x in old}


def _number(value: Any) -> float:
    """A probability; 0 where Splink says in words that it saw none."""
    return float(value) if isinstance(value, int | float) else 0.0


def _rounded(value: float) -> float:
    """To four digits, which is more than is known, and the same on every machine."""
    value = min(1.0, max(_LEAST, value))
    return round(value, _DIGITS - 1 - int(log10(value) // 1))


# How sure to be


def _calibrated(store: Store, index: Index, nature: Nature, weights: Weights) -> Calibration:
    said = {(one.a, one.b): one.now.verdict for one in judgements(store, standing=True)}
    known = _weighed(index, nature, weights, [pair for pair, verdict in said.items() if verdict != "unsure"])
    pairs = sorted(known)
    folds = np.array([order_of(pair_key(*pair)) % _FOLDS for pair in pairs])
    truth = np.array([said[pair] == "same" for pair in pairs], dtype=float)
    return calibration(np.array([known[pair] for pair in pairs]), truth, folds)


def calibration(weights: Any, truth: Any, folds: Any) -> Calibration:
    """How sure to be, by what was judged of pairs.

    Args:
        weights: Of each pair, in bits.
        truth: Of each pair, 1 where it was judged to be one party, 0 where two.
        folds: Of each pair, in which part of the judgements it is, 0.._FOLDS-1; each part is told by the others.
    """
    judged = len(weights)
    if judged < 2 * _FOLDS or not 0 < truth.sum() < judged:
        return Calibration(judged, 1.0, 0.0, None, None)
    after = np.empty(judged)
    for fold in range(_FOLDS):
        held = folds == fold
        after[held] = probability(weights[held], *fitted(weights[~held], truth[~held]))
    before = probability(weights, 1.0, 0.0)
    brier = (float(np.mean((before - truth) ** 2)), float(np.mean((after - truth) ** 2)))
    ece = (calibration_error(before, truth), calibration_error(after, truth))
    # What does not tell others better tells nothing yet.
    slope, shift = fitted(weights, truth) if brier[1] < brier[0] else (1.0, 0.0)
    return Calibration(judged, round(slope, 4), round(shift, 4), brier, ece)


def probability(weights: Any, slope: float, shift: float) -> Any:
    """The probabilities of weights in bits."""
    return 1.0 / (1.0 + np.exp2(-np.clip(slope * weights + shift, -60, 60)))


def fitted(weights: Any, truth: Any) -> tuple[float, float]:
    """The slope and shift under which weights in bits fit what was judged best (Platt 1999), few held near 1 and 0.

    What is minimised is the sum of the logarithmic losses and of how far both are from 1 and 0, squared, as if so many
    judgements had been given before that nothing changes unless several agree.
    """
    at = np.array([1.0, 0.0])
    design = np.column_stack([weights, np.ones(len(weights))]) * log(2)
    hold = np.array([1 / _LOOSE_SLOPE**2, 1 / _LOOSE_SHIFT**2])
    for _ in range(_STEPS):
        p = probability(weights, *at)
        gradient = design.T @ (p - truth) + hold * (at - np.array([1.0, 0.0]))
        hessian = design.T @ (design * (p * (1 - p))[:, None]) + np.diag(hold)
        step = np.linalg.solve(hessian, gradient)
        # A step at a time, so that a far start does not overshoot.
        at = at - step * min(1.0, 1.0 / float(np.abs(step).max() or 1.0))
        if float(np.abs(step).max()) < 1e-9:
            break
    return max(0.05, float(at[0])), float(at[1])


def calibration_error(found: Any, truth: Any) -> float:
    """By how much probabilities are off on average, over ten bins of equal width (ECE)."""
    bins = np.minimum((found * _BINS).astype(int), _BINS - 1)
    off = sum(abs(float((found[bins == one] - truth[bins == one]).sum())) for one in range(_BINS))
    return off / len(found)


def _weighed(
    index: Index, nature: Nature, weights: Weights, pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], float]:
    """The weights of pairs in bits; those are left out of which one is not known, or of another nature."""
    if not pairs:
        return {}
    db = index.db
    rows = pa.table({"a": [a for a, _ in pairs], "b": [b for _, b in pairs]})
    db.register("rows", rows)
    db.execute("CREATE OR REPLACE TABLE judged AS FROM rows")
    db.unregister("rows")
    db.execute("CREATE OR REPLACE TABLE judged_nodes AS SELECT a AS node FROM judged UNION SELECT b FROM judged")
    crowds.prepare(db, "kept.profile", nature, nature, "judged_nodes")
    db.execute(
        f"CREATE OR REPLACE TABLE judged_numbers AS SELECT least(x.n, y.n) AS l, greatest(x.n, y.n) AS r "
        f"FROM judged JOIN {nature} AS x ON a = x.node JOIN {nature} AS y ON b = y.node ORDER BY l, r"
    )
    crowds.frequencies(db, "kept.profile", nature, f"{nature}_names")
    matching.weigh(db, nature, weights, "judged_numbers", "judged_pair", least=None)
    return {(a, b): float(weight) for a, b, weight in db.execute("SELECT a, b, weight FROM judged_pair").fetchall()}
