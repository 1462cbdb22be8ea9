"""What training and people teach: weights learned from one market and tried on another, and judgements of pairs.

The truth of the first market is the judge whom people would be, of pairs of which the model is not sure. They calibrate
that market, whose other pairs score them; weights are scored on the other market.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Container, Mapping

from bench import agreement
from bench.figures import Figure
from bench.matched import Matched, clusters, matched
from bench.parties import Parties, parties
from bench.workbench import Workbench
from graph.judgements import Verdict, judge
from graph.opening import open_store
from resolve.index import Index
from resolve.profiles import Nature
from resolve.run import read
from resolve.training import Trained, train
from resolve.weights import standing

NATURES = {"companies": False, "persons": True}
TEACHER, PUPIL = "small", "medium"
JUDGED = 300
UNSURE = (0.02, 0.98)
"""Probabilities between which a pair is one to be judged."""


def figures(bench: Workbench, threshold: float) -> list[Figure]:
    """How well weights learned from one market do on another, and what judgements change in how sure it is."""
    teacher = parties(bench, bench.market(TEACHER))
    judged = _judged(teacher)
    bench.say(f"learning weights from {TEACHER}, and how sure to be from {len(judged)} judgements")
    learned = _learned(bench, judged)
    plain = {
        nature: {**found.weights, "calibration": standing()[nature]["calibration"]} for nature, found in learned.items()
    }
    pupil = parties(bench, bench.market(PUPIL))
    found = matched(pupil.profiles, weights=plain)
    joined = clusters(found.links, threshold)
    score = agreement.pairwise(pupil.clustered(joined), pupil.truth)
    errors = ", ".join(f"{nature} {_error(found, pupil, is_person, ()):.3f}" for nature, is_person in NATURES.items())
    out = [
        Figure(
            f"{PUPIL} by weights learned from {TEACHER}",
            f"{score.f1:.3f}",
            beside=f"{score}, without truth; calibration error: {errors}",
        )
    ]
    before = matched(teacher.profiles, weights=plain)
    after = matched(teacher.profiles, weights={nature: one.weights for nature, one in learned.items()})
    for nature, one in learned.items():
        is_person = nature == "person"
        errors_of = [_error(some, teacher, is_person, judged) for some in (before, after)]
        said = one.calibration
        own = ""
        if said.brier is not None:
            own = f"; Brier score of the judgements, each told by the others: {said.brier[0]:.3f}, {said.brier[1]:.3f}"
        out.append(
            Figure(
                f"  {TEACHER}: calibration error of {nature} pairs after {said.judged} judgements",
                f"{errors_of[1]:.3f}",
                beside=f"before {errors_of[0]:.3f}, pairs not judged{own}; "
                + (f"slope {said.slope:g}, shift {said.shift:g} bits" if said.is_taken else "not taken"),
            )
        )
    return out


def _judged(teacher: Parties) -> dict[tuple[str, str], Verdict]:
    meant = teacher.meant
    least, most = UNSURE
    unsure = [(a, b) for a, b, p in matched(teacher.profiles).pairs if least <= p <= most and a in meant and b in meant]
    some = random.Random(1).sample(unsure, min(JUDGED, len(unsure)))
    return {(a, b): "same" if meant[a] == meant[b] else "different" for a, b in some}


def _learned(bench: Workbench, judged: Mapping[tuple[str, str], Verdict]) -> dict[Nature, Trained]:
    path = bench.folder / f"{TEACHER}-judged.db"
    shutil.copyfile(bench.store(TEACHER).partition(":")[2], path)
    with open_store(f"sqlite:{path}") as store, Index(bench.folder / "taught.identity") as index:
        for (a, b), verdict in judged.items():
            judge(store, a, b, verdict, by="truth", why="as the truth file says")
        read(store, index)
        return train(store, index, standing())


def _error(found: Matched, of: Parties, is_person: bool, but: Container[tuple[str, str]]) -> float:
    """The calibration error over the pairs of a nature of which the truth is known, without some."""
    believed = of.believed((one for one in found.pairs if one[:2] not in but), is_person)
    return agreement.calibration_error(agreement.calibration(believed))
