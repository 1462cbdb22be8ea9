from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from graph.errors import InvalidValue
from graph.identifiers import sgtin

CANONICAL = "https://id.gs1.org/01/04012345111118/21/9876"
SERIAL_CHARACTERS = string.ascii_letters + string.digits + "!\"%&'()*+,-./:;<=>?_"


@pytest.mark.parametrize(
    "value",
    [
        CANONICAL,
        "urn:epc:id:sgtin:4012345.011111.9876",
        "URN:EPC:ID:SGTIN:4012345.011111.9876",
        "urn:epc:id:sgtin:401234511.0111.9876",
        "urn:epc:tag:sgtin-96:1:4012345.011111.9876",
        "http://id.gs1.org/01/4012345111118/21/9876",
        "HTTPS://BRAND.EXAMPLE/shop/p/01/04012345111118/21/9876/?linkType=gs1:pip#top",
        "https://brand.example/gtin/04012345111118/ser/9876",
        "https://id.gs1.org/01/04012345111118/22/2A/10/LOT7/21/9876",
        "(01)04012345111118(21)9876",
        "(01) 04012345111118 (21) 9876",
        "(01)04012345111118(17)261231(10)LOT7(21)9876",
        "(01)04012345111118(21)9876(10)LOT7",
        "0104012345111118219876",
        "]d20104012345111118219876\x1d",
        "（０１）０４０１２３４５１１１１１８（２１）９８７６",
    ],
)
def test_all_spellings_meet(value: str) -> None:
    assert sgtin.validate(value) == CANONICAL


def test_serials_keep_their_case_and_their_zeros() -> None:
    serials = ["ab1", "AB1", "0ab1"]
    assert len({sgtin.validate(f"urn:epc:id:sgtin:4012345.011111.{serial}") for serial in serials}) == 3


def test_escaped_serials_meet() -> None:
    urn = "urn:epc:id:sgtin:4012345.011111.a%2Fb%22%25"
    link = "https://id.gs1.org/01/04012345111118/21/a%2Fb%22%25"
    assert sgtin.validate(urn) == sgtin.validate(link) == sgtin.validate('(01)04012345111118(21)a/b"%') == link
    assert sgtin.parts(urn).serial == 'a/b"%'


def test_brackets_may_belong_to_a_serial() -> None:
    assert sgtin.parts("(01)04012345111118(21)A(B)").serial == "A(B)"


def test_the_length_of_the_company_prefix_is_looked_up() -> None:
    assert sgtin.urn("(01)07044610873466(21)1") == "urn:epc:id:sgtin:704461.0087346.1"


def test_an_unknown_company_prefix_has_to_be_given() -> None:
    value = "https://id.gs1.org/01/02012345678903/21/1"
    with pytest.raises(InvalidValue, match="give it"):
        sgtin.urn(value)
    assert sgtin.urn(value, company_prefix_length=6) == "urn:epc:id:sgtin:201234.0567890.1"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("https://id.gs1.org/01/04012345111119/21/9876", "checksum"),
        ("(01)04012345111119(21)9876", "checksum"),
        ("https://id.gs1.org/01/040123451111/21/9876", "checksum"),
        ("https://id.gs1.org/01/0401234511111/21/9876", "checksum"),
        ("https://id.gs1.org/01/012345678901234567/21/9876", "length"),
        ("https://id.gs1.org/01/00000000000000/21/9876", "component"),
        ("https://id.gs1.org/01/04012345111118", "format"),
        ("https://id.gs1.org/01/04012345111118/21/", "format"),
        ("https://id.gs1.org/01/04012345111118/21/a%2", "format"),
        ("https://id.gs1.org/01/04012345111118/21/%E5%8F%B7", "format"),
        ("https://id.gs1.org/01/04012345111118/21/a b%20", "format"),
        ("https://id.gs1.org/01/04012345111118/21/9876\ud800", "format"),
        ("(01)04012345111118(21)9876\ud800", "format"),
        ("urn:epc:id:sgtin:4012345.011111.٩٨٧٦", "format"),
        ("https://id.gs1.org/01/04012345111118/10/LOT7", "format"),
        ("https://id.gs1.org/01/04012345111118/21/123456789012345678901", "length"),
        ("urn:epc:id:sgtin:4012345.01111.9876", "format"),
        ("urn:epc:id:sgtin:40123.01111111.9876", "format"),
        ("urn:epc:id:sgtin:4012345.011111", "format"),
        ("urn:epc:idpat:sgtin:4012345.011111.*", "format"),
        ("urn:epc:class:lgtin:4012345.011111.9876", "format"),
        ("urn:epc:id:sgtin:٤٠١٢٣٤٥.011111.9876", "format"),
    ],
)
def test_the_reason_of_a_refusal(value: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        sgtin.validate(value)
    assert (caught.value.kind, caught.value.value, caught.value.reason) == ("sgtin", value, reason)


@given(
    body=st.text("0123456789", min_size=13, max_size=13).filter(lambda digits: bool(digits.strip("0"))),
    serial=st.text(SERIAL_CHARACTERS, min_size=1, max_size=20),
    length=st.integers(6, 12),
)
def test_any_article_survives_the_way_through_urn_and_link(body: str, serial: str, length: int) -> None:
    item = sgtin.Item(body + ean.calc_check_digit(body), serial)
    link = sgtin.validate(f"urn:epc:id:sgtin:{sgtin_urn_tail(item, length)}")
    assert sgtin.parts(link) == item
    assert sgtin.validate(sgtin.urn(link, company_prefix_length=length)) == link


def sgtin_urn_tail(item: sgtin.Item, length: int) -> str:
    escaped = "".join(f"%{ord(sign):02x}" if sign in '"%&/<>?' else sign for sign in item.serial)
    return f"{item.gtin[1 : 1 + length]}.{item.gtin[0]}{item.gtin[1 + length : 13]}.{escaped}"
