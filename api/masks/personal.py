"""What is personal: which kinds of nodes, which of their links and properties, and where a text holds any of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from time import monotonic
from typing import Literal
from weakref import WeakKeyDictionary

from graph.disguises import fold
from graph.errors import InvalidValue
from graph.identity import identify, number_key
from graph.model import key_of, kind_of, node_id
from graph.ontology import Ontology, Property, ontology
from graph.store import Store

PUBLISHERS = frozenset(("Company", "Listing"))
"""The kinds of nodes whose contact data is no secret: a company gives it to its register, a listing to everybody."""

Depth = Literal["seeming", "personal", "any"]
"""What is looked for in a text: what looks like a phone, an e-mail address or a long number of somebody's, for values;
whatever words of it are somebody's, for keys of records and raw cells; or whatever words of it are any node's number.
"""

_SERVICES = ("wechat", "qq")
_NUMERALS = str.maketrans("零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖幺两", "0012345678912345678912")
_LOOKALIKES = str.maketrans("oOlI", "0011")
_WORD = re.compile(r"[0-9A-Za-z][0-9A-Za-z._%+@*-]*")
_PARTED = re.compile(r"\+?[0-9](?:[^0-9A-Za-z\n]{0,3}[0-9]){6,19}")
_PART = re.compile(r"[0-9A-Za-z*]+")
_PROMISING = re.compile(r"[\d@＠零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖]")
_MOBILE = re.compile(r"(?=(1[3-9][0-9]{9}))")
_SEEMING = re.compile(r"[0-9]{17}[Xx]|[0-9]{15,21}|1[3-9][0-9]{9}|[^\s'\"]+@[^\s'\"]+")
_NUMBER = re.compile(r"[0-9]{15,21}|[0-9]{17}[Xx]")
_KEPT = 200  # characters of a text of which it is remembered what it holds; longer ones would fill the memory
_SHORTEST = 5  # characters of an identifier: the shortest numbers of QQ


@dataclass(frozen=True, slots=True)
class Rule:
    """What the ontology says of the personal in a kind of node or link.

    Attributes:
        is_personal: Whether its keys are somebody's.
        register: Where its keys may hold what is somebody's all the same: a mention's in the key of its `record`, those
            that some register numbers in the `number`; '' when nowhere.
        sensitive: Its sensitive properties.
        texts: Its properties that are texts, unless it publishes them.
    """

    is_personal: bool
    register: Literal["record", "number", ""]
    sensitive: frozenset[str]
    texts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the ontology says of the personal.

    Attributes:
        of: The rule of each kind of node or link.
        kinds: The kinds whose keys are personal.
        parts: Those of them whose keys are a part of another's, as a phone's masked form is of the phone.
        published: Those of them that are open when a link of these kinds leads to them from one of `PUBLISHERS`.
        places: The kinds of links that lead to addresses.
    """

    of: Mapping[str, Rule]
    kinds: frozenset[str]
    parts: frozenset[str]
    published: Mapping[str, frozenset[str]]
    places: frozenset[str]

    @property
    def properties(self) -> Mapping[str, frozenset[str]]:
        """The sensitive properties, by kind of node or link; kinds without any are left out."""
        return {name: rule.sensitive for name, rule in self.of.items() if rule.sensitive}


@cache
def rules() -> Rules:
    """The rules of the ontology that this version of Headwater has."""
    return rules_of(ontology())


def rules_of(known: Ontology) -> Rules:
    """The rules that an ontology gives."""
    marked = {name for name, kind in known.kinds.items() if kind.sensitive}
    contact = {name for name, kind in known.kinds.items() if kind.group == "contact"}
    # The masked form of a phone holds seven of its digits.
    parts = {end for link in known.links.values() if link.sources <= marked & contact for end in link.targets & contact}
    of = {name: _rule(name, "", link.properties) for name, link in known.links.items()}
    of |= {
        name: _rule(name, kind.identity, kind.properties, name in marked | parts) for name, kind in known.kinds.items()
    }
    return Rules(
        of,
        frozenset(marked | parts),
        frozenset(parts),
        {
            kind: frozenset(
                name for name, link in known.links.items() if kind in link.targets and link.sources & PUBLISHERS
            )
            for kind in marked & contact - parts
        },
        frozenset(name for name, link in known.links.items() if link.targets == {"Address"}),
    )


def _rule(name: str, identity: str, properties: Mapping[str, Property], is_personal: bool = False) -> Rule:
    registers: dict[str, Literal["record", "number"]] = {"mention": "record", "number": "number"}
    texts = {p.name for p in properties.values() if p.type == "text"} if name != "Listing" else set()
    return Rule(
        is_personal,
        registers.get(identity, "") if not is_personal else "",
        frozenset(p.name for p in properties.values() if p.sensitive),
        frozenset(texts),
    )


def readings(text: str, kinds: Iterable[str] | None = None) -> set[str]:
    """The personal nodes that a text as a whole would name, of these kinds; whether they are there is not asked."""
    wanted = rules().kinds if kinds is None else rules().kinds.intersection(kinds)
    found: set[str] = set()
    for kind in wanted:
        if kind == "Handle":
            found.update(node_id(kind, f"{service}:{number_key(text).lower()}") for service in _SERVICES)
        try:
            found.add(identify(kind, text).node)
        except InvalidValue:
            continue
    if kind_of(text) in wanted:
        found.add(text)
    return found


def is_complete(text: str) -> bool:
    """Whether a text may be a whole identifier, brought by somebody who has it: told from the text alone."""
    return "*" not in fold(text) and sum(c.isascii() and c.isalnum() for c in fold(text)) >= _SHORTEST


def is_promising(text: str) -> bool:
    """Whether a text may hold a number or an address at all."""
    return _PROMISING.search(text) is not None


def candidates(text: str, depth: Depth) -> frozenset[str]:
    """The nodes that parts of a promising text may name; whether they are there is not asked."""
    return (_candidates if len(text) <= _KEPT else _candidates.__wrapped__)(text, depth)


@lru_cache(maxsize=1 << 14)
def _candidates(text: str, depth: Depth) -> frozenset[str]:
    folded = _folded(text)
    found: set[str] = set()
    # Numerals may be a part of the number or of the name before it.
    for view in {folded, folded.translate(_NUMERALS)}:
        for run in (m[0] for m in _PARTED.finditer(view)):
            digits = "".join(c for c in run if "0" <= c <= "9")
            for mobile in _MOBILE.findall(digits):
                found |= _named("Phone", mobile)
            if depth != "seeming":
                found |= _named("Phone", f"+{digits}" if run[0] == "+" else digits)
            if _NUMBER.fullmatch(digits):
                found |= _numbered(digits, depth)
    for word in dict.fromkeys(_WORD.findall(folded)):
        if "@" in word:
            found |= _named("Email", word.strip("._%+@*-"))
        if _NUMBER.fullmatch(word):
            found |= _numbered(word, depth)
        elif depth != "seeming":
            for part in {word, *_PART.findall(word)}:
                if len(part) >= _SHORTEST and any(c.isdigit() for c in part):
                    found |= _numbered(part, depth)
    if depth != "seeming":
        found |= _numbered(number_key(text), depth)
    return frozenset(found)


def _numbered(word: str, depth: Depth) -> set[str]:
    """The nodes that a number may name, its letters in either case."""
    handles = {node_id("Handle", f"{service}:{word.lower()}") for service in _SERVICES}
    forms = {word, word.lower(), word.upper()}
    return {node_id(kind, form) for kind in _kinds(depth == "any") for form in forms} | handles


@cache
def _kinds(every: bool) -> tuple[str, ...]:
    """The kinds whose keys are numbers: the personal ones, or all."""
    known = ontology().kinds.values()
    numbers = (kind.name for kind in known if kind.identity not in ("mention", "derived", "phone", "email"))
    return tuple(name for name in numbers if every or name in rules().kinds)


def _named(kind: str, text: str) -> set[str]:
    try:
        return {identify(kind, text).node}
    except InvalidValue:
        return set()


def _folded(text: str) -> str:
    return text if text.isascii() else fold(text)


def holds(text: str, node: str) -> bool:
    """Whether a text holds the key of a personal node, however it is parted, styled or spelled."""
    needle, is_number = _needle(node)
    squashed, digits = (_squashed if len(text) <= _KEPT else _squashed.__wrapped__)(text)
    if len(needle) < _SHORTEST:  # too short to be looked for within other words
        return needle == squashed if needle else _folded(key_of(node)) in _folded(text)
    return needle in (digits if is_number else squashed)


def without_value(reason: str, mask: str) -> str:
    """Why a row was set aside, without the value, where that was to be a number or an address of somebody's."""
    kind, _, rest = reason.partition(" ")
    known = ontology().kinds
    if any(kind in (name, known[name].identity) for name in rules().kinds):
        reason = f"{kind} {mask}: {rest.rpartition(': ')[2]}"
    return _SEEMING.sub(mask, reason)


def has_value(text: str, value: str) -> bool:
    """Whether a text holds a value, white space, width and letter case apart."""
    needle, plain = ("".join(_folded(t).casefold().split()) for t in (value, text))
    return needle in plain


@lru_cache(maxsize=1 << 12)
def _squashed(text: str) -> tuple[str, str]:
    """The Latin letters and digits of a text, and its digits alone with look-alikes and numerals taken for them."""
    folded = _folded(text)
    squashed = "".join(c for c in folded.casefold() if c.isascii() and c.isalnum())
    return squashed, "".join(c for c in folded.translate(_NUMERALS).translate(_LOOKALIKES) if "0" <= c <= "9")


@lru_cache(maxsize=1 << 12)
def _needle(node: str) -> tuple[str, bool]:
    key = key_of(node)
    if kind_of(node) in ("Phone", "MaskedPhone"):
        key = key.removeprefix("+86")
    elif kind_of(node) == "Handle":
        key = key.partition(":")[2] or key
    squashed, digits = _squashed(key)
    return (digits, True) if squashed == digits or kind_of(node) in ("Phone", "MaskedPhone") else (squashed, False)


_FRESH = 30.0  # seconds for which it is remembered that a text held nobody's number
_MOST = 1 << 15


class _Met:
    """What texts were found to hold, for a while: most texts of an answer come again in the next."""

    __slots__ = ("found", "since")

    def __init__(self) -> None:
        self.found: dict[tuple[str, Depth], frozenset[str]] = {}
        self.since = monotonic()


_MET: WeakKeyDictionary[Store, _Met] = WeakKeyDictionary()


def held(store: Store, texts: Iterable[str], depth: Depth) -> dict[str, frozenset[str]]:
    """Text -> the nodes of a store that it names; texts that name none are left out. One call to the store."""
    met = _MET.get(store)
    if met is None or monotonic() - met.since > _FRESH or len(met.found) > _MOST:
        met = _MET[store] = _Met()
    wanted = dict.fromkeys(texts)
    fresh = {t: some for t in wanted if (t, depth) not in met.found and (some := candidates(t, depth))}
    if fresh:
        known = store.get(frozenset().union(*fresh.values())).keys()
        fresh = {t: some & known for t, some in fresh.items()}
        met.found |= {(t, depth): some for t, some in fresh.items() if len(t) <= _KEPT}
    return {t: nodes for t in wanted if (nodes := fresh.get(t) or met.found.get((t, depth)))}
