"""The trace on markets of our own that nothing was fitted to, beside the peers on the same graph."""

from __future__ import annotations

from bench.figures import Figure, at_least
from bench.making.market import make
from bench.making.measured import MEASURED
from bench.markets import Market
from bench.workbench import Workbench
from graph.opening import open_store
from headwater.evaluation import compared, traced
from headwater.worlds import read_world
from queries.evaluation.measures import hits, measures, ranks

HITS_1, HITS_5, MRR = 0.83, 0.90, 0.86
"""What must be reached: within .05 of what is asked on the large market."""
AHEAD = 0.25
"""And by how much the best peer must be surpassed in the mean of 1 / place."""


def figures(bench: Workbench) -> list[Figure]:
    """The measures on each market; only with --full, as each takes minutes."""
    if not bench.full:
        return [Figure("markets that nothing was fitted to", "not measured", beside="takes minutes; --full does")]
    found = []
    for name, (seed, habits) in MEASURED.items():
        bench.say(f"making the market {name}")
        folder = bench.folder / name
        make(folder, habits, seed)
        url, world = f"sqlite:{bench.folder / name}.db", read_world(folder)
        bench.load(Market(folder), url)
        with open_store(url) as store:
            bench.say(f"tracing the clues of {name}")
            answers, others = traced(store, world), compared(store, world)
        own = measures(world.truth, answers, world.speaks)
        whole = hits([*ranks(world.truth, answers, world.speaks).values()])
        rivals = {one: hits([*ranks(world.truth, given, world.speaks).values()]) for one, given in others.items()}
        best = max(rivals, key=lambda one: rivals[one].mrr)
        found += [
            at_least(f"{name}: producer Hits@1", whole.hits1, HITS_1),
            at_least(f"{name}: producer Hits@5", whole.hits5, HITS_5),
            at_least(f"{name}: MRR", whole.mrr, MRR),
            at_least(f"{name}: MRR ahead of {best}", whole.mrr - rivals[best].mrr, AHEAD),
            *(
                Figure(f"{name}: {what}", f"{own[key]:.3f}")
                for key, what in (
                    ("warehouse_hits1", "warehouse Hits@1"),
                    ("authorised_precision", "authorised, precision"),
                    ("authorised_recall", "authorised, recall"),
                    ("quiet_without_evidence", "quiet where nothing tells"),
                    ("ece", "calibration, expected error"),
                )
            ),
            *(
                Figure(f"  {one}", f"{of.hits1:.3f}", beside=f"Hits@5 {of.hits5:.3f}, MRR {of.mrr:.3f}")
                for one, of in rivals.items()
            ),
        ]
    return found
