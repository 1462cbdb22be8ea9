"""Trace: from a clue upstream to who made, traded, stored and sold the goods.

The seller behind the clue is found by a walk; the places that its goods are sent from by its parcels; who sent the
goods there by freight, in time and of such goods, through a trader where there is one; who stands behind by persons,
phones and declarations in common. All that leads to one party is weighed together, and the licences are screened.
"""

from __future__ import annotations

from typing import Any

from graph.model import key_of, kind_of
from graph.store import Store
from queries.tracing.candidates import Party, calibrated, parties, sellers, traders
from queries.tracing.clue import KINDS, Clue, read_clues, resolve
from queries.tracing.control import find_control, find_declared
from queries.tracing.evidence import MOVEMENTS, Way
from queries.tracing.fitting import Goods, day_of
from queries.tracing.freight import find_sources
from queries.tracing.licences import Licence, licences_of
from queries.tracing.parties import Card, agreement, cards, misspelt
from queries.tracing.places import find_places, find_senders
from queries.tracing.question import Question, strongest
from queries.tracing.result import Candidate, Damped, Path, Role, Step, Trace, Verdict
from queries.tracing.sellers import find_sellers

__all__ = ["KINDS", "Candidate", "Clue", "Damped", "Licence", "Path", "Step", "Trace", "answer", "read_clues", "trace"]

_PATHS, _RECORDS = 5, 20
_LIKELY = 0.5  # the probability from which a producer is called one


def trace(store: Store, clue: Clue, *, limit: int = 10) -> Trace:
    """Traces a clue; of each role at most `limit` candidates are given.

    Raises:
        InvalidValue: The value breaks the rule of its kind.
        NotFound: The clue names nothing that the store knows.
    """
    q = Question(store, resolve(store, clue))
    _ask(q)
    find_sellers(q)
    find_places(q)
    find_senders(q)
    find_sources(q)
    find_control(q)
    find_declared(q)
    ranked, known = parties(q)
    return _Telling(q, clue, limit, known).told(ranked)


def _ask(q: Question) -> None:
    """Makes known what is asked about: the right, its goods and its marks, the day."""
    q.seen = day_of(q.start.at) if q.start.at else None
    if q.start.right is not None:
        q.get([q.start.right])
        q.goods = Goods.of(q.values(q.start.right, "goods"))
        marks = (*q.values(q.start.right, "title"), *q.values(q.start.right, "title_en"))
        q.brands = frozenset(mark.lower() for mark in marks if mark)


class _Telling:
    """Puts what was found into the answer."""

    def __init__(self, q: Question, clue: Clue, limit: int, known: dict[str, Card]) -> None:
        self.q = q
        self.clue = clue
        self.limit = limit
        self.known = known
        self.best = q.trail.best(q.start.nodes)
        right = q.start.right
        self.licences = licences_of(q, right, q.start.at) if right is not None else []
        licensees = sorted({one.licensee for one in self.licences} - set(known))
        self.known |= cards(q, licensees)

    def told(self, ranked: list[Party]) -> Trace:
        q = self.q
        places = strongest(q.places, most=self.limit)
        producers = list(zip(ranked, calibrated([p.score for p in ranked]), strict=True))[: self.limit]
        passing = traders(ranked)[: self.limit]
        selling = sellers(q)[: self.limit]
        at = q.links(places, ["LOCATED_AT"], "in", limit=30)
        sites = {a: [a, *(x.source for x in at.get(a, ()) if kind_of(x.source) == "Site")] for a in places}
        self._fetch([p.nodes for p, _ in (*producers, *passing)] + [n for n, _ in selling] + list(sites.values()))
        found = [self._party("producer", p, probability) for p, probability in producers]
        found += [self._party("trader", p, probability) for p, probability in passing]
        found += [self._candidate("warehouse", a, sites[a], q.places[a], ()) for a in places]
        found += [self._candidate("seller", nodes[0], nodes, p, ()) for nodes, p in selling]
        best = max((c for c in found if c.role == "producer"), key=lambda c: c.probability, default=None)
        verdict: Verdict = "unknown" if best is None or best.probability < _LIKELY else best.verdict
        if best is not None and best.verdict == "authorised" and best.probability > 0.1:
            verdict = "authorised"
        return Trace(
            self.clue,
            tuple(sorted(q.start.nodes)),
            q.start.kind,
            verdict,
            tuple(sorted(found, key=lambda c: (-c.probability, c.role, c.node))),
            tuple(q.cuts[key] for key in sorted(q.cuts)),
            tuple(Damped(n, q.damped[n]) for n in sorted(q.damped)),
            q.calls,
        )

    def _fetch(self, groups: list[list[str]]) -> None:
        nodes = sorted({n for group in groups for n in group})
        self.q.get(nodes)
        self.said = self.q.store.statements(nodes, _RECORDS)
        self.q.calls += 1

    def _party(self, role: Role, party: Party, probability: float) -> Candidate:
        known = self.known
        nodes = [n for n in party.nodes if not known[n].person] or party.nodes
        reasons = [f"{channel} {p:.2f}" for channel, p in sorted(party.channels.items())]
        reasons += [f"makes such goods {party.makes:.2f}", f"passes goods on {party.trades:.2f}"]
        return self._candidate(role, party.node, nodes, probability, tuple(reasons))

    def _candidate(
        self, role: Role, node: str, nodes: list[str], probability: float, reasons: tuple[str, ...]
    ) -> Candidate:
        q = self.q
        order = sorted(nodes, key=lambda n: (n != node, kind_of(n) not in ("Company", "Site"), n))
        records = dict.fromkeys(
            f"{s.record}#{s.field}"
            for n in order
            for s in self.said.get(n, ())
            if role != "warehouse" or kind_of(n) == "Site" or s.field == "site"
        )
        licence = self._licence(nodes) if role in ("producer", "trader") else None
        verdict: Verdict = "authorised" if licence is not None and licence.covers else "suspected"
        return Candidate(
            role,
            node,
            tuple(order),
            self._name(order),
            round(probability, 6),
            tuple(self._path(way) for way in q.trail.ways(q.start.nodes, self.best, nodes, _PATHS)),
            tuple(records)[:_RECORDS],
            verdict if probability >= 0.1 else "unknown",
            licence,
            reasons,
        )

    def _name(self, nodes: list[str]) -> str:
        for n in nodes:
            for name in ("name", "shop_name", "text", "name_en"):
                if value := self.q.value(n, name):
                    return value
        return key_of(nodes[0])

    def _licence(self, nodes: list[str]) -> Licence | None:
        """The licence that bears most on a party: by its number, or by its name, a slip of the pen apart."""
        fits = []
        for one in self.licences:
            if one.licensee in nodes or any(self._same(one.licensee, n) for n in nodes):
                fits.append(one)
        return min(fits, key=lambda one: (not one.covers, one.licensee not in nodes, one.node), default=None)

    def _same(self, licensee: str, node: str) -> bool:
        a, b = self.known.get(licensee), self.known.get(node)
        if a is None or b is None or (kind_of(licensee) == kind_of(node) == "Company"):
            return False
        return agreement(a, b) >= 1.5 or misspelt(a, b, 80)

    def _path(self, way: Way) -> Path:
        steps = tuple(
            Step(hop.parent, node, hop.link, round(hop.factor, 6), hop.link.kind.lower()) for node, hop in way.hops
        )
        kinds = {step.link.kind for step in steps}
        by = (
            "declaration"
            if "PRODUCED_BY" in kinds
            else "freight"
            if "CONSIGNED_BY" in kinds
            else "label"
            if "SOLD_WITH" in kinds and kinds & MOVEMENTS
            else "control"
            if kinds & {"REPRESENTED_BY", "HAS_SHAREHOLDER", "HAS_PHONE"}
            else "walk"
        )
        return Path(steps, round(way.probability, 6), by, way.late)


def answer(found: Trace) -> dict[str, Any]:
    """A trace as one line of an answers file."""
    return {
        "clue_no": found.clue.no,
        "verdict": found.verdict,
        "candidates": [
            {
                "role": c.role,
                "score": c.probability,
                "node": c.node,
                "name": c.name,
                "verdict": c.verdict,
                "records": list(c.records),
                "licence": {"node": c.licence.node, "covers": c.licence.covers, "reason": c.licence.reason}
                if c.licence
                else None,
                "reasons": list(c.reasons),
            }
            for c in found.candidates
        ],
    }
