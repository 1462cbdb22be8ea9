"""The format of mappings: reads and checks their YAML; every mistake is told with the entry that it stands in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import yaml

from graph.errors import MappingError
from graph.ontology import ontology
from ingest.mapping import Extraction, LinkRule, MappingFile, NodeRule, Setting, Template, party_kinds

VERSION = 2
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


class _Plain(yaml.CBaseLoader):
    """Takes every value as the text it is: a column may be called `no`, `on` or `2025-01-01`."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value]
        for name in names:
            if names.count(name) > 1:
                raise yaml.MarkedYAMLError(problem=f"{name!r} is given twice", problem_mark=node.start_mark)
        found: dict[Any, Any] = super().construct_mapping(node, deep=True)
        return found


def read(text: str, name: str) -> MappingFile:
    """Reads and checks a mapping; `name` is what errors call it, and what finds it again.

    Raises:
        MappingError: It has a mistake; the message names the entry.
    """
    try:
        data = yaml.load(text, Loader=_Plain)
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
        data = self.entries(data, ENTRIES, "the mapping")
        for entry in ("feed", "columns", "nodes"):
            if not data.get(entry):
                raise self.fail("the mapping", f"the entry {entry!r} is missing")
        feed = str(data["feed"])
        if ":" in feed or "#" in feed or feed != feed.strip():
            raise self.fail("feed", f"{feed!r} is part of every record's id, so it has no : or # and no outer spaces")
        nodes = tuple(self.node(str(name), body) for name, body in self.table(data["nodes"], "nodes").items())
        names = {node.name: node for node in nodes}
        return MappingFile(
            name=self.name,
            feed=feed,
            columns=frozenset(map(str, self.list(data["columns"], "columns"))),
            key=self.template(data["key"], "key") if data.get("key") else None,
            nodes=nodes,
            links=tuple(self.link(body, names) for body in self.list(data.get("links") or [], "links")),
            order=tuple(self.pair(body) for body in self.list(data.get("order") or [], "order")),
            extract=tuple(self.extraction(body, names) for body in self.list(data.get("extract") or [], "extract")),
            rename={str(k): str(v) for k, v in self.table(data.get("rename") or {}, "rename").items()},
            digest=blake2b(f"{ontology().version} {VERSION} {text}".encode(), digest_size=8).hexdigest(),
        )

    def node(self, name: str, body: Any) -> NodeRule:
        where = f"node {name!r}"
        body = self.entries(body, NODE_ENTRIES, where)
        is_party = "party" in body
        if is_party == ("kind" in body):
            raise self.fail(where, "it needs one of `kind: Kind` and `party: column of the name`")
        kind = "Party" if is_party else str(body["kind"])
        known = ontology().kinds.get(kind)
        if known is None:
            raise self.fail(where, f"the ontology has no kind {kind!r}; known are {', '.join(ontology().kinds)}")
        if is_party and "key" in body:
            raise self.fail(where, "a party's key is the column behind `party`")
        for entry in () if is_party else ("uscc", "id"):
            if entry in body:
                raise self.fail(where, f"{entry!r} is for parties; write `party: column of the name`")
        key = body.get("party") if is_party else body.get("key")
        if not key:
            raise self.fail(where, "it has no key; name the column that tells one from another")
        properties = self.settings(body.get("set") or {}, where)
        has = {p for k in party_kinds() for p in ontology().kinds[k].properties} if is_party else set(known.properties)
        self.among(properties, has, where, kind)
        split = body.get("split")
        match = self.pattern(body["match"], where) if body.get("match") else None
        if match is not None and match.groups < 1:
            raise self.fail(where, f"the pattern {match.pattern!r} has no group in parentheses, which is the key")
        return NodeRule(
            name=name,
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
                str(column): tuple(map(str, value if isinstance(value, list) else [value]))
                for column, value in self.table(body.get("when") or {}, where).items()
            },
        )

    def link(self, body: Any, nodes: Mapping[str, NodeRule]) -> LinkRule:
        if not isinstance(body, list) or len(body) not in (3, 4):
            raise self.fail(f"link {body!r}", "expected [node, LINK, node] or [node, LINK, node, {start: column}]")
        source, kind, target = map(str, body[:3])
        where = f"link [{source}, {kind}, {target}]"
        more = self.entries(body[3] if len(body) == 4 else {}, LINK_ENTRIES, where)
        for end in (source, target):
            if end not in nodes:
                raise self.fail(where, f"there is no node {end!r} above; there are {', '.join(nodes)}")
        known = ontology().links.get(kind)
        if known is None:
            raise self.fail(where, f"the ontology has no link {kind!r}; known are {', '.join(ontology().links)}")
        if not set(nodes[source].kinds) & known.sources or not set(nodes[target].kinds) & known.targets:
            raise self.fail(where, f"{kind} does not join {nodes[source].kind} to {nodes[target].kind}")
        properties = self.settings(more.get("set", {}), where)
        self.among(properties, set(known.properties), where, kind)
        start = self.template(more["start"], where) if more.get("start") else None
        end_ = self.template(more["end"], where) if more.get("end") else None
        return LinkRule(source, kind, target, start, end_, properties)

    def extraction(self, body: Any, nodes: Mapping[str, NodeRule]) -> Extraction:
        body = self.entries(body, EXTRACT_ENTRIES, "extract")
        if body.get("read") not in TEXTS:
            raise self.fail("extract", f"`read` is one of {', '.join(TEXTS)}")
        if body.get("node") not in nodes:
            raise self.fail("extract", "`node` is one of the nodes above")
        return Extraction(body["read"], body["node"], tuple(map(str, self.list(body.get("columns", []), "extract"))))

    def pair(self, body: Any) -> tuple[str, str]:
        if not isinstance(body, list) or len(body) != 2:
            raise self.fail("order", "expected pairs [earlier column, later column]")
        return str(body[0]), str(body[1])

    def settings(self, body: Any, where: str) -> dict[str, Setting]:
        settings = {}
        for name, value in self.table(body, where).items():
            if isinstance(value, dict):
                value = self.entries(value, SETTING_ENTRIES, f"{where}, {name}")
                template = self.template(value["column"], where) if "column" in value else None
                settings[str(name)] = Setting(template, str(value.get("value", value.get("default", ""))))
            else:
                settings[str(name)] = Setting(self.template(value, where))
        return settings

    def among(self, properties: Mapping[str, Setting], known: set[str], where: str, kind: str) -> None:
        if unknown := properties.keys() - known:
            listed = ", ".join(sorted(known)) or "none"
            raise self.fail(where, f"{kind} has no property {', '.join(sorted(unknown))}; it has {listed}")

    def templates(self, body: Any, where: str) -> tuple[Template, ...]:
        if not body:
            return ()
        return tuple(self.template(part, where) for part in (body if isinstance(body, list) else [body]))

    def template(self, text: Any, where: str) -> Template:
        if isinstance(text, (dict, list)):
            raise self.fail(where, f"{text!r} is no column; quote a name that begins with {{ or [")
        columns = tuple(dict.fromkeys(_PLACEHOLDER.findall(str(text))))
        return Template(str(text), columns or (str(text),))

    def pattern(self, text: Any, where: str) -> re.Pattern[str]:
        try:
            return re.compile(str(text))
        except re.error as error:
            raise self.fail(where, f"the pattern {text!r} is wrong: {error}") from error

    def entries(self, body: Any, known: frozenset[str], where: str) -> dict[Any, Any]:
        if unknown := self.table(body, where).keys() - known:
            unknown_ones = ", ".join(sorted(map(repr, unknown)))
            raise self.fail(where, f"unknown entry {unknown_ones}; known are {', '.join(sorted(known))}")
        return self.table(body, where)

    def table(self, body: Any, where: str) -> dict[Any, Any]:
        if not isinstance(body, dict):
            raise self.fail(where, "expected entries of the form `name: value`")
        return body

    def list(self, body: Any, where: str) -> list[Any]:
        if not isinstance(body, list):
            raise self.fail(where, "expected a list")
        return body
