"""Mentions of one party joined: what is known of each, how well two agree, and which are one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import combinations

from rapidfuzz import fuzz

from graph import names
from graph.identity import named
from graph.model import Link, kind_of
from graph.scripts import has_han
from queries.tracing.identity import apart, pairs
from queries.tracing.parameters import P
from queries.tracing.question import Question, masked


@dataclass(slots=True)
class Card:
    """What is known of a mention for joining it with others: by shared node the link that leads to it, and names."""

    node: str
    phones: dict[str, Link] = field(default_factory=dict)
    masks: dict[str, Link] = field(default_factory=dict)
    named: dict[str, Link] = field(default_factory=dict)
    names: list[tuple[str, str]] = field(default_factory=list)
    addresses: set[str] = field(default_factory=set)
    person: bool = False


def cards(q: Question, nodes: Iterable[str]) -> dict[str, Card]:
    """What is known of each of these mentions."""
    out = {n: Card(n) for n in nodes}
    q.get(n for n in out if kind_of(n) == "Company")
    for n, card in out.items():
        card.addresses |= q.origins.get(n, set())
    for n, links in q.links(sorted(out), ["HAS_PHONE", "LOCATED_AT", "NAMED"], "out").items():
        card = out[n]
        for x in links:
            if x.kind == "LOCATED_AT":
                card.addresses.add(x.target)
            elif x.kind == "HAS_PHONE":
                if kind_of(x.target) == "Phone":
                    card.phones[x.target] = x
                card.masks[masked(x.target)] = x
            elif x.values.get("form") == "person":
                card.person = True
            else:
                card.named[x.target] = x
                card.names += _spelled(q, n, x)
    return out


def _spelled(q: Question, node: str, link: Link) -> list[tuple[str, str]]:
    """The names of one sound that a party bears; one link holds them all and shows one, a company's node the rest."""
    said = {str(link.values.get("text", ""))}
    for text in (*q.values(node, "name"), *q.values(node, "name_en")):
        found = named(text)
        if found is not None and found.node == link.target:
            said.add(text)
    return [(link.target, text) for text in sorted(said)]


def agreement(a: Card, b: Card) -> float:
    """How far names make two mentions one: further when place or industry agree too; 0 on a conflict."""
    best = max((likeness(x, y) for x, y in _comparable(a, b)), default=0.0)
    if best >= P.alike_industry:
        return P.trust_place if best >= P.alike_place else P.trust_industry
    return P.trust_trade if best >= P.alike else 0.0


def likeness(a: str, b: str) -> float:
    """The probability that two names are one company's, on the names alone."""
    return names.agreement(names.parse_company(a), names.parse_company(b)).probability


def _comparable(a: Card, b: Card) -> list[tuple[str, str]]:
    """The names of one sound; an English name tells no industry, so it counts only where no Chinese ones meet."""
    pairs = [(text, said) for name, text in a.names for other, said in b.names if name == other]
    han = [pair for pair in pairs if has_han(pair[0]) and has_han(pair[1])]
    return han or pairs


def misspelt(a: Card, b: Card, alike: float = P.slip) -> bool:
    """Whether two names may be one name misspelt: of one place, with nothing in conflict, and much alike."""
    for name, text in a.names:
        for other, said in b.names:
            if fuzz.ratio(name, other) < alike:
                continue
            one, two = names.parse_company(text), names.parse_company(said)
            found = names.agreement(one, two)
            if found.place == "same" and "differ" not in (found.industry, found.form):
                return True
    return False


def join(q: Question, weight: dict[str, float], groups: Iterable[list[str]]) -> tuple[dict[str, str], dict[str, Card]]:
    """For each node the first node of its party; registered companies that the nodes turn out to be are added.

    `weight` is how probable each node is; of `groups` the nodes are known to be one.
    """
    nodes = sorted(weight)
    known = cards(q, nodes)
    strong = [n for n in nodes if weight[n] > P.faint]
    phones = sorted({p for n in strong for p in known[n].phones})
    words = sorted({name for n in strong if kind_of(n) != "Company" for name, _ in known[n].names})
    said: dict[str, set[str]] = defaultdict(set)
    for card in known.values():
        for name, text in card.names:
            said[name].add(text)
    found: set[str] = set()
    for links in q.links(phones, ["HAS_PHONE"], "in", limit=40).values():
        found |= {x.source for x in links if kind_of(x.source) == "Company"}
    for name, links in q.links(words, ["NAMED"], "in", limit=200).items():
        found |= {x.source for x in links if kind_of(x.source) == "Company" and _may_bear(x, said[name])}
    same = q.same([*nodes, *sorted(found)])
    found |= {m for n in nodes for m in same[n].members if kind_of(m) == "Company"}
    found -= set(nodes)
    known |= cards(q, sorted(found))
    scored = [(-9.0, ns[0], n) for ns in groups for n in ns[1:]]
    sure = pairs(q, known)
    scored += [(-8.0, a, b) for a, b in sure]
    for a, b in sorted(_pairs(known)):
        trust = _trust(q, known[a], known[b])
        if trust >= P.joined:
            scored.append((-trust, a, b))
    return _merged(q, known, sorted(scored), sure), known


def _may_bear(link: Link, texts: Iterable[str]) -> bool:
    """Whether a party may bear one of these names of one sound; where its link shows an English one, more may be."""
    text = str(link.values.get("text", ""))
    return not has_han(text) or any(not has_han(other) or likeness(text, other) >= P.alike for other in texts)


def _pairs(known: dict[str, Card]) -> set[tuple[str, str]]:
    """Pairs that share a phone or a name; two registered companies are never one."""
    shared: dict[str, list[str]] = defaultdict(list)
    for n in sorted(known):
        for key in (*known[n].masks, *known[n].named):
            shared[key].append(n)
    return {
        pair
        for nodes in shared.values()
        for pair in combinations(nodes, 2)
        if not kind_of(pair[0]) == kind_of(pair[1]) == "Company"
    }


def _trust(q: Question, a: Card, b: Card) -> float:
    agreed = agreement(a, b)
    phone, mask = not a.phones.keys().isdisjoint(b.phones), not a.masks.keys().isdisjoint(b.masks)
    closed = q.closed(a.node) or q.closed(b.node)
    trust = agreed + (P.trust_phone if phone and not (closed and not agreed) else P.trust_mask if mask else 0.0)
    if a.phones and b.phones and not mask:
        trust -= P.other_number
    if a.addresses & b.addresses:
        trust += P.trust_premises
    if not a.person and not b.person and a.names and b.names and not agreed:
        trust -= P.misspelt if misspelt(a, b) else P.other_trade
    return trust


def _merged(
    q: Question, known: dict[str, Card], pairs: list[tuple[float, str, str]], sure: Collection[tuple[str, str]]
) -> dict[str, str]:
    """Joins the pairs, the surest first; a party keeps to one registered company."""
    first = {n: n for n in known}
    company = {n for n in known if kind_of(n) == "Company"}
    members = {n: [n] for n in known}

    def root(n: str) -> str:
        while first[n] != n:
            n = first[n]
        return n

    for _, a, b in pairs:
        x, y = root(a), root(b)
        if x == y or (x in company and y in company):
            continue
        bare = (a, b) not in sure and not (known[a].names and known[b].names)
        if bare and not _compatible(known, members[x], members[y]):
            continue  # a mention without a company's name would bridge two companies
        if apart(q, members[x], members[y]):
            continue
        keep, drop = (x, y) if x in company or (y not in company and x < y) else (y, x)
        first[drop] = keep
        members[keep] += members.pop(drop)
        _tell(q, known[a], known[b])
    return {n: root(n) for n in known}


def _compatible(known: dict[str, Card], some: list[str], others: list[str]) -> bool:
    """Whether the names that two groups of mentions bear allow for one party."""
    one, two = [n for n in some if known[n].names], [n for n in others if known[n].names]
    return (
        not one
        or not two
        or any(agreement(known[a], known[b]) or misspelt(known[a], known[b]) for a in one for b in two)
    )


def _tell(q: Question, a: Card, b: Card) -> None:
    """Notes the way between two mentions of one party, over the phone or the name that they share."""
    for one, two in ((a, b), (b, a)):
        for held, factor in ((one.phones, P.told_mention), (one.named, P.told_name)):
            for shared, link in held.items():
                back = two.phones.get(shared) or two.named.get(shared)
                if back is not None:
                    q.follow(shared, one.node, link, P.told_document)
                    q.follow(two.node, shared, back, factor)
