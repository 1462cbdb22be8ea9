"""The seller behind a clue: what belongs to one with it."""

from __future__ import annotations

from collections import defaultdict

from graph.model import Link, kind_of
from queries.tracing.identity import others
from queries.tracing.parameters import P
from queries.tracing.parties import likeness
from queries.tracing.question import Question
from queries.tracing.seeds import begin
from queries.tracing.steps import LEVELS, LEVELS_ON, PARTIES, STEPS, Step
from queries.tracing.walk import walk


def find_sellers(q: Question) -> None:
    """Who and what belongs to the seller: accounts, companies, phones, handles, payee accounts, persons."""
    seeds = begin(q)
    if q.start.kind == "label":
        # The label itself leads to every sale of its number; only those likely to be the copy's are to be followed.
        seeds = {n: p for n, p in seeds.items() if n not in q.start.nodes}
    spread(q, seeds, LEVELS)
    found = others(q, {n: p for n, p in q.sellers.of(*PARTIES).items() if p >= P.of_seller}, ("Company", "Person"))
    spread(q, {n: p for n, p in found.items() if n not in q.sellers.states}, LEVELS_ON)


def spread(q: Question, seeds: dict[str, float], levels: int) -> None:
    """Walks from seeds over what belongs to one seller."""
    named: dict[str, list[str]] = defaultdict(list)

    def guard(step: Step, link: Link, here: str) -> float:
        if step.link != "NAMED":
            return 1.0
        if step.direction == "out":
            if link.values.get("form") == "person":
                return 0.0
            named[link.target].append(str(link.values.get("text", "")))
            return 1.0
        text = str(link.values.get("text", ""))
        return 1.0 if any(likeness(text, other) >= P.alike for other in named[here]) else 0.0

    def doubt(fresh: list[str]) -> dict[str, float]:
        companies = [n for n in fresh if kind_of(n) == "Company"]
        q.get(companies)
        return {n: q.standing(n) for n in companies}

    walk(q, seeds, STEPS, levels, q.sellers, guard, doubt)
