"""A trace as one viewer may see it: traced on all that is known, then told without what is hidden or masked.

The evidence must not depend on who asks, so the trace itself never does, and neither do its probabilities and its
verdict. Candidates that a viewer may not see are left out without a word: how many there were would tell that somebody
in another division, or a person, is behind the goods. A path that passes a hidden node keeps its length and its
probability, as they are what the candidate is believed for; of the hidden node it tells only the kind, and of the links
to it nothing that records say. To whom nodes are hidden nothing is told that counts them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import groupby

from api.masks.projection import Projection
from api.masks.sought import Sought
from api.masks.vault import MASK, is_token, unseen
from graph.caption import caption, caption_of
from graph.model import Inference, Link, key_of, kind_of
from queries.trace import Candidate, Clue, Damped, Licence, Path, Step, Trace, speaking

_RECORDS = 20
_FOUND = ("Company", "Person", "Party", "Site", "Address")


@dataclass(slots=True)
class Telling:
    """A trace that is told to a viewer; `read` is filled with the nodes that it discloses."""

    project: Projection
    found: Trace
    read: set[str]
    _told: dict[int, Link] = field(default_factory=dict)

    def trace(self, clue: Clue, limit: int) -> Trace:
        """The answer to a clue, as it was asked, with at most so many candidates of each role."""
        found = self.found
        self._lend()
        sought = Sought()
        for node in self._nodes():
            sought.node(node)
        for candidate in found.candidates:
            sought.texts.add(candidate.name)
            for place in candidate.records:
                sought.record(_record(place))
            if (licence := candidate.licence) is not None:
                sought.texts.update((licence.goods, licence.territory))
                for record in licence.records:
                    sought.record(record)
        for link in self._links().values():
            sought.link(link)
        self.project.look(sought)
        # What is said of a candidate of which a part is hidden must not be said by that part.
        partly = {c.node: self._seen(c.nodes) for c in found.candidates if len(self._seen(c.nodes)) < len(c.nodes)}
        again = {n: said for n, said in self._said_of(n for some in partly.values() for n in some).items()}
        is_limited = self.project.sight.is_limited
        marks = (
            replace(m, right=right, listing=listing)
            for m in found.marks
            if (right := self.project.id(m.right)) and (listing := self.project.id(m.listing))
        )
        damped = (Damped(n, d.links) for d in found.damped if (n := self.project.id(d.node)) is not None)
        return replace(
            found,
            clue=clue,
            start=tuple(sorted(self._shown(found.start))),
            marks=tuple(marks),
            candidates=self._candidates(again, limit),
            cut=self.project.cuts(found.cut),
            damped=tuple(sorted((replace(d, links=0) if is_limited else d for d in damped), key=lambda d: d.node)),
            calls=0 if is_limited else found.calls,
        )

    def _candidates(self, again: dict[str, tuple[str, tuple[str, ...]]], limit: int) -> tuple[Candidate, ...]:
        """The candidates that are seen, equal ones in the order of their shown ids."""
        told: list[Candidate] = []
        seen: Counter[str] = Counter()
        for c in self.found.candidates:
            # What is cut off is not disclosed, so it is not looked at.
            if seen[c.role] < limit and (candidate := self._candidate(c, again)) is not None:
                seen[c.role] += 1
                told.append(candidate)
        return tuple(sorted(told, key=lambda c: (-c.probability, c.role, c.node)))

    def _links(self) -> dict[int, Link]:
        """The links of all paths, which share most of them: each once, by its `id`."""
        candidates = self.found.candidates
        return {id(step.link): step.link for c in candidates for path in c.paths for step in path.steps}

    def _nodes(self) -> Iterable[str]:
        found = self.found
        yield from found.start
        for mark in found.marks:
            yield from (mark.right, mark.listing)
        for candidate in found.candidates:
            yield from candidate.nodes
            if (licence := candidate.licence) is not None:
                yield from (licence.node, licence.right, licence.licensee)
        yield from (cut.node for cut in found.cut)
        yield from (hub.node for hub in found.damped)

    def _lend(self) -> None:
        """A right holder sees the businesses and places among the candidates, and the listings that bear its marks.

        Of what else its clue names, an order or a parcel of anybody's, it sees the id by which it asked.
        """
        sight = self.project.sight
        if sight.is_holder:
            found = (n for c in self.found.candidates for n in c.nodes)
            named = {n for n in self.found.start if kind_of(n) not in _FOUND}
            marked = {m.listing for m in self.found.marks if m.right in sight.rights}
            self.project.lend({*(named & marked), *sight.businesses({*found, *self.found.start})}, names=named)

    def _seen(self, nodes: Iterable[str]) -> list[str]:
        return [n for n in nodes if self.project.id(n) is not None]

    def _shown(self, nodes: Iterable[str]) -> list[str]:
        seen = self._seen(nodes)
        self.read.update(seen)
        return [shown for n in seen if (shown := self.project.id(n)) is not None]

    def _said_of(self, nodes: Iterable[str]) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Node -> what it is called and the places that speak of it."""
        wanted = sorted(set(nodes))
        if not wanted:
            return {}
        store = self.project.sight.store
        known, said = store.get(wanted), store.statements(wanted, _RECORDS)
        sought = Sought()
        for node in known.values():
            sought.node(node.id, node.values)
        for statements in said.values():
            for s in statements:
                sought.record(s.record)
        self.project.look(sought)
        return {
            n: (
                MASK if shown.is_masked and caption(shown.node) == caption_of(shown.node.id) else caption(shown.node),
                speaking(n, said.get(n, ())),
            )
            for n, node in known.items()
            if (shown := self.project.node(node)) is not None
        }

    def _candidate(self, c: Candidate, again: dict[str, tuple[str, tuple[str, ...]]]) -> Candidate | None:
        nodes = self._seen(c.nodes)
        if not nodes:
            return None
        name, records = c.name, c.records
        if len(nodes) < len(c.nodes):
            name = again[nodes[0]][0] if nodes[0] in again else MASK
            records = tuple(dict.fromkeys(p for n in nodes if n in again for p in again[n][1]))[:_RECORDS]
        elif self.project.tells(name) or (name == key_of(c.node) and self.project.id(c.node) != c.node):
            name = MASK
        first, *others = self._shown(nodes)
        if nodes[0] != c.node:
            first, *others = sorted((first, *others), key=_before)
        told = () if self.project.sight.is_holder else records
        places = [self._place(place) for place in told if not self.project.is_of_hidden(_record(place))]
        return replace(
            c,
            node=first,
            nodes=(first, *sorted(others, key=_before)),
            name=name,
            paths=self._paths(c.paths),
            # The sealed ones last, in the order of their tokens.
            records=tuple(sorted(places, key=lambda place: place if is_token(_record(place)) else "")),
            licence=self._licence(c.licence) if c.licence is not None else None,
        )

    def _place(self, place: str) -> str:
        record = _record(place)
        self.read.add(record)
        return self.project.record(record) + place[len(record) :]

    def _paths(self, paths: Iterable[Path]) -> tuple[Path, ...]:
        """The paths, equal ones in the order of what is shown."""
        told = [replace(path, steps=tuple(map(self._step, path.steps))) for path in paths]
        alike = groupby(told, key=lambda path: (path.probability, path.late))
        return tuple(path for _, some in alike for path in sorted(some, key=lambda p: [s.target for s in p.steps]))

    def _step(self, step: Step) -> Step:
        link = self._told.get(id(step.link))
        if link is None:
            link = self._told[id(step.link)] = self._link(step.link)
        is_along = step.source == step.link.source
        return Step(*((link.source, link.target) if is_along else (link.target, link.source)), link, step.factor)

    def _link(self, link: Link) -> Link:
        """A link of a path as it is shown; of one that leads to a hidden node only its kind and its probability."""
        source, target = self.project.id(link.source), self.project.id(link.target)
        self.read.update(n for n, shown in ((link.source, source), (link.target, target)) if shown is not None)
        told = self.project.link(link)
        if told is not None:
            return told
        why = link.inference
        return replace(
            link,
            source=source or unseen(kind_of(link.source)),
            target=target or unseen(kind_of(link.target)),
            start=None,
            end=None,
            values={},
            records=(),
            inference=Inference(why.rule, why.probability) if why is not None else None,
        )

    def _licence(self, licence: Licence) -> Licence | None:
        node, right = self.project.id(licence.node), self.project.id(licence.right)
        if node is None or right is None:
            return None
        self.read.update((licence.node, licence.right))
        licensee = self.project.id(licence.licensee)
        return replace(
            licence,
            node=node,
            right=right,
            licensee=licensee or unseen(kind_of(licence.licensee)),
            territory=MASK if self.project.tells(licence.territory) else licence.territory,
            goods=MASK if self.project.tells(licence.goods) else licence.goods,
            records=tuple(sorted(map(self.project.record, licence.records))),
        )


def _before(shown: str) -> tuple[bool, str]:
    """Where a node of a candidate stands behind the one that speaks for it; see `queries.tracing.answer`."""
    return kind_of(shown) not in ("Company", "Site"), shown


def _record(place: str) -> str:
    """The record of a place in it, `source:key#field`."""
    return place.rpartition("#")[0] or place
