"""What a load says of itself: how far it is, and what it did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

COUNTS = ("rows", "added", "replaced", "unchanged", "repeated", "set_aside", "withdrawn")
"""What is counted of a file, and of all."""

UNFIT = "no mapping fits"
"""How the reason begins for which a table of rows is left out, unlike what is no data."""


@dataclass(slots=True)
class FileReport:
    """What loading one table did, in rows: `rows` is the sum of added, replaced, unchanged, repeated and set aside.

    Attributes:
        repeated: Rows that stand in the file a second time, word for word.
        withdrawn: Records of an earlier version of the file whose rows are gone.
        doubts: (column, doubt) -> rows: what was kept though something in it is unknown.
    """

    name: str
    source: str
    feed: str
    rows: int = 0
    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    repeated: int = 0
    set_aside: int = 0
    withdrawn: int = 0
    doubts: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a load has come: bytes read of all bytes, and rows so far."""

    name: str
    position: int
    size: int
    rows: int


@dataclass(slots=True)
class Report:
    """What a load did, file by file, and what it left out and why."""

    files: list[FileReport] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)

    def total(self, name: str) -> int:
        """The sum of one of the counts over all files."""
        return sum(getattr(report, name) for report in self.files)

    @property
    def is_whole(self) -> bool:
        """Whether every row that was given is loaded: none set aside, and no table left out that no mapping fits."""
        return not self.total("set_aside") and not any(reason.startswith(UNFIT) for _, reason in self.left_out)

    def told(self) -> dict[str, Any]:
        """The report for machines."""
        files = [
            {
                "name": file.name,
                "source": file.source,
                "feed": file.feed,
                **{name: getattr(file, name) for name in COUNTS},
                "doubts": [{"column": c, "doubt": d, "rows": n} for (c, d), n in sorted(file.doubts.items())],
            }
            for file in self.files
        ]
        left_out = [{"file": name, "reason": reason} for name, reason in self.left_out]
        return {"files": files, "left_out": left_out, "total": {name: self.total(name) for name in COUNTS}}
