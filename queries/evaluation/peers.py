"""What general methods make of the same graph: distance, paths, random walks and mere frequency.

Each ranks the same candidates: whoever consigned goods or is declared as their producer, and every registered company,
unless it is registered for other business than production. Mentions of one name are one candidate, and a company's with
it. Everything that is stated is a link, whatever its kind and direction; what was inferred is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from graph.errors import InvalidValue, NotFound
from graph.identity import identify
from graph.model import Statement
from graph.store import Store
from queries.tracing.clue import Clue, resolve

KEPT = 8
"""Candidates of an answer."""
_PRODUCES = ("生产", "制造", "加工")
_NAMES = frozenset(("CONSIGNED_BY", "PRODUCED_BY"))
_RECORDS = 20
_FAR = 12
"""Links beyond which nobody is near."""
_LONGEST = 6
"""Links of the paths that are counted."""
_WEIGHT = 0.4
"""The power by which a node's degree damps a path through it (Himmelstein and Baranzini 2015)."""
_DAMPING, _ROUNDS, _TOLERANCE = 0.85, 60, 1e-3

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


class Peers:
    """The graph of a store as columns, with its candidates; made once for all clues.

    Attributes:
        nodes: Their ids; a node's place here is its number in all columns.
        source: The ends of links, each link in both directions, in the order of the other ends.
        target: The other ends.
        back: Of each link in one direction its place in the other.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        links: list[tuple[str, str, str]] = []
        names: dict[str, str] = {}
        for link in store.links():
            if link.inference is None:
                links.append((link.kind, link.source, link.target))
                if link.kind == "NAMED":
                    names.setdefault(link.source, str(link.values.get("text", "")))
        scopes, called = _companies(store)
        self.nodes = sorted({end for _, a, b in links for end in (a, b)} | scopes.keys())
        self.place = {node: number for number, node in enumerate(self.nodes)}
        ends = np.array([(self.place[a], self.place[b]) for _, a, b in links if a != b], np.int64).reshape(-1, 2)
        ends = np.unique(np.sort(ends, axis=1), axis=0)
        source, target = np.concatenate([ends[:, 0], ends[:, 1]]), np.concatenate([ends[:, 1], ends[:, 0]])
        order = np.argsort(target, kind="stable")
        moved_to = np.empty_like(order)
        moved_to[order] = np.arange(len(order))
        self.source, self.target = source[order].astype(np.int32), target[order].astype(np.int32)
        self.back = moved_to[(order + len(ends)) % max(1, len(order))].astype(np.int32)
        self._reached, self._first = np.unique(self.target, return_index=True)
        self.degree = np.maximum(1, np.bincount(self.source, minlength=len(self.nodes)))
        self._group(links, names, scopes, called)
        self.methods: dict[str, Callable[[Places], Floats]] = {
            "shortest path": self.nearness,
            "path counts": lambda start: self.paths(start, 0.0),
            "degree-weighted path counts": lambda start: self.paths(start, _WEIGHT),
            "personalised PageRank": self.pagerank,
        }

    def _group(
        self,
        links: Sequence[tuple[str, str, str]],
        names: Mapping[str, str],
        scopes: Mapping[str, str],
        called: Mapping[str, str],
    ) -> None:
        """Puts the nodes that may be one candidate together, and counts how often each was named for which goods."""
        other = {node for node, scope in scopes.items() if scope and not any(word in scope for word in _PRODUCES)}
        told: dict[str, list[str]] = defaultdict(list)  # candidate -> documents that name it
        groups: dict[str, dict[int, None]] = defaultdict(dict)
        for node in scopes:
            if node not in other:
                groups[node][self.place[node]] = None
        for kind, document, node in links:
            if kind in _NAMES:
                who = node if node in scopes else called.get(names.get(node, ""), names.get(node) or node)
                if who not in other:
                    groups[who][self.place[node]] = None
                    told[who].append(document)
        self.candidates = sorted(groups)
        self.members = [list(groups[who]) for who in self.candidates]
        self._of = np.concatenate([np.full(len(m), g) for g, m in enumerate(self.members)] or [np.zeros(0, np.int64)])
        self._at = np.array([place for m in self.members for place in m], np.int64)
        self._told = [told[who] for who in self.candidates]
        self._known = np.array([len(listed) for listed in self._told])
        documents = sorted({document for listed in self._told for document in listed})
        goods = {n: str(node.get("goods") or "") for n, node in self.store.get(documents).items()}
        self._goods = [[goods.get(document, "") for document in listed] for listed in self._told]

    def answers(self, clue: Clue) -> dict[str, dict[str, object]]:
        """Method -> its answer to a clue, as a line of an answers file; scores are shares of their sum."""
        try:
            start = np.array(sorted(self.place[n] for n in resolve(self.store, clue).nodes if n in self.place))
        except (NotFound, InvalidValue):
            start = np.zeros(0, np.int64)
        best = {name: self._best(method(start)) if len(start) else [] for name, method in self.methods.items()}
        best["most frequent vendor"] = self._best(self.frequency(clue))
        named = sorted({place for found in best.values() for who, _ in found for place in self.members[who]})
        said = self.store.statements([self.nodes[place] for place in named], _RECORDS)
        return {name: self._answer(clue, found, said) for name, found in best.items()}

    def nearness(self, start: Places) -> Floats:
        """1 / (1 + distance) of the nearest node of each candidate; 0 beyond reach."""
        near = np.zeros(len(self.nodes))
        near[start] = 1.0
        for steps in range(1, _FAR + 1):
            reached = self.target[(near[self.source] > 0) & (near[self.target] == 0)]
            if not len(reached):
                break
            near[reached] = 1 / (steps + 1)
        best = np.zeros(len(self.members))
        np.maximum.at(best, self._of, near[self._at])
        return best

    def paths(self, start: Places, weight: float) -> Floats:
        """How many paths of at most six links, none turning straight back, lead to each candidate.

        Each passes on by its ends' degrees to the power of minus `weight`.
        """
        damped = self.degree.astype(float) ** -weight
        factor = damped[self.source] * damped[self.target]
        here = np.zeros(len(self.nodes))
        here[start] = 1.0
        on = here[self.source] * factor
        arrived = self._arriving(on)
        total = arrived.copy()
        for _ in range(_LONGEST - 1):
            on = np.maximum(0.0, arrived[self.source] - on[self.back]) * factor
            arrived = self._arriving(on)
            total += arrived
        return self._summed(total)

    def pagerank(self, start: Places) -> Floats:
        """The rank of each candidate, its nodes taken together, for a walk that always starts anew from these."""
        home = np.zeros(len(self.nodes))
        home[start] = 1 / len(start)
        share = 1 / self.degree
        found = home
        for _ in range(_ROUNDS):
            last = found
            moved = self._arriving((last * share)[self.source])
            found = _DAMPING * moved + (1 - _DAMPING) * home
            if np.abs(found - last).sum() < _TOLERANCE:
                break
        return self._summed(found)

    def frequency(self, clue: Clue) -> Floats:
        """How often each candidate was named as consignor or producer of the goods that the right is for."""
        wanted = ""
        if clue.right:
            right = identify("Right", clue.right).node
            wanted = str(next((node.get("goods") or "" for node in self.store.get([right]).values()), ""))
        counts = [sum(wanted in goods or goods in wanted for goods in listed if goods) for listed in self._goods]
        return np.array(counts, float)

    def _summed(self, scores: Floats) -> Floats:
        """The scores of candidates from those of nodes."""
        return np.asarray(np.bincount(self._of, scores[self._at], minlength=len(self.members)), np.float64)

    def _arriving(self, on: Floats) -> Floats:
        """What arrives at every node of what goes along every link."""
        found = np.zeros(len(self.nodes))
        if len(on):
            found[self._reached] = np.add.reduceat(on, self._first)
        return found

    def _best(self, scores: Floats) -> list[tuple[int, float]]:
        """The best candidates; of equal ones those that are named most often."""
        order = np.lexsort((-self._known, -scores))[:KEPT]
        return [(int(who), float(scores[who])) for who in order if scores[who] > 0]

    def _answer(
        self, clue: Clue, found: list[tuple[int, float]], said: Mapping[str, Sequence[Statement]]
    ) -> dict[str, object]:
        whole = sum(score for _, score in found) or 1.0
        candidates = []
        for who, score in found:
            speaking = [one for place in self.members[who] for one in said.get(self.nodes[place], ())]
            records = [f"{one.record}#{one.field}" for one in speaking][:_RECORDS]
            candidates.append({"role": "producer", "score": score / whole, "records": records})
        return {"clue_no": clue.no, "verdict": "suspected" if found else "unknown", "candidates": candidates}


def _companies(store: Store) -> tuple[dict[str, str], dict[str, str]]:
    """The registered companies with their scopes, and the name that one alone bears with its company."""
    scopes: dict[str, str] = {}
    bearing: dict[str, set[str]] = defaultdict(set)
    for node in store.nodes(["Company"]):
        scopes[node.id] = str(node.get("scope") or "")
        for text in node.values.get("name", ()):
            bearing[str(text)].add(node.id)
    return scopes, {text: next(iter(nodes)) for text, nodes in bearing.items() if len(nodes) == 1}
