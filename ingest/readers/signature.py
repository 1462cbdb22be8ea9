"""What a file is, told from its first bytes and never from its name alone."""

from __future__ import annotations

from graph.errors import UnreadableFile
from ingest.readers.source import Source

HEAD = 4096

UNREAD: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF; export the table behind it as CSV or Excel"),
    (b"\x89PNG\r\n", "a picture (PNG); give the table as CSV or Excel"),
    (b"\xff\xd8\xff", "a picture (JPEG); give the table as CSV or Excel"),
    (b"GIF8", "a picture (GIF); give the table as CSV or Excel"),
    (b"RIFF", "a sound, a film or a picture (RIFF); give the table as CSV or Excel"),
    (b"Rar!\x1a", "a RAR archive; unpack it, or pack it as zip"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it, or pack it as zip"),
    (b"BZh", "packed with bzip2; unpack it, or pack it with gzip"),
    (b"\xfd7zXZ", "packed with xz; unpack it, or pack it with gzip"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd; unpack it, or pack it with gzip"),
    (b"MZ", "a Windows program; do not open it, and ask its sender for the table"),
    (b"\x7fELF", "a program; ask its sender for the table"),
    (b"SQLite format 3\x00", "an SQLite database; export its tables as CSV"),
    (b"ARROW1", "an Arrow file; save it as Parquet"),
    (b"MIME-Version:", "a web archive (MHTML), whatever its name says; open it in Excel and save it as .xlsx or CSV"),
    (b"{\\rtf", "a rich text document (RTF); save its table as CSV or Excel"),
    (b"\x00\x00\xfe\xff", "text in UTF-32; save it as UTF-8"),
    (b"\xff\xfe\x00\x00", "text in UTF-32; save it as UTF-8"),
)
PRINTED = bytes({*range(0x20, 0x100), *b"\t\n\r\x0b\x0c\x1a\x1b"} - {0x7F})


def kind(source: Source, head: bytes) -> str:
    """`zip`, `gzip`, `ole` (an old Office document), `parquet` or `text`.

    Raises:
        UnreadableFile: The file is empty, or known to be something without tables.
    """
    if not head:
        raise UnreadableFile(f"{source.where}: the file is empty; it should begin with a line of column names")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "ole"
    if head.startswith(b"PAR1"):
        return "parquet"
    for signature, what in UNREAD:
        # "MZ" or "BZh" may begin a column's name: what bears them by right also holds control characters.
        if head.startswith(signature) and (len(signature) > 3 or is_binary(head)):
            raise UnreadableFile(f"{source.where}: this is {what}")
    if head[257:262] == b"ustar":
        raise UnreadableFile(f"{source.where}: this is a tar archive; unpack it, or pack it as zip")
    return "text"


def is_binary(head: bytes) -> bool:
    """Whether more than one byte in fifty is a control character that text does not use."""
    return len(head.translate(None, delete=PRINTED)) * 50 > len(head)
