"""A mapping: how the columns of a feed become nodes, links and properties.

It is data, written in YAML (`docs/mappings.md` teaches it), read and checked by `ingest.grammar`, kept in
`ingest.catalogue` and applied by `ingest.mapper`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from graph.ontology import ontology

ROW = "@row"
"""The column that holds the row's key, in mappings whose feed has none of its own."""

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A value made of columns: one column's name, or text with columns in braces (`{platform}/{id}`).

    It gives "" when any column that it names is empty.
    """

    text: str
    columns: tuple[str, ...]

    def fill(self, values: Mapping[str, str]) -> str:
        """The value for a row."""
        if len(self.columns) == 1 and self.text == self.columns[0]:
            return values.get(self.text, "")
        parts = {name: values.get(name, "") for name in self.columns}
        if not all(parts.values()):
            return ""
        return _PLACEHOLDER.sub(lambda m: parts[m[1]], self.text)

    def filler(self) -> Callable[[Mapping[str, str]], str]:
        """`fill`, made ready for many rows."""
        if self.columns != (self.text,):
            return self.fill
        column = self.text
        return lambda values: values.get(column, "")


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a property's value comes from: a template, or `default` when that is empty."""

    template: Template | None
    default: str = ""


@dataclass(frozen=True, slots=True)
class NodeRule:
    """A node of a row, under the name of its place in the row.

    Attributes:
        kind: Its kind in the ontology; `Party` stands for whichever kind of party the row identifies.
        key: The template of its key; for parties that of the name.
        uscc, id: For parties: templates of a credit code and of an identity number.
        split: A pattern that separates several values in the key's column, or `json` for a JSON list.
        match: A pattern that the key must match, whose first group is the key.
        when: Column -> the values of which one must stand there; a value `*` means any that is not empty.
    """

    name: str
    kind: str
    key: Template
    uscc: Template | None = None
    id: Template | None = None
    phone: tuple[Template, ...] = ()
    email: tuple[Template, ...] = ()
    named: tuple[Template, ...] = ()
    properties: Mapping[str, Setting] = field(default_factory=dict)
    split: re.Pattern[str] | None = None
    json: bool = False
    match: re.Pattern[str] | None = None
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that its node may have."""
        if self.kind == "Party":
            return tuple(sorted(party_kinds()))
        return ("Phone", "MaskedPhone") if self.kind == "Phone" else (self.kind,)


@dataclass(frozen=True, slots=True)
class LinkRule:
    """A link between two named nodes, with the templates of its dates and properties."""

    source: str
    kind: str
    target: str
    start: Template | None = None
    end: Template | None = None
    properties: Mapping[str, Setting] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Extraction:
    """Text to be read: `contacts` in a listing's description, or a court `judgement`."""

    kind: str
    node: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MappingFile:
    """A mapping as read.

    Attributes:
        name: Its name among the built-in ones, or the path of its file.
        feed: What it maps, and the source of its records unless the load names another.
        columns: What a file must have to be recognised as this feed.
        key: The template of the row's key, or None when rows have none: then their content is their key.
        order: Pairs of columns of which the first must not be later than the second.
        rename: Column as the file calls it -> as the mapping calls it.
        digest: A hash of the mapping's text and of the ontology's version, so that a changed mapping reads rows anew.
    """

    name: str
    feed: str
    columns: frozenset[str]
    key: Template | None
    nodes: tuple[NodeRule, ...]
    links: tuple[LinkRule, ...]
    order: tuple[tuple[str, str], ...]
    extract: tuple[Extraction, ...]
    rename: Mapping[str, str]
    digest: str

    @property
    def used(self) -> frozenset[str]:
        """Every column that it names, whether a file must have it or not; as the mapping calls them."""
        rules: tuple[NodeRule | LinkRule, ...] = (*self.nodes, *self.links)
        templates = [self.key, *(s.template for rule in rules for s in rule.properties.values())]
        for node in self.nodes:
            templates += [node.key, node.uscc, node.id, *node.phone, *node.email, *node.named]
        for link in self.links:
            templates += [link.start, link.end]
        columns = {column for template in templates if template for column in template.columns}
        columns.update(*self.order, *(text.columns for text in self.extract), *(node.when for node in self.nodes))
        return frozenset(columns - {ROW})


@cache
def party_kinds() -> frozenset[str]:
    """The kinds of parties."""
    return frozenset(name for name, kind in ontology().kinds.items() if kind.group == "party" and name != "Name")
