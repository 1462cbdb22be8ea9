"""Policy: every question of `queries`, asked for one viewer and answered with what that viewer may see.

Each question is asked of the whole store and its answer then projected, so the evidence never depends on who asks, and
what is masked is still walked and counted. Ids that are given and taken are shown ones: where a node is masked its id
is a token of the vault.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from api.access.viewer import Viewer
from api.errors import Forbidden
from api.masks.around import Around, Asked, around
from api.masks.aside import aside
from api.masks.bringing import Brought
from api.masks.clustered import Clustered, clustered
from api.masks.explained import Explained, Judged, explained, judged, seen_store, sought_of
from api.masks.found import identified, search
from api.masks.memory import Memory
from api.masks.numbers import readings
from api.masks.paging import Part, Spot, links_around, statements_on
from api.masks.projection import Projection, Shown
from api.masks.reviewed import reviewed
from api.masks.rows import row
from api.masks.rules import PUBLIC, rules
from api.masks.sight import Sight
from api.masks.sought import Sought, ends_of, record_of
from api.masks.traced import Telling
from api.masks.vault import Vault, is_token, unseen
from graph import judgements
from graph.contradictions import Doubt
from graph.errors import HeadwaterError, InvalidValue, NotFound
from graph.identity import identify
from graph.judgements import Judgement, Verdict
from graph.model import Direction, FileVersion, Node, Record, SetAside, Statement, key_of, kind_of, order_of
from graph.ontology import ontology
from graph.store import Store
from graph.ties import may_join
from queries.paths import HOPS, Path, Paths
from queries.paths import paths as find_paths
from queries.search import Hits
from queries.trace import Clue, Trace
from queries.trace import trace as find_sources

if TYPE_CHECKING:
    from resolve.explain import Explanation
    from resolve.review import Item

__all__ = ["Around", "Memory", "Policy", "Shown", "is_token"]

PARTIES = ("Company", "Person", "Party")
"""The kinds of nodes that are told apart; see `resolve.profiles`."""
_TOLD = 60  # paths looked at for a viewer from whom nodes are hidden
_TRACED = 200  # candidates of a role found for such a viewer, whatever it asks for: how many are hidden must not show


class Policy:
    """The questions of one viewer within one request; like its store it serves one thread.

    Args:
        store: What is asked.
        viewer: Who asks.
        vault: What seals the ids of masked nodes.
        case: The number of the case in which it asks.
        today: The day on which grants must hold, an ISO date.
        bringing: Called once for each value of somebody's that is brought in a case, before it is used.
        trying: Called once for each that would have to be. Both raise `RateExceeded` when there were too many.
        public: The sources that publish what they state.
        memory: What is known of the texts of the store.

    Raises:
        CaseRequired: The viewer is no member of the case.
    """

    def __init__(
        self,
        store: Store,
        viewer: Viewer,
        vault: Vault,
        *,
        case: str | None = None,
        today: str,
        bringing: Callable[[], None] = lambda: None,
        trying: Callable[[], None] = lambda: None,
        public: Collection[str] = PUBLIC,
        memory: Memory | None = None,
    ) -> None:
        self.store = store
        self.viewer = viewer
        self.read: set[str] = set()
        self._sight = Sight(store, viewer, case, today, public)
        self._project = Projection(self._sight, vault, memory)
        self._vault = vault
        self._brought = Brought(self._project, bringing, trying)
        self._traced: dict[tuple[Clue, int], Trace | HeadwaterError] = {}

    @property
    def is_limited(self) -> bool:
        """Whether there are nodes that the viewer may not see at all."""
        return self._sight.is_limited

    def real(self, ids: Iterable[str]) -> dict[str, str]:
        """Shown id -> id in the store; a forged token, a hidden node, the plain id of a masked one are left out.

        That it is given does not mean that the node is there.
        """
        given = list(ids)
        plain = {i for i in given if not is_token(i)}
        personal = {i for i in plain if kind_of(i) in rules().kinds}
        shut = personal - self._sight.opened(personal)
        self._settle(record_of(key_of(i)) for i in plain - personal if _is_mention(i))
        opened = {i: i if i in plain else self._vault.open(i) for i in given if i not in shut}
        self._project.look_at(n for n in opened.values() if n is not None)
        return {i: n for i, n in opened.items() if n is not None and self._project.id(n) == i}

    def shown(self, nodes: Iterable[str]) -> dict[str, str]:
        """Id in the store -> shown id; hidden nodes are left out."""
        wanted = list(nodes)
        self._project.look_at(wanted)
        return {n: shown for n in wanted if (shown := self._project.id(n)) is not None}

    def get(self, ids: Iterable[str]) -> dict[str, Shown]:
        """Given id -> the node; unknown and hidden ones are left out.

        What stands for a hidden node on a path is a node of its kind of which nothing is told.
        """
        wanted = list(ids)
        real = self.real(wanted)
        known = self._nodes(self.store.get(real.values()) if real else {})
        kinds = ontology().kinds
        found = {i: Shown(Node(i, {}), True, ()) for i in wanted if kind_of(i) in kinds and i == unseen(kind_of(i))}
        return found | {i: known[n] for i, n in real.items() if n in known}

    def search(self, text: str, kinds: Collection[str] | None = None, limit: int = 20) -> Hits:
        """What a text finds; see `api.masks.found.search`."""
        part, cut = self.hits(text, kinds, limit)
        return Hits(tuple(part.items), part.total or 0, cut)

    def hits(
        self, text: str, kinds: Collection[str] | None, limit: int, after: tuple[float, int, int] | None = None
    ) -> tuple[Part, bool]:
        """The same, with the places of the hits, behind a place; and whether there is more than was ranked."""
        return search(self._project, self._brought, text, kinds, limit, after, self.read)

    def find(self, text: str, kinds: Collection[str] | None = None) -> dict[str, Shown]:
        """Shown id -> the nodes of these kinds whose identifier, web address, id or token a text is.

        Raises:
            CaseRequired: The text names nothing that is open, may be somebody's number, and no case was named.
            RateExceeded: Too many such texts were brought.
        """
        if is_token(text):
            return {i: one for i, one in self.get([text]).items() if kinds is None or kind_of(i) in kinds}
        shown = self._nodes(identified(self._project, self._brought, text, kinds)).values()
        return {one.node.id: one for one in sorted(shown, key=lambda one: order_of(one.node.id))}

    def expand(
        self,
        ids: Collection[str],
        *,
        kinds: Collection[str] | None = None,
        direction: Direction = "both",
        start: str | None = None,
        end: str | None = None,
        limit: int = 50,
    ) -> Around:
        """What stands around nodes, without links to hidden nodes.

        Raises:
            NotFound: The viewer sees none of the nodes.
        """
        real = list(self.real(ids).values())
        found = around(self._project, real, Asked(kinds, direction, start, end, limit), self.read)
        if found is None:
            raise _unknown(ids)
        return found

    def links(
        self,
        ids: Iterable[str],
        *,
        kinds: Collection[str] | None = None,
        direction: Direction = "both",
        start: str | None = None,
        end: str | None = None,
        limit: int = 50,
        after: Spot | None = None,
    ) -> dict[str, Part]:
        """Given id -> the links around the node, in the order in which they are told."""
        real = self.real(ids)
        asked = Asked(kinds, direction, start, end, limit)
        parts = links_around(self._project, [*real.values()], asked, after, self.read) if real else {}
        return {i: parts[n] for i, n in real.items()}

    def paths(
        self,
        source: str,
        target: str,
        *,
        hops: int = HOPS,
        limit: int = 5,
        kinds: Collection[str] | None = None,
        start: str | None = None,
        end: str | None = None,
        fanout: int = 100,
    ) -> Paths:
        """How two nodes are joined, over nodes that the viewer may see.

        Raises:
            NotFound: The viewer does not see one of them.
            SettingError: `hops` is out of range.
        """
        real = self.real((source, target))
        for given in (source, target):
            if given not in real:
                raise _unknown([given])
        most = max(limit, _TOLD) if self.is_limited else limit
        try:
            found = find_paths(
                self.store, real[source], real[target],
                hops=hops, limit=most, kinds=kinds, start=start, end=end, fanout=fanout,
            )  # fmt: skip
        except NotFound:
            here = self.store.get(real.values())
            raise _unknown([given for given, n in real.items() if n not in here] or real) from None
        ends = (n for path in found.paths for n in path.nodes)
        self._project.look_at((*ends, *(cut.node for cut in found.cut)), (k for p in found.paths for k in p.links))
        told: list[Path] = []
        for path in found.paths:
            nodes = self._project.ids(path.nodes)
            if len(nodes) == len(path.nodes) and len(told) < limit:
                told.append(replace(path, nodes=nodes, links=self._project.links(path.links)))
                self.read.update(path.nodes)
        told.sort(key=lambda path: (path.cost, path.nodes))
        passed_over = None if self.is_limited else found.passed_over
        return Paths(tuple(told), self._project.cuts(found.cut), passed_over)

    def trace(self, clue: Clue, *, limit: int = 10) -> Trace:
        """Traces a clue; see `api.masks.traced` for what is told of it. The value may be a shown id that is a token.

        Raises:
            InvalidValue: The value breaks the rule of its kind.
            NotFound: The clue names nothing that the viewer may trace from.
            CaseRequired: It names nothing that is open, may be somebody's number, and no case was named: the answer is
                the same whether or not the store knows it.
            RateExceeded: Too many such values were brought.
            Forbidden: A right holder named no right of its own.
        """
        # Equal clues are traced once, and what each brings is counted once.
        asked = replace(clue, no=None), limit
        if asked not in self._traced:
            try:
                self._traced[asked] = self._trace(clue, limit)
            except HeadwaterError as error:
                self._traced[asked] = error
        found = self._traced[asked]
        if isinstance(found, HeadwaterError):
            raise found
        return replace(found, clue=clue)

    def _trace(self, clue: Clue, limit: int) -> Trace:
        if self._sight.is_holder and not (clue.right and identify("Right", clue.right).node in self._sight.rights):
            raise Forbidden("a right holder traces what infringes its own rights; name the number of one of them")
        if is_token(clue.value):
            start = self._brought.opened(clue, self.real([clue.value]).get(clue.value))
        else:
            start = self._brought.allowed(clue)
        found = find_sources(self.store, clue, limit=_TRACED if self.is_limited else limit, start=start)
        return Telling(self._project, found, self.read).trace(clue, limit)

    def clusters(self, ids: Iterable[str], threshold: float) -> dict[str, Clustered]:
        """Given id -> the cluster of the node; those of kinds that are never one with another are left out."""
        real = {i: n for i, n in self.real(ids).items() if may_join(n)}
        found = clustered(self._project, dict.fromkeys(real.values()), threshold, self.read)
        return {i: found[n] for i, n in real.items()}

    def explain(self, a: str, b: str, compare: Callable[[Store, str, str], Explanation]) -> Explained:
        """Why two parties are one, or are not; see `api.masks.explained` for what is told of it.

        Args:
            a: The shown id of one.
            b: That of the other.
            compare: `resolve.explain.explain` with an index and weights.

        Raises:
            NotFound: The viewer does not see one of them, or nothing was compared yet.
            InvalidValue: They are one, or no parties.
        """
        real = self._pair(a, b, PARTIES)
        self._standing(a, b)
        try:
            found = compare(seen_store(self._project), *real)
        except NotFound:
            raise _unknown((a, b)) from None  # they were taken back just now
        told = explained(self._project, found, real[0], self.read)
        if told is None:
            raise _unknown((a, b))
        return told

    def judge(self, a: str, b: str, verdict: Verdict, why: str) -> tuple[Judged, tuple[Doubt, ...]]:
        """Keeps what the viewer judges of two nodes that it sees; gives it with what speaks against it.

        Raises:
            NotFound: The viewer does not see one of them.
            InvalidValue: They are one, or of kinds that are never one; a text is missing or too long.
        """
        real = self._pair(a, b)
        self._standing(a, b)
        try:
            kept = judgements.judge(self.store, *real, verdict, by=self.viewer.id, why=why)
        except NotFound:
            raise _unknown((a, b)) from None  # they were taken back just now
        self._project.look_at(n for doubt in kept.doubts for n in doubt.path)
        doubts = []
        for doubt in kept.doubts:
            path = self._project.ids(doubt.path)
            if len(path) == len(doubt.path):
                self.read.update(doubt.path)
                doubts.append(replace(doubt, path=path))
        return self._judged(kept.judgement), tuple(doubts)

    def unjudge(self, a: str, b: str, why: str) -> Judged:
        """Takes back what was judged of two nodes that the viewer sees.

        Raises:
            NotFound: The viewer does not see one of them, or nothing holds that was judged of them.
            InvalidValue: A text is missing or too long.
        """
        real = self._pair(a, b)
        try:
            return self._judged(judgements.unjudge(self.store, *real, by=self.viewer.id, why=why))
        except NotFound:
            raise NotFound(f"nothing is judged of {a} and {b}; `judge` judges a pair") from None

    def review(self, queue: Sequence[Item], first: int, after: tuple[float, int, int] | None) -> Part:
        """At most `first` of the pairs to be judged behind a place; see `api.masks.reviewed`."""
        return reviewed(self._project, queue, first, after, self.read)

    def _judged(self, found: Judgement) -> Judged:
        self._project.look(sought_of(found))
        return judged(self._project, found, self.read)

    def _pair(self, a: str, b: str, kinds: Collection[str] | None = None) -> tuple[str, str]:
        """Two nodes that are shown under these ids, and may be one; nothing is told of what tokens stand for.

        Raises:
            NotFound: The viewer does not see one of them.
            InvalidValue: They are one, or of kinds that are never one.
        """
        judgements.pair(a, b)
        for given in (a, b):
            if kinds is not None and kind_of(given) not in kinds:
                raise InvalidValue("party", given, "type", f"is no {' or '.join(kinds)}; name two of those")
        real = self.real((a, b))
        if missing := [given for given in (a, b) if given not in real]:
            raise _unknown(missing)
        return real[a], real[b]

    def _standing(self, a: str, b: str) -> None:
        """Raises NotFound unless two nodes are there; what is gone is told as what never was."""
        real = self.real((a, b))
        here = self.store.get(real.values())
        if missing := [given for given, n in real.items() if n not in here]:
            raise _unknown(missing)

    def statements(self, ids: Iterable[str], limit: int = 100) -> dict[str, tuple[Statement, ...]]:
        """Given id -> what records say of the node."""
        return {i: tuple(part.items) for i, part in self.said(ids, limit).items()}

    def said(self, ids: Iterable[str], limit: int, after: tuple[int, str] | None = None) -> dict[str, Part]:
        """Given id -> what records say of the node, with the places of it; of what is not told, nothing."""
        real = {i: n for i, n in self.real(ids).items() if not self._sight.is_holder or n in self._sight.own}
        parts = statements_on(self._project, real.values(), limit, after, self.read) if real else {}
        return {i: parts[n] for i, n in real.items() if n in parts}

    def records(self, ids: Iterable[str]) -> dict[str, Record]:
        """Given id -> the record; of a right holder only those of its rights and their licences.

        A plain id that holds somebody's number is not known, as that of a masked node is not.
        """
        opened = {i: self._vault.open_record(i) if is_token(i) else i for i in ids}
        plain = [i for i, r in opened.items() if i == r]
        ends = {end for i in plain for end in ends_of(i)}
        self._sight.opened(end for end in ends if kind_of(end) in rules().kinds)
        self._settle(key for key in (*(i.partition(":")[2] for i in plain), *map(_within, ends)))
        sought = Sought()
        for record in opened.values():
            if record is not None:
                sought.record(record)
        self._project.look(sought)
        real = {i: r for i, r in opened.items() if r is not None and self._project.record(r) == i}
        known = self.store.records(real.values())
        if self._sight.is_holder:
            own = {n for n in self._sight.own if kind_of(n) in ("Right", "Licence")}
            known = {r: record for r, record in known.items() if any(m.node in own for m in record.mentions)}
        sought = Sought()
        for one in known.values():
            sought.row(one)
        self._project.look(sought)
        self.read.update(known)
        return {i: row(self._project, known[r]) for i, r in real.items() if r in known}

    def set_aside(self, entries: Collection[SetAside]) -> list[SetAside]:
        """Rows set aside as they are shown; see `api.masks.aside`."""
        return aside(self._project, entries)

    def files(self) -> list[FileVersion]:
        """The files that were loaded, those that are named by somebody's number without their names."""
        files = self.store.files()
        name = self._project.texts(file.name for file in files)
        return [replace(file, name=name[file.name]) for file in files]

    def _settle(self, keys: Iterable[str]) -> None:
        """Judges what keys would name that somebody may have made up, known or not, so that no time tells which are."""
        if numbers := {n for key in keys if not self._project.has_looked(key) for n in readings(key)}:
            self._sight.opened(numbers)
            self._sight.judge(numbers)

    def _nodes(self, known: Mapping[str, Node]) -> dict[str, Shown]:
        """Id in the store -> the node as it is shown, noted as read."""
        self._project.look_at(known.values())
        shown = self._project.nodes(known)
        self.read.update(shown)
        return shown


def _within(node: str) -> str:
    """Of the id of a node what may be somebody's number: its key, or that of the record in which it is mentioned."""
    return record_of(key_of(node)) if _is_mention(node) else key_of(node)


def _is_mention(node: str) -> bool:
    rule = rules().of.get(kind_of(node))
    return rule is not None and rule.key == "record"


def _unknown(ids: Iterable[str]) -> NotFound:
    return NotFound(f"there is no node {', '.join(sorted(ids))}; `search` finds ids")
