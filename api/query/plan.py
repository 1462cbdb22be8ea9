"""A schema made ready for execution: how each of its fields is resolved for many objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, NamedTuple

import strawberry
from graphql import (
    GraphQLAbstractType,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
)
from strawberry.types.arguments import convert_arguments

from api.query.completion import Complete, completed_at_once
from api.query.fields import MANY, ONE, metadata


class Resolver(NamedTuple):
    """How a field is resolved.

    Attributes:
        resolve: The values for objects, given the request and arguments: for each one value, or its error.
        convert: Makes these arguments of those that GraphQL has read.
    """

    resolve: Callable[[Sequence[Any], Any, Mapping[str, Any]], Sequence[Any]]
    convert: Callable[[dict[str, Any]], Mapping[str, Any]]


class Plan:
    """A schema with the resolvers of its fields and what completes its leaves, made ready once, for many threads.

    Args:
        schema: The schema.
        typename: The name of the type that a value of an interface or union has.
    """

    def __init__(self, schema: strawberry.Schema, typename: Callable[[Any], str]) -> None:
        self.schema = schema._schema  # strawberry.Schema has no public way to the schema of graphql-core
        self.typename = typename
        self._converter = schema.schema_converter.scalar_registry, schema.config
        self._shared: dict[Any, Resolver] = {}
        types = self.schema.type_map.values()
        fields = {(one.name, name): field for one in types if is_object_type(one) for name, field in one.fields.items()}
        if (query := self.schema.query_type) is not None:
            fields |= {(query.name, "__schema"): SchemaMetaFieldDef, (query.name, "__type"): TypeMetaFieldDef}
        self._resolvers = {place: self._resolver(field) for place, field in fields.items()}
        self._resolvers |= {(one.name, "__typename"): _named(one.name) for one in types if is_object_type(one)}
        self._leaves = {one.name: completed_at_once(one) for one in types if is_leaf_type(one)}
        self._possible = {
            one.name: {made.name: made for made in self.schema.get_possible_types(one)}
            for one in types
            if is_abstract_type(one)
        }

    def resolver(self, owner: GraphQLObjectType, name: str) -> Resolver:
        """How a field is resolved; types that have it from one interface share one resolver."""
        return self._resolvers[owner.name, name]

    def leaves(self, type: GraphQLLeafType) -> Complete:
        """What completes values of a scalar or an enumeration."""
        return self._leaves[type.name]

    def concrete(self, type: GraphQLAbstractType, name: str) -> GraphQLObjectType:
        """The object type of a name, which must be one of an interface or a union."""
        found = self._possible[type.name].get(name)
        if found is None:
            raise RuntimeError(f"{name} is no type of {type.name}")
        return found

    def _resolver(self, field: GraphQLField) -> Resolver:
        said = metadata(field)
        definition = field.extensions.get("strawberry-definition")
        if definition is None:
            return self._introspecting(field)
        function = said.get(MANY) or said.get(ONE) or attrgetter(definition.python_name)
        if function not in self._shared:
            self._shared[function] = (
                self._many(function, definition.arguments)
                if MANY in said
                else Resolver(lambda objects, ask, given: _each(function, objects), dict)
            )
        return self._shared[function]

    def _many(self, function: Callable[..., Sequence[Any]], arguments: Any) -> Resolver:
        registry, config = self._converter
        return Resolver(
            lambda objects, ask, given: function(objects, ask, **given),
            lambda given: convert_arguments(given, arguments, registry, config),
        )

    def _introspecting(self, field: GraphQLField) -> Resolver:
        """A field of graphql-core's own, whose resolvers read nothing but the schema of what they are told."""
        resolve: Any = field.resolve
        info = SimpleNamespace(schema=self.schema)
        return Resolver(lambda objects, ask, given: [resolve(one, info, **given) for one in objects], dict)


def _named(type: str) -> Resolver:
    return Resolver(lambda objects, ask, given: [type] * len(objects), dict)


def _each(get: Callable[[Any], Any], objects: Sequence[Any]) -> list[Any]:
    try:
        return list(map(get, objects))
    except Exception:
        # Only the object that is at fault has the error.
        return [_tried(get, one) for one in objects]


def _tried(get: Callable[[Any], Any], one: Any) -> Any:
    try:
        return get(one)
    except Exception as error:
        return error
