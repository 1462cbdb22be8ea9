"""The parts of a multipart body, its files written to disk as they come.

https://www.rfc-editor.org/rfc/rfc7578: names and texts are read as UTF-8, whatever else a part says of itself.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from api.errors import ServiceError
from api.query.limits import Limits, check_size

MOST_FILES = 20
TEXTS = ("operations", "map")
"""The parts that are no files: those of the multipart request specification."""

_SEE = "see the multipart request specification"
_LONGEST_NAME = 200  # bytes; disks take 255
_LONGEST_SUFFIX = 16


class Parts:
    """The parts of one body, as far as it has come.

    Args:
        boundary: What stands between them.
        folder: Where files are written to; it is made, and removed by `close`.
        limits: What a part that is no file may have.

    Attributes:
        texts: The parts that are no files, by their names.
        files: Where the others lie, by their names: each in a folder of its own, under the name it was sent with.

    Raises:
        ServiceError: The boundary is none.
        OSError: The folder cannot be made.
    """

    def __init__(self, boundary: bytes, folder: Path, limits: Limits) -> None:
        self.texts: dict[str, bytearray] = {}
        self.files: dict[str, Path] = {}
        self._folder = folder
        self._limits = limits
        self._lock = Lock()
        self._is_whole = False
        self._header, self._value, self._disposition = b"", b"", b""
        self._text: bytearray | None = None
        self._file: BinaryIO | None = None
        if not boundary:
            raise ServiceError(f"the content type names no boundary of the parts; {_SEE}")
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": self._on_data,
                    "on_part_end": self._on_part_end,
                    "on_end": self._on_end,
                },
            )
        except FormParserError as error:
            raise ServiceError(f"the boundary of the parts cannot be used ({error}); {_SEE}") from error
        folder.mkdir(mode=0o700)

    def write(self, data: bytes) -> None:
        """Reads what has come next; it takes as long as the disk does.

        Raises:
            ServiceError: The parts are not as they should be.
            LimitExceeded: A part that is no file is too large.
            OSError: A file cannot be written.
        """
        with self._lock:
            try:
                self._parser.write(data)
            except FormParserError as error:
                raise ServiceError(f"the parts cannot be read ({error}); {_SEE}") from error

    def finish(self) -> None:
        """Says that nothing more comes.

        Raises:
            ServiceError: More should have.
        """
        if not self._is_whole:
            raise ServiceError(f"the parts break off before their last boundary; {_SEE}")

    def close(self) -> None:
        """Removes the files that were not taken from where they lie."""
        with self._lock:
            if self._file is not None:
                with suppress(OSError):
                    self._file.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header, self._value = b"", b""

    def _on_headers_finished(self) -> None:
        said = parse_options_header(self._disposition)[1]
        self._disposition = b""
        name = said.get(b"name", b"").decode("utf-8", "replace")
        if name in self.texts or name in self.files:
            raise ServiceError(f"there are two parts {name[:40]!r}; {_SEE}")
        if b"filename" in said:
            if len(self.files) >= MOST_FILES:
                raise ServiceError(f"there are more than {MOST_FILES} files; send several requests")
            folder = self._folder / str(len(self.files))
            folder.mkdir(mode=0o700)
            self.files[name] = folder / file_name(said[b"filename"])
            descriptor = os.open(self.files[name], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._file = os.fdopen(descriptor, "wb")
        elif name in TEXTS:
            self._text = self.texts[name] = bytearray()
        else:
            raise ServiceError(f"the part {name[:40]!r} is no file; {_SEE}")

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(memoryview(data)[start:end])
        elif self._text is not None:
            check_size(len(self._text) + end - start, self._limits)
            self._text += data[start:end]

    def _on_part_end(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = self._text = None

    def _on_end(self) -> None:
        self._is_whole = True


def file_name(sent: bytes) -> str:
    """A name that any disk takes, of the one that a file was sent with; two that differ stay different.

    The loader knows a file again by its name, so that it is kept as far as it can be.
    """
    name = sent.decode("utf-8", "replace").replace("\\", "/").rpartition("/")[2]
    name = "".join(character if character.isprintable() else "_" for character in name).lstrip(".") or "upload"
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    suffix = Path(name).suffix
    end = f"~{blake2b(sent, digest_size=6).hexdigest()}{suffix if len(suffix.encode()) <= _LONGEST_SUFFIX else ''}"
    return name.encode()[: _LONGEST_NAME - len(end.encode())].decode(errors="ignore") + end
