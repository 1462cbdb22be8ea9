from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidValue
from graph.identifiers import uscc

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def with_checks(head: str, organisation: str) -> str:
    """Complete a code from its first eight and the organisation's eight characters, by the words of the standards."""
    total = sum(
        int(character, 36) * weight for character, weight in zip(organisation, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)
    )
    remainder = 11 - total % 11
    body = head + organisation + {10: "X", 11: "0"}.get(remainder, str(remainder))
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    total = sum(ALPHABET.index(character) * weight for character, weight in zip(body, weights, strict=True))
    return body + ALPHABET[(31 - total % 31) % 31]


def reason(value: str) -> str:
    with pytest.raises(InvalidValue) as caught:
        uscc.validate(value)
    return caught.value.reason


def test_lower_case_dashes_and_spaces_are_folded() -> None:
    assert uscc.validate("91 110000-600037341l") == "91110000600037341L"


def test_an_apostrophe_that_a_spreadsheet_left_is_dropped() -> None:
    assert uscc.validate("'914403001922038216") == "914403001922038216"


@pytest.mark.parametrize("place", range(17))
def test_a_change_of_any_character_is_found(place: int) -> None:
    code = "91110000600037341L"
    for character in ALPHABET:
        if character != code[place]:
            assert not uscc.is_valid(code[:place] + character + code[place + 1 :])


def test_a_wrong_organisation_code_is_found_behind_a_right_last_character() -> None:
    good = with_checks("91440300", "70846113")
    wrong_inside = next(
        code
        for check in ALPHABET
        for last in ALPHABET
        if (code := good[:16] + check + last) != good and uscc_last_fits(code)
    )
    with pytest.raises(InvalidValue, match="organisation code") as caught:
        uscc.validate(wrong_inside)
    assert caught.value.reason == "checksum"


def uscc_last_fits(code: str) -> bool:
    total = sum(ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(code[:17]))
    return ALPHABET[-total % 31] == code[17]


@pytest.mark.parametrize("department", ["N2", "A1", "Y1"])
def test_departments_written_as_letters_are_accepted(department: str) -> None:
    code = with_checks(f"{department}440111", "MF123456")
    assert uscc.validate(code) == code
    assert uscc.doubts(code) == ()


@pytest.mark.parametrize("division", ["110000", "440300", "441900", "330782", "110103", "510101", "100000"])
def test_divisions_of_today_and_of_the_past_are_known(division: str) -> None:
    assert uscc.doubts(with_checks(f"91{division}", "MA5DXYRG")) == ()


def test_an_unknown_division_is_a_doubt_and_no_error() -> None:
    code = with_checks("91999999", "MA5DXYRG")
    assert uscc.validate(code) == code
    assert uscc.doubts(code) == ("unknown_division",)


def test_an_unknown_department_is_a_doubt_and_no_error() -> None:
    assert uscc.doubts(with_checks("Q1440300", "MA5DXYRG")) == ("unknown_department",)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("9111000060003734", "length"),
        ("91110000600037341L0", "length"),
        ("91110000600037341O", "format"),
        ("9111000A600037341L", "format"),
        ("９１１１００００６０００３７３４１²", "format"),
        ("91110000600037341ſ", "format"),
        ("91110000600037342L", "checksum"),
        ("000000000000000000", "component"),
    ],
)
def test_the_reason_of_a_refusal(value: str, expected: str) -> None:
    assert reason(value) == expected


@given(
    st.from_regex(r"\A[1-9ANY][1-9][1-9][0-9]{5}\Z"),
    st.text(ALPHABET, min_size=8, max_size=8).filter(lambda code: code != "00000000"),
)
def test_a_code_made_by_the_rules_is_valid(head: str, organisation: str) -> None:
    code = with_checks(head, organisation)
    assert uscc.validate(uscc.format(code.lower())) == code


@pytest.mark.parametrize(
    "slip",
    [
        "91110000600037341A",  # another last character
        "91110000600037841L",  # another one within
        "91110000600073341L",  # two swapped
        "9111000060003734L",  # one left out
        "911100006000373441L",  # one too many
        "９１１１００００６０００３７８４１ｌ",
    ],
)
def test_a_slip_of_the_pen_leads_back_to_the_code(slip: str) -> None:
    assert not uscc.is_valid(slip)
    near = uscc.neighbours(slip)
    assert "91110000600037341L" in near
    assert len(near) < 40
    assert all(uscc.is_valid(code) for code in near)


@pytest.mark.parametrize("text", ["", "9", "no code at all", "9" * 16, "9" * 20, "9" * 5000, "９１１１０\x00"])
def test_what_is_no_code_has_no_neighbours(text: str) -> None:
    assert uscc.neighbours(text) == ()
