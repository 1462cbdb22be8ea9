"""Pages and their cursors: stable while lists grow, within the cost, and made by the service alone."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access.viewer import Viewer
from api.answering import Service
from api.errors import ServiceError
from api.masks.paging import Part
from api.pages import Cursors, Paging
from graph.model import Mention, Record, SetAside, StatedLink
from graph.opening import open_store
from graph.store import Store
from tests.api.conftest import OFFICER, STEWARD, codes, told
from tests.api.test_answering import Counting

HUB = "Company/91330304MA6QDUMH3D"
OTHER = "Company/91440113MAN7Y3586H"
LINKS = """query($id: ID!, $first: Int!, $after: String, $start: Date, $kinds: [LinkKind!]) { node(id: $id) {
    links(first: $first, after: $after, start: $start, kinds: $kinds) { total nodes { kind sourceId }
        edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
STATEMENTS = """query($id: ID!, $first: Int!, $after: String, $property: String) { node(id: $id) {
    statements(first: $first, after: $after, property: $property) { total nodes { recordId field }
        pageInfo { hasNextPage endCursor } } } }"""


def consigned(*keys: str, by: str = HUB, day: str | None = "2025-01-01") -> list[Record]:
    """Records of consignments of a company."""
    return [
        Record(
            "freight", key, "freight.csv", 1, key, {"no": key},
            (Mention(f"Consignment/{key}", "no"), Mention(by, "consignor", {"name": f"name {key[-1]}"})),
            (StatedLink("CONSIGNED_BY", f"Consignment/{key}", by, day),),
        )
        for key in keys
    ]  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:{tmp_path / 'pages.db'}") as store:
        store.merge(consigned(*(f"C{i}" for i in range(30))))
        yield store


@pytest.fixture
def service(serving: Callable[..., Service], store: Store) -> Service:
    return serving(store.url)


def pages(service: Service, query: str, *path: str, viewer: Viewer = OFFICER, **variables: Any) -> Iterator[Any]:
    """The connections of all pages, one after another."""
    after = None
    while True:
        found = told(service, query, viewer, variables={**variables, "after": after})
        assert "errors" not in found, found
        page = found["data"]
        for key in path:
            page = page[key]
        yield page
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("first", [1, 7, 30, 31])
def test_pages_of_links_hold_each_once_and_the_same_total(service: Service, store: Store, first: int) -> None:
    store.merge(consigned("D1", "D2", day="2025-02-01") + consigned("E1", day=None))
    whole = [*pages(service, LINKS, "node", "links", id=HUB, first=1000)]
    found = [*pages(service, LINKS, "node", "links", id=HUB, first=first)]
    assert [node for page in found for node in page["nodes"]] == whole[0]["nodes"]
    assert {page["total"] for page in found} == {33} == {len(whole[0]["nodes"])}
    assert all(len(page["nodes"]) == first for page in found[:-1])
    assert [page["pageInfo"]["hasPreviousPage"] for page in found] == [False] + [True] * (len(found) - 1)
    assert {page["edges"][0]["cursor"] for page in found} == {page["pageInfo"]["startCursor"] for page in found}


def test_pages_of_links_of_a_time_hold_each_once_and_the_same_total(service: Service, store: Store) -> None:
    store.merge(consigned("D1", "D2", "D3", day="2025-02-01") + consigned("E1", day=None))
    found = [*pages(service, LINKS, "node", "links", id=HUB, first=3, start="2025-01-15")]
    told_of = [node["sourceId"] for page in found for node in page["nodes"]]
    assert sorted(told_of) == ["Consignment/D1", "Consignment/D2", "Consignment/D3", "Consignment/E1"]
    assert [page["total"] for page in found] == [4, 4]


def test_what_comes_while_one_pages_is_not_on_the_next_page(service: Service, store: Store) -> None:
    following = pages(service, LINKS, "node", "links", id=HUB, first=10)
    seen = next(following)["nodes"]
    store.merge(consigned(*(f"N{i}" for i in range(10)), day="2025-03-01"))
    for page in following:
        seen += page["nodes"]
    assert sorted(node["sourceId"] for node in seen) == sorted(f"Consignment/C{i}" for i in range(30))


def test_a_page_goes_on_behind_what_was_taken_back(service: Service, store: Store) -> None:
    following = pages(service, LINKS, "node", "links", id=HUB, first=10)
    seen = next(following)["nodes"]
    store.retract([f"freight:{node['sourceId'].partition('/')[2]}" for node in seen])
    for page in following:
        seen += page["nodes"]
    assert sorted(node["sourceId"] for node in seen) == sorted(f"Consignment/C{i}" for i in range(30))


def test_no_page_fetches_more_than_it_may_tell(service: Service, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    class Noting(Counting):
        def expand(self, *arguments: Any, **named: Any) -> Any:
            found = store.expand(*arguments, **named)
            asked.append(sum(map(len, found.links.values())))
            return found

    monkeypatch.setattr(service, "store", lambda: Noting(store))
    for _ in pages(service, LINKS, "node", "links", id=HUB, first=3):
        assert max(asked) <= 4
    assert len(asked) >= 10


def test_kinds_that_a_page_does_not_reach_are_not_fetched(
    service: Service, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    phones = [f"Phone/+86571{i:08}" for i in range(20)]
    links = tuple(StatedLink("HAS_PHONE", HUB, phone) for phone in phones)
    mentions = (Mention(HUB, "party"), *(Mention(phone, phone) for phone in phones))
    store.merge([Record("companies", "1", "c.csv", 1, "1", {}, mentions, links)])
    kinds: list[Any] = []

    class Noting(Counting):
        def expand(self, ids: Any, kinds_of: Any = None, *arguments: Any, **named: Any) -> Any:
            kinds.append(kinds_of)
            return store.expand(ids, kinds_of, *arguments, **named)

    monkeypatch.setattr(service, "store", lambda: Noting(store))
    (page,) = [next(pages(service, LINKS, "node", "links", id=HUB, first=5))]
    assert page["total"] == 50
    assert kinds[0] == {"CONSIGNED_BY"}
    whole = [*pages(service, LINKS, "node", "links", id=HUB, first=40)]
    assert [len(page["nodes"]) for page in whole] == [40, 10]


@pytest.mark.parametrize("first", [1, 4, 50])
def test_pages_of_statements_hold_each_once(service: Service, first: int) -> None:
    found = [*pages(service, STATEMENTS, "node", "statements", id=HUB, first=first)]
    told_of = [(node["recordId"], node["field"]) for page in found for node in page["nodes"]]
    assert sorted(told_of) == sorted((f"freight:C{i}", "consignor") for i in range(30))
    assert {page["total"] for page in found} == {30}


def test_pages_of_statements_on_a_property_hold_each_once(service: Service, store: Store) -> None:
    store.merge([Record("companies", "1", "c.csv", 1, "1", {}, (Mention(HUB, "party", {"status": "存续"}),))])
    found = [*pages(service, STATEMENTS, "node", "statements", id=HUB, first=1, property="status")]
    assert [node["recordId"] for page in found for node in page["nodes"]] == ["companies:1"]
    assert found[0]["total"] is None
    named = [*pages(service, STATEMENTS, "node", "statements", id=HUB, first=7, property="name")]
    assert len({node["recordId"] for page in named for node in page["nodes"]}) == 30


def test_pages_of_a_search_go_on_where_the_last_one_ended(service: Service, store: Store) -> None:
    query = """query($first: Int!, $after: String) { search(text: "永飞", first: $first, after: $after) {
        total nodes { node { id } } pageInfo { hasNextPage endCursor } } }"""
    names = {f"Account/taobao/{i}": {"shop_name": f"永飞 {i}"} for i in range(9)}

    def shops(names: dict[str, Any]) -> list[Record]:
        return [
            Record("accounts", key, "a.csv", 1, key, {}, (Mention(key, "no", said),)) for key, said in names.items()
        ]

    store.merge(shops(names))
    following = pages(service, query, "search", first=2)
    seen = next(following)["nodes"]
    store.merge(shops({"Account/taobao/best": {"shop_name": "永飞"}}))
    for page in following:
        assert page["total"] == 10
        seen += page["nodes"]
    assert sorted(hit["node"]["id"] for hit in seen) == sorted(names)


def test_pages_of_the_quarantine_hold_each_once(service: Service, store: Store) -> None:
    query = """query($first: Int!, $after: String) { quarantine(first: $first, after: $after) {
        total nodes { file row } pageInfo { hasNextPage endCursor } } }"""

    def aside(*rows: int, file: str = "b.csv") -> list[SetAside]:
        return [SetAside("freight", file, row, "no", "no date", b"x", {}, "freight") for row in rows]

    store.merge([], aside(*range(1, 6)) + aside(1, 2, file="c.csv"))
    following = pages(service, query, "quarantine", viewer=STEWARD, first=2)
    seen = next(following)["nodes"]
    store.merge([], aside(1, 2, file="a.csv"))
    for page in following:
        assert page["total"] == 9
        seen += page["nodes"]
    assert [(one["file"], one["row"]) for one in seen] == [("b.csv", i) for i in range(1, 6)] + [
        ("c.csv", 1),
        ("c.csv", 2),
    ]


FORGED = urlsafe_b64encode(b"9999:CONSIGNED_BY a b").decode().rstrip("=")


@pytest.mark.parametrize("after", ["", "%%%", "永", "\ud800", FORGED, "A" * 100, "A" * 10_000])
@pytest.mark.parametrize(
    "query",
    [
        "query($after: String) { node(id: \"HUB\") { links(after: $after) { total } } }",
        "query($after: String) { node(id: \"HUB\") { statements(after: $after) { total } } }",
        "query($after: String) { search(text: \"x\", after: $after) { total } }",
        "query($after: String) { quarantine(after: $after) { total } }",
    ],
)  # fmt: skip
def test_a_cursor_that_the_service_did_not_make_is_refused(service: Service, query: str, after: str) -> None:
    answer = told(service, query.replace("HUB", HUB), STEWARD, variables={"after": after})
    assert codes(answer) == ["bad_request"]
    assert len(answer["errors"][0]["message"]) < 200


def test_a_cursor_of_another_list_is_refused(service: Service) -> None:
    page = next(pages(service, STATEMENTS, "node", "statements", id=HUB, first=1))
    answer = told(service, LINKS, variables={"id": HUB, "first": 1, "after": page["pageInfo"]["endCursor"]})
    assert codes(answer) == ["bad_request"]


def test_a_cursor_is_good_for_every_worker_of_the_state_and_for_no_other(
    service: Service, store: Store, serving: Callable[..., Service], tmp_path: Path
) -> None:
    page = next(pages(service, LINKS, "node", "links", id=HUB, first=1))
    asked = {"id": HUB, "first": 1, "after": page["pageInfo"]["endCursor"]}
    assert codes(told(serving(store.url), LINKS, variables=asked)) == ["bad_request"]
    again = Service(service.settings)
    try:
        assert told(again, LINKS, variables=asked)["data"]["node"]["links"]["total"] == 30
    finally:
        again.close()


places = st.lists(
    st.none() | st.text() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False),
    min_size=1,
)


@given(places, st.integers(0))
def test_a_cursor_tells_its_place_and_nothing_of_it_can_be_changed(place: list[Any], at: int) -> None:
    cursors = Cursors(bytes(range(32)), "links")
    sealed = cursors.seal(place)
    assert cursors.open(sealed) == tuple(place)
    raw = bytearray(urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4)))
    raw[at % len(raw)] ^= 1
    with pytest.raises(ServiceError):
        cursors.open(urlsafe_b64encode(bytes(raw)).decode())
    with pytest.raises(ServiceError):
        Cursors(bytes(range(32)), "search").open(sealed)
    with pytest.raises(ServiceError):
        Cursors(bytes(range(1, 33)), "links").open(sealed)


def test_a_page_that_ends_before_its_list_goes_on_where_that_was_looked_at() -> None:
    paging = Paging(Cursors(bytes(32), "links"), None)
    page = paging.page(Part(["a"], [(1,)], (5,), True))
    assert page.end == paging.page(Part([], [], (5,), True)).end != page.start
    assert paging.page(Part()).end is None
    assert paging.page(Part(["a"], [(1,)])).end == page.start


def test_a_company_without_links_has_a_page_of_none(service: Service, store: Store) -> None:
    store.merge([Record("companies", "1", "c.csv", 1, "1", {}, (Mention(OTHER, "party"),))])
    (page,) = pages(service, LINKS, "node", "links", id=OTHER, first=5)
    assert page == {
        "total": 0,
        "nodes": [],
        "edges": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    }
