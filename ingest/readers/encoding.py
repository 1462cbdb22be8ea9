"""Which encoding a text is in: UTF-8 or UTF-16 with or without a byte order mark, or GB18030.

The whole file is looked at, in a stream, since the first megabytes of a feed may be plain ASCII. Bytes that are UTF-8
throughout are UTF-8. Where they are not, every line that is not ASCII has one vote, so that one bad byte in a UTF-8
file makes one bad row and not a GB18030 file. In doubt it is UTF-8: a line of another encoding is noticed there,
while nearly any bytes pass for GB18030.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from graph.errors import UnreadableFile
from ingest.readers.signature import is_binary
from ingest.readers.source import Source, Stream
from ingest.readers.table import MIB

ENOUGH_VOTES = 5_000
ASCII = bytes(range(0x80))


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec and the length in bytes of the byte order mark before the text."""

    codec: str
    mark: int = 0

    @property
    def name(self) -> str:
        return "utf-8-sig" if self.codec == "utf-8" and self.mark else self.codec

    @property
    def is_wide(self) -> bool:
        return self.codec.startswith("utf-16")

    @property
    def title(self) -> str:
        return self.codec.upper()


@lru_cache(maxsize=4)
def find_encoding(source: Source) -> Encoding:
    """The encoding of a text; asked twice of one source, its bytes are looked at once.

    Raises:
        UnreadableFile: The bytes are no text.
    """
    head = source.head(MIB // 4)
    for mark, codec in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (b"\x84\x31\x95\x33", "gb18030"),
    ):
        if head.startswith(mark):
            return Encoding(codec, len(mark))
    if wide := _wide(head):
        return Encoding(wide)
    if is_binary(head[:65_536]):
        raise UnreadableFile(
            f"{source.where}: this is no text and no known format; give the table as CSV, Excel, Parquet or JSON"
        )
    with source.open() as stream:
        if _is_utf8(stream):
            return Encoding("utf-8")
    with source.open() as stream:
        return Encoding(_elected(stream))


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: commas, digits and line ends leave zero bytes at every other place, and only there."""
    pairs = len(head) // 2
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if odd * 50 > pairs and odd > 20 * even and head[:2] != b"\0\0":
        return "utf-16-le"
    if even * 50 > pairs and even > 20 * odd:
        return "utf-16-be"
    return None


def _is_utf8(stream: Stream) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := stream.read(MIB):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _elected(stream: Stream) -> str:
    utf8 = gb = high = wide = 0
    for line in _lines(stream):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            utf8 += 1
        except UnicodeDecodeError:
            try:
                text = line.decode("gb18030")
            except UnicodeDecodeError:
                continue
            gb += 1
            high += len(line.translate(None, delete=ASCII))
            wide += len(text) - len(text.encode("ascii", "ignore"))
        if utf8 + gb > ENOUGH_VOTES and max(utf8, gb) > 20 * min(utf8, gb):
            break
    # Both bytes of a common Chinese character are above 0x7F. Where most pairs end in an ASCII byte, the text is some
    # Western encoding whose accented letters only pass for GB18030.
    return "gb18030" if gb > utf8 and high * 2 >= wide * 3 else "utf-8"


def _lines(stream: Stream) -> Iterator[bytes]:
    rest = b""
    while block := stream.read(MIB // 4):
        lines = (rest + block).splitlines()
        # A line without end is taken in pieces: only its vote is wanted.
        rest = lines.pop() if len(lines[-1]) < MIB else b""
        yield from lines
    yield rest
