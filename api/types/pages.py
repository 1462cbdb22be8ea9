"""Connections as of the Relay specification."""

from __future__ import annotations

from typing import Generic, TypeVar

import strawberry

from api.query.fields import one

T = TypeVar("T")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """As of the Relay specification."""

    has_next_page: bool = one("has_next", "Whether there are items behind this page.", type=bool)
    has_previous_page: bool = one("has_previous", "Whether there are items before this page.", type=bool)
    start_cursor: str | None = one("start", "The cursor of the first item.", type=str | None)
    end_cursor: str | None = one("end", "Give it as `after` for the next page.", type=str | None)


@strawberry.type(description="An item of a list with its cursor.")
class Edge(Generic[T]):
    """As of the Relay specification."""

    cursor: str = one("cursor", "Where the item stands, whatever comes before it meanwhile.", type=str)
    node: T = one("node", "The item.", type=T)  # type: ignore[misc]


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """As of the Relay specification, with the items themselves and totals beside."""

    edges: list[Edge[T]] = one("edges", "The items with their cursors.", type=list[Edge[T]], size=1)
    nodes: list[T] = one("items", "The items.", type=list[T], size=1)
    page_info: PageInfo = one(lambda p: p, "Where the page stands.", type=PageInfo)
    total: int | None = one("total", "How many items there are on all pages, where it is known.", type=int | None)
    truncated: bool = one(
        "truncated", "Whether there are more than can be paged through: narrow the question.", type=bool
    )
