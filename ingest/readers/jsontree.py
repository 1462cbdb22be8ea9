"""JSON documents, in a stream: an array of objects, an object with lists of objects inside, an EPCIS document.

A document is walked twice. The first walk reads it to its end, so that a broken or cut-off document stops before any
row is given, and learns where its lists are and which columns they have; the second gives the rows of one list.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from graph.errors import UnreadableFile
from ingest.readers.encoding import Encoding, find_encoding
from ingest.readers.epcis import COLUMNS, DOCUMENTS, event_values, is_event
from ingest.readers.jsonlists import Found, Lists, Path
from ingest.readers.jsonvalues import DECODER, as_text, checked, clean, flat, union
from ingest.readers.source import Progress, Source, Stream
from ingest.readers.table import LONGEST_ROW, MIB, Row, Table

BLOCK = MIB // 4
SMALL = MIB
"""Characters of a document that is looked at as a whole, since it may be one event or one object."""
SPACE = re.compile(r"[ \t\r\n]*")


def tables(source: Source) -> Iterator[Table]:
    """The tables of a JSON document, one for each list of objects in it; one object alone is a table of one row.

    Raises:
        UnreadableFile: The document is broken or cut off, or holds no object.
    """
    encoding = find_encoding(source)
    lists = Lists()
    for found in _walk(source, encoding, Progress()):
        lists.note(found, source.where)
    epcis = lists.beside.get(("type",)) in DOCUMENTS or lists.beside.get(("@type",)) in DOCUMENTS
    paths = [path for path in lists.heads if not epcis or path[-1:] == ("eventList",)]
    if epcis and not paths:
        paths = [path for path in lists.beside if path[-1:] == ("eventList",)]
    if not paths:
        raise UnreadableFile(f"{source.where}: the document holds no list of objects; give an array of objects")
    preamble = tuple(
        clean(f"{'.'.join(path)}: {_told(value)}") for path, value in lists.beside.items() if path not in paths
    )
    if lists.untold:
        preamble += (f"{lists.untold} more values",)
    preamble += tuple(clean(f"{'.'.join(path)}: a list that is not read") for path in lists.heads if path not in paths)
    for path in paths:
        head = lists.heads.get(path, [])
        events = epcis or bool(head) and is_event(head[0])
        columns = union((COLUMNS, *(checked(event_values(value))[0] for value in head))) if events else _columns(head)
        name = source.name if len(paths) == 1 else f"{source.name}#{clean('.'.join(path))}"
        progress = Progress()
        rows = _rows(source, encoding, path, columns, progress, events=events)
        kind = "epcis" if events else "json"
        yield Table(name, kind, encoding.name, columns, rows, source.size, progress.position, preamble)


def _told(value: Any) -> str:
    try:
        return as_text(value)[:200]
    except ValueError as error:
        return str(error)


def _columns(head: list[dict[str, Any]]) -> tuple[str, ...]:
    return union(checked(flat(value))[0] for value in head)


def _rows(
    source: Source, encoding: Encoding, path: Path, columns: tuple[str, ...], progress: Progress, *, events: bool
) -> Iterator[Row]:
    lay = event_values if events else flat
    empty = dict.fromkeys(columns, "")
    begun = False
    for found in _walk(source, encoding, progress):
        if found.path != path or found.place == 0:
            if begun:
                break
            continue
        begun = True
        raw = found.text.encode(encoding.codec, "surrogatepass" if encoding.is_wide else "surrogateescape")
        if not isinstance(found.value, dict):
            yield Row(found.place, dict(empty), raw, "The element is no object.")
            continue
        laid = lay(found.value)
        values, problem, column = checked(laid) if _is_doubtful(found.text) else laid
        yield Row(found.place, empty | values, raw, problem, column)


def _is_doubtful(text: str) -> bool:
    return not text.isascii() or "\\u" in text or "\0" in text


def _walk(source: Source, encoding: Encoding, progress: Progress) -> Iterator[Found]:
    with source.open() as stream:
        progress.follow(stream)
        document = _Document(source.where, stream, encoding)
        if document.is_small() and (alone := document.alone()):
            yield alone
            return
        yield from document.walk((), 0)
        if document.peek():
            raise document.error("there is more after the document's end; give one array of objects, or JSON Lines")


class _Document:
    """The text of a document, a stretch at a time."""

    def __init__(self, where: str, stream: Stream, encoding: Encoding) -> None:
        stream.read(encoding.mark)
        errors = "surrogatepass" if encoding.is_wide else "surrogateescape"
        self._where = where
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding.codec)(errors)
        self._text = ""
        self._at = 0
        self._line = 1
        self._ended = False

    def error(self, what: str, at: int | None = None) -> UnreadableFile:
        line = self._line + self._text.count("\n", 0, self._at if at is None else at)
        return UnreadableFile(f"{self._where}, line {line}: {what}")

    def is_small(self) -> bool:
        """Whether the whole document fits in what is read at once."""
        while len(self._text) < SMALL and self._fill():
            pass
        return self._ended

    def alone(self) -> Found | None:
        """The document as one row, when it is one event or an object without lists of objects."""
        if self.peek() != "{":
            return None
        value, text = self._value()
        if self.peek() == "" and (is_event(value) or not _has_lists(value)):
            return Found((), 1, value, text)
        self._at = 0
        return None

    def walk(self, path: Path, depth: int) -> Iterator[Found]:
        """Every element of every list of objects, and the values beside them, in the document's order."""
        start = self.peek()
        if start == "{" and depth < 20 and not path[-1:] == ("@context",):
            yield from self._walk_object(path, depth)
        elif start == "[" and not path[-1:] == ("@context",):
            yield from self._walk_list(path)
        else:
            value, text = self._value()
            yield Found(path, 0, value, text)

    def _walk_object(self, path: Path, depth: int) -> Iterator[Found]:
        self._at += 1
        if self.peek() == "}":
            self._at += 1
            return
        lists: set[str] = set()
        while True:
            if self.peek() != '"':
                raise self.error("broken JSON: a key in quotation marks is missing; export the file again")
            key, _ = self._value()
            self._take(":")
            if self.peek() == "[":
                if key in lists:
                    raise self.error(f"the list {clean(key)[:80]!r} stands twice in one object; give one list")
                lists.add(key)
            yield from self.walk((*path, key), depth + 1)
            if self._take(",}") == "}":
                return

    def _walk_list(self, path: Path) -> Iterator[Found]:
        self._at += 1
        first = self.peek()
        if first == "]":
            self._at += 1
            yield Found(path, 0, [], "[]")
            return
        place = 0
        while True:
            value, text = self._value()
            place += 1
            if first != "{" and isinstance(value, dict):
                raise self.error("a list begins with a plain value and has objects too; give a list of objects only")
            # A list of plain values is a value and no table; its elements are not kept.
            if first == "{":
                yield Found(path, place, value, text)
            elif place == 1:
                yield Found(path, 0, value, text)
            if self._take(",]") == "]":
                return

    def peek(self) -> str:
        """The next character that is no space, "" at the end."""
        while True:
            match = SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._fill():
                return ""

    def _take(self, wanted: str) -> str:
        found = self.peek()
        if not found or found not in wanted:
            told = f"{found!r} stands" if found else "the document ends"
            raise self.error(f"broken JSON: {told} where one of {' '.join(wanted)} is due; export the file again")
        self._at += 1
        return found

    def _value(self) -> tuple[Any, str]:
        if not self.peek():
            raise self.error("broken JSON: the document ends too early; it may be cut off: copy or export it again")
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated string") or error.pos > len(self._text) - 12
                if not cut or not self._more():
                    raise self.error(f"broken JSON ({error.msg}); export the file again", error.pos) from None
            except (ValueError, RecursionError) as error:
                what = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
                raise self.error(f"broken JSON ({what}); export the file again") from None
            else:
                # A number may go on beyond what is read so far.
                if end < len(self._text) or not self._fill():
                    text = self._text[self._at : end]
                    self._at = end
                    return value, text

    def _more(self) -> bool:
        if len(self._text) - self._at > LONGEST_ROW:
            raise self.error(f"a value is longer than {LONGEST_ROW // MIB} MiB; a quotation mark may be missing")
        grown, size = False, max(BLOCK, len(self._text) - self._at)
        while size > 0 and self._fill():
            grown, size = True, size - BLOCK
        return grown

    def _fill(self) -> bool:
        if self._ended:
            return False
        data = self._stream.read(BLOCK)
        self._ended = not data
        if self._at > BLOCK:
            self._line += self._text.count("\n", 0, self._at)
            self._text, self._at = self._text[self._at :], 0
        try:
            self._text += self._decoder.decode(data, final=self._ended)
        except UnicodeDecodeError:
            raise self.error("the text ends within a character; it may be cut off: copy or export it again") from None
        return not self._ended


def _has_lists(value: dict[str, Any]) -> bool:
    """Whether there is a list of objects in an object; the context of JSON-LD is none."""
    waiting = [value]
    if value.get("type") in DOCUMENTS or value.get("@type") in DOCUMENTS:
        return True
    while waiting:
        for key, part in waiting.pop().items():
            if key == "@context":
                continue
            if isinstance(part, dict):
                waiting.append(part)
            elif isinstance(part, list) and any(isinstance(one, dict) for one in part):
                return True
    return False
