from __future__ import annotations

import pytest

from graph.errors import InvalidValue
from graph.model import Mention, StatedLink
from ingest.grammar import read
from ingest.mapper import Mapper
from ingest.reading import Reading

CREDIT = "91510107MAC7JEPJ1U"
FEED = """
feed: deals
columns: [no]
key: no
order: [[sent, came]]
nodes:
  consignment: {kind: Consignment, key: no, set: {pieces: n, carrier: {column: by, default: 德邦}, goods: {value: 鞋}}}
  consignor: {party: who, uscc: code, id: person, phone: [phone, phone2], email: mail}
  site: {kind: Address, key: where}
  vehicle: {kind: Vehicle, key: plate}
links:
  - [consignment, CONSIGNED_BY, consignor, {start: sent, end: came}]
  - [consignment, DELIVERED_TO, site, {start: sent}]
  - [consignment, CARRIED_BY, vehicle]
"""


def reading(text: str, **cells: str) -> Reading:
    mapper = Mapper(read(text, "test"), {})
    row = {"no": "A1", **cells}
    return mapper.read("deals:A1", mapper.key(row) or "A1", row)


def link(found: Reading, kind: str) -> StatedLink:
    (one,) = [link for link in found.links if link.kind == kind]
    return one


def mention(found: Reading, place: str) -> Mention:
    (one,) = [mention for mention in found.mentions if mention.field == place]
    return one


def test_a_row_names_nodes_and_links_them_with_its_dates() -> None:
    found = reading(FEED, who="张三", where="浙江省温州市鹿城区车站大道69号", sent="2025/8/16", came="2025-08-18")
    one = link(found, "CONSIGNED_BY")
    assert (one.source, one.target) == ("Consignment/A1", "Party/deals:A1#consignor")
    assert (one.start, one.end) == ("2025-08-16", "2025-08-18")
    assert link(found, "DELIVERED_TO").values["text"] == "浙江省温州市鹿城区车站大道69号"


def test_empty_cells_name_nothing() -> None:
    found = reading(FEED, who="", where=" ", plate="")
    assert [m.node for m in found.mentions] == ["Consignment/A1"]
    assert not found.links


@pytest.mark.parametrize(("cell", "carrier"), [("", "德邦"), ("顺丰", "顺丰")])
def test_a_property_has_its_column_or_its_default(cell: str, carrier: str) -> None:
    stated = mention(reading(FEED, by=cell), "consignment").values
    assert stated == {"carrier": carrier, "goods": "鞋"}


@pytest.mark.parametrize(
    ("cells", "node"),
    [
        ({"who": "某公司", "code": CREDIT, "person": "x"}, f"Company/{CREDIT}"),
        ({"who": "某公司", "person": CREDIT}, f"Company/{CREDIT}"),
        ({"who": "张三", "person": "0f3a77b1"}, "Person/0f3a77b1"),
        ({"who": "张三", "person": "330302199001011234"}, "Person/330302199001011234"),
        ({"who": "张三"}, "Party/deals:A1#consignor"),
        ({"code": CREDIT}, f"Company/{CREDIT}"),
    ],
)
def test_a_party_is_what_its_numbers_make_it(cells: dict[str, str], node: str) -> None:
    assert mention(reading(FEED, **cells), "consignor").node == node


def test_a_party_only_known_by_name_says_whether_it_is_a_company_or_a_person() -> None:
    assert mention(reading(FEED, who="张三"), "consignor").values["nature"] == "person"
    assert mention(reading(FEED, who="温州市宏达鞋业有限公司"), "consignor").values["nature"] == "company"


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"code": CREDIT[:-1] + "X"}, "code"),
        ({"n": "many"}, "n"),
        ({"where": "x", "sent": "2025-13-45"}, "sent"),
        ({"sent": "2025-08-18", "came": "2025-08-16"}, "came"),
    ],
)
def test_what_is_certain_to_be_wrong_refuses_the_row_with_its_column(cells: dict[str, str], column: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        reading(FEED, who="张三", **cells)
    assert caught.value.column == column


@pytest.mark.parametrize("cells", [{"phone": "见面议"}, {"mail": "none"}, {"plate": "待定"}])
def test_what_is_no_identifier_at_all_is_a_doubt(cells: dict[str, str]) -> None:
    found = reading(FEED, who="张三", **cells)
    (column,) = cells
    assert [doubt[0] for doubt in found.doubts] == [column]


def test_a_phone_is_linked_to_the_form_that_couriers_print() -> None:
    found = reading(FEED, who="张三", phone="138 5771 2345", phone2="")
    assert link(found, "HAS_PHONE").target == "Phone/+8613857712345"
    masked = link(found, "MASKED_AS")
    assert masked.target.startswith("MaskedPhone/")
    assert masked.inference is not None
    assert masked.inference.rule == "mask:1"


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(InvalidValue, match="empty"):
        reading(FEED, no="\u3000 ")


def test_a_row_without_a_key_of_its_own_has_none() -> None:
    assert Mapper(read(FEED.replace("key: no\n", ""), "test"), {}).key({"no": "A1"}) is None


def test_columns_are_renamed() -> None:
    mapper = Mapper(read(FEED + "rename: {number: no}\n", "test"), {})
    assert mapper.renamed({"number": "A1", "who": "x"}) == {"no": "A1", "who": "x"}


SPLIT = """
feed: deals
columns: [no]
nodes:
  order: {kind: Order, key: "@row"}
  account: {kind: Account, key: "{platform}/{shop}"}
  seller: {party: sellers, uscc: code, split: "[;；]", when: {type: [a, b]}}
  label: {kind: Label, key: epcs, split: json}
  parcel: {kind: Parcel, key: ref, match: "waybill:(.+)"}
links:
  - [account, RUN_BY, seller]
"""


def test_a_template_needs_all_its_columns() -> None:
    assert mention(reading(SPLIT, platform="taobao", shop="9"), "account").node == "Account/taobao/9"
    assert [m.field for m in reading(SPLIT, platform="taobao").mentions] == ["order"]


def test_several_values_in_a_cell_are_several_nodes() -> None:
    found = reading(SPLIT, sellers="张三；李四；张三", type="a", platform="p", shop="s")
    assert [m.field for m in found.mentions if m.node.startswith("Party")] == ["seller", "seller.2"]
    assert len([one for one in found.links if one.kind == "RUN_BY"]) == 2


def test_numbers_are_those_of_the_first_of_several_parties() -> None:
    found = reading(SPLIT, sellers="甲公司;乙公司", code=CREDIT, type="b")
    assert mention(found, "seller").node == f"Company/{CREDIT}"
    assert mention(found, "seller.2").node == "Party/deals:A1#seller.2"


@pytest.mark.parametrize(("kind", "count"), [("a", 1), ("c", 0), ("", 0)])
def test_a_condition_decides_whether_a_node_is_there(kind: str, count: int) -> None:
    found = reading(SPLIT, sellers="张三", type=kind)
    assert len([m for m in found.mentions if m.field == "seller"]) == count


def test_a_list_in_json_is_taken_apart_and_labels_know_their_product() -> None:
    epcs = '["urn:epc:id:sgtin:6921712.082226.18570067"]'
    found = reading(SPLIT, epcs=epcs)
    assert link(found, "OF_PRODUCT").inference is not None
    assert mention(found, "label").values["epc"] == "urn:epc:id:sgtin:6921712.082226.18570067"


@pytest.mark.parametrize(("cell", "places"), [("waybill:YT1", ["order", "parcel"]), ("YT1", ["order"])])
def test_a_pattern_picks_the_key(cell: str, places: list[str]) -> None:
    assert [m.field for m in reading(SPLIT, ref=cell).mentions] == places


@pytest.mark.parametrize(("cells", "column"), [({"no": "1.23457E+18"}, "no"), ({"person": "3.30326E+17"}, "person")])
def test_a_number_that_a_spreadsheet_has_rounded_is_none(cells: dict[str, str], column: str) -> None:
    with pytest.raises(InvalidValue, match="last digits a spreadsheet has dropped") as caught:
        reading(FEED, **cells)
    assert caught.value.column == column


def test_a_rounded_phone_is_a_doubt_like_any_that_is_none() -> None:
    found = reading(FEED, who="永飞", phone="1.38E+10")
    assert found.doubts == [("phone", "no_phone")]
