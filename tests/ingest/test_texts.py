from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from graph.model import Link
from graph.store import Store
from ingest.loader import load

Write = Callable[..., Path]
LISTING = (
    "item_no,account_no,title,description,url,listed\ntaobao/1,taobao/9,运动鞋,{},https://taobao.example/1,2025-08-16\n"
)
RULING = (
    "原告温州市丰发眼镜股份有限公司诉被告保定市宝腾远眼镜实业有限公司、曹杰侵害商标权纠纷一案。经审理查明，原告系第12927357号"
    "“丰发星”注册商标专用权人，核定使用商品为第9类太阳镜。被告保定市宝腾远眼镜实业有限公司（统一社会信用代码91130684MA0UM8YL4U，"
    "住所地河北省保定市高碑店市滨河街262号D栋1楼）未经许可生产、销售假冒该商标的太阳镜，构成侵权。判决：一、被告立即停止侵权；"
    "二、赔偿原告经济损失275万元。"
)


def around(store: Store, node: str) -> list[Link]:
    return list(store.expand([node], direction="out").links[node])


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("诚招代理，电话一三八五七七一二三四五", "Phone/+8613857712345"),
        ("加微信：shoes_2024", "Handle/wechat:shoes_2024"),
        ("邮箱 boss@example.com", "Email/boss@example.com"),
        ("版权所有 沪ICP備12345678号－1", "WebFiling/沪ICP备12345678号"),
        ("增值电信业务经营许可证：粤B2-20090191", "WebFiling/粤B2-20090191"),
    ],
)
def test_a_contact_in_a_listing_is_an_inferred_link_with_its_rule_and_words(
    embedded: Store, write: Write, text: str, node: str
) -> None:
    load(embedded, [write("listings.csv", LISTING.format(text))])
    (link,) = [link for link in around(embedded, "Listing/taobao/1") if link.kind == "MENTIONS"]
    assert link.target == node
    assert link.inference is not None
    assert link.inference.rule == "text:2"
    assert 0.5 < link.inference.probability < 1
    assert link.inference.reasons[0] in text
    assert link.values["text"] == link.inference.reasons[0]


@pytest.mark.parametrize("text", ["彬ICP备12345678号", "沪ICP备1234号", "沪ICP备123456789012号", "ICP备案号：暂无"])
def test_what_is_no_icp_number_names_no_filing(embedded: Store, write: Write, text: str) -> None:
    load(embedded, [write("listings.csv", LISTING.format(text))])
    assert not [link for link in around(embedded, "Listing/taobao/1") if link.target.startswith("WebFiling/")]


def test_a_phone_behind_an_icp_number_is_read_too(embedded: Store, write: Write) -> None:
    load(embedded, [write("listings.csv", LISTING.format("沪ICP备12345678号-1 电话13857712345"))])
    found = {link.target for link in around(embedded, "Listing/taobao/1") if link.kind == "MENTIONS"}
    assert found == {"WebFiling/沪ICP备12345678号", "Phone/+8613857712345"}


def test_a_listing_without_contacts_mentions_none(embedded: Store, write: Write) -> None:
    load(embedded, [write("listings.csv", LISTING.format("全新 42 码 2024 春款"))])
    assert {link.kind for link in around(embedded, "Listing/taobao/1")} == {"OFFERED_BY"}


def test_a_judgement_names_its_parties_its_right_and_its_outcome(embedded: Store, write: Write) -> None:
    row = f'{{"case_no": "(2024)粤2161民初1号", "court": "某法院", "decided": "2024-12-14", "text": "{RULING}"}}\n'
    load(embedded, [write("judgements.jsonl", row)])
    case = "Judgement/(2024)粤2161民初1号"
    links = around(embedded, case)
    assert all(link.inference is not None and link.inference.rule == "text:2" for link in links)
    ends = {(link.kind, link.target) for link in links}
    assert ("DEFENDANT", "Company/91130684MA0UM8YL4U") in ends
    assert ("CONCERNS", "Right/12927357") in ends
    assert len([kind for kind, _ in ends if kind == "PLAINTIFF"]) == 1
    assert len([kind for kind, _ in ends if kind == "DEFENDANT"]) == 2
    node = embedded.get([case])[case]
    assert node.get("compensation") == 2_750_000
    assert node.get("outcome")
    (seat,) = [link for link in around(embedded, "Company/91130684MA0UM8YL4U") if link.kind == "LOCATED_AT"]
    assert seat.inference is not None


def test_a_text_that_is_no_judgement_leaves_the_record_whole(embedded: Store, write: Write) -> None:
    row = '{"case_no": "(2024)粤1号", "court": "某法院", "decided": "2024-12-14", "text": "……"}\n'
    report = load(embedded, [write("judgements.jsonl", row)])
    assert report.total("added") == 1
    assert not report.total("set_aside")
