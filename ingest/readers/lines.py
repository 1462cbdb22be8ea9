"""Text as physical lines with their bytes, in blocks; LF, CRLF and CR end a line, mixed as they come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.readers.encoding import Encoding
from ingest.readers.source import Stream
from ingest.readers.table import LONGEST_ROW, MIB

BLOCK = MIB // 4
ENDS = "\r\n"
TEXT_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
# A line of GB18030 that is also UTF-8 with four or more Chinese characters is UTF-8: by chance it is one in 10**8.
UTF8_LINE = re.compile(rb"(?:[\x00-\x7f]*[\xe3-\xe9\xef][\x80-\xbf]{2}){4,}[\x00-\x7f]*")


class Block(NamedTuple):
    """Some lines of a text.

    Attributes:
        number: The first line's number, from 1.
        raw: The lines' bytes with their ends.
        text: The lines' text with their ends; U+FFFD where bytes are no text.
        damage: Why a line (by its index in the block) cannot be read with certainty.
        quoted: Whether there is a quotation mark in the block.
    """

    number: int
    raw: list[bytes]
    text: list[str]
    damage: dict[int, str]
    quoted: bool


def bare(raw: bytes, encoding: Encoding) -> bytes:
    """A row's bytes without its line end."""
    if not encoding.is_wide:
        return raw.rstrip(b"\r\n")
    for end in ENDS[::-1]:
        if len(raw) % 2 == 0:
            raw = raw.removesuffix(end.encode(encoding.codec))
    return raw


def blocks(stream: Stream, encoding: Encoding) -> Iterator[Block]:
    """The lines of a text from its start; the byte order mark is left out."""
    stream.read(encoding.mark)
    number, rest, skipping = 1, b"", False
    while data := stream.read(BLOCK):
        if skipping:
            start = _first_end(data, encoding)
            if not start:
                continue
            data, skipping = data[start:], False
        data = rest + data
        cut = _last_end(data, encoding)
        rest = data[cut:]
        if cut:
            block = _block(number, data[:cut], encoding)
            yield block
            number += len(block.raw)
        if len(rest) > LONGEST_ROW:
            raw = rest[:LONGEST_ROW]
            damage = f"The line is longer than {LONGEST_ROW // MIB} MiB and is cut; a line end may be missing."
            yield Block(number, [raw], [raw[:200].decode(encoding.codec, "replace")], {0: damage}, False)
            number, rest, skipping = number + 1, b"", True
    if rest:
        yield _block(number, rest, encoding)


def _last_end(data: bytes, encoding: Encoding) -> int:
    """Where the last complete line ends. A CR at the very end may be half of a CRLF."""
    if not encoding.is_wide:
        return max(data.rfind(b"\n"), data.rfind(b"\r", 0, len(data) - 1)) + 1
    return max(_aligned(data, "\n", encoding, len(data)), _aligned(data, "\r", encoding, len(data) // 2 * 2 - 2)) + 2


def _aligned(data: bytes, end: str, encoding: Encoding, stop: int) -> int:
    sought, place = end.encode(encoding.codec), max(stop, 0)
    while (place := data.rfind(sought, 0, place)) >= 0:
        if place % 2 == 0:
            return place
        place += 1
    return -2


def _first_end(data: bytes, encoding: Encoding) -> int:
    """Where the rest of an overlong line ends, 0 when it goes on; an odd place would shift the pairs of UTF-16."""
    if not encoding.is_wide:
        return next((place.end() for place in re.finditer(rb"\r\n?|\n", data)), 0)
    carriage, feed = (re.escape(end.encode(encoding.codec)) for end in ENDS)
    ends = (place.end() for place in re.finditer(b"%b(?:%b)?|%b" % (carriage, feed, feed), data))
    return next((end for end in ends if end % 2 == 0), 0)


def _block(number: int, data: bytes, encoding: Encoding) -> Block:
    damage: dict[int, str] = {}
    if encoding.is_wide:
        raw, text = _wide_lines(data, encoding, damage)
        return Block(number, raw, text, damage, any('"' in line for line in text))
    raw = data.splitlines(keepends=True)
    codec = encoding.codec
    try:
        text = [line.decode(codec) for line in raw]
    except UnicodeDecodeError:
        text = [_decoded(index, line, encoding, damage) for index, line in enumerate(raw)]
    if b"\0" in data:
        damage |= {
            i: "The row holds a NUL byte; the file may be damaged." for i, line in enumerate(raw) if b"\0" in line
        }
    if codec == "gb18030":
        for index, line in enumerate(raw):
            if UTF8_LINE.fullmatch(line):
                damage[index] = "The row is written in UTF-8 while the file is GB18030."
    return Block(number, raw, text, damage, b'"' in data)


def _decoded(index: int, line: bytes, encoding: Encoding, damage: dict[int, str]) -> str:
    try:
        return line.decode(encoding.codec)
    except UnicodeDecodeError as error:
        seen = line[error.start : error.start + 4].hex(" ")
        damage[index] = f"The row holds bytes that are no {encoding.title} (at byte {error.start + 1}: {seen})."
        return line.decode(encoding.codec, "replace")


def _wide_lines(data: bytes, encoding: Encoding, damage: dict[int, str]) -> tuple[list[bytes], list[str]]:
    whole = len(data) // 2 * 2
    lines: list[str] = TEXT_LINE.findall(data[:whole].decode(encoding.codec, "surrogatepass"))
    raw = [line.encode(encoding.codec, "surrogatepass") for line in lines]
    if whole < len(data):
        raw, lines = (raw, lines) if lines else ([b""], [""])
        raw[-1] += data[whole:]
        damage[len(raw) - 1] = f"The file ends within a character of {encoding.title}; it may be cut off."
    for index, line in enumerate(lines):
        if not line.isascii() and (broken := re.search("[\ud800-\udfff]", line)):
            damage[index] = f"The row holds half a character of {encoding.title} (at character {broken.start() + 1})."
            lines[index] = re.sub("[\ud800-\udfff]", "\ufffd", line)
        if "\0" in line:
            damage[index] = "The row holds a NUL character; the file may be damaged."
    return raw, lines
