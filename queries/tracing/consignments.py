"""The consignments that may have brought the goods: to the seller's places, or to its phones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from graph.model import Link, key_of, kind_of
from queries.tracing.fitting import lag, same_place
from queries.tracing.parameters import P
from queries.tracing.question import Question, masked


def consignments_in(q: Question) -> dict[str, float]:
    """The consignments by how probably they brought the goods."""
    if q.start.kind == "consignment":
        return dict(q.consignments)
    window = q.window(P.goods_before, P.goods_after)
    ways: dict[str, list[tuple[str, Link]]] = defaultdict(list)
    for a, links in q.links(sorted(q.places), ["DELIVERED_TO"], "in", window, 120).items():
        for x in links:
            ways[x.source].append((a, x))
    phones = {n: p for n, p in q.sellers.of("Phone", "MaskedPhone").items() if p >= P.of_seller}
    holders: dict[str, tuple[str, Link]] = {}
    for n, links in q.links(sorted(phones), ["HAS_PHONE"], "in", limit=150).items():
        for x in links:
            if kind_of(x.source) == "Party":
                holders.setdefault(x.source, (n, x))
    for n, links in q.links(sorted(holders), ["CONSIGNED_TO"], "in", window, 50).items():
        for x in links:
            q.follow(n, *holders[n], P.told_mention)
            ways[x.source].append((n, x))
    q.get(sorted(ways))
    fits = {c: q.goods.fit(q.value(c, "goods"), q.value(c, "hs_code")) for c in sorted(ways)}
    fits = {c: fit for c, fit in fits.items() if fit >= P.fits}
    odds = _odds(q, fits, phones)
    total = sum(odds.values())
    found = {c: o / (total + P.unseen) for c, o in odds.items()}
    found = {c: p for c, p in found.items() if p >= P.brought}
    for c, p in found.items():
        for parent, link in ways[c]:
            q.follow(c, parent, link, p)
    return found


def _odds(q: Question, fits: Mapping[str, float], phones: Mapping[str, float]) -> dict[str, float]:
    """How much speaks for each consignment: goods, day, place, and whether its consignee is the seller."""
    around = q.links(sorted(fits), ["CONSIGNED_TO", "DELIVERED_TO"], "out")
    to = {n: x.target for n, links in around.items() for x in links if x.kind == "CONSIGNED_TO"}
    at = {n: x.target for n, links in around.items() for x in links if x.kind == "DELIVERED_TO"}
    about = q.links(sorted(set(to.values())), ["HAS_PHONE", "NAMED"], "out")
    known_phones = {key_of(n): p for n, p in phones.items()}
    known_masks: dict[str, float] = {}
    for n, p in phones.items():
        known_masks[masked(n)] = max(known_masks.get(masked(n), 0.0), p)
    known_names = _names(q)
    odds: dict[str, float] = {}
    for c, fit in fits.items():
        ratio = 1.0
        for x in about.get(to.get(c, ""), ()):
            if x.kind == "HAS_PHONE":
                known = known_masks if kind_of(x.target) == "MaskedPhone" else known_phones
                p = known.get(key_of(x.target), 0.0)
                ratio *= 1 + P.same_phone * p if p else P.other_phone
            elif same := [
                p for place, p in known_names.get(x.target, ()) if same_place(place, str(x.values.get("place", "")))
            ]:
                ratio *= 1 + P.same_name * max(same)
        age = q.age(q.value(c, "delivered") or q.value(c, "dispatched"))
        timed = lag(age) if age is not None else P.undated_goods
        placed = q.places.get(at.get(c, ""), 0.0)
        odds[c] = fit * timed * ratio * (placed or P.elsewhere)
    return odds


def _names(q: Question) -> dict[str, list[tuple[str, float]]]:
    """Names of the seller's companies: the place in each, and how probably the company is the seller's."""
    companies = [n for n, p in q.sellers.of("Company", "Party").items() if p >= P.of_seller]
    names: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for n, links in q.links(sorted(companies), ["NAMED"], "out").items():
        for x in links:
            if x.values.get("form") != "person":
                names[x.target].append((str(x.values.get("place", "")), q.sellers.states[n].probability))
    return names
