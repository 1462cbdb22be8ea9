from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import names
from graph.persons import agreement as person_agreement


@pytest.mark.parametrize(
    "text",
    [
        "温州市永飞电池实业有限公司",
        "溫州永飛電池實業有限公司",
        "浙江省温州市永飞电池实业",
        "Wenzhou Yongfei Co., Ltd.",
        "WENZHOU YONGFEI CO LTD",
        "Wenzhou Yong Fei Battery Industrial Co.,Ltd",
        "永飞电池厂",
        "永飞电池",
        "永飞",
        "永飞（中国）有限公司",
        "永飛電池（香港）有限公司",
        "（温州）永飞科技有限公司",
        "永飞旗舰店",
    ],
)
def test_every_spelling_of_a_name_has_the_key_of_its_trade_name(text: str) -> None:
    assert names.parse_company(text).trade_pinyin == "yongfei"


@pytest.mark.parametrize(
    ("text", "place", "trade", "industry", "activity", "form"),
    [
        ("宝飞兴日化厂", "", "宝飞兴", "toiletries", "", "factory"),
        ("温州市盛业来电子商务有限公司", "330300", "盛业来", "", "ecommerce", "llc"),
        ("东莞金捷汽车配件实业", "441900", "金捷", "auto_parts", "industrial", ""),
        ("广州市永飞塑胶制品制造有限公司", "440100", "永飞", "plastics", "manufacturing", "llc"),
        ("义乌市源来商贸行", "330782", "源来", "", "trade", "sole"),
        ("莆田市荔城区恒达鞋厂", "350304", "恒达", "footwear", "", "factory"),
        ("温州市永飞电池股份有限公司", "330300", "永飞", "batteries", "", "jsc"),
        ("达来潮品汇", "", "达来", "", "", "shop"),
        ("Guangdong Foshan Nanhai Liansheng Shoes Factory", "440605", "liansheng", "footwear", "", "factory"),
        ("Zhejiang Province Wenzhou City Yongfei Battery", "330300", "yongfei", "batteries", "", ""),
        ("苏州市工业园区永飞电子厂", "320576", "永飞", "electronics", "", "factory"),
        ("有限公司", "", "", "", "", "llc"),
        ("Co., Ltd.", "", "", "", "", "llc"),
        ("WENZHOU JIETU(AOLUN) SHOES FACTORY", "330300", "jietu", "footwear", "", "factory"),
        ("Xinlaio International GmbH", "", "xinlaio", "", "international", "llc"),
        ("温州市永飞电池实业有限公司深圳分公司", "330300", "永飞", "batteries", "industrial", "branch"),
    ],
)
def test_a_name_is_read_into_slots(text: str, place: str, trade: str, industry: str, activity: str, form: str) -> None:
    name = names.parse_company(text)
    assert (name.place, name.trade, name.industry, name.activity, name.form) == (place, trade, industry, activity, form)


@pytest.mark.parametrize(
    ("text", "trade"),
    [
        ("永康达电子厂", "永康达"),
        ("泰兴优选", "泰兴"),
        ("永泰电子", "永泰"),
        ("阿里巴巴（中国）网络技术有限公司", "阿里巴巴"),
    ],
)
def test_a_trade_name_that_begins_like_a_place_is_not_eaten(text: str, trade: str) -> None:
    assert names.parse_company(text).trade == trade


def test_a_bracketed_place_leaves_the_head_of_a_latin_name_alone() -> None:
    assert names.parse_company("Yi Chang Tai (Shenzhen) Garment Factory").trade == "yi chang tai"


@given(st.text(max_size=60))
def test_any_text_can_be_read_as_a_company_and_as_a_person(text: str) -> None:
    assert names.parse_company(text).text == text
    assert names.parse_person(text).text == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("温州市永飞电池实业有限公司", "company"),
        ("Wenzhou Yongfei Co., Ltd.", "company"),
        ("永飞电池厂", "company"),
        ("义乌市源来商贸行", "company"),
        ("达来潮品汇", "shop"),
        ("金旺工厂店", "shop"),
        ("陈志强", "person"),
        ("欧阳娜娜", "person"),
        ("王先生", "person"),
        ("Chen Zhiqiang", "person"),
        ("永飞", "unknown"),
        ("", "unknown"),
    ],
)
def test_the_kind_of_a_name_is_guessed(text: str, kind: str) -> None:
    assert names.kind_of_name(text) == kind


@pytest.mark.parametrize(
    "text", ["陈志强", "陳志強", "Chen Zhiqiang", "Zhiqiang CHEN", "Chen, Zhi-Qiang", "Mr. Chen Zhi Qiang"]
)
def test_a_person_is_one_in_both_scripts_and_orders(text: str) -> None:
    assert names.parse_person(text).syllables == ("chen", "zhi", "qiang")


def test_a_title_stands_for_the_given_name() -> None:
    name = names.parse_person("李女士")
    assert (name.surname, name.given) == ("李", "")


def test_a_surname_is_read_as_surnames_are() -> None:
    assert names.parse_person("Lyu Buwei").syllables == names.parse_person("吕不韦").syllables == ("lv", "bu", "wei")
    assert names.parse_person("曾国强").syllables[0] == "zeng"


def _agree(a: str, b: str) -> names.Agreement:
    return names.agreement(names.parse_company(a), names.parse_company(b))


def test_another_place_vetoes() -> None:
    agreement = _agree("温州市永飞电池有限公司", "佛山市永飞电池有限公司")
    assert agreement.place == "differ" and agreement.probability == 0


def test_another_trade_name_of_the_same_sound_vetoes() -> None:
    agreement = _agree("温州市永飞电池有限公司", "温州市咏菲电池有限公司")
    assert agreement.trade == "differ" and agreement.probability == 0


def test_chinese_and_latin_letters_of_one_sound_are_the_same_but_weaker() -> None:
    full = "温州市永飞电池有限公司"
    latin = _agree(full, "Wenzhou Yongfei Battery Co., Ltd.")
    assert latin.trade == "same"
    assert 0 < latin.probability < _agree(full, "温州永飞电池有限公司").probability


def test_a_missing_slot_does_not_veto_but_says_less() -> None:
    full = "温州市永飞电池实业有限公司"
    short, bare = _agree(full, "永飞电池厂"), _agree(full, "永飞")
    assert short.place == "missing" and 0 < bare.probability < short.probability < 1


def test_two_firms_of_one_trade_name_and_place_but_another_business_are_unlikely_one() -> None:
    assert _agree("义乌市源来商贸行", "义乌市源来网络科技有限公司").probability < 0.2


def test_a_district_of_the_city_is_the_same_place() -> None:
    assert _agree("温州市永飞电池厂", "乐清市永飞电池厂").place == "same"


def test_the_stump_of_an_industry_word_is_not_part_of_the_trade_name() -> None:
    agreement = _agree("广州市永飞塑制造有限公司", "广州市永飞塑胶制品制造有限公司")
    assert agreement.trade == "same" and agreement.probability > 0.3


def test_agreement_does_not_depend_on_the_order() -> None:
    for a, b in [("温州市永飞电池实业有限公司", "永飞电池厂"), ("永飞", "Wenzhou Yongfei Co., Ltd.")]:
        assert _agree(a, b) == _agree(b, a)


def test_persons_with_one_different_character_are_different() -> None:
    a, b = names.parse_person("陈志强"), names.parse_person("陈志刚")
    assert person_agreement(a, b) == 0
    assert person_agreement(a, names.parse_person("Chen Zhiqiang")) > 0


@pytest.mark.parametrize(
    ("text", "place", "trade", "industry", "form"),
    [
        ("WENZHOU YONGFEI DIANCHI SHIYE YOUXIAN GONGSI", "330300", "yongfei", "batteries", "llc"),
        ("Wen Zhou Yong Fei Battery Co Ltd", "330300", "yongfei", "batteries", "llc"),
        ("Yi Chang Tai (Shenzhen) Garment Factory", "440300", "yichangtai", "apparel", "factory"),
        ("Yonghe Garment Factory of Xinhui Jiangmen", "440705", "yonghe", "apparel", "factory"),
        ("Zhejiang Longtai Garments Co., Ltd., Pinghu", "330482", "longtai", "apparel", "llc"),
        ("Guangdong Dongfang Electronics Co., Ltd. Shanghai Branch", "440000", "dongfang", "electronics", "branch"),
        ("SuqianDongfang Garment Co. Ltd", "321300", "dongfang", "apparel", "llc"),
        ("WEHZHOU JIETU SHOES CO.,LTD", "330300", "jietu", "footwear", "llc"),
        ("Harbin Northern Dairy Group Co., Ltd.", "230100", "northern", "food", "llc"),
        ("Jinhua Huafeng Int'l Freight Co Ltd", "330700", "huafeng", "logistics", "llc"),
        ("永興製衣廠有限公司", "", "yongxing", "apparel", "llc"),
        ("揭阳市空港区顺发鞋厂", "445200", "shunfa", "footwear", "factory"),
    ],
)
def test_names_are_read_as_they_are_written_over_the_world(
    text: str, place: str, trade: str, industry: str, form: str
) -> None:
    name = names.parse_company(text)
    assert (name.place, name.trade_pinyin, name.industry, name.form) == (place, trade, industry, form)


def test_a_place_that_is_spelled_like_another_may_be_either() -> None:
    name = names.parse_company("Taizhou Baolite Shoes Co. Ltd")
    assert {name.place, name.elsewhere} == {"321200", "331000"}
