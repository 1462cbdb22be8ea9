"""The rules of a mapping for nodes and links, made ready to read rows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping

from graph import values
from graph.errors import InvalidValue
from graph.identifiers import sgtin
from graph.identity import identify
from graph.model import Inference, Scalar, kind_of, node_id
from graph.ontology import Property, ontology
from ingest.mapping import LinkRule, MappingFile, NodeRule, Setting, Template
from ingest.reading import Dates, Reading

Values = Mapping[str, str]
Fill = Callable[[Values], str]

_LENIENT = frozenset({"Phone", "Vehicle", "Email", "WebFiling"})
_ROUNDED = re.compile(r"\d(?:\.\d+)?E\+\d{2,}")
"""How Excel shows a number of more than eleven digits, whose last ones are gone once it is saved as CSV."""
_PREFIX = Inference("gs1:1", 1.0, ("the number of the product is part of the label's",))


class Span:
    """A pair of date columns, read once a row however many links bear their dates."""

    __slots__ = ("end", "place", "start")

    def __init__(self, place: int, start: Template | None, end: Template | None) -> None:
        self.place = place
        self.start = (start.filler(), start.columns[0]) if start else None
        self.end = (end.filler(), end.columns[0]) if end else None

    def of(self, reading: Reading, cells: Values) -> Dates:
        """The dates of a row."""
        found = reading.dates[self.place]
        if found is None:
            found = reading.dates[self.place] = (_date(self.start, cells), _date(self.end, cells))
        return found


class _Node:
    """A rule for a node, ready to read; what `Identified` and `Parties` have in common."""

    def __init__(self, rule: NodeRule, span: Span) -> None:
        self.rule = rule
        self.name = rule.name
        self.span = span
        self.column = rule.key.columns[0]
        self.key = rule.key.filler()
        self.when = tuple(rule.when.items())
        self.is_single = not rule.json and rule.split is None and rule.match is None
        known = {p.name: p for k in rule.kinds for p in ontology().kinds[k].properties.values()}
        self.settled = _settler((known[name], setting) for name, setting in rule.properties.items())
        self.phones = [(t.columns[0], t.filler()) for t in rule.phone]
        self.emails = [(t.columns[0], t.filler()) for t in rule.email]
        self.named = [t.filler() for t in rule.named]

    def texts(self, cells: Values) -> tuple[str, ...]:
        """What stands in the key's columns, in parts where the rule splits it."""
        for column, wanted in self.when:
            value = cells.get(column, "")
            if value not in wanted and not (value and "*" in wanted):
                return ()
        text = self.key(cells)
        if not text:
            return ()
        return (text,) if self.is_single else self._parts(text)

    def _parts(self, text: str) -> tuple[str, ...]:
        rule = self.rule
        if rule.json:
            try:
                listed = json.loads(text)
            except ValueError:
                listed = text
            texts = [str(part) for part in listed] if isinstance(listed, list) else [text]
        else:
            texts = rule.split.split(text) if rule.split is not None else [text]
        if rule.match is not None:
            texts = [match[1] or "" for part in texts if (match := rule.match.fullmatch(part.strip()))]
        return tuple(part for part in dict.fromkeys(map(str.strip, texts)) if part)

    def contacts(self, reading: Reading, cells: Values, node: str) -> None:
        """Adds a node's phones and e-mails."""
        for columns, kind, link in ((self.phones, "Phone", "HAS_PHONE"), (self.emails, "Email", "HAS_EMAIL")):
            for column, fill in columns:
                if text := fill(cells):
                    place = f"{self.name}.{kind.lower()}"
                    try:
                        reading.contact(kind, link, node, place, text, self.span.of(reading, cells))
                    except InvalidValue as error:
                        if error.kind == "date":
                            raise
                        reading.doubts.append((column, f"no_{kind.lower()}"))


class Identified(_Node):
    """A node with an identifier of its own."""

    def read(self, reading: Reading, cells: Values) -> tuple[str, ...]:
        """Adds what a row says of its nodes, and gives their ids."""
        texts = self.texts(cells)
        if not texts:
            return ()
        kind, name = self.rule.kind, self.name
        stated = self.settled(cells)
        found = []
        for text in texts:
            try:
                if "E+" in text:
                    check_whole(self.column, text)
                node, known, said, doubts = identity = identify(kind, text)
            except InvalidValue as error:
                if kind in _LENIENT and error.reason != "checksum":
                    reading.doubts.append((self.column, f"no_{ontology().kinds[kind].identity}"))
                    continue
                raise at(self.column, error) from None
            if doubts:
                reading.doubts += [(self.column, doubt) for doubt in doubts if doubt != "masked"]
            reading.mention(node, name, {**known, **stated} if known else stated)
            if said:
                reading.said[name, node] = said
            if kind == "Phone":
                reading.masked(identity, name)
            elif kind == "Label":
                _describe_label(reading, name, node, text)
            found.append(node)
            if self.phones or self.emails:
                self.contacts(reading, cells, node)
            for fill in self.named:
                if text := fill(cells):
                    reading.name(node, name, text)
        return tuple(found)


class Parties(_Node):
    """Parties: companies and persons by their numbers, and those only known by a name."""

    def __init__(self, rule: NodeRule, span: Span) -> None:
        super().__init__(rule, span)
        self.credit = rule.uscc.filler() if rule.uscc else None
        self.number = rule.id.filler() if rule.id else None

    def read(self, reading: Reading, cells: Values) -> tuple[str, ...]:
        """Adds what a row says of its nodes, and gives their ids."""
        texts = self.texts(cells)
        credit = self.credit(cells) if self.credit else ""
        number = self.number(cells) if self.number else ""
        if not texts:
            if not (credit or number or any(fill(cells) for _, fill in self.phones)) or not self._applies(cells):
                return ()
            texts = ("",)
        stated = self.settled(cells)
        found = []
        for place, text in enumerate(texts, 1):
            where = self.name if place == 1 else f"{self.name}.{place}"
            try:
                if "E+" in number:
                    check_whole(self.column, number)
                node = reading.party(where, text, credit, number, stated)
            except InvalidValue as error:
                column = self.rule.uscc if credit else self.rule.id
                raise at((column or self.rule.key).columns[0], error) from None
            # Numbers and contacts stand for the first of several names; whose the others' are, nobody says.
            if place == 1:
                self.contacts(reading, cells, node)
                credit = number = ""
            found.append(node)
        return tuple(found)

    def _applies(self, cells: Values) -> bool:
        return all((value := cells.get(c, "")) in wanted or (value and "*" in wanted) for c, wanted in self.when)


class LinkMaker:
    """A rule for a link, ready to read."""

    def __init__(self, rule: LinkRule, source: int, target: int, mapping: MappingFile, span: Span) -> None:
        kind = ontology().links[rule.kind]
        self.kind = rule.kind
        self.source = source
        self.target = target
        self.place = rule.target
        self.span = span
        self.settled = _settler((kind.properties[name], setting) for name, setting in rule.properties.items())
        self.is_spelled = "text" in kind.properties
        self.joins = kind.sources, kind.targets
        # Which kind of party a row names, and whether a phone is masked, is seen in the row only.
        self.is_open = len(mapping.nodes[source].kinds) > 1 or len(mapping.nodes[target].kinds) > 1

    def make(self, reading: Reading, cells: Values) -> None:
        """Adds the links between the nodes that a row names."""
        dates = self.span.of(reading, cells)
        stated = self.settled(cells)
        for source in reading.nodes[self.source]:
            for target in reading.nodes[self.target]:
                if self.is_open and not (kind_of(source) in self.joins[0] and kind_of(target) in self.joins[1]):
                    continue
                said = reading.said.get((self.place, target)) if self.is_spelled else None
                reading.link(self.kind, source, target, dates, {**stated, **said} if said else stated)


def node_reader(rule: NodeRule, span: Span) -> Identified | Parties:
    """A rule for a node, ready to read."""
    return Parties(rule, span) if rule.kind == "Party" else Identified(rule, span)


def _describe_label(reading: Reading, name: str, node: str, epc: str) -> None:
    """A label says in which form it was read, and which product it is on."""
    mention = reading.mentions[-1]
    reading.mentions[-1] = mention._replace(values={**mention.values, "epc": epc})
    product = node_id("Product", sgtin.parts(node[len("Label/") :]).gtin)
    reading.mention(product, f"{name}.product")
    reading.link("OF_PRODUCT", node, product, inference=_PREFIX)


def dates_of(rule: NodeRule, mapping: MappingFile) -> tuple[Template | None, Template | None]:
    """When a row speaks of a node: the dates of its first dated link, which its contacts share."""
    for link in mapping.links:
        if link.start is not None and rule.name in (link.source, link.target):
            return link.start, link.end
    return None, None


def _date(of: tuple[Fill, str] | None, cells: Values) -> str | None:
    if of is None or not (text := of[0](cells)):
        return None
    return day(of[1], text)


def day(column: str, text: str) -> str:
    """The day that a cell holds.

    Raises:
        InvalidValue: It holds none.
    """
    try:
        return values.day(text)
    except InvalidValue as error:
        raise at(column, error) from None


def _settler(settings: Iterable[tuple[Property, Setting]]) -> Callable[[Values], dict[str, Scalar]]:
    """What gives the values that a row states of some properties."""
    ready = [
        (
            known.name,
            setting.template.filler() if setting.template else None,
            setting.default,
            None if known.type == "text" else known.type,
            setting.template.columns[0] if setting.template else known.name,
        )
        for known, setting in settings
    ]

    def settled(cells: Values) -> dict[str, Scalar]:
        stated: dict[str, Scalar] = {}
        for name, fill, default, kind, column in ready:
            if text := (fill(cells) if fill else "") or default:
                try:
                    stated[name] = text if kind is None else values.clean(kind, text)
                except InvalidValue as error:
                    raise at(column, error) from None
        return stated

    return settled


def check_whole(column: str, text: str) -> None:
    """Refuses a number that a spreadsheet has rounded: others that it has rounded look the same.

    Raises:
        InvalidValue: `6.22848E+18`.
    """
    if _ROUNDED.fullmatch(text):
        problem = "is a long number whose last digits a spreadsheet has dropped; export the column as text"
        raise at(column, InvalidValue("number", text, "format", problem))


def at(column: str, error: InvalidValue) -> InvalidValue:
    """The error with the column that it stands in."""
    error.column = column
    return error
