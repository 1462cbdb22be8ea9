"""The types of what says who sees what is sensitive: cases and grants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import strawberry

from api.ask import Ask
from api.query.fields import Values, many, one
from api.state import today
from api.types.scalars import Day, Moment


@strawberry.type(description="A case: the number under which sensitive data may be seen, and who works on it. 案件")
class Case:
    """A case."""

    number: str = one(lambda c: c.number, "Its number.", type=str)
    opener: str = one(lambda c: c.opener, "The id of whoever opened it.", type=str)
    opened: str = one(lambda c: c.opened, "When it was opened.", type=Moment)
    closed: str | None = one(lambda c: c.closed, "When it was closed.", type=Moment | None)
    members: list[str] = one(lambda c: list(c.members), "The ids of its members.", type=list[str])


@strawberry.type(description="That the owner of data lets somebody see something sensitive of it. 授权")
class Grant:
    """A grant."""

    id: strawberry.ID = one(lambda g: str(g.id), "Its id.", type=strawberry.ID)
    to: str = one(lambda g: g.grantee, "A role, or the id of a key or of a token's bearer.", type=str)
    property: str = one(lambda g: g.grant.property, "What they see: `Phone`, `Person`, `Person.name` …", type=str)
    owner: str = one(lambda g: g.grant.owner, "The source that stated it.", type=str)
    case: str | None = one(
        lambda g: g.grant.case, "The case in whose members' questions it holds; null for all.", type=str | None
    )
    until: str | None = one(lambda g: g.grant.until, "Its last day (UTC); null for good.", type=Day | None)
    made: str = one(lambda g: g.made, "When it was made.", type=Moment)
    by: str = one(lambda g: g.by, "Who made it: the id of a key or token, or `local:` and who ran a command.", type=str)
    revoked: str | None = one(lambda g: g.revoked, "When it was taken back.", type=Moment | None)
    state: str = one(lambda g: g.stands(today()), "`active`, `expired` or `revoked`.", type=str)

    @many(bool, cost=1)
    def owner_known(grants: Sequence[Any], ask: Ask) -> Values:
        """Whether there are records of the owner; those of a source that is unknown may yet come."""
        known = ask.policy.store.counts().records
        return [grant.grant.owner in known for grant in grants]
