from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from graph.errors import StoreBusy
from graph.model import FileVersion, Merged, Record, SetAside, StatedLink, order_of
from graph.store import Store

Made = Callable[..., Record]
Refused = Callable[..., SetAside]
YONGFEI = "Company/91330304MA6QDUMH3D"


def version(name: str, source: str = "freight", rows: int = 3, complete: bool = True) -> FileVersion:
    return FileVersion(source, name, "digest", "mapping", rows, 1, "2025-08-16T10:00:00+00:00", complete)


def test_a_file_is_noted_in_place_of_its_earlier_note(store: Store) -> None:
    store.note_file(version("b.csv"))
    store.note_file(version("a.csv", complete=False))
    store.note_file(version("a.csv", source="companies"))
    store.note_file(version("b.csv", rows=4))
    assert store.files() == [version("a.csv", "companies"), version("a.csv", complete=False), version("b.csv", rows=4)]


def test_a_file_whose_records_came_is_listed_as_incomplete(store: Store, row: Made) -> None:
    store.merge([row("1", file="freight.csv")])
    assert [(f.source, f.name, f.complete) for f in store.files()] == [("freight", "freight.csv", False)]


def test_noting_a_file_keeps_its_records(store: Store, row: Made) -> None:
    store.merge([row("1")])
    store.note_file(version("freight.csv"))
    assert list(store.record_ids("freight", "freight.csv")) == ["freight:1"]


def test_a_file_that_is_dropped_leaves_its_records(store: Store, row: Made) -> None:
    store.merge([row("1")])
    store.drop_file("freight", "freight.csv")
    store.drop_file("freight", "never seen.csv")
    assert store.files() == []
    assert list(store.record_ids("freight")) == ["freight:1"]
    assert list(store.record_ids("freight", "freight.csv")) == []


def test_record_ids_are_those_of_a_source_or_a_file(store: Store, row: Made) -> None:
    store.merge([row(str(i), file=f"{'ab'[i % 2]}.csv") for i in range(40)])
    store.merge([row("0", source="other", file="a.csv")])
    everything = {f"freight:{i}" for i in range(40)}
    assert set(store.record_ids("freight")) == everything
    assert set(store.record_ids("freight", "a.csv")) == {i for i in everything if int(i[8:]) % 2 == 0}
    assert list(store.record_ids("none")) == list(store.record_ids("freight", "none.csv")) == []


def test_records_may_be_retracted_while_their_ids_are_read(store: Store, row: Made) -> None:
    store.merge([row(str(i)) for i in range(50)])
    assert sum(store.retract([name]) for name in store.record_ids("freight")) == 50


def test_retracted_records_take_along_what_only_they_state(store: Store, row: Made) -> None:
    phone, other = "Phone/+8613800000001", "Phone/+8613800000002"
    for key, number in (("1", phone), ("2", other)):
        link = StatedLink("HAS_PHONE", YONGFEI, number)
        store.merge([row(key, (YONGFEI, "party", {"name": f"永飞{key}"}), (number, "phone"), links=[link])])
    assert store.retract(["freight:1", "freight:none", "freight:1"]) == 1
    assert set(store.get([YONGFEI, phone, other])) == {YONGFEI, other}
    assert store.get([YONGFEI])[YONGFEI].values == {"name": ("永飞2",)}
    assert [link.target for link in store.links()] == [other]
    assert not store.records(["freight:1"])
    assert store.retract(["freight:2"]) == 1
    assert not list(store.nodes())


def test_a_link_outlasts_one_of_the_records_that_state_it(store: Store, consigned: Made) -> None:
    store.merge([consigned("1", YONGFEI, "2025-01-01"), consigned("1", YONGFEI, "2025-02-01", source="other")])
    store.retract(["freight:1"])
    assert [(link.start, link.records) for link in store.links()] == [("2025-02-01", ("other:1",))]


def test_a_record_that_two_files_hold_outlasts_one_of_them(store: Store, row: Made) -> None:
    made = row("1", (YONGFEI, "party"), file="a.csv", digest="same")
    store.merge([made])
    assert store.merge([replace(made, file="b.csv")]) == Merged(unchanged=1)
    assert store.retract(["freight:1"], "a.csv") == 0
    assert list(store.record_ids("freight", "a.csv")) == []
    assert store.get([YONGFEI])
    assert store.retract(["freight:1"], "b.csv") == 1
    assert not store.get([YONGFEI])


def test_a_record_that_is_held_by_another_file_outlasts_its_own(store: Store, row: Made) -> None:
    store.merge([row("1", (YONGFEI, "party"), file="a.csv", digest="same")])
    for _ in range(2):
        assert store.hold({"freight:1": "same", "freight:none": "same"}, "b.csv") == {"freight:1"}
    assert list(store.record_ids("freight", "b.csv")) == ["freight:1"]
    assert store.retract(["freight:1"], "a.csv") == 0
    assert store.retract(["freight:1"], "b.csv") == 1


def test_a_record_that_says_something_else_is_not_held(store: Store, row: Made) -> None:
    store.merge([row("1", (YONGFEI, "party"), file="a.csv", digest="corrected")])
    assert store.hold({"freight:1": "as it was"}, "b.csv") == set()
    assert list(store.record_ids("freight", "b.csv")) == []


def test_a_load_is_refused_once_another_version_of_its_file_is_begun(store: Store, row: Made, refused: Refused) -> None:
    mine = version("freight.csv", complete=False)
    store.note_file(mine)
    store.merge([row("1")], [refused(7)], loading=mine)
    other = replace(mine, digest="another")
    store.note_file(other)
    for write in (
        lambda: store.merge([row("2")], [refused(8)], loading=mine),
        lambda: store.hold(store.digests(["freight:1"]), "freight.csv", loading=mine),
        lambda: store.retract(["freight:1"], "freight.csv", loading=mine),
        lambda: store.release([entry.id for entry in store.quarantine()], loading=mine),
        lambda: store.note_file(replace(mine, complete=True), loading=mine),
    ):
        with pytest.raises(StoreBusy, match="another version of freight.csv"):
            write()
    assert store.files() == [other]
    assert list(store.record_ids("freight")) == ["freight:1"]
    assert len(list(store.quarantine())) == 1
    store.note_file(replace(other, complete=True), loading=other)


def test_a_load_is_refused_once_its_file_is_forgotten(store: Store, row: Made) -> None:
    mine = version("freight.csv", complete=False)
    store.note_file(mine)
    store.drop_file("freight", "freight.csv")
    with pytest.raises(StoreBusy, match="forgotten"):
        store.merge([row("1")], loading=mine)
    assert list(store.record_ids("freight")) == []


def test_a_record_is_not_retracted_from_a_file_that_does_not_hold_it(store: Store, row: Made) -> None:
    store.merge([row("1", (YONGFEI, "party"), file="a.csv")])
    assert store.retract(["freight:1"], "b.csv") == 0
    assert list(store.record_ids("freight", "a.csv")) == ["freight:1"]


def test_a_file_of_another_source_with_the_same_name_holds_nothing(store: Store, row: Made) -> None:
    store.merge([row("1", (YONGFEI, "party"), file="a.csv"), row("1", source="other", file="a.csv")])
    assert store.retract(["freight:1"], "a.csv") == 1
    assert list(store.record_ids("other", "a.csv")) == ["other:1"]


def test_a_retracted_record_is_in_no_file_when_it_comes_back_in_another(store: Store, row: Made) -> None:
    store.merge([row("1", (YONGFEI, "party"), file="a.csv")])
    store.retract(["freight:1"])
    store.merge([row("1", (YONGFEI, "party"), file="b.csv")])
    assert list(store.record_ids("freight", "a.csv")) == []
    assert store.retract(["freight:1"], "b.csv") == 1


def test_rows_set_aside_are_given_by_source_file_and_row(store: Store, refused: Refused) -> None:
    rows = [refused(10), refused(9), refused(1, file="b.csv"), refused(1, source="companies")]
    store.merge([], rows)
    found = list(store.quarantine())
    assert [(q.source, q.file, q.row) for q in found] == [
        ("companies", "freight.csv", 1),
        ("freight", "b.csv", 1),
        ("freight", "freight.csv", 9),
        ("freight", "freight.csv", 10),
    ]
    assert [replace(q, id="", received="") for q in found] == [rows[3], rows[2], rows[1], rows[0]]
    assert [q.row for q in store.quarantine("freight", "freight.csv")] == [9, 10]
    assert [q.row for q in store.quarantine("freight")] == [1, 9, 10]
    assert list(store.quarantine("none")) == []


def test_a_row_of_which_nothing_could_be_decoded_is_kept(store: Store, refused: Refused) -> None:
    entry = replace(refused(1, raw=bytes(range(256))), column=None, values={})
    store.merge([], [entry])
    assert [replace(q, id="", received="") for q in store.quarantine()] == [entry]


def test_a_row_set_aside_twice_is_kept_once_with_its_first_time(store: Store, refused: Refused) -> None:
    store.merge([], [replace(refused(1), received="2025-01-01T00:00:00+00:00")])
    store.merge([], [refused(1)])
    assert [q.received for q in store.quarantine()] == ["2025-01-01T00:00:00+00:00"]
    assert store.counts().set_aside == {"freight": 1}


def test_a_row_set_aside_for_another_reason_takes_the_place_of_the_first(store: Store, refused: Refused) -> None:
    store.merge([], [replace(refused(1), received="2025-01-01T00:00:00+00:00")])
    store.merge([], [refused(1, reason="no key")])
    (entry,) = store.quarantine()
    assert entry.reason == "no key"
    assert entry.received > "2025-01-01T00:00:00+00:00"


def test_released_rows_leave_the_quarantine(store: Store, refused: Refused) -> None:
    store.merge([], [refused(1), refused(2)])
    first, second = store.quarantine()
    assert first.id != second.id
    assert store.release([first.id, "none", first.id]) == 1
    assert [q.id for q in store.quarantine()] == [second.id]


def test_a_batch_that_cannot_be_kept_sets_nothing_aside(store: Store, row: Made, refused: Refused) -> None:
    with pytest.raises(ValueError, match="2025-13-01"):
        link = StatedLink("HAS_PHONE", YONGFEI, "Phone/1", "2025-13-01")
        store.merge([row("1", (YONGFEI, "party"), ("Phone/1", "phone"), links=[link])], [refused(1)])
    assert not list(store.quarantine())
    assert not store.files()


def test_rows_set_aside_of_one_place_come_in_the_fixed_order(store: Store, refused: Refused) -> None:
    store.merge([], [refused(1, raw=bytes([n])) for n in range(20)])
    ids = [q.id for q in store.quarantine()]
    assert ids == sorted(ids, key=order_of)


def test_a_row_set_aside_again_stays_as_it_was(store: Store, refused: Refused) -> None:
    first = replace(refused(1), received="2025-01-01T00:00:00+00:00")
    store.merge([], [first])
    store.merge([], [replace(first, column="delivered", values={"no": "y"})])
    assert [replace(q, id="") for q in store.quarantine()] == [first]
