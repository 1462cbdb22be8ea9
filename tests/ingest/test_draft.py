from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from graph.store import Store
from ingest import catalogue, grammar
from ingest.draft import draft
from ingest.loader import load
from ingest.mapping import MappingFile
from ingest.senses import fit, sensed

Write = Callable[..., Path]


def parts(mapping: MappingFile) -> set[tuple[str, ...]]:
    """What a mapping says, whatever its nodes are called."""
    keys = {node.name: node.key.text for node in mapping.nodes}
    said: set[tuple[str, ...]] = {("key", mapping.key.text if mapping.key else "")}
    for node in mapping.nodes:
        said.add((node.kind, node.key.text))
        said |= {("set", name, s.template.text) for name, s in node.properties.items() if s.template}
        said |= {("has", node.key.text, t.text) for t in (*node.phone, *node.email, node.uscc, node.id) if t}
    said |= {("link", keys[link.source], link.kind, keys[link.target]) for link in mapping.links}
    return said


@pytest.mark.parametrize(
    ("feed", "share"),
    [
        ("freight", 1.0),
        ("parcels", 1.0),
        ("companies", 1.0),
        ("declarations", 0.9),
        ("orders", 1.0),
        ("accounts", 0.8),
        ("listings", 1.0),
        ("licences", 0.8),
        ("transfers", 1.0),
        ("payees", 1.0),
        ("rights", 0.9),
        ("warehouses", 0.9),
        ("exhibits", 0.7),
    ],
)
def test_the_draft_for_a_known_feed_is_near_its_mapping(shared: Path, feed: str, share: float) -> None:
    drafted = grammar.read(draft(shared / "worlds" / "small" / "feeds" / f"{feed}.csv"), "draft")
    wanted = parts(catalogue.named(feed))
    assert len(parts(drafted) & wanted) >= share * len(wanted), wanted - parts(drafted)


def test_a_draft_loads_as_it_is(embedded: Store, shared: Path, tmp_path: Path) -> None:
    feeds = shared / "worlds" / "small" / "feeds"
    for feed in ("freight", "parcels", "warehouses"):
        mapping = tmp_path / f"{feed}.yaml"
        mapping.write_text(draft(feeds / f"{feed}.csv"), "utf-8")
        report = load(embedded, [feeds / f"{feed}.csv"], mapping=str(mapping))
        assert report.total("added") > 0.95 * report.total("rows")


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n",
        "colour\nred\nblue\n",
        "yes,no,on\n1,2,3\n",
        "名称,名称,\n甲,乙,丙\n",
        '"{x}","a: b","#c"\n1,2,3\n',
        "no,no_2,from\nA,1,\nB,2,\n",
    ],
)
def test_a_draft_is_a_mapping_whatever_the_columns(write: Write, text: str) -> None:
    grammar.read(draft(write("some file.csv", text)), "draft")


def test_a_draft_tells_what_it_is_unsure_of_and_what_it_left(write: Write) -> None:
    text = draft(write("things.csv", "colour,size\nred,9\nblue,9\n"))
    assert "# Unsure: " in text
    assert '#   "size": number, "9"' in text


def test_names_that_mean_something_in_yaml_are_quoted(write: Write) -> None:
    text = draft(write("things.csv", "订单号,no,重量(kg)\nA1,x,1\nA2,x,2\n"))
    mapping = grammar.read(text, "draft")
    assert mapping.columns == {"订单号", "no", "重量(kg)"}


@pytest.mark.parametrize(
    ("header", "values", "sense"),
    [
        ("代码", ["91110000600037341L", "91510107MAC7JEPJ1U"], "uscc"),
        ("x", ["13857712345", "138****1234"], "phone"),
        ("x", ["a@example.com"], "email"),
        ("x", ["2025-08-16", "2025/8/17"], "date"),
        ("x", ["12.5", "1,200"], "number"),
        ("x", ["浙江省温州市鹿城区车站大道69号"], "address"),
        ("x", ["温州市宏达鞋业有限公司"], "party"),
        ("x", ["浙C12345"], "plate"),
        ("x", ["沪ICP备12345678号-1", "京公网安备11000002000001号"], "icp"),
        ("网站备案号", [""], "icp"),
        ("x", ["CSQU3054383"], "container"),
        ("注册地址", [""], "address"),
        ("wechat", ["wx2984713"], "handle"),
        ("x", ["红色"], "text"),
    ],
)
def test_a_column_is_sensed(header: str, values: list[str], sense: str) -> None:
    assert sensed(header, values).holds == sense


def test_a_word_fits_whole_words_of_a_header() -> None:
    assert fit("holder_name", ["holder"]) > 0
    assert fit("shareholder", ["holder"]) == 0
    assert fit("consignorName", ["consignor"]) > 0
    assert fit("寄件人电话", ["寄件人"]) > 0


def test_a_handle_is_drafted_with_its_service_whatever_its_column_is_called(write: Write) -> None:
    path = write("shops.csv", "店铺编号,店铺名称,微信号,WeChat,客服QQ\n1,永飞数码店,a_123,b_123,12345678\n")
    text = draft(path)
    assert "wechat:{微信号}" in text
    assert "wechat:{WeChat}" in text
    assert "qq:{客服QQ}" in text


def test_a_shop_is_drafted_with_its_platform_in_its_key(write: Write) -> None:
    path = write("shops.csv", "Shop ID,Platform,Shop name,Opened\n1001,taobao,永飞数码店,2024-03-01\n")
    mapping = grammar.read(draft(path), "draft")
    assert mapping.key is not None
    assert (mapping.key.text, mapping.nodes[0].key.text) == ("{Platform}/{Shop ID}", "{Platform}/{Shop ID}")


@pytest.mark.parametrize("name", ["my shops.csv", "my\nshops.csv"])
def test_a_draft_is_a_mapping_whatever_its_file_is_called(write: Write, name: str) -> None:
    text = draft(write(name, "no,buyer\nA,1\n"))
    grammar.read(text, "draft")
    assert "headwater load 'my shops.csv' --mapping my_shops.yaml\n" in text


def test_rows_about_a_vehicle_or_a_filing_are_drafted_with_the_party_that_has_it(write: Write) -> None:
    vehicles = "车牌号码,业户名称,信用代码\n浙C12345,温州市永飞物流有限公司,\n粤B12345,深圳市宏景运输有限公司,\n"
    assert ("link", "业户名称", "OPERATES", "车牌号码") in parts(grammar.read(draft(write("v.csv", vehicles)), "draft"))
    filings = "网站备案号,主办单位名称\n浙ICP备18013128号-2,永飞贸易有限公司\n粤ICP备18013129号,宏景贸易有限公司\n"
    found = parts(grammar.read(draft(write("f.csv", filings)), "draft"))
    assert {("WebFiling", "网站备案号"), ("link", "主办单位名称", "HAS_FILING", "网站备案号")} <= found


def test_the_icp_number_of_a_shop_is_drafted_as_its_filing(write: Write) -> None:
    text = "店铺编号,店铺名称,备案\n1,永飞数码店,浙ICP备18013128号-2\n2,宏景数码店,粤ICP备18013129号\n"
    assert ("link", "店铺编号", "HAS_FILING", "备案") in parts(grammar.read(draft(write("shops.csv", text)), "draft"))


def test_a_day_of_birth_is_drafted_as_the_person_s(write: Write) -> None:
    text = "车牌号,驾驶员,出生日期\n浙C12345,陈志强,1985/3/2\n粤B12345,李国华,1986-03-02\n"
    found = parts(grammar.read(draft(write("drivers.csv", text)), "draft"))
    assert {("set", "born", "出生日期"), ("link", "驾驶员", "DRIVES", "车牌号")} <= found
