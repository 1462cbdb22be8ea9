"""Gzip and zip: what lies within, as sources, guarded against archives that unpack without end."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO

from graph.errors import UnreadableFile
from ingest.readers.source import Source, Stream, in_one_line, opened, reading, shown
from ingest.readers.table import MIB, Limits

OFFICE = {"word/": "a Word document", "ppt/": "a PowerPoint presentation", "visio/": "a Visio drawing"}


class BoundedStream(Stream):
    """A stream that stops when it unpacks to more than the limits allow."""

    __slots__ = ("_limits", "_out", "_size")

    def __init__(
        self,
        name: str,
        stream: IO[bytes],
        size: int,
        limits: Limits,
        packed: BinaryIO | None = None,
        archive: zipfile.ZipFile | None = None,
    ) -> None:
        super().__init__(name, stream, packed, archive)
        self._limits = limits
        self._size = size
        self._out = 0

    def read(self, size: int) -> bytes:
        data = super().read(size)
        self._out += len(data)
        _hold(self._name, self._out, self._size, self._limits)
        return data


def _hold(name: str, unpacked: int, packed: int, limits: Limits) -> None:
    if unpacked > limits.total:
        raise UnreadableFile(
            f"{name}: it unpacks to more than {limits.total // MIB:,} MiB; unpack it and load what is in it"
        )
    if unpacked > limits.free and unpacked > packed * limits.ratio:
        raise UnreadableFile(
            f"{name}: it unpacks to more than {limits.ratio} times its size, as an archive made to do harm does; "
            "if you trust it, unpack it and load what is in it"
        )


def of_gzip(path: Path, limits: Limits) -> Source:
    """What is packed in a gzip file, read through once to see that it is whole.

    Raises:
        UnreadableFile: It is damaged, cut off, or unpacks beyond the limits.
    """
    where = shown(path)
    size = path.stat().st_size

    def unpack() -> Stream:
        packed = opened(path)
        return BoundedStream(where, gzip.GzipFile(fileobj=packed), size, limits, packed)  # type: ignore[arg-type]

    source = Source(shown(Path(path.name)), where, size, unpack)
    read_through(source)
    return source


def read_through(source: Source) -> None:
    """Reads packed bytes to their end.

    Raises:
        UnreadableFile: They are damaged, cut off, or unpack beyond the limits.
    """
    with source.open() as stream:
        while stream.read(MIB):
            pass


def zip_kind(source: Source, path: Path, limits: Limits) -> str:
    """`xlsx`, `xlsb` or `ods` for a workbook, else `zip`.

    Raises:
        UnreadableFile: It is a document of another kind, a damaged archive, or unpacks beyond the limits.
    """
    with reading(source.where), zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        _hold(source.where, sum(info.file_size for info in infos), sum(info.compress_size for info in infos), limits)
        names = {info.filename for info in infos}
        kind = b""
        if "mimetype" in names:
            with archive.open("mimetype") as file:
                kind = file.read(80)
    if kind.startswith(b"application/vnd.oasis.opendocument"):
        if b"spreadsheet" in kind:
            return "ods"
        raise UnreadableFile(f"{source.where}: this is an OpenDocument text or drawing; export its table as CSV")
    if "[Content_Types].xml" in names:
        if "xl/workbook.bin" in names:
            return "xlsb"
        for folder, what in OFFICE.items():
            if any(name.startswith(folder) for name in names):
                raise UnreadableFile(f"{source.where}: this is {what}; copy its table into Excel, or save it as CSV")
        return "xlsx"
    if "META-INF/MANIFEST.MF" in names:
        raise UnreadableFile(f"{source.where}: this is a program (Java or Android); ask its sender for the table")
    return "zip"


def member_name(info: zipfile.ZipInfo) -> str:
    """A member's name; one that is not marked as UTF-8 is often GB18030, which zipfile takes for code page 437."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for codec in ("utf-8", "gb18030"):
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return info.filename


def members(path: Path, limits: Limits) -> Iterator[Source]:
    """The members of a zip in the archive's order, folders left out.

    Raises:
        UnreadableFile: The archive is damaged or encrypted.
    """
    where = shown(path)
    with reading(where), zipfile.ZipFile(path) as archive:
        infos = [info for info in archive.infolist() if not info.filename.endswith("/")]
    for info in infos:
        source = _member(path, info, limits)
        if info.flag_bits & 1:
            raise UnreadableFile(f"{source.where}: it is encrypted; unpack it with its password first")
        yield source


def _member(path: Path, info: zipfile.ZipInfo, limits: Limits) -> Source:
    name = member_name(info)
    where = f"{shown(path)}!{in_one_line(name)}"

    def unpack() -> Stream:
        with reading(where):
            archive = zipfile.ZipFile(path)
            return BoundedStream(where, archive.open(info), info.compress_size, limits, archive=archive)

    return Source(f"{shown(Path(path.name))}!{in_one_line(name)}", where, info.file_size, unpack)
