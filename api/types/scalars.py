"""Values on the wire: scalars, and enumerations made from the ontology."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from graph import values
from graph.errors import InvalidValue
from graph.ontology import Label, ontology
from queries.trace import KINDS

Day = NewType("Day", str)
Moment = NewType("Moment", str)
JSON = NewType("JSON", object)
Upload = NewType("Upload", object)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that came with a request, on disk in a folder of its own."""

    path: Path


def _uploaded(value: Any) -> Uploaded:
    if not isinstance(value, Uploaded):
        raise GraphQLError("this is no file; send it by the GraphQL multipart request specification")
    return value


def _day(text: Any) -> str:
    if not isinstance(text, str):
        raise GraphQLError(f"{text!r} is no day; write it as 2025-08-16")
    try:
        return values.day(text)
    except InvalidValue as error:
        raise GraphQLError(f"{error}; write it as 2025-08-16") from error


SCALARS: dict[object, ScalarDefinition] = {
    Day: strawberry.scalar(
        name="Date", description="A day as of ISO 8601: `2025-08-16`.", serialize=str, parse_value=_day
    ),
    Moment: strawberry.scalar(
        name="DateTime",
        description="A time as of ISO 8601, with its zone: `2025-08-16T18:00:00+08:00`.",
        serialize=str,
        parse_value=str,
    ),
    JSON: strawberry.scalar(
        name="JSON", description="Any JSON value.", serialize=lambda value: value, parse_value=lambda value: value
    ),
    Upload: strawberry.scalar(
        name="Upload",
        description="A file, sent by the GraphQL multipart request specification.",
        serialize=str,
        parse_value=_uploaded,
    ),
}
CONFIG = StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True)


def _enumeration(name: str, members: dict[str, Label], description: str) -> Any:
    said = {
        member: strawberry.enum_value(member, description=f"{label.en} {label.zh}") for member, label in members.items()
    }
    members_of: Any = Enum(name, said)  # type: ignore[misc]
    return strawberry.enum(members_of, description=description)


NodeKind: Any = _enumeration(
    "NodeKind", {name: kind.label for name, kind in ontology().kinds.items()}, "The kinds of nodes. 节点类型"
)
LinkKind: Any = _enumeration(
    "LinkKind", {name: kind.label for name, kind in ontology().links.items()}, "The kinds of links. 关系类型"
)
_CLUES: Any = Enum("ClueKind", {kind.upper(): strawberry.enum_value(kind) for kind in KINDS})  # type: ignore[misc]
ClueKind: Any = strawberry.enum(_CLUES, description="The kinds of clues. 线索类型")


@strawberry.enum(description="Which links of a node: those that lead from it, those that lead to it, or both.")
class Direction(Enum):
    """The ways of links around a node."""

    OUT = "out"
    IN = "in"
    BOTH = "both"


@strawberry.enum(description="The languages of labels. 标签语言")
class Language(Enum):
    """English or Chinese."""

    EN = "en"
    ZH = "zh"


def names_of(chosen: list[Any] | None) -> set[str] | None:
    """The names of the chosen members of an enumeration; None when nothing is chosen."""
    return {member.value for member in chosen} if chosen is not None else None
