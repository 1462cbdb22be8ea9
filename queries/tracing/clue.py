"""Clues: what an investigator holds in hand, and which nodes of the graph it names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from graph import addresses, names, persons, values
from graph.errors import InvalidValue, NotFound
from graph.identity import identify, named
from graph.model import key_of, kind_of, node_id
from graph.scripts import has_han
from graph.store import Store
from graph.terms import query_terms
from queries.tracing.parameters import P

CLUE_COLUMNS = ("clue_no", "kind", "value", "right_no", "seen")
"""The columns of a list of clues, as `clue_of` reads them."""
_NAMED = 200  # parties looked at for one trade name
_SEARCHED = 500  # addresses looked at on one road


@dataclass(frozen=True, slots=True)
class Clue:
    """A clue as it is asked about.

    Attributes:
        value: What was seen: a web address, a phone, a waybill number, a name …
        kind: One of `KINDS`; found from the value when it is not said.
        right: The number of the right said to be infringed.
        at: The day on which the clue was seen, an ISO date.
        no: The number by which whoever asks knows it.
    """

    value: str
    kind: str | None = None
    right: str | None = None
    at: str | None = None
    no: str | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """What a clue names: its kind, and the nodes by how probably it is them; `at` is the day as an ISO date."""

    kind: str
    nodes: Mapping[str, float]
    right: str | None
    at: str | None


Reader = Callable[[str], Sequence[str]]


def _number(*kinds: str) -> Reader:
    return lambda value: [identify(kind, value).node for kind in kinds]


def _handle(service: str) -> Reader:
    return lambda value: [node_id("Handle", f"{service}:{identify('Handle', value).node.partition('/')[2]}")]


def _company(value: str) -> Sequence[str]:
    """A company by its credit code, or the name that its text holds."""
    if len("".join(value.split())) == 18 and value.strip().isascii() and any(c.isdigit() for c in value):
        return [identify("Company", value).node]
    return _name(value)


def _person(value: str) -> Sequence[str]:
    found = [] if has_han(value) else [identify("Person", value).node]
    return [*found, *_name(value)]


def _name(value: str) -> Sequence[str]:
    found = named(value)
    return [found.node] if found is not None else []


# The kinds of clues, in the order in which a value is tried; nodes of kind Name stand for all parties of that name.
_READERS: dict[str, Reader] = {
    "listing": _number("Listing"),
    "account": _number("Account"),
    "order": _number("Order"),
    "waybill": _number("Parcel"),
    "phone": _number("Phone"),
    "wechat": _handle("wechat"),
    "qq": _handle("qq"),
    "email": _number("Email"),
    "icp": _number("WebFiling"),
    "payee": _number("PayeeAccount"),
    "company": _company,
    "person": _person,
    "address": _number("Address"),
    "site": _number("Site"),
    "label": _number("Label"),
    "declaration": _number("Declaration"),
    "consignment": _number("Consignment"),
    "container": _number("Container"),
    "exhibit": _number("Exhibit"),
}
KINDS: tuple[str, ...] = tuple(_READERS)
"""The kinds of clues."""
_NODES: Mapping[str, str] = {
    "Listing": "listing", "Account": "account", "Order": "order", "Parcel": "waybill", "Phone": "phone",
    "MaskedPhone": "phone", "Email": "email", "WebFiling": "icp", "PayeeAccount": "payee", "Company": "company",
    "Person": "person", "Address": "address", "Site": "site", "Label": "label", "Declaration": "declaration",
    "Consignment": "consignment", "Container": "container", "Exhibit": "exhibit",
}  # fmt: skip
"""The kinds of nodes that can be traced from, with the kinds of clues that name them; a handle's is its service."""


def clue_of(cells: Mapping[str, str]) -> Clue:
    """The clue of a row with the columns `CLUE_COLUMNS`, of which only `value` must be filled.

    Raises:
        InvalidValue: The value is empty, or the kind or the day is none.
    """
    no, kind, value, right, seen = ((cells.get(name) or "").strip() for name in CLUE_COLUMNS)
    clue = Clue(value, kind or None, right or None, seen or None, no or None)
    _check(clue)
    return clue


def _check(clue: Clue) -> str | None:
    """The day of a clue as an ISO date; refuses a clue without a value or of no kind."""
    if not clue.value.strip():
        raise InvalidValue("clue", clue.value, "missing", "has no value; say what was seen")
    if clue.kind is not None and clue.kind not in _READERS:
        raise InvalidValue("clue kind", clue.kind, "type", f"is none; choose one of {', '.join(KINDS)}")
    return values.day(clue.at) if clue.at else None


def resolve(store: Store, clue: Clue, without: Collection[str] = frozenset()) -> Start:
    """The nodes that a clue names; those of `without` count as unknown, and the store is not asked for them.

    Raises:
        InvalidValue: The value breaks the rule of its kind, or the kind or the day is none.
        NotFound: The store knows nothing of it.
    """
    right, at = _right(clue), _check(clue)
    for kind, nodes in _candidates(store, clue, without):
        if nodes:
            return Start(kind, nodes, right, at)
    raise _unknown(clue)


def start_at(store: Store, clue: Clue, node: str) -> Start:
    """Where a clue begins of which it is known that it means this node, however its value reads.

    Raises:
        InvalidValue: The day or the right is none.
        NotFound: The node is not there, cannot be traced from, or is none of the clue's kind.
    """
    right, at = _right(clue), _check(clue)
    kind = key_of(node).partition(":")[0] if kind_of(node) == "Handle" else _NODES.get(kind_of(node), "")
    if kind not in _READERS or clue.kind not in (None, kind) or node not in store.get([node]):
        raise _unknown(clue)
    return Start(kind, {node: 1.0}, right, at)


def readings(clue: Clue) -> dict[str, Sequence[str]]:
    """Kind of clue -> the nodes that the value may name as one; whether they are there is not asked.

    Raises:
        InvalidValue: The value breaks the rule of its kind, or the kind or the day is none.
    """
    _check(clue)
    possible: dict[str, Sequence[str]] = {}
    for one in (clue.kind,) if clue.kind is not None else KINDS:
        try:
            possible[one] = _READERS[one](clue.value.strip())
        except InvalidValue:
            if clue.kind is not None and clue.kind != "listing":
                raise
    return possible


def _right(clue: Clue) -> str | None:
    return identify("Right", clue.right).node if clue.right and clue.right.strip() else None


def _unknown(clue: Clue) -> NotFound:
    return NotFound(
        f"the store knows no {clue.kind or 'clue'} {clue.value.strip()!r}; `headwater search` finds what it holds"
    )


def _candidates(store: Store, clue: Clue, without: Collection[str]) -> Iterator[tuple[str, dict[str, float]]]:
    """The kinds that a value may be of, with those nodes that exist."""
    value = clue.value.strip()
    possible = {kind: [n for n in nodes if n not in without] for kind, nodes in readings(clue).items()}
    if "listing" in possible or clue.kind == "listing":
        listed = store.find("Listing", "url", addresses_of(value))
        if found := sorted({node for nodes in listed.values() for node in nodes}):
            yield "listing", dict.fromkeys(found, 1.0)
    known = store.get({node: None for nodes in possible.values() for node in nodes})
    for one, nodes in possible.items():
        direct = [node for node in nodes if node in known and kind_of(node) != "Name"]
        if direct:
            yield one, dict.fromkeys(direct, 1.0)
        if one == "address" and not direct and (near := _near(store, value)):
            yield one, near
        by_name = [node for node in nodes if node in known and kind_of(node) == "Name"]
        if by_name:
            yield one, _parties(store, one, value, by_name)


def _near(store: Store, value: str) -> dict[str, float]:
    """Addresses that a text may mean which says less than they do (a road and a number without the city)."""
    asked = addresses.parse(value)
    if not asked.road or not asked.number:
        return {}
    found = store.search(query_terms(asked.road), {"Address"}, _SEARCHED)
    agreed = {
        node: max(addresses.agreement(asked, addresses.parse(str(text))).probability for text in held.values["text"])
        for node, held in store.get(sorted(found.nodes)).items()
        if held.values.get("text")
    }
    best = max(agreed.values(), default=0.0)
    return {node: round(p / best, 6) for node, p in sorted(agreed.items()) if p >= P.alike and p >= P.rival * best}


def addresses_of(url: str) -> list[str]:
    """The ways in which a web address may have been stored: its scheme, query and last slash apart."""
    bare = url.partition("#")[0]
    forms = [url, bare, bare.partition("?")[0]]
    forms += [form[:-1] if form.endswith("/") else f"{form}/" for form in forms]
    schemes = {"https://": "http://", "http://": "https://"}
    forms += [schemes[head] + form[len(head) :] for form in forms for head in schemes if form.startswith(head)]
    if "://" not in url:
        forms += [scheme + form for form in (url, bare) for scheme in schemes]
    return list(dict.fromkeys(forms))


def _parties(store: Store, kind: str, value: str, name_nodes: list[str]) -> dict[str, float]:
    """Parties of a name, by how well their names agree; of several that agree the best are given."""
    company, person = names.parse_company(value), persons.parse_person(value)
    found: dict[str, float] = {}
    for links in store.expand(name_nodes, ["NAMED"], "in", limit=_NAMED).links.values():
        for link in links:
            text = str(link.values.get("text", ""))
            if kind_of(link.source) == "Account" or (kind == "person") != (link.values.get("form") == "person"):
                continue
            if kind == "person":
                agreed = persons.agreement(person, persons.parse_person(text)) or (
                    P.latin_person if person.script == "latin" else 0.0
                )
            else:
                agreed = names.agreement(company, names.parse_company(text)).probability
            if agreed >= P.alike:
                found[link.source] = max(found.get(link.source, 0.0), round(agreed, 4))
    best = max(found.values(), default=0.0)
    # Registered parties speak for the others of their name.
    strong = sorted(
        (n for n, p in found.items() if p >= P.rival * best), key=lambda n: (kind_of(n) == "Party", -found[n], n)
    )
    kept = strong[:20]
    return {node: found[node] / best for node in kept}
