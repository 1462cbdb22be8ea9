"""A request on its way through the schema: who asks, what they may see, and until when they wait."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Event
from time import monotonic
from typing import Any

from api.access.cases import Case, add_member, case_number, close_case, find_case, open_case_as
from api.access.grants import Granted, add_grant, list_grants, revoke_grant
from api.access.viewer import Grant, Viewer
from api.errors import Forbidden, ServiceError
from api.jobs.queue import Queue
from api.jobs.table import Job, find_job
from api.masks.policy import Around, Policy, Shown, is_token
from api.masks.rules import PUBLIC
from api.masks.vault import MASK
from api.query.execution import Stopped
from api.state import State, today
from api.types.pages import Page, page, reach
from api.types.scalars import Uploaded
from graph.caption import Language, caption
from graph.errors import HeadwaterError, NotFound
from graph.model import Direction, FileVersion, Link, Record, Scalar, SetAside, Statement
from graph.ontology import ontology
from ingest import catalogue
from queries.paths import Paths
from queries.search import Hits
from queries.trace import Clue, Trace

MOST_LINKS = 10_000
"""Links around a node, of one kind and direction, that can be paged through."""
MOST_STATEMENTS = 1000
"""Statements on a node that can be paged through."""
MOST_IDS = 1000
"""Nodes, records or values asked for at once."""
MOST_CLUES = 100
"""Clues traced by one query."""


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


@dataclass(frozen=True, slots=True)
class Source:
    """A source of records with what it sent."""

    name: str
    records: int
    set_aside: int
    files: tuple[FileVersion, ...]


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
        if self.left is not None and self.left.is_set():
            raise Stopped("left")
        if monotonic() > self.until:
            raise Stopped("timeout")

    def nodes(self, ids: Iterable[str]) -> dict[str, SeenNode]:
        """The nodes of these ids, each asked for once a request."""
        wanted = _few(ids, 100 * MOST_IDS)
        self._note(self.policy.get([i for i in wanted if i not in self._nodes]))
        return {i: self._nodes[i] for i in wanted if i in self._nodes}

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
        wanted = _few(ids, 100 * MOST_IDS)
        missing = [i for i in wanted if i not in self._records]
        if missing:
            self._records |= self.policy.records(missing)
        return {i: self._records[i] for i in wanted if i in self._records}

    def statements(self, ids: Iterable[str]) -> dict[str, tuple[Statement, ...]]:
        """What records say of nodes."""
        return self.policy.statements(list(ids), MOST_STATEMENTS)

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
        if not 0 <= limit <= MOST_LINKS:
            raise ServiceError(f"first is {limit}; ask for 0 to {MOST_LINKS:,} links of a kind and direction")
        found = self.policy.expand(_few(ids), kinds=kinds, direction=direction, start=start, end=end, limit=limit)
        self._note(found.nodes)
        return found

    def counts(self, ids: Sequence[str]) -> Mapping[str, Mapping[tuple[str, Direction], int]]:
        """How many links the nodes have, by kind and direction."""
        return self.expand(ids, limit=0).counts

    def links_of(
        self,
        ids: Sequence[str],
        kinds: Collection[str] | None,
        direction: Direction,
        start: str | None,
        end: str | None,
        first: int,
        after: str | None,
    ) -> list[Page]:
        """A page of the links around each node, kind by kind."""
        found = self.expand(ids, kinds, direction, start, end, min(reach(first, after) + 1, MOST_LINKS))
        around: dict[str, list[Link]] = {name: [] for name in ids}
        for link in found.links:
            for name in {link.source, link.target} & around.keys():
                around[name].append(link)
        more: dict[str, int] = {}
        for cut in found.cut:
            more[cut.node] = more.get(cut.node, 0) + cut.total - cut.kept
        pages = []
        for name in ids:
            links = sorted(around[name], key=lambda link: (link.kind, link.target == name))
            total = len(links) + more.get(name, 0)
            over = any(cut.node == name and cut.kept >= MOST_LINKS for cut in found.cut)
            pages.append(page(links, first, after, _key, total=total, may_be_more=over))
        return pages

    def search(self, text: str, kinds: Collection[str] | None, limit: int) -> Hits:
        """Nodes by a number, a text or a name."""
        found = self.policy.search(text, kinds, min(limit, MOST_IDS))
        known = self.nodes(hit.node.id for hit in found.hits)
        hits = [SeenHit(known[hit.node.id], hit.score, hit.by) for hit in found.hits if hit.node.id in known]
        return Hits(tuple(hits), found.total, found.cut)  # type: ignore[arg-type]

    def find(self, kind: str, values: Sequence[str]) -> list[list[SeenNode]]:
        """For each value, the nodes of a kind that it identifies."""
        answers = []
        for value in _few(values):
            found = self.policy.find(value, {kind})
            self._note(found)
            answers.append([self._nodes[name] for name in found])
        return answers

    def trace(self, clue: Clue, limit: int) -> Trace:
        """Traces a clue."""
        if not 1 <= limit <= 100:
            raise ServiceError(f"limit is {limit}; ask for 1 to 100 candidates of a role")
        return self.policy.trace(clue, limit=limit)

    def traces(self, clues: Sequence[Clue], limit: int) -> list[Trace | Exception]:
        """Traces clues, each by itself; one that cannot be traced gives its error."""
        if len(clues) > MOST_CLUES:
            raise ServiceError(f"there are {len(clues)} clues; ask for at most {MOST_CLUES} at once")
        answers: list[Trace | Exception] = []
        for clue in clues:
            self.check()
            try:
                answers.append(self.trace(clue, limit))
            except HeadwaterError as error:
                answers.append(error)
        return answers

    def paths(
        self, source: str, target: str, hops: int, limit: int, kinds: Any, start: str | None, end: str | None
    ) -> Paths:
        """How two nodes are joined."""
        if not 1 <= limit <= 50:
            raise ServiceError(f"limit is {limit}; ask for 1 to 50 paths")
        return self.policy.paths(source, target, hops=hops, limit=limit, kinds=kinds, start=start, end=end, fanout=100)

    def sources(self) -> list[Source]:
        """The sources of records."""
        counts = self.policy.store.counts()
        files: dict[str, list[FileVersion]] = {}
        for file in self.policy.files():
            files.setdefault(file.source, []).append(file)
        names = sorted({*counts.records, *counts.set_aside, *files})
        return [
            Source(name, counts.records.get(name, 0), counts.set_aside.get(name, 0), tuple(files.get(name, ())))
            for name in names
        ]

    def source_names(self) -> Collection[str]:
        """The names of the sources of records."""
        return self.policy.store.counts().records.keys()

    def quarantine(self, source: str | None, file: str | None, first: int, after: str | None) -> Page:
        """A page of the rows set aside."""
        most = reach(first, after) + 1
        entries: list[SetAside] = []
        total = 0
        for entry in self.policy.store.quarantine(source, file):
            total += 1
            if len(entries) < most:
                entries.append(entry)
        return page(self.policy.set_aside(entries), first, after, lambda entry: entry.id, total=total)

    def load(self, upload: Uploaded, mapping: str | None, source: str | None, add: bool) -> Job:
        """Queues the load of an uploaded file."""
        known = sorted(one.feed for one in catalogue.built_in())
        if mapping is not None and mapping not in known:
            raise ServiceError(f"there is no built-in mapping {mapping!r}; choose of " + ", ".join(known))
        # What a public source states is open to all: whoever loads into one decides what is masked.
        closed = frozenset(self.public if self.viewer.role != "admin" else ())
        if (source or mapping) in closed:
            raise Forbidden(f"{source or mapping} is a public source, which an admin loads; name another source")
        return self.jobs.load(upload.path, mapping=mapping, source=source, add=add, by=self.viewer.id, closed=closed)

    def forget(self, source: str) -> Job:
        """Queues taking back what only a source said."""
        return self.jobs.forget(source, by=self.viewer.id)

    def retry(self, source: str | None, file: str | None) -> Job:
        """Queues reading rows set aside once more."""
        return self.jobs.retry(source, file, by=self.viewer.id)

    def job(self, name: str) -> Job | None:
        """A job, if it is one's own or one may see all."""
        try:
            job = find_job(self.state, name)
        except NotFound:
            return None
        return job if job.by == self.viewer.id or self.viewer.role in ("steward", "admin") else None

    def cases(self) -> list[Case]:
        """One's open cases."""
        return [find_case(self.state, number) for number in sorted(self.viewer.cases)]

    def open_case(self, number: str) -> Case:
        """Opens a case."""
        self.count("opening")  # whether a number is free tells whether there is a case: not to be asked of many
        return open_case_as(self.state, number, self.viewer)

    def add_member(self, number: str, member: str) -> Case:
        """Makes somebody a member of one's case."""
        return add_member(self.state, self._own(number), member, by=self.viewer.id)

    def close_case(self, number: str) -> Case:
        """Closes a case that one opened; for an admin, any."""
        if self.viewer.role != "admin" and find_case(self.state, self._own(number)).opener != self.viewer.id:
            raise Forbidden(f"the case {number!r} is closed by whoever opened it, or by an admin; ask one of them")
        return close_case(self.state, number, by=self.viewer.id)

    def _own(self, number: str) -> str:
        if case_number(number) not in self.viewer.cases:
            raise Forbidden(f"you are no member of an open case {number!r}; ask one of its members")
        return number

    def grants(self) -> list[Granted]:
        """The grants of what one owns; for an admin, all."""
        return list_grants(self.state, None if self.viewer.role == "admin" else self._owned())

    def grant(self, grantee: str, grant: Grant) -> Granted:
        """Lets somebody see what is sensitive of what one owns; an admin, of any source."""
        if self.viewer.role != "admin" and grant.owner.strip() not in self._owned():
            raise Forbidden(f"{grant.owner!r} is no source of yours; yours: {', '.join(sorted(self._owned()))}")
        return add_grant(self.state, grantee, grant, by=self.viewer.id, today=today(), issuer=self.issuer)

    def revoke_grant(self, name: str) -> Granted:
        """Takes back a grant of what one owns; an admin, any."""
        number = int(name) if name.isdecimal() and name.isascii() and len(name) < 16 else 0
        if not any(one.id == number for one in self.grants()):
            raise NotFound(f"there is no grant {name[:20]!r} of yours; `grants` tells their ids")
        return revoke_grant(self.state, number, by=self.viewer.id)

    def _owned(self) -> frozenset[str]:
        if not self.viewer.owned:
            raise Forbidden(
                f"grants are for admins and for those whose own the data is; your role is {self.viewer.role}, and you "
                "own no source"
            )
        return self.viewer.owned


def _few(ids: Iterable[str], most: int = MOST_IDS) -> list[str]:
    found = list(dict.fromkeys(ids))
    if len(found) > most:
        raise ServiceError(f"there are {len(found):,} ids; ask for at most {most:,} at once")
    return found


def _key(link: Link) -> str:
    return f"{link.kind} {link.source} {link.target}"
