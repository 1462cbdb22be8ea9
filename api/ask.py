"""A request on its way through the schema: who asks, what they may see, and until when they wait."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Event
from time import monotonic
from typing import Any

from api.access.viewer import Viewer
from api.errors import ServiceError
from api.jobs.queue import Queue
from api.jobs.table import Job, find_job
from api.masks.clustered import Clustered
from api.masks.explained import Explained
from api.masks.paging import Part, Spot
from api.masks.policy import Around, Policy, Shown, is_token
from api.masks.rules import PUBLIC
from api.masks.vault import MASK
from api.pages import Cursors, Paging
from api.query.execution import Stopped
from api.query.limits import PAGE
from api.state import State
from graph.caption import Language, caption
from graph.errors import HeadwaterError, NotFound
from graph.model import Direction, Record, Scalar, chunks
from graph.ontology import ontology
from queries.trace import Clue, Trace

MOST_CANDIDATES = 100
"""Candidates of a role at the most."""
SIFTED = 200
"""Statements on a node among which those of a property are looked for, for one page."""


@dataclass(frozen=True, slots=True)
class SeenNode:
    """A node as it is shown to whoever asks.

    Attributes:
        is_masked: Whether its key is hidden; then `id` is a token.
        masked: The names of properties that are hidden.
    """

    id: str
    kind: str
    values: Mapping[str, tuple[Scalar, ...]]
    mentions: int
    is_masked: bool
    masked: tuple[str, ...]
    caption: str


@dataclass(frozen=True, slots=True)
class SeenHit:
    """A node that a text found, with how well it fits."""

    node: SeenNode
    score: float
    by: str


@dataclass
class Ask:
    """A request.

    Attributes:
        viewer: Who asks.
        opened: Gives what they may see of the store, which is opened for the first field that needs it.
        state: Where cases and jobs are kept.
        jobs: What queues jobs.
        language: The language of labels.
        until: When time is up, by `time.monotonic`.
        left: Set when whoever asked is gone; None where nobody looks.
        count: Told the kind of what may be done so often only, before it is done; raises `RateExceeded` when there was
            too much of it.
        issuer: The provider whose tokens are believed; None where none is.
        told: The ids that the answer tells, as they are shown, and what stands in their places where there is none.
        is_bringing: Whether a value was brought for what is masked, or would have had to be.
        public: The sources into which only an admin loads.
    """

    viewer: Viewer
    opened: Callable[[], Policy]
    state: State
    jobs: Queue
    language: Language = "en"
    until: float = float("inf")
    left: Event | None = None
    count: Callable[[str], None] = lambda kind: None
    issuer: str | None = None
    told: set[Any] = field(default_factory=set)
    is_bringing: bool = False
    public: Collection[str] = PUBLIC
    _nodes: dict[str, SeenNode] = field(default_factory=dict)
    _records: dict[str, Record] = field(default_factory=dict)
    _is_undisturbed: bool = False

    @cached_property
    def policy(self) -> Policy:
        """What they may see of the store."""
        return self.opened()

    @property
    def read(self) -> Collection[str]:
        """The ids of the nodes and records that were told so far."""
        return self.policy.read if "policy" in vars(self) else ()

    def check(self) -> None:
        """Ends a query that nobody waits for any more.

        Raises:
            Stopped: Time is up, or whoever asked has left.
        """
        if self._is_undisturbed:
            return
        if self.left is not None and self.left.is_set():
            raise Stopped("left", "nobody waits for the answer any more")
        if monotonic() > self.until:
            raise Stopped("timeout", "this takes longer than one query may; ask for less at once")

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Within this, `check` lets everything go on: what changes something is told, or it was not done."""
        self._is_undisturbed = True
        try:
            yield
        finally:
            self._is_undisturbed = False

    def nodes(self, ids: Iterable[str]) -> dict[str, SeenNode]:
        """The nodes of these ids, each asked for once a request."""
        wanted = dict.fromkeys(ids)
        known = self._nodes
        for part in chunks((i for i in wanted if i not in known), PAGE):
            self._note(self.policy.get(part))
        return {i: known[i] for i in wanted if i in known}

    def _note(self, found: Mapping[str, Shown]) -> None:
        for name, shown in found.items():
            node = shown.node
            names = ontology().kinds[node.kind].caption
            is_named = not is_token(node.id) or any(node.values.get(name) for name in names)
            called = caption(node) if is_named else MASK
            self._nodes[name] = SeenNode(
                node.id, node.kind, node.values, node.mentions, shown.is_masked, shown.masked, called
            )

    def records(self, ids: Iterable[str]) -> dict[str, Record]:
        """The records of these ids, each asked for once a request."""
        wanted = dict.fromkeys(ids)
        for part in chunks((i for i in wanted if i not in self._records), PAGE):
            self._records |= self.policy.records(part)
        return {i: self._records[i] for i in wanted if i in self._records}

    def expand(
        self,
        ids: Collection[str],
        kinds: Collection[str] | None = None,
        direction: Direction = "both",
        start: str | None = None,
        end: str | None = None,
        limit: int = 20,
    ) -> Around:
        """What stands around nodes."""
        found = self.policy.expand(ids, kinds=kinds, direction=direction, start=start, end=end, limit=limit)
        self._note(found.nodes)
        return found

    def counts(
        self, ids: Iterable[str], start: str | None = None, end: str | None = None
    ) -> dict[str, Mapping[tuple[str, Direction], int]]:
        """How many links nodes have, by kind and direction: all, or those whose days touch a window."""
        counts: dict[str, Mapping[tuple[str, Direction], int]] = {}
        for part in chunks(dict.fromkeys(ids), PAGE):
            with suppress(NotFound):  # none of them is there any more
                found = self.policy.expand(part, start=start, end=end, limit=0)
                if start is None and end is None:
                    counts |= found.counts
                    continue
                within: dict[str, dict[tuple[str, Direction], int]] = {name: {} for name in found.counts}
                for cut in found.cut:
                    within[cut.node][cut.kind, cut.direction] = cut.total
                counts |= within
        return counts

    def paging(self, of: str, after: str | None) -> Paging:
        """What makes pages of one kind of list behind a cursor.

        Raises:
            ServiceError: The cursor is none of such a list.
        """
        return Paging(Cursors(self.state.derived("cursors"), of), after)

    def links(
        self,
        ids: Iterable[str],
        kinds: Collection[str] | None,
        direction: Direction,
        start: str | None,
        end: str | None,
        first: int,
        after: Spot | None,
    ) -> dict[str, Part]:
        """The links around each node, behind a spot."""
        parts: dict[str, Part] = {}
        for some in chunks(dict.fromkeys(ids), PAGE):
            parts |= self.policy.links(
                some, kinds=kinds, direction=direction, start=start, end=end, limit=first, after=after
            )
        return parts

    def statements(
        self, ids: Iterable[str], about: str | None, first: int, after: tuple[int, str] | None = None
    ) -> dict[str, Part]:
        """What records say of each node, or of one property of it, behind a place."""
        parts: dict[str, Part] = {}
        for some in chunks(dict.fromkeys(ids), PAGE):
            parts |= self.policy.said(some, first if about is None else first + SIFTED, after)
        return parts if about is None else {name: _sifted(part, about, first) for name, part in parts.items()}

    def search(
        self, text: str, kinds: Collection[str] | None, first: int, after: tuple[float, int, int] | None
    ) -> tuple[Part, bool]:
        """Nodes by a number, a text or a name, behind a place; and whether there are more than could be ranked."""
        part, is_cut = self.policy.hits(text, kinds, first, after)
        known = self.nodes(hit.node.id for hit in part.items)
        # One that was taken back meanwhile is left out, and so is its place.
        here = [(hit, place) for hit, place in zip(part.items, part.places, strict=True) if hit.node.id in known]
        seen = [SeenHit(known[hit.node.id], hit.score, hit.by) for hit, _ in here]
        return replace(part, items=seen, places=[place for _, place in here]), is_cut

    def find(self, kind: str, values: Sequence[str]) -> list[list[SeenNode]]:
        """For each value, the nodes of a kind that it identifies."""
        found: dict[str, list[SeenNode]] = {}
        for value in dict.fromkeys(values):
            self.check()
            nodes = self.policy.find(value, {kind})
            self._note(nodes)
            found[value] = [self._nodes[name] for name in nodes]
        return [found[value] for value in values]

    def trace(self, clue: Clue, limit: int) -> Trace:
        """Traces a clue."""
        if not 1 <= limit <= MOST_CANDIDATES:
            raise ServiceError(f"limit is {limit}; ask for 1 to {MOST_CANDIDATES} candidates of a role")
        return self.policy.trace(clue, limit=limit)

    def traces(self, clues: Sequence[Clue], limit: int) -> list[Trace | Exception]:
        """Traces clues, each by itself; one that cannot be traced gives its error."""
        answers: list[Trace | Exception] = []
        for clue in clues:
            self.check()
            try:
                answers.append(self.trace(clue, limit))
            except HeadwaterError as error:
                answers.append(error)
        return answers

    def clusters(self, ids: Iterable[str], threshold: float) -> dict[str, Clustered]:
        """The clusters of nodes."""
        if not 0 <= threshold <= 1:
            raise ServiceError(f"threshold is {threshold}; ask for 0 to 1")
        found: dict[str, Clustered] = {}
        for part in chunks(dict.fromkeys(ids), PAGE):
            self.check()
            found |= self.policy.clusters(part, threshold)
        return found

    def explanation(self, a: str, b: str) -> Explained:
        """Why two parties are one, or are not."""
        from resolve.explain import explain  # which takes a second that other questions need not wait

        with self.jobs.identity.reading(self.policy.store) as (index, weights):
            return self.policy.explain(a, b, lambda store, one, two: explain(store, index, weights, one, two))

    def to_review(self, first: int, after: tuple[float, int, int] | None) -> tuple[Part, bool]:
        """The pairs to be judged, behind a place; and whether there are more than are queued."""
        from resolve.queued import queued  # as above

        store = self.policy.store
        with self.jobs.identity.reading(store) as (index, _):
            found = queued(store, index)
        return self.policy.review(found.items, first, after), found.is_cut

    def job(self, name: str) -> Job | None:
        """A job, if it is one's own or one may see all."""
        try:
            job = find_job(self.state, name)
        except NotFound:
            return None
        return job if job.by == self.viewer.id or self.viewer.role in ("steward", "admin") else None


def _sifted(part: Part, about: str, first: int) -> Part:
    """Of a part of a node's statements, those of a property."""
    kept = [i for i, statement in enumerate(part.items) if about in statement.values]
    told = kept[:first]
    places = [part.places[i] for i in told]
    is_full = len(kept) > first
    return Part(
        [part.items[i] for i in told],
        places,
        places[-1] if is_full and places else part.end,
        is_full or part.has_more,
    )
