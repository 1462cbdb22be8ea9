"""What a walk through a JSON document comes upon: lists of objects, and values beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graph.errors import UnreadableFile
from ingest.readers.table import SAMPLE_ROWS

MOST_LISTS = 100
"""Lists of objects in one document; each is a table, for which the document is walked once more."""
MOST_BESIDE = 200
"""Values beside the lists that are told."""
Path = tuple[str, ...]


class Found(NamedTuple):
    """What a walk comes upon: an element of a list (with its place from 1), or a value beside the lists (place 0)."""

    path: Path
    place: int
    value: Any
    text: str


@dataclass(slots=True)
class Lists:
    """What the first walk learns.

    Attributes:
        heads: Every list of objects, with the objects at its start.
        beside: The values beside the lists, the first of them and every empty list of events.
        untold: How many more values there are beside the lists.
    """

    heads: dict[Path, list[dict[str, Any]]] = field(default_factory=dict)
    beside: dict[Path, Any] = field(default_factory=dict)
    untold: int = 0

    def note(self, found: Found, where: str) -> None:
        """Takes in what the walk came upon.

        Raises:
            UnreadableFile: There are more lists than are read.
        """
        if found.place == 0:
            if len(self.beside) < MOST_BESIDE or found.path[-1:] == ("eventList",):
                self.beside[found.path] = found.value
            else:
                self.untold += 1
            return
        head = self.heads.setdefault(found.path, [])
        if len(head) < SAMPLE_ROWS and isinstance(found.value, dict):
            head.append(found.value)
        if len(self.heads) > MOST_LISTS:
            raise UnreadableFile(
                f"{where}: the document holds more than {MOST_LISTS} lists of objects; give one list, in which each "
                "object names what its list was called after"
            )
