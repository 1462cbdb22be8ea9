"""What a GraphQL document asks for, counted before it runs, in one walk in which every fragment is visited once.

A query's cost is the sum of its fields' prices, each times the sizes of the fields that it stands in. A field's
definition tells its price (see `api.query.fields.Price`); a cost of 1 is about 50 microseconds of one processor
(`script/bench api`). It is an upper bound: `@skip` and `@include` do not lower it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)
from graphql.utilities.coerce_input_value import coerce_default_value

from api.errors import LimitExceeded
from api.query.fields import Price, price_of

NESTING = 100
"""The most brackets or fragments inside each other that are looked at: far from the end of Python's stack."""
CEILING = 10**15
"""Beyond it a number is only said to be large: thousands of digits are an error of Python's."""

_PAGES = ("first", "limit")
_INTROSPECTION = {"__schema": Price(cost=500), "__type": Price(cost=50)}
"""What is asked of the schema is bounded by how many objects an answer may hold."""


@dataclass(frozen=True, slots=True)
class Page:
    """A size that a query asks for: `argument` of `field`, as `Type.field`."""

    field: str
    argument: str
    size: int


@dataclass(frozen=True, slots=True)
class Measure:
    """What a query asks for; the attributes are those of `api.query.limits.Limits`, and `cost`.

    Numbers beyond `CEILING` are not exact, so that a bomb of fragments costs no more to count than anything else.
    `fixed` says that no variable has a part in it.
    """

    depth: int = 0
    aliases: int = 0
    roots: int = 0
    directives: int = 0
    fields: int = 0
    cost: int = 0
    repeats: int = 0
    spreads: int = 0
    pages: tuple[Page, ...] = ()
    fixed: bool = True


def measure(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None = None,
    variables: Mapping[str, object] | None = None,
) -> Measure:
    """What the operation that would be executed asks for, its variables resolved; of a document of any validity.

    Linear in the document's length, however often it uses its fragments. A name that fits no operation, and a missing
    one where there are several, measures nothing: the executor refuses those.

    Raises:
        LimitExceeded: `too_deep`, beyond what any limit would allow.
    """
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if operation_name is not None:
        operations = [one for one in operations if one.name is not None and one.name.value == operation_name]
    if len(operations) != 1:
        return Measure()
    return _Walk(schema, document, operations[0], variables or {}).operation(operations[0])


def shape(schema: GraphQLSchema, document: DocumentNode) -> Measure:
    """The most that any operation or fragment of a document asks for, for what is known without variables.

    Raises:
        LimitExceeded: `too_deep`, beyond what any limit would allow.
    """
    return _Walk(schema, document, None, {}).everything()


def too_deep() -> LimitExceeded:
    """The refusal of what nests deeper than is looked at."""
    return LimitExceeded(
        "too_deep", f"the query nests more than {NESTING} levels, the most that is read; ask for the inner ones by id"
    )


@dataclass(slots=True)
class _Sum:
    """What a selection set asks for in itself, for one object that it is asked of; `roots` are its own fields."""

    depth: int = 0
    aliases: int = 0
    roots: int = 0
    directives: int = 0
    fields: int = 0
    cost: int = 0

    def add(self, other: _Sum, times: int = 1) -> None:
        self.aliases = min(self.aliases + other.aliases, CEILING)
        self.directives = min(self.directives + other.directives, CEILING)
        self.fields = min(self.fields + other.fields, CEILING)
        self.cost = min(self.cost + times * other.cost, CEILING)

    def join(self, other: _Sum) -> None:
        """Add what stands beside it on the same level."""
        self.add(other)
        self.depth = max(self.depth, other.depth)
        self.roots = min(self.roots + other.roots, CEILING)


class _Walk:
    """One walk over a document; `operation` says which one's variables are meant, None that none are known."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode | None,
        variables: Mapping[str, object],
    ) -> None:
        self._schema = schema
        self._operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self._variables = variables
        self._defaults: dict[str, ValueNode] = {
            one.variable.name.value: one.default_value
            for one in (operation.variable_definitions or () if operation is not None else ())
            if one.default_value is not None
        }
        self._sums: dict[str, _Sum] = {}
        self._repeats = 0
        self._spreads = 0
        self._pages: list[Page] = []
        self._fixed = True

    def operation(self, operation: OperationDefinitionNode) -> Measure:
        """What one operation asks for."""
        root = self._schema.get_root_type(operation.operation)
        total = self._selections(operation.selection_set, root, 1, set())
        total.directives += len(operation.directives or ())
        return self._measure(total)

    def everything(self) -> Measure:
        """The most that any operation or fragment asks for."""
        most = Measure()
        for operation in self._operations:
            most = _larger(most, self.operation(operation))
        for name in self._fragments:
            # What a fragment has on its first level is no field of the query itself.
            most = _larger(most, replace(self._measure(self._fragment(name, 1)), roots=0))
        return replace(most, spreads=self._spreads + len(self._fragments), repeats=self._repeats)

    def _measure(self, total: _Sum) -> Measure:
        return Measure(
            depth=total.depth,
            aliases=total.aliases,
            roots=total.roots,
            directives=total.directives,
            fields=total.fields,
            cost=total.cost,
            repeats=self._repeats,
            spreads=self._spreads,
            pages=tuple(self._pages),
            fixed=self._fixed,
        )

    def _selections(
        self, selections: SelectionSetNode, parent: GraphQLNamedType | None, level: int, keys: set[str]
    ) -> _Sum:
        if level > NESTING:
            raise too_deep()
        total = _Sum()
        for selection in selections.selections:
            total.directives += len(selection.directives or ())
            if isinstance(selection, FieldNode):
                key = (selection.alias or selection.name).value
                self._repeats += key in keys
                keys.add(key)
                self._field(total, selection, parent, level)
            elif isinstance(selection, FragmentSpreadNode):
                self._spreads += 1
                total.join(self._fragment(selection.name.value, level))
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                inner = parent if condition is None else self._schema.type_map.get(condition.name.value)
                # Validation compares its fields with those that it stands among.
                total.join(self._selections(selection.selection_set, inner, level + 1, keys))
        return total

    def _field(self, total: _Sum, node: FieldNode, parent: GraphQLNamedType | None, level: int) -> None:
        field = self._schema.get_field(parent, node.name.value) if is_composite_type(parent) else None
        cost, results = (0, 1) if field is None else self._priced(node, field, f"{parent}.{node.name.value}")
        total.fields += 1
        total.roots += 1
        total.aliases += node.alias is not None
        total.cost = min(total.cost + cost, CEILING)
        depth = 1
        if node.selection_set is not None:
            result = None if field is None else get_named_type(field.type)
            inner = self._selections(node.selection_set, result, level + 1, set())
            total.add(inner, results)
            depth += inner.depth
        total.depth = max(total.depth, depth)

    def _fragment(self, name: str, level: int) -> _Sum:
        known = self._sums.get(name)
        if known is None:
            # Whatever leads back here counts for nothing: validation refuses circles.
            known = self._sums[name] = _Sum()
            fragment = self._fragments.get(name)
            if fragment is not None:
                on = self._schema.type_map.get(fragment.type_condition.name.value)
                known = self._sums[name] = self._selections(fragment.selection_set, on, level + 1, set())
                known.directives += len(fragment.directives or ())
        return known

    def _priced(self, node: FieldNode, field: GraphQLField, name: str) -> tuple[int, int]:
        """What a field costs by itself, and how many results it may have."""
        price = _INTROSPECTION.get(node.name.value) or price_of(field)
        sizes: dict[str, int] = {}
        for argument, definition in field.args.items():
            is_list = _is_list(definition)
            if not (is_list or argument in _PAGES or argument in price.sized or argument in price.charges):
                continue
            size = self._size(node, definition, argument)
            if size is None:
                continue
            if is_list or argument in _PAGES:
                self._pages.append(Page(name, argument, size))
            sizes[argument] = max(size, 1)
        # For nothing, as much is done as for one; for each item of a list, it is done again.
        many = {argument: sizes.get(argument, usual) for argument, usual in price.sized.items()}
        given = math.prod(many[argument] for argument in many if _is_list(field.args[argument]))
        results = (price.size or 1) * math.prod(many.values())
        charges = sum(units * sizes.get(argument, 0) for argument, units in price.charges.items())
        return min(price.cost * given + charges + price.each * results, CEILING), min(results, CEILING)

    def _size(self, node: FieldNode, argument: GraphQLArgument, name: str) -> int | None:
        """The size that an argument says, as a number or by the length of a list; None where it is absent or null."""
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
            self._fixed = False
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


def _is_list(argument: GraphQLArgument) -> bool:
    return is_list_type(get_nullable_type(argument.type))


def _value(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        return len(value)
    if isinstance(value, float):
        # GraphQL takes 20.0 for a whole number, too.
        value = int(value) if math.isfinite(value) else CEILING
    if isinstance(value, int) and not isinstance(value, bool):
        return max(-CEILING, min(value, CEILING))
    return 1


def _larger(one: Measure, other: Measure) -> Measure:
    return Measure(
        depth=max(one.depth, other.depth),
        aliases=max(one.aliases, other.aliases),
        roots=max(one.roots, other.roots),
        directives=max(one.directives, other.directives),
        fields=max(one.fields, other.fields),
        cost=max(one.cost, other.cost),
    )
