"""Which files of the given paths are data, and which are left out and why."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from graph.errors import UnreadableFile
from ingest.readers.archive import member_name
from ingest.readers.source import shown

DATA = frozenset(
    ".csv .tsv .tab .psv .txt .xlsx .xlsm .xls .xlsb .ods .parquet .pq .jsonl .ndjson .json .jsonld .gz .zip".split()
)
ABOUT = frozenset(
    "readme license licence copying notice changelog changes authors contributing manifest checksums".split()
)


class Discovered(NamedTuple):
    """The files to read, and what was left out with the reason, archives' members included (`feeds.zip!README.md`)."""

    files: tuple[Path, ...]
    left_out: tuple[tuple[str, str], ...]


def discover(paths: Iterable[Path]) -> Discovered:
    """The data files among the paths; folders are walked in sorted order, a file named by the caller is always taken.

    Raises:
        UnreadableFile: A path does not exist, or a folder may not be read.
    """
    files: dict[Path, Path] = {}
    left_out: list[tuple[str, str]] = []
    for path in paths:
        if path.is_dir():
            for file in _walk(path, left_out):
                if (first := files.setdefault(file.resolve(), file)) != file:
                    left_out.append((shown(file), f"the same file as {shown(first)}"))
        elif path.exists():
            files.setdefault(path.resolve(), path)
        else:
            raise UnreadableFile(f"{shown(path)}: there is no such file or folder; check the path")
    for file in files.values():
        left_out.extend(_left_out_members(file))
    return Discovered(tuple(files.values()), tuple(left_out))


def why_left_out(name: str) -> str | None:
    """Why a file of this name is no data, None when it may be; only its name is looked at."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if any(
        (part.startswith((".", "~$")) and part not in (".", "..")) or part in ("__MACOSX", "__pycache__")
        for part in parts
    ):
        return "hidden"
    last = PurePosixPath(parts[-1] if parts else "")
    if last.name.split(".")[0].lower() in ABOUT:
        return "about the data, no data"
    suffix = last.suffix.lower()
    return None if suffix in DATA else f"no kind of file that is read ({suffix or 'no suffix'})"


def _walk(folder: Path, left_out: list[tuple[str, str]]) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise UnreadableFile(
            f"{shown(Path(error.filename))}: the folder cannot be read ({error.strerror}); ask for its permission"
        ) from error

    for place, folders, names in os.walk(folder, onerror=refuse):
        folders.sort()
        for name in list(folders):
            path = Path(place, name)
            hidden = name.startswith(".") or name in ("__MACOSX", "__pycache__")
            if hidden or path.is_symlink():
                folders.remove(name)
                left_out.append((shown(path), "hidden" if hidden else "a link to a folder"))
        for name in sorted(names):
            path = Path(place, name)
            if why := why_left_out(name) or _why_no_file(path):
                left_out.append((shown(path), why))
            else:
                yield path


def _why_no_file(path: Path) -> str | None:
    """Why an entry of a folder can hold no data, None when it may."""
    if path.is_file():
        return None
    return "a link to nothing" if path.is_symlink() else "a pipe or a device"


def _left_out_members(path: Path) -> Iterator[tuple[str, str]]:
    if path.suffix.lower() != ".zip":
        return
    try:
        with zipfile.ZipFile(path) as archive:
            names = [member_name(info) for info in archive.infolist() if not info.filename.endswith("/")]
    except (OSError, zipfile.BadZipFile, NotImplementedError, UnicodeError):
        return  # told when the archive is read
    for name in names:
        if why := why_left_out(name):
            yield f"{shown(path)}!{name}", why
