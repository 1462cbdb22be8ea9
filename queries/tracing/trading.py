"""Who trades: what a consignor had received, of such goods, shortly before it sent some on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from graph.model import Link, kind_of, node_id
from queries.tracing.fitting import day_of, same_place
from queries.tracing.parameters import P
from queries.tracing.question import Question, masked

Ways = dict[str, list[tuple[str, Link]]]
"""A consignment -> the nodes and links that lead to it."""


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
        self.probability = min(P.sender_sure, self.probability + other.probability)
        self.consignments |= other.consignments


def received_before(q: Question, senders: Sequence[Consignor]) -> list[dict[str, float]]:
    """For each consignor, by how probably it sent them on, consignments of such goods that it had received."""
    outward = [
        sorted((day_of(when), p) for c, p in who.consignments.items() if (when := _sent(q, c))) for who in senders
    ]
    days = [day for outs in outward for day, _ in outs]
    if not days:
        return [{} for _ in senders]
    window = (date.fromordinal(min(days) - P.held).isoformat(), date.fromordinal(max(days) + P.signed_late).isoformat())
    addresses = sorted({a for who in senders for a in who.addresses})
    came = q.links(addresses, ["DELIVERED_TO"], "in", window, 120)
    mentions = _mentions(q, senders)
    parties = sorted({x.source for ways in mentions for _, x in ways})
    taken = q.links(parties, ["CONSIGNED_TO"], "in", window, 60)
    ways: list[Ways] = []
    for who, met in zip(senders, mentions, strict=True):
        found: Ways = defaultdict(list)
        for a in sorted(who.addresses):
            for x in came.get(a, ()):
                found[x.source].append((a, x))
        for phone, mention in met:
            for x in taken.get(mention.source, ()):
                q.follow(mention.source, phone, mention, P.told_mention)
                found[x.source].append((mention.source, x))
        ways.append({c: way for c, way in found.items() if c not in who.consignments})
    q.get(sorted({c for found in ways for c in found}))
    return [_received(q, outs, found) for outs, found in zip(outward, ways, strict=True)]


def _mentions(q: Question, senders: Sequence[Consignor]) -> list[list[tuple[str, Link]]]:
    """For each consignor the parties that bear its phone, as (phone, link from the party).

    A masked phone may be another's: under one the names must meet as well.
    """
    own = sorted({p for who in senders for p in who.phones})
    masks = sorted({node_id("MaskedPhone", masked(p)) for p in own})
    behind = q.links(masks, ["MASKED_AS"], "in", limit=20)
    for mask, links in behind.items():
        for x in links:
            q.follow(x.source if mask in own else mask, mask if mask in own else x.source, x, P.told_mention)
    numbers = sorted({*own, *masks, *(x.source for links in behind.values() for x in links)})
    held = {
        n: [x for x in ls if kind_of(x.source) == "Party"] for n, ls in q.links(numbers, ["HAS_PHONE"], "in").items()
    }
    names = q.links(sorted({x.source for ls in held.values() for x in ls}), ["NAMED"], "out")
    found = []
    for who in senders:
        full = {p for p in who.phones if kind_of(p) == "Phone"}
        alike = {masked(p) for p in who.phones}
        met = []
        for n in numbers:
            if masked(n) not in alike:
                continue
            for x in held.get(n, ()):
                if n in full or _shares_name(who, names.get(x.source, ())):
                    met.append((n, x))
        found.append(met)
    return found


def _shares_name(who: Consignor, links: Sequence[Link]) -> bool:
    return any(
        x.target == name and same_place(place, str(x.values.get("place", "")))
        for x in links
        for name, place in who.names
    )


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
        if fit < P.fits or not when:
            continue
        left, came = day_of(_sent(q, c)), day_of(when)
        timed = max(p * _held(left, came, out) for out, p in outs) / most
        if fit * timed > P.faint:
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
    if out - came <= P.held_short:
        return 1.0
    return P.held_longer if out - came <= P.held_long else P.held_longest
