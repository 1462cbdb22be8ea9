"""What a viewer may share: cases that it opened or is a member of, and what is sensitive of what it owns."""

from __future__ import annotations

from api.access.cases import Case, add_member, case_number, close_case, find_case, is_member
from api.access.grants import Granted, add_grant, list_grants, revoke_grant
from api.access.viewer import Grant, Viewer
from api.errors import Forbidden
from api.state import State, today
from graph.errors import NotFound


def add_to_case(state: State, viewer: Viewer, number: str, member: str) -> Case:
    """Makes somebody a member of a case that the viewer is a member of.

    Raises:
        Forbidden: It is none of the viewer's.
    """
    return add_member(state, _own(state, viewer, number), member, by=viewer.id)


def end_case(state: State, viewer: Viewer, number: str) -> Case:
    """Closes a case that the viewer opened; for an admin, any.

    Raises:
        Forbidden: Another opened it.
    """
    if viewer.role != "admin" and find_case(state, _own(state, viewer, number)).opener != viewer.id:
        raise Forbidden(f"the case {number!r} is closed by whoever opened it, or by an admin; ask one of them")
    return close_case(state, number, by=viewer.id)


def grants_of_owned(state: State, viewer: Viewer) -> list[Granted]:
    """The grants of what the viewer owns; for an admin, all.

    Raises:
        Forbidden: It owns nothing.
    """
    return list_grants(state, None if viewer.role == "admin" else _owned(viewer))


def grant_of_owned(state: State, viewer: Viewer, grantee: str, grant: Grant, issuer: str | None) -> Granted:
    """Lets somebody see what is sensitive of what the viewer owns; an admin, of any source.

    Args:
        state: Where it is kept.
        viewer: Who grants it.
        grantee: A role, or the id of a key or a token's bearer.
        grant: What.
        issuer: The provider whose tokens are believed; None where none is.

    Raises:
        Forbidden: The source is none of the viewer's.
        InvalidValue: Something of it is malformed.
    """
    if viewer.role != "admin" and grant.owner.strip() not in _owned(viewer):
        raise Forbidden(f"{grant.owner!r} is no source of yours; yours: {', '.join(sorted(_owned(viewer)))}")
    return add_grant(state, grantee, grant, by=viewer.id, today=today(), issuer=issuer)


def revoke_of_owned(state: State, viewer: Viewer, name: str) -> Granted:
    """Takes back a grant of what the viewer owns; an admin, any.

    Raises:
        NotFound: There is none of this id among them.
    """
    number = int(name) if name.isdecimal() and name.isascii() and len(name) < 16 else 0
    if not any(one.id == number for one in grants_of_owned(state, viewer)):
        raise NotFound(f"there is no grant {name[:20]!r} of yours; `grants` tells their ids")
    return revoke_grant(state, number, by=viewer.id)


def _own(state: State, viewer: Viewer, number: str) -> str:
    # Whoever opened it a moment ago, perhaps by the same request, is remembered without it.
    if case_number(number) not in viewer.cases and not is_member(state, number, viewer.id):
        raise Forbidden(f"you are no member of an open case {number!r}; ask one of its members")
    return number


def _owned(viewer: Viewer) -> frozenset[str]:
    if not viewer.owned:
        raise Forbidden(
            f"grants are for admins and for those whose own the data is; your role is {viewer.role}, and you own no "
            "source"
        )
    return viewer.owned
