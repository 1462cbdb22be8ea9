"""Pages of lists, and the cursors by which one follows the other."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from api.errors import ServiceError
from api.masks.paging import Part


class Cursors:
    """The cursors of one kind of list under one key, for many threads: what stands in them nobody else reads or makes.

    A cursor is a place in the order of the list, encrypted by AES-SIV (RFC 5297): places are told by hashes of ids that
    may be masked, and of a short number a hash tells all.

    Args:
        key: 32 bytes, the same in every worker.
        of: The kind of list, of which no cursor fits another.
    """

    __slots__ = ("_cipher", "_of")

    def __init__(self, key: bytes, of: str) -> None:
        self._cipher = AESSIV(key)
        self._of = [of.encode()]

    def seal(self, place: Sequence[str | int | float | None]) -> str:
        """The cursor of a place."""
        return urlsafe_b64encode(self._cipher.encrypt(orjson.dumps([*place]), self._of)).decode().rstrip("=")

    def open(self, cursor: str) -> tuple[Any, ...]:
        """The place of a cursor.

        Raises:
            ServiceError: It was not made here, or for another kind of list.
        """
        try:
            sealed = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
            return tuple(orjson.loads(self._cipher.decrypt(sealed, self._of)))
        except (Error, InvalidTag, ValueError) as error:
            raise ServiceError(f"{cursor[:40]!r} is no cursor of this list; give one that a page of it told") from error


@dataclass(frozen=True, slots=True)
class Edge:
    """An item of a page with its place."""

    cursors: Cursors
    place: Any
    node: Any

    @property
    def cursor(self) -> str:
        return self.cursors.seal(self.place)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: part of it, whether there is a page before, whether there are items that no page holds."""

    cursors: Cursors
    part: Part
    has_previous: bool
    truncated: bool = False

    @property
    def edges(self) -> list[Edge]:
        return list(map(partial(Edge, self.cursors), self.part.places, self.part.items))

    @property
    def items(self) -> Sequence[Any]:
        return self.part.items

    @property
    def has_next(self) -> bool:
        return self.part.has_more

    @property
    def total(self) -> int | None:
        return self.part.total

    @property
    def start(self) -> str | None:
        """The cursor of the first item."""
        return self.cursors.seal(self.part.places[0]) if self.part.places else None

    @property
    def end(self) -> str | None:
        """The cursor behind which the next page begins."""
        last = self.part.end if self.part.end is not None else next(iter(self.part.places[-1:]), None)
        return self.cursors.seal(last) if last is not None else None


class Paging:
    """What makes the pages of lists of one kind that begin behind one cursor; `place` is its place, if there is one."""

    def __init__(self, cursors: Cursors, after: str | None) -> None:
        self.place: Any = None if after is None else cursors.open(after)
        self._cursors = cursors

    def page(self, part: Part, *, truncated: bool = False) -> Page:
        """The page that is this part of a list."""
        return Page(self._cursors, part, self.place is not None, truncated)
