"""Measured figures, each beside what it must reach and beside a peer measured in the same run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headwater.terminal import Column, table


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table.

    Attributes:
        what: What was measured, on what.
        figure: What it came to, with its unit.
        must: What it must reach; empty for a peer and for what is only told.
        holds: Whether it does; None when nothing is asked.
        beside: What it is to be read beside: a ratio, a peer's figure, where it comes from.
    """

    what: str
    figure: str
    must: str = ""
    holds: bool | None = None
    beside: str = ""

    @property
    def state(self) -> str:
        return "" if self.holds is None else "ok" if self.holds else "short"


def at_least(what: str, value: float, least: float, beside: str = "") -> Figure:
    """A share that must reach a bound."""
    return Figure(what, f"{value:.3f}", f"≥ {least:g}", value >= least, beside)


def exactly(what: str, wrong: int, told: str, beside: str = "") -> Figure:
    """A count of faults that must be none; `told` says what was right."""
    return Figure(what, told if not wrong else f"{told}, {wrong:,} wrong", "exactly", not wrong, beside)


def lines(figures: Sequence[Figure], width: int | None = None) -> list[str]:
    """The figures as an aligned table."""
    columns = (Column("what"), Column("must"), Column("figure"), Column(""), Column("beside"))
    return table(columns, [(f.what, f.must, f.figure, f.state, f.beside) for f in figures], width)
