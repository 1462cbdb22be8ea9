"""What a field costs: told in the `extensions` of a graphql-core field, or in the `metadata` of a Strawberry one.

    cost          what the field itself weighs; without it 0 for scalars and enums, 1 for all else
    sized_by      the argument, or arguments, that say how many results come: a number (`first`), a list (`ids`), or
                  both, where so many come for each of the list
    default_size  how many come when the number (or the list, where there is no number) is not given; without it 1
    max_size      how many may be asked for and given in a list here, instead of `Limits.page`

What a field is given in such a list multiplies its own cost as well, since it looks for each.

A connection is sized where its arguments are; the lists inside it (`edges`) have a `default_size` of 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from graphql import (
    GraphQLField,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
)


def price(field: GraphQLField, key: Literal["cost", "sized_by", "default_size", "max_size"]) -> object:
    """What a field's definition tells under a key; None where it tells nothing."""
    extensions = field.extensions
    if key in extensions:
        return extensions[key]
    # Strawberry keeps its own definition of the field there, with the metadata that it was given.
    metadata = getattr(extensions.get("strawberry-definition"), "metadata", None)
    return metadata.get(key) if isinstance(metadata, Mapping) else None


def unsized(schema: GraphQLSchema) -> tuple[str, ...]:
    """Every list of objects, as `Type.field`, of which neither `sized_by` nor `default_size` tells how long it may be.

    Its length would not be in the cost, so a test of the schema should find none.
    """
    return tuple(
        f"{name}.{field_name}"
        for name, type_ in schema.type_map.items()
        if not name.startswith("__")
        for field_name, field in getattr(type_, "fields", {}).items()
        if isinstance(field, GraphQLField)
        and is_list_type(field.type.of_type if is_non_null_type(field.type) else field.type)
        and is_composite_type(get_named_type(field.type))
        and price(field, "sized_by") is None
        and price(field, "default_size") is None
    )
