"""The marks that listings bear, plainly or in disguise: of the right that was named, else of all rights loaded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from graph.brands import Brands
from graph.identifiers import patent
from graph.model import FileVersion, Node
from graph.store import Store

FIELDS = ("title", "description", "brand")
"""The properties of a listing that a mark is looked for in."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark read on a listing.

    Attributes:
        right: The node of the right that it is of.
        name: The mark as the right states it.
        listing: The node of the listing.
        field: The property that bears it, one of `FIELDS`.
        text: The mark as it stands there.
        disguised: Whether it is written otherwise than the right states it.
    """

    right: str
    name: str
    listing: str
    field: str
    text: str
    disguised: bool


class Marks:
    """The marks of some rights; a patent's title names goods and is none."""

    __slots__ = ("_brands", "_rights")

    def __init__(self, rights: Iterable[Node] = ()) -> None:
        self._rights: dict[str, dict[str, None]] = {}
        for right in rights:
            if not patent.is_valid(right.key):
                for name in (*right.values.get("title", ()), *right.values.get("title_en", ())):
                    self._rights.setdefault(str(name), {})[right.id] = None
        self._brands = Brands(self._rights)

    def read(self, listing: Node) -> list[Mark]:
        """The marks that a listing bears, in the order of `FIELDS`."""
        return [
            Mark(right, found.name, listing.id, field, text[found.start : found.end], found.disguised)
            for field in FIELDS
            for text in [str(listing.get(field) or "")]
            for found in self._brands.find(text)
            for right in self._rights[found.name]
        ]

    def borne_by(self, texts: Iterable[str]) -> bool:
        """Whether any of the texts bears one."""
        return any(self._brands.find(text) for text in texts)


_LOADED: WeakKeyDictionary[Store, tuple[list[FileVersion], Marks]] = WeakKeyDictionary()


def marks_loaded(store: Store) -> Marks:
    """The marks of all rights of a store, read once for each state of the files loaded into it."""
    files = store.files()
    held = _LOADED.get(store)
    if held is None or held[0] != files:
        held = _LOADED[store] = files, Marks(store.nodes({"Right"}))
    return held[1]
