"""Drafts a mapping from a file's columns and sample values, for a person to finish; comments say what is unsure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from os.path import commonprefix
from pathlib import Path
from shlex import quote

from graph.ontology import IDENTITY_LINKS, LinkKind, Ontology, ontology
from ingest.meanings import PARTIES, holder_of, likely_kind, names_party, property_of, reference_of, role_of
from ingest.readers import tables
from ingest.readers.source import shown
from ingest.senses import Column, fit, numbered, sensed, spaced, words

SAMPLE = 500
"""Rows looked at."""
_ON_PLATFORMS = frozenset({"Account", "Listing"})
_CONTACTS = frozenset({"phone", "email", "uscc", "id"})
_TEXTS = ("正文", "全文", "描述", "详情", "标题", "text", "description", "content", "title")
_IDENTIFIERS = {"container": "Container", "plate": "Vehicle", "icp": "WebFiling", "sgtin": "Label"}


def draft(path: Path) -> str:
    """A mapping in YAML for the first table of a file.

    Raises:
        UnreadableFile: The file cannot be read.
    """
    table = next(iter(tables(path)))
    rows = [row.values for row in islice(table.rows, SAMPLE)]
    names = [name for name in table.columns if name]
    columns = [sensed(name, [row.get(name, "") for row in rows]) for name in names]
    return _Draft(path, columns, len(rows)).text()


class _Draft:
    def __init__(self, path: Path, columns: Sequence[Column], rows: int) -> None:
        self.path = path
        self.rows = rows
        self.ontology: Ontology = ontology()
        self.columns = list(columns)
        self.left = {column.name: column for column in columns}
        self.nodes: list[str] = []
        self.links: list[str] = []
        self.notes: list[str] = []
        self.places: set[str] = set()
        self.linked: set[str] = set()
        self.dates: list[str] = []
        self.main_place = ""
        self.key = ""

    def text(self) -> str:
        key, kind = self.main()
        if key is not None:
            self.left.pop(key.name)
        properties = self.properties(kind)
        main = self.main_place = self.place(kind.lower())
        parties = self.parties()
        owned = {column.name for _, columns in parties for column in columns}
        self.key = self.numbered_on(kind, key, properties)
        entries = [f"kind: {kind}", f"key: {_quoted(self.key or '@row')}"]
        entries += self.contacts([c for c in self.left.values() if c.name not in owned], kind)
        name = next((c for c in self.columns if c.holds == "party" and c.name in properties.values()), None)
        if name is not None and kind in self.ontology.links["NAMED"].sources:
            entries.append(f"named: {_quoted(name.name)}")
        if properties:
            listed = [f"      {prop}: {_quoted(column)}" for prop, column in properties.items()]
            entries.append("\n".join(["set:", *listed]))
        self.nodes.append("\n    ".join([f"  {main}:", *entries]))
        for party, columns in parties:
            self.party(kind, main, party, columns)
        for column in list(self.left.values()):
            self.other(kind, main, column)
        return self.written(kind)

    def numbered_on(self, kind: str, key: Column | None, properties: Mapping[str, str]) -> str:
        """The key of the rows' nodes; platforms number their own things, so that two may use one number."""
        if key is None:
            return ""
        platform = properties.get("platform")
        if kind not in _ON_PLATFORMS or platform is None or any("/" in text for text in key.sample):
            return key.name
        self.notes.append(f"{platform} is taken as part of the key, written as in other feeds: taobao, 1688, jd.")
        return f"{{{platform}}}/{{{key.name}}}"

    def main(self) -> tuple[Column | None, str]:
        """The column that tells one row from another, and the kind of node that it is the number of."""
        best: tuple[float, Column | None, str] = (0.0, None, "")
        for place, column in enumerate(self.columns):
            kind = "Company" if column.holds == "uscc" else numbered(column.name)
            if not column.is_unique or not kind or column.holds in ("date", "phone", "email", "url", "address"):
                continue
            others = sum(property_of(kind, other) != "" for other in self.columns if other is not column)
            score = fit(column.name, words("kinds")[kind]) + others / len(self.columns) - 0.05 * place
            best = max(best, (score, column, kind), key=lambda item: item[0])
        if best[1] is not None:
            for column in self.columns[: self.columns.index(best[1])]:
                if column.is_unique and column.holds in ("text", "number"):
                    self.notes.append(f"{column.name} differs from row to row too, and may be the key.")
            return best[1], best[2]
        first = self.columns[0] if self.columns else None
        if first is not None and first.is_unique and first.holds in ("text", "number"):
            kind = likely_kind(self.columns)
            self.notes.append(
                f"The key is {first.name}, since its values differ; that the rows are of kind {kind} is a guess."
            )
            return first, kind
        kind = likely_kind(self.columns)
        self.notes.append(
            f"No column is the row's key, so its content is; that the rows are of kind {kind} is a guess."
        )
        return None, kind

    def properties(self, kind: str) -> dict[str, str]:
        """Property -> column, each column once, the best fits first."""
        found: dict[str, str] = {}
        for column in list(self.left.values()):
            role, _ = role_of(kind, column, PARTIES)
            if column.holds == "party" and role and kind not in PARTIES and kind != "Site":
                continue
            name = property_of(kind, column)
            if not name or (column.holds == "text" and reference_of(kind, column)):
                continue
            if name in found:
                self.notes.append(f"{column.name} may be {name} too; {found[name]} was taken.")
                continue
            found[name] = column.name
            if self.ontology.kinds[kind].properties[name].type in ("date", "time"):
                self.dates.append(column.name)
            if not (column.holds == "party" and kind == "Site"):
                self.left.pop(column.name)
        return {name: found[name] for name in self.ontology.kinds[kind].properties if name in found}

    def parties(self) -> list[tuple[Column, list[Column]]]:
        """Each column that names a party, with the columns of its numbers and contacts."""
        heads = [c for c in self.left.values() if c.holds in ("party", "text") and names_party(c)]
        parties: list[tuple[Column, list[Column]]] = [(head, []) for head in heads]
        for column in self.left.values():
            if column.holds in _CONTACTS or column.holds == "address" or _tells_birth(column):
                shared = [(len(_shared(column.name, head.name)), place) for place, (head, _) in enumerate(parties)]
                longest, place = max(shared, default=(0, 0))
                if longest or (len(parties) == 1 and (column.holds in ("uscc", "id") or _tells_birth(column))):
                    parties[place][1].append(column)
        return parties

    def party(self, kind: str, main: str, head: Column, columns: list[Column]) -> None:
        self.left.pop(head.name, None)
        link, score = role_of(kind, head, PARTIES)
        possible = [
            name
            for name in self.ontology.outgoing[kind]
            if self.ontology.links[name].targets & PARTIES and name not in ("MENTIONS", *IDENTITY_LINKS, *self.linked)
        ]
        if not link and possible:
            link = possible[0]
        place = self.place(_short(head.name) or "party")
        entries = [f"party: {_quoted(head.name)}"]
        for column in columns:
            if column.holds in _CONTACTS and column.name in self.left:
                entries.append(f"{column.holds}: {_quoted(column.name)}")
                self.left.pop(column.name)
            elif _tells_birth(column) and column.name in self.left:
                entries.append(f"set: {{born: {_quoted(column.name)}}}")
                self.left.pop(column.name)
        self.nodes.append(f"  {place}: {{{', '.join(entries)}}}")
        ends = main, place
        if not link:
            link, score = holder_of(kind, head)
            ends = place, main
        if link:
            note = "" if score else f"  # unsure: {head.name} may stand in another role"
            self.join(ends[0], link, ends[1], note)
            self.linked.add(link)
        else:
            self.notes.append(f"{head.name} names a party, and a {kind} has no link to one.")
        for column in columns:
            if column.name in self.left and column.holds == "address" and not role_of(kind, column, {"Address"})[0]:
                self.left.pop(column.name)
                address = self.place("address")
                self.nodes.append(f"  {address}: {{kind: Address, key: {_quoted(column.name)}}}")
                self.join(place, "LOCATED_AT", address, "")

    def contacts(self, columns: Iterable[Column], kind: str) -> list[str]:
        """The phones and e-mails of the row's own node."""
        entries = []
        for sense, link in (("phone", "HAS_PHONE"), ("email", "HAS_EMAIL")):
            own = [c for c in columns if c.holds == sense and c.name in self.left]
            if own and kind in self.ontology.links[link].sources:
                entries.append(f"{sense}: {_quoted(own[0].name) if len(own) == 1 else _listed([c.name for c in own])}")
                for column in own:
                    self.left.pop(column.name)
        return entries

    def other(self, kind: str, main: str, column: Column) -> None:
        """A column that names a node of another kind, where there is a link to it."""
        target = (
            "Address" if column.holds == "address" else _IDENTIFIERS.get(column.holds) or reference_of(kind, column)
        )
        key = _quoted(column.name)
        if column.holds == "handle":
            service = "qq" if "qq" in column.name.lower() else "wechat"
            target, key = "Handle", _quoted(f"{service}:{{{column.name}}}")
        link, _ = role_of(kind, column, {target}) if target else ("", 0.0)
        possible = [
            n
            for n in self.ontology.outgoing[kind]
            if target in self.ontology.links[n].targets and n not in IDENTITY_LINKS
        ]
        if target == "Handle" and "HAS_HANDLE" in possible:
            link = "HAS_HANDLE"  # of which there may be several
        link = link or next((name for name in possible if name not in self.linked), "")
        if not link:
            return
        self.left.pop(column.name)
        self.linked.add(link)
        place = self.place(_short(column.name) or target.lower())
        self.nodes.append(f"  {place}: {{kind: {target}, key: {key}}}")
        self.join(main, link, place, "")

    def join(self, source: str, link: str, target: str, note: str) -> None:
        kind: LinkKind = self.ontology.links[link]
        dates = dict(zip(("start", "end"), self.dates[: len(kind.dated)], strict=False))
        more = ", ".join(f"{name}: {_quoted(column)}" for name, column in dates.items())
        self.links.append(f"  - [{source}, {link}, {target}{f', {{{more}}}' if more else ''}]{note}")

    def place(self, name: str) -> str:
        """A name for a node that no other has."""
        free = next(n for n in (name, *(f"{name}_{i}" for i in range(2, 99))) if n not in self.places)
        self.places.add(free)
        return free

    def written(self, kind: str) -> str:
        feed = "".join(c if c.isalnum() or c in "_-" else "_" for c in self.path.name.split(".")[0]) or "feed"
        name = shown(Path(self.path.name))
        lines = [
            f"# Drafted from {self.rows:,} rows of {name!r}: check every line, then load it with",
            f"#   headwater load {quote(name)} --mapping {feed}.yaml",
            "# docs/mappings.md tells the format, graph/ontology.yaml which kinds, properties and links there are.",
            *(f"# Unsure: {note}" for note in self.notes),
            f"feed: {_quoted(feed)}",
            f"columns: {_listed([column.name for column in self.columns])}",
        ]
        if self.key:
            lines.append(f"key: {_quoted(self.key)}")
        if len(self.dates) == 2:
            lines.append(f"order: [{_listed(self.dates)}]  # unsure: is the first never later than the second?")
        lines += ["nodes:", *self.nodes]
        if self.links:
            lines += ["links:", *self.links]
        if texts := self.texts(kind):
            reads = "judgement" if kind == "Judgement" else "contacts"
            lines += ["extract:", f"  - {{read: {reads}, node: {self.main_place}, columns: {_listed(texts)}}}"]
        lines += self.unused(kind)
        return "\n".join(lines) + "\n"

    def texts(self, kind: str) -> list[str]:
        """The columns of running text, which may be read for what stands in it."""
        if kind not in ("Listing", "Judgement"):
            return []
        found = [c.name for c in self.columns if c.holds == "text" and fit(c.name, _TEXTS)]
        for name in found:
            self.left.pop(name, None)
        return found

    def unused(self, kind: str) -> Iterator[str]:
        if self.left:
            yield "# Not used, though kept in every record's raw row:"
        for column in self.left.values():
            shown = json.dumps(column.sample[0][:60], ensure_ascii=False) if column.sample else "always empty"
            yield f"#   {json.dumps(column.name, ensure_ascii=False)}: {column.holds}, {shown}"


def _tells_birth(column: Column) -> bool:
    """Whether a column holds the days on which persons were born."""
    return column.holds == "date" and fit(column.name, words("properties")["born"]) > 0


def _shared(one: str, other: str) -> str:
    """What two headers begin with, in whole words or at least two Chinese characters; "" when nothing."""
    first, second = spaced(one), spaced(other)
    both = commonprefix([first.split(), second.split()])
    if both:
        return " ".join(both)
    if first.split()[:1] == second.split()[:1]:
        return first.split()[0]
    prefix = commonprefix([first, second])
    return prefix if len(prefix) >= 2 and not prefix.isascii() else ""


def _short(header: str) -> str:
    """A header as the name of a place in a row: `consignor` for `consignor_name`."""
    found = [word for word in spaced(header).split() if word not in ("name", "no", "id", "number", "code")]
    return "_".join(found)


def _quoted(name: str) -> str:
    """A name as YAML writes it: quoted where it would mean something else."""
    return name if name.isidentifier() else json.dumps(name, ensure_ascii=False)


def _listed(names: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, names))}]"
