"""What was found is told: candidates with their names, ways, records and licences, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from math import prod
from typing import Any

from graph.model import key_of, kind_of
from queries.tracing.candidates import Party, calibrated, reasons_of, sellers, traders
from queries.tracing.clue import Clue
from queries.tracing.evidence import Way
from queries.tracing.licences import Licence, licences_of, rights_of
from queries.tracing.parameters import P
from queries.tracing.parties import Card, agreement, cards, misspelt
from queries.tracing.question import Question, strongest
from queries.tracing.result import Candidate, Damped, Path, Reason, Role, Step, Trace, Verdict, speaking

_PATHS, _RECORDS, _NODES = 5, 20, 40
_BY = (
    ("declaration", frozenset(("PRODUCED_BY", "EXPORTED_BY"))),
    ("freight", frozenset(("CONSIGNED_BY", "CONSIGNED_TO"))),
    ("label", frozenset(("SOLD_WITH",))),
)
_CONTROL = frozenset(("REPRESENTED_BY", "HAS_SHAREHOLDER", "HAS_PHONE", "BELONGS_TO", "NAMED"))


def tell(q: Question, clue: Clue, ranked: list[Party], known: dict[str, Card], limit: int) -> Trace:
    """The answer from what a question found; of each role at most `limit` candidates."""
    return _Teller(q, ranked, known, limit).trace(clue)


class _Teller:
    """What candidates are told from: fetched for all of them at once."""

    def __init__(self, q: Question, ranked: list[Party], known: dict[str, Card], limit: int) -> None:
        self.q = q
        self.known = known
        self.producers = list(zip(ranked, calibrated([p.score for p in ranked]), strict=True))[:limit]
        self.traders = traders(ranked)[:limit]
        self.sellers = sellers(q)[:limit]
        places = strongest(q.places, most=limit)
        at = q.links(places, ["LOCATED_AT"], "in", limit=30)
        self.places = {a: [a, *(x.source for x in at.get(a, ()) if kind_of(x.source) == "Site")] for a in places}
        self.best = q.trail.best(q.start.nodes)
        self.licences = self._licences()
        self.nodes = {p.node: self._whole(p) for p, _ in (*self.producers, *self.traders)}
        nodes = {n for some in self.nodes.values() for n in some[:_RECORDS]}
        nodes |= {n for some, _ in self.sellers for n in some} | {n for some in self.places.values() for n in some}
        q.get(sorted(nodes))
        q.calls += 1
        self.said = q.store.statements(sorted(nodes), _RECORDS)

    def _whole(self, party: Party) -> list[str]:
        """The nodes of a party: those that the trace met, and those that are known to be one with them."""
        met = [n for n in party.nodes if not self.known[n].person] or party.nodes
        same = {m for cluster in self.q.same(met).values() for m in cluster.members}
        return self._order(party.node, [*met, *sorted(same.difference(met))])[:_NODES]

    def _order(self, node: str, nodes: list[str]) -> list[str]:
        """Nodes of a candidate in the order in which they are told, the one that speaks for it first."""
        met = {n: place for place, n in enumerate(nodes)}
        return sorted(met, key=lambda n: (n != node, kind_of(n) not in ("Company", "Site"), met[n]))

    def _licences(self) -> list[Licence]:
        """The licences of the right; when none was named, of those whose marks the listings bear.

        Where they bear none, those that the likeliest producers hold of any right.
        """
        q = self.q
        rights = [q.start.right] if q.start.right is not None else sorted({mark.right for mark in q.read})
        if not rights:
            likely = [p for p, probability in self.producers[:3] if probability >= P.screened]
            names = {name for p in likely for n in p.nodes for name in self.known[n].named}
            rights = rights_of(q, [n for p in likely for n in p.nodes], sorted(names))
        found = [one for right in rights for one in licences_of(q, right, q.start.at)]
        self.known |= cards(q, sorted({one.licensee for one in found} - set(self.known)))
        return found

    def trace(self, clue: Clue) -> Trace:
        """The whole answer."""
        q = self.q
        found = [self._party("producer", party, p) for party, p in self.producers]
        found += [self._party("trader", party, p) for party, p in self.traders]
        found += [self._candidate("warehouse", a, nodes, q.places[a]) for a, nodes in self.places.items()]
        found += [self._candidate("seller", nodes[0], nodes, p) for nodes, p in self.sellers]
        return Trace(
            clue,
            tuple(sorted(q.start.nodes)),
            q.start.kind,
            self._verdict(found),
            q.read,
            tuple(sorted(found, key=lambda c: (-c.probability, c.role, c.node))),
            tuple(q.cuts[key] for key in sorted(q.cuts)),
            tuple(Damped(n, q.damped[n]) for n in sorted(q.damped)),
            q.calls,
        )

    def _verdict(self, found: Iterable[Candidate]) -> Verdict:
        best = next((c for c in found if c.role == "producer"), None)
        if best is None:
            return "unknown"
        if best.verdict == "authorised":
            return "authorised"
        return "suspected" if best.probability >= P.likely else "unknown"

    def _party(self, role: Role, party: Party, probability: float) -> Candidate:
        nodes = self.nodes[party.node]
        licence = self._licence([n for n in nodes if n in self.known])
        return self._candidate(role, party.node, nodes, probability, licence, reasons_of(party, role))

    def _candidate(
        self,
        role: Role,
        node: str,
        nodes: list[str],
        probability: float,
        licence: Licence | None = None,
        reasons: tuple[Reason, ...] = (),
    ) -> Candidate:
        order = self._order(node, nodes)
        records = dict.fromkeys(place for n in order for place in speaking(n, self.said.get(n, ())))
        verdict: Verdict = "unknown" if probability < P.screened else "suspected"
        if verdict != "unknown" and licence is not None and licence.covers and self.q.start.right is not None:
            verdict = "authorised"
        return Candidate(
            role,
            order[0],
            tuple(order),
            self._name(order),
            round(probability, 6),
            tuple(
                _path(way, self._on(way, order[0]))
                for way in self.q.trail.ways(self.q.start.nodes, self.best, nodes, _PATHS)
            ),
            tuple(records)[:_RECORDS],
            verdict,
            licence,
            reasons,
        )

    def _on(self, way: Way, node: str) -> tuple[Step, ...]:
        """The links of identity that lead from a way's end to the node that speaks for the candidate, if any do."""
        here = way.hops[-1][0] if way.hops else node
        met = {here, *(n for name, hop in way.hops for n in (name, hop.parent))}
        if node in met or node not in (cluster := self.q.same([here])[here]).members:
            return ()
        steps = []
        for tie in cluster.way(here, node):
            steps.append(Step(here, tie.other(here), tie.link, round(tie.probability, 6)))
            here = tie.other(here)
        return tuple(steps) if met.isdisjoint(step.target for step in steps) else ()

    def _name(self, nodes: list[str]) -> str:
        for n in nodes:
            for name in ("name", "shop_name", "text", "name_en"):
                if value := self.q.value(n, name):
                    return value
        return key_of(nodes[0])

    def _licence(self, nodes: list[str]) -> Licence | None:
        """The licence that bears most on a party: by its number, or by its name, a slip of the pen apart."""
        fits = [one for one in self.licences if one.licensee in nodes or self._holds(one.licensee, nodes)]
        return min(fits, key=lambda one: (not one.covers, one.licensee not in nodes, one.node), default=None)

    def _holds(self, licensee: str, nodes: list[str]) -> bool:
        named = self.known[licensee]
        for n in nodes:
            if kind_of(licensee) == kind_of(n) == "Company":
                continue  # two numbers are two companies, whatever their names
            if agreement(named, self.known[n]) >= P.trust_industry or misspelt(named, self.known[n], P.slip_licensee):
                return True
        return False


def _path(way: Way, on: tuple[Step, ...]) -> Path:
    """A way as it is told, with the links of identity by which it goes on."""
    steps = tuple(Step(hop.parent, node, hop.link, round(hop.factor, 6)) for node, hop in way.hops)
    kinds = {step.link.kind for step in steps}
    in_common = bool(steps) and steps[-1].link.kind in _CONTROL and kind_of(steps[-1].target) in ("Company", "Person")
    by = next((by for by, of in _BY if kinds & of), "control" if in_common else "walk")
    probability = way.probability * prod(step.factor for step in on)
    return Path(steps + on, round(probability, 6), by, way.late)


def answer(found: Trace) -> dict[str, Any]:
    """A trace as one line of an answers file."""
    return {
        "clue_no": found.clue.no,
        "verdict": found.verdict,
        "marks": [asdict(mark) for mark in found.marks],
        "candidates": [
            {
                "role": c.role,
                "score": c.probability,
                "records": list(c.records),
                "node": c.node,
                "name": c.name,
                "verdict": c.verdict,
                "licence": None
                if c.licence is None
                else {"node": c.licence.node, "covers": c.licence.covers, "reason": c.licence.reason},
                "reasons": [asdict(reason) for reason in c.reasons],
            }
            for c in found.candidates
        ],
    }
