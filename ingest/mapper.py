"""A row and a mapping give a record: its mentions, its links, and what is doubtful about it.

A wrong check character, an impossible date or number, an empty key refuse the row. What is only unknown, or no identifier at
all where a person may write anything (a phone, a plate, an e-mail), is kept in the raw row and counted as a doubt.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from graph import names, values
from graph.errors import InvalidValue
from graph.identifiers import phone, sgtin, uscc
from graph.identity import Identity, identify, named, number_key
from graph.model import Inference, Mention, Scalar, StatedLink, kind_of, node_id
from graph.ontology import LinkKind, Property, ontology
from ingest.mapping import Extraction, LinkRule, MappingFile, NodeRule, Setting, Template

_LENIENT = frozenset({"Phone", "Vehicle", "Email"})
_MASK = Inference("mask:1", 1.0, ("the first three and the last four digits are those of the number",))
_PREFIX = Inference("gs1:1", 1.0, ("the number of the product is part of the label's",))

Values = Mapping[str, str]
TextReader = Callable[["Reading", str, str], None]
"""Adds to a reading what a text says of the node whose id is given."""


@dataclass(slots=True)
class Reading:
    """What one row states, while it is read."""

    record: str
    mentions: list[Mention] = field(default_factory=list)
    links: list[StatedLink] = field(default_factory=list)
    doubts: list[tuple[str, str]] = field(default_factory=list)
    nodes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    said: dict[tuple[str, str], Mapping[str, Scalar]] = field(default_factory=dict)
    _linked: set[tuple[str, str, str]] = field(default_factory=set)

    def mention(self, node: str, place: str, stated: Mapping[str, Scalar]) -> None:
        self.mentions.append(Mention(node, place, stated))

    def link(
        self,
        kind: str,
        source: str,
        target: str,
        dates: tuple[str | None, str | None] = (None, None),
        stated: Mapping[str, Scalar] | None = None,
        inference: Inference | None = None,
    ) -> None:
        """Adds a link once; a node is never linked to itself."""
        if source == target or (kind, source, target) in self._linked:
            return
        self._linked.add((kind, source, target))
        self.links.append(StatedLink(kind, source, target, *dates, stated or {}, inference))

    def name(self, node: str, place: str, text: str) -> None:
        """Links a node to the name that a text holds."""
        found = named(text)
        if found is not None:
            self.mention(found.node, f"{place}.name", found.values)
            self.link("NAMED", node, found.node, stated=found.said)

    def contact(
        self,
        kind: str,
        link: str,
        node: str,
        place: str,
        text: str,
        dates: tuple[str | None, str | None],
        inference: Inference | None = None,
        stated: Mapping[str, Scalar] | None = None,
    ) -> None:
        """Links a node to a phone, an e-mail or a handle; a full phone also to its masked form."""
        found = identify(kind, text)
        self.doubts.extend((place, doubt) for doubt in found.doubts if doubt != "masked")
        self.mention(found.node, place, found.values)
        self.link(link, node, found.node, dates, stated, inference)
        self.masked(found, place)

    def masked(self, found: Identity, place: str) -> None:
        if kind_of(found.node) == "Phone":
            mask = phone.mask_of(found.node[len("Phone/") :])
            if mask:
                target = node_id("MaskedPhone", mask)
                self.mention(target, f"{place}.mask", {})
                self.link("MASKED_AS", found.node, target, inference=_MASK)

    def party(self, place: str, name: str, credit: str, number: str, stated: Mapping[str, Scalar]) -> str:
        """The party that a name and its numbers speak of: a company, a person, or one known by its name."""
        if credit:
            node = identify("Company", credit).node
        elif number and len(number) == 18 and uscc.compact(number)[:2].isalnum() and not number[:17].isdigit():
            node = identify("Company", number).node if not number.islower() else node_id("Person", number_key(number))
        elif number:
            node = node_id("Person", number_key(number))
        else:
            node = node_id("Party", f"{self.record}#{place}")
        kind = ontology().kinds[kind_of(node)]
        known: dict[str, Scalar] = {k: v for k, v in stated.items() if k in kind.properties}
        if name:
            known.setdefault("name", name)
            if kind.name == "Party":
                known["nature"] = names.kind_of_name(name)
        self.mention(node, place, known)
        if name:
            self.name(node, place, name)
        return node


class Mapper:
    """A mapping made ready to read rows of one feed."""

    def __init__(self, mapping: MappingFile, readers: Mapping[str, TextReader]) -> None:
        self.mapping = mapping
        self._nodes = tuple(_Node(rule, _dates_of(rule, mapping)) for rule in mapping.nodes)
        self._links = tuple(_LinkMaker(rule) for rule in mapping.links)
        self._extract = tuple((e, readers[e.kind]) for e in mapping.extract)
        self._rename = {new: old for old, new in mapping.rename.items()}

    def renamed(self, row: Values) -> Values:
        """The row with its columns as the mapping calls them."""
        rename = self.mapping.rename
        return {rename.get(c, c): v for c, v in row.items()} if rename else row

    def key(self, row: Values) -> str | None:
        """The key of a row, or None when rows of this feed have none.

        Raises:
            InvalidValue: It should have one, and it is empty.
        """
        if self.mapping.key is None:
            return None
        key = number_key(self.mapping.key.fill(row))
        if not key:
            raise _at(
                self.mapping.key.columns[0],
                InvalidValue("key", "", "missing", "is empty; without it the row cannot be told from others"),
            )
        return key

    def read(self, record: str, key: str, row: Values) -> Reading:
        """All that a row states.

        Raises:
            InvalidValue: Something in it is certain to be wrong; `column` says where.
        """
        reading = Reading(record)
        cells = {c: v.strip() for c, v in row.items()}
        cells["@row"] = key
        for earlier, later in self.mapping.order:
            _in_order(earlier, later, cells)
        for node in self._nodes:
            reading.nodes[node.rule.name] = node.read(reading, cells)
        for link in self._links:
            link.make(reading, cells)
        for extraction, read in self._extract:
            _extracted(extraction, read, reading, cells)
        return reading


class _Node:
    def __init__(self, rule: NodeRule, dates: tuple[Template | None, Template | None]) -> None:
        self.rule = rule
        self.dates = dates
        kind = ontology().kinds[rule.kind]
        known = {p.name: p for k in _kinds(rule) for p in ontology().kinds[k].properties.values()}
        self.settings = tuple((known[name], setting) for name, setting in rule.properties.items())
        self.identified = kind.identity
        self.column = rule.key.columns[0]

    def read(self, reading: Reading, cells: Values) -> tuple[str, ...]:
        rule = self.rule
        for column, wanted in rule.when.items():
            value = cells.get(column, "")
            if value not in wanted and not (value and "*" in wanted):
                return ()
        texts = self.texts(rule.key.fill(cells))
        phones = [(t.columns[0], v) for t in rule.phone if (v := t.fill(cells))]
        if rule.kind == "Party":
            return self.parties(reading, cells, texts, phones)
        stated = _settled(self.settings, cells)
        found = []
        for text in texts:
            try:
                identity = identify(rule.kind, text)
            except InvalidValue as error:
                if rule.kind in _LENIENT and error.reason != "checksum":
                    reading.doubts.append((self.column, f"no_{ontology().kinds[rule.kind].identity}"))
                    continue
                raise _at(self.column, error) from None
            reading.doubts.extend((self.column, doubt) for doubt in identity.doubts if doubt != "masked")
            values = {**identity.values, **stated} if identity.values else stated
            if rule.kind == "Label":
                values = {**values, "epc": text}
            reading.mention(identity.node, rule.name, values)
            if identity.said:
                reading.said[rule.name, identity.node] = identity.said
            if kind_of(identity.node) == "Phone":
                reading.masked(identity, rule.name)
            elif rule.kind == "Label":
                product = node_id("Product", sgtin.parts(identity.node[len("Label/") :]).gtin)
                reading.mention(product, f"{rule.name}.product", {})
                reading.link("OF_PRODUCT", identity.node, product, inference=_PREFIX)
            found.append(identity.node)
            self.contacts(reading, cells, identity.node, phones)
            for template in rule.named:
                if text := template.fill(cells):
                    reading.name(identity.node, rule.name, text)
        return tuple(found)

    def parties(
        self, reading: Reading, cells: Values, texts: list[str], phones: list[tuple[str, str]]
    ) -> tuple[str, ...]:
        rule = self.rule
        credit = rule.uscc.fill(cells) if rule.uscc else ""
        number = rule.id.fill(cells) if rule.id else ""
        if not texts and (credit or number or phones):
            texts = [""]
        stated = _settled(self.settings, cells)
        found = []
        for place, text in enumerate(texts, 1):
            where = rule.name if place == 1 else f"{rule.name}.{place}"
            try:
                node = reading.party(where, text, credit, number, stated)
            except InvalidValue as error:
                column = rule.uscc if credit else rule.id
                raise _at((column or rule.key).columns[0], error) from None
            found.append(node)
            self.contacts(reading, cells, node, phones)
        return tuple(found)

    def contacts(self, reading: Reading, cells: Values, node: str, phones: list[tuple[str, str]]) -> None:
        rule = self.rule
        emails = [(t.columns[0], v) for t in rule.email if (v := t.fill(cells))]
        if not phones and not emails:
            return
        dates = _dates(self.dates, cells)
        for kind, link, found in (("Phone", "HAS_PHONE", phones), ("Email", "HAS_EMAIL", emails)):
            for column, text in found:
                try:
                    reading.contact(kind, link, node, f"{rule.name}.{kind.lower()}", text, dates)
                except InvalidValue:
                    reading.doubts.append((column, f"no_{kind.lower()}"))

    def texts(self, text: str) -> list[str]:
        if not text:
            return []
        rule = self.rule
        if rule.json:
            try:
                parts = json.loads(text)
            except ValueError:
                parts = [text]
            texts = [str(p) for p in parts] if isinstance(parts, list) else [text]
        elif rule.split is not None:
            texts = [p.strip() for p in rule.split.split(text)]
        else:
            texts = [text]
        if rule.match is not None:
            texts = [m[1] for t in texts if (m := rule.match.fullmatch(t))]
        return [t for t in dict.fromkeys(texts) if t]


class _LinkMaker:
    def __init__(self, rule: LinkRule) -> None:
        self.rule = rule
        kind: LinkKind = ontology().links[rule.kind]
        self.kind = kind
        self.settings = tuple((kind.properties[name], setting) for name, setting in rule.properties.items())
        self.spelled = "text" in kind.properties
        self.dates = (rule.start, rule.end)

    def make(self, reading: Reading, cells: Values) -> None:
        rule = self.rule
        sources, targets = reading.nodes[rule.source], reading.nodes[rule.target]
        if not sources or not targets:
            return
        dates = _dates(self.dates, cells)
        stated = _settled(self.settings, cells) if self.settings else {}
        for source in sources:
            for target in targets:
                if kind_of(source) not in self.kind.sources or kind_of(target) not in self.kind.targets:
                    continue
                said = stated
                if self.spelled:
                    said = {**stated, **reading.said.get((rule.target, target), {})}
                reading.link(rule.kind, source, target, dates, said)


def _kinds(rule: NodeRule) -> tuple[str, ...]:
    return ("Company", "Person", "Party") if rule.kind == "Party" else (rule.kind,)


def _dates_of(rule: NodeRule, mapping: MappingFile) -> tuple[Template | None, Template | None]:
    """When a row speaks of a node: the dates of its first dated link, which its contacts share."""
    for link in mapping.links:
        if link.start is not None and rule.name in (link.source, link.target):
            return link.start, link.end
    return None, None


def _dates(templates: tuple[Template | None, Template | None], cells: Values) -> tuple[str | None, str | None]:
    start, end = templates
    return (
        _day(start.columns[0], text) if start is not None and (text := start.fill(cells)) else None,
        _day(end.columns[0], text) if end is not None and (text := end.fill(cells)) else None,
    )


def _day(column: str, text: str) -> str:
    try:
        return values.day(text)
    except InvalidValue as error:
        raise _at(column, error) from None


def _settled(settings: tuple[tuple[Property, Setting], ...], cells: Values) -> dict[str, Scalar]:
    stated: dict[str, Scalar] = {}
    for known, setting in settings:
        text = setting.template.fill(cells) if setting.template is not None else ""
        if text := text or setting.default:
            try:
                stated[known.name] = values.clean(known.type, text)
            except InvalidValue as error:
                raise _at(setting.template.columns[0] if setting.template else known.name, error) from None
    return stated


def _in_order(earlier: str, later: str, cells: Values) -> None:
    first, last = cells.get(earlier, ""), cells.get(later, "")
    if first and last and _day(earlier, first) > _day(later, last):
        raise _at(later, InvalidValue(later, last, "order", f"is before {earlier} {first}"))


def _extracted(extraction: Extraction, read: TextReader, reading: Reading, cells: Values) -> None:
    text = "\n".join(part for column in extraction.columns if (part := cells.get(column, "")))
    if text:
        for node in reading.nodes[extraction.node]:
            read(reading, node, text)


def _at(column: str, error: InvalidValue) -> InvalidValue:
    error.column = column
    return error
