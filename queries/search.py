"""Search: which nodes a person means by a text typed in either script, in full or short."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from graph import names, persons
from graph.errors import InvalidValue
from graph.identity import identify, named
from graph.model import Node, kind_of, node_id, order_of
from graph.ontology import ontology
from graph.scripts import fold, has_han
from graph.store import Store
from graph.terms import query_terms

_MOST = 2000  # nodes that are ranked; beyond, a text is too common to be searched by
_NAMED = 200  # parties looked at for one trade name


@dataclass(frozen=True, slots=True)
class Hit:
    """A node found: `score` in 0..1, and whether its `number`, its `text` or its `name` (by sound) was met."""

    node: Node
    score: float
    by: str


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found, best first, and how many in all; `cut` when more were found than could be ranked."""

    hits: tuple[Hit, ...]
    total: int
    cut: bool


def search(store: Store, text: str, kinds: Collection[str] | None = None, limit: int = 20) -> Hits:
    """Finds nodes by an identifier, by a text of theirs, or by the sound of a company's or person's name.

    Args:
        store: Where.
        text: What a person types: `永飞`, `yongfei`, `Wenzhou Yongfei Co., Ltd.`, `138 0013 8000`, a credit code.
        kinds: Only nodes of these kinds.
        limit: How many to give.
    """
    wanted = fold(text)
    if not wanted:
        return Hits((), 0, False)
    found: dict[str, tuple[float, str]] = {}

    def note(node: str, score: float, by: str) -> None:
        if (kinds is None or kind_of(node) in kinds) and score > found.get(node, (0.0, ""))[0]:
            found[node] = (score, by)

    for node in store.get(identifiers_in(wanted)):
        note(node, 1.0, "number")
    for kind in ontology().kinds.values():
        for name in kind.also:
            for nodes in store.find(kind.name, name, [text.strip()]).values():
                for node in nodes:
                    note(node, 1.0, "number")
    matches = store.search(query_terms(text), kinds, _MOST)
    nodes = store.get(matches.nodes)
    for node, held in nodes.items():
        note(node, _coverage(wanted, held), "text")
    for node, score in _by_name(store, wanted):
        note(node, score, "name")
    best = sorted(found, key=lambda node: (-found[node][0], kind_of(node) == "Party", order_of(node)))[:limit]
    held = store.get(best)
    hits = tuple(Hit(held[node], *found[node]) for node in best if node in held)
    more = max(0, matches.total - len(nodes))
    return Hits(hits, len(found) + more, more > 0)


def identifiers_in(text: str) -> Iterator[str]:
    """The ids that a text would have as each kind's identifier; most of them are not there."""
    if "/" in text and text.partition("/")[0] in ontology().kinds:
        yield text
    for kind in ontology().kinds.values():
        if kind.identity == "mention" or kind.name in ("Name", "Handle"):
            continue
        try:
            yield identify(kind.name, text).node
        except InvalidValue:
            continue
    for service in ("wechat", "qq"):
        yield node_id("Handle", f"{service}:{text.lower()}")


def _coverage(wanted: str, node: Node) -> float:
    """How much of a node's best text the query makes up."""
    best = 0.0
    asked = wanted.casefold()
    for name in ontology().kinds[node.kind].search:
        for value in node.values.get(name, ()):
            text = fold(str(value)).casefold()
            if not text:
                continue
            share = min(1.0, len(asked) / len(text))
            best = max(best, 0.55 + 0.4 * share if asked in text else 0.4 * share)
    return best


def _by_name(store: Store, wanted: str) -> Iterator[tuple[str, float]]:
    """Parties whose name sounds like the text, by the trade names that can be read in it."""
    sounds = dict.fromkeys(_sounds(wanted))
    found = store.expand([node_id("Name", sound) for sound in sounds], ["NAMED"], "in", limit=_NAMED)
    asked = names.parse_company(wanted)
    person = persons.parse_person(wanted) if names.kind_of_name(wanted) == "person" else None
    for name, links in found.links.items():
        exact = name == (n.node if (n := named(wanted)) else None)
        for link in links:
            text = str(link.values.get("text", ""))
            if link.values.get("form") == "person":
                agreed = persons.agreement(person, persons.parse_person(text)) if person else 0.0
                yield link.source, 0.9 * agreed if agreed else (0.5 if exact and not has_han(wanted) else 0.0)
                continue
            agreed = names.agreement(asked, names.parse_company(text)).probability if exact else 0.0
            spelled = 0.35 if not has_han(wanted) else 0.0
            yield link.source, max(0.9 * agreed, spelled)


def _sounds(wanted: str) -> Iterator[str]:
    whole = named(wanted)
    if whole is not None:
        yield whole.node.partition("/")[2]
    if has_han(wanted):
        return
    # Typed in pinyin, the place and the industry stand in the name too: try every run of words as the trade name.
    words = "".join(c if c.isalnum() else " " for c in wanted.casefold()).split()[:8]
    for start in range(len(words)):
        for end in range(len(words), start, -1):
            yield "".join(words[start:end])


