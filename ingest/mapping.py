"""Mappings: how the columns of a feed become nodes, links and properties, written in YAML and checked when read.

`docs/mappings.md` teaches the format. A mapping is data: it is applied by `ingest.mapper`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from graph.errors import MappingError
from graph.ontology import ontology

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_NODE_ENTRIES = {"kind", "party", "person", "key", "uscc", "id", "phone", "email", "set", "when", "split", "match", "named", "each"}
_ENTRIES = {"feed", "title", "source", "columns", "key", "nodes", "links", "order", "extract", "rename", "where"}


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
            return tuple(sorted(ontology_parties()))
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
        feed: Its name, and the source of its records unless the load names another.
        columns: What a file must have to be recognised as this feed.
        key: The template of the row's key, or None when rows have none: then their content is their key.
        order: Pairs of columns of which the first must not be later than the second.
        rename: Column as the file calls it -> as the mapping calls it.
        where: Column -> values; rows that do not fit are of another feed's concern and are counted as skipped.
        digest: A hash of the mapping's text and of the ontology's version, so that a changed mapping reads rows anew.
    """

    feed: str
    title: tuple[str, str]
    columns: frozenset[str]
    key: Template | None
    nodes: tuple[NodeRule, ...]
    links: tuple[LinkRule, ...]
    order: tuple[tuple[str, str], ...]
    extract: tuple[Extraction, ...]
    rename: Mapping[str, str]
    digest: str


@cache
def ontology_parties() -> frozenset[str]:
    """The kinds of parties."""
    return frozenset(name for name, kind in ontology().kinds.items() if kind.group == "party" and name != "Name")


@cache
def built_in() -> tuple[MappingFile, ...]:
    """The mappings that come with Headwater, the most specific first."""
    folder = files("ingest").joinpath("mappings")
    texts = sorted((f.name, f.read_text("utf-8")) for f in folder.iterdir() if f.name.endswith(".yaml"))
    return tuple(sorted((read(text, name) for name, text in texts), key=lambda m: (-len(m.columns), m.feed)))


def named(name: str) -> MappingFile:
    """The built-in mapping of this name, or the one in the file of this path.

    Raises:
        MappingError: There is none, or it has a mistake.
    """
    for mapping in built_in():
        if mapping.feed == name:
            return mapping
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        try:
            return read(path.read_text("utf-8"), name)
        except OSError as error:
            raise MappingError(f"{name}: the mapping cannot be read: {error.strerror}") from error
        except UnicodeDecodeError:
            raise MappingError(f"{name}: the mapping is not written in UTF-8") from None
    known = ", ".join(m.feed for m in built_in())
    raise MappingError(f"no mapping is called {name!r}; built in are {known}; or name a .yaml file")


def recognise(columns: Sequence[str], mappings: Iterable[MappingFile] | None = None) -> MappingFile | None:
    """The mapping whose columns a table all has; of several the one that knows most of them, else None."""
    present = {c.strip() for c in columns}
    for mapping in mappings if mappings is not None else built_in():
        if mapping.columns <= present | {mapping.rename.get(c, c) for c in present}:
            return mapping
    return None


def read(text: str, name: str) -> MappingFile:
    """Reads and checks a mapping; `name` is what errors call it.

    Raises:
        MappingError: It has a mistake; the message names the entry.
    """
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark else name
        raise MappingError(f"{where}: {getattr(error, 'problem', error)}") from error
    return _Reader(name).mapping(data, text)


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name

    def fail(self, where: str, problem: str) -> MappingError:
        return MappingError(f"{self.name}: {where}: {problem}")

    def mapping(self, data: Any, text: str) -> MappingFile:
        if not isinstance(data, dict):
            raise self.fail("the mapping", "expected entries of the form `name: value`")
        self.known(data, _ENTRIES, "the mapping")
        for entry in ("feed", "columns", "nodes"):
            if not data.get(entry):
                raise self.fail("the mapping", f"the entry {entry!r} is missing")
        nodes = tuple(self.node(name, body) for name, body in self.table(data["nodes"], "nodes").items())
        names = {node.name: node for node in nodes}
        links = tuple(self.link(body, names) for body in self.list(data.get("links", []), "links"))
        title = data.get("title", [data["feed"], data["feed"]])
        if not isinstance(title, list) or len(title) != 2:
            raise self.fail("title", "expected [English, Chinese]")
        order = []
        for pair in self.list(data.get("order", []), "order"):
            if not isinstance(pair, list) or len(pair) != 2:
                raise self.fail("order", "expected pairs [earlier column, later column]")
            order.append((str(pair[0]), str(pair[1])))
        extract = []
        for body in self.list(data.get("extract", []), "extract"):
            self.known(body, {"read", "node", "columns"}, "extract")
            if body.get("read") not in ("contacts", "judgement") or body.get("node") not in names:
                raise self.fail("extract", "expected read: contacts or judgement, and node: one of the nodes")
            extract.append(Extraction(body["read"], body["node"], tuple(map(str, body.get("columns", [])))))
        return MappingFile(
            feed=str(data["feed"]),
            title=(str(title[0]), str(title[1])),
            columns=frozenset(map(str, self.list(data["columns"], "columns"))),
            key=self.template(data["key"]) if data.get("key") else None,
            nodes=nodes,
            links=links,
            order=tuple(order),
            extract=tuple(extract),
            rename={str(k): str(v) for k, v in self.table(data.get("rename", {}), "rename").items()},
            digest=blake2b(f"{ontology().version} {VERSION} {text}".encode(), digest_size=8).hexdigest(),
        )

    def node(self, name: str, body: Any) -> NodeRule:
        where = f"node {name!r}"
        if not isinstance(body, dict):
            raise self.fail(where, "expected entries of the form `kind: Kind`, `key: column`")
        self.known(body, _NODE_ENTRIES, where)
        party = "party" in body
        kind = "Party" if party else str(body.get("kind", ""))
        known = ontology().kinds.get(kind)
        if known is None:
            raise self.fail(where, f"the ontology has no kind {kind!r}")
        key = body.get("party") if party else body.get("key")
        if not key:
            raise self.fail(where, "it has no key; name the column that tells one from another")
        split = body.get("split")
        if split is not None and split != "json":
            split = self.pattern(split, where)
        properties = self.settings(body.get("set", {}), where)
        unknown = properties.keys() - (self.party_properties() if party else known.properties.keys())
        if unknown:
            raise self.fail(where, f"{kind} has no property {', '.join(sorted(unknown))}")
        when = {
            str(column): tuple(map(str, value if isinstance(value, list) else [value]))
            for column, value in self.table(body.get("when", {}), where).items()
        }
        return NodeRule(
            name=str(name),
            kind=kind,
            key=self.template(key),
            uscc=self.template(body["uscc"]) if body.get("uscc") else None,
            id=self.template(body["id"]) if body.get("id") else None,
            phone=self.templates(body.get("phone")),
            email=self.templates(body.get("email")),
            named=self.templates(body.get("named")),
            properties=properties,
            split=split if split != "json" else None,
            json=split == "json",
            match=self.pattern(body["match"], where) if body.get("match") else None,
            when=when,
        )

    @staticmethod
    def party_properties() -> set[str]:
        return {p for kind in ontology_parties() for p in ontology().kinds[kind].properties}

    def link(self, body: Any, nodes: Mapping[str, NodeRule]) -> LinkRule:
        extra: dict[str, Any] = {}
        if isinstance(body, list) and len(body) in (3, 4):
            extra = self.table(body[3], f"link {body}") if len(body) == 4 else {}
            source, kind, target = map(str, body[:3])
        else:
            raise self.fail(f"link {body!r}", "expected [node, LINK, node] or [node, LINK, node, {start: column}]")
        where = f"link [{source}, {kind}, {target}]"
        for end in (source, target):
            if end not in nodes:
                raise self.fail(where, f"there is no node {end!r} above")
        known = ontology().links.get(kind)
        if known is None:
            raise self.fail(where, f"the ontology has no link {kind!r}")
        if not self.kinds(nodes[source]) & known.sources or not self.kinds(nodes[target]) & known.targets:
            raise self.fail(where, f"{kind} does not join {nodes[source].kind} to {nodes[target].kind}")
        self.known(extra, {"start", "end", "set"}, where)
        properties = self.settings(extra.get("set", {}), where)
        if unknown := properties.keys() - known.properties.keys():
            raise self.fail(where, f"{kind} has no property {', '.join(sorted(unknown))}")
        start, end_ = extra.get("start"), extra.get("end")
        return LinkRule(
            source,
            kind,
            target,
            self.template(start) if start else None,
            self.template(end_) if end_ else None,
            properties,
        )

    @staticmethod
    def kinds(rule: NodeRule) -> frozenset[str]:
        if rule.kind == "Party":
            return ontology_parties()
        return frozenset({rule.kind, "MaskedPhone"} if rule.kind == "Phone" else {rule.kind})

    def settings(self, body: Any, where: str) -> dict[str, Setting]:
        settings = {}
        for name, value in self.table(body, where).items():
            if isinstance(value, dict):
                self.known(value, {"column", "default", "value"}, f"{where}, {name}")
                template = self.template(value["column"]) if "column" in value else None
                settings[str(name)] = Setting(template, str(value.get("value", value.get("default", ""))))
            else:
                settings[str(name)] = Setting(self.template(value))
        return settings

    def templates(self, body: Any) -> tuple[Template, ...]:
        if body is None:
            return ()
        return tuple(self.template(part) for part in (body if isinstance(body, list) else [body]))

    def template(self, text: Any) -> Template:
        columns = tuple(dict.fromkeys(_PLACEHOLDER.findall(str(text))))
        return Template(str(text), columns or (str(text),))

    def pattern(self, text: Any, where: str) -> re.Pattern[str]:
        try:
            return re.compile(str(text))
        except re.error as error:
            raise self.fail(where, f"the pattern {text!r} is wrong: {error}") from error

    def known(self, body: Any, entries: set[str], where: str) -> None:
        if unknown := set(self.table(body, where)) - entries:
            raise self.fail(
                where, f"unknown entry {', '.join(map(repr, sorted(map(str, unknown))))}; known are {', '.join(sorted(entries))}"
            )

    def table(self, body: Any, where: str) -> dict[Any, Any]:
        if not isinstance(body, dict):
            raise self.fail(where, "expected entries of the form `name: value`")
        return body

    def list(self, body: Any, where: str) -> list[Any]:
        if not isinstance(body, list):
            raise self.fail(where, "expected a list")
        return body


VERSION = 1
"""To be raised when the same mapping reads rows differently, so that the next load reads them anew."""
