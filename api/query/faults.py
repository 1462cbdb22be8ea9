"""Errors in their places: the paths to them, what becomes null by them, and the order in which they are told."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from graphql import GraphQLError, located_error

from api.query.selection import Asked, Fields


class Void:
    """In place of a value that is an error; it becomes null in the nearest place that may be null."""

    __slots__ = ()


VOID = Void()


class Step(NamedTuple):
    """A step of the path to a value.

    Attributes:
        key: The key of a field in the answer, or the index of an item.
        place: Where it stands among its siblings.
        is_nullable: Whether null may stand there.
        owner: The name of the type of which it is a field; empty for an item.
    """

    key: str | int
    place: int
    is_nullable: bool
    owner: str


Where = Callable[[int], tuple[Step, ...]]
"""The path of the n-th value of a column; asked for where there is an error."""
Kind = tuple[str, Fields]
"""The name of a type, and what is asked of its objects."""


class Faults:
    """The errors of an execution."""

    def __init__(self) -> None:
        self._noted: list[tuple[tuple[Step, ...], Exception, Asked]] = []

    def __len__(self) -> int:
        return len(self._noted)

    def note(self, error: Exception, asked: Asked, path: tuple[Step, ...]) -> Void:
        """Notes an error of a field."""
        self._noted.append((path, error, asked))
        return VOID

    def miss(self, asked: Asked, path: tuple[Step, ...]) -> Void:
        """Notes that there is no value of a field where one must be."""
        owner = next(step.owner for step in reversed(path) if step.owner)
        return self.note(TypeError(f"Cannot return null for non-nullable field {owner}.{asked.name}."), asked, path)

    def told(self) -> list[GraphQLError]:
        """The errors in the order of the answer; of what became null by one error, no other is told."""
        nulled: set[tuple[str | int, ...]] = set()
        told = []
        for path, error, asked in sorted(self._noted, key=lambda noted: [step.place for step in noted[0]]):
            end = next((i for i in range(len(path), 0, -1) if path[i - 1].is_nullable), 0)
            keys = [step.key for step in path]
            if any(tuple(keys[:i]) in nulled for i in range(end + 1)):
                continue
            nulled.add(tuple(keys[:end]))
            told.append(located_error(error, asked.nodes, keys))
        return told


def below(where: Where, owner: Callable[[int], str], place: int, asked: Asked) -> Where:
    """The paths of a field of objects of which the same is asked."""
    return lambda i: (*where(i), Step(asked.key, place, asked.form.is_nullable, owner(i)))


def across(where: Where, of: Callable[[int], Kind], at: Sequence[int], asked: Asked) -> Where:
    """The paths of a field that some objects of a level share, each of which may have it in another place."""

    def path(n: int) -> tuple[Step, ...]:
        owner, fields = of(at[n])
        return (*where(at[n]), Step(asked.key, fields.asked.index(asked), asked.form.is_nullable, owner))

    return path


class Items:
    """The paths of the items of lists, one list after another."""

    __slots__ = ("_ends", "_is_nullable", "_lists", "_where")

    def __init__(self, lists: Sequence[Any], where: Where, is_nullable: bool) -> None:
        self._lists = lists
        self._where = where
        self._is_nullable = is_nullable
        self._ends: list[int] = []

    def __call__(self, n: int) -> tuple[Step, ...]:
        if not self._ends:
            self._ends = list(accumulate(map(len, self._lists)))
        i = bisect_right(self._ends, n)
        index = n - (self._ends[i - 1] if i else 0)
        return (*self._where(i), Step(index, index, self._is_nullable, ""))
