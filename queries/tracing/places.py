"""Where the goods are sent from, and whom their parcels name."""

from __future__ import annotations

from collections import defaultdict

from graph.model import kind_of
from queries.tracing.fitting import Goods, day_of, either
from queries.tracing.licences import of_such_goods
from queries.tracing.marks import FIELDS, Marks, marks_loaded
from queries.tracing.parameters import P
from queries.tracing.question import Question, masked, strongest
from queries.tracing.sellers import spread


def goods_of_listing(q: Question, listing: str) -> float:
    """How well a listing fits the goods and the marks of the right."""
    goods = q.value(listing, "goods")
    fit = max(q.goods.fit(q.value(listing, "title")), q.goods.fit(goods) if goods else 0.0)
    if fit < P.marked and q.marks.borne_by(q.value(listing, name) for name in FIELDS):
        return P.marked
    return fit


def find_places(q: Question) -> None:
    """Where the seller's goods of this kind are sent from."""
    kind = q.start.kind
    parcels, orders = dict[str, float](), dict[str, float]()
    if kind in ("waybill", "label", "phone"):
        parcels = {n: p for n, p in q.sellers.of("Parcel").items() if q.sellers.states[n].level <= 2}
    elif kind == "order":
        orders = dict.fromkeys(sorted(q.sellers.of("Order")), 1.0)
    weight = _listings(q)
    if kind == "payee":
        orders |= _paid(q)
    best = strongest(weight, P.listing_from, 25)
    direct = kind in ("order", "waybill", "label")
    for n, links in q.links(best, ["ORDER_OF"], "in", q.window(P.orders_before, P.orders_after), limit=12).items():
        for x in links:
            age = q.age(x.start)
            near = 0.5 ** (abs(age) / P.order_half) if age is not None else P.undated_order
            q.follow(x.source, n, x, near)
            orders[x.source] = max(orders.get(x.source, 0.0), weight[n] * near * (P.unclued_order if direct else 1.0))
    for n, links in q.links(sorted(orders), ["SHIPPED_AS"], "out").items():
        for x in links:
            parcels[x.target] = max(parcels.get(x.target, 0.0), orders[n])
            q.follow(x.target, n, x, 1.0)
    votes: dict[str, float] = defaultdict(float)
    for n, links in q.links(sorted(parcels), ["SENT_FROM", "SENT_BY"], "out").items():
        for x in links:
            q.follow(x.target, n, x, P.told_mention)
            if x.kind == "SENT_BY":
                q.senders[x.target] = parcels[n]
            else:
                votes[x.target] += parcels[n]
    total, top = sum(votes[n] for n in sorted(votes)), max(votes.values(), default=1.0)
    certain = total / (total + P.place_doubt)
    q.places |= {n: P.place * (v / top) ** P.place_flat * certain for n, v in votes.items() if v > P.place_from * top}
    if q.seen is None:
        days = [
            day_of(x.start)
            for links in q.links(sorted(parcels), ["SENT_FROM"], "out").values()
            for x in links
            if x.start
        ]
        q.seen = max(days, default=None)


def _listings(q: Question) -> dict[str, float]:
    """The seller's listings by how probably they offer the goods that are looked for."""
    listings = q.sellers.of("Listing")
    own = {n for n, s in q.sellers.states.items() if kind_of(n) == "Listing" and s.level <= 2}
    accounts = {n: p for n, p in q.sellers.of("Account").items() if p >= P.own_account}
    for a, links in q.links(strongest(accounts), ["OFFERED_BY"], "in", limit=12).items():
        for x in links:
            listings.setdefault(x.source, accounts[a] * P.other_listing)
            q.follow(x.source, a, x, P.other_listing)
    q.get(sorted(listings))
    if not q.goods.texts:
        q.goods = Goods.of(q.value(n, "title") for n in sorted(own))
    _read(q, sorted(own))
    return {n: p * goods_of_listing(q, n) * (1.0 if n in own else P.unclued) for n, p in listings.items()}


def _read(q: Question, own: list[str]) -> None:
    """Reads the marks on the clue's listings; where no right was named, theirs are the marks that are looked for."""
    marks = q.marks if q.start.right is not None else marks_loaded(q.store)
    q.read = tuple(mark for n in own if n in q.nodes for mark in marks.read(q.nodes[n]))
    if q.start.right is None and q.read:
        rights = of_such_goods(q, sorted({mark.right for mark in q.read}))
        q.read = tuple(mark for mark in q.read if mark.right in rights)
        q.marks = Marks(q.nodes[right] for right in rights)


def _paid(q: Question) -> dict[str, float]:
    """The orders paid into the account that the clue names, by how probably they are for such goods."""
    orders: dict[str, float] = {}
    for n, links in q.links(q.start.nodes, ["PAID_INTO"], "in", q.window(P.orders_before, P.orders_after), 40).items():
        for x in links:
            if kind_of(x.source) == "Order":
                orders[x.source] = P.paid * q.start.nodes[n]
                q.follow(x.source, n, x, P.paid)
    offered = q.links(sorted(orders), ["ORDER_OF"], "out")
    q.get(sorted({x.target for links in offered.values() for x in links}))
    return {
        n: p * max((goods_of_listing(q, x.target) for x in offered.get(n, ())), default=P.paid_unlisted)
        for n, p in orders.items()
    }


def find_senders(q: Question) -> None:
    """Phones that parcels name as their sender's, other than the warehouse's own, and what they lead to."""
    for a, links in q.links(sorted(q.places), ["LOCATED_AT"], "in", limit=30).items():
        for x in links:
            if kind_of(x.source) == "Site":
                q.sites[x.source] = q.places[a]
                q.follow(x.source, a, x, 1.0)
    phones = q.links(sorted(q.sites), ["HAS_PHONE", "LEASED_BY", "OPERATED_BY"], "out")
    own = {x.target for links in phones.values() for x in links if x.kind == "HAS_PHONE"}
    own |= {f"MaskedPhone/{masked(n)}" for n in own}
    weight: dict[str, float] = defaultdict(float)
    for n, links in q.links(strongest(q.senders, most=80), ["HAS_PHONE"], "out").items():
        for x in links:
            if x.target not in own:
                weight[x.target] = either(weight[x.target], P.sender_phone * q.senders[n])
                q.follow(x.target, n, x, P.sender_phone)
    spread(q, {n: min(P.sender_most, w) for n, w in weight.items() if w > P.sender_from}, 3)
