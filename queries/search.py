"""Search: which nodes a person means by a text typed in either script, in full or short."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from graph import names, persons
from graph.companies import CompanyName
from graph.errors import InvalidValue, NotFound
from graph.identity import identify, named
from graph.model import Node, kind_of, node_id, order_of
from graph.ontology import ontology
from graph.scripts import fold, has_han, pinyin
from graph.store import Store
from graph.terms import query_terms
from queries.tracing.clue import addresses_of

_MOST = 2000  # nodes that are ranked; beyond, a text is too common to be searched by
_NAMED = 200  # names of one sound that are looked at
_TRADES = 5  # trade names of one sound that are searched for
_SQUASHED = re.compile(r"[\W_]+")

_CALLED = {
    "Company": ("name", "name_en"),
    "Party": ("name",),
    "Person": ("name",),
    "Account": ("shop_name",),
    "Site": ("name",),
}
"""The properties that are names of companies, shops or persons, compared slot by slot."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A node found: `score` in 0..1, and whether its `number`, its `text` or its `name` was met."""

    node: Node
    score: float
    by: str

    @property
    def place(self) -> tuple[float, int, int]:
        """Where it stands among hits: the best come first, then the kinds in an order of their own."""
        return _place(self.node.id, self.score)


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found, best first, and how many in all; `cut` when more were found than could be ranked."""

    hits: tuple[Hit, ...]
    total: int
    cut: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """A text read in all the ways that matter."""

    text: str
    squashed: str
    company: CompanyName
    person: persons.PersonName | None
    runs: tuple[str, ...]
    pairs: tuple[str, ...]


def search(
    store: Store,
    text: str,
    kinds: Collection[str] | None = None,
    limit: int = 20,
    *,
    without: Collection[str] = frozenset(),
) -> Hits:
    """Finds nodes by an identifier, by a text of theirs, or by a name however it is spelled.

    Args:
        store: Where.
        text: What a person types: `永飞`, `yongfei`, `Wenzhou Yongfei Co., Ltd.`, `138 0013 8000`, a credit code.
        kinds: Only nodes of these kinds.
        limit: How many to give.
        without: Nodes that the text does not find as their number; the store is not asked for them by it.
    """
    wanted = fold(text)
    if not wanted:
        return Hits((), 0, False)
    asked = _asked(wanted)
    found: dict[str, tuple[float, str]] = {}
    held = numbered(store, wanted, without)
    for node in held:
        if kinds is None or kind_of(node) in kinds:
            found[node] = (1.0, "number")
    more = 0
    for node, one in _texts(store, asked, kinds):
        if isinstance(one, int):
            more = one
            continue
        score, by = _score(asked, one)
        if score > found.get(node, (0.0, ""))[0]:
            held[node], found[node] = one, (score, by)
    best = sorted(found, key=lambda n: _place(n, found[n][0]))[:limit]
    return Hits(tuple(Hit(held[node], *found[node]) for node in best), len(found) + more, more > 0)


def meant(store: Store, text: str) -> Node:
    """The one node that a text names: by its id, its number, or a name that only one node bears.

    Raises:
        NotFound: There is none.
        InvalidValue: There are several; the message names some.
    """
    if (node := store.get([text]).get(text)) is not None:
        return node
    found = numbered(store, fold(text))
    if not found:
        hits = [h.node for h in search(store, text, limit=50).hits if h.score == 1.0]
        # A company is meant before the mentions of it, which are nodes of their own.
        found = {n.id: n for n in hits if n.kind != "Party"} or {n.id: n for n in hits}
    if len(found) > 1:
        some = ", ".join(list(found)[:4]) + (" …" if len(found) > 4 else "")
        raise InvalidValue("id", text, "type", f"names {len(found)} nodes: {some}; give the id of one")
    if not found:
        raise NotFound(f"there is no node {text}; `headwater search` finds ids")
    return next(iter(found.values()))


def numbered(store: Store, text: str, without: Collection[str] = frozenset()) -> dict[str, Node]:
    """The nodes whose identifier, web address or id a text is, but for some, which the store is not asked for."""
    ids = dict.fromkeys(i for i in identifiers(text) if i not in without)
    for kind in ontology().kinds.values():
        for name in kind.also:
            ids |= dict.fromkeys(n for nodes in store.find(kind.name, name, addresses_of(text)).values() for n in nodes)
    return store.get(ids)


def identifiers(text: str) -> Iterator[str]:
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


def _asked(wanted: str) -> _Asked:
    person = names.parse_person(wanted) if names.kind_of_name(wanted) == "person" else None
    # Chinese typed with blanks between the characters is read without them.
    whole = wanted.replace(" ", "") if has_han(wanted) else wanted
    runs = tuple(dict.fromkeys(_runs(wanted)))
    return _Asked(
        wanted,
        _squashed(wanted),
        names.parse_company(whole),
        person,
        runs,
        tuple(query_terms(whole)) if has_han(whole) else (),
    )


def _runs(wanted: str) -> Iterator[str]:
    """The sounds of names that stand in a text; in pinyin, place and industry stand beside the trade name."""
    whole = named(wanted.replace(" ", "") if has_han(wanted) else wanted)
    if whole is not None:
        yield whole.node.partition("/")[2]
    if not has_han(wanted):
        words = "".join(c if c.isalnum() else " " for c in wanted.casefold()).split()[:8]
        for start in range(len(words)):
            for end in range(len(words), start, -1):
                yield "".join(words[start:end])


def _texts(store: Store, asked: _Asked, kinds: Collection[str] | None) -> Iterator[tuple[str, Node | int]]:
    """Nodes that hold the text or a name in it; at last, under no id, how many more there are."""
    parties = [kind for kind in _CALLED if (kinds is None or kind in kinds) and kind != "Party"]
    seen: set[str] = set()

    def fresh(ids: Iterable[str]) -> Iterator[tuple[str, Node]]:
        new = [i for i in dict.fromkeys(ids) if i not in seen and (kinds is None or kind_of(i) in kinds)]
        seen.update(new)
        yield from store.get(new).items()

    terms = query_terms(_telling(asked))
    trades = [asked.company.trade] if has_han(asked.company.trade) else []
    sounding = store.expand([node_id("Name", run) for run in asked.runs], ["NAMED"], "in", limit=_NAMED)
    for links in sounding.links.values():
        written = Counter(str(link.values.get("trade", "")) for link in links)
        trades += [trade for trade, _ in written.most_common(_TRADES) if trade]
    matches = store.search(terms, kinds, _MOST)
    yield from fresh(matches.nodes)
    # Companies and shops once more on their own: a common word's other matches must not crowd them out.
    crowded = [terms] if matches.total > len(matches.nodes) else []
    for words in (*crowded, *(query_terms(trade) for trade in dict.fromkeys(trades))):
        if parties and words and (words != terms or crowded):
            yield from fresh(store.search(words, parties, _MOST).nodes)
    for links in sounding.links.values():
        yield from fresh(link.source for link in links)
    yield "", max(0, matches.total - len(matches.nodes))


def _telling(asked: _Asked) -> str:
    """The text to look for: of a company's full name only the trade name, as the rest is common and often differs."""
    whole = asked.text.replace(" ", "") if has_han(asked.text) else asked.text
    name = asked.company
    if name.form and name.script == "han" and len(name.trade) > 1 and (at := whole.find(name.trade)) >= 0:
        return whole[at : at + len(name.trade)]
    return whole


def _score(asked: _Asked, node: Node) -> tuple[float, str]:
    best = (0.0, "")
    called = _CALLED.get(node.kind, ())
    for name in ontology().kinds[node.kind].search:
        for value in node.values.get(name, ()):
            text = fold(str(value))
            squashed = _squashed(text)
            if squashed == asked.squashed:
                # A mention by the bare trade name says no more than a company that bears it.
                bare = node.kind == "Party" and not (asked.company.place_text or asked.company.form or asked.person)
                return (0.85 if bare else 1.0), "text"
            score = 0.5 + 0.4 * len(asked.squashed) / len(squashed) if asked.squashed in squashed else 0.0
            best = max(best, (score, "text"))
            if name in called:
                best = max(best, (_likeness(asked, text), "name"))
    return best if best[0] else (0.1, "text")


def _likeness(asked: _Asked, text: str) -> float:
    """How well a name fits what was typed: its trade name above all, then place and industry where both say them."""
    if asked.person is not None and names.kind_of_name(text) == "person":
        person = names.parse_person(text)
        if (asked.person.surname, asked.person.given) == (person.surname, person.given):
            return 0.95
        return 0.9 if persons.agreement(asked.person, person) else 0.0
    name = names.parse_company(text)
    trade = _trade_likeness(asked, name)
    if not trade:
        return 0.0
    slots = names.agreement(asked.company, name)
    weight = {"same": 1.08, "missing": 1.0, "differ": 0.6}
    if slots.industry == "missing" and asked.company.industry:
        trade *= 0.97  # what was typed and is not there
    likeness = 0.86 * trade * weight[slots.place] * float(weight[slots.industry] ** 0.7)
    # Among names that agree in their slots, the one that is spelled most like the text.
    pairs = asked.pairs
    shared = sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0
    return min(0.99, likeness + 0.03 * shared)


def _trade_likeness(asked: _Asked, name: CompanyName) -> float:
    typed, held = asked.company.trade, name.trade
    if not held:
        return 0.0
    if has_han(typed):
        if typed == held:
            return 1.0
        if held.startswith(typed) or typed.startswith(held):
            return 0.8 * min(len(typed), len(held)) / max(len(typed), len(held))
        return 0.65 if name.trade_pinyin == pinyin(typed) else 0.0
    sound = asked.company.trade_pinyin
    if sound and name.trade_pinyin == sound:
        return 1.0
    whole = len(sound) or len(asked.squashed)
    shares = [len(run) / whole for run in asked.runs if run == name.trade_pinyin]
    if shares:
        return 0.75 * min(1.0, max(shares))
    if sound and name.trade_pinyin.startswith(sound):
        return 0.7 * len(sound) / len(name.trade_pinyin)
    return 0.0


def _squashed(text: str) -> str:
    """The letters and digits of a folded text, without case."""
    return _SQUASHED.sub("", text).casefold()


def _place(node: str, score: float) -> tuple[float, int, int]:
    return -score, _rank(kind_of(node)), order_of(node)


@cache
def _rank(kind: str) -> int:
    """Where kinds stand among equal hits: in the order of the ontology, mere mentions last."""
    order = list(ontology().kinds)
    return len(order) if kind == "Party" else order.index(kind)
