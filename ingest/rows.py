"""Rows on their way into a store: each with its key, its digest, and what a mapping reads from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import NamedTuple

from graph import packing
from graph.changes import Check
from graph.errors import HeadwaterError, InvalidValue
from graph.model import Record, SetAside
from graph.ontology import ontology
from ingest.mapper import Mapper
from ingest.mapping import MappingFile
from ingest.readers import Row

ROW_BYTES = 128
"""Bytes of a row for which a batch is measured: of longer rows it holds fewer, since all they state is in memory."""

UNTRUSTED = "the row cannot be read with certainty: "
"""How the reason of a row begins whose cells cannot be trusted: to read them again would be to guess."""


class Read(NamedTuple):
    """A row with what is known of it.

    Attributes:
        key: Its key, "" when it has none that can be trusted.
        digest: A hash of its bytes and of the mapping, so that equal digests mean that nothing changed.
        doubts: (column, doubt) of what is kept though something in it is unknown.
        fault: (column, reason) when it is to be set aside.
        body: That of its record, as `graph.packing.checked_body` makes it, once the mapping has read it without fault;
            the row's own values are then to be had from it, and need not stand in `row`.
        is_mapped: Whether the mapping has read it; one that the store holds already need not be.
    """

    row: Row
    key: str
    digest: str
    doubts: tuple[tuple[str, str], ...] = ()
    fault: tuple[str | None, str] | None = None
    body: bytes = b""
    is_mapped: bool = False


class RowReader:
    """Reads the rows of one feed of one source by a mapping."""

    def __init__(self, mapping: MappingFile, source: str) -> None:
        readers = {}
        if mapping.extract:
            # Only feeds with running text pay for loading what reads it.
            from ingest.texts import READERS

            readers = READERS
        self.mapper = Mapper(mapping, readers)
        self.mapping = mapping
        self.source = source
        self._check = Check(ontology())
        self._salt = f"{mapping.digest} ".encode()

    def identified(self, row: Row) -> Read:
        """A row with its key and digest."""
        digest = blake2b(self._salt + row.raw, digest_size=16).hexdigest()
        if row.problem is not None:
            return Read(row, "", digest, fault=(row.problem_column, UNTRUSTED + row.problem), is_mapped=True)
        try:
            key = self.mapper.key(self.mapper.renamed(row.values)) or self._content(row)
        except InvalidValue as error:
            return Read(row, "", digest, fault=(error.column, error.detail), is_mapped=True)
        return Read(row, key, digest)

    def mapped(self, read: Read) -> Read:
        """A row with what its mapping reads from it."""
        values = self.mapper.renamed(read.row.values)
        try:
            found = self.mapper.read(f"{self.source}:{read.key}", read.key, values)
        except InvalidValue as error:
            return read._replace(fault=(error.column, str(error)), is_mapped=True)
        doubts = tuple(set(found.doubts)) if found.doubts else ()
        stated = (tuple(found.mentions), tuple(found.links))
        record = Record(self.source, read.key, "", read.row.number, read.digest, read.row.values, *stated)
        try:
            # Something in a row may be more than any store can keep: a key of thousands of characters, say.
            body = packing.checked_body(record, self._check)
        except HeadwaterError as error:
            return read._replace(fault=(None, UNTRUSTED + str(error)), is_mapped=True)
        return Read(read.row, read.key, read.digest, doubts, None, body, True)

    def record(self, read: Read, file: str) -> Record:
        """What a store keeps of a row that was read without fault."""
        row = (self.source, read.key, file, read.row.number, read.digest, "", read.body)
        return packing.record(row, is_prepared=True)

    def set_aside(self, read: Read, file: str, column: str | None, reason: str) -> SetAside:
        """What a store keeps of a row that could not be read."""
        row = read.row
        values = packing.raw_of(read.body) if read.body else row.values
        return SetAside(self.source, file, row.number, column, reason, row.raw, values, self.mapping.name)

    def presumed_key(self, row: Row) -> str:
        """The key of a row that cannot be trusted, as far as it can be seen; "" when it cannot."""
        try:
            return self.mapper.key(self.mapper.renamed(row.values)) or ""
        except InvalidValue:
            return ""

    def _content(self, row: Row) -> str:
        """The key of a row whose feed has none: what stands in it, whatever mapping reads it."""
        return blake2b(row.raw, digest_size=16).hexdigest()


def batched(rows: Iterable[Read], size: int, first: int | None = None) -> Iterator[list[Read]]:
    """The rows in lists of at most `size`, shorter where the rows are long.

    The first list holds `first` rows at the most and each further one twice as many: who writes need not wait long.
    """
    most = min(first or size, size)
    batch: list[Read] = []
    weight = 0
    for row in rows:
        batch.append(row)
        weight += len(row.row.raw)
        if len(batch) == most or weight > most * ROW_BYTES:
            yield batch
            batch, weight, most = [], 0, min(2 * most, size)
    if batch:
        yield batch
