"""A chain of the audit log: lines of JSON in files of one writer, each bound to the line before it.

A line is an object whose last member is `hash`: HMAC-SHA-256, by a key derived from the state's secret, over the hash
of the line before (32 zero bytes for the first) and the line's own bytes up to the comma before `"hash"`. `n` counts
the lines of a chain from 1 through all its files, whose names are the chain's, the file's number and `.jsonl`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hmac import digest as hmac
from pathlib import Path

GENESIS = bytes(32)
LONGEST = 1 << 20
"""Bytes of a line at the most; those that are written stay far below."""
_NAME = re.compile(r"(?P<chain>[0-9A-Za-z-]+)\.(?P<number>\d{6})\.jsonl")
_LINE = re.compile(rb'(\{"n":([1-9][0-9]{0,17}),.*),"hash":"([0-9a-f]{64})"\}\n', re.DOTALL)
_sync = getattr(os, "fdatasync", os.fsync)  # a line's bytes and the file's length are what must outlast a power cut


def hash_of(key: bytes, before: bytes, body: bytes) -> bytes:
    """The hash of a line from the hash before it and its bytes up to its own."""
    return hmac(key, before + body, "sha256")


def parted(line: bytes) -> tuple[int, bytes, bytes] | None:
    """A line's number, its bytes up to the hash, and the hash it states; None for what is no whole line."""
    match = _LINE.fullmatch(line)
    return None if match is None else (int(match[2]), match[1], bytes.fromhex(match[3].decode()))


def file_name(chain: str, number: int) -> str:
    """The name of a chain's file."""
    return f"{chain}.{number:06}.jsonl"


def files(folder: Path) -> dict[str, dict[int, Path]]:
    """The files of every chain of a folder by their numbers, in order."""
    found: dict[str, dict[int, Path]] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if match := _NAME.fullmatch(path.name):
            found.setdefault(match["chain"], {})[int(match["number"])] = path
    return found


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, each with its newline but for a last one that was cut off."""
    with path.open("rb") as file:
        while line := file.readline(LONGEST):
            yield line


class Chain:
    """The chain that this process writes; used by one thread.

    Attributes:
        n: The number of the last line that is on disk.
        hash: The hash of that line.
    """

    def __init__(self, folder: Path, name: str, key: bytes, most_bytes: int) -> None:
        self.name = name
        self.n = 0
        self.hash = GENESIS
        self._folder = folder
        self._key = key
        self._most_bytes = most_bytes
        self._descriptor: int | None = None
        self._file = 0
        self._size = 0
        self._is_ragged = False

    @property
    def next_file(self) -> int | None:
        """The number of the file that the next lines begin; None where they go on in the present one."""
        if self._descriptor is None or self._size >= self._most_bytes:
            return self._file + 1
        # A file that was deleted would swallow every further line.
        return self._file + 1 if os.fstat(self._descriptor).st_nlink == 0 else None

    def write(self, contents: Sequence[bytes]) -> None:
        """Writes lines, whose members are given without braces, and returns when all of them are on disk.

        Raises:
            OSError: None of them counts as written; the chain is as it was, and may be tried again.
        """
        n, last, parts = self.n, self.hash, []
        for content in contents:
            n += 1
            body = b'{"n":%d,%b' % (n, content)
            last = hash_of(self._key, last, body)
            parts.append(b'%b,"hash":"%b"}\n' % (body, last.hex().encode()))
        data = b"".join(parts)
        if (number := self.next_file) is not None:
            self._begin(number, data)
        else:
            assert self._descriptor is not None
            self._add(self._descriptor, data, self._size)
            self._size += len(data)
        self.n, self.hash = n, last

    def close(self) -> None:
        """Closes the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _begin(self, number: int, data: bytes) -> None:
        if not self._folder.is_dir():
            self._folder.mkdir(mode=0o700, exist_ok=True)
            _sync_folder(self._folder.parent)
        # No other writer has this chain's name: what stands under it is a beginning of ours that failed.
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        descriptor = os.open(self._folder / file_name(self.name, number), flags, 0o600)
        try:
            self._add(descriptor, data, 0)
            _sync_folder(self._folder)
        except BaseException:
            os.close(descriptor)
            raise
        self.close()
        self._descriptor, self._file, self._size = descriptor, number, len(data)

    def _add(self, descriptor: int, data: bytes, size: int) -> None:
        if self._is_ragged:
            os.ftruncate(descriptor, size)
        self._is_ragged = True
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(descriptor, left) :]
            _sync(descriptor)
        except OSError:
            # After a sync that failed nobody knows what is on disk: it is all cut off, and written anew.
            with suppress(OSError):
                os.ftruncate(descriptor, size)
                self._is_ragged = False
            raise
        self._is_ragged = False


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
