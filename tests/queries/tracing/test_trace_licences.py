"""Which licences clear a maker, and what is said of those that do not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from graph.store import Store
from queries.trace import Candidate, Clue, Licence, Trace, trace

Market = Callable[..., Store]

OTHER = "91440306MAFUF16M4A"
LISTING = Clue("https://taobao.example/item/1001", "listing", "16640560", "2025-06-20")


def best(found: Trace) -> Candidate:
    return next(c for c in found.candidates if c.role == "producer")


def licence_of(found: Trace) -> Licence:
    one = best(found).licence
    assert one is not None
    return one


def test_a_licensee_is_cleared_and_the_licence_is_named(market: Market) -> None:
    found = trace(market(licences=[{}]), LISTING)
    assert found.verdict == "authorised" == best(found).verdict
    one = licence_of(found)
    assert (one.node, one.right, one.covers, one.reason) == ("Licence/LC1", "Right/16640560", True, "valid")
    assert (one.start, one.end, one.territory, one.goods) == ("2023-01-01", "2028-12-31", "CN", "皮鞋")
    assert one.records == ("licences:LC1",)


@pytest.mark.parametrize("name", ["温州市永飞鞋业有限公司", "Wenzhou Yongfei Shoes Co., Ltd.", "温州永飞鞋业有限公司"])
def test_a_licensee_known_by_name_only_is_recognised(market: Market, name: str) -> None:
    found = trace(market(licences=[{"licensee_uscc": "", "licensee_name": name}]), LISTING)
    assert found.verdict == "authorised"


@pytest.mark.parametrize("name", ["广州市永飞鞋业有限公司", "温州市永飞电池有限公司"])
def test_a_licence_of_a_namesake_clears_no_one(market: Market, name: str) -> None:
    found = trace(market(licences=[{"licensee_uscc": "", "licensee_name": name}]), LISTING)
    assert found.verdict == "suspected"
    assert best(found).licence is None


def test_two_companies_with_numbers_are_two_whatever_their_names(market: Market) -> None:
    found = trace(market(licences=[{"licensee_uscc": OTHER}]), LISTING)
    assert found.verdict == "suspected"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"end": "2025-05-31"}, "expired"),
        ({"start": "2025-07-01"}, "not_begun"),
        ({"territory": "JP"}, "other_territory"),
        ({"goods": "手表"}, "other_goods"),
        ({"parent_licence_no": "LC404"}, "unknown_parent"),
    ],
)
def test_a_licence_that_does_not_cover_the_goods_clears_no_one(
    market: Market, changed: dict[str, str], reason: str
) -> None:
    found = trace(market(licences=[changed]), LISTING)
    assert found.verdict == "suspected"
    assert (licence_of(found).covers, licence_of(found).reason) == (False, reason)


def test_a_licence_that_covers_is_named_before_one_that_does_not(market: Market) -> None:
    found = trace(market(licences=[{"licence_no": "LC0", "end": "2024-12-31"}, {}]), LISTING)
    assert found.verdict == "authorised"
    assert licence_of(found).node == "Licence/LC1"


@pytest.mark.parametrize(("end", "reason"), [("2028-12-31", "valid"), ("2025-01-31", "parent_expired")])
def test_a_sublicence_holds_as_long_as_the_licence_above_it(market: Market, end: str, reason: str) -> None:
    name = "深圳市鑫景捷鞋业有限公司"
    above = {"licence_no": "LC0", "licensee_name": name, "licensee_uscc": OTHER, "end": end}
    below = {"licensor": name, "kind": "再许可", "parent_licence_no": "LC0"}
    found = trace(market(licences=[above, below]), LISTING)
    assert licence_of(found).reason == reason
    assert found.verdict == ("authorised" if reason == "valid" else "suspected")


@pytest.mark.parametrize(("start", "reason"), [("2023-01-01", "valid"), ("2024-06-01", "former_holder")])
def test_a_licence_from_before_a_transfer_stands_and_the_former_holder_grants_none_after_it(
    market: Market, start: str, reason: str
) -> None:
    found = trace(market(licences=[{"start": start}], transfers=[{}]), LISTING)
    assert licence_of(found).reason == reason


def test_the_new_holder_grants_after_a_transfer(market: Market) -> None:
    licence = {"licensor": "莆田市宏景鞋业股份有限公司", "start": "2024-06-01"}
    assert licence_of(trace(market(licences=[licence], transfers=[{}]), LISTING)).covers


def test_without_a_right_licences_are_shown_but_clear_no_one(market: Market) -> None:
    found = trace(market(licences=[{}]), Clue(LISTING.value, at=LISTING.at))
    assert licence_of(found).covers
    assert found.verdict == "suspected" == best(found).verdict
