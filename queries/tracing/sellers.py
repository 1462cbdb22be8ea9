"""The seller behind a clue: what belongs to one with it."""

from __future__ import annotations

from collections import defaultdict

from graph.model import Link, kind_of
from queries.tracing.parties import likeness
from queries.tracing.question import Question
from queries.tracing.walk import Step, walk

STEPS = (
    Step("Label", "EVENT_OF", "in", "LabelEvent", 1.0),
    Step("LabelEvent", "SOLD_WITH", "out", "Parcel", 1.0),
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
    seeds = dict(q.start.nodes)
    if q.start.kind == "label":
        seeds |= copies(q)
    elif q.start.kind == "phone":
        seeds |= sent_by_phone(q)
    spread(q, seeds, LEVELS)
    if q.start.kind == "label":
        # The label itself leads to every sale of its number; only those likely to be the copy's were to be followed.
        for node in q.start.nodes:
            q.sellers.states.pop(node, None)


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


def sent_by_phone(q: Question) -> dict[str, float]:
    """The parcels that name a phone as their sender's, nearest to when the clue was seen; also where it is masked."""
    phones = list(q.start.nodes)
    masks = [x.target for links in q.links(phones, ["MASKED_AS"], "out").values() for x in links]
    held = q.links([*phones, *masks], ["HAS_PHONE"], "in", limit=60)
    ways: dict[str, tuple[str, Link]] = {}
    for n, links in held.items():
        if n in q.start.nodes or len(links) < 20:
            for x in links:
                if kind_of(x.source) == "Party":
                    ways.setdefault(x.source, (n, x))
    sent = [x for links in q.links(ways, ["SENT_BY"], "in", q.window(60, 60), limit=5).values() for x in links]
    near = sorted(sent, key=lambda x: (abs(q.age(x.start) or 0) if x.start else 999, x.source))[:10]
    for x in near:
        n, link = ways[x.target]
        for mask in q.links(phones, ["MASKED_AS"], "out").values():
            for m in mask:
                if m.target == n:
                    q.follow(n, m.source, m, 0.9)
        q.follow(x.target, n, link, 0.9)
        q.follow(x.source, x.target, x, 0.9)
    return {x.source: 0.8 for x in near}


def copies(q: Question) -> dict[str, float]:
    """The parcels that a label was sold with, by how probably it was the copy: the sale nearest to when it was seen."""
    labels = list(q.start.nodes)
    events: dict[str, tuple[str, Link]] = {}
    for label, links in q.links(labels, ["EVENT_OF"], "in").items():
        for x in links:
            events[x.source] = (label, x)
    sold = [x for links in q.links(events, ["SOLD_WITH"], "out").values() for x in links]
    weight: dict[str, float] = {}
    for x in sold:
        age = q.age(x.start)
        weight[x.target] = 0.5 ** (abs(age) / 10) + 0.02 if age is not None else 1.0
    total = sum(weight[n] for n in sorted(weight))
    for x in sold:
        label, event = events[x.source]
        q.follow(x.source, label, event, 1.0)
        q.follow(x.target, x.source, x, weight[x.target] / total)
    return {n: w / total for n, w in weight.items()}
