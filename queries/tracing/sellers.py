"""The seller behind a clue: what belongs to one with it."""

from __future__ import annotations

from collections import defaultdict

from graph.model import Link, kind_of
from queries.tracing.parties import likeness
from queries.tracing.question import Question
from queries.tracing.seeds import begin
from queries.tracing.walk import Step, walk

STEPS = (
    Step("Parcel", "SHIPPED_AS", "in", "Order", 0.98),
    Step("Parcel", "SENT_BY", "out", "Party", 0.95),
    Step("Parcel", "SENT_BY", "out", "Company", 0.95),
    Step("Party", "HAS_PHONE", "out", "Phone", 0.9),
    Step("Party", "HAS_PHONE", "out", "MaskedPhone", 0.9),
    Step("Party", "NAMED", "out", "Name", 0.9),
    Step("MaskedPhone", "MASKED_AS", "in", "Phone", 0.9, 1),
    Step("Name", "NAMED", "in", "Account", 0.7, 1.5),
    Step("Name", "NAMED", "in", "Company", 0.85, 1.5),
    Step("Order", "ORDER_OF", "out", "Listing", 0.98),
    Step("Order", "PAID_INTO", "out", "PayeeAccount", 0.9),
    Step("Listing", "OFFERED_BY", "out", "Account", 0.98),
    Step("Listing", "MENTIONS", "out", "Phone", 0.9),
    Step("Listing", "MENTIONS", "out", "Handle", 0.9),
    Step("Account", "RUN_BY", "out", "Company", 0.95),
    Step("Account", "RUN_BY", "out", "Party", 0.95),
    Step("Account", "HAS_PHONE", "out", "Phone", 0.95),
    Step("Account", "HAS_HANDLE", "out", "Handle", 0.95),
    Step("Account", "HAS_EMAIL", "out", "Email", 0.95),
    Step("Account", "PAID_INTO", "out", "PayeeAccount", 0.9),
    Step("Phone", "HAS_PHONE", "in", "Account", 0.9, 5),
    Step("Phone", "HAS_PHONE", "in", "Company", 0.8, 3),
    Step("Phone", "MENTIONS", "in", "Listing", 0.9, 8),
    Step("Handle", "HAS_HANDLE", "in", "Account", 0.9, 5),
    Step("Handle", "MENTIONS", "in", "Listing", 0.9, 8),
    Step("Email", "HAS_EMAIL", "in", "Account", 0.9, 4),
    Step("PayeeAccount", "PAID_INTO", "in", "Account", 0.85, 4, undated=True),
    Step("PayeeAccount", "BELONGS_TO", "out", "Person", 0.9, 4, among="PAID_INTO"),
    Step("PayeeAccount", "BELONGS_TO", "out", "Company", 0.8, 4, among="PAID_INTO"),
    Step("PayeeAccount", "BELONGS_TO", "out", "Party", 0.8, 4, among="PAID_INTO"),
    Step("Company", "HAS_PHONE", "out", "Phone", 0.85),
    Step("Company", "RUN_BY", "in", "Account", 0.9, 6),
    Step("Company", "REPRESENTED_BY", "out", "Person", 0.85),
    Step("Company", "HAS_SHAREHOLDER", "out", "Person", 0.7),
    Step("Person", "REPRESENTED_BY", "in", "Company", 0.85, 4),
    Step("Person", "HAS_SHAREHOLDER", "in", "Company", 0.7, 4),
    Step("Person", "BELONGS_TO", "in", "PayeeAccount", 0.85, 4),
)
LEVELS = 7


def find_sellers(q: Question) -> None:
    """Who and what belongs to the seller: accounts, companies, phones, handles, payee accounts, persons."""
    seeds = begin(q)
    if q.start.kind == "label":
        # The label itself leads to every sale of its number; only those likely to be the copy's are to be followed.
        seeds = {n: p for n, p in seeds.items() if n not in q.start.nodes}
    spread(q, seeds, LEVELS)


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
        return 1.0 if any(likeness(text, other) >= 0.1 for other in named[here]) else 0.0

    def doubt(fresh: list[str]) -> dict[str, float]:
        companies = [n for n in fresh if kind_of(n) == "Company"]
        q.get(companies)
        return {n: q.standing(n) for n in companies}

    walk(q, seeds, STEPS, levels, q.sellers, guard, doubt)
