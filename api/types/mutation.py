"""The mutations of the schema: what may be changed, each with an example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, cast

import strawberry

from api.access import cases
from api.access.viewer import Role
from api.answers import Uploaded
from api.ask import Ask
from api.errors import Forbidden, ServiceError
from api.query.fields import Values, many, one
from api.types.scalars import JSON, Moment, Upload
from ingest import catalogue

STEWARDS: tuple[Role, ...] = ("steward", "admin")
OPENERS: tuple[Role, ...] = ("enforcement", "customs")


@strawberry.type(description="Work that outlasts a request. 作业")
class Job:
    """A job."""

    id: strawberry.ID = one(lambda j: j.id, "Its id: ask `job(id)` how far it is.", type=strawberry.ID)
    kind: str = one(lambda j: j.kind, "What is done: `load`.", type=str)
    state: str = one(lambda j: j.state, "`queued`, `running`, `done` or `failed`.", type=str)
    done: float = one(lambda j: j.done, "How much is done: bytes, for a load.", type=float)
    total: float | None = one(lambda j: j.total, "How much there is to do.", type=float | None)
    report: JSON | None = one(lambda j: j.report, "What came of it.", type=JSON | None)
    made: str = one(lambda j: j.made, "When it was asked for.", type=Moment)
    changed: str = one(lambda j: j.changed, "When it was last heard of.", type=Moment)


@strawberry.type(description="A case: the number under which sensitive data may be seen, and who works on it. 案件")
class Case:
    """A case."""

    number: str = one(lambda c: c.number, "Its number.", type=str)
    opener: str = one(lambda c: c.opener, "The id of whoever opened it.", type=str)
    opened: str = one(lambda c: c.opened, "When it was opened.", type=Moment)
    closed: str | None = one(lambda c: c.closed, "When it was closed.", type=Moment | None)
    members: list[str] = one(lambda c: list(c.members), "The ids of its members.", type=list[str])


Number = Annotated[str, strawberry.argument(description="The number of the case.")]


@strawberry.type(description="What is changed.")
class Mutation:
    """The root of all mutations; each may be null, so that one that fails does not hide what the others did."""

    @many(Job | None, cost=100, roles=STEWARDS)
    def load(
        _: Sequence[None],
        ask: Ask,
        file: Annotated[Upload, strawberry.argument(description="The file.")],
        mapping: Annotated[
            str | None, strawberry.argument(description="The built-in mapping to read it by; null: the one that fits.")
        ] = None,
        source: Annotated[
            str | None, strawberry.argument(description="Who says what it says; null: what the mapping is called.")
        ] = None,
        add: Annotated[
            bool, strawberry.argument(description="Keep what an earlier version said, and add to it.")
        ] = False,
    ) -> Values:
        """Loads a file; the answer is a job.

        Example: `mutation($file: Upload!) { load(file: $file) { id state } }`
        """
        known = sorted(one.feed for one in catalogue.built_in())
        if mapping is not None and mapping not in known:
            raise ServiceError(f"there is no built-in mapping {mapping!r}; choose of " + ", ".join(known))
        path = cast(Uploaded, file).path
        return [ask.jobs.load(path, mapping=mapping, source=source, add=add, by=ask.viewer.id)]

    @many(Job | None, cost=100, roles=STEWARDS)
    def forget(
        _: Sequence[None], ask: Ask, source: Annotated[str, strawberry.argument(description="The source's name.")]
    ) -> Values:
        """Takes back what only this source said; the answer is a job.

        Example: `mutation { forget(source: "freight") { id state } }`
        """
        return [ask.jobs.forget(source, by=ask.viewer.id)]

    @many(Job | None, cost=100, roles=STEWARDS)
    def retry_quarantine(
        _: Sequence[None],
        ask: Ask,
        source: Annotated[str | None, strawberry.argument(description="Only rows of this source.")] = None,
        file: Annotated[str | None, strawberry.argument(description="Only rows of a file of this name.")] = None,
    ) -> Values:
        """Reads rows set aside once more, as after a mapping was mended; the answer is a job.

        Example: `mutation { retryQuarantine(source: "freight") { id state } }`
        """
        return [ask.jobs.retry(source, file, by=ask.viewer.id)]

    @many(Case | None, cost=10, roles=OPENERS)
    def open_case(_: Sequence[None], ask: Ask, number: Number) -> Values:
        """Opens a case, with you as its first member. Example: `mutation { openCase(number: "2026-17") { number } }`"""
        return [cases.open_case_as(ask.state, number, ask.viewer)]

    @many(Case | None, cost=10, roles=OPENERS)
    def add_member(
        _: Sequence[None],
        ask: Ask,
        number: Number,
        member: Annotated[str, strawberry.argument(description="The id of a key or a token's bearer.")],
    ) -> Values:
        """Makes somebody a member of a case of yours.

        Example: `mutation { addMember(number: "2026-17", member: "k3f…") { members } }`
        """
        return [cases.add_member(ask.state, _own(ask, number), member, by=ask.viewer.id)]

    @many(Case | None, cost=10, roles=OPENERS)
    def close_case(_: Sequence[None], ask: Ask, number: Number) -> Values:
        """Closes a case of yours for good. Example: `mutation { closeCase(number: "2026-17") { closed } }`"""
        return [cases.close_case(ask.state, _own(ask, number), by=ask.viewer.id)]


def _own(ask: Ask, number: str) -> str:
    if cases.case_number(number) not in ask.viewer.cases:
        raise Forbidden(f"you are no member of an open case {number!r}; ask one of its members")
    return number
