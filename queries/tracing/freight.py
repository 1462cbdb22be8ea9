"""Who sent the goods: consignors of what came to the seller's places, and behind a trader those of what came to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from graph.model import Link, kind_of
from queries.tracing.consignments import consignments_in
from queries.tracing.fitting import day_of, same_place
from queries.tracing.parameters import P
from queries.tracing.question import Question, Source, masked


@dataclass(slots=True)
class Consignor:
    """Who consigned some consignments, as far as their records tell."""

    nodes: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    names: set[tuple[str, str]] = field(default_factory=set)
    probability: float = 0.0
    consignments: dict[str, float] = field(default_factory=dict)

    def join(self, other: Consignor) -> None:
        """Takes in what is known of the same party from another consignment."""
        self.nodes |= other.nodes
        self.phones |= other.phones
        self.addresses |= other.addresses
        self.names |= other.names
        self.probability = min(0.98, self.probability + other.probability)
        self.consignments |= other.consignments


def find_sources(q: Question) -> None:
    """Notes who sent the goods to the seller's places and, behind a trader, who sent them to it."""
    q.consignments |= consignments_in(q)
    senders = consignors(q, q.consignments)
    unmask(q, senders)
    before = consignments_before(q, senders)
    prepare(q, sorted({c for found in before for c in found}))
    behind: list[Consignor] = []
    for who, inward in zip(senders, before, strict=True):
        traded = min(1.0, sum(inward[c] for c in sorted(inward)))
        _note(q, who, who.probability * (1 - 0.9 * traded))
        for n in who.nodes:
            q.trading[n] = max(q.trading.get(n, 0.0), traded)
            q.sending[n] = max(q.sending.get(n, 0.0), who.probability)
        if inward and who.probability > 0.02:
            behind += consignors(q, {c: p * who.probability * 0.95 for c, p in inward.items()})
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
        q.follow(x.target, c, x, 0.95)
        (one.nodes if x.kind == "CONSIGNED_BY" else one.addresses).add(x.target)
    for n in sorted(one.nodes):
        for x in q.links([n], ["HAS_PHONE", "NAMED"], "out").get(n, ()):
            q.follow(x.target, n, x, 0.9)
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


def consignments_before(q: Question, senders: Sequence[Consignor]) -> list[dict[str, float]]:
    """For each consignor, consignments of such goods that it received before it sent on: it trades."""
    outward = [
        sorted((day_of(when), p) for c, p in who.consignments.items() if (when := _sent(q, c))) for who in senders
    ]
    days = [day for outs in outward for day, _ in outs]
    if not days:
        return [{} for _ in senders]
    window = (date.fromordinal(min(days) - P.held).isoformat(), date.fromordinal(max(days) + P.signed_late).isoformat())
    addresses = sorted({a for who in senders for a in who.addresses})
    q.links(addresses, ["DELIVERED_TO"], "in", window, 120)
    phones = sorted({p for who in senders for p in who.phones if kind_of(p) == "Phone"})
    numbers = q.links(phones, ["HAS_PHONE"], "in", limit=60)
    holders = {n: [x for x in links if kind_of(x.source) == "Party"] for n, links in numbers.items()}
    q.links(sorted({x.source for xs in holders.values() for x in xs}), ["CONSIGNED_TO"], "in", window, 60)
    ways: list[dict[str, list[tuple[str, Link]]]] = []
    for who in senders:
        found: dict[str, list[tuple[str, Link]]] = defaultdict(list)
        for a in sorted(who.addresses):
            for x in q.links([a], ["DELIVERED_TO"], "in", window, 120).get(a, ()):
                found[x.source].append((a, x))
        for p in sorted(who.phones):
            for held in holders.get(p, ()):
                for x in q.links([held.source], ["CONSIGNED_TO"], "in", window, 60).get(held.source, ()):
                    q.follow(held.source, p, held, 0.9)
                    found[x.source].append((held.source, x))
        ways.append({c: way for c, way in found.items() if c not in who.consignments})
    q.get(sorted({c for found in ways for c in found}))
    return [_received(q, outs, found) for outs, found in zip(outward, ways, strict=True)]


def _sent(q: Question, c: str) -> str:
    return q.value(c, "dispatched") or q.value(c, "delivered")


def _received(
    q: Question, outs: list[tuple[int, float]], ways: Mapping[str, list[tuple[str, Link]]]
) -> dict[str, float]:
    """Of what came to a consignor, what may have been sent on: of such goods, and there before it left."""
    if not outs:
        return {}
    most = max(p for _, p in outs)
    odds: dict[str, float] = {}
    for c in sorted(ways):
        fit = q.goods.fit(q.value(c, "goods"), q.value(c, "hs_code"))
        when = q.value(c, "delivered") or q.value(c, "dispatched")
        if fit < 0.1 or not when:
            continue
        left, came = day_of(_sent(q, c)), day_of(when)
        timed = max(p * _held(left, came, out) for out, p in outs) / most
        if fit * timed > 0.01:
            odds[c] = fit * timed
    total = sum(odds.values())
    found = {c: o / (total + P.unseen_before) for c, o in odds.items()}
    for c, p in found.items():
        for parent, link in ways[c]:
            q.follow(c, parent, link, p)
    return found


def _held(left: int, came: int, out: int) -> float:
    """How well it fits that goods which left and came on these days were sent on on another; never if it was before."""
    if left > out or came > out + P.signed_late:
        return 0.0
    return 1.0 if out - came <= 6 else 0.4 if out - came <= 20 else 0.1


def unmask(q: Question, senders: Sequence[Consignor]) -> None:
    """Adds to consignors known as persons only the companies that consign from the same premises, if they are few."""
    persons = [who for who in senders if not who.names and who.probability >= 0.03 and who.addresses]
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
        if 0 < len(named) <= 3:
            for nodes in named.values():
                who.nodes |= nodes
            for node, parent, link in told:
                q.follow(node, parent, link, 0.8)
