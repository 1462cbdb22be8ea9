"""Which encoding a text is in: UTF-8 or UTF-16 with or without a byte order mark, or GB18030.

The whole file is looked at, in a stream, since the first megabytes of a feed may be plain ASCII. Bytes that are UTF-8
throughout are UTF-8. Where they are not, every line that is not ASCII has one vote, so that one bad byte in a UTF-8
file makes one bad row and not a GB18030 file. In doubt it is UTF-8: a line of another encoding is noticed there,
while nearly any bytes pass for GB18030. So what is elected GB18030 is refused where its letters show that it is Big5,
Shift-JIS or EUC-KR: it would be read without an error, as other characters.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from graph.errors import UnreadableFile
from ingest.readers.signature import is_binary
from ingest.readers.source import Source, Stream
from ingest.readers.table import MIB

ENOUGH_VOTES = 5_000
ASCII = bytes(range(0x80))
SAMPLE = 20_000
"""Bytes that are looked at for another encoding."""
# What texts are made of: Latin, Cyrillic, punctuation, kana, Chinese characters, Hangul, full-width forms.
USUAL = re.compile(
    "[\t\r\n\x1a -~\xa0-\u017f\u0400-\u04ff\u2000-\u206f\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uffef]"
)
PRIVATE, KANA, HANGUL = re.compile("[\ue000-\uf8ff]"), re.compile("[\u3041-\u30fa]"), re.compile("[\uac00-\ud7a3]")


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
        elected = _elected(stream)
    if elected == "gb18030":
        with source.open() as stream:
            other = _rival(stream)
        if other:
            raise UnreadableFile(f"{source.where}: the text is most likely in {other}; save it as UTF-8")
    return Encoding(elected)


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: its commas, digits and line ends hold zero bytes, and read so it is usual text."""
    if b"\0" not in head:
        return None
    for codec in ("utf-16-le", "utf-16-be"):
        text = head[: len(head) // 2 * 2].decode(codec, "replace")
        usual = len(USUAL.findall(text))
        if usual * 20 > len(text) * 19 and any(end in text for end in "\r\n,\t"):
            return codec
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


def _rival(stream: Stream) -> str | None:
    """The encoding that a text passing for GB18030 is more likely in, None when GB18030 is as likely."""
    sample = b""
    for line in _lines(stream):
        if not line.isascii():
            sample += line + b"\n"
        if len(sample) > SAMPLE:
            break
    # Common characters of Big5 fall among those that GB18030 leaves to private use; one alone may be a rare name's.
    if _has(sample, "gb18030", PRIVATE, share=0.05, least=3):
        return "Big5"
    if _has(sample, "cp932", KANA, share=0.1, least=3):
        return "Shift-JIS"
    # More than half of the common Chinese characters pass for Hangul: only many without an exception tell.
    return "EUC-KR" if _has(sample, "cp949", HANGUL, share=0.95, least=30) else None


def _has(sample: bytes, codec: str, letters: re.Pattern[str], share: float, least: int) -> bool:
    """Whether a text, if it is in this encoding, has so many such letters among its different ones beyond ASCII."""
    wide = "".join({letter for letter in sample.decode(codec, "ignore") if not letter.isascii()})
    found = len(letters.findall(wide))
    return found >= least and found > share * len(wide)


def _lines(stream: Stream) -> Iterator[bytes]:
    rest = b""
    while block := stream.read(MIB // 4):
        lines = (rest + block).splitlines()
        # A line without end is taken in pieces: only its vote is wanted.
        rest = lines.pop() if len(lines[-1]) < MIB else b""
        yield from lines
    yield rest
