"""What the ontology says of the personal: the kinds of nodes and properties that are, and where else it may stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from graph.ontology import Ontology, Property, ontology

PUBLISHERS = frozenset(("Company", "Listing"))
"""The kinds of nodes whose contact data is no secret: a company gives it to its register, a listing to everybody."""

PUBLIC = ("companies", "listings")
"""The sources of which everybody can read what they state: registers of companies, and what platforms show."""

Key = Literal["record", "text", "sound", ""]
_KEYS: Mapping[str, Key] = {"mention": "record", "number": "text", "derived": "text"}


@dataclass(frozen=True, slots=True)
class Rule:
    """What the ontology says of the personal in a kind of node or link.

    Attributes:
        is_personal: Whether its keys are somebody's.
        key: How its keys may hold what is somebody's all the same: that of a mention in the key of its `record`, those
            that a register gave or that were read from other values in their `text`, that of a name in the `sound` of
            what was written; '' when they cannot.
        sensitive: Its sensitive properties.
        texts: Its properties that are texts.
    """

    is_personal: bool
    key: Key
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
        written: The kinds of links that hold what was written, by the kind of node of which the key is its sound.
    """

    of: Mapping[str, Rule]
    kinds: frozenset[str]
    parts: frozenset[str]
    published: Mapping[str, frozenset[str]]
    places: frozenset[str]
    written: Mapping[str, frozenset[str]]

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
    sounds = {name for name, kind in known.kinds.items() if kind.identity == "derived" and kind.group == "party"}
    of = {name: _rule("", link.properties) for name, link in known.links.items()}
    for name, kind in known.kinds.items():
        is_personal = name in marked | parts
        key: Key = "" if is_personal else "sound" if name in sounds else _KEYS.get(kind.identity, "")
        of[name] = _rule(key, kind.properties, is_personal)
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
        {kind: frozenset(name for name, link in known.links.items() if link.targets == {kind}) for kind in sounds},
    )


def _rule(key: Key, properties: Mapping[str, Property], is_personal: bool = False) -> Rule:
    return Rule(
        is_personal,
        key,
        frozenset(p.name for p in properties.values() if p.sensitive),
        frozenset(p.name for p in properties.values() if p.type in ("text", "url")),
    )
