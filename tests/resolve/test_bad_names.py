from __future__ import annotations

import pytest

from bench.matched import Matched, matched
from resolve.profiles import Nature, Profile

GOOD = [
    Profile(
        "Company/1",
        "company",
        ("温州市永飞电池实业有限公司",),
        "1",
        phones=("+8613588912345",),
        masks=("+86135****2345",),
    ),
    Profile("Party/a:1#x", "company", ("永飞电池厂",), phones=("+8613588912345",), masks=("+86135****2345",)),
    Profile("Party/a:2#x", "company", ("WENZHOU YONGFEI BATTERY CO LTD",)),
    Profile("Person/2", "person", ("陈志强",), "2", phones=("+8613867712345",), masks=("+86138****2345",)),
    Profile("Party/a:3#x", "person", ("Zhiqiang CHEN",), phones=("+8613867712345",), masks=("+86138****2345",)),
]
NO_NAMES = (
    "",
    " ",
    "厂",
    "A",
    "?",
    "有限公司",
    "Co., Ltd.",
    "LIMITED",
    "永" * 500,
    "x y" * 200,
    "\u202e\u200b",
    "\u2066\u2069",
    "···",
)


@pytest.fixture(scope="module")
def alone() -> Matched:
    return matched(GOOD)


@pytest.mark.parametrize("nature", ["company", "person"])
def test_what_is_no_name_changes_nothing_for_others(alone: Matched, nature: Nature) -> None:
    bad = [
        Profile(f"Party/bad:{i}#x", nature, (text,), phones=("+8613588912345", "+8613867712345"))
        for i, text in enumerate(NO_NAMES)
    ]
    beside = matched([*GOOD, *bad])
    assert [pair for pair in beside.pairs if "bad" not in pair[0] + pair[1]] == alone.pairs
    assert [pair for pair in beside.links if "bad" in pair[0] + pair[1]] == []


def test_the_good_ones_meet(alone: Matched) -> None:
    assert alone.believed("Company/1", "Party/a:1#x") > 0.9
    assert alone.believed("Company/1", "Party/a:2#x") > 0.9
    assert alone.believed("Person/2", "Party/a:3#x") > 0.5


@pytest.mark.parametrize(
    "text",
    [
        "温州市\u200b永\u200d飞电池实业有限公司",
        "\u202a温州市永飞电池实业有限公司\u202c",
        "\ufeff温州市永飞电池实业有限公司",
    ],
)
def test_what_is_not_seen_is_not_read(text: str) -> None:
    found = matched([GOOD[0], Profile("Party/b:1#x", "company", (text,))])
    assert found.believed("Company/1", "Party/b:1#x") > 0.9
