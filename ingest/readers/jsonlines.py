"""JSON Lines: one object a line; a line that is none is a problem of its own and of no other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from graph.errors import UnreadableFile
from ingest.readers.encoding import Encoding, find_encoding
from ingest.readers.epcis import COLUMNS, event_values, is_event
from ingest.readers.jsonvalues import DECODER, checked, flat, union
from ingest.readers.lines import bare, blocks
from ingest.readers.source import Progress, Source
from ingest.readers.table import SAMPLE_ROWS, Row, Table


def tables(source: Source) -> Iterator[Table]:
    """The one table of a JSON Lines file; events of EPCIS are laid flat as such.

    Raises:
        UnreadableFile: The file is no text, or none of its first lines is an object.
    """
    encoding = find_encoding(source)
    sample = list(islice(_rows(source, encoding, (), Progress(), events=False), SAMPLE_ROWS))
    good = [row for row in sample if row.values]
    if not good:
        why = sample[0].problem if sample else "It is empty."
        raise UnreadableFile(f"{source.where}: no line is a JSON object. {why} Give one object a line")
    events = is_event(_parsed(good[0].raw.decode(encoding.codec, "replace"))[0])
    if events:
        parsed = (_parsed(row.raw.decode(encoding.codec, "replace"))[0] for row in good)
        columns = union((COLUMNS, *(checked(event_values(value))[0] for value in parsed)))
    else:
        columns = union(row.values for row in good)
    progress = Progress()
    rows = _rows(source, encoding, columns, progress, events=events)
    kind = "epcis" if events else "jsonl"
    yield Table(source.name, kind, encoding.name, columns, rows, source.size, progress.position)


def _rows(
    source: Source, encoding: Encoding, columns: tuple[str, ...], progress: Progress, *, events: bool
) -> Iterator[Row]:
    lay = event_values if events else flat
    empty = dict.fromkeys(columns, "")
    with source.open() as stream:
        progress.follow(stream)
        for block in blocks(stream, encoding):
            for index, (raw, text) in enumerate(zip(block.raw, block.text, strict=True)):
                if not text.strip(" \t\r\n\x1a\ufeff"):
                    continue
                number, kept, damage = block.number + index, bare(raw, encoding), block.damage.get(index)
                value, problem = _parsed(text)
                if problem is not None:
                    yield Row(number, dict(empty), kept, damage or problem)
                    continue
                laid = lay(value)
                values, problem, column = checked(laid) if "\\u" in text else laid
                if damage:
                    problem, column = damage, next((name for name in values if "\ufffd" in values[name]), None)
                yield Row(number, empty | values, kept, problem, column)


def _parsed(text: str) -> tuple[dict[str, Any], str | None]:
    """A line's object, or an empty one and why there is none."""
    try:
        value = DECODER.decode(text.strip(" \t\r\n\x1a\ufeff"))
    except (ValueError, RecursionError) as error:
        return {}, f"The line is no JSON ({_reason(error)})."
    if not isinstance(value, dict):
        return {}, "The line is JSON but no object."
    return value, None


def _reason(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)
