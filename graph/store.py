"""What a store is asked for: sets of nodes and links by their ids, and batches of records to keep.

Every method takes and gives sets, so that a question costs one round trip a step whatever the store. Two stores fulfil
this protocol, `graph.embedded` (SQLite) and `graph.server` (Neo4j), with equal answers; one contract suite runs on
both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from graph.errors import StoreBusy, StoreIncompatible
from graph.model import (
    Direction,
    Expansion,
    FileVersion,
    Link,
    Matches,
    Merged,
    Node,
    Place,
    Record,
    SetAside,
    Statement,
)

SCHEMA = 2
"""The version of what a store keeps; a store of another one is refused."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a store holds: nodes and links by kind, records and rows set aside by source."""

    nodes: Mapping[str, int]
    links: Mapping[str, int]
    records: Mapping[str, int]
    set_aside: Mapping[str, int]


class Store(Protocol):
    """A graph of records, nodes and links.

    All methods raise `StoreUnavailable`, `StoreIncompatible` or `StoreReadOnly` when the store cannot answer. Writing
    methods are atomic: killed at any moment, a store is as before or after the call. One object serves one thread at a
    time; any number of them may have one store open, of which one writes at a time and the others wait.

    What is written as part of `loading` a version of a file is refused with `StoreBusy` once another version of
    that file was begun, or the file was dropped: two versions must not mix.
    """

    url: str
    """Where the store is, without a password."""
    rows_at_once: int
    """Records of usual length that one `merge` takes well."""

    def get(self, ids: Iterable[str]) -> dict[str, Node]:
        """The nodes of these ids; unknown ids are left out."""
        ...

    def find(self, kind: str, name: str, values: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Value -> sorted ids of the nodes of a kind that state it of a property marked `also` in the ontology."""
        ...

    def search(self, terms: Sequence[str], kinds: Collection[str] | None = None, limit: int = 100) -> Matches:
        """The nodes that hold all terms (see `graph.terms`), each as a prefix; at most `limit`, in the fixed order."""
        ...

    def expand(
        self,
        ids: Iterable[str],
        kinds: Collection[str] | None = None,
        direction: Direction = "both",
        start: str | None = None,
        end: str | None = None,
        limit: int = 100,
        after: Place | None = None,
    ) -> Expansion:
        """The links around nodes, of these kinds, whose dates touch `start`..`end` (days; undated links always do).

        At most `limit` links per node, kind and direction are given, the newest first (by latest start, undated ones
        last, then in the fixed order of the other end's id, `model.order_of`); what is cut is told with its total.
        With `after` only those that stand behind a place are given and counted.
        """
        ...

    def degrees(self, ids: Iterable[str]) -> dict[str, dict[tuple[str, Direction], int]]:
        """Id -> (link kind, `out` or `in`) -> how many links; unknown ids are left out."""
        ...

    def statements(
        self, ids: Iterable[str], limit: int = 100, after: tuple[int, str] | None = None
    ) -> dict[str, tuple[Statement, ...]]:
        """Id -> what records say of the node, at most `limit`, in the fixed order of the records, then by field.

        With `after` only what stands behind a place in that order: a record's, by `model.order_of`, and a field.
        """
        ...

    def records(self, ids: Iterable[str]) -> dict[str, Record]:
        """The records of these ids; unknown ids are left out."""
        ...

    def digests(self, ids: Iterable[str]) -> dict[str, str]:
        """Record id -> digest; unknown ids are left out."""
        ...

    def merge(
        self, records: Sequence[Record], set_aside: Sequence[SetAside] = (), *, loading: FileVersion | None = None
    ) -> Merged:
        """Keeps a batch: new records are added, changed ones replace what they stated before, equal ones do nothing.

        Raises:
            HeadwaterError: A record states what the ontology does not know; nothing of the batch is kept.
        """
        ...

    def hold(self, digests: Mapping[str, str], file: str, *, loading: FileVersion | None = None) -> set[str]:
        """Notes that records stand in this file of their source too, so that they outlast another file's correction.

        Args:
            digests: The digests that the records must have, by their ids; others are left alone.

        Returns:
            The ids of those that are held.
        """
        ...

    def retract(self, ids: Iterable[str], file: str | None = None, *, loading: FileVersion | None = None) -> int:
        """Takes records back with all that only they state; gives how many.

        With `file`, the records are taken out of that file, and kept when another file of their source holds them.
        """
        ...

    def record_ids(self, source: str, file: str | None = None) -> Iterator[str]:
        """The ids of a source's records, or of those that came in one of its files; may change while it runs."""
        ...

    def files(self) -> list[FileVersion]:
        """The files that were loaded, by source and name."""
        ...

    def note_file(self, file: FileVersion, *, loading: FileVersion | None = None) -> None:
        """Keeps how far the load of a file came, in place of what was noted of it before."""
        ...

    def drop_file(self, source: str, name: str) -> None:
        """Forgets that a file was loaded."""
        ...

    def quarantine(self, source: str | None = None, file: str | None = None) -> Iterator[SetAside]:
        """The rows set aside, by source, file and row."""
        ...

    def release(self, ids: Iterable[str], *, loading: FileVersion | None = None) -> int:
        """Removes rows from quarantine; gives how many."""
        ...

    def nodes(self, kinds: Collection[str] | None = None) -> Iterator[Node]:
        """All nodes, of these kinds, by kind and then in the fixed order; a state of one moment."""
        ...

    def links(self, kinds: Collection[str] | None = None) -> Iterator[Link]:
        """All links, of these kinds, by kind and then in the fixed order of their ends; a state of one moment."""
        ...

    def all_records(self) -> Iterator[Record]:
        """All records, by source and key; a state of one moment, so that a backup is whole."""
        ...

    def changes(self, since: int = 0) -> tuple[int, tuple[str, ...]]:
        """The number of the last change, and the ids of the nodes that stand and were changed after change `since`."""
        ...

    def counts(self, *, links: bool = True) -> Counts:
        """How much the store holds; without its `links`, where they would take a while to count for nothing."""
        ...

    def wipe(self) -> None:
        """Empties the store."""
        ...

    def close(self) -> None:
        """Ends the use of the store."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


def refuse_schema(found: int, where: str) -> None:
    """Raises StoreIncompatible unless a store is of this program's schema."""
    if found > SCHEMA:
        raise StoreIncompatible(
            f"{where}: written by a newer Headwater (schema {found}, this one knows {SCHEMA}); update Headwater"
        )
    if found < SCHEMA:
        raise StoreIncompatible(
            f"{where}: written by an older Headwater (schema {found}, this one knows {SCHEMA}); "
            "load its files into a new store"
        )


def refuse_other(found: Sequence[str] | None, loading: FileVersion, where: str) -> None:
    """Raises StoreBusy unless the digest and the mapping last noted of a file are those of its version."""
    if found is None or tuple(found) != (loading.digest, loading.mapping):
        raise StoreBusy(
            f"{where}: another process has begun to load another version of {loading.name} of {loading.source}, or has "
            "forgotten it; load this one again when that has ended"
        )
