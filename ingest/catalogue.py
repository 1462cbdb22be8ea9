"""Which mapping reads a file: the built-in ones, those of users, and the one that knows a file's columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from graph.errors import MappingError
from ingest.grammar import read
from ingest.mapping import MappingFile


@cache
def built_in() -> tuple[MappingFile, ...]:
    """The mappings that come with Headwater, the most specific first."""
    folder = files("ingest").joinpath("mappings")
    found = [
        read(file.read_text("utf-8"), file.name.removesuffix(".yaml"))
        for file in folder.iterdir()
        if file.name.endswith(".yaml")
    ]
    return tuple(sorted(found, key=lambda mapping: (-len(mapping.columns), mapping.feed)))


def named(name: str) -> MappingFile:
    """The built-in mapping of this name, or the one in the file of this path.

    Raises:
        MappingError: There is none, or it has a mistake.
    """
    for mapping in built_in():
        if mapping.feed == name:
            return mapping
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        try:
            return read(path.read_text("utf-8-sig"), str(path.absolute()))
        except OSError as error:
            raise MappingError(f"{name}: the mapping cannot be read: {error.strerror}") from error
        except UnicodeDecodeError:
            raise MappingError(f"{name}: the mapping is not written in UTF-8") from None
    known = ", ".join(sorted(mapping.feed for mapping in built_in()))
    raise MappingError(f"no mapping is called {name!r}; built in are {known}; or name a .yaml file")


def recognise(columns: Sequence[str], mappings: Iterable[MappingFile] | None = None) -> MappingFile | None:
    """The mapping whose columns a table all has; of several the one that knows most of them, else None."""
    present = {column.strip() for column in columns}
    for mapping in mappings if mappings is not None else built_in():
        if mapping.columns <= present | {mapping.rename.get(column, column) for column in present}:
            return mapping
    return None
