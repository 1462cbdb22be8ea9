"""Which row of a sheet or a text names the columns, and what the columns are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

TITLE_ROWS = 20
"""How many rows of title, date and the like may stand above the header."""


def header_row(rows: Sequence[Sequence[str]]) -> int:
    """The index of the row that names the columns.

    Exports often put a title, a date or a unit above the header, each alone in its row. So where most rows have
    several cells, the header is the first row with several cells that are not empty; else it is the first row.
    """
    widths = Counter(len(cells) for cells in rows if any(cells))
    if not widths or widths.most_common(1)[0][0] < 2:
        return 0
    for index, cells in enumerate(rows[:TITLE_ROWS]):
        if sum(1 for cell in cells if cell.strip()) > 1:
            return index
    return 0


def column_names(cells: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns, each only once.

    Spaces around a name are left out; a column without a name is `column 5` after its place, and a name that comes
    again is `phone (2)`, so that no cell is lost and a mapping can still name each.
    """
    names: list[str] = []
    taken = {cell.strip("\ufeff \t\r\n\u3000") for cell in cells}
    seen: set[str] = set()
    for place, cell in enumerate(cells, 1):
        name = cell.strip("\ufeff \t\r\n\u3000") or f"column {place}"
        free, count = name, 2
        while free in seen or (free != name and free in taken):
            free, count = f"{name} ({count})", count + 1
        seen.add(free)
        names.append(free)
    return tuple(names)
