"""What a batch of records changes in the graph, worked out once for every store.

Records state, nodes and links follow: a node exists while a record mentions it, holds each value as many times as
records state it, and a link exists while a record states it. So a batch is a sum of additions and removals, in any
order.

Records of the source `identity` are derived: worked out from all others, by a model and for a while. They link nodes
and hold none. When a node goes, the derived records that speak of it go with it; one that speaks of a node that does
not stand is not kept, so they are loaded after what they are about, or made anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite

from graph.errors import HeadwaterError
from graph.model import Inference, Link, Mention, Record, Scalar, StatedLink, kind_of
from graph.ontology import SAME, Ontology
from graph.terms import terms

LONGEST_SOURCE = 100
LONGEST_RECORD_KEY = 1000
LONGEST_NODE_KEY = 1500
"""Characters: every store can index as many. A node's key may hold a record's whole id, and a field."""

DERIVED = "identity"
"""The source of derived records."""
DERIVED_LINK = SAME
"""The kind of the links that they state."""
JUDGED = "judged"
"""The source of what people judged; its records are as any others."""
RESERVED = (DERIVED, JUDGED)
"""Sources that no feed may be loaded under."""


def is_judged(record: str) -> bool:
    """Whether a record, by its id, is what a person judged."""
    return record.startswith(f"{JUDGED}:")


Counts = dict[str, dict[Scalar, int]]
"""Property -> value -> how many mentions state it."""


@dataclass(slots=True)
class NodeChange:
    """By how much a node's mentions and the counts of its values change."""

    mentions: int = 0
    counts: Counts = field(default_factory=dict)


@dataclass(slots=True)
class Changes:
    """All that a batch changes; removals come before additions."""

    nodes: dict[str, NodeChange] = field(default_factory=dict)
    removed: list[Record] = field(default_factory=list)
    added: list[Record] = field(default_factory=list)

    def add(self, record: Record, sign: int) -> None:
        """Counts in what `record` states, each thing `once` (`sign` 1), or counts it out (`sign` -1)."""
        (self.added if sign > 0 else self.removed).append(record)
        nodes = self.nodes
        for node, _, values in record.mentions:
            change = nodes.get(node)
            if change is None:
                change = nodes[node] = NodeChange()
            change.mentions += sign
            if values:
                counts = change.counts
                for prop, value in values.items():
                    of = counts.get(prop)
                    if of is None:
                        counts[prop] = {value: sign}
                    else:
                        of[value] = of.get(value, 0) + sign

    def spoken_of(self) -> set[str]:
        """The nodes of which it must be known whether they stand: those that are mentioned, and those that are linked
        by derived records alone."""
        derived = (record for part in (self.added, self.removed) for record in part if record.source == DERIVED)
        return {*self.nodes, *(end for record in derived for end in linked(record))}

    def settle(self, mentions: Mapping[str, int]) -> set[str]:
        """Leaves out the derived records that would speak of a node that does not stand after the batch.

        Args:
            mentions: How many mentions the nodes have before the batch; those that are missing have none.

        Returns:
            The ids of what was left out.
        """
        after = {end: self._after(end, mentions) for r in self.added if r.source == DERIVED for end in linked(r)}
        unfounded = {r.id for r in self.added if r.source == DERIVED and any(after[end] <= 0 for end in linked(r))}
        if unfounded:
            self.added = [record for record in self.added if record.id not in unfounded]
        return unfounded

    def gone(self, mentions: Mapping[str, int]) -> list[str]:
        """The nodes that stand before the batch and not after it; `mentions` as for `settle`."""
        return [node for node in self.nodes if mentions.get(node, 0) > 0 >= self._after(node, mentions)]

    def _after(self, node: str, mentions: Mapping[str, int]) -> int:
        change = self.nodes.get(node)
        return mentions.get(node, 0) + (change.mentions if change is not None else 0)


def linked(record: Record) -> set[str]:
    """The nodes that a record links."""
    return {end for link in record.links for end in (link.source, link.target)}


def once(record: Record) -> Record:
    """A record that names each place and each link once; of what it states twice the first values count.

    A derived one mentions nothing, as it holds no node.
    """
    if record.source == DERIVED and record.mentions:
        record = replace(record, mentions=())
    if len({mention[:2] for mention in record.mentions}) < len(record.mentions):
        mentions: dict[tuple[str, str], Mention] = {}
        for mention in record.mentions:
            node, place, values = mention
            first = mentions.get((node, place))
            mentions[node, place] = mention if first is None else Mention(node, place, {**values, **first.values})
        record = replace(record, mentions=tuple(mentions.values()))
    if len({link[:3] for link in record.links}) < len(record.links):
        links: dict[tuple[str, str, str], list[Part]] = {}
        for link in record.links:
            part = (record.id, link.start, link.end, link.values, link.inference)
            links.setdefault(link[:3], []).append(part)
        once = [joined(*between, parts) for between, parts in links.items()]
        record = replace(
            record,
            links=tuple(StatedLink(k.kind, k.source, k.target, k.start, k.end, k.values, k.inference) for k in once),
        )
    return record


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
    """Each property's values, the most often stated first.

    Ties are in the order of their text, so that no order of loading shows.
    """
    return {
        prop: tuple(values)
        if len(values) == 1
        else tuple(sorted(values, key=lambda value: (-values[value], str(value))))
        for prop, values in sorted(counts.items())
    }


def packed(counts: Counts) -> dict[str, list[tuple[Scalar, int]]]:
    """Counts in the shape that stores keep as JSON (whose keys could not be numbers)."""
    return {prop: list(values.items()) for prop, values in counts.items()}


def unpacked(kept: Mapping[str, list[list[Scalar]]]) -> Counts:
    """The inverse of `packed`."""
    return {prop: {value: int(n) for value, n in pairs} for prop, pairs in kept.items()}


Part = tuple[str, str | None, str | None, Mapping[str, Scalar], Inference | None]
"""What one record states of a link: the record, start, end, values, inference."""


def joined(kind: str, source: str, target: str, parts: list[Part]) -> Link:
    """One link from all that records state of it; observed when any of them states it outright."""
    if len(parts) == 1:
        record, start, end, values, inference = parts[0]
        return Link(kind, source, target, start, end, values, (record,), inference, start)
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
        max((s for _, s, _, _, _ in parts if s), default=None),
    )


def search_text(kind: str, values: Mapping[str, Iterable[Scalar]], ontology: Ontology) -> str:
    """The terms that `search` finds a node by, separated by spaces; empty for kinds that are not searched."""
    searched = ontology.kinds[kind].search
    found = {term for prop in searched if prop in values for value in values[prop] for term in terms(str(value))}
    return " ".join(sorted(found)) if found else ""


class Check:
    """Refuses records that state what an ontology does not know, before a store has changed anything.

    A feed has few shapes of mentions and links, so each shape is compared with the ontology once.
    """

    __slots__ = ("_joins", "_ontology", "_said")

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        self._said: set[str | tuple[str, ...]] = set()
        self._joins: set[tuple[str, ...]] = set()

    def __call__(self, record: Record) -> None:
        """Checks one record.

        Raises:
            HeadwaterError: A kind, property or link is unknown, a link joins what the record does not mention, or a key
                or a value is none that every store could keep.
        """
        name = record.id
        _check_key(record.key, LONGEST_RECORD_KEY, name)
        _check_text(f"{name}{record.file}{record.digest}", name)
        if not 0 < len(record.source) <= LONGEST_SOURCE or ":" in record.source:
            raise HeadwaterError(
                f"{name}: a source's name has 1 to {LONGEST_SOURCE} characters and no colon, not {record.source!r}"
            )
        kinds: dict[str, str] = {}
        said, joins = self._said, self._joins
        if record.source == DERIVED:
            kinds = {end: kind_of(end) for end in linked(record)}
            if other := next((link.kind for link in record.links if link.kind != DERIVED_LINK), None):
                raise HeadwaterError(f"{name}: records of {DERIVED} state {DERIVED_LINK} alone, not {other}")
        for node, place, values in record.mentions if record.source != DERIVED else ():
            kind, _, key = node.partition("/")
            if not 0 < len(key) <= LONGEST_NODE_KEY:
                _check_key(key, LONGEST_NODE_KEY, name)
            kinds[node] = kind
            if values or kind not in said:
                shape = (kind, *values)
                if shape not in said:
                    of = self._ontology.kinds.get(kind)
                    if of is None or not set(values) <= of.properties.keys():
                        raise HeadwaterError(
                            f"{name}#{place}: the ontology has no such node or property: {node}, {sorted(values)}"
                        )
                    said |= {shape, kind}
                for value in values.values():
                    if value.__class__ is not str:
                        _check_value(value, name)
        for kind, source, target, _, _, values, _ in record.links:
            if source not in kinds or target not in kinds:
                raise HeadwaterError(
                    f"{name}: a link joins a node that the record does not mention: {source} {kind} {target}"
                )
            join = (kind, kinds[source], kinds[target], *values)
            if join not in joins:
                known = self._ontology.links.get(kind)
                if (
                    known is None
                    or join[1] not in known.sources
                    or join[2] not in known.targets
                    or not set(values) <= known.properties.keys()
                ):
                    raise HeadwaterError(
                        f"{name}: the ontology has no such link: {source} {kind} {target}, {sorted(values)}"
                    )
                joins.add(join)
            for value in values.values():
                if value.__class__ is not str:
                    _check_value(value, name)


def _check_key(key: str, longest: int, record: str) -> None:
    if not 0 < len(key) <= longest:
        raise HeadwaterError(f"{record}: a key has 1 to {longest} characters, not {len(key)}")


def _check_text(text: str, record: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise HeadwaterError(f"{record!r}: holds what cannot be kept: {error}") from None


def _check_value(value: Scalar, record: str) -> None:
    kept = isinstance(value, str)
    if isinstance(value, int):
        kept = -(2**63) <= value < 2**63
    if not kept and not (isinstance(value, float) and isfinite(value)):
        raise HeadwaterError(f"{record}: {value!r} is no value that can be kept")
