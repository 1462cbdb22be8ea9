"""A row and a mapping give a record: its mentions, its links, and what is doubtful about it.

A wrong check character, an impossible date or number, an empty key refuse the row. What is only unknown, or no
identifier at all where a person may write anything (a phone, a plate, an e-mail, an ICP number), is kept in the raw
row and counted as a doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from graph.errors import InvalidValue
from graph.identity import number_key
from ingest.mapping import ROW, Extraction, MappingFile, Template
from ingest.reading import Reading
from ingest.rules import LinkMaker, Span, Values, at, check_whole, dates_of, day, node_reader

TextReader = Callable[[Reading, str, str], None]
"""Adds to a reading what a text says of the node whose id is given."""


class Mapper:
    """A mapping made ready to read rows of one feed.

    Args:
        mapping: The mapping.
        readers: The readers of running text, by the name that `extract` calls them.
    """

    def __init__(self, mapping: MappingFile, readers: Mapping[str, TextReader]) -> None:
        self.mapping = mapping
        spans: dict[tuple[Template | None, Template | None], Span] = {}

        def span(start: Template | None, end: Template | None) -> Span:
            return spans.setdefault((start, end), Span(len(spans), start, end))

        places = {rule.name: place for place, rule in enumerate(mapping.nodes)}
        self._nodes = tuple(node_reader(rule, span(*dates_of(rule, mapping))) for rule in mapping.nodes)
        self._links = tuple(
            LinkMaker(rule, places[rule.source], places[rule.target], mapping, span(rule.start, rule.end))
            for rule in mapping.links
        )
        self._spans = len(spans)
        self._extract = tuple((e, places[e.node], readers[e.kind]) for e in mapping.extract)
        self._key = mapping.key.filler() if mapping.key else None

    def renamed(self, row: Values) -> Values:
        """The row with its columns as the mapping calls them."""
        rename = self.mapping.rename
        return {rename.get(c, c): v for c, v in row.items()} if rename else row

    def key(self, row: Values) -> str | None:
        """The key of a row, or None when rows of this feed have none.

        Raises:
            InvalidValue: It should have one, and it is empty.
        """
        if self._key is None:
            return None
        column = self.mapping.key.columns[0] if self.mapping.key else ""
        key = number_key(self._key(row))
        if not key:
            problem = "is empty; without it the row cannot be told from others"
            raise at(column, InvalidValue("key", "", "missing", problem))
        if "E+" in key:
            check_whole(column, key)
        return key

    def read(self, record: str, key: str, row: Values) -> Reading:
        """All that a row states.

        Raises:
            InvalidValue: Something in it is certain to be wrong; `column` says where.
        """
        reading = Reading(record, self._spans)
        cells = {column: text.strip() for column, text in row.items()}
        cells[ROW] = key
        for earlier, later in self.mapping.order:
            _in_order(earlier, later, cells)
        nodes = reading.nodes
        for node in self._nodes:
            nodes.append(node.read(reading, cells))
        for link in self._links:
            if nodes[link.source] and nodes[link.target]:
                link.make(reading, cells)
        for extraction, place, read in self._extract:
            _extracted(extraction, read, reading, nodes[place], cells)
        return reading


def _in_order(earlier: str, later: str, cells: Values) -> None:
    first, last = cells.get(earlier, ""), cells.get(later, "")
    if first and last and day(earlier, first) > day(later, last):
        raise at(later, InvalidValue(later, last, "order", f"is before {earlier} {first}"))


def _extracted(
    extraction: Extraction, read: TextReader, reading: Reading, nodes: tuple[str, ...], cells: Values
) -> None:
    text = "\n".join(part for column in extraction.columns if (part := cells.get(column, "")))
    if text:
        for node in nodes:
            read(reading, node, text)
