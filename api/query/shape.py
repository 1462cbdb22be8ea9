"""What a GraphQL document asks for, counted in one walk in which every fragment is visited once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from api.errors import LimitExceeded
from api.query.prices import price
from api.query.sizes import CEILING, Sizes, is_int

NESTING = 100
"""The most brackets or fragments inside each other that are looked at: far from the end of Python's stack."""

_PAGES = ("first", "last", "limit")


@dataclass(frozen=True, slots=True)
class Page:
    """A size that a query asks for: `argument` of `field` (as `Type.field`), and the field's own `max_size`, if any."""

    field: str
    argument: str
    size: int
    most: int | None


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


class Walk:
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
        self._read = Sizes(operation, variables)
        self._sums: dict[str, _Sum] = {}
        self._repeats = 0
        self._spreads = 0
        self._pages: list[Page] = []

    def operation(self, operation: OperationDefinitionNode) -> Measure:
        """What one operation asks for."""
        root = {
            OperationType.QUERY: self._schema.query_type,
            OperationType.MUTATION: self._schema.mutation_type,
            OperationType.SUBSCRIPTION: self._schema.subscription_type,
        }[operation.operation]
        total = self._selections(operation.selection_set, root, 1)
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
            fixed=self._read.fixed,
        )

    def _selections(self, selections: SelectionSetNode, parent: GraphQLNamedType | None, level: int) -> _Sum:
        if level > NESTING:
            raise too_deep()
        total = _Sum()
        keys: set[str] = set()
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
                total.join(self._selections(selection.selection_set, inner, level + 1))
        return total

    def _field(self, total: _Sum, node: FieldNode, parent: GraphQLNamedType | None, level: int) -> None:
        field = self._definition(parent, node.name.value)
        result = None if field is None else get_named_type(field.type)
        weight = price(field, "cost") if field is not None else None
        if not isinstance(weight, int):
            weight = int(is_composite_type(result))
        # Sizes are looked at where nothing is selected, too: a list of scalars has pages like any other.
        given, size = (1, 1) if field is None else self._sizes(node, field, parent)
        total.fields += 1
        total.roots += 1
        total.aliases += node.alias is not None
        total.cost = min(total.cost + weight * given, CEILING)
        depth = 1
        if node.selection_set is not None:
            inner = self._selections(node.selection_set, result, level + 1)
            total.add(inner, size)
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
                known = self._sums[name] = self._selections(fragment.selection_set, on, level + 1)
                known.directives += len(fragment.directives or ())
        return known

    def _definition(self, parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
        composite: GraphQLCompositeType | None = parent if is_composite_type(parent) else None
        return None if composite is None else self._schema.get_field(composite, name)

    def _sizes(self, node: FieldNode, field: GraphQLField, parent: GraphQLNamedType | None) -> tuple[int, int]:
        """How many things a field is given, each of which it has to look for, and how many results come of them all."""
        told = price(field, "sized_by")
        sized_by = (told,) if isinstance(told, str) else tuple(told) if isinstance(told, (tuple, list)) else ()
        most = price(field, "max_size")
        lists: list[int] = []
        numbers: list[int] = []
        is_paged = False
        for name, argument in field.args.items():
            is_list, is_sizing = is_list_type(get_nullable_type(argument.type)), name in sized_by
            is_paged = is_paged or (is_sizing and not is_list)
            if not (is_list or is_sizing or name in _PAGES):
                continue
            size = self._read.of(node, argument, name)
            if size is not None:
                self._pages.append(Page(f"{parent}.{node.name.value}", name, size, most if is_int(most) else None))
                if is_sizing:
                    (lists if is_list else numbers).append(max(size, 0))
        given = math.prod(lists)
        default = price(field, "default_size")
        if numbers:
            each = max(numbers)
        elif lists and not is_paged:
            each = 1
        else:
            each = default if is_int(default) else 1
        return given, given * each


def too_deep() -> LimitExceeded:
    """The refusal of what nests deeper than is looked at."""
    return LimitExceeded(
        "too_deep", f"the query nests more than {NESTING} levels, the most that is read; ask for the inner ones by id"
    )


def _larger(one: Measure, other: Measure) -> Measure:
    return Measure(
        depth=max(one.depth, other.depth),
        aliases=max(one.aliases, other.aliases),
        roots=max(one.roots, other.roots),
        directives=max(one.directives, other.directives),
        fields=max(one.fields, other.fields),
        cost=max(one.cost, other.cost),
    )
