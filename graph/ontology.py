"""The ontology: which kinds of nodes and links there are, read from `ontology.yaml` and checked at start.

Everything that depends on a kind (constraints and indexes of the stores, cleaning of values, masks, exports, labels) is
derived from here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Literal, cast, get_args

import yaml

from graph import identifiers
from graph.errors import OntologyError

ValueType = Literal["text", "date", "time", "number", "integer", "flag", "url"]
Group = Literal["party", "right", "market", "logistics", "place", "contact", "evidence"]

IDENTITY_LINKS = SAME, DIFFERENT, UNSURE = "SAME_AS", "DIFFERENT_FROM", "MAYBE_SAME_AS"
"""The kinds of links that say who is who: made by models and people, never by the rows of a feed."""
DOUBTED_LINKS = frozenset((DIFFERENT, UNSURE))
"""Those that join nothing: what is different, or may be, is no way from one to the other."""
_OTHER_IDENTITIES = ("number", "mention", "derived")


@dataclass(frozen=True, slots=True)
class Label:
    """What a person reads, in English and in Chinese."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a node kind or a link kind."""

    name: str
    type: ValueType
    label: Label
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class NodeKind:
    """A kind of node; `identity` is an identifier's name, `number`, `mention` or `derived`."""

    name: str
    label: Label
    group: Group
    identity: str
    sensitive: bool
    caption: tuple[str, ...]
    search: tuple[str, ...]
    also: tuple[str, ...]
    ftm: str
    properties: Mapping[str, Property]


@dataclass(frozen=True, slots=True)
class LinkKind:
    """A kind of link, the node kinds it may join, and what its dates mean."""

    name: str
    label: Label
    sources: frozenset[str]
    targets: frozenset[str]
    dated: tuple[str, ...]
    properties: Mapping[str, Property]


@dataclass(frozen=True)
class Ontology:
    """All kinds of nodes and links, by name."""

    version: int
    kinds: Mapping[str, NodeKind]
    links: Mapping[str, LinkKind]

    @cached_property
    def numbered(self) -> frozenset[str]:
        """The kinds of parties whose key is a number that tells one from all others: two numbers are two parties."""
        parties = (kind for kind in self.kinds.values() if kind.group == "party")
        return frozenset(kind.name for kind in parties if kind.identity not in ("mention", "derived"))

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[str, ...]]:
        """Node kind -> the kinds of links that may leave it."""
        return {kind: tuple(n for n, link in self.links.items() if kind in link.sources) for kind in self.kinds}

    @cached_property
    def incoming(self) -> Mapping[str, tuple[str, ...]]:
        """Node kind -> the kinds of links that may reach it."""
        return {kind: tuple(n for n, link in self.links.items() if kind in link.targets) for kind in self.kinds}


@cache
def ontology() -> Ontology:
    """The ontology of this version of Headwater.

    Raises:
        OntologyError: It contradicts itself; the message names the line.
    """
    return read(files("graph").joinpath("ontology.yaml").read_text("utf-8"), "graph/ontology.yaml")


def read(text: str, name: str) -> Ontology:
    """Reads and checks an ontology; `name` is what errors call the file."""
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise OntologyError(f"{name}:{mark.line + 1 if mark else 1}: {getattr(error, 'problem', error)}") from error
    return _Reader(name).ontology(root)


class _Reader:
    """Walks the YAML nodes, since only they know the line that a mistake stands in."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.groups: dict[str, tuple[str, ...]] = {}
        # Entries below a name begin a line after it, and it is the name that a person looks for.
        self.named: dict[int, yaml.Node] = {}

    def fail(self, node: yaml.Node | None, problem: str) -> OntologyError:
        shown = self.named.get(id(node), node)
        line = shown.start_mark.line + 1 if shown is not None else 1
        return OntologyError(f"{self.name}:{line}: {problem}")

    def ontology(self, root: yaml.Node | None) -> Ontology:
        parts = self.fields(root, required=("version", "kinds", "links"), optional=("groups",))
        names = [key for key, _ in self.items(parts["kinds"])]
        if "groups" in parts:
            for group, members in self.items(parts["groups"]):
                self.groups[group] = tuple(self.one_of(m, names, "node kind") for m in self.sequence(members))
        kinds = {name: self.node_kind(name, body) for name, body in self.items(parts["kinds"])}
        links = {name: self.link_kind(name, body, names) for name, body in self.items(parts["links"])}
        version = self.text(parts["version"])
        if not version.isdecimal():
            raise self.fail(parts["version"], f"version {version!r} is not a whole number")
        return Ontology(int(version), kinds, links)

    def node_kind(self, name: str, body: yaml.Node) -> NodeKind:
        if not (name.isidentifier() and name[0].isupper() and "_" not in name):
            raise self.fail(body, f"the kind {name!r} is not written in PascalCase")
        parts = self.fields(
            body,
            required=("label", "group", "identity", "caption", "properties"),
            optional=("sensitive", "search", "also", "ftm"),
        )
        properties = self.properties(parts["properties"])
        identities = (*identifiers.KINDS, *_OTHER_IDENTITIES)

        def names(part: str) -> tuple[str, ...]:
            listed = self.sequence(parts[part]) if part in parts else []
            return tuple(self.one_of(p, properties, f"property of {name}") for p in listed)

        return NodeKind(
            name=name,
            label=self.label(parts["label"]),
            group=cast(Group, self.one_of(parts["group"], get_args(Group), "group")),
            identity=self.one_of(parts["identity"], identities, "identity"),
            sensitive="sensitive" in parts and self.flag(parts["sensitive"]),
            caption=names("caption"),
            search=names("search"),
            also=names("also"),
            ftm=self.text(parts["ftm"]) if "ftm" in parts else "Thing",
            properties=properties,
        )

    def link_kind(self, name: str, body: yaml.Node, kinds: list[str]) -> LinkKind:
        if not (name.isidentifier() and name.isupper()):
            raise self.fail(body, f"the link {name!r} is not written in UPPER_SNAKE")
        parts = self.fields(body, required=("label", "from", "to"), optional=("dated", "properties"))
        dated = tuple(self.text(n) for n in self.sequence(parts["dated"])) if "dated" in parts else ()
        if len(dated) > 2:
            raise self.fail(parts["dated"], f"{name} has more than a start and an end")
        return LinkKind(
            name=name,
            label=self.label(parts["label"]),
            sources=frozenset(self.ends(parts["from"], kinds)),
            targets=frozenset(self.ends(parts["to"], kinds)),
            dated=dated,
            properties=self.properties(parts["properties"]) if "properties" in parts else {},
        )

    def ends(self, node: yaml.Node, kinds: list[str]) -> Iterator[str]:
        for item in self.sequence(node):
            text = self.text(item)
            if text.startswith("$"):
                yield from self.groups[self.one_of(item, [f"${g}" for g in self.groups], "group of kinds")[1:]]
            else:
                yield self.one_of(item, kinds, "node kind")

    def properties(self, node: yaml.Node) -> dict[str, Property]:
        return {name: self.property(name, body) for name, body in self.items(node)}

    def property(self, name: str, body: yaml.Node) -> Property:
        parts = self.sequence(body)
        if not 3 <= len(parts) <= 4:
            raise self.fail(body, f"the property {name!r} is not [type, English, Chinese] or [.., sensitive]")
        if len(parts) == 4:
            self.one_of(parts[3], ("sensitive",), "mark of a property")
        kind = self.one_of(parts[0], get_args(ValueType), "type")
        label = Label(self.text(parts[1]), self.text(parts[2]))
        return Property(name, cast(ValueType, kind), label, len(parts) == 4)

    def label(self, node: yaml.Node) -> Label:
        parts = [self.text(n) for n in self.sequence(node)]
        if len(parts) != 2:
            raise self.fail(node, "a label is [English, Chinese]")
        return Label(*parts)

    def fields(
        self, node: yaml.Node | None, required: tuple[str, ...], optional: tuple[str, ...]
    ) -> dict[str, yaml.Node]:
        found = dict(self.items(node))
        for key, value in found.items():
            if key not in required and key not in optional:
                raise self.fail(value, f"unknown entry {key!r}; known are {', '.join((*required, *optional))}")
        for key in required:
            if key not in found:
                raise self.fail(node, f"the entry {key!r} is missing")
        return found

    def items(self, node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            raise self.fail(node, "expected entries of the form `name: value`")
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                raise self.fail(key, f"{key.value!r} is given twice")
            seen.add(key.value)
            if isinstance(value, yaml.MappingNode):
                self.named[id(value)] = key
            yield key.value, value

    def sequence(self, node: yaml.Node) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            raise self.fail(node, "expected a list in square brackets")
        return list(node.value)

    def text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self.fail(node, "expected a word")
        return str(node.value)

    def flag(self, node: yaml.Node) -> bool:
        return self.one_of(node, ("true", "false"), "flag") == "true"

    def one_of(self, node: yaml.Node, known: object, what: str) -> str:
        text = self.text(node)
        if not isinstance(known, (list, tuple, dict)) or text not in known:
            listed = ", ".join(map(str, known)) if isinstance(known, (list, tuple, dict)) else ""
            raise self.fail(node, f"{text!r} is no {what}; known are {listed}")
        return text
