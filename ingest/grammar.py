"""The format of mappings: reads and checks their YAML; every mistake is told with its line and entry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

from graph.errors import MappingError
from graph.ontology import ontology
from ingest import written
from ingest.mapping import Extraction, LinkRule, MappingFile, NodeRule, Setting, Template, party_kinds

VERSION = 4
"""To be raised when the same mapping reads rows differently, so that the next load reads them anew."""

ENTRIES = frozenset({"feed", "columns", "key", "nodes", "links", "order", "extract", "rename"})
NODE_ENTRIES = frozenset(
    {"kind", "party", "key", "uscc", "id", "phone", "email", "named", "set", "when", "split", "match"}
)
LINK_ENTRIES = frozenset({"start", "end", "set"})
SETTING_ENTRIES = frozenset({"column", "default", "value"})
EXTRACT_ENTRIES = frozenset({"read", "node", "columns"})
TEXTS = ("contacts", "judgement")
"""What running text may be read for."""

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def read(text: str, name: str) -> MappingFile:
    """Reads and checks a mapping; `name` is what errors call it, and what finds it again.

    Raises:
        MappingError: It has a mistake; the message names the line and the entry.
    """
    try:
        return _Reader(name).mapping(written.read(text), text)
    except written.Misspelt as error:
        raise MappingError(f"{name}:{error.line}: {error}") from error


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name

    def fail(self, at: Any, where: str, problem: str) -> MappingError:
        """The error of an entry; `at` is what stands at its line."""
        return MappingError(f"{self.name}:{getattr(at, 'line', 1)}: {where}: {problem}")

    def mapping(self, data: Any, text: str) -> MappingFile:
        data = self.entries(data, ENTRIES, "the mapping")
        for entry in ("feed", "columns", "nodes"):
            if not data.get(entry):
                raise self.fail(data, "the mapping", f"the entry {entry!r} is missing")
        feed = self.word(data["feed"], "feed")
        if ":" in feed or "#" in feed or feed != feed.strip():
            problem = f"{feed!r} is part of every record's id, so it has no : or # and no outer spaces"
            raise self.fail(data["feed"], "feed", problem)
        nodes = tuple(self.node(name, body) for name, body in self.table(data["nodes"], "nodes").items())
        names = {node.name: node for node in nodes}
        rename = self.table(data.get("rename") or {}, "rename")
        return MappingFile(
            name=self.name,
            feed=feed,
            columns=frozenset(self.words(data["columns"], "columns")),
            key=self.template(data["key"], "key") if data.get("key") else None,
            nodes=nodes,
            links=tuple(self.link(body, names) for body in self.list(data.get("links") or [], "links")),
            order=tuple(self.pair(body) for body in self.list(data.get("order") or [], "order")),
            extract=tuple(self.extraction(body, names) for body in self.list(data.get("extract") or [], "extract")),
            rename={str(column): self.word(body, "rename") for column, body in rename.items()},
            digest=blake2b(f"{ontology().version} {VERSION} {text}".encode(), digest_size=8).hexdigest(),
        )

    def node(self, name: written.Text, body: Any) -> NodeRule:
        where = f"node {str(name)!r}"
        if body == "":
            raise self.fail(name, where, "it is empty; write `kind` and `key`, or `party`, further in below it")
        body = self.entries(body, NODE_ENTRIES, where)
        is_party = "party" in body
        if is_party == ("kind" in body):
            raise self.fail(name, where, "it needs one of `kind: Kind` and `party: column of the name`")
        kind = "Party" if is_party else self.word(body["kind"], where)
        known = ontology().kinds.get(kind)
        if known is None:
            kinds = ", ".join(ontology().kinds)
            raise self.fail(body["kind"], where, f"the ontology has no kind {kind!r}; known are {kinds}")
        if is_party and "key" in body:
            raise self.fail(body["key"], where, "a party's key is the column behind `party`")
        for entry in () if is_party else ("uscc", "id"):
            if entry in body:
                raise self.fail(body[entry], where, f"{entry!r} is for parties; write `party: column of the name`")
        key = body.get("party") if is_party else body.get("key")
        if not key:
            raise self.fail(name, where, "it has no key; name the column that tells one from another")
        properties = self.settings(body.get("set") or {}, where)
        has = {p for k in party_kinds() for p in ontology().kinds[k].properties} if is_party else set(known.properties)
        self.among(body.get("set"), has, where, kind)
        split = body.get("split")
        match = self.pattern(body["match"], where) if body.get("match") else None
        if match is not None and match.groups < 1:
            problem = f"the pattern {match.pattern!r} has no group in parentheses, which is the key"
            raise self.fail(body["match"], where, problem)
        return NodeRule(
            name=str(name),
            kind=kind,
            key=self.template(key, where),
            uscc=self.template(body["uscc"], where) if body.get("uscc") else None,
            id=self.template(body["id"], where) if body.get("id") else None,
            phone=self.templates(body.get("phone"), where),
            email=self.templates(body.get("email"), where),
            named=self.templates(body.get("named"), where),
            properties=properties,
            split=self.pattern(split, where) if split is not None and split != "json" else None,
            json=split == "json",
            match=match,
            when={
                str(column): tuple(self.words(value if isinstance(value, list) else [value], where))
                for column, value in self.table(body.get("when") or {}, where).items()
            },
        )

    def link(self, body: Any, nodes: Mapping[str, NodeRule]) -> LinkRule:
        if not isinstance(body, list) or len(body) not in (3, 4):
            expected = "expected [node, LINK, node] or [node, LINK, node, {start: column}]"
            raise self.fail(body, f"link {body!r}", expected)
        source, kind, target = self.words(body[:3], "links")
        where = f"link [{source}, {kind}, {target}]"
        more = self.entries(body[3] if len(body) == 4 else {}, LINK_ENTRIES, where)
        for end in (source, target):
            if end not in nodes:
                raise self.fail(body, where, f"there is no node {end!r} above; there are {', '.join(nodes)}")
        known = ontology().links.get(kind)
        if known is None:
            links = ", ".join(ontology().links)
            raise self.fail(body, where, f"the ontology has no link {kind!r}; known are {links}")
        if not set(nodes[source].kinds) & known.sources or not set(nodes[target].kinds) & known.targets:
            raise self.fail(body, where, f"{kind} does not join {nodes[source].kind} to {nodes[target].kind}")
        properties = self.settings(more.get("set") or {}, where)
        self.among(more.get("set"), set(known.properties), where, kind)
        start = self.template(more["start"], where) if more.get("start") else None
        end_ = self.template(more["end"], where) if more.get("end") else None
        return LinkRule(source, kind, target, start, end_, properties)

    def extraction(self, body: Any, nodes: Mapping[str, NodeRule]) -> Extraction:
        body = self.entries(body, EXTRACT_ENTRIES, "extract")
        if body.get("read") not in TEXTS:
            raise self.fail(body.get("read", body), "extract", f"`read` is one of {', '.join(TEXTS)}")
        if body.get("node") not in nodes:
            raise self.fail(body.get("node", body), "extract", "`node` is one of the nodes above")
        return Extraction(str(body["read"]), str(body["node"]), tuple(self.words(body.get("columns", []), "extract")))

    def pair(self, body: Any) -> tuple[str, str]:
        if not isinstance(body, list) or len(body) != 2:
            raise self.fail(body, "order", "expected pairs [earlier column, later column]")
        earlier, later = self.words(body, "order")
        return earlier, later

    def settings(self, body: Any, where: str) -> dict[str, Setting]:
        settings = {}
        for name, value in self.table(body, where).items():
            if isinstance(value, dict):
                value = self.entries(value, SETTING_ENTRIES, f"{where}, {name}")
                template = self.template(value["column"], where) if "column" in value else None
                text = self.word(value.get("value", value.get("default", "")), where)
                settings[str(name)] = Setting(template, text)
            else:
                settings[str(name)] = Setting(self.template(value, where))
        return settings

    def among(self, body: Any, known: set[str], where: str, kind: str) -> None:
        for name in body or ():
            if name not in known:
                listed = ", ".join(sorted(known)) or "none"
                raise self.fail(name, where, f"{kind} has no property {name}; it has {listed}")

    def templates(self, body: Any, where: str) -> tuple[Template, ...]:
        if not body:
            return ()
        return tuple(self.template(part, where) for part in (body if isinstance(body, list) else [body]))

    def template(self, body: Any, where: str) -> Template:
        text = self.word(body, where)
        columns = tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))
        return Template(text, columns or (text,))

    def pattern(self, body: Any, where: str) -> re.Pattern[str]:
        text = self.word(body, where)
        try:
            return re.compile(text)
        except re.error as error:
            raise self.fail(body, where, f"the pattern {text!r} is wrong: {error}") from error

    def entries(self, body: Any, known: frozenset[str], where: str) -> dict[Any, Any]:
        for name in self.table(body, where):
            if name not in known:
                problem = f"unknown entry {str(name)!r}; known are {', '.join(sorted(known))}"
                raise self.fail(name, where, problem)
        return self.table(body, where)

    def table(self, body: Any, where: str) -> dict[Any, Any]:
        if not isinstance(body, dict):
            raise self.fail(body, where, "expected entries of the form `name: value`")
        return body

    def list(self, body: Any, where: str) -> list[Any]:
        if not isinstance(body, list):
            raise self.fail(body, where, "expected a list")
        return body

    def words(self, body: Any, where: str) -> Iterator[str]:
        return (self.word(part, where) for part in self.list(body, where))

    def word(self, body: Any, where: str) -> str:
        if not isinstance(body, str):
            problem = f"{body!r} is no column or word; quote a name that begins with {{ or ["
            raise self.fail(body, where, problem)
        return str(body)
