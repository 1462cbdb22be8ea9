"""Records that are derived hold no node, and go with the nodes that they speak of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from graph.backup import backup, restore
from graph.changes import DERIVED
from graph.errors import HeadwaterError
from graph.model import Inference, Mention, Merged, Record, StatedLink
from graph.opening import open_store
from graph.store import Store

Made = Callable[..., Record]
YONGFEI = "Company/91330304MA6QDUMH3D"
MENTIONS = [f"Party/freight:{n}#consignor" for n in range(4)]


def same(a: str, b: str, probability: float = 0.9, digest: str = "model 1") -> Record:
    """A link of identity as a model makes it."""
    link = StatedLink("SAME_AS", a, b, inference=Inference("model 1", probability, ("trade=same",)))
    return Record(DERIVED, f"{a} {b}", "", 1, digest, {}, (), (link,))


@pytest.fixture
def bill(row: Made) -> Made:
    """Makes the record of a consignment's bill, which mentions the company of its number in place of it."""

    def made(number: int, **others: object) -> Record:
        return row(str(number), (MENTIONS[number], "consignor", {"name": f"永飞{number}"}), **others)

    return made


@pytest.fixture
def filled(store: Store, bill: Made, row: Made) -> Store:
    """A store of a company and three mentions, joined one to the next."""
    store.merge([row("1", (YONGFEI, "party", {"name": "永飞"}), source="companies"), *(bill(n) for n in range(3))])
    pairs = [(YONGFEI, MENTIONS[0]), (MENTIONS[0], MENTIONS[1]), (MENTIONS[1], MENTIONS[2])]
    assert store.merge([same(*pair) for pair in pairs]) == Merged(added=3)
    return store


def pairs(store: Store) -> list[tuple[str, str]]:
    """The links of identity; each must rest on a record that is there."""
    links = list(store.links(["SAME_AS"]))
    assert sorted(store.record_ids(DERIVED)) == sorted(record for link in links for record in link.records)
    return sorted((link.source, link.target) for link in links)


def test_a_derived_record_links_nodes_without_being_one_of_their_records(filled: Store) -> None:
    node = filled.get([MENTIONS[0]])[MENTIONS[0]]
    assert node.mentions == 1
    assert [s.record for s in filled.statements([MENTIONS[0]], limit=1)[MENTIONS[0]]] == ["freight:0"]
    assert filled.degrees([MENTIONS[0]])[MENTIONS[0]] == {("SAME_AS", "in"): 1, ("SAME_AS", "out"): 1}


def test_mentions_of_a_derived_record_are_not_counted(filled: Store) -> None:
    bold = replace(
        same(YONGFEI, MENTIONS[1]), mentions=(Mention(YONGFEI, "a", {"name": "飞"}), Mention(MENTIONS[1], "b"))
    )
    assert filled.merge([bold]).added == 1
    assert filled.get([YONGFEI])[YONGFEI].values == {"name": ("永飞",)}
    assert filled.get([YONGFEI])[YONGFEI].mentions == 1
    filled.retract(["companies:1"])
    assert not filled.get([YONGFEI])


def test_when_a_node_goes_the_derived_records_that_speak_of_it_go_and_nothing_else(filled: Store) -> None:
    assert filled.retract(["freight:1"]) == 1
    assert pairs(filled) == [(YONGFEI, MENTIONS[0])]
    assert set(filled.get([YONGFEI, *MENTIONS])) == {YONGFEI, MENTIONS[0], MENTIONS[2]}


def test_when_a_file_is_corrected_so_that_a_node_goes_its_derived_records_go(filled: Store, row: Made) -> None:
    assert filled.merge([row("0", (MENTIONS[3], "consignor", {"name": "飞达"}))]) == Merged(replaced=1)
    assert pairs(filled) == [(MENTIONS[1], MENTIONS[2])]


def test_a_correction_that_leaves_the_node_leaves_what_is_derived(filled: Store, bill: Made) -> None:
    before = pairs(filled)
    filled.merge([replace(bill(0), mentions=(Mention(MENTIONS[0], "consignor", {"name": "永飛"}),))])
    assert pairs(filled) == before


def test_a_node_that_another_record_mentions_keeps_what_is_derived(filled: Store, row: Made) -> None:
    before = pairs(filled)
    filled.merge([row("9", (MENTIONS[1], "consignor"), source="declarations")])
    filled.retract(["freight:1"])
    assert pairs(filled) == before


def test_nothing_is_kept_of_what_is_derived_about_a_node_that_does_not_stand(filled: Store) -> None:
    before = pairs(filled), filled.changes()
    assert filled.merge([same(YONGFEI, MENTIONS[3]), same(MENTIONS[3], MENTIONS[3])]) == Merged(left_out=2)
    assert (pairs(filled), filled.changes()) == before
    assert not filled.digests([same(YONGFEI, MENTIONS[3]).id])


def test_what_is_derived_comes_in_one_batch_with_what_it_is_about(store: Store, bill: Made) -> None:
    assert store.merge([same(MENTIONS[0], MENTIONS[1]), bill(0), bill(1)]) == Merged(added=3)
    assert pairs(store) == [(MENTIONS[0], MENTIONS[1])]


def test_a_derived_record_that_is_changed_to_speak_of_what_does_not_stand_goes(filled: Store) -> None:
    again = replace(same(YONGFEI, MENTIONS[0], digest="2"), links=(StatedLink("SAME_AS", YONGFEI, MENTIONS[3]),))
    assert filled.merge([again]) == Merged(left_out=1)
    assert pairs(filled) == [(MENTIONS[0], MENTIONS[1]), (MENTIONS[1], MENTIONS[2])]


def test_a_derived_record_is_replaced_by_a_later_one(filled: Store) -> None:
    assert filled.merge([same(YONGFEI, MENTIONS[0], 0.5, "model 2")]) == Merged(replaced=1)
    (link,) = filled.expand([YONGFEI], ["SAME_AS"]).links[YONGFEI]
    assert link.inference is not None
    assert link.inference.probability == 0.5


def test_what_is_derived_changes_the_store_and_none_of_its_nodes(filled: Store) -> None:
    before, _ = filled.changes()
    filled.merge([same(YONGFEI, MENTIONS[2])])
    after, nodes = filled.changes(before)
    assert after > before
    assert not nodes


def test_of_any_order_of_loading_the_same_remains_once_what_is_derived_comes_last(store: Store, bill: Made) -> None:
    batches = [[bill(0)], [bill(1)], [bill(2)]]
    links = [same(MENTIONS[0], MENTIONS[1]), same(MENTIONS[1], MENTIONS[2])]
    kept = []
    for order in permutations(batches):
        store.wipe()
        for batch in order:
            store.merge(batch)
        store.merge(links)
        kept.append(pairs(store))
    assert kept == [[(MENTIONS[0], MENTIONS[1]), (MENTIONS[1], MENTIONS[2])]] * len(kept)


def test_what_is_derived_is_in_no_file(filled: Store) -> None:
    assert {file.source for file in filled.files()} == {"companies", "freight"}


def test_a_derived_record_states_no_other_links(store: Store, row: Made) -> None:
    phone = "Phone/+8613800000001"
    with pytest.raises(HeadwaterError, match="SAME_AS alone"):
        store.merge([replace(same(YONGFEI, phone), links=(StatedLink("HAS_PHONE", YONGFEI, phone),))])
    with pytest.raises(HeadwaterError, match="no such link"):
        store.merge([same(YONGFEI, phone)])


def test_a_backup_brings_back_what_is_derived_whatever_stands_first(filled: Store, tmp_path: Path, row: Made) -> None:
    """Records come by source: those of `freight` before, those of `parcels` after what is derived from them."""
    late = "Party/parcels:1#sender"
    filled.merge([row("1", (late, "sender", {"name": "永飞"}), source="parcels"), same(YONGFEI, late)])
    backup(filled, tmp_path / "b")
    with open_store(f"sqlite:{tmp_path / 'other.db'}") as other:
        restore(other, tmp_path / "b")
        assert list(other.all_records()) == list(filled.all_records())
        assert list(other.links()) == list(filled.links())


def test_forgetting_what_is_derived_leaves_the_nodes(filled: Store) -> None:
    assert filled.retract(list(filled.record_ids(DERIVED))) == 3
    assert not pairs(filled)
    assert filled.counts().nodes == {"Company": 1, "Party": 3}
