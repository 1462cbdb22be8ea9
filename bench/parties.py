"""The parties of a market: which node each mention names, what is known of each node, and whom each mention means."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bench.markets import Market
from bench.matched import Odds
from bench.workbench import Workbench
from graph.model import chunks, kind_of
from graph.opening import open_store
from graph.store import Store
from resolve.profiles import PARTIES, Profile, profiles

Mention = tuple[str, str]
"""A record, and the field of it that names a party."""


@dataclass(frozen=True, slots=True)
class Parties:
    """What is known of a market's parties, and what is true of them.

    Attributes:
        nodes: Mention -> the node that it names.
        truth: Mention -> whom it means, of those mentions of which it is told.
        profiles: What the store says of each node.
        seconds: How long the profiles were being read.
    """

    nodes: Mapping[Mention, str]
    truth: Mapping[Mention, str]
    profiles: list[Profile]
    seconds: float

    @property
    def meant(self) -> dict[str, str]:
        """Node -> whom it means, of those of which it is told."""
        return {self.nodes[mention]: entity for mention, entity in self.truth.items() if mention in self.nodes}

    def clustered(self, joined: Mapping[str, str]) -> dict[Mention, str]:
        """Mention -> the cluster of the node that it names, given those of nodes that are joined to others."""
        return {mention: joined.get(node, node) for mention, node in self.nodes.items()}

    def believed(self, pairs: Iterable[Odds], is_person: bool) -> list[tuple[float, bool]]:
        """The probability of each pair of persons, or of others, and whether it is one, where that is told."""
        meant = self.meant
        return [
            (p, meant[a] == meant[b])
            for a, b, p in pairs
            if a in meant and b in meant and meant[a].startswith("person") == is_person
        ]


def parties(bench: Workbench, market: Market) -> Parties:
    """The parties of a market, as its store has them."""
    truth = {
        (f"{row['feed']}:{row['key']}", row["field"]): row["entity"]
        for row in market.truth("same")
        if row["entity"].startswith(("company", "person", "foreign"))
    }
    with open_store(bench.store(market.name)) as store:
        nodes = named(store)
        bench.say(f"matching the parties of {market.name}")
        start = time.perf_counter()
        known = [profile for some in chunks(sorted(set(nodes.values())), 20_000) for profile in profiles(store, some)]
        return Parties(nodes, truth, known, time.perf_counter() - start)


def named(store: Store) -> dict[Mention, str]:
    """The node of a party that each mention names."""
    return {
        (record.id, mention.field): mention.node
        for record in store.all_records()
        for mention in record.mentions
        if kind_of(mention.node) in PARTIES
    }
