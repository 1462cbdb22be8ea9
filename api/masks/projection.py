"""Projection: what a store gives, as one viewer may see it, in the same shapes with other ids and fewer values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from api.masks.levels import tells_nothing_more
from api.masks.memory import Held, Memory
from api.masks.numbers import Depth, is_about
from api.masks.rules import rules
from api.masks.sight import Sight
from api.masks.sought import Sought, ends_of, is_of_pair, record_of, without_own
from api.masks.vault import MASK, Vault, is_token
from graph.model import (
    Cut,
    Inference,
    Link,
    Node,
    Scalar,
    StatedLink,
    Statement,
    kind_of,
)
from graph.ontology import SAME


@dataclass(frozen=True, slots=True)
class Shown:
    """A node as it is shown.

    Attributes:
        node: The node with the id and the values that are shown. `mentions` is 0 where they are not told.
        is_masked: Whether its id is a token.
        masked: The names of the properties of which values are left out.
    """

    node: Node
    is_masked: bool
    masked: tuple[str, ...]


class Projection:
    """Shows what was looked at before: `look` asks the store, for all of an answer at once, the rest only maps."""

    def __init__(self, sight: Sight, vault: Vault, memory: Memory | None = None) -> None:
        self.sight = sight
        self.vault = vault
        self._held = Held(sight.store, memory or Memory())
        # The record of a hidden company is often known by the company's number.
        self._depth: Depth = "any" if sight.is_limited else "cell"
        self._looked: set[tuple[str, Depth]] = set()
        self._heard: set[str] = set()
        self._telling: set[tuple[str, Depth]] = set()
        self._sounding: set[str] = set()
        self._named: set[str] = set()
        self._said: dict[str, tuple[Statement, ...]] = {}
        self._shown: dict[str, str | None] = {}

    def look(self, sought: Sought) -> None:
        """Finds out what of it may be shown; the number of calls to the store does not depend on how much it is."""
        texts: set[tuple[str, Depth]] = {(key, self._depth) for key in sought.keys}
        texts.update((text, "text") for text in sought.texts)
        texts -= self._looked
        sounds = sought.sounds - self._heard
        self._looked |= texts
        self._heard |= sounds
        told, heard = self._held(texts, sounds) if texts or sounds else ({}, {})
        named = {n for some in (*told.values(), *heard.values()) for n in some}
        states = self.sight.judge(sought.ids | named)
        self._telling.update(t for t, some in told.items() if any(states[n] != "clear" for n in some))
        self._sounding.update(t for t, some in heard.items() if any(states[n] != "clear" for n in some))
        self._state(sought.ids)

    def has_looked(self, key: str) -> bool:
        """Whether the key of a record was looked at."""
        return (key, self._depth) in self._looked

    def tells_cell(self, cell: str) -> bool:
        """Whether the key of a record, or a cell, that was looked at holds what is masked."""
        return (cell, self._depth) in self._telling

    def _state(self, ids: Iterable[str]) -> None:
        """Fetches who states the sensitive properties of which the viewer was granted some."""
        if self.sight.has_granted_properties:
            self._said |= self.sight.store.statements(
                i for i in ids if i not in self._said and self._has_granted(kind_of(i))
            )

    def _has_granted(self, kind: str) -> bool:
        """Whether a property of a kind of nodes was granted."""
        rule = rules().of.get(kind)
        return rule is not None and any(self.sight.owners(f"{kind}.{name}") for name in rule.sensitive)

    def look_at(self, nodes: Iterable[Node | str] = (), links: Iterable[Link] = ()) -> None:
        """Looks at nodes, with the values of those that are more than ids, and at links."""
        sought = Sought()
        for node in nodes:
            if isinstance(node, Node):
                sought.node(node.id, node.values)
            else:
                sought.node(node)
        for link in links:
            sought.link(link)
        self.look(sought)

    def texts(self, texts: Iterable[str]) -> dict[str, str]:
        """Text -> what is shown of it: itself, or `MASK` when it holds what is masked."""
        wanted = set(texts)
        self.look(Sought(texts=wanted))
        return {text: MASK if self.tells(text) else text for text in wanted}

    def lend(self, ids: Iterable[str], *, names: Iterable[str] = ()) -> None:
        """Lets a right holder see what a trace has told it, and of the nodes of `names` the ids; see `Sight.lend`."""
        lent, named = set(ids), set(names)
        self._named |= named - lent
        self.sight.lend(lent | named)
        self.sight.judge(lent | named)
        for node in lent | named:
            self._shown.pop(node, None)

    def id(self, node: str) -> str | None:
        """The id under which a node is shown; None when it is hidden."""
        if node not in self._shown:
            self._shown[node] = self._id(node)
        return self._shown[node]

    def ids(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """The ids under which nodes are shown, without hidden ones."""
        return tuple(shown for n in nodes if (shown := self.id(n)) is not None)

    def _id(self, node: str) -> str | None:
        state = self.sight.state(node)
        if state == "hidden":
            return None
        return node if state == "clear" and not self.spells_out(node) else self.vault.seal(node)

    def spells_out(self, node: str) -> bool:
        """Whether the key of a node that is not personal holds what is masked."""
        kind, _, key = node.partition("/")
        rule = rules().of.get(kind)
        if rule is None or not rule.key:
            return False
        if rule.key == "record":
            return self.tells_cell(record_of(key))
        return node in self._sounding if rule.key == "sound" else self.tells(without_own(key))

    def record(self, record: str) -> str:
        """The id under which a record is shown."""
        return self.vault.seal_record(record) if self._is_sealed(record) else record

    def is_of_hidden(self, record: str) -> bool:
        """Whether a record is about who is who, and one of its nodes is hidden: then it is not there."""
        return any(self.id(end) is None for end in ends_of(record))

    def _is_sealed(self, record: str) -> bool:
        if self.tells_cell(record.partition(":")[2]):
            return True
        ends = ends_of(record)
        # Of a pair whose ids are too long the key is a hash, which a guess could be compared with.
        return any(self.id(end) != end for end in ends) if ends else is_of_pair(record)

    def node(self, node: Node) -> Shown | None:
        """A node as it is shown; None when it is hidden."""
        shown = self.id(node.id)
        if shown is None:
            return None
        if node.id in self._named:
            return Shown(Node(shown, {}), False, tuple(node.values))
        rule = rules().of[node.kind]
        # How many places speak of it would tell of rows that the viewer may not see.
        mentions = node.mentions if not self.sight.is_limited else 0
        if shown == node.id and mentions and rule.sensitive.isdisjoint(node.values) and not self._telling:
            return Shown(node, False, ())
        values = {name: kept for name, some in node.values.items() if (kept := self._kept(node.id, name, some))}
        masked = tuple(name for name, some in node.values.items() if len(values.get(name, ())) < len(some))
        if shown == node.id and mentions and not masked:
            return Shown(node, False, ())
        return Shown(Node(shown, values, mentions), is_token(shown), masked)

    def nodes(self, known: Mapping[str, Node]) -> dict[str, Shown]:
        """Id in the store -> the node as it is shown, without hidden ones."""
        return {n: shown for n, node in known.items() if (shown := self.node(node)) is not None}

    def _kept(self, node: str, name: str, values: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
        kind = kind_of(node)
        rule = rules().of[kind]
        if name in rule.sensitive:
            granted = self.sight.owners(f"{kind}.{name}")
            said = {s.values.get(name) for s in self._said.get(node, ()) if _source(s.record) in granted}
            values = tuple(v for v in values if v in said)
        if name in rule.texts:
            values = tuple(v for v in values if not self._spells(str(v), node))
        return values

    def tells(self, text: str) -> bool:
        """Whether a text that was looked at holds what is masked."""
        return (text, "text") in self._telling

    def _spells(self, text: str, node: str) -> bool:
        """Whether a text that was looked at holds what is masked, of this node or of any."""
        return self.tells(text) or (self._is_shut(node) and is_about(text, node))

    def _is_shut(self, node: str) -> bool:
        return self.sight.state(node) != "clear" and kind_of(node) in rules().kinds

    def link(self, link: Link) -> Link | None:
        """A link as it is shown; None when one of its ends is hidden."""
        source, target = self.id(link.source), self.id(link.target)
        if source is None or target is None:
            return None
        is_told = self._is_told(link)
        is_plain = link.kind != SAME and not self._telling and not link.values
        if is_told and is_plain and source == link.source and target == link.target:
            return link  # as most are
        return replace(
            link,
            source=source,
            target=target,
            start=link.start if is_told else None,
            end=link.end if is_told else None,
            values=self._values(link, link.records),
            records=self._records(link.records) if is_told else (),
            inference=self._inference(link),
        )

    def _records(self, records: Iterable[str]) -> tuple[str, ...]:
        """The ids under which sorted records are shown, sealed ones where their tokens put them."""
        shown = tuple(map(self.record, records))
        return tuple(sorted(shown)) if any(map(is_token, shown)) else shown

    def links(self, links: Iterable[Link]) -> tuple[Link, ...]:
        """Links as they are shown, without those to hidden nodes."""
        return tuple(shown for k in links if (shown := self.link(k)) is not None)

    def _is_told(self, link: Link | StatedLink) -> bool:
        """Whether what records say of a link is told: to a right holder only of its rights and their licences."""
        return not self.sight.is_holder or not self.sight.own.isdisjoint((link.source, link.target))

    def _values(self, link: Link | StatedLink, records: Collection[str]) -> Mapping[str, Scalar]:
        """The values of a link that are shown: those that may spell out a masked end are replaced by `MASK`."""
        if not link.values or not self._is_told(link):
            return {}
        # A text is what was written for the target, disguised or not.
        read_from_it = rules().of[kind_of(link.target)].key in ("sound", "text")
        is_shut = self._is_shut(link.target) or (read_from_it and self.spells_out(link.target))
        values: dict[str, Scalar] = {}
        for name, value in link.values.items():
            if name in rules().of[link.kind].sensitive:
                granted = self.sight.owners(f"{link.kind}.{name}")
                if not granted.intersection(map(_source, records)):
                    continue
            shut = isinstance(value, str) and (is_shut or self._spells(value, link.source))
            values[name] = MASK if shut else value
        return values

    def _inference(self, link: Link | StatedLink) -> Inference | None:
        """Why a link is believed, without words that spell out a masked end."""
        why = link.inference
        if why is None or not why.reasons:
            return why
        if link.kind == SAME and (self.sight.is_limited or not tells_nothing_more(why.reasons)):
            return Inference(why.rule, why.probability)
        shut = self._is_shut(link.source) or self._is_shut(link.target) or any(map(self.tells, why.reasons))
        return why if self._is_told(link) and not shut else Inference(why.rule, why.probability)

    def cuts(self, cuts: Iterable[Cut]) -> tuple[Cut, ...]:
        """What was cut at nodes, without hidden ones; the total is 0 where it is not told, as it counts hidden ones."""
        told = (replace(c, node=shown) for c in cuts if (shown := self.id(c.node)) is not None)
        if self.sight.is_limited:
            told = (replace(c, total=0) for c in told)
        return tuple(sorted(told, key=lambda c: (c.node, c.kind, c.direction)))

    def statement(self, said: Statement, node: str) -> Statement:
        """What a record says of a node that is not hidden."""
        kind, source = kind_of(node), _source(said.record)
        rule = rules().of[kind]
        values = {
            name: value
            for name, value in said.values.items()
            if (name not in rule.sensitive or source in self.sight.owners(f"{kind}.{name}"))
            and (name not in rule.texts or not self._spells(str(value), node))
        }
        return Statement(self.record(said.record), said.field, values)

    def stated_link(self, link: StatedLink, record: str) -> StatedLink | None:
        """A link that a record states, as it is shown; None when one of its ends is hidden."""
        source, target = self.id(link.source), self.id(link.target)
        if source is None or target is None:
            return None
        days = (link.start, link.end) if self._is_told(link) else (None, None)
        return StatedLink(link.kind, source, target, *days, self._values(link, (record,)), self._inference(link))


def _source(record: str) -> str:
    return record.partition(":")[0]
