from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from graph.model import Record, SetAside, StatedLink, kind_of, order_of
from graph.opening import open_store
from graph.store import Counts, Store

Made = Callable[..., Record]
YONGFEI = "Company/91330304MA6QDUMH3D"


def test_an_empty_store_holds_nothing(store: Store) -> None:
    for everything in (store.nodes(), store.links(), store.all_records(), store.quarantine()):
        assert not list(everything)
    assert store.counts() == Counts({}, {}, {}, {})
    assert store.changes()[1] == ()


def test_nodes_come_by_kind_and_then_in_the_fixed_order(store: Store, row: Made) -> None:
    ids = [f"{kind}/{i}" for kind in ("Phone", "Company", "Address") for i in range(30)]
    store.merge([row(node, (node, "field")) for node in ids])
    ids.sort(key=lambda node: (kind_of(node), order_of(node)))
    assert [node.id for node in store.nodes()] == ids
    assert [node.id for node in store.nodes({"Phone", "Address", "Planet"})] == [i for i in ids if i[0] != "C"]
    assert list(store.nodes([])) == []


def test_links_come_by_kind_and_then_in_the_fixed_order_of_their_ends(store: Store, row: Made) -> None:
    made, ends = [], []
    for i in range(40):
        kind, source, target = ("HAS_PHONE", "HAS_EMAIL")[i % 2], f"Company/{i % 7}", f"{('Phone', 'Email')[i % 2]}/{i}"
        made.append(row(str(i), (source, "a"), (target, "b"), links=[StatedLink(kind, source, target)]))
        ends.append((kind, source, target))
    store.merge(made)
    ends.sort(key=lambda end: (end[0], order_of(end[1]), order_of(end[2])))
    assert [(k.kind, k.source, k.target) for k in store.links()] == ends
    assert [(k.kind, k.source, k.target) for k in store.links({"HAS_EMAIL"})] == ends[:20]
    assert list(store.links([])) == []


def test_all_records_come_whole_by_source_and_key(store: Store, row: Made) -> None:
    made = [row(str(i), (f"Company/{i}", "party", {"name": "永飞"})) for i in range(30)]
    store.merge(made)
    made.sort(key=lambda record: (record.source, record.key))
    assert [replace(record, received="") for record in store.all_records()] == made


def test_another_store_is_filled_with_the_records_of_one(store: Store, row: Made, consigned: Made) -> None:
    store.merge([consigned(str(i), YONGFEI, "2025-01-01") for i in range(20)])
    nodes, links, records = list(store.nodes()), list(store.links()), list(store.all_records())
    store.wipe()
    store.merge(records)
    assert (list(store.nodes()), list(store.links()), list(store.all_records())) == (nodes, links, records)


def test_what_is_being_read_is_of_one_moment(store: Store, row: Made) -> None:
    nodes = [f"Company/{i}" for i in range(3000)]
    store.merge([row(node, (node, "party")) for node in nodes])
    reading, records = store.nodes(), store.all_records()
    first = next(reading)
    next(records)
    store.retract(f"freight:{node}" for node in nodes)
    store.merge([row("new", ("Company/new", "party"))])
    assert {first.id, *(node.id for node in reading)} == set(nodes)
    assert len(list(records)) == 2999
    assert [node.id for node in store.nodes()] == ["Company/new"]


def test_a_reading_may_be_given_up(store: Store, row: Made) -> None:
    store.merge([row(str(i), (f"Company/{i}", "party")) for i in range(3000)])
    for node in store.nodes():
        if node.id:
            break
    assert store.retract(["freight:1"]) == 1


def test_counts_tell_what_a_store_holds(store: Store, consigned: Made, refused: Callable[..., SetAside]) -> None:
    store.merge([consigned("1", YONGFEI), consigned("2", YONGFEI)], [refused(7)])
    store.merge([consigned("2", YONGFEI, source="other")])
    assert store.counts() == Counts(
        nodes={"Company": 1, "Consignment": 2},
        links={"CONSIGNED_BY": 2},
        records={"freight": 2, "other": 1},
        set_aside={"freight": 1},
    )
    assert store.counts(links=False) == replace(store.counts(), links={})


def test_changes_name_the_nodes_that_were_changed_since(store: Store, row: Made) -> None:
    store.merge([row("1", ("Company/1", "party")), row("2", ("Company/2", "party"), ("Company/3", "rep"))])
    last, everything = store.changes()
    assert everything == tuple(sorted(("Company/1", "Company/2", "Company/3"), key=order_of))
    assert store.changes(last) == (last, ())
    store.merge([row("4", ("Company/2", "party"))])
    store.retract(["freight:1"])
    now, since = store.changes(last)
    assert now > last
    assert since == ("Company/2",)


def test_a_wiped_store_is_empty_and_can_be_filled_again(
    store: Store, row: Made, refused: Callable[..., SetAside]
) -> None:
    made = row("1", ("Company/1", "party", {"name": "永飞"}), ("Listing/1", "listing", {"url": "https://a.example"}))
    store.merge([made], [refused(1)])
    last, _ = store.changes()
    store.wipe()
    assert store.counts() == Counts({}, {}, {}, {})
    assert store.files() == []
    assert store.search(["永飞"]).total == 0
    assert store.changes()[0] > last
    assert store.merge([made]).added == 1
    assert store.search(["永飞"]).total == 1
    assert store.find("Listing", "url", ["https://a.example"]) == {"https://a.example": ("Listing/1",)}


def test_what_was_kept_is_there_when_the_store_is_opened_again(store: Store, store_url: str, row: Made) -> None:
    store.merge([row("1", ("Company/1", "a field of its own", {"name": "永飞"}))])
    with open_store(store_url, create=False) as again:
        assert again.get(["Company/1"]) == store.get(["Company/1"])
        assert [s.field for s in again.statements(["Company/1"])["Company/1"]] == ["a field of its own"]
        assert again.search(["永"]).nodes == ("Company/1",)


def test_a_store_opened_before_sees_what_another_writes(
    store: Store, store_url: str, row: Made, consigned: Made
) -> None:
    with open_store(store_url) as reader:
        assert reader.counts().nodes == {}
        store.merge([consigned("1", YONGFEI), row("2", ("Vehicle/1", "a field of its own"))])
        assert len(reader.expand([YONGFEI]).links[YONGFEI]) == 1
        assert [s.field for s in reader.statements(["Vehicle/1"])["Vehicle/1"]] == ["a field of its own"]
        assert [node.id for node in reader.nodes({"Vehicle"})] == ["Vehicle/1"]


def test_the_url_of_a_store_shows_no_password(store: Store, store_url: str) -> None:
    if "@" in store_url:
        password = store_url.partition("@")[0].rpartition(":")[2]
        assert password not in store.url
    assert store.url.partition(":")[0] == store_url.partition(":")[0]
