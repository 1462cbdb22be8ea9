from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from graph.errors import HeadwaterError
from graph.model import Inference, Merged, Record, StatedLink
from graph.store import Store

Made = Callable[..., Record]
YONGFEI = "Company/91330304MA6QDUMH3D"


def test_a_batch_of_nothing_changes_nothing(store: Store) -> None:
    before = store.changes()
    assert store.merge([]) == Merged()
    assert store.changes() == before


def test_new_records_are_added(store: Store, row: Made) -> None:
    made = row("1", (YONGFEI, "party", {"name": "永飞"}), raw={"名称": "永飞", "备注": ""})
    assert store.merge([made]) == Merged(added=1)
    assert replace(store.records([made.id])[made.id], received="") == made


def test_a_record_is_kept_with_the_time_it_came(store: Store, row: Made) -> None:
    made = row("1", (YONGFEI, "party"))
    store.merge([made])
    assert store.records([made.id])[made.id].received.endswith("+00:00")


def test_a_time_that_a_record_brings_along_is_kept(store: Store, row: Made) -> None:
    made = replace(row("1", (YONGFEI, "party")), received="2025-08-16T10:00:00+00:00")
    store.merge([made])
    assert store.records([made.id])[made.id] == made


def test_written_twice_equals_written_once(store: Store, row: Made) -> None:
    made = row("1", (YONGFEI, "party", {"name": "永飞"}))
    store.merge([made])
    before = store.changes(), store.get([YONGFEI]), store.records([made.id])
    assert store.merge([made]) == Merged(unchanged=1)
    assert (store.changes(), store.get([YONGFEI]), store.records([made.id])) == before


def test_a_changed_record_replaces_what_it_stated(store: Store, row: Made) -> None:
    phone, other = "Phone/+8613800000001", "Phone/+8613800000002"
    link = StatedLink("HAS_PHONE", YONGFEI, phone)
    store.merge([row("1", (YONGFEI, "party", {"name": "永飞"}), (phone, "phone"), links=[link])])
    link = StatedLink("HAS_PHONE", YONGFEI, other)
    again = row("1", (YONGFEI, "party", {"name": "永飛"}), (other, "phone"), links=[link])
    assert store.merge([again]) == Merged(replaced=1)
    assert set(store.get([YONGFEI, phone, other])) == {YONGFEI, other}
    assert store.get([YONGFEI])[YONGFEI].values == {"name": ("永飛",)}
    assert [link.target for link in store.links()] == [other]


def test_a_changed_record_keeps_what_it_still_states(store: Store, consigned: Made) -> None:
    store.merge([consigned("1", YONGFEI, "2025-01-01")])
    store.merge([consigned("1", YONGFEI, "2025-02-01")])
    assert [link.start for link in store.links()] == ["2025-02-01"]
    assert store.get([YONGFEI])[YONGFEI].mentions == 1


def test_of_a_record_sent_twice_in_a_batch_the_last_counts(store: Store, row: Made) -> None:
    first, last = row("1", (YONGFEI, "party", {"name": "永飞"})), row("1", (YONGFEI, "party", {"name": "永飛"}))
    assert store.merge([first, last]) == Merged(added=1, unchanged=1)
    assert store.get([YONGFEI])[YONGFEI].values == {"name": ("永飛",)}


def test_two_records_that_state_one_link_are_both_named(store: Store, row: Made) -> None:
    phone = "Phone/+8613800000001"
    for key, start in (("1", "2025-03-01"), ("2", "2025-01-01")):
        link = StatedLink("HAS_PHONE", YONGFEI, phone, start, "2025-04-0" + key)
        store.merge([row(key, (YONGFEI, "party"), (phone, "phone"), links=[link])])
    (found,) = store.links()
    assert (found.start, found.end, found.records) == ("2025-01-01", "2025-04-02", ("freight:1", "freight:2"))


def test_of_the_values_of_a_link_those_of_the_first_record_count(store: Store, row: Made) -> None:
    address = "Address/x"
    for key, values in (("2", {"text": "b", "unit": "2"}), ("1", {"text": "a"})):
        link = StatedLink("LOCATED_AT", YONGFEI, address, values=values)
        store.merge([row(key, (YONGFEI, "party"), (address, "address"), links=[link])])
    assert [link.values for link in store.links()] == [{"text": "a", "unit": "2"}]


def test_a_record_that_states_a_link_twice_counts_once(store: Store, row: Made) -> None:
    phone = "Phone/+8613800000001"
    links = [StatedLink("HAS_PHONE", YONGFEI, phone, day, day) for day in ("2025-02-01", "2025-01-01")]
    made = row("1", (YONGFEI, "party"), (phone, "phone"), links=links)
    store.merge([made])
    (link,) = store.links()
    assert (link.start, link.end, link.records) == ("2025-01-01", "2025-02-01", ("freight:1",))
    assert store.retract([made.id]) == 1
    assert not list(store.links())


def test_a_place_that_a_record_names_twice_counts_once(store: Store, row: Made) -> None:
    made = row("1", (YONGFEI, "party", {"name": "永飞"}), (YONGFEI, "party", {"name": "永飛", "status": "存续"}))
    store.merge([made])
    node = store.get([YONGFEI])[YONGFEI]
    assert (node.mentions, node.values) == (1, {"name": ("永飞",), "status": ("存续",)})
    assert [s.values for s in store.statements([YONGFEI])[YONGFEI]] == [{"name": "永飞", "status": "存续"}]
    store.retract([made.id])
    assert not store.get([YONGFEI])


def test_an_inferred_link_keeps_its_reasons(store: Store, row: Made) -> None:
    other, inference = "Party/freight:1#consignor", Inference("same name 1", 0.25, ("name", "电话"))
    link = StatedLink("SAME_AS", other, YONGFEI, inference=inference)
    store.merge([row("1", (YONGFEI, "party"), (other, "consignor"), links=[link])])
    assert [link.inference for link in store.links()] == [inference]


def test_of_several_inferences_the_most_probable_counts(store: Store, row: Made) -> None:
    other = "Party/freight:1#consignor"
    for key, probability in (("1", 0.25), ("2", 0.75), ("3", 0.5)):
        link = StatedLink("SAME_AS", other, YONGFEI, inference=Inference("rule", probability))
        store.merge([row(key, (YONGFEI, "party"), (other, "consignor"), links=[link])])
    assert [link.inference for link in store.links()] == [Inference("rule", 0.75)]


def test_a_link_that_one_record_states_outright_is_observed(store: Store, row: Made) -> None:
    other = "Party/freight:1#consignor"
    for key, inference in (("1", Inference("rule", 0.9)), ("2", None)):
        link = StatedLink("SAME_AS", other, YONGFEI, inference=inference)
        store.merge([row(key, (YONGFEI, "party"), (other, "consignor"), links=[link])])
    assert [link.inference for link in store.links()] == [None]
    store.retract(["freight:2"])
    assert [link.inference for link in store.links()] == [Inference("rule", 0.9)]


def test_a_link_may_lead_from_a_node_to_itself(store: Store, row: Made) -> None:
    store.merge([row("1", (YONGFEI, "party"), links=[StatedLink("SAME_AS", YONGFEI, YONGFEI)])])
    assert store.degrees([YONGFEI]) == {YONGFEI: {("SAME_AS", "out"): 1, ("SAME_AS", "in"): 1}}
    assert len(store.expand([YONGFEI]).links[YONGFEI]) == 2


def test_values_of_every_type_come_back_as_they_were(store: Store, row: Made) -> None:
    values = {"paid": "2025-08-16T18:00:00+08:00", "quantity": -(2**63), "amount": 0.1 + 0.2, "buyer_region": "浙江"}
    store.merge([row("1", ("Order/1", "order", values))])
    assert {n: v for n, (v,) in store.get(["Order/1"])["Order/1"].values.items()} == values


@pytest.mark.parametrize(
    "broken",
    [
        {"mentions": [("Planet/1", "party")]},
        {"mentions": [("Company", "party")]},
        {"mentions": [("Company/", "party")]},
        {"mentions": [("Company/" + "9" * 1501, "party")]},
        {"mentions": [("Company/1", "party", {"colour": "red"})]},
        {"mentions": [("Company/1", "party", {"name": None})]},
        {"mentions": [("Order/1", "order", {"amount": float("nan")})]},
        {"mentions": [("Order/1", "order", {"amount": float("-inf")})]},
        {"mentions": [("Order/1", "order", {"quantity": 2**63})]},
        {"mentions": [("Company/1", "party", {"name": "\ud800"})]},
        {"mentions": [("Company/1", "party", {"name": ["a"]})]},
        {"mentions": [(YONGFEI, "party")], "links": [StatedLink("HAS_PHONE", YONGFEI, "Phone/1")]},
        {"mentions": [(YONGFEI, "party"), ("Phone/1", "p")], "links": [StatedLink("HAS_PHONE", "Phone/1", YONGFEI)]},
        {"mentions": [(YONGFEI, "party"), ("Phone/1", "p")], "links": [StatedLink("OWNS", YONGFEI, "Phone/1")]},
        {
            "mentions": [(YONGFEI, "party"), ("Phone/1", "p")],
            "links": [StatedLink("HAS_PHONE", YONGFEI, "Phone/1", "2025-02-30")],
        },
        {
            "mentions": [(YONGFEI, "party"), ("Phone/1", "p")],
            "links": [StatedLink("HAS_PHONE", YONGFEI, "Phone/1", values={"colour": "red"})],
        },
        {"raw": {"name": "\udcff"}},
        {"source": "a:b"},
        {"source": ""},
        {"source": "a" * 101},
        {"digest": "\ud800"},
    ],
)
def test_a_batch_with_a_record_that_cannot_be_kept_keeps_nothing(
    store: Store, row: Made, broken: dict[str, object]
) -> None:
    store.merge([row("0", (YONGFEI, "party", {"name": "永飞"}), ("Phone/2", "phone"))])
    before = store.changes(), store.counts(), store.get([YONGFEI])
    others = dict(broken)
    mentions = others.pop("mentions", [])
    assert isinstance(mentions, list)
    good = row("1", (YONGFEI, "party", {"name": "其他"}), ("LabelEvent/1", "a field of its own"))
    with pytest.raises(HeadwaterError):
        store.merge([good, row("2", *mentions, **others)])
    assert (store.changes(), store.counts(), store.get([YONGFEI])) == before
    # What the failed batch was the first to name must not be taken as known.
    assert store.merge([good]) == Merged(added=1)
    assert [s.field for s in store.statements(["LabelEvent/1"])["LabelEvent/1"]] == ["a field of its own"]


@pytest.mark.parametrize("key", ["", "9" * 1001])
def test_a_record_without_a_key_that_can_be_kept_is_refused(store: Store, row: Made, key: str) -> None:
    with pytest.raises(HeadwaterError, match="key"):
        store.merge([row(key)])
