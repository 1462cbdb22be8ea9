from __future__ import annotations

import pytest

from graph.errors import InvalidValue
from graph.identifiers import icp


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        ("浙ICP备18013128号-2", "浙ICP备18013128号-2"),
        ("浙icp备 18013128 号－2", "浙ICP备18013128号-2"),
        ("浙ICP備18013128號-2", "浙ICP备18013128号-2"),
        ("备案号：浙ICP备18013128-2", "浙ICP备18013128号-2"),
        ("闽ICP备2021012345号-1A", "闽ICP备2021012345号-1A"),
        ("京ICP证030173", "京ICP证030173号"),
        ("京公网安备 11000002000001号", "京公网安备11000002000001号"),
        ("粤B2-20090191", "粤B2-20090191"),
        ("合字B2-20210005", "合字B2-20210005"),
    ],
)
def test_spellings_are_folded(value: str, canonical: str) -> None:
    assert icp.validate(value) == canonical


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("彬ICP备18013128号", "component"),
        ("彬B2-20090191", "component"),
        ("浙ICP备1801312号", "length"),
        ("浙ICP备030173号", "length"),
        ("京公网安备1100000200000号", "length"),
        ("ICP备18013128号", "format"),
        ("浙ICP备号", "format"),
        ("浙ICP备1801312٨号", "format"),
    ],
)
def test_the_reason_of_a_refusal(value: str, reason: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        icp.validate(value)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("value", "filing"),
    [
        ("浙ICP备18013128号-2", "浙ICP备18013128号"),
        ("浙ICP备18013128号", "浙ICP备18013128号"),
        ("粤B2-20090191", "粤B2-20090191"),
    ],
)
def test_sites_of_one_filer_share_its_filing(value: str, filing: str) -> None:
    assert icp.filing(value) == filing


def test_an_unknown_division_of_the_police_is_doubted() -> None:
    assert icp.doubts("京公网安备99999902000001号") == ("unknown_division",)
    assert icp.doubts("浙公网安备33010602000001号") == ()
