"""What a column may stand for in the ontology: a property of a kind, a link to another node, a party."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from graph.ontology import IDENTITY_LINKS, ontology
from ingest.senses import Column, fit, numbered, words

_NO_TEXT = frozenset({"date", "phone", "email", "url", "uscc", "id", "address", "icp"})
"""What a property that is a text is never stated by."""
PARTIES = frozenset({"Company", "Person", "Party"})


def likely_kind(columns: Sequence[Column]) -> str:
    """The kind of node whose properties most columns state."""
    kinds = [k for k, one in ontology().kinds.items() if one.identity == "number" and k != "Person"]
    known = {kind: sum(property_of(kind, column) != "" for column in columns) for kind in kinds}
    return max(kinds, key=lambda kind: (known[kind], kind == "Site"))


def property_of(kind: str, column: Column) -> str:
    """The property of a kind that a column states, "" when none."""
    best, found = 0.0, ""
    for name, known in ontology().kinds[kind].properties.items():
        if known.type in ("date", "time") and column.holds not in ("date", "text"):
            continue
        if known.type in ("number", "integer") and column.holds not in ("number", "phone"):
            continue
        if known.type == "text" and column.holds in _NO_TEXT:
            continue
        if known.type == "url" and column.holds != "url":
            continue
        labels = (*words("properties").get(name, ()), known.label.zh.split("（")[0].lower())
        score = fit(column.name, (name.replace("_", " "), *labels))
        if score > best:
            best, found = score, name
    return found


def role_of(kind: str, column: Column, targets: Iterable[str]) -> tuple[str, float]:
    """The link from the row's node by which a column is joined, and how well its header says so."""
    wanted = set(targets)
    best = ("", 0.0)
    for name in ontology().outgoing[kind]:
        if ontology().links[name].targets & wanted and name not in ("NAMED", "MENTIONS", *IDENTITY_LINKS):
            score = fit(column.name, words("links").get(name, ()))
            if score > best[1]:
                best = (name, score)
    return best


def holder_of(kind: str, column: Column) -> tuple[str, float]:
    """The link from a party to the row's node by which a column of parties is joined, and how well its header says so.

    Rows about a vehicle name who owns it, and it is the party that is linked to the vehicle.
    """
    best = ("", -1.0)
    for name in ontology().incoming[kind]:
        if ontology().links[name].sources & PARTIES and name not in ("NAMED", "MENTIONS", *IDENTITY_LINKS):
            score = fit(column.name, words("links").get(name, ()))
            if score > best[1]:
                best = (name, score)
    return (best[0], max(0.0, best[1]))


def reference_of(kind: str, column: Column) -> str:
    """The kind of another node whose number a column holds, "" when it holds none."""
    other = numbered(column.name)
    links = (ontology().links[name] for name in ontology().outgoing[kind])
    return other if any(other in link.targets for link in links) and other not in PARTIES else ""


def names_party(column: Column) -> bool:
    """Whether a column holds the names of companies or persons, by its values, or by its header when it is empty."""
    if column.holds == "party":
        return True
    names = (name for name, link in ontology().links.items() if link.targets & PARTIES)
    return any(fit(column.name, words("links").get(name, ())) >= 0.6 for name in names) and not column.sample
