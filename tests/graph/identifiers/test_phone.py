from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidValue
from graph.identifiers import phone

MOBILES = st.from_regex(r"\A1[3-9][0-9]{9}\Z")


@pytest.mark.parametrize(
    "value",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "138－0013－8000",
        "138.0013.8000",
        "+8613800138000",
        "+86 13800138000",
        "(+86) 138 0013 8000",
        "008613800138000",
        "86-13800138000",
        "8613800138000",
        "013800138000",
        "+86 0 13800138000",
        "tel:+86-138-0013-8000",
        "１３８００１３８０００",
        "\u202d13800138000\u202c",
        "'13800138000",
        "\t13800138000",
    ],
)
def test_spellings_of_a_mobile_meet(value: str) -> None:
    assert phone.validate(value) == "+8613800138000"


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        ("010-62086566", "+861062086566"),
        ("（010）62086566", "+861062086566"),
        ("+86 10 6208 6566", "+861062086566"),
        ("0086-010-62086566", "+861062086566"),
        ("0571-85022088", "+8657185022088"),
        ("0571/85022088", "+8657185022088"),
        ("400-666-1064", "+864006661064"),
        ("4006661064", "+864006661064"),
        ("800-810-0000", "+868008100000"),
        ("+1 650 253 0000", "+16502530000"),
        ("0065 6521 8000", "+6565218000"),
        ("+852 2345 6789", "+85223456789"),
    ],
)
def test_other_numbers_are_read(value: str, canonical: str) -> None:
    assert phone.validate(value) == canonical


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("11012345678", "component"),
        ("12345678901", "component"),
        ("95588", "component"),
        ("62086566", "component"),
        ("1380013800", "length"),
        ("138001380000", "length"),
        ("110", "length"),
        ("13800138000/13900139000", "length"),
        ("+999 12345678", "component"),
        ("+86 138001380001", "length"),
        ("1-800-FLOWERS", "format"),
        ("٠١٠٦٢٠٨٦٥٦٦", "format"),
        ("1.38001E+10", "format"),
        ("电话不详", "format"),
        ("***********", "component"),
        ("1**********", "component"),
        ("0*", "component"),
        ("12345****01", "component"),
        ("138****12345678", "length"),
        ("138*1*2*3", "length"),
    ],
)
def test_the_reason_of_a_refusal(value: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        phone.validate(value)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "value", ["010-62086566-8001", "010-62086566转8001", "(010) 62086566 ext. 8001", "01062086566x1"]
)
def test_an_extension_is_left_out_and_told(value: str) -> None:
    assert phone.validate(value) == "+861062086566"
    assert phone.doubts(value) == ("extension",)


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        ("138****1234", "+86138****1234"),
        ("138 **** 1234", "+86138****1234"),
        ("138-****-1234", "+86138****1234"),
        ("138＊＊＊＊1234", "+86138****1234"),
        ("138xxxx1234", "+86138****1234"),
        ("138ＸＸＸＸ1234", "+86138****1234"),
        ("138●●●●1234", "+86138****1234"),
        ("+86 138****1234", "+86138****1234"),
        ("86138****1234", "+86138****1234"),
        ("0138****1234", "+86138****1234"),
        ("159***3177", "+86159****3177"),
        ("159******3177", "+86159****3177"),
        ("1381234****", "+861381234****"),
        ("13*****1234", "+8613*****1234"),
        ("*******1234", "+86*******1234"),
        ("****1234", "+86*******1234"),
        ("138*1*2*3*4", "+86138*1*2*3*4"),
        ("010-****6566", "+8610****6566"),
        ("010-***6566", "+8610****6566"),
        ("0755-8****123", "+867558****123"),
        ("0755-8***123", "+867558***123"),
        ("400-***-1064", "+86400***1064"),
        ("+1 650***0000", "+1650***0000"),
    ],
)
def test_a_masked_number_keeps_what_is_known(value: str, canonical: str) -> None:
    assert phone.validate(value) == canonical
    assert phone.validate(canonical) == canonical
    assert phone.doubts(value)[0] == "masked"


def test_a_number_of_which_little_is_visible_is_doubted_twice() -> None:
    assert phone.doubts("138****1234") == ("masked",)
    assert phone.doubts("138********") == ("masked", "little_visible")


def test_mobile_ranges_that_nobody_uses_yet_are_doubted() -> None:
    assert phone.doubts("14012345678") == ("unknown_range",)
    assert phone.doubts("13800138000") == ()


def test_zeros_in_front_of_a_number_abroad_go_at_once() -> None:
    canonical = phone.validate("+64 00 6661064")
    assert phone.validate(canonical) == canonical


def test_a_landline_of_an_unknown_range_is_kept_and_doubted() -> None:
    assert phone.validate("026-22345678") == "+862622345678"
    assert phone.doubts("026-22345678") == ("unknown_range",)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("+8613800138000", "138 0013 8000"),
        ("+86138****8000", "138****8000"),
        ("+861062086566", "010-62086566"),
        ("+8657185022088", "0571-85022088"),
        ("+8610****6566", "010-****6566"),
        ("+864006661064", "400-666-1064"),
        ("+86400***1064", "400-***-1064"),
        ("+16502530000", "+1 650-253-0000"),
        ("+1650***0000", "+1650***0000"),
    ],
)
def test_the_form_for_people(value: str, expected: str) -> None:
    assert phone.format(value) == expected
    assert phone.validate(expected) == value


def test_only_a_full_chinese_mobile_has_a_mask() -> None:
    assert phone.mask_of("+8613800138000") == "+86138****8000"
    assert [phone.mask_of(value) for value in ("+861062086566", "+16502530000", "+86138****8000")] == [None, None, None]


@given(MOBILES)
def test_a_number_fits_its_own_mask_and_meets_its_masked_spelling(mobile: str) -> None:
    canonical = phone.validate(mobile)
    mask = phone.mask_of(canonical)
    assert mask is not None
    assert phone.fits(mask, canonical)
    assert phone.validate(f"{mobile[:3]}****{mobile[-4:]}") == mask
    assert phone.validate(f"{mobile[:3]}***{mobile[-4:]}") == mask


@given(MOBILES, MOBILES)
def test_a_number_fits_the_mask_of_another_only_when_the_visible_digits_agree(one: str, other: str) -> None:
    mask = phone.mask_of(phone.validate(one))
    assert mask is not None
    assert phone.fits(mask, phone.validate(other)) == (one[:3] == other[:3] and one[-4:] == other[-4:])


def test_numbers_of_different_length_do_not_fit() -> None:
    assert not phone.fits("+86138****1234", "+861062086566")


@given(MOBILES, st.sampled_from(["", "+86", "+86 ", "0086", "86", "86-", "0"]), st.sampled_from(["", " ", "-"]))
def test_prefixes_and_groups_never_change_a_mobile(mobile: str, prefix: str, gap: str) -> None:
    assert phone.validate(prefix + gap.join((mobile[:3], mobile[3:7], mobile[7:]))) == f"+86{mobile}"
