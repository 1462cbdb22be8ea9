from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest

from graph.errors import InvalidValue
from graph.model import Cut, Direction, Link, Place, Record, StatedLink, order_of
from graph.opening import open_store
from graph.store import Store

Made = Callable[..., Record]
YONGFEI = "Company/91330304MA6QDUMH3D"


def consignments(store: Store, **how: object) -> list[str]:
    """The consignments of the company, in the order that the store gives them."""
    return [link.source for link in store.expand([YONGFEI], **how).links[YONGFEI]]  # type: ignore[arg-type]


def test_links_are_given_in_both_directions(store: Store, row: Made, consigned: Made) -> None:
    phone = "Phone/+8613800000001"
    link = StatedLink("HAS_PHONE", YONGFEI, phone, "2025-01-01", values={})
    store.merge([consigned("1", YONGFEI), row("2", (YONGFEI, "party"), (phone, "phone"), links=[link])])
    found = store.expand([YONGFEI, phone])
    assert [(k.kind, k.other(YONGFEI)) for k in found.links[YONGFEI]] == [
        ("HAS_PHONE", phone),
        ("CONSIGNED_BY", "Consignment/1"),
    ]
    assert [(k.source, k.target) for k in found.links[phone]] == [(YONGFEI, phone)]
    assert not found.cut


def test_a_direction_or_kinds_may_be_asked_for(store: Store, row: Made, consigned: Made) -> None:
    phone = "Phone/+8613800000001"
    link = StatedLink("HAS_PHONE", YONGFEI, phone)
    store.merge([consigned("1", YONGFEI), row("2", (YONGFEI, "party"), (phone, "phone"), links=[link])])
    assert [k.kind for k in store.expand([YONGFEI], direction="in").links[YONGFEI]] == ["CONSIGNED_BY"]
    assert [k.kind for k in store.expand([YONGFEI], direction="out").links[YONGFEI]] == ["HAS_PHONE"]
    assert [k.kind for k in store.expand([YONGFEI], kinds={"HAS_PHONE", "ELSE"}).links[YONGFEI]] == ["HAS_PHONE"]
    assert store.expand([YONGFEI], kinds=[]).links == {YONGFEI: []}


def test_an_unknown_node_has_no_links(store: Store) -> None:
    found = store.expand(["Company/none", "Planet/1", "none"])
    assert {node: list(links) for node, links in found.links.items()} == {
        "Company/none": [],
        "Planet/1": [],
        "none": [],
    }


def test_the_newest_links_come_first_and_undated_ones_last(store: Store, consigned: Made) -> None:
    days = {"a": "2025-02-01", "b": None, "c": "2025-03-01", "d": "2024-12-31"}
    store.merge([consigned(key, YONGFEI, day) for key, day in days.items()])
    assert consignments(store) == [f"Consignment/{key}" for key in "cadb"]


def test_links_of_one_day_come_in_the_fixed_order(store: Store, consigned: Made) -> None:
    store.merge([consigned(str(i), YONGFEI, "2025-01-01") for i in range(20)])
    assert consignments(store) == sorted((f"Consignment/{i}" for i in range(20)), key=order_of)


def test_a_link_is_as_new_as_its_newest_record(store: Store, consigned: Made) -> None:
    store.merge([consigned("a", YONGFEI, "2025-01-01"), consigned("b", YONGFEI, "2025-02-01")])
    store.merge([consigned("a", YONGFEI, "2025-03-01", source="other")])
    assert consignments(store) == ["Consignment/a", "Consignment/b"]


@pytest.mark.parametrize("limit", [1, 3, 7])
def test_what_is_cut_is_told_with_its_total(store: Store, consigned: Made, limit: int) -> None:
    store.merge([consigned(str(i), YONGFEI, f"2025-01-{i // 2 + 1:02}") for i in range(20)])
    everything = consignments(store)
    assert consignments(store, limit=limit) == everything[:limit]
    assert list(store.expand([YONGFEI], limit=limit).cut) == [Cut(YONGFEI, "CONSIGNED_BY", "in", 20, limit)]
    assert not store.expand([YONGFEI], limit=20).cut


def test_where_there_are_very_many_links_the_newest_are_given(store: Store, consigned: Made) -> None:
    store.merge([consigned(str(i), YONGFEI, f"2024-{i % 12 + 1:02}-{i % 28 + 1:02}") for i in range(700)])
    store.merge([consigned(str(i), YONGFEI, "2025-01-01", source="other") for i in range(5)])
    found = store.expand([YONGFEI], limit=150)
    days = {k.source: max(k.start or "", "2025-01-01" if len(k.records) > 1 else "") for k in store.links()}
    newest = sorted(sorted(days, key=order_of), key=lambda node: days[node], reverse=True)
    assert [k.source for k in found.links[YONGFEI]] == newest[:150]
    assert list(found.cut) == [Cut(YONGFEI, "CONSIGNED_BY", "in", 700, 150)]


def test_one_link_of_many_records_is_one_link(store: Store, row: Made) -> None:
    phone = "Phone/+8613800000001"
    link = StatedLink("HAS_PHONE", YONGFEI, phone)
    store.merge([row(str(i), (YONGFEI, "party"), (phone, "phone"), links=[link]) for i in range(300)])
    found = store.expand([YONGFEI], limit=2)
    assert [len(k.records) for k in found.links[YONGFEI]] == [300]
    assert not found.cut


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        ("2025-01-05", "2025-01-10", "abc"),
        ("2025-01-11", "2025-01-19", "bc"),
        ("2025-01-21", None, "c"),
        (None, "2025-01-04", "c"),
        (None, "2025-01-05", "ac"),
        ("2025-01-20", "2025-01-20", "bc"),
        (None, None, "abc"),
    ],
)
def test_a_window_holds_the_links_whose_dates_touch_it_and_undated_ones(
    store: Store, consigned: Made, start: str | None, end: str | None, inside: str
) -> None:
    store.merge(
        [
            consigned("a", YONGFEI, "2025-01-05", "2025-01-10"),
            consigned("b", YONGFEI, "2025-01-07", "2025-01-20"),
            consigned("c", YONGFEI),
        ]
    )
    assert sorted(consignments(store, start=start, end=end)) == [f"Consignment/{key}" for key in inside]


def test_in_a_window_a_link_is_what_the_records_within_it_state(store: Store, consigned: Made) -> None:
    store.merge([consigned("a", YONGFEI, "2025-01-01"), consigned("b", YONGFEI, "2025-02-01")])
    store.merge([consigned("a", YONGFEI, "2025-03-01", source="other")])
    found = store.expand([YONGFEI], start="2025-01-01", end="2025-02-15").links[YONGFEI]
    assert [(k.source, k.start, k.records) for k in found] == [
        ("Consignment/b", "2025-02-01", ("freight:b",)),
        ("Consignment/a", "2025-01-01", ("freight:a",)),
    ]


def test_in_a_window_what_is_cut_is_told_with_the_total_within_it(store: Store, consigned: Made) -> None:
    store.merge([consigned(str(i), YONGFEI, f"2025-{i % 10 + 1:02}-01") for i in range(400)])
    found = store.expand([YONGFEI], start="2025-03-01", end="2025-07-31", limit=120)
    newest = sorted((k for k in found.links[YONGFEI]), key=lambda k: order_of(k.source))
    newest.sort(key=lambda k: k.start or "", reverse=True)
    assert list(found.links[YONGFEI]) == newest
    assert {k.start for k in newest} == {"2025-07-01", "2025-06-01", "2025-05-01"}
    assert list(found.cut) == [Cut(YONGFEI, "CONSIGNED_BY", "in", 200, 120)]
    few = store.expand([YONGFEI], start="2025-03-01", end="2025-03-31", limit=120)
    assert len(few.links[YONGFEI]) == 40
    assert not few.cut


Window = tuple[str | None, str | None]
EVER: Window = (None, None)


def paged(store: Store, node: str, size: int, direction: Direction = "both", window: Window = EVER) -> list[Link]:
    """All links around a node, asked for page by page."""
    links: list[Link] = []
    after = None
    while True:
        found = store.expand([node], None, direction, *window, limit=size, after=after)
        page = sorted(found.links[node], key=lambda k: (k.kind, k.place(node, direction).direction == "in"))[:size]
        if not page:
            return links
        links += page
        after = page[-1].place(node, direction)


def whole(store: Store, node: str, direction: Direction = "both", window: Window = EVER) -> list[Link]:
    found = store.expand([node], None, direction, *window, limit=10_000)
    return sorted(found.links[node], key=lambda k: (k.kind, k.place(node, direction).direction == "in"))


@pytest.mark.parametrize("size", [1, 3, 50])
def test_pages_hold_every_link_once(store: Store, row: Made, consigned: Made, size: int) -> None:
    store.merge([consigned(str(i), YONGFEI, f"2025-01-{i // 4 + 1:02}" if i % 3 else None) for i in range(20)])
    store.merge([consigned(str(i), YONGFEI, "2025-02-01", source="other") for i in range(0, 20, 7)])
    links = [StatedLink("HAS_PHONE", YONGFEI, f"Phone/+861380000000{i}", "2025-01-01") for i in range(5)]
    store.merge([row("phones", (YONGFEI, "party"), *((k.target, k.target) for k in links), links=links)])
    assert paged(store, YONGFEI, size) == whole(store, YONGFEI)
    inside = ("2025-01-02", "2025-01-20")
    assert paged(store, YONGFEI, size, window=inside) == whole(store, YONGFEI, window=inside)
    assert len(whole(store, YONGFEI, window=inside)) < len(whole(store, YONGFEI)) == 25


def test_pages_of_very_many_links_hold_every_link_once(store: Store, consigned: Made) -> None:
    store.merge([consigned(str(i), YONGFEI, f"2024-{i % 12 + 1:02}-01" if i % 5 else None) for i in range(700)])
    store.merge([consigned(str(i), YONGFEI, "2024-12-31", source="other") for i in range(0, 700, 90)])
    assert paged(store, YONGFEI, 150) == whole(store, YONGFEI)
    inside = ("2024-03-01", "2024-11-30")
    assert paged(store, YONGFEI, 150, window=inside) == whole(store, YONGFEI, window=inside)


def test_links_that_come_meanwhile_are_not_on_later_pages(store: Store, consigned: Made) -> None:
    store.merge([consigned(str(i), YONGFEI, "2025-01-01") for i in range(6)])
    before = whole(store, YONGFEI)
    after = before[2].place(YONGFEI)
    store.merge([consigned(f"new {i}", YONGFEI, "2025-03-01") for i in range(200)])
    store.merge([consigned(before[4].source.partition("/")[2], YONGFEI, "2025-03-01", source="other")])
    assert list(store.expand([YONGFEI], after=after).links[YONGFEI]) == [before[3], before[5]]
    assert not store.expand([YONGFEI], after=after, limit=2).cut


@pytest.mark.parametrize("many", [10, 400])
def test_what_is_cut_behind_a_place_is_told_with_what_is_behind_it(store: Store, consigned: Made, many: int) -> None:
    store.merge([consigned(str(i), YONGFEI, "2025-01-01") for i in range(many)])
    after = whole(store, YONGFEI)[3].place(YONGFEI)
    assert list(store.expand([YONGFEI], limit=2, after=after).cut) == [Cut(YONGFEI, "CONSIGNED_BY", "in", many - 4, 2)]


def test_a_place_stands_between_kinds_and_directions_too(store: Store, row: Made, consigned: Made) -> None:
    store.merge([consigned("1", YONGFEI)])
    phone = "Phone/+8613800000001"
    other = "Company/91440113MAN7Y3586H"
    links = [
        StatedLink("HAS_PHONE", YONGFEI, phone),
        StatedLink("HAS_SHAREHOLDER", YONGFEI, other),
        StatedLink("HAS_SHAREHOLDER", other, YONGFEI),
    ]
    store.merge([row("2", (YONGFEI, "a"), (other, "b"), (phone, "c"), links=links)])

    def behind(kind: str, direction: Literal["out", "in"]) -> list[tuple[str, str]]:
        found = store.expand([YONGFEI], after=Place(kind, direction, None, 2**63 - 1)).links[YONGFEI]
        return sorted((k.kind, k.place(YONGFEI).direction) for k in found)

    assert behind("CONSIGNED_BY", "out") == sorted(
        [("CONSIGNED_BY", "in"), ("HAS_PHONE", "out"), ("HAS_SHAREHOLDER", "in"), ("HAS_SHAREHOLDER", "out")]
    )
    assert behind("CONSIGNED_BY", "in") == sorted(
        [("HAS_PHONE", "out"), ("HAS_SHAREHOLDER", "in"), ("HAS_SHAREHOLDER", "out")]
    )
    assert behind("HAS_SHAREHOLDER", "out") == [("HAS_SHAREHOLDER", "in")]
    assert behind("HAS_SHAREHOLDER", "in") == behind("NONE", "out") == []


def test_a_link_from_a_node_to_itself_is_paged_in_each_direction(store: Store, row: Made) -> None:
    store.merge([row("1", (YONGFEI, "a"), links=[StatedLink("HAS_SHAREHOLDER", YONGFEI, YONGFEI)])])
    directions: tuple[Direction, ...] = ("out", "in")
    for direction in directions:
        assert [k.target for k in paged(store, YONGFEI, 1, direction)] == [YONGFEI]


def test_each_kind_and_direction_has_its_own_limit(store: Store, row: Made, consigned: Made) -> None:
    store.merge([consigned(str(i), YONGFEI) for i in range(4)])
    phones = [f"Phone/+861380000000{i}" for i in range(3)]
    links = [StatedLink("HAS_PHONE", YONGFEI, phone) for phone in phones]
    store.merge([row("9", (YONGFEI, "party"), *((phone, phone) for phone in phones), links=links)])
    found = store.expand([YONGFEI], limit=2)
    assert [k.kind for k in found.links[YONGFEI]] == ["HAS_PHONE"] * 2 + ["CONSIGNED_BY"] * 2
    assert set(found.cut) == {Cut(YONGFEI, "HAS_PHONE", "out", 3, 2), Cut(YONGFEI, "CONSIGNED_BY", "in", 4, 2)}


def test_a_node_asked_for_twice_is_given_once(store: Store, consigned: Made) -> None:
    store.merge([consigned("1", YONGFEI)])
    assert [len(links) for links in store.expand([YONGFEI, YONGFEI]).links.values()] == [1]


def test_a_day_that_is_none_is_refused(store: Store) -> None:
    with pytest.raises(InvalidValue):
        store.expand([YONGFEI], start="2025-02-30")


def test_a_link_names_the_records_of_now_whoever_wrote_them(store: Store, store_url: str, consigned: Made) -> None:
    store.merge([consigned("1", YONGFEI)])
    assert store.expand([YONGFEI]).links[YONGFEI][0].records == ("freight:1",)
    with open_store(store_url) as other:
        other.retract(["freight:1"])
        other.merge([consigned("2", YONGFEI)])
    assert [(k.source, k.records) for k in store.expand([YONGFEI]).links[YONGFEI]] == [
        ("Consignment/2", ("freight:2",))
    ]
    store.retract(["freight:2"])
    store.merge([consigned("3", YONGFEI)])
    assert store.expand([YONGFEI]).links[YONGFEI][0].records == ("freight:3",)
