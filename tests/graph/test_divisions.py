from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph import divisions

SHARED = Path(__file__).parents[3] / "shared" / "data" / "cn-divisions" / "pca-code.json"


def test_a_district_knows_its_lineage() -> None:
    assert [one.name for one in divisions.lineage("330382")] == ["浙江省", "温州市", "乐清市"]


def test_a_municipality_is_its_own_city() -> None:
    city = divisions.city("110105")
    assert city is not None and city.name == "北京市"


def test_a_county_level_city_under_its_province_is_its_own_city() -> None:
    city = divisions.city("419001")
    assert city is not None and city.name == "济源市"


@pytest.mark.parametrize(
    ("code", "spoken"), [("110105", "chaoyang"), ("440114", "huadu"), ("331102", "liandu"), ("371722", "shanxian")]
)
def test_a_place_is_found_by_the_sound_that_its_name_has(code: str, spoken: str) -> None:
    assert code in {one.code for one in divisions.find(spoken)}


def test_a_zone_without_its_city_is_known_behind_the_city_only() -> None:
    assert divisions.read("苏州市工业园区星湖街").codes == ("320576",)
    assert divisions.read("工业园区星湖街").codes == ()


def test_a_province_lies_in_no_city() -> None:
    assert divisions.city("330000") is None


def test_divisions_are_found_by_pinyin_and_by_chinese_names_with_or_without_rank() -> None:
    codes = {divisions.find(name)[0].code for name in ("乐清市", "乐清", "Yueqing", "yue qing")}
    assert codes == {"330382"}


def test_a_name_that_several_divisions_bear_gives_them_all() -> None:
    assert len(divisions.find("鼓楼区")) > 2
    assert [one.code for one in divisions.find("鼓楼区", inside="350000")] == ["350102"]


@pytest.mark.parametrize(
    ("text", "code", "rest"),
    [
        ("浙江省温州市乐清市创业路308号", "330382", "创业路308号"),
        ("浙江温州乐清创业路", "330382", "创业路"),
        ("双流区康庄大道245号", "510116", "康庄大道245号"),
        ("双流县康庄大道245号", "510116", "康庄大道245号"),
        ("管城区建设大道", "410104", "建设大道"),
        ("浙江省义乌市北苑街道", "330782", "北苑街道"),
        ("北京市北京市朝阳区建国路", "110105", "建国路"),
        ("吉林吉林市船营区", "220204", ""),
        ("重庆市市辖区万州区", "500101", ""),
        ("东莞虎门镇滨河路", "441900121", "滨河路"),
        ("温州市温州大道", "330300", "温州大道"),
    ],
)
def test_names_at_the_head_of_a_text_are_read(text: str, code: str, rest: str) -> None:
    head = divisions.read(text)
    assert (head.code, text[head.end :]) == (code, rest)


@pytest.mark.parametrize("text", ["南京东路100号", "振兴路88号", "友谊街12号", "白沟镇新安一路", "新华大街5号"])
def test_a_road_or_a_town_that_begins_like_a_place_is_left_whole(text: str) -> None:
    assert divisions.read(text).end == 0


def test_an_ambiguous_district_gives_all_codes_and_none_for_sure() -> None:
    head = divisions.read("白云区创业路")
    assert head.code is None and set(head.codes) == {"440111", "520113"}


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not beside the repository")
def test_the_table_holds_every_division_of_the_published_list() -> None:
    published = {
        district["code"]: district["name"]
        for province in json.loads(SHARED.read_text(encoding="utf-8"))
        for city in province["children"]
        for district in city["children"]
    }
    for code, name in published.items():
        one = divisions.get(code)
        assert one is not None and one.name == name
