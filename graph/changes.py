"""What a batch of records changes in the graph, worked out once for every store.

Records state, nodes and links follow: a node exists while a record mentions it, holds each value as many times as records
state it, and a link exists while a record states it. So a batch is a sum of additions and removals, in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graph.errors import HeadwaterError
from graph.model import Inference, Link, Node, Record, Scalar, StatedLink, kind_of
from graph.ontology import Ontology
from graph.terms import terms

Counts = dict[str, dict[Scalar, int]]
"""Property -> value -> how many mentions state it."""

Place = tuple[str, str, str]
"""A mention's node, record and field."""


@dataclass(slots=True)
class NodeChange:
    """By how much a node's mentions and the counts of its values change."""

    mentions: int = 0
    counts: Counts = field(default_factory=dict)


@dataclass(slots=True)
class Changes:
    """All that a batch changes; removals come before additions."""

    nodes: dict[str, NodeChange] = field(default_factory=dict)
    mentions_removed: list[Place] = field(default_factory=list)
    mentions_added: list[Place] = field(default_factory=list)
    links_removed: list[tuple[str, StatedLink]] = field(default_factory=list)
    links_added: list[tuple[str, StatedLink]] = field(default_factory=list)

    def add(self, record: Record, sign: int) -> None:
        """Counts in what `record` states (`sign` 1), or counts it out (`sign` -1)."""
        name = record.id
        mentions, links = (
            (self.mentions_added, self.links_added) if sign > 0 else (self.mentions_removed, self.links_removed)
        )
        nodes = self.nodes
        for mention in record.mentions:
            change = nodes.get(mention.node)
            if change is None:
                change = nodes[mention.node] = NodeChange()
            change.mentions += sign
            counts = change.counts
            for prop, value in mention.values.items():
                of = counts.get(prop)
                if of is None:
                    of = counts[prop] = {}
                of[value] = of.get(value, 0) + sign
            mentions.append((mention.node, name, mention.field))
        for link in record.links:
            links.append((name, link))


def summed(counts: Counts, change: Counts) -> Counts:
    """The counts of a node's values after a change; what falls to nothing is left out."""
    out = {prop: dict(values) for prop, values in counts.items()}
    for prop, values in change.items():
        of = out.setdefault(prop, {})
        for value, n in values.items():
            left = of.get(value, 0) + n
            if left > 0:
                of[value] = left
            else:
                of.pop(value, None)
        if not of:
            del out[prop]
    return out


def ranked(counts: Counts) -> dict[str, tuple[Scalar, ...]]:
    """Each property's values, the most often stated first, ties in the order of their text; so no order of loading shows."""
    return {
        prop: tuple(values)
        if len(values) == 1
        else tuple(sorted(values, key=lambda value: (-values[value], str(value))))
        for prop, values in sorted(counts.items())
    }


def packed(counts: Counts) -> dict[str, list[list[Scalar]]]:
    """Counts in the shape that stores keep as JSON (whose keys could not be numbers)."""
    return {prop: [[value, n] for value, n in values.items()] for prop, values in counts.items()}


def unpacked(kept: Mapping[str, list[list[Scalar]]]) -> Counts:
    """The inverse of `packed`."""
    return {prop: {value: int(n) for value, n in pairs} for prop, pairs in kept.items()}


Part = tuple[str, str | None, str | None, Mapping[str, Scalar], Inference | None]
"""What one record states of a link: the record, start, end, values, inference."""


def joined(kind: str, source: str, target: str, parts: list[Part]) -> Link:
    """One link from all that records state of it; observed when any of them states it outright."""
    if len(parts) == 1:
        record, start, end, values, inference = parts[0]
        return Link(kind, source, target, start, end, values, (record,), inference)
    parts = sorted(parts, key=lambda part: part[0])
    merged: dict[str, Scalar] = {}
    for _, _, _, values, _ in parts:
        merged = {**values, **merged}
    inferences = [i for *_, i in parts if i is not None]
    return Link(
        kind,
        source,
        target,
        min((s for _, s, _, _, _ in parts if s), default=None),
        max((e for _, _, e, _, _ in parts if e), default=None),
        merged,
        tuple(dict.fromkeys(record for record, *_ in parts)),
        max(inferences, key=lambda i: (i.probability, i.rule)) if len(inferences) == len(parts) else None,
    )


def search_text(node: Node, ontology: Ontology) -> str:
    """The terms that `search` finds a node by, separated by spaces; empty for kinds that are not searched."""
    searched = ontology.kinds[node.kind].search
    if not searched:
        return ""
    return " ".join(sorted({t for prop in searched for value in node.values.get(prop, ()) for t in terms(str(value))}))


def check(records: Iterable[Record], ontology: Ontology) -> None:
    """Refuses records that state what the ontology does not know, before a store has changed anything.

    Raises:
        HeadwaterError: A kind, property or link is unknown, or a link joins what no record mentions.
    """
    for record in records:
        mentioned = set()
        for mention in record.mentions:
            kind = ontology.kinds.get(kind_of(mention.node))
            if kind is None or not mention.values.keys() <= kind.properties.keys():
                raise HeadwaterError(
                    f"{record.id}#{mention.field}: the ontology has no such node or property: {mention}"
                )
            mentioned.add(mention.node)
        for link in record.links:
            known = ontology.links.get(link.kind)
            if (
                known is None
                or kind_of(link.source) not in known.sources
                or kind_of(link.target) not in known.targets
                or not link.values.keys() <= known.properties.keys()
            ):
                raise HeadwaterError(f"{record.id}: the ontology has no such link: {link}")
            if link.source not in mentioned or link.target not in mentioned:
                raise HeadwaterError(f"{record.id}: a link joins a node that the record does not mention: {link}")
