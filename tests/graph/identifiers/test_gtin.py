from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidValue
from graph.identifiers import gtin


def test_spellings_with_12_13_and_14_digits_meet() -> None:
    spellings = ["614141123452", "0614141123452", "00614141123452"]
    assert {gtin.fourteen(spelling) for spelling in spellings} == {"00614141123452"}
    assert [gtin.validate(spelling) for spelling in spellings] == spellings


@pytest.mark.parametrize("value", ["73513536", "614141123453", "6901234567893", "98412345678909"])
def test_a_wrong_check_digit_is_refused(value: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        gtin.validate(value)
    assert caught.value.reason == "checksum"


@pytest.mark.parametrize("value", ["7351353", "735135370", "6901234567", "690123456789212"])
def test_other_lengths_are_refused(value: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        gtin.validate(value)
    assert caught.value.reason == "length"


@pytest.mark.parametrize("value", ["2012345678903", "02012345678903", "20123451"])
def test_numbers_that_a_shop_gives_itself_are_doubted(value: str) -> None:
    assert gtin.doubts(gtin.validate(value)) == ("restricted_circulation",)


def test_a_prefix_that_nobody_has_is_doubted() -> None:
    assert gtin.doubts(gtin.validate("1402345678903")) == ("unknown_prefix",)


def test_a_number_for_variable_measure_is_doubted() -> None:
    assert gtin.doubts("98412345678908") == ("variable_measure",)


@pytest.mark.parametrize("value", ["6901234567892", "06901234567892", "614141123452", "9780471117094", "73513537"])
def test_an_ordinary_number_is_not_doubted(value: str) -> None:
    assert gtin.doubts(value) == ()


@given(st.sampled_from([7, 11, 12, 13]).flatmap(lambda size: st.text("0123456789", min_size=size, max_size=size)))
def test_exactly_one_check_digit_fits(body: str) -> None:
    fitting = [body + digit for digit in "0123456789" if gtin.is_valid(body + digit)]
    assert len(fitting) == (1 if body.strip("0") else 0)
