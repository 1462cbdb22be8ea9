"""Completion of leaves: values of scalars and enumerations as the answer has them, a whole column at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any

from graphql import Executor, GraphQLEnumType, GraphQLLeafType

Complete = Callable[[Sequence[Any], set[type]], Sequence[Any] | None]
"""Completes values, of which the classes are given too; None when they must be looked at one by one."""

_PLAIN: Mapping[str, type] = {"String": str, "ID": str, "Date": str, "DateTime": str, "Boolean": bool}
"""Scalars whose values of this very class are their own form on the wire."""
_NONE = type(None)
_INT = range(-(2**31), 2**31)


def completed_at_once(leaf: GraphQLLeafType) -> Complete:
    """What completes a column of values of a type at once, where none of them is special; nulls stay."""
    if isinstance(leaf, GraphQLEnumType):
        return _enumerated(leaf)
    if leaf.name == "Int":
        return _integers
    if leaf.name == "Float":
        return lambda values, kinds: values if kinds == {float} and all(map(isfinite, values)) else None
    plain = _PLAIN.get(leaf.name)
    return lambda values, kinds: values if plain is not None and kinds <= {plain, _NONE} else None


def completed(leaf: GraphQLLeafType, value: Any) -> Any:
    """One value that is not null.

    Raises:
        Exception: It is no value of the type.
    """
    return Executor.complete_leaf_value(leaf, value)


def _enumerated(leaf: GraphQLEnumType) -> Complete:
    names: dict[Any, Any] = {None: None}

    def complete(values: Sequence[Any], kinds: set[type]) -> Sequence[Any] | None:
        try:
            for value in set(values).difference(names):
                names[value] = completed(leaf, value)
        except Exception:  # one of them is none of its values, or not even hashable
            return None
        return list(map(names.__getitem__, values))

    return complete


def _integers(values: Sequence[Any], kinds: set[type]) -> Sequence[Any] | None:
    return values if kinds == {int} and min(values) in _INT and max(values) in _INT else None
