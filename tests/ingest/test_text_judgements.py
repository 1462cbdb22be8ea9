"""Court judgements in Chinese, as courts word them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.text import judgement
from ingest.text.amounts import chinese_number, sums
from ingest.text.parties import kind_of, side_of, split_names
from tests.growth import LINEAR, growth

FIRST_INSTANCE = """杭州市余杭区人民法院
民 事 判 决 书
（2016）浙0110民初14851号
原告：东胜市恒源纺织股份有限公司，住所地：内蒙古鄂尔多斯市东胜区轻纺街1号。
法定代表人：王臻，公司董事长。
委托诉讼代理人：赵丽，北京市某某律师事务所律师。
被告：蠡县衣都绣贸易有限公司，住所地：河北省保定市蠡县辛兴镇赵庄村。统一社会信用代码91110000600037341L。
法定代表人：刘克，公司总经理。
被告：浙江天网网络有限公司，住所地：浙江省杭州市余杭区五常大道168号3号楼三层。
法定代表人：张勇，公司董事长。
原告东胜市恒源纺织股份有限公司（以下简称恒源公司）与被告蠡县衣都绣贸易有限公司（以下简称衣都绣公司）、浙江天网网络有限公司（以下简称天网公司）侵害商标权纠纷一案，本院于2016年11月1日立案受理后，公开开庭进行了审理。
恒源公司向本院提出诉讼请求：1、判令衣都绣公司停止生产；2、判令两被告赔偿经济损失500000元。
经审理查明：恒源公司系第4512352号“恒源绣”注册商标的专用权人，核定使用商品为第25类的羊绒衫、羊毛衫等商品，注册有效期至2018年。
本院认为，衣都绣公司未经许可销售的羊绒衫上使用与涉案商标近似的标识，侵害了原告的注册商标专用权。天网公司已尽到合理注意义务，不构成侵权。判决如下：
一、被告蠡县衣都绣贸易有限公司立即停止销售侵害第4512352号“恒源绣”注册商标专用权的商品；
二、被告蠡县衣都绣贸易有限公司于本判决生效之日起十日内赔偿原告经济损失（含合理费用）人民币50,000元；
三、驳回原告东胜市恒源纺织股份有限公司对被告浙江天网网络有限公司的诉讼请求；
四、驳回原告东胜市恒源纺织股份有限公司的其他诉讼请求。
案件受理费8800元，由被告负担。"""

APPEAL = """上诉人（原审被告）：揭阳市爱美贸易有限公司，住所地广东省揭阳市榕城区东兴街道E幢121号。
法定代表人：吴梓，执行董事兼经理。
被上诉人（原审原告）：上海新元化妆品有限公司，住所地上海市奉贤区北环路869号。
原审被告：上海寻找信息技术有限公司，住所地上海市长宁区娄山关路533号2902-2913室。
上诉人（原审被告）揭阳市爱美贸易有限公司（以下简称爱美公司）因与被上诉人（原审原告）上海新元化妆品有限公司（以下简称新元公司）、原审被告上海寻找信息技术有限公司侵害外观设计专利权纠纷一案，不服民事判决，提起上诉。
新元公司系专利号为ZL201330142748.1、名称为“粉底盒”的外观设计专利的专利权人。一审法院遂判决：一、爱美公司停止制造、销售侵害专利权产品的行为；二、爱美公司赔偿新元公司经济损失八万元及合理开支二万元；三、驳回其余诉讼请求。爱美公司不服，上诉请求撤销一审判决。
本院认为，原审判决认定事实清楚。判决如下：
驳回上诉，维持原判。
二审案件受理费2300元，由上诉人负担。"""

DISMISSED = """原告山东国太铝业有限公司，住所地山东省临沂市。法定代表人宋从，董事长。
被告王春来，男，1969年01月06日出生，汉族，系某某中心负责人，住山东省汶上县。
原告山东国太铝业有限公司与被告王春来侵害外观设计专利权纠纷一案，本院受理。
原告诉称，专利号为ZL201330142748.1。被告擅自生产、销售，构成侵权，请求赔偿共计6万元。
本院认为，被诉侵权设计未落入涉案专利权的保护范围，被告的行为不构成侵权。判决如下：
驳回原告要求被告赔偿经济损失的诉讼请求。"""


def test_the_parties_of_a_header_come_with_what_it_says_of_them() -> None:
    read = judgement(FIRST_INSTANCE)
    assert [party.name for party in read.plaintiffs] == ["东胜市恒源纺织股份有限公司"]
    first, second = read.defendants
    assert (first.name, first.kind, first.uscc) == ("蠡县衣都绣贸易有限公司", "company", "91110000600037341L")
    assert (first.address, first.representative) == ("河北省保定市蠡县辛兴镇赵庄村", "刘克")
    assert (second.address, second.representative) == ("浙江省杭州市余杭区五常大道168号3号楼三层", "张勇")


def test_a_defendant_against_whom_the_claim_failed_is_cleared() -> None:
    assert [party.is_cleared for party in judgement(FIRST_INSTANCE).defendants] == [False, True]


def test_the_right_comes_with_name_class_and_goods() -> None:
    (right,) = judgement(FIRST_INSTANCE).rights
    assert (right.number, right.kind, right.name) == ("4512352", "trademark", "恒源绣")
    assert (right.classes, right.goods) == (("Nice:25",), "羊绒衫、羊毛衫")


def test_the_order_decides_outcome_damages_and_conduct_and_no_pleading_does() -> None:
    read = judgement(FIRST_INSTANCE)
    assert (read.outcome, read.compensation, read.conduct, read.flags) == ("partly", 50_000.0, ("sell",), ())
    assert read.finds_infringement


def test_an_appeal_dismissed_leaves_the_first_order_standing() -> None:
    read = judgement(APPEAL)
    assert [party.name for party in read.plaintiffs] == ["上海新元化妆品有限公司"]
    assert [party.name for party in read.defendants] == ["揭阳市爱美贸易有限公司", "上海寻找信息技术有限公司"]
    assert (read.outcome, read.compensation, read.conduct) == ("partly", 100_000.0, ("produce", "sell"))
    assert [(right.number, right.kind, right.name) for right in read.rights] == [("201330142748.1", "design", "粉底盒")]


def test_a_claim_dismissed_states_no_damages_and_no_conduct() -> None:
    read = judgement(DISMISSED)
    assert (read.outcome, read.compensation, read.conduct) == ("dismissed", None, ())
    assert (read.defendants[0].name, read.defendants[0].kind) == ("王春来", "person")
    assert read.defendants[0].address == "山东省汶上县"


def test_a_suit_withdrawn_is_told_from_one_settled() -> None:
    withdrawn = (
        "原告广州市宏发皮具有限公司诉被告李丽华侵害商标权纠纷一案。裁定如下：准许原告广州市宏发皮具有限公司撤回起诉。"
    )
    settled = "原告恒瑞电器有限公司与被告慈溪市亮达电器厂侵害专利权纠纷一案，双方自愿达成如下协议：一、被告赔偿2万元。"
    assert judgement(withdrawn).outcome == "withdrawn"
    assert judgement(settled).outcome == "settled"


def test_without_an_order_the_opinion_decides_and_a_flag_says_so() -> None:
    text = "原告甲乙有限公司诉被告李强侵害商标权纠纷一案。本院认为，被告未经许可销售涉案商品，构成侵权。"
    read = judgement(text)
    assert read.outcome == "infringement"
    assert "outcome read from the opinion" in read.flags


def test_a_text_that_is_no_judgement_is_all_flags() -> None:
    read = judgement("今日天气晴朗。")
    assert (read.plaintiffs, read.defendants, read.rights, read.outcome) == ((), (), (), "unknown")
    assert {"no plaintiff found", "no defendant found", "no right found", "outcome unclear"} <= set(read.flags)


@pytest.mark.parametrize(
    ("before", "piece"), [("", "\n"), ("", "张三与"), ("", "甲乙公司与"), ("", "被告张三、"), ("。被告:", " ")]
)
def test_the_time_for_a_text_grows_with_its_length_only(before: str, piece: str) -> None:
    def read(size: int) -> None:
        judgement(f"原告{before}{piece * (size // len(piece))}商标权纠纷一案。判决如下:驳回诉讼请求。")

    assert growth(read, 6_000) < LINEAR


def test_what_is_not_read_of_too_many_parties_is_flagged() -> None:
    found = judgement("".join(f"被告:甲{chr(0x4E00 + n)}公司。" for n in range(300)))
    assert len(found.defendants) == 200
    assert "more parties" in found.flags
    long = judgement(f"原告甲公司与{'某' * 6000}被告乙公司商标权纠纷一案。")
    assert "parties cut short" in long.flags


def test_an_invalid_credit_code_is_flagged_and_not_kept() -> None:
    read = judgement(FIRST_INSTANCE.replace("91110000600037341L", "91110000600037342L"))
    assert read.defendants[0].uscc == ""
    assert "credit code invalid: 蠡县衣都绣贸易有限公司 91110000600037342L" in read.flags


def test_damages_of_several_items_add_up_and_joint_liability_does_not() -> None:
    text = (
        "原告思科技术公司（Cisco Technology, Inc）诉被告陕西联合进出口有限公司、长沙引航计算机有限公司侵害商标权"
        "纠纷一案。"
        "判决如下：一、停止出口侵权交换机；二、被告陕西联合进出口有限公司赔偿经济损失1,640,000元"
        "及合理开支10万元，共计人民币174万元；"
        "三、被告长沙引航计算机有限公司赔偿原告五万元；四、被告长沙引航计算机有限公司对上述第二项中的20万元承担连带责任。"
    )
    read = judgement(text)
    assert read.compensation == 1_790_000.0
    assert [party.name for party in read.plaintiffs] == ["思科技术公司"]


def test_a_criminal_judgement_has_defendants_and_no_damages() -> None:
    read = judgement(
        "公诉机关泉州市洛江区人民检察院。被告单位泉州市达鑫鞋业有限公司，法定代表人李某某。被告人蔡明辉，男，1974年2月6日出生。"
        "检察院指控被告单位泉州市达鑫鞋业有限公司、被告人蔡明辉犯假冒注册商标罪一案。经审理查明，被告人蔡明辉未经商标注册人授权，"
        "生产假冒“NIKE”注册商标的运动鞋5390双。判决如下：一、被告人蔡明辉犯假冒注册商标罪，判处有期徒刑三年，并处罚金二十万元。"
    )
    assert [(party.name, party.kind) for party in read.defendants] == [
        ("泉州市达鑫鞋业有限公司", "company"),
        ("蔡明辉", "person"),
    ]
    assert (read.outcome, read.compensation, read.goods) == ("infringement", None, ("运动鞋",))


def test_traditional_characters_are_read_as_simplified_ones() -> None:
    read = judgement(
        "原告：慶元雙兔投資有限公司。住所地：浙江省慶元縣。被告：姜開亮，男，1978年出生。原告慶元雙兔投資有限公司與被告姜開亮"
        "侵害商標權糾紛一案。第3072379號「夢天」註冊商標。判決如下：被告停止生產、銷售侵權木門，賠償原告共計人民幣10萬元。"
    )
    assert read.plaintiffs[0].name == "庆元双兔投资有限公司"
    assert (read.rights[0].name, read.compensation, read.goods) == ("梦天", 100_000.0, ("木门",))


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("甲乙有限公司、张三丰与丙丁鞋厂", ["甲乙有限公司", "张三丰", "丙丁鞋厂"]),
        ("信和贸易有限公司和李明", ["信和贸易有限公司", "李明"]),
        ("张和平", ["张和平"]),
        ("北京三友知识产权代理有限公司侵害商标权", ["北京三友知识产权代理有限公司"]),
        ("深圳华大基因科技有限公司因与", ["深圳华大基因科技有限公司"]),
        (
            "绫致时装（天津）有限公司（以下简称绫致公司）".translate({0xFF08: "(", 0xFF09: ")"}),
            ["绫致时装(天津)有限公司"],
        ),
        ("NIKE INNOVATE C.V.诉", ["NIKE INNOVATE C.V."]),
    ],
)
def test_names_in_one_breath_are_told_apart(written: str, names: list[str]) -> None:
    assert split_names(written) == names


@pytest.mark.parametrize(
    ("role", "side"),
    [
        ("原告", "plaintiff"),
        ("被告人", "defendant"),
        ("上诉人(原审被告)", "defendant"),
        ("被上诉人(一审原告、反诉被告)", "plaintiff"),
        ("原告(反诉被告)", "plaintiff"),
        ("第三人", "third"),
        ("上诉人", None),
    ],
)
def test_the_role_at_first_instance_makes_the_side(role: str, side: str | None) -> None:
    assert side_of(role) == side


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("李某某", "person"),
        ("欧阳明", "person"),
        ("白云区丽华皮具商行", "company"),
        ("Acme GmbH", "company"),
        ("香奈儿", "unknown"),
    ],
)
def test_a_name_that_tells_nothing_is_unknown(name: str, kind: str) -> None:
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("10万元", 100_000),
        ("人民币1,640,000元", 1_640_000),
        ("50000.50元", 50_000.5),
        ("五万元", 50_000),
        ("十二万五千元", 125_000),
        ("壹佰贰拾万元", 1_200_000),
        ("2.5万元", 25_000),
        ("1亿2000万元", 120_000_000),
        ("3千元", 3_000),
        ("一亿二千万元", 120_000_000),
    ],
)
def test_sums_are_read_as_documents_write_them(text: str, amount: float) -> None:
    assert [one[2] for one in sums(text)] == [amount]


def test_numerals_one_by_one_are_no_number() -> None:
    assert chinese_number("一三八") is None
    assert chinese_number("二〇二四") is None


FEEDS = Path(__file__).parents[3] / "shared" / "worlds"


@pytest.mark.skipif(not FEEDS.exists(), reason="the shared worlds are not here")
def test_every_judgement_of_the_shared_worlds_is_read_without_a_flag() -> None:
    for feed in FEEDS.glob("*/feeds/judgements.jsonl"):
        for line in feed.read_text(encoding="utf-8").splitlines():
            read = judgement(json.loads(line)["text"])
            assert not read.flags
            assert (
                read.finds_infringement and read.compensation and read.defendants[0].uscc and read.defendants[0].address
            )
