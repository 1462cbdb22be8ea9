"""The command line: `script/bench market FOLDER --seed 7 --clues 300 --noise 1.5 --set shared_site=0.6`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

from bench.making.habits import Habits
from bench.making.market import make


def habits_of(given: Sequence[str]) -> Habits:
    """Habits with some of them set otherwise, each as `name=value`.

    Raises:
        ValueError: There is no such habit, or its value is none.
    """
    known = {field.name: getattr(Habits(), field.name) for field in fields(Habits)}
    values: dict[str, object] = {}
    for one in given:
        name, _, value = one.partition("=")
        if name not in known:
            raise ValueError(f"there is no habit {name!r}; there are {', '.join(known)}")
        usual = known[name]
        values[name] = date.fromisoformat(value) if isinstance(usual, date) else type(usual)(value)
    return replace(Habits(), **values)  # type: ignore[arg-type]


def main(arguments: Sequence[str]) -> int:
    """Makes the market that is asked for and tells how large it is."""
    parser = argparse.ArgumentParser(prog="script/bench market", description="Makes a market with planted truth.")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where feeds/, clues.csv and truth/ are written")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes another market (%(default)s)")
    parser.add_argument("--clues", type=int, default=120, help="how many clues are asked (%(default)s)")
    parser.add_argument("--noise", type=float, default=1.0, help="1.5 is half as much again (%(default)s)")
    parser.add_argument("--set", action="append", default=[], metavar="HABIT=VALUE", help="any other of the habits")
    given = parser.parse_args(arguments)
    try:
        habits = habits_of([f"clues={given.clues}", f"noise={given.noise}", *given.set])
    except ValueError as error:
        parser.error(str(error))
    for name, count in make(given.folder, habits, given.seed).items():
        print(f"{name:14}{count:9,}")
    return 0
