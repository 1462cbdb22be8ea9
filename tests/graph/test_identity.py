from __future__ import annotations

import pytest

from graph.errors import InvalidValue
from graph.identity import identify, identify_number, named


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("温州市永飞电池实业有限公司", "Name/yongfei"),
        ("Wenzhou Yongfei Co., Ltd.", "Name/yongfei"),
        ("陳志強", "Name/chenzhiqiang"),
        ("Zhiqiang Chen", "Name/chenzhiqiang"),
        ("Lyu Buwei", "Name/lvbuwei"),
        ("吕不韦", "Name/lvbuwei"),
    ],
)
def test_the_spellings_of_a_name_meet_in_its_sound(text: str, node: str) -> None:
    found = named(text)
    assert found is not None and found.node == node


@pytest.mark.parametrize(
    "text",
    ["有限公司", "公司", "厂", "Co., Ltd.", "Factory", "无", "Ｎ／Ａ", "不详", "未知", "个人", "王先生", "***", ""],
)
def test_what_names_nobody_joins_nothing(text: str) -> None:
    assert named(text) is None


@pytest.mark.parametrize("text", ["沪ICP备12345678号", "沪ICP备12345678号-1", "网站备案号：沪icp備12345678號－12"])
def test_the_sites_of_one_filer_meet_under_its_number(text: str) -> None:
    found = identify("WebFiling", text)
    assert found.node == "WebFiling/沪ICP备12345678号"
    assert str(found.said["text"]).startswith("沪ICP备12345678号")


@pytest.mark.parametrize("text", ["合计", "合 计：", "Total", "TOTAL:", "Grand Total", "小计"])
def test_a_word_for_a_sum_is_no_number(text: str) -> None:
    for kind in ("Order", "Parcel", "Consignment"):
        with pytest.raises(InvalidValue, match="word for a sum"):
            identify(kind, text)


@pytest.mark.parametrize("text", ["A", "TOTAL-7", "总计号1", "ABC"])
def test_a_number_of_letters_is_taken(text: str) -> None:
    assert identify("Order", text).node == f"Order/{text}"


def test_a_masked_phone_is_another_kind_of_node() -> None:
    assert identify("Phone", "138****1234").node == "MaskedPhone/+86138****1234"
    assert identify("Phone", "138 0013 8000").node == "Phone/+8613800138000"


def test_trade_item_numbers_of_every_length_meet() -> None:
    assert identify("Product", "614141123452").node == identify("Product", "00614141123452").node


def test_a_credit_code_names_a_company_and_a_persons_number_a_person() -> None:
    assert identify_number("91110000600037341L") == "Company/91110000600037341L"
    assert identify_number("330302199001011234").startswith("Person/")
