"""Why two parties are one, as one viewer may see it.

Two masked values that are the same stand under the same token, wherever they are shown, so that they are is told here
as well. What no token tells is not: see `api.masks.levels`. For a viewer from whom nodes are hidden the two are
compared as if those were not there, and no weight is told, since weights come from how many share something.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from api.access.viewer import JUDGES
from api.masks.levels import tells_more
from api.masks.projection import Projection, Shown
from api.masks.sought import Sought, without_own
from api.masks.vault import MASK
from graph.judgements import Judgement, Opinion
from graph.model import Direction, Expansion, Node, Place, node_id
from graph.store import Store

if TYPE_CHECKING:
    from resolve.explain import Evidence, Explanation, Value

Words = tuple[str, str]
WITHHELD: Words = ("masked", "已隐去")
"""What a level is called that is not told, in English and in Chinese."""
NODES: Mapping[str, str] = {
    "phones": "Phone",
    "masks": "MaskedPhone",
    "emails": "Email",
    "handles": "Handle",
    "plates": "Vehicle",
    "filings": "WebFiling",
}
"""The columns that hold keys of nodes, with their kinds; those of `IDS` hold whole ids."""
IDS = frozenset(("people", "companies"))
NAMES = frozenset(("trades", "sounds", "spellings", "place", "elsewhere", "industry", "activity", "form"))
"""The columns that are read from names."""
TEXTS = frozenset(("addresses", "streets", "areas", "address_words", "address_numbers", "domains"))
"""Those that are read from other texts."""
OWN = frozenset(("born",))
"""Those that are properties of the party itself, and are shown as those are."""
COUNTED = frozenset(("phones", "emails", "handles", "plates", "filings", "people", "addresses"))
"""Those of which it is counted how many share a value, so that it says less where many do."""
PLAIN = frozenset(("first", "last"))
"""Those that hold nobody's secret: days of documents. Whatever stands in none of these is masked."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A value that was compared: of which column, as it is shown, and its node, if it has one."""

    column: str
    text: str
    node: str | None = None
    is_masked: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A comparison as it is told; `level` and `bits` are None where they are not."""

    comparison: str
    level: str | None
    bits: float | None
    common: float | None
    a: tuple[Compared, ...]
    b: tuple[Compared, ...]
    shared: tuple[Compared, ...]
    called: Words
    words: Words


@dataclass(frozen=True, slots=True)
class Rival:
    """Another that the mention may be."""

    node: str
    probability: float


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement as it is shown; `by`, `why` and what was judged before are None for whoever does not judge."""

    a: str
    b: str
    verdict: str | None
    at: str
    by: str | None
    why: str | None
    history: tuple[Opinion, ...] | None
    record: str


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation as it is told; see `resolve.explain.Explanation`. What is not told is None."""

    a: str
    b: str
    names_a: tuple[str, ...]
    names_b: tuple[str, ...]
    nature: str
    evidence: tuple[Told, ...]
    prior: float | None
    weight: float | None
    alone: float | None
    probability: float | None
    linked: float | None
    rivals: tuple[Rival, ...]
    obstacle: str | None
    obstacle_words: Words | None
    found: bool | None
    judgement: Judged | None
    model: str


class Seen:
    """A store without what is hidden from a viewer: what is asked of it is answered as if that were not there."""

    def __init__(self, project: Projection) -> None:
        self._project = project
        self._store = project.sight.store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def get(self, ids: Iterable[str]) -> dict[str, Node]:
        """The nodes that are not hidden."""
        known = self._store.get(ids)
        self._project.look_at(known)
        return {n: node for n, node in known.items() if self._project.id(n) is not None}

    def expand(
        self,
        ids: Iterable[str],
        kinds: Collection[str] | None = None,
        direction: Direction = "both",
        start: str | None = None,
        end: str | None = None,
        limit: int = 100,
        after: Place | None = None,
    ) -> Expansion:
        """The links to nodes that are not hidden."""
        found = self._store.expand(ids, kinds, direction, start, end, limit, after)
        self._project.look_at(n for links in found.links.values() for k in links for n in (k.source, k.target))
        return replace(
            found,
            links={
                n: tuple(k for k in links if self._project.id(k.other(n)) is not None)
                for n, links in found.links.items()
            },
        )


def seen_store(project: Projection) -> Store:
    """What two parties are compared by for a viewer."""
    return cast(Store, Seen(project)) if project.sight.is_limited else project.sight.store


def explained(project: Projection, found: Explanation, first: str, read: set[str]) -> Explained | None:
    """An explanation as it is shown, of one of the two first; None when one is not there any more."""
    from resolve.explain import OBSTACLES  # which takes a second that other questions need not wait

    known = project.sight.store.get([found.a, found.b])
    sought = Sought()
    for node in known.values():
        sought.node(node.id, node.values)
    for rival in found.rivals:
        sought.node(rival.node)
    for one in found.evidence:
        for value in (*one.a, *one.b):
            if (node_of := _node_of(value)) is not None:
                sought.node(node_of)
            else:
                sought.texts.add(_text_of(value))
    _sought(found.judgement, sought)
    project.look(sought)
    a, b = (project.node(known[n]) if n in known else None for n in (found.a, found.b))
    if a is None or b is None:
        return None
    sides = _Side(project, found.a, a, found.names_a), _Side(project, found.b, b, found.names_b)
    evidence = [_told(project, sides, one, read) for one in found.evidence]
    is_limited = project.sight.is_limited
    is_weighed = not is_limited and all(one.level is not None for one in evidence)
    if not is_weighed:
        # From all but one of the weights, and what they come to, the one that is not told would follow.
        evidence = [replace(one, bits=None, common=None) for one in evidence]
    rivals = found.rivals if is_weighed else ()
    read.update((found.a, found.b), (rival.node for rival in rivals))
    if first != found.a:
        sides = sides[1], sides[0]
        evidence = [replace(one, a=one.b, b=one.a) for one in evidence]
    return Explained(
        sides[0].shown.node.id,
        sides[1].shown.node.id,
        sides[0].names,
        sides[1].names,
        found.nature,
        tuple(evidence),
        found.prior if is_weighed else None,
        found.weight if is_weighed else None,
        found.alone if is_weighed else None,
        found.probability if is_weighed else None,
        found.linked,
        tuple(sorted((Rival(project.id(r.node) or MASK, r.probability) for r in rivals), key=_surest)),
        found.obstacle,
        None if found.obstacle is None else OBSTACLES[found.obstacle],
        None if is_limited else found.found,
        None if found.judgement is None else judged(project, found.judgement, read),
        found.model,
    )


def judged(project: Projection, found: Judgement, read: set[str]) -> Judged:
    """A judgement as it is shown, of two nodes that are not hidden; `look` was told of it by `sought_of`."""
    a, b = sorted((project.id(found.a) or MASK, project.id(found.b) or MASK))
    read.update((found.a, found.b, found.record))
    now, is_judge = found.now, project.sight.viewer.role in JUDGES
    return Judged(
        a,
        b,
        now.verdict,
        now.at,
        now.by if is_judge else None,
        _said(project, now.why) if is_judge else None,
        tuple(replace(one, why=_said(project, one.why)) for one in found.history) if is_judge else None,
        project.record(found.record),
    )


def sought_of(found: Judgement) -> Sought:
    """What of a judgement must be looked at before it is shown."""
    sought = Sought()
    _sought(found, sought)
    return sought


def _sought(found: Judgement | None, sought: Sought) -> None:
    if found is not None:
        sought.record(found.record)
        sought.node(found.a)
        sought.node(found.b)
        sought.texts.update(one.why for one in (found.now, *found.history))


def _said(project: Projection, text: str) -> str:
    return MASK if project.tells(text) else text


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two, and the names by which it was compared."""

    project: Projection
    node: str
    shown: Shown
    written: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Its names as written, as far as they are shown."""
        told = {str(value) for values in self.shown.node.values.values() for value in values}
        return tuple(name if name in told else MASK for name in self.written)

    def _own(self, column: str) -> set[str]:
        """The values of a column that is a property of its node, as far as they are shown."""
        return {str(value) for value in self.shown.node.values.get(column, ())} if column in OWN else set()

    def value(self, value: Value, read: set[str]) -> Compared | None:
        """A value as it is shown; None when its node is hidden."""
        node = self.node if value.column == "number" else _node_of(value)
        if node is None:
            is_open = (
                value.column in PLAIN
                or value.text in self._own(value.column)
                or (
                    value.column in TEXTS | NAMES
                    and not self.project.tells(_text_of(value))
                    and (value.column in TEXTS or MASK not in self.names)
                )
            )
            return Compared(value.column, value.text if is_open else MASK, None, not is_open)
        shown = self.project.id(node)
        if shown is None:
            return None
        read.add(node)
        return Compared(value.column, value.text if shown == node else shown, shown, shown != node)


def _node_of(value: Value) -> str | None:
    """The node that a value is the key of."""
    if value.column in IDS:
        return value.text
    kind = NODES.get(value.column)
    return None if kind is None else node_id(kind, value.text)


def _text_of(value: Value) -> str:
    return without_own(value.text) if value.column == "addresses" else value.text


def _told(project: Projection, sides: tuple[_Side, _Side], one: Evidence, read: set[str]) -> Told:
    a, b = (_values(side, some, read) for side, some in zip(sides, (one.a, one.b), strict=True))
    a, b = _hosts(a), _hosts(b)
    shared = tuple(value for value in a if value in b and value.text != MASK)
    level: str | None = one.level
    masked = [value for value in (*a, *b) if value.is_masked]
    # Of what is masked and stands under no token, such as a name that spells a number out, nothing is told.
    if (masked and tells_more(one.comparison, one.level)) or any(value.node is None for value in masked):
        level = None
    elif project.sight.is_limited and level not in ("missing", "passed"):
        # That many share it, by which another level is reached, would count those that are hidden.
        if any(value.column in COUNTED for value in shared):
            level = "same"
        elif level in ("crowd", "differ") and any(value.column == "masks" for value in shared):
            level = "mask"
    words = WITHHELD if level is None else replace(one, level=level).words
    return Told(one.comparison, level, one.bits, one.common, a, b, shared, one.called, words)


def _values(side: _Side, values: Iterable[Value], read: set[str]) -> tuple[Compared, ...]:
    """The values of one side, masked ones in the order of their tokens."""
    told = [shown for value in values if (shown := side.value(value, read)) is not None]
    return (*(one for one in told if not one.is_masked), *sorted((one for one in told if one.is_masked), key=_place))


def _place(one: Compared) -> tuple[str, str]:
    return one.column, one.text


def _hosts(values: tuple[Compared, ...]) -> tuple[Compared, ...]:
    """The values without the mail domains that no address among them shows."""
    open_ = {one.text.rpartition("@")[2].lower() for one in values if one.column == "emails" and not one.is_masked}
    return tuple(one for one in values if one.column != "domains" or one.text in open_)


def _surest(rival: Rival) -> tuple[float, str]:
    return -rival.probability, rival.node
