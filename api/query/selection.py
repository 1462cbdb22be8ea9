"""What an operation asks of objects of each type, worked out once: what is left out, merged, given as arguments.

The rules are those of the GraphQL specification, sections 6.3.2 and 6.4.1 (October 2021), by graphql-core's functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    Executor,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    Node,
    OperationDefinitionNode,
    VariableNode,
    VariableValues,
    get_argument_values,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields

from api.query.completion import Complete
from api.query.plan import Plan, Resolver

_DECIDING = ("skip", "include")
_MOST_VARIANTS = 4  # of an operation, as its variables leave things out


@dataclass(frozen=True, slots=True)
class Form:
    """A type as completion needs it: for a list `of` its items, for a leaf what completes it, for all else `type`."""

    is_nullable: bool
    type: Any
    of: Form | None = None
    leaves: Complete | None = None

    @property
    def is_id(self) -> bool:
        """Whether it is the scalar of ids."""
        return self.leaves is not None and self.type.name == "ID"


class Asked:
    """A field that is asked of objects; those of several types share one where it is one field of their interface.

    Attributes:
        key: Its name in the answer.
        name: The field's name.
        nodes: Where the document asks for it.
        selection: What is asked of its values.
    """

    __slots__ = ("_convert", "_details", "_field", "_given", "form", "key", "name", "nodes", "resolve", "selection")

    def __init__(
        self, operation: _Operation, name: str, key: str, field: GraphQLField, resolver: Resolver, details: _Details
    ) -> None:
        self.key = key
        self.name = name
        self.nodes = [one.node for one in details]
        self.resolve, self._convert = resolver
        self.form = _form(operation.plan, field.type)
        self.selection = Selection(operation, details)
        self._field = field
        self._details = details[0]
        # What no variable has a part in is read once; what is wrong is told by each execution.
        self._given: Mapping[str, Any] | None = None
        if not _has_variables(details[0].node.arguments):
            with suppress(GraphQLError):
                self._given = self._read(None)

    def given(self, variables: VariableValues) -> Mapping[str, Any]:
        """Its arguments.

        Raises:
            GraphQLError: One of them is missing, or no value of its type.
        """
        return self._read(variables) if self._given is None else self._given

    def _read(self, variables: VariableValues | None) -> Mapping[str, Any]:
        node, _, of_fragment = self._details
        return self._convert(get_argument_values(self._field, node, variables, of_fragment, True))


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """The fields that are asked of objects, by their keys, in the order of the answer."""

    keys: tuple[str, ...]
    asked: tuple[Asked, ...]


class Selection:
    """What is asked of objects, type by type."""

    __slots__ = ("_by_type", "_details", "_fields", "_operation", "_shared")

    def __init__(self, operation: _Operation, details: _Details | None = None) -> None:
        """What an operation asks of its root, or what the sub-selections of a field do, of which the `details` are."""
        self._operation = operation
        self._details = details
        self._by_type: dict[str, Fields] = {}
        self._fields: dict[tuple[Asked, ...], Fields] = {}
        self._shared: dict[tuple[Any, ...], Asked] = {}

    def of(self, type: GraphQLObjectType) -> Fields:
        """What is asked of objects of a type."""
        found = self._by_type.get(type.name)
        if found is None:
            asked = tuple(self._asked(type))
            # Types of which the same is asked have one object, so that theirs need not be told apart.
            found = self._fields.setdefault(asked, Fields(tuple(one.key for one in asked), asked))
            self._by_type[type.name] = found
        return found

    def _asked(self, type: GraphQLObjectType) -> Iterator[Asked]:
        plan = self._operation.plan
        for key, details in self._operation.collected(type, self._details).items():
            name = details[0].node.name.value
            field = plan.schema.get_field(type, name)
            if field is None:
                continue  # as the specification says of a query that was not validated
            resolver = plan.resolver(type, name)
            # Two threads that come here at once must end with one object.
            same = (key, resolver, str(field.type), *(id(one.node) for one in details))
            found = self._shared.get(same)
            if found is None:
                made = Asked(self._operation, name, key, field, resolver, details)
                found = self._shared.setdefault(same, made)
            yield found


class Prepared:
    """The selections of an operation, kept from one execution to the next; for many threads."""

    def __init__(self, document: DocumentNode) -> None:
        self._deciding = tuple(dict.fromkeys(_deciding(document)))
        self._kept: dict[tuple[Any, ...], Selection] = {}

    def selection(self, plan: Plan, built: Executor[Any]) -> Selection:
        """What an operation asks of its root, as far as its variables do not leave it out."""
        coerced = built.variable_values.coerced
        variant = tuple(coerced.get(name) for name in self._deciding)
        found = self._kept.get(variant)
        if found is None:
            # Nothing of whoever asks is kept: of the variables only those that decide.
            deciding = VariableValues({}, {name: coerced[name] for name in self._deciding if name in coerced})
            found = Selection(_Operation(plan, built.operation, built.fragments, deciding))
            if len(self._kept) < _MOST_VARIANTS:
                self._kept[variant] = found
        return found


_Details = list[FieldDetails]


@dataclass(frozen=True, slots=True)
class _Operation:
    """An operation of a document, with the values of the variables that decide what is left out."""

    plan: Plan
    node: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]
    deciding: VariableValues

    def collected(self, type: GraphQLObjectType, details: _Details | None) -> Mapping[str, _Details]:
        schema = self.plan.schema
        if details is None:
            found = collect_fields(schema, self.fragments, self.deciding, type, self.node, True)
        else:
            found = collect_subfields(schema, self.fragments, self.deciding, self.node, type, details, True)
        return found.grouped_field_set


def _form(plan: Plan, type: Any) -> Form:
    is_nullable = not is_non_null_type(type)
    inner = type if is_nullable else type.of_type
    if is_list_type(inner):
        return Form(is_nullable, inner, of=_form(plan, inner.of_type))
    return Form(is_nullable, inner, leaves=plan.leaves(inner) if is_leaf_type(inner) else None)


def _deciding(node: Any) -> Iterator[str]:
    """The names of the variables that decide what is left out."""
    for one in _inside(node):
        for directive in getattr(one, "directives", None) or ():
            if directive.name.value in _DECIDING:
                yield from (value.name.value for value in _inside(directive) if isinstance(value, VariableNode))


def _has_variables(nodes: Any) -> bool:
    return any(isinstance(one, VariableNode) for node in nodes or () for one in _inside(node))


def _inside(node: Node) -> Iterator[Node]:
    """A node of a document and all nodes in it."""
    yield node
    for key in node.keys:
        value = getattr(node, key, None)
        for inner in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(inner, Node):
                yield from _inside(inner)
