"""A level-by-level beam search over typed links: what is reached how probably, and by which links."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graph.model import Link, kind_of
from queries.tracing.fitting import either
from queries.tracing.parameters import P
from queries.tracing.steps import Step

if TYPE_CHECKING:
    from queries.tracing.question import Question

UNDATED = ("0001-01-01", "0001-01-01")
"""A window that no dated link touches."""


@dataclass(slots=True)
class State:
    """What is believed of a node: its probability, in which level it was reached, and from which node first."""

    probability: float
    level: int
    parent: str | None = None


@dataclass(slots=True)
class Reached:
    """All that a walk reached."""

    states: dict[str, State] = field(default_factory=dict)

    def of(self, *kinds: str) -> dict[str, float]:
        """The nodes of these kinds with their probabilities."""
        return {n: s.probability for n, s in self.states.items() if kind_of(n) in kinds}


Guard = Callable[[Step, Link, str], float]
Doubt = Callable[[list[str]], Mapping[str, float]]


def walk(
    q: Question,
    seeds: Mapping[str, float],
    steps: Iterable[Step],
    levels: int,
    reached: Reached,
    guard: Guard | None = None,
    doubt: Doubt | None = None,
) -> None:
    """Spreads belief from the seeds along the steps into `reached`.

    A node takes belief from every link that reaches it in the level in which it is first reached (noisy-or), and passes
    it on once. `doubt` tells by what the belief in fresh nodes is multiplied, from what is known against them. Of a
    level, the most probable nodes go on.
    """
    by_source: dict[str, dict[tuple[str, str, str], Step]] = defaultdict(dict)
    for step in steps:
        by_source[step.source][step.link, step.direction, step.target] = step
    for n, p in seeds.items():
        reached.states.setdefault(n, State(p, 0))
    frontier = list(seeds)
    for level in range(1, levels + 1):
        frontier = sorted(
            (n for n in frontier if reached.states[n].probability >= P.floor and kind_of(n) in by_source),
            key=lambda n: (-reached.states[n].probability, n),
        )[: P.beam]
        if not frontier:
            break
        fresh: dict[str, State] = {}
        for n, links in _around(q, frontier, by_source).items():
            _spread(q, n, links, by_source[kind_of(n)], reached, fresh, guard, level)
        if doubt is not None:
            for n, factor in doubt(sorted(fresh)).items():
                fresh[n].probability *= factor
        reached.states.update(fresh)
        frontier = list(fresh)


def _around(
    q: Question, frontier: list[str], by_source: Mapping[str, Mapping[tuple[str, str, str], Step]]
) -> dict[str, list[Link]]:
    """The links of a level, in one call: a link's kind and its node's kind all but say its direction.

    Nodes of which only undated links are wanted are asked for apart.
    """
    found: dict[str, list[Link]] = {}
    apart = {kind for kind, steps in by_source.items() if any(step.undated for step in steps.values())}
    for nodes in (
        [n for n in frontier if kind_of(n) not in apart],
        [n for n in frontier if kind_of(n) in apart],
    ):
        steps = [step for n in nodes for step in by_source[kind_of(n)].values()]
        kinds = sorted({step.link for step in steps if not step.undated})
        found |= q.links(nodes, kinds, "both", limit=P.links) if kinds else {}
        undated = sorted({step.link for step in steps if step.undated})
        for n, links in (q.links(nodes, undated, "in", UNDATED, P.links) if undated else {}).items():
            found[n] = [*found.get(n, ()), *links]
    return {n: found[n] for n in frontier if n in found}


def _spread(
    q: Question,
    n: str,
    links: list[Link],
    steps: Mapping[tuple[str, str, str], Step],
    reached: Reached,
    fresh: dict[str, State],
    guard: Guard | None,
    level: int,
) -> None:
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    by_kind: dict[str, int] = defaultdict(int)
    ways: list[tuple[Link, str, tuple[str, str, str]]] = []
    for link in links:
        other = link.other(n)
        way = (link.kind, "out" if link.source == n else "in", kind_of(other))
        counts[way] += 1
        by_kind[link.kind] += 1
        ways.append((link, other, way))
    here = reached.states[n].probability
    for link, other, way in ways:
        step = steps.get(way)
        if step is None or other == n:
            continue
        total = _total(q, n, way, counts[way], by_kind[link.kind])
        if step.among is not None:
            total = max((_total(q, n, w, c, by_kind[w[0]]) for w, c in counts.items() if w[0] == step.among), default=1)
        factor = step.factor
        if total > step.crowd:
            factor *= (step.crowd / total) ** P.steepness
            q.damped[n] = max(q.damped.get(n, 0), total)
        if guard is not None:
            factor *= guard(step, link, n)
        p = here * factor
        if p < P.floor / 3:
            continue
        if other in reached.states:
            if reached.states[other].level >= level:
                q.follow(other, n, link, factor)
            continue
        q.follow(other, n, link, factor)
        old = fresh.get(other)
        if old is None:
            fresh[other] = State(p, level, n)
        else:
            old.probability = either(old.probability, p)


def _total(q: Question, n: str, way: tuple[str, str, str], given: int, of_kind: int) -> int:
    """How many links a node has one way; where they were cut, as many as their share among those that were given."""
    cut = q.cuts.get((n, way[0], way[1]))
    return given if cut is None else max(given, cut.total * given // max(1, of_kind))
