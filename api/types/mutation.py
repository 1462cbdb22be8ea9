"""The mutations of the schema: what may be changed, each with an example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import strawberry

from api.access import viewer
from api.access.cases import OPENERS
from api.access.viewer import Role
from api.ask import Ask
from api.query.fields import Values, many, one
from api.types.scalars import JSON, Day, Moment, Upload, Uploaded
from api.types.sharing import Case, Grant

STEWARDS: tuple[Role, ...] = ("steward", "admin")
CLOSERS: tuple[Role, ...] = (*OPENERS, "admin")


@strawberry.type(description="Work that outlasts a request. 作业")
class Job:
    """A job."""

    id: strawberry.ID = one(lambda j: j.id, "Its id: ask `job(id)` how far it is.", type=strawberry.ID)
    kind: str = one(lambda j: j.kind, "What is done: `load`, `forget` or `retry`.", type=str)
    state: str = one(lambda j: j.state, "`queued`, `running`, `done` or `failed`.", type=str)
    done: float = one(lambda j: j.done, "How much is done: bytes, for a load.", type=float)
    total: float | None = one(lambda j: j.total, "How much there is to do.", type=float | None)
    report: JSON | None = one(lambda j: j.report, "What came of it.", type=JSON | None)
    made: str = one(lambda j: j.made, "When it was asked for.", type=Moment)
    changed: str = one(lambda j: j.changed, "When it was last heard of.", type=Moment)


@strawberry.type(description="What is changed.")
class Mutation:
    """The root of all mutations."""

    @many(Job, cost=100, roles=STEWARDS)
    def load(
        _: Sequence[None],
        ask: Ask,
        file: Upload,
        mapping: str | None = None,
        source: str | None = None,
        add: bool = False,
    ) -> Values:
        """Loads a file; the answer is a job. Into a source that publishes (`HEADWATER_PUBLIC`) only an admin loads.

        Example: `mutation($file: Upload!) { load(file: $file) { id state } }`
        """
        return [ask.load(cast(Uploaded, file), mapping, source, add)]

    @many(Job, cost=100, roles=STEWARDS)
    def forget(_: Sequence[None], ask: Ask, source: str) -> Values:
        """Takes back what only this source said; the answer is a job.

        Example: `mutation { forget(source: "freight") { id state } }`
        """
        return [ask.forget(source)]

    @many(Job, cost=100, roles=STEWARDS)
    def retry_quarantine(_: Sequence[None], ask: Ask, source: str | None = None, file: str | None = None) -> Values:
        """Reads rows set aside once more, as after a mapping was mended; the answer is a job.

        Example: `mutation { retryQuarantine(source: "freight") { id state } }`
        """
        return [ask.retry(source, file)]

    @many(Case, cost=10, roles=OPENERS)
    def open_case(_: Sequence[None], ask: Ask, number: str) -> Values:
        """Opens a case, with you as its first member. Example: `mutation { openCase(number: "2026-17") { number } }`"""
        return [ask.open_case(number)]

    @many(Case, cost=10, roles=OPENERS)
    def add_member(_: Sequence[None], ask: Ask, number: str, member: str) -> Values:
        """Makes somebody a member of a case of yours.

        Example: `mutation { addMember(number: "2026-17", member: "k3f…") { members } }`
        """
        return [ask.add_member(number, member)]

    @many(Case, cost=10, roles=CLOSERS)
    def close_case(_: Sequence[None], ask: Ask, number: str) -> Values:
        """Closes a case that you opened for good; an admin, any.

        Example: `mutation { closeCase(number: "2026-17") { closed } }`
        """
        return [ask.close_case(number)]

    @many(Grant, cost=10)
    def grant(
        _: Sequence[None],
        ask: Ask,
        property: str,
        to: str,
        owner: str,
        case: str | None = None,
        until: Day | None = None,
    ) -> Values:
        """Lets a role or somebody see what is sensitive of a source that is your own; an admin, of any source.

        Example: `mutation { grant(property: "Phone", to: "customs", owner: "platform-x", case: "2026-17") { id } }`
        """
        return [ask.grant(to, viewer.Grant(property, owner, case, until))]

    @many(Grant, cost=10)
    def revoke_grant(_: Sequence[None], ask: Ask, id: strawberry.ID) -> Values:
        """Takes a grant of a source of yours back; an admin, any.

        Example: `mutation { revokeGrant(id: "7") { state } }`
        """
        return [ask.revoke_grant(str(id))]
