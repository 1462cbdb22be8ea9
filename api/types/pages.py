"""Pages of lists: connections as of the Relay specification, with cursors that stay good when a list grows."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import strawberry

from api.errors import ServiceError
from api.query.fields import one

MOST = 1000
"""Items on one page at the most."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: its items, their cursors, whether there are more, and how many in all.

    `total` is None when it was not counted, `truncated` tells that there are more than can be asked for.
    """

    items: Sequence[Any]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool
    total: int | None
    truncated: bool = False


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """As of the Relay specification."""

    has_next_page: bool = one(lambda p: p.has_next, "Whether there are items behind this page.", type=bool)
    has_previous_page: bool = one(lambda p: p.has_previous, "Whether there are items before this page.", type=bool)
    start_cursor: str | None = one(lambda p: p.cursors[0] if p.cursors else None, "Of the first item.", type=str | None)
    end_cursor: str | None = one(
        lambda p: p.cursors[-1] if p.cursors else None, "Of the last item: give it as `after`.", type=str | None
    )


@strawberry.type(description="An item of a list with its cursor.")
class Edge(Generic[T]):
    """As of the Relay specification."""

    cursor: str = one(lambda e: e[0], "Where the item stands.", type=str)
    node: T = one(lambda e: e[1], "The item.", type=T)  # type: ignore[misc]


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """As of the Relay specification, with the items themselves and totals beside."""

    edges: list[Edge[T]] = one(
        lambda p: list(zip(p.cursors, p.items, strict=True)),
        "The items with their cursors.",
        type=list[Edge[T]],
        size=1,
    )
    nodes: list[T] = one(lambda p: list(p.items), "The items.", type=list[T], size=1)
    page_info: PageInfo = one(lambda p: p, "Where the page stands.", type=PageInfo)
    total: int | None = one(
        lambda p: p.total, "How many items there are on all pages, where it is known.", type=int | None
    )
    truncated: bool = one(
        lambda p: p.truncated, "Whether there are more than can be paged through: narrow the question.", type=bool
    )


def page(
    items: Sequence[Any],
    first: int,
    after: str | None,
    key: Callable[[Any], str],
    *,
    total: int | None = None,
    may_be_more: bool = False,
) -> Page:
    """A page of a list that is known as far as it is needed.

    Args:
        items: The list from its beginning.
        first: How many items to give.
        after: The cursor of the item before the page.
        key: What an item is known by: its cursor holds it, and its place for when it is gone.
        total: How many there are in all, when that is more than `items`.
        may_be_more: Whether there are items that cannot be asked for.
    """
    if not 0 <= first <= MOST:
        raise ServiceError(f"first is {first}; ask for 0 to {MOST} at a time")
    start = 0
    if after is not None:
        at, name = opened(after)
        found = next((i for i, item in enumerate(items) if key(item) == name), None)
        start = found + 1 if found is not None else min(at, len(items))
    part = items[start : start + first]
    cursors = [sealed(start + i, key(item)) for i, item in enumerate(part)]
    whole = max(total or 0, len(items))
    more = start + len(part) < whole
    return Page(part, cursors, more, start > 0, whole, may_be_more)


def sealed(at: int, key: str) -> str:
    """A cursor."""
    return urlsafe_b64encode(f"{at}:{key}".encode("utf-8", "surrogatepass")).decode().rstrip("=")


def opened(cursor: str) -> tuple[int, str]:
    """The place and the key that a cursor holds.

    Raises:
        ServiceError: It is none.
    """
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("utf-8", "surrogatepass")
        at, _, key = text.partition(":")
        return int(at), key
    except (Error, ValueError) as error:
        raise ServiceError(f"{cursor!r} is no cursor; give one that an earlier page told") from error


def reach(first: int, after: str | None) -> int:
    """How far a list must be known for a page."""
    return first + (opened(after)[0] + 1 if after is not None else 0)
