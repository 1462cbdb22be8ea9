"""Projection: what a store gives, as one viewer may see it, in the same shapes with other ids and fewer values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from api.personal import held, holds, rules
from api.sight import Sight
from api.vault import MASK, Vault, is_token
from graph.model import Cut, Inference, Link, Mention, Node, Record, Scalar, StatedLink, Statement, key_of, kind_of
from graph.ontology import ontology


@dataclass(frozen=True, slots=True)
class Shown:
    """A node as it is shown.

    Attributes:
        node: The node with the id and the values that are shown.
        is_masked: Whether its id is a token.
        masked: The names of the properties of which values are left out.
    """

    node: Node
    is_masked: bool
    masked: tuple[str, ...]


@dataclass(slots=True)
class Sought:
    """What an answer holds that must be looked at before it is shown.

    Attributes:
        ids: Nodes.
        keys: Keys of records and cells of raw rows: each of their words may be a number of somebody's.
        texts: Values, and keys that some register gave: they may hold what looks like such a number.
    """

    ids: dict[str, None] = field(default_factory=dict)
    keys: dict[str, None] = field(default_factory=dict)
    texts: dict[str, None] = field(default_factory=dict)

    def node(self, node: str, *values: Mapping[str, Scalar] | Mapping[str, tuple[Scalar, ...]]) -> None:
        """A node, with its values where they are shown."""
        self.ids[node] = None
        kind = ontology().kinds.get(kind_of(node))
        if kind is None:
            return
        if (register := _register(node)) is not None:
            (self.keys if kind.identity == "mention" else self.texts)[register] = None
        for said in values:
            for name in rules().texts.get(kind.name, frozenset()) & said.keys():
                value = said[name]
                self.texts.update(dict.fromkeys(map(str, value if isinstance(value, tuple) else (value,))))

    def link(self, link: Link | StatedLink) -> None:
        """A link with its ends and records."""
        self.node(link.source)
        self.node(link.target)
        self.texts.update(dict.fromkeys(v for v in link.values.values() if isinstance(v, str)))
        if link.inference is not None:
            self.texts.update(dict.fromkeys(link.inference.reasons))
        if isinstance(link, Link):
            for record in link.records:
                self.record(record)

    def record(self, record: str) -> None:
        """The id of a record."""
        self.keys[record.partition(":")[2]] = None

    def row(self, record: Record) -> None:
        """A record with its raw row and what it states."""
        self.record(record.id)
        self.keys.update(dict.fromkeys(record.raw.values()))
        for mention in record.mentions:
            self.node(mention.node, mention.values)
        for link in record.links:
            self.link(link)


class Projection:
    """Shows what was looked at before: `look` asks the store, for all of an answer at once, the rest only maps."""

    def __init__(self, sight: Sight, vault: Vault) -> None:
        self.sight = sight
        self.vault = vault
        self._tells: dict[tuple[str, bool], bool] = {}
        self._said: dict[str, tuple[Statement, ...]] = {}
        self._shown: dict[str, str | None] = {}

    def look(self, sought: Sought) -> None:
        """Finds out what of it may be shown; the number of calls to the store does not depend on how much it is."""
        ids = dict.fromkeys(sought.ids)
        for texts, thorough in ((sought.keys, True), (sought.texts, False)):
            fresh = [t for t in texts if (t, thorough) not in self._tells]
            found = held(self.sight.store, fresh, thorough=thorough) if fresh else {}
            states = self.sight.judge(n for some in found.values() for n in some) if found else {}
            self._tells |= {(t, thorough): any(states[n] != "clear" for n in found.get(t, ())) for t in fresh}
        self.sight.judge(ids)
        self._state([i for i in ids if i not in self._said])

    def _state(self, ids: Iterable[str]) -> None:
        """Fetches who states the sensitive properties of which the viewer was granted some."""
        wanted = [
            i
            for i in ids
            if any(self.sight.owners(f"{kind_of(i)}.{p}") for p in rules().properties.get(kind_of(i), ()))
        ]
        if wanted:
            self._said |= self.sight.store.statements(wanted)

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

    def lend(self, ids: Iterable[str]) -> None:
        """Lets a right holder see what a trace has told it; see `Sight.lend`."""
        lent = set(ids)
        self.sight.lend(lent)
        self.sight.judge(lent)
        for node in lent:
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
        if state == "clear" and (register := _register(node)) is not None:
            is_mention = ontology().kinds[kind_of(node)].identity == "mention"
            state = "masked" if self._tells[register, is_mention] else "clear"
        return node if state == "clear" else self.vault.seal(node)

    def record(self, record: str) -> str:
        """The id under which a record is shown."""
        return self.vault.seal_record(record) if self._tells[record.partition(":")[2], True] else record

    def node(self, node: Node) -> Shown | None:
        """A node as it is shown; None when it is hidden."""
        shown = self.id(node.id)
        if shown is None:
            return None
        values = {name: kept for name, some in node.values.items() if (kept := self._kept(node.id, name, some))}
        masked = tuple(name for name, some in node.values.items() if len(values.get(name, ())) < len(some))
        if shown == node.id and not masked:
            return Shown(node, False, ())
        return Shown(Node(shown, values, node.mentions), is_token(shown), masked)

    def nodes(self, known: Mapping[str, Node]) -> dict[str, Shown]:
        """Id in the store -> the node as it is shown, without hidden ones."""
        return {n: shown for n, node in known.items() if (shown := self.node(node)) is not None}

    def _kept(self, node: str, name: str, values: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
        kind = kind_of(node)
        if name in rules().properties.get(kind, ()):
            granted = self.sight.owners(f"{kind}.{name}")
            said = {s.values.get(name) for s in self._said.get(node, ()) if _source(s.record) in granted}
            values = tuple(v for v in values if v in said)
        if name in rules().texts.get(kind, ()):
            values = tuple(v for v in values if not self._spells(str(v), node))
        return values

    def tells(self, text: str) -> bool:
        """Whether a text that was looked at holds what is masked."""
        return self._tells[text, False]

    def _spells(self, text: str, *nodes: str) -> bool:
        """Whether a text that was looked at holds what is masked, of these nodes or of any."""
        return self._tells[text, False] or any(holds(text, n) for n in nodes if self._is_shut(n))

    def _is_shut(self, node: str) -> bool:
        return kind_of(node) in rules().kinds and self.sight.state(node) != "clear"

    def link(self, link: Link) -> Link | None:
        """A link as it is shown; None when one of its ends is hidden."""
        source, target = self.id(link.source), self.id(link.target)
        if source is None or target is None:
            return None
        return replace(
            link,
            source=source,
            target=target,
            values=self._values(link, link.records),
            records=tuple(map(self.record, link.records)) if self._is_told(link) else (),
            inference=self._inference(link),
        )

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
        values: dict[str, Scalar] = {}
        for name, value in link.values.items():
            if name in rules().properties.get(link.kind, ()):
                granted = self.sight.owners(f"{link.kind}.{name}")
                if not granted.intersection(map(_source, records)):
                    continue
            # The text is what was written for the target, disguised or not.
            is_text = isinstance(value, str)
            shut = is_text and (self._is_shut(link.target) or self._spells(str(value), link.source))
            values[name] = MASK if shut else value
        return values

    def _inference(self, link: Link | StatedLink) -> Inference | None:
        """Why a link is believed, without words that spell out a masked end."""
        why = link.inference
        if why is None or not why.reasons:
            return why
        shut = self._is_shut(link.source) or self._is_shut(link.target) or any(map(self._spells, why.reasons))
        return why if self._is_told(link) and not shut else Inference(why.rule, why.probability)

    def cuts(self, cuts: Iterable[Cut]) -> tuple[Cut, ...]:
        """What was cut at nodes, without hidden ones."""
        return tuple(replace(cut, node=shown) for cut in cuts if (shown := self.id(cut.node)) is not None)

    def statement(self, said: Statement, node: str) -> Statement:
        """What a record says of a node that is not hidden."""
        kind, source = kind_of(node), _source(said.record)
        sensitive, texts = rules().properties.get(kind, frozenset()), rules().texts.get(kind, frozenset())
        values = {
            name: value
            for name, value in said.values.items()
            if (name not in sensitive or source in self.sight.owners(f"{kind}.{name}"))
            and (name not in texts or not self._spells(str(value), node))
        }
        return Statement(self.record(said.record), said.field, values)

    def row(self, record: Record) -> Record:
        """A record as it is shown: what is masked in its raw row is replaced, and its digest, which tells it, left out.

        Cells that hold the key of a masked node are masked whole. Where a masked node is spoken of and found in no cell
        (it is disguised), or where one is hidden, nothing of the row is shown.
        """
        nodes = dict.fromkeys(m.node for m in record.mentions)
        shut = [n for n in nodes if self.sight.state(n) == "masked"]
        raw = {
            column: MASK if self._tells[cell, True] or any(holds(cell, n) for n in shut) else cell
            for column, cell in record.raw.items()
        }
        # A part of a number is read from the whole, and need not stand in the row.
        derived = {k.target for k in record.links if k.source in nodes and kind_of(k.target) in rules().parts}
        lost = any(n not in derived and not any(holds(cell, n) for cell in record.raw.values()) for n in shut)
        # A name says nothing that its party does not; its node is none of a right holder's.
        if lost or any(self.sight.state(n) == "hidden" and kind_of(n) != "Name" for n in nodes):
            raw = dict.fromkeys(raw, MASK)
        shown = self.record(record.id)
        if any(holds(record.key, n) for n in shut):
            shown = self.vault.seal_record(record.id)
        mentions = []
        for m in record.mentions:
            if (node := self.id(m.node)) is not None:
                said = self.statement(Statement(record.id, m.field, m.values), m.node)
                mentions.append(Mention(node, m.field, said.values))
        links = []
        for k in record.links:
            source, target = self.id(k.source), self.id(k.target)
            if source is not None and target is not None:
                values = self._values(k, (record.id,))
                links.append(StatedLink(k.kind, source, target, k.start, k.end, values, self._inference(k)))
        is_whole = raw == record.raw and shown == record.id and not shut
        return replace(
            record,
            key=shown.partition(":")[2],
            digest=record.digest if is_whole else "",
            raw=raw,
            mentions=tuple(mentions),
            links=tuple(links),
            body=b"",
        )


def _register(node: str) -> str | None:
    """What a node's key holds that may be somebody's number: of a mention the key of its record, else a number."""
    kind = ontology().kinds.get(kind_of(node))
    if kind is None or kind.name in rules().kinds:
        return None
    if kind.identity == "mention":
        key = key_of(node).partition(":")[2]
        return key.rpartition("#")[0] or key
    return key_of(node) if kind.identity == "number" else None


def _source(record: str) -> str:
    return record.partition(":")[0]
