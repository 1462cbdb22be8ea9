"""Candidates by role, weighed: what is believed of each party, over all ways that lead to it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from graph.model import kind_of
from queries.tracing.fitting import either
from queries.tracing.identity import identified
from queries.tracing.parameters import P
from queries.tracing.parties import Card, join
from queries.tracing.question import Question, strongest
from queries.tracing.result import Grounds, Reason, Role


@dataclass(slots=True)
class Party:
    """A party with all nodes that stand for it.

    Attributes:
        channels: The probability by the kind of evidence.
        makes: How probable it is that it makes such goods, by scope or name.
        trades: How probable it is that it only passes goods on.
        sends: How probable it is that it consigned the goods, made or not.
    """

    nodes: list[str]
    channels: dict[str, float] = field(default_factory=dict)
    makes: float = 0.0
    trades: float = 0.0
    sends: float = 0.0
    score: float = 0.0

    @property
    def node(self) -> str:
        """The node that speaks for it best: the registered company, then a person, then a mention."""
        return min(self.nodes, key=lambda n: (("Company", "Person", "Party").index(kind_of(n)), n))


def parties(q: Question) -> tuple[list[Party], dict[str, Card]]:
    """The parties that may be the source, as they stand before calibration, best first."""
    weight: dict[str, float] = {}
    grouped: dict[int, list[str]] = defaultdict(list)
    for s in q.sources:
        weight[s.node] = max(weight.get(s.node, 0.0), s.probability)
        if s.group >= 0:
            grouped[s.group].append(s.node)
    first, known = join(q, weight, [grouped[g] for g in sorted(grouped)])
    members: dict[str, list[str]] = defaultdict(list)
    for n in sorted(first):
        members[first[n]].append(n)
    by_root: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for s in q.sources:
        held = by_root[first[s.node]][s.channel]
        p = s.probability * identified(q, s.node, first[s.node])
        held[s.node] = max(held.get(s.node, 0.0), p)
    out = []
    for r in sorted(by_root):
        party = Party(members[r])
        for channel, by_node in sorted(by_root[r].items()):
            party.channels[channel] = _together(channel, by_node)
        party.trades = max((q.trading.get(n, 0.0) for n in party.nodes), default=0.0)
        party.makes = _makes(q, party.nodes, known)
        told = either(party.channels.get("freight", 0.0), P.control * party.channels.get("control", 0.0))
        told = either(told, party.channels.get("walk", 0.0))
        told = either(told, P.declaration * party.channels.get("declaration", 0.0))
        party.score = round(party.makes * (1 - P.trading * party.trades) * told, 6)
        party.sends = max((q.sending.get(n, 0.0) for n in party.nodes), default=0.0)
        out.append(party)
    return sorted(out, key=lambda p: (-p.score, p.nodes[0])), known


def _together(channel: str, by_node: dict[str, float]) -> float:
    """What several mentions of one party say together: freight was summed before, the rest are independent."""
    total = 0.0
    for n in sorted(by_node):
        total = max(total, by_node[n]) if channel == "freight" else either(total, by_node[n])
    return total


def _makes(q: Question, nodes: list[str], known: dict[str, Card]) -> float:
    companies = [n for n in nodes if kind_of(n) == "Company"]
    if companies:
        return max(q.goods.made_by(q.value(n, "scope"), q.value(n, "name")) for n in companies)
    named = [q.goods.made_under(text) for n in nodes for _, text in known[n].names]
    return max(named, default=P.no_name)


def calibrated(scores: list[float]) -> list[float]:
    """The probability of each candidate from all scores; `none` weighs that none is right: weak evidence stays low."""
    weights = [score**P.sharpness for score in scores]
    total = sum(sorted(weights)) + P.none**P.sharpness
    return [min(P.surest, w / total) for w in weights]


def traders(ranked: list[Party]) -> list[tuple[Party, float]]:
    """The parties that passed the goods on, with how probably they did."""
    found = [(p, round(p.sends * p.trades, 6)) for p in ranked]
    return sorted(((p, w) for p, w in found if w > P.faint), key=lambda x: (-x[1], x[0].nodes[0]))


def sellers(q: Question) -> list[tuple[list[str], float]]:
    """Who sells: companies with the accounts that they run, and accounts that no known company runs."""
    companies = q.sellers.of("Company")
    accounts = q.sellers.of("Account")
    run: dict[str, list[str]] = defaultdict(list)
    loose: list[str] = []
    for a in strongest(accounts, P.seller_from):
        by = [x.target for x in q.links([a], ["RUN_BY"], "out").get(a, ())]
        (run[by[0]] if by and by[0] in companies else loose).append(a)
    found = [([n, *run[n]], companies[n]) for n in run]
    found += [([a], accounts[a]) for a in loose]
    found = [(nodes, max(p, *(accounts.get(n, 0.0) for n in nodes))) for nodes, p in found]
    return sorted(((nodes, round(p, 6)) for nodes, p in found), key=lambda x: (-x[1], x[0][0]))


_CHANNELS: dict[str, Grounds] = {
    "freight": "consigned",
    "control": "shares",
    "declaration": "declared",
    "walk": "named",
}


def reasons_of(party: Party, role: Role) -> tuple[Reason, ...]:
    """Why a party is a candidate, the strongest first; whether it makes such goods comes last."""
    if role == "trader":
        said = [Reason("sent", party.sends), Reason("received", party.trades)]
    else:
        said = [Reason(_CHANNELS[channel], p) for channel, p in party.channels.items() if p >= P.faint]
        if party.trades >= P.faint:
            said.append(Reason("trades", party.trades))
    said = [Reason(one.code, round(one.probability, 6)) for one in said]
    return (*sorted(said, key=lambda one: (-one.probability, one.code)), Reason("makes", round(party.makes, 6)))
