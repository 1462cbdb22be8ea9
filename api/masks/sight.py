"""Sight: which nodes a viewer sees, which of them without their keys, and which not at all."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Literal

from api.access.viewer import Viewer
from api.errors import CaseRequired
from api.masks.rules import PUBLIC, PUBLISHERS, rules
from graph import divisions
from graph.model import Link, Node, key_of, kind_of
from graph.ontology import ontology
from graph.store import Store

State = Literal["clear", "masked", "hidden"]
_AROUND = 50  # links into a contact among which its publisher is looked for at first
_CROWD = 20_000  # and then, where there are more
_ADDRESSES = 200
_OWN = 10_000  # rights of a holder, licences of a right
_STATED = 200  # records of a node among which those of a grant's owner are looked for
_CODE = re.compile("[0-9]{6,9}")
_BUSINESS = frozenset(("company", "shop"))


class Sight:
    """What one viewer may see of one store, in one case.

    A node is hidden, masked (it is there, its key is not shown) or clear; see `judge`. What was found out of a node is
    kept, so one of these serves one request.

    Args:
        store: Where the nodes are.
        viewer: Who asks.
        case: The number of the case in which it asks.
        today: The day on which grants must hold, an ISO date.
        public: The sources that publish: see `PUBLIC`.

    Raises:
        CaseRequired: The viewer is no member of the case.
    """

    def __init__(
        self, store: Store, viewer: Viewer, case: str | None, today: str, public: Collection[str] = PUBLIC
    ) -> None:
        if case is not None and case not in viewer.cases:
            raise CaseRequired(f"you are no member of an open case {case!r}; name one of yours, or ask to be added")
        self.store = store
        self.viewer = viewer
        self.case = case
        self.is_holder = viewer.role == "right_holder"
        self.is_limited = self.is_holder or bool(viewer.jurisdictions)
        self._granted: dict[str, set[str]] = {}
        for grant in viewer.grants:
            if grant.case in (None, case) and (grant.until is None or today <= grant.until):
                self._granted.setdefault(grant.property, set()).add(grant.owner)
        self._public = frozenset(public)
        self._states: dict[str, State] = {}
        self._lent: set[str] = set()

    def owners(self, what: str) -> frozenset[str]:
        """The sources whose statements of a kind of node, or of `Kind.property`, the viewer was granted."""
        return frozenset(self._granted.get(what, ()))

    @property
    def has_granted_properties(self) -> bool:
        """Whether the viewer was granted sensitive properties, beside keys."""
        return any("." in what for what in self._granted)

    def judge(self, ids: Iterable[str]) -> dict[str, State]:
        """Id -> what the viewer sees of the node; the number of calls to the store does not depend on how many.

        Where a node was not judged from everything around it (a crowd beyond what is looked at), it is masked.
        """
        wanted = set(ids)
        fresh = list(wanted - self._states.keys())
        if fresh:
            personal = rules().kinds
            hidden = self._hidden(fresh) if self.is_limited else set()
            theirs = [i for i in fresh if i.partition("/")[0] in personal and i not in hidden]
            masked = set(theirs) - self._open(theirs) if theirs else set()
            if masked:
                masked -= self._allowed(masked)
            self._states |= dict.fromkeys(fresh, "clear")
            self._states |= dict.fromkeys(masked, "masked")
            self._states |= dict.fromkeys(hidden, "hidden")
        states = self._states
        return {i: states[i] for i in wanted}

    def state(self, node: str) -> State:
        """What the viewer sees of a node that was judged."""
        return self._states[node]

    def lend(self, ids: Iterable[str]) -> None:
        """Lets a right holder see, within this request, what a trace has told it; nothing personal."""
        lent = set(ids)
        self._lent |= lent
        for i in lent:
            self._states.pop(i, None)

    @cached_property
    def rights(self) -> frozenset[str]:
        """The rights of the holder that the viewer speaks for."""
        holder = self.viewer.holder
        if not self.is_holder or holder is None:
            return frozenset()
        return frozenset(k.source for k in self._links([holder], "HELD_BY", "in"))

    @cached_property
    def own(self) -> frozenset[str]:
        """A right holder, its rights, their licences, and the businesses that are parties to those."""
        if not self.is_holder or self.viewer.holder is None:
            return frozenset()
        licences = {k.source for k in self._links(self.rights, "LICENCE_OF", "in")}
        ends = self._links(licences, "LICENSOR", "out") + self._links(licences, "LICENSEE", "out")
        return self.rights | licences | {self.viewer.holder} | self.businesses({k.target for k in ends})

    def businesses(self, ids: Iterable[str]) -> frozenset[str]:
        """Those of the nodes that are companies, sites or addresses, or are called by a business's name."""
        wanted = set(ids)
        named = [i for i in wanted if kind_of(i) == "Party"]
        natures = {i: node.values.get("nature", ()) for i, node in self.store.get(named).items()} if named else {}
        called = {i for i, said in natures.items() if said and _BUSINESS.issuperset(map(str, said))}
        return frozenset(called | {i for i in wanted if kind_of(i) in ("Company", "Site", "Address")})

    def _links(self, ids: Iterable[str], kind: str, direction: Literal["in", "out"]) -> list[Link]:
        wanted = sorted(ids)
        found = self.store.expand(wanted, [kind], direction, limit=_OWN) if wanted else None
        return [k for around in found.links.values() for k in around] if found else []

    def _hidden(self, ids: list[str]) -> set[str]:
        hidden = {i for i in ids if i not in self.own and i not in self._lent} if self.is_holder else set()
        if self.is_holder:
            hidden |= {i for i in ids if kind_of(i) in rules().kinds}
        if self.viewer.jurisdictions:
            hidden |= self._elsewhere([i for i in ids if i not in hidden])
        return hidden

    def _elsewhere(self, ids: list[str]) -> set[str]:
        """The nodes of which addresses are known, all of them outside the viewer's divisions.

        An address of which less is known than a division says (a city, where the viewer works in one district of it)
        is outside; one of which no division is known says nothing.
        """
        placed = [i for i in ids if _is_placed(i)]
        at: dict[str, set[str]] = {i: {i} for i in ids if kind_of(i) == "Address"}
        if placed:
            for node, links in self.store.expand(placed, rules().places, "out", limit=_ADDRESSES).links.items():
                at.setdefault(node, set()).update(k.target for k in links)
        codes = self._codes(set().union(*at.values()))
        found = {node: [inside for a in some if (inside := codes[a]) is not None] for node, some in at.items()}
        return {node for node, inside in found.items() if inside and not any(inside)}

    def _codes(self, addresses: set[str]) -> dict[str, bool | None]:
        """Address -> whether it lies within the viewer's divisions; None when it does not say where it lies."""
        codes: dict[str, set[str]] = {}
        vague: list[str] = []
        for a in addresses:
            if code := _CODE.match(key_of(a)):
                codes[a] = {code[0]}
            elif "|" in key_of(a) and not key_of(a).startswith("~"):
                codes[a] = {""}  # in another country
            else:
                vague.append(a)
        for a, node in (self.store.get(sorted(vague)) if vague else {}).items():
            codes[a] = _stated(node)
        return {a: self._within(codes.get(a, set())) for a in addresses}

    def _within(self, codes: set[str]) -> bool | None:
        return any(divisions.within(c, j) for c in codes for j in self.viewer.jurisdictions) if codes else None

    def opened(self, personal: Iterable[str]) -> set[str]:
        """Those of the personal nodes that are clear; whether any of them is there is not asked.

        Of those that are not, the store is asked the same whether it knows them or not, so that no time tells.
        """
        wanted = [] if self.is_holder else list(personal)
        found = self._published(wanted, _AROUND)[0]
        found |= self._published(set(wanted) - found, _CROWD)[0]
        found |= self._allowed(set(wanted) - found)
        lasting = wanted if not self.is_limited else [i for i in wanted if not _is_placed(i)]
        self._states |= {i: "clear" if i in found else "masked" for i in lasting}
        return found

    def _open(self, personal: list[str]) -> set[str]:
        """Those that a company or a listing has published."""
        found, crowded = self._published(personal, _AROUND)
        return found | self._published(crowded, _CROWD)[0]

    def _published(self, personal: Collection[str], limit: int) -> tuple[set[str], set[str]]:
        """Those that a company or a listing has published, among so many links; and those that have more links."""
        wanted = sorted(i for i in personal if kind_of(i) in rules().published)
        if not wanted:
            return set(), set()
        kinds = {kind for i in wanted for kind in rules().published[kind_of(i)]}
        around = self.store.expand(wanted, kinds, "in", limit=limit)
        found = {node for node, links in around.links.items() if any(map(self._publishes, links))}
        return found, {cut.node for cut in around.cut} - found

    def _publishes(self, link: Link) -> bool:
        """Whether a link shows that its target is published; of a company only what a record states outright.

        A public source must state it: else whoever may load a file could publish whatever they like.
        """
        kind = kind_of(link.source)
        return (
            kind in PUBLISHERS
            and (kind == "Listing" or link.inference is None)
            and any(record.partition(":")[0] in self._public for record in link.records)
        )

    def _allowed(self, masked: set[str]) -> set[str]:
        """Those that a grant covers: a source that states them is the owner of a grant for their kind."""
        wanted = sorted(i for i in masked if kind_of(i) in self._granted)
        if not wanted:
            return set()
        said = self.store.statements(wanted, _STATED)
        sources = {node: {s.record.partition(":")[0] for s in statements} for node, statements in said.items()}
        found = {node for node, some in sources.items() if some & self._granted[kind_of(node)]}
        return found - self._joined(found)

    def _joined(self, found: set[str]) -> set[str]:
        """Those of the found that hold a part of the key of another that stays masked, and are joined to it."""
        parts = sorted(i for i in found if kind_of(i) in rules().parts)
        if not parts:
            return set()
        kinds = [name for name, link in ontology().links.items() if link.targets <= rules().parts]
        around = self.store.expand(parts, kinds, "in", limit=_ADDRESSES)
        wholes = {node: {k.source for k in links} for node, links in around.links.items()}
        states = self.judge(set().union(*wholes.values()) - set(parts))
        shut = {node for node, some in wholes.items() if any(states[w] != "clear" for w in some)}
        return shut | {cut.node for cut in around.cut}


def _is_placed(node: str) -> bool:
    """Whether links may lead from a node of this kind to addresses."""
    return not rules().places.isdisjoint(ontology().outgoing.get(kind_of(node), ()))


def _stated(node: Node) -> set[str]:
    """The division codes of an address as far as its values tell; '' stands for another country."""
    values: Mapping[str, tuple[object, ...]] = node.values
    codes = {str(code) for code in values.get("code", ())}
    return codes or ({""} if any(country not in ("", "CN") for country in values.get("country", ())) else set())
