"""Lists that are told page by page hold for every viewer what that viewer may see, each item once."""

from __future__ import annotations

from typing import Any

import pytest

from api.access.viewer import Viewer
from api.masks.paging import Spot
from api.masks.policy import Policy
from graph.model import Link, Mention, Record, StatedLink, order_of
from graph.store import Store
from tests.api.masks.conftest import VAULT, policy, viewer

VIEWERS = (
    viewer("admin"),
    viewer("enforcement", jurisdictions=("33",)),
    viewer("customs", jurisdictions=("44", "3303")),
    viewer("right_holder"),
)


def paged(asked: Policy, node: str, limit: int, **how: Any) -> list[Link]:
    """All links around a node, page by page."""
    links: list[Link] = []
    after: Spot | None = None
    while True:
        part = asked.links([node], limit=limit, after=after, **how)[node]
        assert len(part.items) == len(part.places) <= limit
        links += part.items
        if not part.has_more:
            return links
        assert part.end is not None
        assert after is None or part.end.rank > after.rank
        after = part.end


@pytest.mark.parametrize("who", VIEWERS, ids=lambda who: who.role)
@pytest.mark.parametrize("limit", [1, 3])
def test_pages_hold_every_link_that_is_seen_once(market: Store, who: Viewer, limit: int) -> None:
    asked = policy(market, who)
    nodes = [*asked.shown(node.id for node in market.nodes()).values()]
    assert len(nodes) >= 5
    for node in nodes:
        around = asked.expand([node], limit=1000).links
        links = paged(asked, node, limit)
        assert sorted(map(str, links)) == sorted(map(str, around))
        assert [k.kind for k in links] == sorted(k.kind for k in links)


def ringing(*numbers: int, day: str = "2025-01-01") -> list[Record]:
    """Records of phones of a site."""
    phones = [f"Phone/+86138{number:08}" for number in numbers]
    return [
        Record(
            "sites", phone, "s.csv", 1, "", {}, (Mention("Site/S9", "site"), Mention(phone, "phone")),
            (StatedLink("HAS_PHONE", "Site/S9", phone, day),),
        )
        for phone in phones
    ]  # fmt: skip


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_the_order_of_masked_ends_is_not_that_of_their_ids(empty: Store, limit: int) -> None:
    empty.merge(ringing(*range(120)))
    links = paged(policy(empty), "Site/S9", limit)
    real = [VAULT.open(link.target) for link in links]
    assert None not in real
    assert len({*real}) == 120
    assert links == sorted(links, key=lambda link: order_of(link.target))
    ranks = [order_of(str(node)) for node in real]
    steps = [a < b for a, b in zip(ranks, ranks[1:], strict=False)]
    assert 40 < sum(steps) < 79


def test_pages_of_very_many_masked_ends_hold_each_once_though_others_come(empty: Store) -> None:
    empty.merge(ringing(*range(1000)) + ringing(*range(1000, 1010), day="2025-02-01"))
    asked = policy(empty)
    part = asked.links(["Site/S9"], limit=90)["Site/S9"]
    links = [*part.items]
    empty.merge(ringing(*range(2000, 2300), day="2025-03-01"))
    while part.has_more:
        part = asked.links(["Site/S9"], limit=90, after=part.end)["Site/S9"]
        links += part.items
    assert sorted(VAULT.open(link.target) or "" for link in links) == [f"Phone/+86138{n:08}" for n in range(1010)]
    fetched = policy(empty).links(["Site/S9"], limit=90)["Site/S9"]
    assert fetched.total == 1310


@pytest.mark.parametrize("who", VIEWERS, ids=lambda who: who.role)
def test_a_total_is_of_what_is_seen_or_is_not_told(market: Store, who: Viewer) -> None:
    asked = policy(market, who)
    for node in asked.shown(node.id for node in market.nodes()).values():
        seen = len(paged(asked, node, 100))
        for limit in (1, 100):
            total = asked.links([node], limit=limit)[node].total
            assert total == seen or (total is None and asked.is_limited and limit < seen + 1)


@pytest.mark.parametrize("who", VIEWERS, ids=lambda who: who.role)
@pytest.mark.parametrize("window", [("2025-06-01", None), (None, "2025-06-30"), ("2025-06-01", "2025-06-30")])
def test_pages_of_a_time_hold_the_links_of_that_time(
    market: Store, who: Viewer, window: tuple[str | None, str | None]
) -> None:
    asked = policy(market, who)
    start, end = window
    for node in asked.shown(node.id for node in market.nodes()).values():
        around = asked.expand([node], start=start, end=end, limit=1000).links
        assert sorted(map(str, paged(asked, node, 2, start=start, end=end))) == sorted(map(str, around))


def test_a_page_tells_of_no_node_that_is_hidden_and_notes_those_it_tells_of(market: Store) -> None:
    for who in VIEWERS:
        asked = policy(market, who)
        shown = asked.shown(node.id for node in market.nodes())
        asked.read.clear()
        told = [link for node in shown.values() for link in paged(asked, node, 3)]
        ends = {end for link in told for end in (link.source, link.target)}
        assert ends <= {*shown.values()}
        assert {shown[node] for node in asked.read} == ends


@pytest.mark.parametrize("who", VIEWERS, ids=lambda who: who.role)
def test_pages_of_statements_hold_all_that_is_said(market: Store, who: Viewer) -> None:
    asked = policy(market, who)
    whole = asked.statements(asked.shown(node.id for node in market.nodes()).values())
    for node, said in whole.items():
        found: list[Any] = []
        part = asked.said([node], 2)[node]
        while True:
            found += part.items
            if not part.has_more:
                break
            part = asked.said([node], 2, part.end)[node]
        assert sorted(map(str, found)) == sorted(map(str, said))


def test_pages_of_hits_hold_each_once(market: Store) -> None:
    for who in VIEWERS:
        asked = policy(market, who)
        whole = asked.search("永", limit=1000)
        part, _ = asked.hits("永", None, 2)
        found = [*part.items]
        while part.has_more:
            part, _ = asked.hits("永", None, 2, part.end)
            found += part.items
        assert found == list(whole.hits)
        assert part.total == whole.total
