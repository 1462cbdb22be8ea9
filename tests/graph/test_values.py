from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidValue
from graph.ontology import ValueType
from graph.values import clean


@pytest.mark.parametrize(
    "text",
    [
        "2025-08-16",
        "2025/8/16",
        "2025.08.16",
        "2025年8月16日",
        "2025年08月16",
        "20250816",
        " 2025-08-16 ",
        "2025-8-16",
        "２０２５－０８－１６",
        "2025-08-16T18:00:00+08:00",
        "2025-08-16 18:00",
        "2025/8/16 9:05:07",
        "2025年8月16日 18时30分",
    ],
)
def test_a_date_is_read_in_the_forms_of_real_feeds(text: str) -> None:
    assert clean("date", text) == "2025-08-16"


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2025-08-16T18:00:00+08:00", "2025-08-16T18:00:00+08:00"),
        ("2025-08-16T18:00:00Z", "2025-08-16T18:00:00Z"),
        ("2025-08-16 18:00", "2025-08-16T18:00:00"),
        ("2025/8/16 9:05:07", "2025-08-16T09:05:07"),
        ("2025-08-16T18:00:00+0800", "2025-08-16T18:00:00+08:00"),
        ("2025年8月16日18时30分5秒", "2025-08-16T18:30:05"),
        ("2025年8月16日 8点", "2025-08-16T08:00:00"),
        ("2025-08-16", "2025-08-16"),
    ],
)
def test_a_time_keeps_its_zone_and_no_more_than_was_said(text: str, time: str) -> None:
    assert clean("time", text) == time


@pytest.mark.parametrize(
    "text",
    [
        "2025-13-45",
        "2025-02-29",
        "2025-00-10",
        "0000-01-01",
        "2025-08-16T25:00:00",
        "2025-08-16T18:61:00",
        "2025-08-16T24:00:00",
        "16/08/2025",
        "8/16/25",
        "Aug 16, 2025",
        "2025-08",
        "2025",
        "45885",
        "202508161",
        "2025-08-16 or so",
        "yesterday",
        "-",
        "٢٠٢٥-٠٨-١٦",
        "2025-08-16T18:00:00+99:99",
    ],
)
@pytest.mark.parametrize("kind", ["date", "time"])
def test_an_impossible_or_doubtful_date_is_refused(kind: ValueType, text: str) -> None:
    with pytest.raises(InvalidValue) as error:
        clean(kind, text)
    assert error.value.reason == "type"
    assert text in str(error.value)


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_day_is_read_in_every_form(day: date) -> None:
    for text in (day.isoformat(), f"{day.year}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日"):
        assert clean("date", text) == day.isoformat()


@given(
    st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.sampled_from([None, timezone(timedelta(hours=8))])).map(
        lambda time: time.replace(microsecond=0)
    )
)
def test_every_time_is_read_and_means_the_same(time: datetime) -> None:
    found = clean("time", time.isoformat(sep=" "))
    assert datetime.fromisoformat(str(found)) == time


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1234.5", 1234.5),
        ("1,234.5", 1234.5),
        ("1,234,567", 1234567.0),
        ("１２．５", 12.5),
        ("-3", -3.0),
        (" 0 ", 0.0),
        ("1e3", 1000.0),
    ],
)
def test_a_number_is_read_with_or_without_separators(text: str, number: float) -> None:
    assert clean("number", text) == number


@pytest.mark.parametrize(
    "text",
    ["1,23", "12,34,567", "1.234,5", "1 234", "abc", "十二", "1e999", "nan", "inf", "9" * 400, "--1", "", "1_000"],
)
def test_what_is_no_certain_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        clean("number", text)


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("1,200", 1200), ("12.0", 12), ("１２", 12), ("-7", -7), ("0" * 30, 0)]
)
def test_a_whole_number_is_read(text: str, number: int) -> None:
    found = clean("integer", text)
    assert found == number
    assert isinstance(found, int)


@pytest.mark.parametrize("text", ["12.5", "1e3", "x", "9" * 19, "9" * 5000, "1,20", "½"])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        clean("integer", text)


@pytest.mark.parametrize(
    ("text", "flag"), [("是", True), ("否", False), ("YES", True), ("0", False), ("ｔｒｕｅ", True)]
)
def test_a_flag_is_read_in_both_languages(text: str, flag: bool) -> None:
    assert clean("flag", text) is flag


def test_what_is_neither_yes_nor_no_is_refused() -> None:
    with pytest.raises(InvalidValue):
        clean("flag", "maybe")


@pytest.mark.parametrize("text", ["https://a.example/item?id=1#x", "weixin://dl/x", "HTTP://A.EXAMPLE"])
def test_a_web_address_is_kept_as_it_came(text: str) -> None:
    assert clean("url", f" {text} ") == text


@pytest.mark.parametrize("text", ["a.example/item", "https://", "https:///x", "http://a b", "链接"])
def test_what_is_no_web_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        clean("url", text)


@given(st.sampled_from(["text", "date", "time", "number", "integer", "flag", "url"]), st.text(min_size=1))
def test_any_text_is_read_or_refused_and_nothing_else(kind: ValueType, text: str) -> None:
    try:
        value = clean(kind, text)
    except InvalidValue as error:
        assert error.value == text
    else:
        assert isinstance(value, (str, int, float))
