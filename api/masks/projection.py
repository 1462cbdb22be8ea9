"""Projection: what a store gives, as one viewer may see it, in the same shapes with other ids and fewer values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from api.masks.personal import Depth, has_value, held, holds, rules
from api.masks.sight import Sight
from api.masks.sought import Sought, record_of
from api.masks.vault import MASK, Vault, is_token
from graph.model import Cut, Inference, Link, Mention, Node, Record, Scalar, StatedLink, Statement, kind_of


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


_KEYS, _TEXTS = 0, 1


class Projection:
    """Shows what was looked at before: `look` asks the store, for all of an answer at once, the rest only maps."""

    def __init__(self, sight: Sight, vault: Vault) -> None:
        self.sight = sight
        self.vault = vault
        self._looked: tuple[set[str], set[str]] = set(), set()
        self._telling: tuple[set[str], set[str]] = set(), set()
        self._said: dict[str, tuple[Statement, ...]] = {}
        self._shown: dict[str, str | None] = {}

    def look(self, sought: Sought) -> None:
        """Finds out what of it may be shown; the number of calls to the store does not depend on how much it is."""
        # The record of a hidden company is often known by the company's number.
        deep: Depth = "any" if self.sight.is_limited else "personal"
        self._look_into(sought.keys, _KEYS, deep)
        self._look_into(sought.texts, _TEXTS, "seeming")
        self.sight.judge(sought.ids)
        self._state(sought.ids)

    def _look_into(self, texts: set[str], which: int, depth: Depth) -> None:
        """Finds out which texts hold what is not clear."""
        fresh = texts - self._looked[which]
        self._looked[which].update(fresh)
        found = held(self.sight.store, fresh, depth) if fresh else {}
        if found:
            states = self.sight.judge(n for some in found.values() for n in some)
            self._telling[which].update(t for t, some in found.items() if any(states[n] != "clear" for n in some))

    def _state(self, ids: Iterable[str]) -> None:
        """Fetches who states the sensitive properties of which the viewer was granted some."""
        if self.sight.has_granted_properties:
            self._said |= self.sight.store.statements(
                i for i in ids if i not in self._said and kind_of(i) in rules().of and rules().of[kind_of(i)].sensitive
            )

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
        if state == "clear":
            kind, _, key = node.partition("/")
            rule = rules().of.get(kind)
            if rule is None or not rule.register:
                return node
            if rule.register == "record":
                tells = record_of(key) in self._telling[_KEYS]
            else:
                tells = key in self._telling[_TEXTS]
            if not tells:
                return node
        return self.vault.seal(node)

    def record(self, record: str) -> str:
        """The id under which a record is shown."""
        return self.vault.seal_record(record) if record.partition(":")[2] in self._telling[_KEYS] else record

    def node(self, node: Node) -> Shown | None:
        """A node as it is shown; None when it is hidden."""
        shown = self.id(node.id)
        if shown is None:
            return None
        rule = rules().of[node.kind]
        if shown == node.id and not rule.sensitive and not self._telling[_TEXTS]:
            return Shown(node, False, ())
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
        return text in self._telling[_TEXTS]

    def _spells(self, text: str, *nodes: str) -> bool:
        """Whether a text that was looked at holds what is masked, of these nodes or of any."""
        return text in self._telling[_TEXTS] or any(holds(text, n) for n in nodes if self._is_shut(n))

    def _is_shut(self, node: str) -> bool:
        return self.sight.state(node) != "clear" and kind_of(node) in rules().kinds

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
            if name in rules().of[link.kind].sensitive:
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
        rule = rules().of[kind]
        values = {
            name: value
            for name, value in said.values.items()
            if (name not in rule.sensitive or source in self.sight.owners(f"{kind}.{name}"))
            and (name not in rule.texts or not self._spells(str(value), node))
        }
        return Statement(self.record(said.record), said.field, values)

    def row(self, record: Record) -> Record:
        """A record as it is shown: what is masked in its raw row is replaced, and its digest, which tells it, left out.

        Cells that hold the key of a masked node, or a sensitive value, are masked whole. Where one is stated and found
        in no cell (it is disguised), or where a node is hidden, nothing of the row is shown.
        """
        nodes = dict.fromkeys(m.node for m in record.mentions)
        shut = [n for n in nodes if self.sight.state(n) == "masked"]
        told = {c for c, cell in record.raw.items() if cell in self._telling[_KEYS]}
        spelled = {n: {c for c, cell in record.raw.items() if holds(cell, n)} for n in shut}
        spelled |= {v: {c for c, cell in record.raw.items() if has_value(cell, v)} for v in self._kept_back(record)}
        told.update(*spelled.values())
        raw = {column: MASK if column in told else cell for column, cell in record.raw.items()}
        # A part of a number is read from the whole, and need not stand in the row.
        derived = {k.target for k in record.links if k.source in nodes and kind_of(k.target) in rules().parts}
        lost = any(not columns and what not in derived for what, columns in spelled.items())
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
        is_whole = raw == record.raw and shown == record.id and not spelled
        return replace(
            record,
            key=shown.partition(":")[2],
            digest=record.digest if is_whole else "",
            raw=raw,
            mentions=tuple(mentions),
            links=tuple(links),
            body=b"",
        )

    def _kept_back(self, record: Record) -> set[str]:
        """The sensitive values that a record states and that the viewer was not granted."""
        stated = [(kind_of(m.node), m.values) for m in record.mentions] + [(k.kind, k.values) for k in record.links]
        return {
            str(values[name])
            for kind, values in stated
            for name in rules().of[kind].sensitive & values.keys()
            if record.source not in self.sight.owners(f"{kind}.{name}")
        }


def _source(record: str) -> str:
    return record.partition(":")[0]
