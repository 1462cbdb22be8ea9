from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph import addresses

MARKET = Path(__file__).parents[3] / "shared" / "worlds" / "small"


@pytest.mark.parametrize(
    "text",
    [
        "浙江省温州市乐清市创业路308号B栋3楼",
        "浙江温州乐清市创业路308号",
        "乐清市创业路３０８号",
        "溫州樂清市創業路308號B幢3樓",
        "浙江省 温州市 乐清市 创业路308号",
        "中国浙江省温州市乐清市创业路三百零八号",
        "乐清创业路308号",
        "浙江省温州市乐清市柳市镇创业路308号",
        "乐清市创业路第308号",
        "乐清市工业园区创业路308号",
    ],
)
def test_every_spelling_of_an_address_meets_in_one_key(text: str) -> None:
    address = addresses.parse(text)
    assert address.key == "330382|创业路|308"
    assert address.complete


def test_house_numbers_69_and_699_do_not_meet() -> None:
    one, other = addresses.parse("乐清市创业路69号"), addresses.parse("乐清市创业路699号")
    assert one.key != other.key
    assert addresses.agreement(one, other).probability == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("广州市白云区石井街石沙路288号", "广州市白云区石井街道石沙路288号"),
        ("江苏省苏州市工业园区星湖街328号", "苏州工业园区星湖街328号"),
        ("上海市浦东新区碧波路690弄8号楼", "上海浦东新区碧波路690弄8号"),
        ("温州市鹿城区开发区滨海五路668号", "温州鹿城区滨海五路668号"),
        ("88 Jianguo Rd, Chaoyang District, Beijing", "No. 88 Jianguo Road, Chaoyang, Beijing 100022, China"),
        ("Jl. Sudirman No. 12, Jakarta, Indonesia", "Jl Sudirman 12, Jakarta 10220, Indonesia"),
        ("12 Đường Lê Lợi St, Đà Nẵng, Vietnam", "12 Duong Le Loi Street, Da Nang, Viet Nam"),
    ],
)
def test_two_spellings_of_one_address_meet(one: str, other: str) -> None:
    assert addresses.parse(one).key == addresses.parse(other).key
    assert addresses.parse(one).complete


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("123 Main Street, Springfield, IL 62701, USA", "123 Main Street, Chicago, IL 60601, USA"),
        ("1 Market Street, San Diego, California, USA", "1 Market Street, Fresno, California, USA"),
        ("5 King Street, Toronto, ON M5V 2T6, Canada", "5 King Street, Ottawa, ON K1A 0A1, Canada"),
        ("温州经济技术开发区昌盛路1号", "嘉兴经济技术开发区昌盛路1号"),
    ],
)
def test_one_road_and_number_in_two_cities_are_two_addresses(one: str, other: str) -> None:
    assert addresses.parse(one).key != addresses.parse(other).key


def test_missing_levels_are_filled_in_when_there_is_one_choice() -> None:
    address = addresses.parse("双流区康庄大道245号")
    assert (address.province, address.city, address.district, address.code) == ("四川省", "成都市", "双流区", "510116")


def test_an_ambiguous_district_leaves_the_address_incomplete() -> None:
    address = addresses.parse("白云区创业路308号")
    assert not address.complete and address.loose_key is None and address.key == "~白云区|创业路|308"
    assert set(address.codes) == {"440111", "520113"}


def test_a_town_alone_is_not_taken_for_the_only_one_of_its_name() -> None:
    assert not addresses.parse("长安镇科技三路357号").complete


def test_a_city_without_districts_is_keyed_by_its_town() -> None:
    assert addresses.parse("广东省东莞市虎门镇滨河一路69号").key == addresses.parse("东莞虎门镇滨河一路69号").key


def test_a_town_with_and_without_its_district_meets_in_the_loose_key() -> None:
    short, full = addresses.parse("保定白沟镇新安一路7号"), addresses.parse("河北省保定市高碑店市白沟镇新安一路7号")
    assert short.loose_key == full.loose_key
    assert addresses.agreement(short, full).probability > 0.8


@pytest.mark.parametrize(
    ("text", "road", "number", "building", "floor", "room"),
    [
        ("上海市闵行区七宝镇沪星路88弄12号3层", "沪星路", "88弄12", "", "3", ""),
        ("上海市浦东新区张江高科技园区科苑路88号2号楼301室", "科苑路", "88", "2", "", "301"),
        ("深圳市宝安区西乡街道固戍社区航城工业区A3栋2楼", "固戍社区航城工业区", "", "A3", "2", ""),
        ("广州市白云区三元里大道三百零八号", "三元里大道", "308", "", "", ""),
        ("邵阳市双清区工业3路27号", "工业三路", "27", "", "", ""),
        ("温州市鹿城区黎明西路18-2号", "黎明西路", "18-2", "", "", ""),
        ("杭州市滨江区网商路599号4幢18层1803室", "网商路", "599", "4", "18", "1803"),
        ("北京市朝阳区建国路甲1号", "建国路", "甲1", "", "", ""),
    ],
)
def test_parts_below_the_district_are_read(
    text: str, road: str, number: str, building: str, floor: str, room: str
) -> None:
    address = addresses.parse(text)
    assert (address.road, address.number, address.building, address.floor, address.room) == (
        road, number, building, floor, room,
    )  # fmt: skip


def test_a_building_stands_for_the_number_in_an_industrial_zone() -> None:
    assert addresses.parse("深圳市宝安区航城工业区A3栋2楼").complete


@given(st.text(max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    assert addresses.parse(text).text == text


@pytest.mark.parametrize("text", ["村" * 500, "乐清市" + "工业区" * 100, "一" * 300 + "号", "a, " * 300])
def test_a_long_repetition_is_read_as_well(text: str) -> None:
    assert not addresses.parse(text).complete


def test_an_empty_address_has_no_key() -> None:
    assert addresses.parse("  ").key is None


def test_a_romanised_address_gets_its_division_code() -> None:
    address = addresses.parse("No. 12 Xinghua Road, Nanhai District, Foshan City, Guangdong, China")
    assert (address.country, address.code, address.road, address.number) == ("CN", "440605", "xinghualu", "12")


def test_both_scripts_meet_in_the_spoken_key() -> None:
    latin = addresses.parse("308 Chuangye Road, Yueqing, Wenzhou, Zhejiang")
    han = addresses.parse("浙江省温州市乐清市创业路308号B栋")
    assert latin.spoken_key == han.spoken_key == "330382|chuangyelu|308"
    assert addresses.agreement(latin, han).probability > 0.9


@pytest.mark.parametrize("road", ["Shuangbao West Road", "West Shuangbao Rd.", "SHUANGBAO XI LU"])
def test_directions_in_a_road_are_put_where_chinese_puts_them(road: str) -> None:
    assert addresses.parse(f"No.8 {road}, Ouhai District, Wenzhou, China").road == "shuangbaoxilu"


def test_a_municipality_is_no_part_of_the_province_behind_it() -> None:
    assert addresses.parse("528 Xingge Road,Songjiang District,Shanghai,Jiangsu Province").code == "310117"


def test_a_country_known_from_elsewhere_is_kept() -> None:
    assert addresses.parse("Plot # 35,Sector # 4,Chittagong Export Processing Zone", "Bangladesh").country == "BD"


def test_the_number_of_a_national_road_is_no_house_number() -> None:
    assert not addresses.parse("National Rd., No. 4, Kampong Speu Province, Cambodia").complete


def test_another_district_vetoes() -> None:
    one, other = addresses.parse("温州市乐清市创业路308号"), addresses.parse("温州市鹿城区创业路308号")
    agreement = addresses.agreement(one, other)
    assert agreement.district == "differ" and agreement.probability == 0


def test_an_incomplete_address_may_agree_with_a_complete_one() -> None:
    one, other = addresses.parse("白云区创业路308号"), addresses.parse("广州市白云区创业路308号B栋")
    assert 0 < addresses.agreement(one, other).probability < 0.9
    assert addresses.agreement(one, addresses.parse("成都市武侯区创业路308号")).probability == 0


@pytest.mark.skipif(not MARKET.exists(), reason="the shared markets are not beside the repository")
def test_the_sites_of_a_market_have_one_complete_key_each_and_share_none() -> None:
    with (MARKET / "feeds" / "parcels.csv").open(encoding="gb18030", newline="") as lines:
        written = {row["运单号"]: row["寄件地址"] for row in csv.DictReader(lines)}
    keys: dict[str, set[str]] = defaultdict(set)
    incomplete = total = 0
    with (MARKET / "truth" / "same.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["feed"] != "parcels" or row["key"] not in written:
                continue
            address = addresses.parse(written[row["key"]])
            total += 1
            if address.complete and address.key is not None:
                keys[address.key].add(row["entity"])
            else:
                incomplete += 1
    assert all(len(sites) == 1 for sites in keys.values())
    assert len(set().union(*keys.values())) == len(keys)
    assert incomplete < total * 0.03
