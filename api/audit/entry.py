"""An entry of the audit log, before it is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from api.jobs.table import Job

Kind = Literal["query", "mutation", "subscription", "refusal", "job", "command"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is told of a request, of a job's end, or of a command.

    Attributes:
        viewer: The viewer's id; empty where nobody could be authenticated.
        role: The viewer's role; empty where that has no part in it.
        kind: What it is about.
        asked: All that was asked, with its values; only a keyed hash is kept.
        operation: The name that the operation bears.
        nodes: The ids of the nodes and records that were read; only keyed hashes are kept, of so many as the log lists.
        case: The number of the case that it was asked for.
        outcome: `ok`, `begun` or the code of the error.
        milliseconds: How long it took.
        fields: The names of the fields of the schema that were asked for first of all; of a job or command its name.
        arguments: For each change, its arguments by name.
        made: The ids of the jobs and grants that the answer to a mutation tells.
        brought: The ids of the nodes that values may name that were brought for what is masked; kept as `nodes` are.
        is_foreign: Whether a case was named that is none of the viewer's: its number may be anything.
        document: The keyed hash of the document's text.
        text: That text, to be kept once.
    """

    viewer: str
    role: str
    kind: Kind
    asked: str | bytes = ""
    operation: str | None = None
    nodes: Collection[str] = ()
    case: str | None = None
    outcome: str = "ok"
    milliseconds: float = 0.0
    fields: Sequence[str] = ()
    arguments: Sequence[Mapping[str, Any]] = ()
    made: Collection[str] = ()
    brought: Collection[str] = ()
    is_foreign: bool = False
    document: str | None = None
    text: str | None = None


def job_entry(job: Job, about: Mapping[str, Any]) -> Entry:
    """The entry of a job that has ended, and of what it was asked to do."""
    arguments = {"field": job.kind, "job": job.id, **about}
    return Entry(job.by, "", "job", outcome=job.outcome, fields=(job.kind,), arguments=(arguments,))
