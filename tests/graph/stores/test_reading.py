from __future__ import annotations

from collections.abc import Callable

import pytest

from graph.model import Node, Record, StatedLink, Statement, order_of
from graph.store import Store

Made = Callable[..., Record]
YONGFEI = "Company/91330304MA6QDUMH3D"


def test_unknown_ids_are_left_out(store: Store) -> None:
    unknown = ["Company/none", "Planet/none", "none", ""]
    assert store.get(unknown) == {}
    assert store.degrees(unknown) == {}
    assert store.statements(unknown) == {}
    assert store.records(unknown) == {}
    assert store.digests(unknown) == {}


def test_no_ids_give_no_answers(store: Store) -> None:
    for answer in (store.get([]), store.degrees([]), store.statements([]), store.records([]), store.digests([])):
        assert answer == {}
    assert store.expand([]).links == {}
    assert store.find("Listing", "url", []) == {}
    assert store.retract([]) == store.release([]) == 0


def test_nodes_come_in_the_order_they_are_asked_for(store: Store, row: Made) -> None:
    asked = [f"Company/{i}" for i in (5, 3, 9, 1)]
    store.merge([row("1", *((node, node) for node in reversed(asked)))])
    assert list(store.get(asked)) == asked
    assert list(store.degrees(asked)) == asked
    assert list(store.statements(asked)) == asked


def test_more_ids_than_a_query_can_bind_are_found(store: Store, row: Made) -> None:
    nodes = [f"Company/{i}" for i in range(1200)]
    store.merge([row(node, (node, "party")) for node in nodes])
    assert len(store.get(iter(nodes))) == len(store.digests(f"freight:{n}" for n in nodes)) == 1200
    assert len(store.records(f"freight:{n}" for n in nodes)) == 1200


def test_the_value_most_often_stated_comes_first(store: Store, row: Made) -> None:
    names = ["b", "c", "c", "a"]
    store.merge([row(str(i), (YONGFEI, "party", {"name": name})) for i, name in enumerate(names)])
    assert store.get([YONGFEI]) == {YONGFEI: Node(YONGFEI, {"name": ("c", "a", "b")}, 4)}


def test_a_node_without_values_has_none(store: Store, row: Made) -> None:
    store.merge([row("1", ("Phone/+8613800000001", "phone"))])
    assert store.get(["Phone/+8613800000001"]) == {"Phone/+8613800000001": Node("Phone/+8613800000001", {}, 1)}


def test_a_node_is_found_by_a_value_that_identifies_it(store: Store, row: Made) -> None:
    url = "https://item.example.com/?id=10203"
    for key in ("b", "a"):
        store.merge([row(key, (f"Listing/taobao/{key}", "listing", {"url": url, "title": "充电宝"}))])
    assert store.find("Listing", "url", [url, "https://elsewhere.example"]) == {
        url: ("Listing/taobao/a", "Listing/taobao/b")
    }


def test_a_node_is_found_by_each_of_several_values(store: Store, row: Made) -> None:
    urls = ["https://a.example/1", "https://b.example/1"]
    for url in urls:
        store.merge([row(url, ("Listing/1", "listing", {"url": url}))])
    assert store.find("Listing", "url", urls) == {url: ("Listing/1",) for url in urls}


def test_a_value_that_is_no_longer_stated_finds_nothing(store: Store, row: Made) -> None:
    old, new = "https://a.example/1", "https://b.example/1"
    store.merge([row("1", ("Listing/1", "listing", {"url": old}))])
    store.merge([row("1", ("Listing/1", "listing", {"url": new}))])
    assert store.find("Listing", "url", [old, new]) == {new: ("Listing/1",)}


def test_a_very_long_value_finds_its_node(store: Store, row: Made) -> None:
    url = "https://a.example/?q=" + "长" * 40_000
    store.merge([row("1", ("Listing/1", "listing", {"url": url}))])
    assert store.find("Listing", "url", [url, url[:-1]]) == {url: ("Listing/1",)}
    assert store.get(["Listing/1"])["Listing/1"].get("url") == url


def test_nothing_is_found_by_a_value_that_identifies_no_node(store: Store, row: Made) -> None:
    store.merge([row("1", ("Listing/1", "listing", {"title": "充电宝"}))])
    assert store.find("Listing", "title", ["充电宝"]) == store.find("Planet", "url", ["x"]) == {}


def test_statements_say_what_records_say_of_a_node_in_the_fixed_order(store: Store, row: Made) -> None:
    for key in "abcde":
        store.merge([row(key, (YONGFEI, "rep"), (YONGFEI, "party", {"name": key}))])
    by_order = sorted("abcde", key=lambda key: order_of(f"freight:{key}"))
    said = [
        Statement(f"freight:{key}", field, values)
        for key in by_order
        for field, values in (("party", {"name": key}), ("rep", {}))
    ]
    assert store.statements([YONGFEI]) == {YONGFEI: tuple(said)}
    assert store.statements([YONGFEI], limit=3) == {YONGFEI: tuple(said[:3])}


@pytest.mark.parametrize("size", [1, 2, 3, 20])
def test_pages_of_statements_hold_each_once(store: Store, row: Made, size: int) -> None:
    for key in "abcde":
        store.merge([row(key, (YONGFEI, "rep"), (YONGFEI, "party", {"name": key}))])
    everything = store.statements([YONGFEI])[YONGFEI]
    paged: list[Statement] = []
    while page := store.statements([YONGFEI], size, (order_of(paged[-1].record), paged[-1].field) if paged else None):
        assert len(page[YONGFEI]) <= size
        paged += page[YONGFEI]
    assert paged == list(everything)


def test_digests_are_those_of_the_records(store: Store, row: Made) -> None:
    store.merge([row("1", digest="a"), row("2", digest="b")])
    assert store.digests(["freight:2", "freight:1", "freight:3"]) == {"freight:1": "a", "freight:2": "b"}


def test_degrees_count_links_by_kind_and_direction(store: Store, row: Made, consigned: Made) -> None:
    phone = "Phone/+8613800000001"
    store.merge([consigned(str(i), YONGFEI) for i in range(3)])
    store.merge([consigned("0", YONGFEI, source="other")])
    link = StatedLink("HAS_PHONE", YONGFEI, phone)
    store.merge([row("9", (YONGFEI, "party"), (phone, "phone"), ("Vehicle/1", "plate"), links=[link])])
    assert store.degrees([YONGFEI, "Vehicle/1"]) == {
        YONGFEI: {("CONSIGNED_BY", "in"): 3, ("HAS_PHONE", "out"): 1},
        "Vehicle/1": {},
    }
