from __future__ import annotations

import pytest

from graph.errors import InvalidValue
from graph.identifiers import sscc

SPELLINGS = [
    "106141412345678908",
    "1 0614141 234567890 8",
    "(00)106141412345678908",
    "(00) 1 0614141 2345678908",
    "00106141412345678908",
    "urn:epc:id:sscc:0614141.1234567890",
    "URN:EPC:ID:SSCC:0614141.1234567890",
    "urn:epc:tag:sscc-96:0:0614141.1234567890",
    "https://id.gs1.org/00/106141412345678908",
    "https://parcel.example/track/00/106141412345678908?lang=zh",
]


@pytest.mark.parametrize("value", SPELLINGS)
def test_all_spellings_meet_in_the_18_digits(value: str) -> None:
    assert sscc.validate(value) == "106141412345678908"


@pytest.mark.parametrize(
    "value", ["106141412345678907", "(00)106141412345678907", "https://id.gs1.org/00/106141412345678907"]
)
def test_a_wrong_check_digit_is_refused_in_every_spelling(value: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        sscc.validate(value)
    assert caught.value.reason == "checksum"


@pytest.mark.parametrize(
    "value",
    ["urn:epc:id:sscc:0614141.123456789", "urn:epc:id:sgtin:0614141.112345.1", "https://id.gs1.org/01/00614141123452"],
)
def test_other_urns_and_links_are_refused(value: str) -> None:
    assert not sscc.is_valid(value)
