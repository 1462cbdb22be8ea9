"""The sizes that a query's arguments say, as numbers or by the length of a list, variables and defaults resolved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeGuard

from graphql import (
    FieldNode,
    GraphQLArgument,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    VariableNode,
)
from graphql.utilities.coerce_input_value import coerce_default_value

CEILING = 10**15
"""Beyond it a number is only said to be large: thousands of digits are an error of Python's."""


class Sizes:
    """Reads the sizes in one operation; None for an operation that is not known, nor are its variables then.

    Attributes:
        fixed: No variable has been read so far.
    """

    def __init__(self, operation: OperationDefinitionNode | None, variables: Mapping[str, object]) -> None:
        self.fixed = True
        self._variables = variables
        self._defaults: dict[str, ValueNode] = {
            one.variable.name.value: one.default_value
            for one in (operation.variable_definitions or () if operation is not None else ())
            if one.default_value is not None
        }

    def of(self, node: FieldNode, argument: GraphQLArgument, name: str) -> int | None:
        """The size that an argument of a field says; None where it is absent or null and has no default."""
        size = None
        for given in node.arguments or ():
            if given.name.value == name:
                size = self._literal(given.value)
                break
        if size is None:
            default = coerce_default_value(argument)
            size = None if default is Undefined else _value(default)
        return size

    def _literal(self, value: ValueNode) -> int | None:
        if isinstance(value, VariableNode):
            self.fixed = False
            name = value.name.value
            if name in self._variables:
                return _value(self._variables[name])
            default = self._defaults.get(name)
            return None if default is None else self._literal(default)
        if isinstance(value, NullValueNode):
            return None
        if isinstance(value, ListValueNode):
            return len(value.values)
        if isinstance(value, IntValueNode):
            sign = -1 if value.value.startswith("-") else 1
            return int(value.value) if len(value.value) <= 16 else sign * CEILING
        # One value for a list is a list of one.
        return 1


def is_int(value: object) -> TypeGuard[int]:
    """Whether something is a number, and no truth value."""
    return isinstance(value, int) and not isinstance(value, bool)


def _value(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        return len(value)
    if isinstance(value, float):
        # GraphQL takes 20.0 for a whole number, too.
        value = int(value) if math.isfinite(value) else CEILING
    return max(-CEILING, min(value, CEILING)) if is_int(value) else 1
