"""Where a text holds somebody's number, however it is written."""

from __future__ import annotations

import pytest

from api.masks.numbers import candidates, is_complete, readings
from tests.growth import LINEAR, growth

MOBILE, LANDLINE, HANDLE = "Phone/+8615843339871", "Phone/+8657788886666", "Handle/wechat:wxyongjie77"


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("王五 158-4333-9871", MOBILE),
        ("打一五八 4333 九八七①", MOBILE),
        ("王一１５８４３３３９８７１", MOBILE),
        ("l58 4333 987l", MOBILE),
        ("wangwu15843339871", MOBILE),
        ("OD15843339871X", MOBILE),
        ("0086 158 4333 9871", MOBILE),
        ("20250616-15843339871/0577-88886666", MOBILE),
        ("20250616-15843339871/0577-88886666", LANDLINE),
        ("赵六 057788886666", LANDLINE),
        ("(0577)8888 6666 转 801", LANDLINE),
        ("+86 577 8888 6666", LANDLINE),
        ("tel. 010-6208656", "Phone/+86106208656"),
        ("+81-3-1234-5678", "Phone/+81312345678"),
        ("400-123-4567", "Phone/+864001234567"),
        ("王五158xxxx9871", "MaskedPhone/+86158****9871"),
        ("0577-8888****", "MaskedPhone/+865778888****"),
        ("微信wxyongjie77", HANDLE),
        ("加wxwxyongjie77", HANDLE),
        ("wangwuweixinwxyongjie77", HANDLE),
        ("w x y o n g j i e 7 7", HANDLE),
        ("加微信：yongjiexie 谢谢", "Handle/wechat:yongjiexie"),
        ("wx_yong-jie.77", "Handle/wechat:wx_yong-jie.77"),
        ("QQ 283 746 5901", "Handle/qq:2837465901"),
        ("联系yj7788@Example.com。", "Email/yj7788@example.com"),
        ("yj7788 (at) example dot com", "Email/yj7788@example.com"),
        ("yj7788艾特qq点com", "Email/yj7788@qq.com"),
        ("call 0577-88886666 yj7788 example com", "Email/yj7788@example.com"),
        ("yj7788@example.com", "PayeeAccount/yj7788@example.com"),
        ("6214 8719 3645 0187 734", "PayeeAccount/6214871936450187734"),
        ("510107 19870615 438x", "Person/51010719870615438X"),
        ("uscc 7f3a9c21d4e8b695", "Person/7f3a9c21d4e8b695"),
        ("持台胞证0729518306入境", "Person/台胞证0729518306"),
    ],
)
def test_a_number_is_found_however_it_is_written(text: str, node: str) -> None:
    assert node in candidates(text)
    assert node in candidates(f"收货：{text}；")


@pytest.mark.parametrize(
    "text",
    [
        "温州市永飞鞋业有限公司",
        "浙江省温州市瓯海区兴业路12号",
        "Wenzhou Yongfei Footwear Co., Ltd.",
        "39-44",
        "",
        "@",
        "*" * 20,
    ],
)
def test_a_text_without_a_number_names_nobody(text: str) -> None:
    assert not candidates(text)


def test_a_part_of_a_number_names_nobody_who_has_the_whole() -> None:
    for part in ("88886666", "1584333987", "5843339871", "158 4333", "yj7788@example", "wxyongjie7", "6214 8719 3645"):
        assert not candidates(part) & {MOBILE, LANDLINE, HANDLE, "Email/yj7788@example.com"}


@pytest.mark.parametrize("text", ["1", "1 ", "1*", "a1 ", "wx", "a.", "证", "com ", "一", "@a"])
def test_a_long_text_is_looked_through_in_time_that_grows_with_its_length(text: str) -> None:
    assert growth(lambda size: candidates(text * size), 1000) < LINEAR


def test_whether_a_text_may_be_a_whole_number_is_told_from_the_text_alone() -> None:
    assert is_complete("158 4333 9871")
    assert not is_complete("158****9871")
    assert not is_complete("１２３４")
    assert {MOBILE, "Person/15843339871", "Handle/qq:15843339871"} <= readings("15843339871")
    assert readings("15843339871", ["Phone"]) == {MOBILE}
