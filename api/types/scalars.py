"""Values on the wire: scalars, and enumerations made from the ontology."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from api.answers import Uploaded
from graph import values
from graph.errors import InvalidValue
from graph.ontology import ontology
from queries.trace import KINDS

Day = NewType("Day", str)
Moment = NewType("Moment", str)
JSON = NewType("JSON", object)
Upload = NewType("Upload", object)


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


def enumeration(name: str, said: Mapping[str, str], description: str) -> Any:
    """An enumeration of values, each with what is said of it; what has no capitals is named in capitals."""
    members = {
        value.upper() if value.islower() else value: strawberry.enum_value(value, description=words)
        for value, words in said.items()
    }
    made: Any = Enum(name, members)  # type: ignore[misc]
    return strawberry.enum(made, description=description)


def _labels(known: Mapping[str, Any]) -> dict[str, str]:
    return {name: f"{kind.label.en} {kind.label.zh}" for name, kind in known.items()}


_CLUES = {
    "listing": "A listing: its web address, or platform and item number. 商品链接",
    "account": "A seller's account: its web address, or platform and account number. 店铺账号",
    "order": "An order: platform and number. 订单号",
    "waybill": "The number of a waybill. 运单号",
    "phone": "A phone, in full. 电话",
    "wechat": "A handle of WeChat. 微信号",
    "qq": "A number of QQ. QQ号",
    "email": "An e-mail address. 邮箱",
    "icp": "The number of an ICP filing or licence, with or without the suffix of the site. 网站备案号",
    "payee": "An account that is paid into. 收款账号",
    "company": "A company: its credit code, or its name in either script. 公司",
    "person": "A person: the number by which registers know it, or its name. 个人",
    "address": "An address. 地址",
    "site": "The number of a site: a warehouse, a factory, a shop. 场所",
    "label": "An e-label: its web address, or its number. 电子标签",
    "declaration": "The number of a customs declaration. 报关单号",
    "consignment": "The number of a consignment. 托运单号",
    "container": "The number of a container. 集装箱号",
    "exhibit": "The number of an exhibit. 物证编号",
}
NodeKind: Any = enumeration("NodeKind", _labels(ontology().kinds), "The kinds of nodes. 节点类型")
LinkKind: Any = enumeration("LinkKind", _labels(ontology().links), "The kinds of links. 关系类型")
ClueKind: Any = enumeration(
    "ClueKind",
    {kind: _CLUES[kind] for kind in KINDS},
    "The kinds of clues, in the order in which they are tried. 线索类型",
)
Direction: Any = enumeration(
    "Direction",
    {"out": "Those that lead from it.", "in": "Those that lead to it.", "both": "All of them."},
    "Which links of a node.",
)
Language: Any = enumeration("Language", {"en": "English.", "zh": "Chinese. 中文"}, "The languages of labels. 标签语言")


def names_of(chosen: list[Any] | None) -> set[str] | None:
    """The names of the chosen members of an enumeration; None when nothing is chosen."""
    return {member.value for member in chosen} if chosen is not None else None
