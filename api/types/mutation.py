"""The mutations of the schema: what may be changed, each with an example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, cast

import strawberry

from api.access import cases, sharing
from api.access.cases import OPENERS
from api.access.viewer import JUDGES, Role
from api.access.viewer import Grant as Granting
from api.answers import Uploaded
from api.ask import Ask
from api.errors import Forbidden, ServiceError
from api.query.fields import Values, many, one
from api.types.identity import IdentityJudgement, IdentityVerdict, JudgementKept
from api.types.scalars import JSON, Day, Moment, Upload
from api.types.sharing import Case, Grant
from graph.changes import DERIVED, JUDGED, RESERVED
from graph.errors import Reserved
from ingest import catalogue

STEWARDS: tuple[Role, ...] = ("steward", "admin")
CLOSERS: tuple[Role, ...] = (*OPENERS, "admin")


@strawberry.type(description="Work that outlasts a request. 作业")
class Job:
    """A job."""

    id: strawberry.ID = one(lambda j: j.id, "Its id: ask `job(id)` how far it is.", type=strawberry.ID)
    kind: str = one(lambda j: j.kind, "What is done: `load`, `forget`, `retry` or `resolve`.", type=str)
    state: str = one(lambda j: j.state, "`queued`, `running`, `done` or `failed`.", type=str)
    done: float = one(lambda j: j.done, "How much is done: bytes, for a load; hundredths, for `resolve`.", type=float)
    total: float | None = one(lambda j: j.total, "How much there is to do.", type=float | None)
    report: JSON | None = one(lambda j: j.report, "What came of it.", type=JSON | None)
    made: str = one(lambda j: j.made, "When it was asked for.", type=Moment)
    changed: str = one(lambda j: j.changed, "When it was last heard of.", type=Moment)


One = Annotated[strawberry.ID, strawberry.argument(description="The id of one node.")]
Other = Annotated[strawberry.ID, strawberry.argument(description="The id of the other.")]
Verdict = Annotated[IdentityVerdict, strawberry.argument(description="What they are.")]
Reason = Annotated[str, strawberry.argument(description="For what reason, up to 2,000 characters; it is kept.")]
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
        """Loads a file; the answer is a job. Into a source that publishes (`HEADWATER_PUBLIC`) only an admin loads.

        Example: `mutation($file: Upload!) { load(file: $file) { id state } }`
        """
        known = sorted(one.feed for one in catalogue.built_in())
        if mapping is not None and mapping not in known:
            raise ServiceError(f"there is no built-in mapping {mapping!r}; choose of " + ", ".join(known))
        if (source or mapping) in RESERVED:
            raise ServiceError(f"the source {source!r} is kept for what is worked out or judged; name another one")
        # What a public source states is open to all: whoever loads into one decides what is masked.
        closed = frozenset(ask.public if ask.viewer.role != "admin" else ())
        if (source or mapping) in closed:
            raise Forbidden(f"{source or mapping} is a public source, which an admin loads; name another source")
        path = cast(Uploaded, file).path
        return [ask.jobs.load(path, mapping=mapping, source=source, add=add, by=ask.viewer.id, closed=closed)]

    @many(Job | None, cost=100, roles=STEWARDS)
    def forget(
        _: Sequence[None], ask: Ask, source: Annotated[str, strawberry.argument(description="The source's name.")]
    ) -> Values:
        """Takes back what only this source said; the answer is a job.

        Example: `mutation { forget(source: "freight") { id state } }`
        """
        if source == JUDGED:
            raise Reserved("what people judged is taken back pair by pair; `unjudge` does that")
        if source == DERIVED:
            raise Reserved("the next run would make links of identity again; `resolve(full: true)` makes them anew")
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

    @many(Job | None, cost=100, roles=STEWARDS)
    def resolve(
        _: Sequence[None],
        ask: Ask,
        full: Annotated[bool, strawberry.argument(description="Read and compare everything anew.")] = False,
    ) -> Values:
        """Finds the parties that are one under several names, and links them; the answer is a job, one at a time.

        Only what changed since the last time is compared. Example: `mutation { resolve { id state } }`
        """
        return [ask.jobs.resolve(full, by=ask.viewer.id)]

    @many(JudgementKept | None, cost=100, roles=JUDGES)
    def judge(_: Sequence[None], ask: Ask, a: One, b: Other, verdict: Verdict, why: Reason) -> Values:
        """Says that two nodes are one, are two, or that it is uncertain; it holds at once, before any model.

        Example: `mutation { judge(a: "Party/x:1#y", b: "Party/x:2#y", verdict: SAME, why: "w") { doubts { code } } }`
        """
        return [ask.policy.judge(str(a), str(b), verdict.value, why)]

    @many(IdentityJudgement | None, cost=100, roles=JUDGES)
    def unjudge(_: Sequence[None], ask: Ask, a: One, b: Other, why: Reason) -> Values:
        """Takes back what was judged of two nodes, whoever did; that it was, is kept.

        Example: `mutation { unjudge(a: "Party/x:1#y", b: "Party/x:2#y", why: "a mistake") { verdict at } }`
        """
        return [ask.policy.unjudge(str(a), str(b), why)]

    @many(Case | None, cost=10, roles=OPENERS)
    def open_case(_: Sequence[None], ask: Ask, number: Number) -> Values:
        """Opens a case, with you as its first member. Example: `mutation { openCase(number: "2026-17") { number } }`"""
        ask.count("opening")  # whether a number is free tells whether there is a case: not to be asked of many
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
        return [sharing.add_to_case(ask.state, ask.viewer, number, member)]

    @many(Case | None, cost=10, roles=CLOSERS)
    def close_case(_: Sequence[None], ask: Ask, number: Number) -> Values:
        """Closes a case that you opened for good; an admin, any.

        Example: `mutation { closeCase(number: "2026-17") { closed } }`
        """
        return [sharing.end_case(ask.state, ask.viewer, number)]

    @many(Grant | None, cost=10)
    def grant(
        _: Sequence[None],
        ask: Ask,
        property: Annotated[
            str,
            strawberry.argument(description="What: a kind of nodes, as `Phone`, or a property, `Product.features`."),
        ],
        to: Annotated[str, strawberry.argument(description="A role, or the id of a key or a token's bearer.")],
        owner: Annotated[str, strawberry.argument(description="The source whose data it is.")],
        case: Annotated[
            str | None, strawberry.argument(description="The case in whose members' questions it holds; null: in all.")
        ] = None,
        until: Annotated[Day | None, strawberry.argument(description="Its last day (UTC); null: for good.")] = None,
    ) -> Values:
        """Lets a role or somebody see what is sensitive of a source that is your own; an admin, of any source.

        Example: `mutation { grant(property: "Phone", to: "customs", owner: "platform-x", case: "2026-17") { id } }`
        """
        if case is not None and ask.viewer.role != "admin" and cases.case_number(case) not in ask.viewer.cases:
            ask.count("opening")  # as where a case is opened: that there is one of this number is told
        granting = Granting(property, owner, case, until)
        return [sharing.grant_of_owned(ask.state, ask.viewer, to, granting, ask.issuer)]

    @many(Grant | None, cost=10)
    def revoke_grant(
        _: Sequence[None], ask: Ask, id: Annotated[strawberry.ID, strawberry.argument(description="The grant's id.")]
    ) -> Values:
        """Takes a grant of a source of yours back; an admin, any.

        Example: `mutation { revokeGrant(id: "7") { state } }`
        """
        return [sharing.revoke_of_owned(ask.state, ask.viewer, str(id))]
