"""What a store keeps and answers with: records and what they state, nodes, links, and pages of them.

Ids are text. A node's is `Kind/key` (`Company/91330304MA6QDUMH3D`), the same on every store and every load; a record's
is `source:key` (`freight:FR13642721`); a place in a record is `source:key#field` (`freight:FR13642721#consignor`).
Dates are ISO 8601: `2025-08-16` for days, `2025-08-16T18:00:00+08:00` for times.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as by_default
from hashlib import blake2b
from itertools import islice
from typing import Literal, NamedTuple, TypeVar

Scalar = str | int | float | bool
Direction = Literal["out", "in", "both"]

_LONGEST_PAIR = 500
"""Characters of two ids that are read as they are."""
_NOTHING: Mapping[str, Scalar] = {}
"""What a mention or a link states that states no values; nobody changes it."""


def node_id(kind: str, key: str) -> str:
    """The id of the node of this kind and key."""
    return f"{kind}/{key}"


def kind_of(node: str) -> str:
    """The kind that a node's id names."""
    return node.partition("/")[0]


def key_of(node: str) -> str:
    """The key that a node's id holds."""
    return node.partition("/")[2]


def order_of(text: str) -> int:
    """The place of an id in the fixed order that every store uses: 63 bits of its BLAKE2b hash.

    Where an answer is cut, the same part of it must be left on every store and every load; a hash orders ids without
    favouring any.
    """
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 1


def pair_key(a: str, b: str) -> str:
    """The key of a record about two nodes, whichever comes first: both ids, or their hash where they are too long."""
    key = f"{min(a, b)} {max(a, b)}"
    return (
        key if len(key) <= _LONGEST_PAIR else blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    )


T = TypeVar("T")


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of at most `size`."""
    source = iter(items)
    while chunk := list(islice(source, size)):
        yield chunk


@dataclass(frozen=True, slots=True)
class Inference:
    """Why a link that no record states outright is believed: `rule` with its version, `probability` in 0..1."""

    rule: str
    probability: float
    reasons: tuple[str, ...] = ()


class Mention(NamedTuple):
    """A record speaks of a node: in which field, and which values of its properties it states there.

    A named tuple, as there are several a row: a frozen dataclass takes three times as long to make.
    """

    node: str
    field: str
    values: Mapping[str, Scalar] = _NOTHING


class StatedLink(NamedTuple):
    """A record states a link; `start` and `end` are days, as the link's kind dates them."""

    kind: str
    source: str
    target: str
    start: str | None = None
    end: str | None = None
    values: Mapping[str, Scalar] = _NOTHING
    inference: Inference | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a feed as it came, with all that is read from it.

    Attributes:
        source: Who says so: the name of the feed, or what the loader was told.
        key: The row's key in its source.
        file: The file it came in, as the loader names it: `parcels.csv`, `2025/parcels.csv`, `feeds.zip!orders.csv`;
            empty for one that came in none.
        row: The row's number in the file, from 1.
        digest: A hash of the raw row and of the mapping that read it; equal digests mean that nothing changed.
        raw: The row's own values, by column; rows that cannot be decoded are set aside instead.
        received: When it was first loaded in this form, an ISO time in UTC; set by the store.
        body: Its raw row and what it states as JSON, as `graph.packing.checked_body` makes it; empty before.
    """

    source: str
    key: str
    file: str
    row: int
    digest: str
    raw: Mapping[str, str]
    mentions: tuple[Mention, ...] = ()
    links: tuple[StatedLink, ...] = ()
    received: str = ""
    body: bytes = by_default(default=b"", compare=False, repr=False)

    @property
    def id(self) -> str:
        return f"{self.source}:{self.key}"


@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that could not be read with certainty, kept until it is corrected.

    `column` is None when the row as a whole is at fault; `raw` holds its very bytes, `values` what could be decoded.
    """

    source: str
    file: str
    row: int
    column: str | None
    reason: str
    raw: bytes
    values: Mapping[str, str]
    mapping: str
    id: str = ""
    received: str = ""


def quarantine_id(entry: SetAside) -> str:
    """The id of a row set aside, by where it stands and what it says.

    It is kept once however often it is loaded, and the same row of another day's file does not take its place.
    """
    return f"{entry.source}:{entry.file}:{entry.row}:{blake2b(entry.raw, digest_size=8).hexdigest()}"


@dataclass(frozen=True, slots=True)
class FileVersion:
    """The last version of a file that a source sent.

    Attributes:
        source: Who sent it.
        name: What it is called there.
        digest: The SHA-256 of its content, with a + behind it when it was added to what an earlier version said.
        mapping: The digest of the mapping by which it was read.
        rows: Its rows, but for those that say what an earlier one of them said; where it was added, those of all
            versions.
        set_aside: Those of them that could not be read.
        loaded: When, in UTC.
        complete: False when its load was cut off.
    """

    source: str
    name: str
    digest: str
    mapping: str
    rows: int
    set_aside: int
    loaded: str
    complete: bool


@dataclass(frozen=True, slots=True)
class Merged:
    """What a batch did, in records; `left_out` are derived ones about nodes that do not stand (see `graph.changes`)."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """A node with all values stated of it, the most often stated first (ties in the order of the text).

    `mentions` counts the places in records that speak of it.
    """

    id: str
    values: Mapping[str, tuple[Scalar, ...]]
    mentions: int = 0

    @property
    def kind(self) -> str:
        return kind_of(self.id)

    @property
    def key(self) -> str:
        return key_of(self.id)

    def get(self, name: str) -> Scalar | None:
        """The value most often stated of a property, or None."""
        values = self.values.get(name)
        return values[0] if values else None


@dataclass(frozen=True, slots=True)
class Link:
    """A link, with the earliest start and the latest end that its records give, and those records' ids, sorted.

    `inference` is None for an observed link; a link that one record states outright is observed. `newest` is the latest
    start that its records give: by it links are ordered.
    """

    kind: str
    source: str
    target: str
    start: str | None
    end: str | None
    values: Mapping[str, Scalar]
    records: tuple[str, ...]
    inference: Inference | None = None
    newest: str | None = by_default(default=None, compare=False, repr=False)

    def other(self, node: str) -> str:
        """The end that is not `node`."""
        return self.target if node == self.source else self.source

    def place(self, node: str, direction: Direction = "both") -> Place:
        """Where it stands around `node`; one that leads from a node to itself stands there twice."""
        way: Literal["out", "in"] = "in" if direction == "in" or node != self.source else "out"
        return Place(self.kind, way, self.newest, order_of(self.other(node)))


class Place(NamedTuple):
    """A place in the order of the links around a node, whether or not a link stands there now.

    They are ordered by kind, those that lead from the node before those that lead to it, the newest first (undated
    ones last), then in the fixed order of the other end, `order`.
    """

    kind: str
    direction: Literal["out", "in"]
    newest: str | None
    order: int

    @property
    def rank(self) -> tuple[str, bool, int, int]:
        """By which places are compared."""
        return self.kind, self.direction == "in", -int((self.newest or "0").replace("-", "")), self.order

    def is_behind(self, kind: str, direction: str) -> bool:
        """Whether it stands behind all links of a kind and direction."""
        return (self.kind, self.direction == "in") > (kind, direction == "in")

    def is_among(self, kind: str, direction: str) -> bool:
        """Whether it stands among the links of a kind and direction."""
        return (self.kind, self.direction) == (kind, direction)


@dataclass(frozen=True, slots=True)
class Cut:
    """What an expansion left out: of `total` links of a kind and direction at a node, the newest `kept` were given."""

    node: str
    kind: str
    direction: Direction
    total: int
    kept: int


@dataclass(frozen=True, slots=True)
class Expansion:
    """The links around some nodes, by node (newest first within a kind), and what was cut."""

    links: Mapping[str, Sequence[Link]]
    cut: Sequence[Cut] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """That a record says something of a node: where in the record, and which values."""

    record: str
    field: str
    values: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Matches:
    """Nodes that hold a text, with how many there are in all."""

    nodes: Sequence[str]
    total: int
