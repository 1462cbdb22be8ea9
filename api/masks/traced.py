"""A trace as one viewer may see it: traced on all that is known, then told without what is hidden or masked.

The evidence must not depend on who asks, so the trace itself never does, and neither do its probabilities and its
verdict. Candidates that a viewer may not see are left out without a word: how many there were would tell that somebody
in another division, or a person, is behind the goods. A path that passes a hidden node keeps its length and its
probability, as they are what the candidate is believed for; of the hidden node it tells only the kind, and of the links
to it nothing that records say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from api.masks.projection import Projection
from api.masks.sought import Sought
from api.masks.vault import MASK, unseen
from graph.caption import caption, caption_of
from graph.model import Inference, key_of, kind_of
from queries.trace import Candidate, Clue, Damped, Licence, Path, Step, Trace

_RECORDS = 20
_FOUND = ("Company", "Person", "Party", "Site", "Address")


@dataclass(slots=True)
class Telling:
    """A trace that is told to a viewer; `read` is filled with the nodes that it discloses."""

    project: Projection
    found: Trace
    read: set[str]

    def trace(self, clue: Clue) -> Trace:
        """The answer to a clue, as it was asked."""
        found = self.found
        self._lend()
        sought = Sought()
        for node in self._nodes():
            sought.node(node)
        for candidate in found.candidates:
            sought.texts.add(candidate.name)
            for place in candidate.records:
                sought.record(_record(place))
            for record in candidate.licence.records if candidate.licence else ():
                sought.record(record)
            for path in candidate.paths:
                for step in path.steps:
                    sought.link(step.link)
        self.project.look(sought)
        # What is said of a candidate of which a part is hidden must not be said by that part.
        partly = {c.node: self._seen(c.nodes) for c in found.candidates if len(self._seen(c.nodes)) < len(c.nodes)}
        again = {n: said for n, said in self._said_of(n for some in partly.values() for n in some).items()}
        return replace(
            found,
            clue=clue,
            start=tuple(self._shown(found.start)),
            marks=tuple(
                replace(m, right=right, listing=listing)
                for m in found.marks
                if (right := self.project.id(m.right)) and (listing := self.project.id(m.listing))
            ),
            candidates=tuple(told for c in found.candidates if (told := self._candidate(c, again)) is not None),
            cut=self.project.cuts(found.cut),
            damped=tuple(Damped(n, d.links) for d in found.damped if (n := self.project.id(d.node)) is not None),
        )

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
        """A right holder sees what its clue names outright, and the businesses and places among the candidates."""
        sight = self.project.sight
        if sight.is_holder:
            brought = (n for n in self.found.start if kind_of(n) not in _FOUND)
            found = (n for c in self.found.candidates for n in c.nodes)
            self.project.lend({*brought, *sight.businesses({*found, *self.found.start})})

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
                tuple(f"{s.record}#{s.field}" for s in said.get(n, ()) if kind_of(n) != "Address" or s.field == "site"),
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
        shown = self._shown(nodes)
        is_holder = self.project.sight.is_holder
        return replace(
            c,
            node=shown[0],
            nodes=tuple(shown),
            name=name,
            paths=tuple(map(self._path, c.paths)),
            records=() if is_holder else tuple(map(self._place, records)),
            licence=self._licence(c.licence) if c.licence is not None else None,
        )

    def _place(self, place: str) -> str:
        record = _record(place)
        return self.project.record(record) + place[len(record) :]

    def _path(self, path: Path) -> Path:
        return replace(path, steps=tuple(map(self._step, path.steps)))

    def _step(self, step: Step) -> Step:
        ends = {n: self.project.id(n) for n in (step.source, step.target)}
        self.read.update(n for n, shown in ends.items() if shown is not None)
        link = self.project.link(step.link)
        if link is None:
            why = step.link.inference
            link = replace(
                step.link,
                source=ends[step.link.source] or unseen(kind_of(step.link.source)),
                target=ends[step.link.target] or unseen(kind_of(step.link.target)),
                values={},
                records=(),
                inference=Inference(why.rule, why.probability) if why is not None else None,
            )
        source, target = (ends[n] or unseen(kind_of(n)) for n in (step.source, step.target))
        return Step(source, target, link, step.factor)

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
            records=tuple(map(self.project.record, licence.records)),
        )


def _record(place: str) -> str:
    """The record of a place in it, `source:key#field`."""
    return place.rpartition("#")[0] or place
