from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from graph.model import SetAside
from graph.store import Store
from ingest.loader import load
from ingest.slips import meant

CODE = "91330304MA6QDUMH3D"
WRONG = "91330304MA7QDUMH3D"


def aside(reason: str, value: str, column: str | None = "uscc") -> SetAside:
    return SetAside("licences", "licences.csv", 2, column, reason, b"", {"uscc": value}, "licences")


def test_a_row_of_a_wrong_code_names_the_company_that_it_may_have_meant(
    embedded: Store, write: Callable[..., Path]
) -> None:
    head = "统一社会信用代码,企业名称,英文名称,法定代表人,注册地址,联系电话,经营范围,成立日期,登记状态".split(",")
    row = [CODE, "温州市永飞电池实业有限公司", "", "陈志强", "", "", "", "2018-04-02", "存续"]
    load(embedded, [write("companies.csv", [head, row])])
    rows = [
        aside(f"uscc {WRONG!r}: the last character should be A", WRONG),
        aside("date '2025-13-45': is an impossible date", WRONG),
        aside(f"uscc {WRONG!r}: the last character should be A", WRONG, None),
        aside("uscc '': a credit code has 18 characters, this has 0", ""),
    ]
    found = list(meant(embedded, iter(rows)))
    assert [entry for entry, _ in found] == rows
    assert [[node.id for node in near] for _, near in found] == [[f"Company/{CODE}"], [], [], []]
