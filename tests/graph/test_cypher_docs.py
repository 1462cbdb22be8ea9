"""The queries of docs/cypher.md, each run on the real server with a little data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import neo4j
import pytest

from graph.model import Inference, Mention, Record, Scalar, SetAside, StatedLink
from graph.ontology import ontology
from graph.opening import open_store

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cypher.md"
QUERIES = re.findall(r"^```cypher\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)

VALUES: dict[str, dict[str, Scalar]] = {
    "Listing/taobao/10203": {"title": "充电宝", "url": "https://item.taobao.example/10203"},
    "Account/taobao/77": {"shop_name": "永飞数码"},
    "Company/91330304MA6QDUMH3D": {"name": "温州市永飞电池有限公司"},
    "Company/91330304MA6QDUMH3E": {"name": "温州市飞达贸易有限公司"},
    "Person/1": {"name": "陈永飞"},
    "Party/freight:FR1#consignor": {"name": "永飞电池厂"},
    "Order/1": {"paid": "2025-07-20T10:00:00+08:00"},
    "Parcel/SF1234567890": {"contents": "充电宝"},
    "Address/1": {"text": "温州市龙湾区永中街道69号", "city": "温州市"},
    "Consignment/FR1": {"goods": "充电宝", "hs_code": "850760", "pieces": 40, "dispatched": "2025-07-01"},
    "Licence/L1": {"start": "2025-01-01", "end": "2025-12-31", "territory": "中国", "goods": "充电宝"},
}
LINKS = [
    ("OFFERED_BY", "Listing/taobao/10203", "Account/taobao/77", None),
    ("RUN_BY", "Account/taobao/77", "Company/91330304MA6QDUMH3E", None),
    ("PAID_INTO", "Account/taobao/77", "PayeeAccount/6222020001", None),
    ("BELONGS_TO", "PayeeAccount/6222020001", "Person/1", None),
    ("ORDER_OF", "Order/1", "Listing/taobao/10203", "2025-07-20"),
    ("SHIPPED_AS", "Order/1", "Parcel/SF1234567890", "2025-07-20"),
    ("SENT_FROM", "Parcel/SF1234567890", "Address/1", "2025-07-21"),
    ("DELIVERED_TO", "Consignment/FR1", "Address/1", "2025-07-01"),
    ("CONSIGNED_BY", "Consignment/FR1", "Party/freight:FR1#consignor", "2025-07-01"),
    ("CONSIGNED_TO", "Consignment/FR1", "Company/91330304MA6QDUMH3E", "2025-07-01"),
    ("HAS_PHONE", "Company/91330304MA6QDUMH3D", "Phone/+8613800000001", None),
    ("HAS_PHONE", "Company/91330304MA6QDUMH3E", "Phone/+8613800000001", None),
    ("REPRESENTED_BY", "Company/91330304MA6QDUMH3D", "Person/1", None),
    ("HAS_SHAREHOLDER", "Company/91330304MA6QDUMH3E", "Person/1", None),
    ("LICENCE_OF", "Licence/L1", "Right/12345678", None),
    ("LICENSEE", "Licence/L1", "Company/91330304MA6QDUMH3D", "2025-01-01"),
    ("SAME_AS", "Party/freight:FR1#consignor", "Company/91330304MA6QDUMH3D", None),
]


def mention(node: str, field: str, values: Mapping[str, Scalar] | None = None) -> Mention:
    return Mention(node, field, VALUES.get(node, {}) if values is None else values)


@pytest.fixture(scope="module")
def session(neo4j_url: str) -> Iterator[neo4j.Session]:
    """A client of a graph with a listing, its shop, its maker, and all between."""
    why = Inference("same trade name 1", 0.8, ("trade name",))
    records = [
        Record(
            "freight",
            f"FR{i}",
            "freight.csv",
            i,
            "d",
            {"consignment_no": f"FR{i}"},
            (mention(source, "source"), mention(target, "target")),
            (StatedLink(kind, source, target, start, inference=why if kind == "SAME_AS" else None),),
        )
        for i, (kind, source, target, start) in enumerate(LINKS, start=1)
    ]
    parts = urlsplit(neo4j_url)
    auth = (parts.username or "", parts.password or "")
    with open_store(neo4j_url) as store:
        store.wipe()
        store.merge(records, [SetAside("freight", "freight.csv", 99, None, "no key", b",", {}, "freight")])
        with neo4j.GraphDatabase.driver(f"bolt://{parts.hostname}:{parts.port}", auth=auth) as driver:
            with driver.session(database=parts.path.strip("/") or None) as session:
                yield session
        store.wipe()


def test_the_page_has_a_dozen_queries() -> None:
    assert len(QUERIES) >= 12


@pytest.mark.parametrize("query", QUERIES, ids=[query.split("\n")[0][:60] for query in QUERIES])
def test_a_query_of_the_page_finds_something(session: neo4j.Session, query: str) -> None:
    result = session.run(query)
    rows = [row.values() for row in result]
    assert rows
    assert all(any(value not in (None, [], "") for value in row) for row in rows)


@pytest.mark.parametrize("query", QUERIES, ids=[query.split("\n")[0][:60] for query in QUERIES])
def test_a_query_of_the_page_names_what_there_is(session: neo4j.Session, query: str) -> None:
    known = {*ontology().kinds, "Node", "Record", "File", "Quarantined"}
    assert set(re.findall(r"\(\w*:(\w+)", query)) <= known
    links = {kind for kinds in re.findall(r"\[\w*:([A-Z_|]+)", query) for kind in kinds.split("|")}
    assert links <= {*ontology().links, "SPEAKS_OF", "IN_FILE"}
    # Of an unknown label, type or property the server warns.
    warned = session.run(query).consume().gql_status_objects
    assert not [status for status in warned if status.raw_classification == "UNRECOGNIZED"]


def test_every_label_of_the_store_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name in ("Node", "Record", "File", "Quarantined", "Store", "SPEAKS_OF", "IN_FILE"):
        assert f"{name}" in text
