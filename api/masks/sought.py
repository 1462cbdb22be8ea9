"""What an answer holds that must be looked at before it is shown, gathered so that the store is asked once for all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from api.masks.personal import is_promising, rules
from graph.model import Link, Record, Scalar, StatedLink

_NOTHING: Mapping[str, Scalar] = {}


@dataclass(slots=True)
class Sought:
    """What an answer holds that must be looked at before it is shown.

    Attributes:
        ids: Nodes.
        keys: Keys of records and cells of raw rows: each of their words may be a number of somebody's.
        texts: Values, and keys that some register gave: they may hold what looks like such a number.
    """

    ids: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)

    def node(self, node: str, values: Mapping[str, Scalar] | Mapping[str, tuple[Scalar, ...]] = _NOTHING) -> None:
        """A node, with its values where they are shown."""
        if node not in self.ids:
            self.ids.add(node)
            kind, _, key = node.partition("/")
            rule = rules().of.get(kind)
            if rule is not None and rule.register:
                if rule.register == "record":
                    self.keys.add(record_of(key))
                elif is_promising(key):
                    self.texts.add(key)
        if values and (rule := rules().of.get(node.partition("/")[0])) is not None:
            for name in rule.texts & values.keys():
                value = values[name]
                for one in value if isinstance(value, tuple) else (value,):
                    if is_promising(text := str(one)):
                        self.texts.add(text)

    def link(self, link: Link | StatedLink) -> None:
        """A link with its ends and records."""
        self.node(link.source)
        self.node(link.target)
        for value in (*link.values.values(), *(link.inference.reasons if link.inference is not None else ())):
            if isinstance(value, str) and is_promising(value):
                self.texts.add(value)
        if isinstance(link, Link):
            for record in link.records:
                self.record(record)

    def record(self, record: str) -> None:
        """The id of a record."""
        self.keys.add(record.partition(":")[2])

    def row(self, record: Record) -> None:
        """A record with its raw row and what it states."""
        self.record(record.id)
        self.keys.update(filter(is_promising, record.raw.values()))
        for mention in record.mentions:
            self.node(mention.node, mention.values)
        for link in record.links:
            self.link(link)


def record_of(key: str) -> str:
    """The key of the record that a mention stands in, from the mention's own key, `source:key#field`."""
    within = key.partition(":")[2]
    return within.rpartition("#")[0] or within
