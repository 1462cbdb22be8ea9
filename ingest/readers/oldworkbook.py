"""Old and other workbooks (.xls, .xlsb, .ods) through calamine, in a process of their own.

On some damaged files calamine panics, or asks for more memory than there is, which ends its process at once. So this
module is also a program, which needs nothing else of this project: it prints a workbook's sheets, or a sheet's rows,
as lines of JSON, and whatever becomes of it, the one that asked gets an error to report.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MOST_MEMORY = 8 << 30


class Unread(Exception):
    """The workbook cannot be read; says why."""


def number_text(number: float) -> str:
    """A number as text: 12.0 is `12`, 0.1 is `0.1`, a whole number of more than 15 digits is `4.4E+17`."""
    if number.is_integer():
        return str(int(number)) if abs(number) < 1e15 else f"{number:.15G}"
    return repr(number)


def cell_text(cell: Any) -> str:
    """A cell as calamine gives it, as text."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return number_text(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time.min else cell.isoformat()
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)


def sheets(path: Path) -> list[tuple[str, int]]:
    """The names and heights of a workbook's sheets.

    Raises:
        Unread: It is encrypted, damaged, or no workbook.
    """
    return [(name, height) for name, height in _answers(str(path))]


def sheet_rows(path: Path, sheet: int) -> Iterator[tuple[int, dict[int, str]]]:
    """The numbers and cells of a sheet's rows.

    Raises:
        Unread: It is damaged.
    """
    for number, cells in _answers(str(path), str(sheet)):
        yield number, {int(column): text for column, text in cells.items()}


def _answers(*words: str) -> Iterator[Any]:
    command = [sys.executable, "-P", __file__, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as program:
        try:
            for line in program.stdout or ():
                answer = json.loads(line)
                if isinstance(answer, str):
                    raise Unread(answer)
                yield answer
        except json.JSONDecodeError as error:  # it ended within a line
            raise Unread("damaged") from error
        except GeneratorExit:
            program.kill()
            raise
    if program.returncode:
        raise Unread("damaged")


def _tell(path: str, sheet: int | None) -> Iterator[Any]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        with CalamineWorkbook.from_path(path) as workbook:
            if sheet is None:
                yield from ((name, workbook.get_sheet_by_name(name).total_height) for name in workbook.sheet_names)
                return
            cells = workbook.get_sheet_by_index(sheet)
            top, left = cells.start or (0, 0)
            for number, row in enumerate(cells.to_python(), top + 1):
                yield (
                    number,
                    {column: cell_text(cell) for column, cell in enumerate(row, left) if cell not in ("", None)},
                )
    except PasswordError:
        yield "it has a password"
    except (CalamineError, OSError) as error:
        yield " ".join(str(error).split())


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # on Windows
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = MOST_MEMORY if most == resource.RLIM_INFINITY else min(MOST_MEMORY, most)
    resource.setrlimit(resource.RLIMIT_AS, (limit, most))


if __name__ == "__main__":
    _limit_memory()
    for answer in _tell(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else None):
        print(json.dumps(answer), flush=False)
