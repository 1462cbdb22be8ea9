"""Who stands behind the seller: persons and phones in common with a maker; declarations that name one."""

from __future__ import annotations

from collections import defaultdict

from graph import persons as people
from graph.model import Link, kind_of
from queries.tracing.fitting import either
from queries.tracing.identity import others
from queries.tracing.parameters import P
from queries.tracing.question import Question, Source, strongest


def find_control(q: Question) -> None:
    """Notes companies that make such goods and share a person or a phone with the seller or its warehouse."""
    persons = q.sellers.of("Person")
    phones = {n: p for n, p in q.sellers.of("Phone").items() if p > P.shared_phone_from}
    named_by = _named_by(q, persons, phones)
    for n, p in others(q, {**named_by, **persons}, ("Person", "Party")).items():
        persons[n] = max(persons.get(n, 0.0), p)
    names: dict[str, float] = {}
    texts: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for n, links in q.links(sorted(named_by), ["NAMED"], "out").items():
        for x in links:
            if x.values.get("form") == "person":
                names[x.target] = max(names.get(x.target, 0.0), named_by[n])
                texts[x.target].add((kind_of(n), str(x.values.get("text", ""))))
                q.follow(x.target, n, x, P.told_mention)
    found: dict[str, float] = defaultdict(float)
    for n, links in q.links(sorted(persons), ["REPRESENTED_BY", "HAS_SHAREHOLDER"], "in", limit=30).items():
        for x in links:
            found[x.source] = either(found[x.source], persons[n] * P.shared_person)
            q.follow(x.source, n, x, P.shared_person)
    for n, links in q.links(sorted(phones), ["HAS_PHONE"], "in").items():
        for x in links:
            if kind_of(x.source) == "Company":
                found[x.source] = either(found[x.source], phones[n] * P.shared_phone)
                q.follow(x.source, n, x, P.shared_phone)
    holders: dict[str, float] = {}
    for n, links in q.links(sorted(names), ["NAMED"], "in", limit=150).items():
        for x in links:
            if kind_of(x.source) in ("Person", "Party") and _same_person(x, texts[n]):
                holders[x.source] = max(holders.get(x.source, 0.0), names[n])
                q.follow(x.source, n, x, P.shared_name)
    by_name: dict[str, tuple[float, str, Link]] = {}
    for n, links in q.links(sorted(holders), ["REPRESENTED_BY", "HAS_SHAREHOLDER"], "in", limit=20).items():
        for x in links:
            if x.source not in found:
                by_name[x.source] = (holders[n], n, x)
    _note(q, found, by_name)


def _same_person(link: Link, texts: set[tuple[str, str]]) -> bool:
    """Whether a name may be that of one of the persons: one key holds all names of one sound.

    Two persons whose numbers are both known, and differ, are two.
    """
    if link.values.get("form") != "person":
        return False
    person = people.parse_person(str(link.values.get("text", "")))
    return any(
        people.agreement(person, people.parse_person(text)) > 0
        for kind, text in texts
        if not kind == kind_of(link.source) == "Person"
    )


def _note(q: Question, found: dict[str, float], by_name: dict[str, tuple[float, str, Link]]) -> None:
    companies = sorted({*found, *by_name})
    q.get(companies)
    made = {n: q.goods.made_by(q.value(n, "scope"), q.value(n, "name")) for n in companies}
    rivals = sum(made[n] for n in sorted(by_name) if made[n] > P.name_makes)
    for n in sorted(found):
        if made[n] > P.shares_makes:
            q.sources.append(Source(n, "control", found[n] * q.standing(n) * made[n]))
    for n in sorted(by_name):
        if made[n] > P.name_makes:
            p, parent, link = by_name[n]
            q.follow(n, parent, link, made[n] / max(1.0, rivals))
            q.sources.append(Source(n, "control", P.shared_name * p * made[n] / max(1.0, rivals)))


def _named_by(q: Question, persons: dict[str, float], phones: dict[str, float]) -> dict[str, float]:
    """The nodes whose persons' names may be the maker's; adds to persons and phones those of the warehouse."""
    named_by: dict[str, float] = {}
    for s, links in q.links(sorted(q.sites), ["LEASED_BY", "HAS_PHONE", "OPERATED_BY"], "out").items():
        for x in links:
            q.follow(x.target, s, x, P.told_around)
            if kind_of(x.target) == "Phone":
                phones[x.target] = max(phones.get(x.target, 0.0), q.sites[s] * P.warehouse_party)
            elif kind_of(x.target) == "Person":
                persons[x.target] = max(persons.get(x.target, 0.0), q.sites[s] * P.warehouse_party)
            elif x.kind == "LEASED_BY":
                named_by[x.target] = max(named_by.get(x.target, 0.0), q.sites[s] * P.warehouse_lessee)
    for n, p in q.sellers.of("Party", "Person").items():
        parent = q.sellers.states[n].parent
        if parent is not None and kind_of(parent) in ("Account", "PayeeAccount", "Company"):
            named_by[n] = max(named_by.get(n, 0.0), p)
    companies = {n: p for n, p in q.sellers.of("Company").items() if p > P.represented_from}
    for c, links in q.links(sorted(companies), ["REPRESENTED_BY"], "out").items():
        for x in links:
            named_by[x.target] = max(named_by.get(x.target, 0.0), companies[c] * P.representative)
            q.follow(x.target, c, x, P.told_around)
    for source in q.sources:
        n, p = source.node, source.probability
        if source.channel == "freight" and kind_of(n) in ("Party", "Person") and p > P.sender_name_from:
            named_by[n] = max(named_by.get(n, 0.0), p)
    return named_by


def find_declared(q: Question) -> None:
    """Notes producers named by declarations of such goods that the seller's companies, or traders before them, made."""
    exporters = {n: p for n, p in q.sellers.of("Company").items() if p > P.exporter_from}
    for s in q.sources:
        if s.channel == "freight" and kind_of(s.node) == "Company":
            exporters[s.node] = max(exporters.get(s.node, 0.0), q.trading.get(s.node, 0.0) * P.trader_exports)
    exporters = {n: p for n, p in exporters.items() if p > P.exporter_from}
    said = q.links(sorted(exporters), ["EXPORTED_BY"], "in", q.window(P.declared_around, P.declared_around), limit=40)
    q.get(sorted({x.source for links in said.values() for x in links}))
    weight: dict[str, float] = {}
    for n, links in said.items():
        for x in links:
            fit = q.goods.fit(q.value(x.source, "goods"), q.value(x.source, "hs_code"))
            if fit < P.marked and q.marks.borne_by([q.value(x.source, "brand")]):
                fit = P.marked
            weight[x.source] = max(weight.get(x.source, 0.0), fit * exporters[n] * P.declared)
            q.follow(x.source, n, x, fit * P.declared)
    for n, links in q.links(strongest(weight, P.declared_from), ["PRODUCED_BY"], "out").items():
        for x in links:
            q.follow(x.target, n, x, P.told_document)
            q.sources.append(Source(x.target, "declaration", weight[n]))
