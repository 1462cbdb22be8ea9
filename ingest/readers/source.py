"""Where bytes come from: a file on disk, or what lies within a gzip or a zip, opened anew for every pass."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, Self

from graph.errors import UnreadableFile
from ingest.readers.table import MIB

BROKEN = (EOFError, OSError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, UnicodeError)
"""What the standard library raises when packed bytes are damaged, cut off, encrypted or packed in a rare way."""


def shown(path: Path) -> str:
    """The path for a person to read, even when its name is no text: such bytes as their escapes."""
    return in_one_line(os.fsencode(path).decode("utf-8", "backslashreplace"))


def in_one_line(what: object) -> str:
    """An error's text, or a name, without line breaks."""
    return " ".join(str(what).split())


def digest(path: Path) -> str:
    """The SHA-256 of the file in hexadecimal, read in a stream.

    Raises:
        UnreadableFile: The file is away, no file, or may not be read.
    """
    with opened(path) as file:
        content = hashlib.sha256()
        while block := file.read(MIB):
            content.update(block)
    return content.hexdigest()


def opened(path: Path) -> BinaryIO:
    """The file opened for reading.

    Raises:
        UnreadableFile: The file is away, no regular file, or may not be read.
    """
    try:
        if stat.S_ISREG(path.stat().st_mode):
            return path.open("rb")
    except FileNotFoundError:
        raise UnreadableFile(f"{shown(path)}: there is no such file; check the path") from None
    except PermissionError:
        raise UnreadableFile(f"{shown(path)}: the file may not be read; ask for its permission") from None
    except (OSError, ValueError) as error:
        raise UnreadableFile(
            f"{shown(path)}: the file cannot be opened ({in_one_line(error)}); check the disk"
        ) from error
    kind = "a folder" if path.is_dir() else "a pipe or a device"
    raise UnreadableFile(f"{shown(path)}: this is {kind}; name a file")


class Stream:
    """Bytes read from front to back; `position` is told on the scale of the source's size.

    Args:
        name: For messages.
        stream: Where the bytes come from.
        packed: The packed file, where that is what progress is measured by.
        archive: What else is to be closed with the stream.
    """

    __slots__ = ("_archive", "_end", "_name", "_packed", "_stream")

    def __init__(
        self, name: str, stream: IO[bytes], packed: BinaryIO | None = None, archive: zipfile.ZipFile | None = None
    ) -> None:
        self._name = name
        self._stream = stream
        self._packed = packed
        self._archive = archive
        self._end = 0

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, b"" at the end.

        Raises:
            UnreadableFile: The packed bytes are damaged or cut off.
        """
        with reading(self._name):
            return self._stream.read(size)

    def position(self) -> int:
        stream = self._packed or self._stream
        return self._end if stream.closed else stream.tell()

    def close(self) -> None:
        self._end = self.position()
        for part in (self._stream, self._packed, self._archive):
            if part is not None:
                part.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def reading(name: str) -> Iterator[None]:
    """What the standard library raises on damaged, encrypted or oddly packed bytes becomes UnreadableFile."""
    try:
        yield
    except BROKEN as error:
        raise UnreadableFile(f"{name}: {_told(error)}") from error


class Progress:
    """How far a table's rows have been read; their stream is opened with the first row."""

    __slots__ = ("_stream",)

    def __init__(self) -> None:
        self._stream: Stream | None = None

    def follow(self, stream: Stream) -> Stream:
        self._stream = stream
        return stream

    def position(self) -> int:
        return 0 if self._stream is None else self._stream.position()


def _told(error: BaseException) -> str:
    if isinstance(error, EOFError):
        return "the archive ends too early; copy or download it again"
    if isinstance(error, NotImplementedError):
        return f"packed in a way that is not read here ({in_one_line(error)}); unpack it first"
    if isinstance(error, RuntimeError):
        return "encrypted; unpack it with its password first"
    return f"damaged ({in_one_line(error)}); copy or download it again"


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes with a name.

    Attributes:
        name: As shown to people: `companies.csv`, `feeds.zip!companies.csv`.
        where: The name with its folder, for messages.
        size: Bytes on the scale of a stream's position.
        open: Opens the bytes from the start.
        path: The file itself when the bytes are not packed.
    """

    name: str
    where: str
    size: int
    open: Callable[[], Stream]
    path: Path | None = None

    @property
    def suffix(self) -> str:
        """The file type that the name claims, in lower case; `.csv` for `parcels.csv.gz`."""
        return Path(self.name.lower().removesuffix(".gz")).suffix

    def head(self, size: int) -> bytes:
        with self.open() as stream:
            return stream.read(size)

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """A file to seek in: the file itself, or a copy unpacked to a temporary one."""
        if self.path is not None:
            yield self.path
            return
        with tempfile.TemporaryDirectory(prefix="headwater-") as folder, self.open() as stream:
            copy = Path(folder, f"unpacked{self.suffix}")
            with copy.open("wb") as file:
                while block := stream.read(MIB):
                    file.write(block)
            yield copy


def of_file(path: Path) -> Source:
    """The source of a plain file."""
    with opened(path) as file:
        size = file.seek(0, 2)
    where = shown(path)
    return Source(shown(Path(path.name)), where, size, lambda: Stream(where, opened(path)), path)
