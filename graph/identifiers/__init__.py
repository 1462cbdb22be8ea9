"""Identifiers: one module per kind, all with the same five functions.

What is certain to be wrong is refused (a check character, a length); what is only unknown (a division, a commodity
code, a layout) is kept, and `doubts` names it.
"""

from __future__ import annotations

from typing import Protocol

from graph.errors import OntologyError
from graph.identifiers import (
    container,
    declaration,
    email,
    gtin,
    hs,
    icp,
    patent,
    phone,
    plate,
    s10,
    sgtin,
    sscc,
    trademark,
    uscc,
)

__all__ = ["KINDS", "Identifier", "get"]


class Identifier(Protocol):
    """What the module of every kind offers."""

    def compact(self, value: str) -> str:
        """Return the value without separators, its width and case folded; nothing is checked."""

    def validate(self, value: str) -> str:
        """Return the form by which equal identifiers are equal, or raise `InvalidValue`."""

    def is_valid(self, value: str) -> bool:
        """Tell whether `validate` would accept the value; no text makes it raise."""

    def format(self, value: str) -> str:
        """Return the form that people read."""

    def doubts(self, value: str) -> tuple[str, ...]:
        """Say in short codes what is unknown of a valid value."""


KINDS: dict[str, Identifier] = {
    "uscc": uscc,
    "gtin": gtin,
    "sscc": sscc,
    "sgtin": sgtin,
    "container": container,
    "s10": s10,
    "patent": patent,
    "phone": phone,
    "plate": plate,
    "icp": icp,
    "hs": hs,
    "declaration": declaration,
    "trademark": trademark,
    "email": email,
}


def get(name: str) -> Identifier:
    """Return the module of a kind.

    Raises:
        OntologyError: There is no such kind.
    """
    if name not in KINDS:
        raise OntologyError(f"no identifier is called {name!r}: choose one of {', '.join(KINDS)}")
    return KINDS[name]
