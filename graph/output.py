"""Files written for others: each appears under its name only when it is whole."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from graph.errors import HeadwaterError, UnreadableFile


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, which takes the place of `path` at the end and of nothing when it is cut off.

    What is no plain file (`/dev/stdout`, a named pipe) is written as it stands.

    Raises:
        UnreadableFile: It cannot be written.
    """
    part: Path | None = None
    try:
        target = path.resolve()
        if target.exists() and not target.is_file() and not target.is_dir():
            with target.open("wb") as out:
                yield out
            return
        if target.is_dir():
            raise UnreadableFile(f"{path}: this is a folder; name a file in it")
        part = target.with_name(f".headwater-{secrets.token_hex(6)}")
        with part.open("xb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, target)
        part = None
    except OSError as error:
        if isinstance(error, (HeadwaterError, BrokenPipeError)):
            raise
        raise unwritable(path, error) from error
    finally:
        if part is not None:
            with suppress(OSError):
                part.unlink()


def unwritable(path: Path, error: OSError) -> UnreadableFile:
    """The error that says why a file cannot be written."""
    return UnreadableFile(
        f"{path}: this cannot be written ({error.strerror or error}); free some space or name another place"
    )
