"""What is known of a party by which it can be told from others: its names, numbers, contacts, places and people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from graph import names, scripts
from graph.identifiers import phone
from graph.model import Direction, Link, Node, chunks, key_of, kind_of
from graph.store import Store

Nature = Literal["company", "person"]

PARTIES = ("Company", "Person", "Party")
"""The kinds of nodes that are told apart."""
CLOSED = ("注销", "吊销", "dissolved", "deregistered", "revoked", "cancelled")
"""Words of a register for a company that is off it."""

_AT_ONCE = 2_000  # parties asked for at once
_MOST = 40  # links of a kind and direction that are looked at: the newest say where a party is now
_FEW_ACCOUNTS = 6  # an account that takes the money of more is a payment agent's, and says nothing of its holder
_NAMES = 4  # spellings of a name that are compared
_OLDEST = 15  # years that a lorry is driven at most (机动车强制报废标准规定 2012, art. 5)
_CONTACTS = ("HAS_PHONE", "HAS_EMAIL", "HAS_HANDLE", "HAS_FILING", "LOCATED_AT", "OWNS", "OPERATES", "DRIVES")
_PEOPLE = ("REPRESENTED_BY", "HAS_SHAREHOLDER")
_DOCUMENTS = {
    "CONSIGNED_BY": "DISPATCHED_FROM",
    "CONSIGNED_TO": "DELIVERED_TO",
    "SENT_BY": "SENT_FROM",
    "OPERATED_BY": "LOCATED_AT",
    "LEASED_BY": "LOCATED_AT",
}
"""By which link a document or a site names a party, and by which the place where the party is then."""
_NAMING = {
    "CONSIGNED_BY": "Consignment",
    "CONSIGNED_TO": "Consignment",
    "SENT_BY": "Parcel",
    "OPERATED_BY": "Site",
    "LEASED_BY": "Site",
    "EXPORTED_BY": "Declaration",
    "PRODUCED_BY": "Declaration",
    "EXHIBITED_BY": "Exhibit",
    "RUN_BY": "Account",
}
"""The links by which documents, sites and shops name parties, and the kind that each leads from."""
_DATED = frozenset(("CONSIGNED_BY", "CONSIGNED_TO", "SENT_BY", "EXPORTED_BY", "PRODUCED_BY", "EXHIBITED_BY"))


@dataclass(frozen=True, slots=True)
class Profile:
    """A party as it is compared; tuples are sorted but for the names, which stand as often as they are stated.

    Attributes:
        node: The id of its node.
        nature: What it is; two natures are never one party.
        names: Its names as written, the commonest first, in any script.
        number: The number that tells it from all others, where it is known: a credit code, a person's.
        phones: Telephone numbers in E.164.
        masks: Its numbers as they would be masked, and those that are known masked only.
        emails, handles: Electronic addresses.
        addresses: Where it is, as `Address.spoken_key` has it; incomplete ones say too little.
        written: Addresses in Latin letters as words, where they are outside of China or not read into parts.
        plates: Plates of the vehicles that it owns, operates or drives.
        plate_days: Of these, `plate@day` for each first of January and of July on which it held them, by which it is
            seen that a plate has passed on; empty unless all of them are dated.
        filings: The numbers under which its web sites and its shops' are filed, each without the suffix of the site.
        people: Of a company, the numbers and names of those who represent or own it.
        companies: Of a person, the ids of the companies that it represents, owns or takes money for.
        first, last: The days of its first and last document, ISO dates; a company's first is when it was founded.
        born: Of a person, the day of birth, an ISO date.
        closed: Whether it is off its register: its numbers may since belong to another.
    """

    node: str
    nature: Nature
    names: tuple[str, ...]
    number: str | None = None
    phones: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None
    closed: bool = False
    born: str | None = None
    written: tuple[str, ...] = ()
    plates: tuple[str, ...] = ()
    plate_days: tuple[str, ...] = ()
    filings: tuple[str, ...] = ()


def profiles(store: Store, ids: Iterable[str]) -> Iterator[Profile]:
    """The profiles of these parties, in their order; ids that are no parties', or that are not known, are left out."""
    for some in chunks((i for i in ids if kind_of(i) in PARTIES), _AT_ONCE):
        yield from _Reading(store, some).profiles()


def touched(store: Store, changed: Collection[str]) -> list[str]:
    """The parties whose profiles may be others since these nodes changed, sorted; some may not stand.

    They are the parties among them; those that documents, sites and shops among them name; and the persons that are
    known by the companies, shops and payees among them.
    """
    by_kind: dict[str, set[str]] = defaultdict(set)
    for node in changed:
        by_kind[kind_of(node)].add(node)
    parties = {i for kind in PARTIES for i in by_kind[kind]}
    for link, kind in _NAMING.items():
        parties |= _ends(store, by_kind[kind], (link,), "out")
    companies = [i for i in parties if kind_of(i) != "Person"]
    parties |= _ends(store, companies, _PEOPLE, "out")
    accounts = by_kind["Account"] | _ends(store, companies, ("RUN_BY",), "in")
    payees = by_kind["PayeeAccount"] | _ends(store, accounts, ("PAID_INTO",), "out")
    parties |= _ends(store, payees, ("BELONGS_TO",), "out")
    return sorted(parties)


def _ends(store: Store, ids: Iterable[str], kinds: Sequence[str], direction: Direction) -> set[str]:
    """The other ends of the links of some kinds around nodes."""
    found: set[str] = set()
    for some in chunks(sorted(ids), _AT_ONCE):
        for node, links in store.expand(some, kinds, direction, limit=_MOST).links.items():
            found.update(link.other(node) for link in links)
    return found


def nature_of(kind: str, texts: Sequence[str]) -> Nature:
    """What a party of these names is, by the kind of its node or by what its commonest name sounds like."""
    if kind != "Party":
        return "company" if kind == "Company" else "person"
    return "person" if texts and names.kind_of_name(texts[0]) == "person" else "company"


class _Reading:
    """Some parties, with all that is asked of the store for them: two or three questions, however many they are."""

    def __init__(self, store: Store, ids: Sequence[str]) -> None:
        self._store = store
        self._nodes = store.get(ids)
        self._own = self._expand(ids, (*_CONTACTS, *_PEOPLE), "out")
        self._named = self._expand(ids, (*_DOCUMENTS, *_DATED, *_PEOPLE, "BELONGS_TO", "RUN_BY"), "in")
        documents = {link.source for links in self._named.values() for link in links if link.kind in _DOCUMENTS}
        self._places = self._expand(sorted(documents), sorted(set(_DOCUMENTS.values())), "out")
        shops = {x.source for links in self._named.values() for x in links if x.kind == "RUN_BY"}
        self._filed = self._expand(sorted(shops), ("HAS_FILING",), "out")
        self._runs = self._paid()
        companies = {c for node in ids for c in self._companies(node)}
        self._theirs = self._expand(sorted(companies), _CONTACTS, "out")

    def _expand(self, ids: Sequence[str], kinds: Iterable[str], direction: Direction) -> Mapping[str, Sequence[Link]]:
        return self._store.expand(ids, sorted(set(kinds)), direction, limit=_MOST).links if ids else {}

    def _paid(self) -> dict[str, set[str]]:
        """Payee account -> the companies whose shops are paid into it."""
        payees = sorted({x.source for links in self._named.values() for x in links if x.kind == "BELONGS_TO"})
        shops: dict[str, list[str]] = {}
        # The orders of an account are dated and many; the shops that name it are not.
        undated = (
            self._store.expand(payees, ("PAID_INTO",), "in", "0001-01-01", "0001-01-01", _MOST) if payees else None
        )
        for payee, links in (undated.links if undated is not None else {}).items():
            accounts = [x.source for x in links if kind_of(x.source) == "Account"]
            if len(accounts) <= _FEW_ACCOUNTS:
                shops[payee] = accounts
        run = self._expand(sorted({a for accounts in shops.values() for a in accounts}), ("RUN_BY",), "out")
        return {
            payee: {x.target for a in accounts for x in run.get(a, ()) if kind_of(x.target) == "Company"}
            for payee, accounts in shops.items()
        }

    def _companies(self, node: str) -> set[str]:
        """The companies that a person represents, owns or takes money for."""
        found = set()
        for x in self._named.get(node, ()):
            if x.kind in _PEOPLE:
                found.add(x.source)
            elif x.kind == "BELONGS_TO":
                found |= self._runs.get(x.source, set())
        return found - {node}

    def profiles(self) -> Iterator[Profile]:
        for name, node in self._nodes.items():
            yield self._profile(name, node, _texts(node))

    def _profile(self, name: str, node: Node, texts: tuple[str, ...]) -> Profile:
        nature = nature_of(node.kind, texts)
        companies = self._companies(name) if nature == "person" else set()
        held: dict[str, set[str]] = defaultdict(set)
        for owner in (name, *sorted(companies)):
            for x in (self._own if owner == name else self._theirs).get(owner, ()):
                _contact(held, x)
        days = []
        for x in self._named.get(name, ()):
            if x.kind in _DATED and x.start is not None:
                days.append(x.start)
            if x.kind == "RUN_BY":
                for y in self._filed.get(x.source, ()):
                    _contact(held, y)
            if (kind := _DOCUMENTS.get(x.kind)) is not None:
                for y in self._places.get(x.source, ()):
                    if y.kind == kind:
                        _contact(held, y)
        status = str(node.get("status") or "").lower()
        founded = str(node.get("founded") or "") or None
        return Profile(
            node=name,
            nature=nature,
            names=texts,
            number=node.key if node.kind != "Party" else None,
            phones=tuple(sorted(held["Phone"])),
            masks=tuple(sorted(held["MaskedPhone"])),
            emails=tuple(sorted(held["Email"])),
            handles=tuple(sorted(held["Handle"])),
            addresses=tuple(sorted(held["Address"])),
            people=self._people(name) if nature == "company" else (),
            companies=tuple(sorted(companies)),
            first=founded or min(days, default=None),
            last=max(days, default=None),
            closed=any(word in status for word in CLOSED),
            born=(str(node.get("born") or "") or None) if nature == "person" else None,
            written=tuple(sorted(held["Written"])),
            plates=tuple(sorted(held["Vehicle"])),
            plate_days=() if held["Undated"] else tuple(sorted(held["Held"])),
            filings=tuple(sorted(held["WebFiling"])),
        )

    def _people(self, name: str) -> tuple[str, ...]:
        return tuple(sorted({x.target for x in self._own.get(name, ()) if x.kind in _PEOPLE}))


def _texts(node: Node) -> tuple[str, ...]:
    """The names of a node, the commonest of each script first."""
    texts = [str(value) for value in (*node.values.get("name", ())[:_NAMES], *node.values.get("name_en", ())[:_NAMES])]
    return tuple(dict.fromkeys(text for text in texts if text.strip()))


def _contact(held: dict[str, set[str]], link: Link) -> None:
    kind, key = kind_of(link.target), key_of(link.target)
    if kind == "Phone":
        held[kind].add(key)
        if mask := phone.mask_of(key):
            held["MaskedPhone"].add(mask)
    elif kind == "Address":
        if spoken := spoken_place(key):
            held[kind].add(spoken)
        if words := written_place(key):
            held["Written"].add(words)
    elif kind == "Vehicle":
        held[kind].add(key)
        days = list(_held(link.start, link.end))
        held["Held"].update(f"{key}@{day}" for day in days)
        held["Undated"].update(() if days else (key,))
    else:
        held[kind].add(key)


def _held(start: str | None, end: str | None) -> Iterator[str]:
    """The firsts of January and of July within a span, of which one end may not be known: those of two that do not
    overlap are never the same. There are none in a short one, nor where nothing is known."""
    if start is None and end is None:
        return
    first = int(start[:4]) if start else int((end or "")[:4]) - _OLDEST
    last = int(end[:4]) if end else first + _OLDEST
    for year in range(first, min(last, first + 3 * _OLDEST) + 1):
        for day in (f"{year:04}-01-01", f"{year:04}-07-01"):
            if (start is None or start <= day) and (end is None or day < end):
                yield day


def spoken_place(key: str) -> str | None:
    """The key of an address with its road in pinyin, under which both scripts meet; None for an incomplete one."""
    if key.startswith(("~", "=")) or key.count("|") < 2:
        return None
    area, road, number = key.rsplit("|", 2)
    return f"{area}|{scripts.pinyin(road) if scripts.has_han(road) else road}|{number}"


def written_place(key: str) -> str | None:
    """The words of an address in Latin letters by its key; None for one that is read into parts, or is in Chinese."""
    if key.startswith("=") or key[:1].isdigit() or scripts.has_han(key):
        return None
    country, _, words = key.removeprefix("~").partition("|")
    if key.startswith("~"):
        return words or None
    area, _, rest = words.partition("|")
    return " ".join((*reversed(rest.split("|")), area)) if country else None
