"""The pairs of `bilingual.csv`, names in Chinese and in Latin letters, matched by us and by nomenklatura."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bench.matched import matched
from graph.errors import InvalidValue
from graph.identifiers import phone
from graph.identity import identify
from graph.model import key_of, kind_of
from resolve.profiles import Nature, Profile, spoken_place

if TYPE_CHECKING:
    from followthemoney.proxy import EntityProxy

PATH = Path(__file__).parent / "bilingual.csv"
PEERS = ("logic-v2", "name-based", "regression-v1")
"""nomenklatura's matchers."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name, and what else is known of who bears it: '' where nothing is."""

    nature: Nature
    name: str
    phone: str
    address: str
    company: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two mentions, and whether they are one party; `half` says whether the pair may be looked at."""

    no: str
    half: Literal["open", "closed"]
    sort: str
    same: bool
    a: Mention
    b: Mention


def pairs(path: Path = PATH) -> list[Pair]:
    """The pairs of the set."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Pair(
                row["no"],
                "open" if row["half"] == "open" else "closed",
                row["sort"],
                row["same"] == "1",
                _mention(row, "a"),
                _mention(row, "b"),
            )
            for row in csv.DictReader(file)
        ]


def _mention(row: Mapping[str, str], end: str) -> Mention:
    nature: Nature = "company" if row["kind"] == "company" else "person"
    return Mention(nature, *(row[f"{name}_{end}"] for name in ("name", "phone", "address", "company")))


def believed(given: Sequence[Pair]) -> list[float]:
    """The probability of each pair, all mentions of the set matched together as those of one market."""
    nodes: dict[Mention, str] = {}
    for pair in given:
        for mention in (pair.a, pair.b):
            nodes.setdefault(mention, f"Party/bilingual:{len(nodes) + 1}#name")
    found = matched(profile(mention, node) for mention, node in nodes.items())
    return [found.believed(nodes[pair.a], nodes[pair.b]) for pair in given]


def profile(mention: Mention, node: str) -> Profile:
    """A mention as a load of it would know it."""
    held: dict[str, set[str]] = {"Phone": set(), "MaskedPhone": set(), "Address": set()}
    for kind, text in (("Phone", mention.phone), ("Address", mention.address)):
        if not text:
            continue
        try:
            found = identify(kind, text).node
        except InvalidValue:
            continue
        if kind_of(found) == "Address":
            held["Address"].update(filter(None, (spoken_place(key_of(found)),)))
            continue
        held[kind_of(found)].add(key_of(found))
        if kind_of(found) == "Phone" and (mask := phone.mask_of(key_of(found))):
            held["MaskedPhone"].add(mask)
    return Profile(
        node,
        mention.nature,
        (mention.name,),
        phones=tuple(held["Phone"]),
        masks=tuple(held["MaskedPhone"]),
        addresses=tuple(held["Address"]),
        companies=(f"Company/{mention.company}",) if mention.company else (),
    )


def peer(name: str, given: Sequence[Pair]) -> list[float]:
    """What a matcher of nomenklatura makes of each pair: names, telephones in E.164 and addresses as written, 0..1."""
    return compared(name, [(_told(pair.a), _told(pair.b)) for pair in given])


def _told(mention: Mention) -> Profile:
    return replace(profile(mention, "a"), addresses=(mention.address,) if mention.address else ())


def compared(name: str, given: Iterable[tuple[Profile, Profile]]) -> list[float]:
    """What a matcher of nomenklatura makes of pairs of profiles, 0..1."""
    from nomenklatura.matching import get_algorithm

    algorithm = get_algorithm(name)
    if algorithm is None:
        raise ValueError(f"nomenklatura has no matcher {name}")
    config = algorithm.default_config()
    return [algorithm.compare(_entity(a, "a"), _entity(b, "b"), config).score for a, b in given]


def _entity(known: Profile, node: str) -> EntityProxy:
    from followthemoney.proxy import EntityProxy

    schema = "Person" if known.nature == "person" else "Company"
    told = {"name": known.names, "address": known.addresses, "phone": known.phones, "email": known.emails}
    properties = {name: list(values) for name, values in told.items()}
    if known.nature == "person" and known.born:
        properties["birthDate"] = [known.born]
    return EntityProxy.from_dict({"id": node, "schema": schema, "properties": properties})
