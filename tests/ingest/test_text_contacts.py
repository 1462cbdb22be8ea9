"""WeChat and QQ handles, e-mail addresses and web addresses in running text."""

from __future__ import annotations

import pytest

from ingest.text import find


def values(kind: str, text: str) -> list[str]:
    return [one.value for one in find(text) if one.kind == kind]


@pytest.mark.parametrize(
    "text",
    [
        "微信：abc_123",
        "微信abc_123",
        "微 信：abc_123",
        "薇信 abc_123",
        "威信:ABC_123",
        "V信：abc_123",
        "Ｖ信：ａｂｃ＿１２３",
        "太阳镜 加V信:abc_123",
        "加V：abc_123",
        "➕V：abc_123",
        "+薇：abc_123",
        "加微abc_123",
        "vx:abc_123",
        "VX abc_123",
        "wx：abc_123",
        "V❤：abc_123",
        "微信号是abc_123",
        "微信/WeChat: abc_123",
        "my wechat is abc_123",
        "WeChat ID: abc_123, thanks",
    ],
)
def test_a_wechat_handle_is_found_behind_any_word_for_wechat(text: str) -> None:
    assert values("wechat", text) == ["abc_123"]


def test_a_handle_that_begins_as_a_cue_does_is_kept_whole() -> None:
    assert values("wechat", "加V信:wx5478681") == ["wx5478681"]


def test_default_handles_need_no_cue() -> None:
    assert values("wechat", "搜 wxid_8q7r6s5t4u3v22") == ["wxid_8q7r6s5t4u3v22"]


def test_several_handles_behind_one_cue_are_all_found() -> None:
    assert values("wechat", "微信：abc_123、def_456 或 ghi-789") == ["abc_123", "def_456", "ghi-789"]


@pytest.mark.parametrize(
    "text",
    [
        "微信：13812345678",
        "vx13812345678",
        "手机/微信：138 1234 5678",
        "13812345678（微信同号）",
        "微信同号13812345678",
        "V信：壹叁捌壹贰叁肆伍陆柒捌",
    ],
)
def test_a_phone_used_as_handle_is_both(text: str) -> None:
    assert values("wechat", text) == ["13812345678"]
    assert values("phone", text) == ["+8613812345678"]


@pytest.mark.parametrize(
    "text",
    [
        "微信支付 alipay",
        "WeChat support available",
        "WeChat welcome",
        "微信：abc",
        "微信：a23456789012345678901",
        "V领毛衣 加V领T恤 LV220",
        "220V: 50hz v: voltage",
        "T恤 model_2024x",
        "微信：abc_123@qq.com",
    ],
)
def test_words_near_a_cue_are_no_handles(text: str) -> None:
    assert values("wechat", text) == []


@pytest.mark.parametrize(
    "text",
    [
        "QQ：12345678",
        "QQ12345678",
        "扣扣 12345678",
        "企鹅：１２３４５６７８",
        "加Q 12 34 56 78",
        "qq号一二三四五六七八",
        "QQ/微信：12345678",
    ],
)
def test_a_qq_number_is_found(text: str) -> None:
    assert values("qq", text) == ["12345678"]


@pytest.mark.parametrize(
    "text",
    [
        "QQ群 12345678",
        "QQ糖 10000颗",
        "QQ：1234",
        "QQ 123456789012",
        "企鹅毛绒玩具 20245",
        "QQ 10000元",
        "QQ：13812345678",
        "货号12345678",
    ],
)
def test_other_numbers_are_no_qq(text: str) -> None:
    assert values("qq", text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("邮箱abc.def@qq.com，联系人王先生", "abc.def@qq.com"),
        ("Sales@Example.COM", "sales@example.com"),
        ("abc＠163.com", "abc@163.com"),
        ("name at domain dot com", "name@domain.com"),
        ("name (at) domain (dot) co (dot) uk", "name@domain.co.uk"),
        ("name[at]domain[dot]com", "name@domain.com"),
        ("name @ qq.com", "name@qq.com"),
        ("abc艾特qq点com", "abc@qq.com"),
        ("abc#qq.com", "abc@qq.com"),
    ],
)
def test_an_email_is_found_however_it_is_disguised(text: str, value: str) -> None:
    assert values("email", text) == [value]


@pytest.mark.parametrize("text", ["xinl@io原单香水", "5 @ 10 dollars", "look at amazon.com", "@nike", "@qq.com"])
def test_an_at_alone_makes_no_email(text: str) -> None:
    assert values("email", text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("https://shop.example.com/a?b=1。", "https://shop.example.com/a?b=1"),
        ("见HTTPS://Shop.Example.com/Item?ID=5，", "https://shop.example.com/Item?ID=5"),
        ("www.example.com/x.", "www.example.com/x"),
        ("网店shop123.taobao.com包邮", "shop123.taobao.com"),
    ],
)
def test_a_web_address_ends_where_the_sentence_goes_on(text: str, value: str) -> None:
    assert values("url", text) == [value]


@pytest.mark.parametrize("text", ["T恤.好", "1.5 kg", "e.g. this", "name@example.com", "Co.,Ltd."])
def test_dots_alone_make_no_web_address(text: str) -> None:
    assert values("url", text) == []
