"""Fields that are answered for many objects at once.

A resolver takes the objects of one level, the request, and its arguments, and gives one value an object, in their
order: so a query asks the store as often as it has fields, however many results there are. An exception in place of a
value is that object's error. Every such field can also be asked for one object alone, as GraphQL's plain executor does.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from types import MappingProxyType
from typing import Any

import strawberry
from strawberry.types.field import StrawberryField

from api.access.viewer import ROLES, Role
from api.errors import Forbidden

MANY = "many"
"""Under this name a field's metadata holds its resolver for many objects."""
ONE = "one"
"""Under this name it holds a function that gives the value from an object alone: nothing is asked for it."""
PRICE = "price"
"""Under this name it holds the field's `Price`."""
WAITS = "waits"
"""Under this name it tells whether the field asks a store or a disk."""

Values = Sequence[Any]
"""One value, or an exception, for each object."""
Many = Callable[..., Values]


@dataclass(frozen=True, slots=True)
class Price:
    """What a field costs, and what its results multiply.

    Attributes:
        cost: Of asking for it; once for each item of a list that it is `sized` by, since each is looked for.
        each: Of each result beside that.
        sized: The arguments that say how many results there are, as a number or by the length of a list, each with how
            many when it is not given; of several, their product says it.
        size: How many results there are for each of that, at the most; one where nothing is said.
        charges: Arguments that add to the cost: so much for each of a number, or once for any other value.
    """

    cost: int = 0
    each: int = 0
    sized: Mapping[str, int] = field(default_factory=dict)
    size: int | None = None
    charges: Mapping[str, int] = field(default_factory=dict)


_FREE = Price()


def many(
    type: Any,
    *,
    cost: int = 0,
    each: int = 0,
    sized: Mapping[str, int] = MappingProxyType({}),
    size: int | None = None,
    charges: Mapping[str, int] = MappingProxyType({}),
    roles: Collection[Role] = ROLES,
    waits: bool = True,
    name: str | None = None,
) -> Callable[[Many], StrawberryField]:
    """A field whose resolver answers for many objects: `(objects, ask, argument…) -> values`.

    Args:
        type: The type of one value; as text where it is defined further below.
        cost: This and the next are its `Price`.
        each: See `Price`.
        sized: See `Price`.
        size: See `Price`.
        charges: See `Price`.
        roles: Who may ask for it.
        waits: Whether it asks a store or a disk, for itself or for what lies inside it.
        name: What the schema calls it, when it is not the function's name.
    """

    def decorate(resolve: Many) -> StrawberryField:
        signature = inspect.signature(resolve)
        _, _, *arguments = signature.parameters.values()

        def allowed(objects: Sequence[Any], ask: Any, **given: Any) -> Sequence[Any]:
            if ask.viewer.role not in roles:
                raise Forbidden(f"{name or resolve.__name__} is for {', '.join(roles)}; your role is {ask.viewer.role}")
            return resolve(objects, ask, **given)

        def one(root: Any, info: strawberry.Info, **given: Any) -> Any:
            (found,) = allowed([root], info.context, **given)
            if isinstance(found, Exception):
                raise found
            return found

        of = inspect.Parameter.POSITIONAL_OR_KEYWORD
        info = inspect.Parameter("info", of, annotation=strawberry.Info)
        one.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[inspect.Parameter("root", of), info, *arguments],
            return_annotation=type,
        )
        one.__annotations__ = {
            "info": strawberry.Info,
            **{argument.name: argument.annotation for argument in arguments},
            "return": type,
        }
        one.__name__, one.__qualname__, one.__module__ = resolve.__name__, resolve.__qualname__, resolve.__module__
        made: StrawberryField = strawberry.field(
            resolver=one,
            name=name,
            description=inspect.getdoc(resolve),
            metadata={MANY: allowed, WAITS: waits, PRICE: Price(cost, each, sized, size, charges)},
        )
        return made

    return decorate


def one(
    get: str | Callable[[Any], Any],
    description: str,
    *,
    type: Any,
    name: str | None = None,
    size: int | None = None,
) -> Any:
    """A field whose value an object has in itself: in an attribute, or by a function.

    `size` says how many results there are at the most, for what is asked of them.
    """
    value = attrgetter(get) if isinstance(get, str) else get

    def resolve(root: Any) -> Any:
        return value(root)

    made: StrawberryField = strawberry.field(
        resolver=resolve,
        name=name,
        description=description,
        graphql_type=type,
        metadata={ONE: value, PRICE: Price(size=size)},
    )
    return made


def price_of(field: Any) -> Price:
    """What a field of a schema costs; `field` is GraphQL's own."""
    price: Price = metadata(field).get(PRICE, _FREE)
    return price


def metadata(field: Any) -> Mapping[str, Any]:
    """What was noted of a field of a schema when it was made; `field` is GraphQL's own."""
    definition = (field.extensions or {}).get("strawberry-definition")
    return definition.metadata if definition is not None else {}
