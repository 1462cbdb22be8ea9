"""Companies, rights, credit codes and brands in running text."""

from __future__ import annotations

import pytest

from ingest.text import Extractor, find


def values(kind: str, text: str) -> list[str]:
    return [one.value for one in find(text) if one.kind == kind]


@pytest.mark.parametrize(
    "text",
    [
        "被告义乌市金达五金制品实业有限公司",
        "本产品由义乌市金达五金制品实业有限公司生产",
        "制造商：义乌市金达五金制品实业有限公司，地址：义乌市",
        "正品义乌市金达五金制品实业有限公司13812345678",
        "我们与义乌市金达五金制品实业有限公司合作",
    ],
)
def test_a_company_begins_at_its_place(text: str) -> None:
    assert values("company", text) == ["义乌市金达五金制品实业有限公司"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("华为技术有限公司与中兴通讯股份有限公司", ["华为技术有限公司", "中兴通讯股份有限公司"]),
        ("金达（义乌）五金制品有限公司", ["金达(义乌)五金制品有限公司"]),
        ("ABC科技（深圳）有限公司", ["ABC科技(深圳)有限公司"]),
        ("晋江市陈埭镇鑫达鞋厂", ["晋江市陈埭镇鑫达鞋厂"]),
        ("中国石化销售有限公司浙江杭州分公司", ["中国石化销售有限公司浙江杭州分公司"]),
    ],
)
def test_chinese_names_are_found_whole(text: str, names: list[str]) -> None:
    assert values("company", text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "Yiwu Jinda Hardware Co., Ltd. and Fengchengia International GmbH",
            ["Yiwu Jinda Hardware Co., Ltd.", "Fengchengia International GmbH"],
        ),
        ("made by Acme Widgets Inc. in China", ["Acme Widgets Inc."]),
        ("厂家SHENZHEN JINDA TECH CO.,LTD.直销", ["SHENZHEN JINDA TECH CO.,LTD."]),
        ("supplier yiwu jinda co., ltd", ["yiwu jinda co., ltd"]),
        ("Delta Trading 683 LLC", ["Delta Trading 683 LLC"]),
        ("Müller & Söhne GmbH & Co. KG", ["Müller & Söhne GmbH & Co. KG"]),
    ],
)
def test_english_names_are_found_whole(text: str, names: list[str]) -> None:
    assert values("company", text) == names


@pytest.mark.parametrize(
    "text",
    [
        "厂家直销",
        "本公司专业生产",
        "源头工厂",
        "有限公司",
        "Limited edition 2024",
        "limited stock",
        "旗舰店正品",
        "5 kg inc tax",
    ],
)
def test_words_of_trade_are_no_company(text: str) -> None:
    assert values("company", text) == []


def test_a_credit_code_is_found_when_its_check_characters_fit() -> None:
    assert values("uscc", "信用代码：９１１１００００６０００３７３４１l") == ["91110000600037341L"]
    assert values("uscc", "信用代码：91110000600037342L") == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("第10717748号“荣程峰”注册商标", ["10717748"]),
        ("第1234567、2345678号和第3456789号商标", ["1234567", "2345678", "3456789"]),
        ("商标注册号：10717748", ["10717748"]),
        ("国际注册第G1234567号“NIKE”商标", ["G1234567"]),
        ("Registration No. 87654321", ["87654321"]),
        ("“荣程峰”商标（第10717748号）", ["10717748"]),
        ("（2024）粤2161民初9528号", []),
        ("第12345号公证书", []),
        ("货号10717748", []),
    ],
)
def test_a_trademark_number_is_one_that_the_text_calls_so(text: str, numbers: list[str]) -> None:
    assert values("trademark", text) == numbers


@pytest.mark.parametrize(
    "text", ["ZL202235271400.3", "zl 2022 3 5271400.3", "专利号：202235271400.3", "ＺＬ202235271400.3"]
)
def test_a_patent_number_is_found(text: str) -> None:
    assert values("patent", text) == ["202235271400.3"]


def test_a_patent_number_with_a_wrong_check_character_is_left_out() -> None:
    assert values("patent", "ZL202235271400.4") == []


def test_brands_are_found_beside_the_rest_with_their_places() -> None:
    text = "荣*峰耳机，电话13812345678"
    assert [(one.kind, one.text) for one in find(text, brands=("荣程峰",))] == [
        ("brand", "荣*峰"),
        ("phone", "13812345678"),
    ]


def test_an_extractor_without_brands_finds_none() -> None:
    assert Extractor().find("荣程峰") == []
