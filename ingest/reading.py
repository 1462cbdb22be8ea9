"""What one row states, while it is read: mentions, links, and what is doubtful about them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from graph import names
from graph.identifiers import phone
from graph.identity import Identity, identify, identify_number, named
from graph.model import Inference, Mention, Scalar, StatedLink, kind_of, node_id
from graph.ontology import ontology

Dates = tuple[str | None, str | None]

_MASK = Inference("mask:1", 1.0, ("the first three and the last four digits are those of the number",))
_UNDATED: Dates = (None, None)
_NOTHING: Mapping[str, Scalar] = {}


class Reading:
    """What one row states.

    Attributes:
        record: The id of the row's record.
        doubts: (column, doubt): what was kept though something in it is unknown.
        nodes: By the place of the mapping's node rules: the nodes that the row names there.
        said: (place, node) -> what the row says beside the node's own properties, kept on the link to it.
        dates: By the place of the mapping's pairs of dates: the row's, once they are read.
    """

    __slots__ = ("_linked", "dates", "doubts", "links", "mentions", "nodes", "record", "said")

    def __init__(self, record: str, dates: int = 0) -> None:
        self.record = record
        self.mentions: list[Mention] = []
        self.links: list[StatedLink] = []
        self.doubts: list[tuple[str, str]] = []
        self.nodes: list[tuple[str, ...]] = []
        self.said: dict[tuple[str, str], Mapping[str, Scalar]] = {}
        self.dates: list[Dates | None] = [None] * dates
        self._linked: set[tuple[str, str, str]] = set()

    def mention(self, node: str, place: str, stated: Mapping[str, Scalar] = _NOTHING) -> None:
        """Adds that the row speaks of a node in one of its places."""
        self.mentions.append(Mention(node, place, stated))

    def link(
        self,
        kind: str,
        source: str,
        target: str,
        dates: Dates = _UNDATED,
        stated: Mapping[str, Scalar] = _NOTHING,
        inference: Inference | None = None,
    ) -> None:
        """Adds a link once; a node is never linked to itself."""
        ends = (kind, source, target)
        if source != target and ends not in self._linked:
            self._linked.add(ends)
            self.links.append(StatedLink(kind, source, target, dates[0], dates[1], stated, inference))

    def name(self, node: str, place: str, text: str) -> None:
        """Links a node to the name that a text holds."""
        found = named(text)
        if found is not None:
            self.mention(found.node, f"{place}.name", found.values)
            self.link("NAMED", node, found.node, stated=found.said)

    def contact(
        self,
        kind: str,
        link: str,
        node: str,
        place: str,
        text: str,
        dates: Dates = _UNDATED,
        inference: Inference | None = None,
        stated: Mapping[str, Scalar] = _NOTHING,
    ) -> None:
        """Links a node to a phone, an e-mail or a handle; a full phone also to its masked form."""
        found = identify(kind, text)
        if found.doubts:
            self.doubts += [(place, doubt) for doubt in found.doubts if doubt != "masked"]
        self.mention(found.node, place, found.values)
        self.link(link, node, found.node, dates, stated, inference)
        self.masked(found, place)

    def masked(self, found: Identity, place: str) -> None:
        """Links a full phone to the masked form that couriers print of it."""
        target = _masked_form(found.node)
        if target:
            self.mention(target, f"{place}.mask")
            self.link("MASKED_AS", found.node, target, inference=_MASK)

    def party(self, place: str, name: str, credit: str, number: str, stated: Mapping[str, Scalar]) -> str:
        """The party that a name and its numbers speak of: a company, a person, or one known by its name.

        Raises:
            InvalidValue: A number is certain to be wrong.
        """
        if credit:
            node = identify("Company", credit).node
        elif number:
            node = identify_number(number)
        else:
            node = node_id("Party", f"{self.record}#{place}")
        kind = ontology().kinds[kind_of(node)]
        known = {k: v for k, v in stated.items() if k in kind.properties} if stated else {}
        if name:
            known.setdefault("name", name)
            if kind.name == "Party":
                known["nature"] = names.kind_of_name(name)
        self.mention(node, place, known)
        if name:
            self.name(node, place, name)
        return node


@lru_cache(maxsize=65536)
def _masked_form(node: str) -> str | None:
    if kind_of(node) != "Phone":
        return None
    mask = phone.mask_of(node[len("Phone/") :])
    return node_id("MaskedPhone", mask) if mask else None
