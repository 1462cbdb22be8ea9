"""What an answer holds that must be looked at before it is shown, gathered so that the store is asked once for all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

from api.masks.rules import rules
from graph.changes import JUDGED, RESERVED
from graph.model import Link, Record, Scalar, StatedLink
from graph.ontology import SAME, ontology

_NOTHING: Mapping[str, Scalar] = {}
_OWN = re.compile(r"[0-9]{6,12}\||[0-9]{1,9}$")
"""What of a key is nobody's number: the code of an address's division, and the whole of a short number that a register
gave, which somebody may have for a handle by chance."""


@dataclass(slots=True)
class Sought:
    """What an answer holds that must be looked at before it is shown.

    Attributes:
        ids: Nodes.
        keys: Keys of records and cells of raw rows: of a hidden node they hold the number, too.
        texts: Values, and keys that a register gave or that were read from other values.
        sounds: Names, whose keys are the sound of what was written.
    """

    ids: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    sounds: set[str] = field(default_factory=set)

    def node(self, node: str, values: Mapping[str, Scalar] | Mapping[str, tuple[Scalar, ...]] = _NOTHING) -> None:
        """A node, with its values where they are shown."""
        kind, _, key = node.partition("/")
        rule = rules().of.get(kind)
        if node not in self.ids:
            self.ids.add(node)
            if rule is not None and rule.key:
                if rule.key == "record":
                    self.keys.add(record_of(key))
                elif rule.key == "sound":
                    self.sounds.add(node)
                else:
                    self.texts.add(without_own(key))
        if values and rule is not None:
            for name in rule.texts & values.keys():
                value = values[name]
                self.texts.update(map(str, value) if isinstance(value, tuple) else (str(value),))

    def link(self, link: Link | StatedLink) -> None:
        """A link with its ends and records."""
        self.node(link.source)
        self.node(link.target)
        if link.values:
            self.texts.update(value for value in link.values.values() if isinstance(value, str))
        if link.inference is not None:
            self.texts.update(link.inference.reasons)
        if isinstance(link, Link):
            for record in link.records:
                self.record(record)

    def record(self, record: str) -> None:
        """The id of a record."""
        self.keys.add(record.partition(":")[2])
        for node in ends_of(record):
            self.node(node)

    def row(self, record: Record) -> None:
        """A record with its raw row and what it states."""
        self.record(record.id)
        self.keys.update(record.raw.values())
        self.texts.add(record.file)
        for mention in record.mentions:
            self.node(mention.node, mention.values)
        for link in record.links:
            self.link(link)
        if record.source == JUDGED:
            for column in ("a", "b"):
                self.node(record.raw[column])


def is_of_pair(record: str) -> bool:
    """Whether a record is about who is who, so that its key is made of the ids of two nodes."""
    return record.partition(":")[0] in RESERVED


@lru_cache(maxsize=1 << 12)
def ends_of(record: str) -> tuple[str, ...]:
    """The nodes that the key of a record about two of them names, wherever it may be parted; () of any other."""
    if not is_of_pair(record):
        return ()
    key = record.partition(":")[2]
    parts = [found.start() for found in _second().finditer(key)]
    return tuple(dict.fromkeys(end for at in parts for end in (key[:at], key[at + 1 :])))


@cache
def _second() -> re.Pattern[str]:
    return re.compile(f" (?=(?:{'|'.join(sorted(ontology().links[SAME].sources))})/)")


def record_of(key: str) -> str:
    """The key of the record that a mention stands in, from the mention's own key, `source:key#field`."""
    within = key.partition(":")[2]
    return within.rpartition("#")[0] or within


def without_own(key: str) -> str:
    """A key that a register gave, or that of an address, without what is nobody's number."""
    return _OWN.sub("", key, 1) if _OWN.match(key) else key
