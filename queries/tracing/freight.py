"""Who sent the goods: consignors of what came to the seller's places, and behind a trader those of what came to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from graph.model import Link
from queries.tracing.consignments import consignments_in
from queries.tracing.fitting import same_place
from queries.tracing.parameters import P
from queries.tracing.question import Question, Source, masked
from queries.tracing.trading import Consignor, received_before


def find_sources(q: Question) -> None:
    """Notes who sent the goods to the seller's places and, behind a trader, who sent them to it."""
    q.consignments |= consignments_in(q)
    senders = consignors(q, q.consignments)
    unmask(q, senders)
    before = received_before(q, senders)
    prepare(q, sorted({c for found in before for c in found}))
    behind: list[Consignor] = []
    for who, inward in zip(senders, before, strict=True):
        traded = min(1.0, sum(inward[c] for c in sorted(inward)))
        _note(q, who, who.probability * (1 - P.passes_on * traded))
        for n in who.nodes:
            q.trading[n] = max(q.trading.get(n, 0.0), traded)
            q.sending[n] = max(q.sending.get(n, 0.0), who.probability)
        if inward and who.probability > P.behind_from:
            behind += consignors(q, {c: p * who.probability * P.behind for c, p in inward.items()})
    unmask(q, behind)
    for first in behind:
        _note(q, first, first.probability)


def _note(q: Question, who: Consignor, probability: float) -> None:
    for n in sorted(who.nodes):
        q.sources.append(Source(n, "freight", probability, q.groups))
        q.origins.setdefault(n, set()).update(who.addresses)
    q.groups += 1


def prepare(q: Question, consignments: Sequence[str]) -> None:
    """Fetches what `consignors` needs of consignments, so that several calls of it ask the store twice in all."""
    links = q.links(consignments, ["CONSIGNED_BY", "DISPATCHED_FROM"], "out")
    by = sorted({x.target for ls in links.values() for x in ls if x.kind == "CONSIGNED_BY"})
    q.links(by, ["HAS_PHONE", "NAMED"], "out")


def consignors(q: Question, consignments: Mapping[str, float]) -> list[Consignor]:
    """The consignors of consignments, mentions of one party joined by phone, or by name and premises."""
    prepare(q, sorted(consignments))
    links = q.links(sorted(consignments), ["CONSIGNED_BY", "DISPATCHED_FROM"], "out")
    groups: list[Consignor] = []
    for c in sorted(consignments, key=lambda c: (-consignments[c], c)):
        one = _consignor(q, c, consignments[c], links.get(c, []))
        if one is None:
            continue
        for group in groups:
            if _one_party(group, one):
                group.join(one)
                break
        else:
            groups.append(one)
    return groups


def _consignor(q: Question, c: str, probability: float, links: list[Link]) -> Consignor | None:
    one = Consignor(probability=probability, consignments={c: probability})
    for x in links:
        q.follow(x.target, c, x, P.told_document)
        (one.nodes if x.kind == "CONSIGNED_BY" else one.addresses).add(x.target)
    for n in sorted(one.nodes):
        for x in q.links([n], ["HAS_PHONE", "NAMED"], "out").get(n, ()):
            q.follow(x.target, n, x, P.told_mention)
            if x.kind == "HAS_PHONE":
                one.phones.add(x.target)
            elif x.values.get("form") != "person":
                one.names.add((x.target, str(x.values.get("place", ""))))
    return one if one.nodes else None


def _one_party(a: Consignor, b: Consignor) -> bool:
    if a.nodes & b.nodes:
        return True
    premises = bool(a.addresses & b.addresses)
    phone = bool({masked(p) for p in a.phones} & {masked(p) for p in b.phones})
    named = not (a.names and b.names) or any(
        x == y and same_place(place, other) for x, place in a.names for y, other in b.names
    )
    return (phone and (named or premises)) or (premises and named)


def unmask(q: Question, senders: Sequence[Consignor]) -> None:
    """Adds to consignors known as persons only the companies that consign from the same premises, if they are few."""
    persons = [who for who in senders if not who.names and who.probability >= P.unmask_from and who.addresses]
    sent = q.links(sorted({a for who in persons for a in who.addresses}), ["DISPATCHED_FROM"], "in", limit=40)
    others = sorted({x.source for links in sent.values() for x in links})
    by = q.links(others, ["CONSIGNED_BY"], "out")
    q.links(sorted({x.target for links in by.values() for x in links}), ["NAMED"], "out")
    for who in persons:
        named: dict[str, set[str]] = defaultdict(set)
        told: list[tuple[str, str, Link]] = []
        for a in sorted(who.addresses):
            for x in sent.get(a, ()):
                if x.source in who.consignments:
                    continue
                for y in by.get(x.source, ()):
                    if y.target in who.nodes:
                        continue
                    told += [(x.source, a, x), (y.target, x.source, y)]
                    for z in q.links([y.target], ["NAMED"], "out").get(y.target, ()):
                        if z.values.get("form") != "person":
                            named[z.target].add(y.target)
        if 0 < len(named) <= P.premises:
            for nodes in named.values():
                who.nodes |= nodes
            for node, parent, link in told:
                q.follow(node, parent, link, P.told_around)
