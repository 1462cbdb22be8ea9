"""Who asks: the role, the jurisdictions, the grants and the cases of whoever holds a key or a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["investigator", "enforcement", "customs", "right_holder", "steward", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
JUDGES: tuple[Role, ...] = ("investigator", "enforcement", "steward", "admin")
"""Those that judge who is who, and read who judged it and why."""


@dataclass(frozen=True, slots=True)
class Grant:
    """That the owner of data lets somebody see something sensitive of it.

    Attributes:
        property: What: the kind of node whose keys are shown (`Phone`), or one property of it (`Product.features`).
        owner: Whose it is: the source that stated it.
        case: The number of the case in which it is shown; None for every question.
        until: The last day on which it holds, an ISO date; None for good.
    """

    property: str
    owner: str
    case: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever asks.

    Attributes:
        id: The key's id, or issuer and subject of a token: what the audit log calls it.
        name: What people call it.
        role: What it may do.
        jurisdictions: The codes of the divisions it works in, at any level (`33`, `3303`, `330304`); none: everywhere.
        holder: The id of the node of the right holder it speaks for, where its role is `right_holder`.
        owned: The sources whose data is its own, so that it says who sees what is sensitive in them.
        grants: What sensitive data it may see, of those that hold today.
        cases: The numbers of the open cases it is a member of.
    """

    id: str
    name: str
    role: Role
    jurisdictions: tuple[str, ...] = ()
    holder: str | None = None
    owned: frozenset[str] = frozenset()
    grants: tuple[Grant, ...] = ()
    cases: frozenset[str] = frozenset()
