"""What a trace answers in codes is put into words, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from headwater.commands import tracing as words
from queries.tracing.marks import FIELDS
from queries.tracing.result import Grounds, Role, Verdict

if TYPE_CHECKING:
    from tests.headwater.conftest import Run

RIGHT = [
    "right_no,type,title,holder_name,holder_uscc,classes,goods,granted,expires,status",
    "16640560,trademark,华程冠,邵阳市金旺鞋业股份有限公司,91430582MAN5C2B554,Nice:25,皮鞋,2011-09-14,2032-11-14,有效",
]


@pytest.mark.parametrize(
    ("codes", "worded"),
    [
        (get_args(Grounds), words._REASONS),
        (get_args(Role), words._ROLES),
        (get_args(Verdict), words._VERDICTS),
        (FIELDS, words._FIELDS),
    ],
)
def test_every_code_has_words(codes: tuple[str, ...], worded: dict[str, tuple[str, str]]) -> None:
    assert set(codes) == set(worded)
    assert all(all(pair) for pair in worded.values())


@pytest.fixture
def listed(headwater: Run, tmp_path: Path) -> Run:
    listings = [
        "item_no,account_no,title,description,brand_claimed,price,currency,url,listed,ships_from",
        "taobao/1001,taobao/ta1,华*冠皮鞋,,,9,CNY,https://taobao.example/item/1001,2025-05-01,义乌市",
    ]
    (tmp_path / "rights.csv").write_text("\n".join(RIGHT), "utf-8")
    (tmp_path / "listings.csv").write_text("\n".join(listings), "utf-8")
    assert headwater("load", tmp_path / "rights.csv", tmp_path / "listings.csv").code == 0
    return headwater


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "华程冠 (Right/16640560), as “华*冠” in the title of Listing/taobao/1001, in disguise"),
        ("zh", "华程冠 (Right/16640560)，见于 Listing/taobao/1001 的标题“华*冠”（变形）"),
    ],
)
def test_a_mark_is_told_with_its_right_and_its_place(listed: Run, language: str, told: str) -> None:
    assert told in listed("trace", "taobao/1001", "--kind", "listing", "--lang", language).out


def test_programs_get_reasons_as_codes(loaded: Run) -> None:
    found = loaded("trace", "FR001", "--kind", "consignment", "--json").data
    reasons = [reason for one in found["candidates"] for reason in one["reasons"]]
    assert {"consigned", "makes"} <= {reason["code"] for reason in reasons}
    assert all(0 <= reason["probability"] <= 1 for reason in reasons)


def test_every_code_of_an_answer_is_explained() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "cli.md").read_text("utf-8")
    assert [code for code in (*get_args(Grounds), *FIELDS) if f"`{code}`" not in page] == []
