"""Where the trace of a clue begins: nodes for the walk, and places and documents that it names outright."""

from __future__ import annotations

from graph.model import Link, kind_of
from queries.tracing.fitting import Goods
from queries.tracing.parameters import P
from queries.tracing.question import Question, Source

_PARTY_LINKS = ("RUN_BY", "REPRESENTED_BY", "HAS_SHAREHOLDER", "BELONGS_TO", "HAS_PHONE", "SENT_BY", "EXPORTED_BY")


def begin(q: Question) -> dict[str, float]:
    """The nodes that the walk begins at; notes places, consignments and makers that the clue names outright."""
    nodes = dict(q.start.nodes)
    match q.start.kind:
        case "label":
            return nodes | _copies(q)
        case "phone":
            return nodes | _sent_by_phone(q)
        case "company" | "person":
            return nodes | _of_parties(q, nodes)
        case "exhibit":
            return nodes | _exhibitors(q)
        case "address":
            q.places |= nodes
        case "site":
            q.sites |= nodes
            for site, links in q.links(nodes, ["LOCATED_AT"], "out").items():
                for x in links:
                    q.places[x.target] = nodes[site]
                    q.follow(x.target, site, x, 1.0)
        case "consignment":
            return nodes | _consigned(q)
        case "declaration":
            return nodes | _declared(q, nodes)
        case "container":
            return nodes | _declared(q, _loaded(q))
    return nodes


def _sent_by_phone(q: Question) -> dict[str, float]:
    """The parcels that name a phone as their sender's, nearest to when the clue was seen; also where it is masked."""
    phones = list(q.start.nodes)
    masks = [x for links in q.links(phones, ["MASKED_AS"], "both").values() for x in links]
    for x in masks:
        for n in phones:
            if n in (x.source, x.target):
                q.follow(x.other(n), n, x, P.told_mention)
    numbers = dict.fromkeys([*phones, *(n for x in masks for n in (x.source, x.target))])
    ways: dict[str, tuple[str, Link]] = {}
    for n, links in q.links(numbers, ["HAS_PHONE"], "in", limit=P.links).items():
        if n in phones or len(links) < P.mask_crowd:
            for x in links:
                if kind_of(x.source) == "Party":
                    ways.setdefault(x.source, (n, x))
    window = q.window(P.orders_after, P.orders_after)
    sent = [x for links in q.links(ways, ["SENT_BY"], "in", window, limit=5).values() for x in links]
    near = sorted(sent, key=lambda x: (_away(q, x), x.source))[:10]
    for x in near:
        q.follow(x.target, *ways[x.target], P.told_mention)
        q.follow(x.source, x.target, x, P.told_mention)
    return {x.source: P.clue_parcel for x in near}


def _away(q: Question, link: Link) -> int:
    age = q.age(link.start)
    return abs(age) if age is not None else 999


def _copies(q: Question) -> dict[str, float]:
    """The parcels that a label was sold with, by how probably it was the copy: the sale nearest to when it was seen."""
    events: dict[str, tuple[str, Link]] = {}
    for label, links in q.links(q.start.nodes, ["EVENT_OF"], "in").items():
        for x in links:
            events[x.source] = (label, x)
    sold = [x for links in q.links(events, ["SOLD_WITH"], "out").values() for x in links]
    weight: dict[str, float] = {}
    for x in sold:
        age = q.age(x.start)
        weight[x.target] = 0.5 ** (abs(age) / P.copy_half) + P.copy_least if age is not None else 1.0
    total = sum(weight[n] for n in sorted(weight))
    for x in sold:
        q.follow(x.source, *events[x.source], 1.0)
        q.follow(x.target, x.source, x, weight[x.target] / total)
    return {n: w / total for n, w in weight.items()}


def _of_parties(q: Question, nodes: dict[str, float]) -> dict[str, float]:
    """What runs under a party's name; and the party itself, which may be the maker."""
    found: dict[str, float] = {}
    for n, links in q.links(nodes, _PARTY_LINKS, "both").items():
        for x in links:
            other = x.other(n)
            factor = P.party_link / max(1.0, sum(y.kind == x.kind for y in links) / P.party_crowd)
            q.follow(other, n, x, factor)
            found[other] = max(found.get(other, 0.0), nodes[n] * factor)
    for n, p in nodes.items():
        if kind_of(n) != "Person":
            q.sources.append(Source(n, "walk", P.party_made * p))
    return {n: p for n, p in found.items() if n not in nodes}


def _exhibitors(q: Question) -> dict[str, float]:
    q.get(q.start.nodes)
    if not q.goods.texts:
        q.goods = Goods.of(text for n in sorted(q.start.nodes) for text in q.values(n, "product"))
    parties: dict[str, float] = {}
    for n, links in q.links(q.start.nodes, ["EXHIBITED_BY"], "out").items():
        for x in links:
            parties[x.target] = P.on_document * q.start.nodes[n]
            q.follow(x.target, n, x, P.told_document)
    return parties | _of_parties(q, parties)


def _consigned(q: Question) -> dict[str, float]:
    """The consignment is the one that was seen: nothing else is asked for where it went."""
    nodes = dict(q.start.nodes)
    _goods_of(q, nodes)
    q.consignments |= {n: P.on_document * p for n, p in nodes.items()}
    parties: dict[str, float] = {}
    for n, links in q.links(nodes, ["CONSIGNED_TO", "DELIVERED_TO"], "out").items():
        for x in links:
            q.follow(x.target, n, x, P.told_document)
            (parties if x.kind == "CONSIGNED_TO" else q.places)[x.target] = P.on_document * nodes[n]
    return parties


def _loaded(q: Question) -> dict[str, float]:
    """The declarations of what a container was loaded with, those around the day of the clue."""
    found: dict[str, float] = {}
    window = q.window(P.declared_around, P.declared_around)
    for n, links in q.links(q.start.nodes, ["LOADED_IN"], "in", window).items():
        for x in links:
            found[x.source] = q.start.nodes[n] / len(links)
            q.follow(x.source, n, x, 1 / len(links))
    return found


def _declared(q: Question, declarations: dict[str, float]) -> dict[str, float]:
    """Who exported, and whom the declaration names as producer."""
    _goods_of(q, declarations)
    exporters: dict[str, float] = {}
    for n, links in q.links(declarations, ["EXPORTED_BY", "PRODUCED_BY"], "out").items():
        for x in links:
            p = declarations[n] * (P.on_document if x.kind == "EXPORTED_BY" else P.declared)
            q.follow(x.target, n, x, P.told_document)
            if x.kind == "EXPORTED_BY":
                exporters[x.target] = p
            else:
                q.sources.append(Source(x.target, "declaration", p))
    return exporters


def _goods_of(q: Question, documents: dict[str, float]) -> None:
    q.get(documents)
    if not q.goods.texts:
        said = [text for n in sorted(documents) for text in q.values(n, "goods")]
        q.goods = Goods.of(said or [text for n in sorted(documents) for text in q.values(n, "hs_code")])
    if q.seen is None:
        q.seen = max(filter(None, (q.day(n) for n in documents)), default=None)
