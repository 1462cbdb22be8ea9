from __future__ import annotations

import re
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import orjson
import pytest

from api import feeds
from api.access.keys import create_key
from api.access.viewer import ROLES, Viewer
from api.answering import Service
from api.answers import MOST_ERRORS, Question
from api.ask import Ask
from api.errors import Unauthenticated
from api.masks.memory import Memory
from api.query.limits import BUDGETS
from api.state import State, today
from graph.errors import StoreBusy, StoreError, StoreUnavailable
from graph.model import Mention, Record, StatedLink
from graph.opening import open_store
from graph.store import Store
from tests.api.conftest import OFFICER, ROOT, STEWARD, codes, told, until

MAKER = "Company/91440113MAN7Y3586H"
SHOP = "Account/taobao/ta80239484"
DEEP = '{ node(id: "x") ' + "{ links { nodes { source " * 6 + "{ id }" + " } } }" * 6 + " }"


def test_a_query_is_answered(market: Service) -> None:
    answer = told(market, "{ me { name role } }")
    assert answer == {"data": {"me": {"name": "An officer", "role": "enforcement"}}}


def test_labels_come_in_the_language_of_the_request(market: Service) -> None:
    query = "query($id: ID!) { node(id: $id) { label zh: label(language: ZH) } }"
    assert told(market, query, variables={"id": MAKER})["data"]["node"] == {"label": "Company", "zh": "公司"}
    chinese = told(market, query, variables={"id": MAKER}, language="zh")
    assert chinese["data"]["node"] == {"label": "公司", "zh": "公司"}


def test_links_are_paged_by_cursors_without_loss_or_repetition(market: Service) -> None:
    query = """query($id: ID!, $first: Int!, $after: String) { node(id: $id) {
        counts { links } links(first: $first, after: $after) {
            total nodes { kind sourceId targetId } pageInfo { hasNextPage hasPreviousPage endCursor } } } }"""
    shop = SHOP
    whole = told(market, query, variables={"id": shop, "first": 1000})["data"]["node"]
    assert whole["links"]["total"] == len(whole["links"]["nodes"]) == sum(c["links"] for c in whole["counts"]) > 7
    seen: list[Any] = []
    after = None
    while True:
        page = told(market, query, variables={"id": shop, "first": 3, "after": after})["data"]["node"]["links"]
        assert page["total"] == whole["links"]["total"]
        assert page["pageInfo"]["hasPreviousPage"] == bool(seen)
        seen += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == whole["links"]["nodes"]


def test_search_is_paged_by_cursors(market: Service) -> None:
    query = """query($first: Int!, $after: String) { search(text: "永飞", first: $first, after: $after) {
        total edges { cursor node { node { id } } } pageInfo { hasNextPage } } }"""
    whole = told(market, query, variables={"first": 50})["data"]["search"]
    ids = [edge["node"]["node"]["id"] for edge in whole["edges"]]
    assert whole["total"] == len(ids) > 2
    last = told(market, query, variables={"first": 50, "after": whole["edges"][1]["cursor"]})["data"]["search"]
    assert [edge["node"]["node"]["id"] for edge in last["edges"]] == ids[2:]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ nope }", "bad_query"),
        ("{ me {", "bad_query"),
        ("", "bad_query"),
        ("query a { me { name } } query b { me { name } }", "bad_query"),
        ("{ search(text: \"x\", first: 100000) { total } }", "too_costly"),
        ("{ search(text: \"x\", after: \"%%%\") { total } }", "bad_request"),
        ("{ paths(source: \"a\", target: \"b\", limit: 51, hops: 1) { passedOver } }", "bad_request"),
        ("{ paths(source: \"a\", target: \"b\", hops: 21) { passedOver } }", "bad_request"),
        ("{ paths(source: \"a\", target: \"b\", hops: 0) { passedOver } }", "bad_request"),
        ("{ paths(source: \"a\", target: \"b\", hops: 99) { passedOver } }", "too_costly"),
        ("{ trace(clue: {value: \"x\"}, limit: 101) { verdict } }", "bad_request"),
        ("{ node(id: \"x\") { " + "... { links { total } } " * 200 + " } }", "too_costly"),
        (DEEP, "too_deep"),
        ("{ " + " ".join(f"a{i}: me {{ name }}" for i in range(60)) + " }", "too_many_aliases"),
        ("{ expand(ids: [\"Company/none\"]) { truncated } }", "not_found"),
        ("{ trace(clue: {value: \"\"}) { verdict } }", "invalid_value"),
        ("{ trace(clue: {value: \"x\", at: \"2025-13-45\"}) { verdict } }", "bad_query"),
        ("{ quarantine { total } }", "forbidden"),
        ("mutation { forget(source: \"freight\") { id } }", "forbidden"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_has_a_code(market: Service, query: str, code: str) -> None:
    assert code in codes(told(market, query))


def test_a_fault_of_ours_is_told_by_a_number_only(
    market: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(feeds, "sources", broken)
    answer = told(market, "{ sources { name } me { name } }")
    assert codes(answer) == ["internal"]
    assert answer["data"] == {"sources": None, "me": {"name": "An officer"}}
    assert "secret" not in orjson.dumps(answer).decode()
    number = answer["errors"][0]["message"].rpartition(" ")[2]
    assert number in caplog.text
    assert "secret of the house" in caplog.text


def most_told_of(market: Service, *kinds: str) -> str:
    """The node of which most is told."""
    return max(market.store().nodes(kinds), key=lambda node: node.mentions).id


def test_one_fault_of_many_fields_has_one_number_and_is_logged_once(
    market: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(Ask, "records", broken)
    about = most_told_of(market, "Address", "Account")
    answer = told(market, f'{{ node(id: "{about}") {{ statements(first: 1000) {{ nodes {{ record {{ id }} }} }} }} }}')
    nodes = answer["data"]["node"]["statements"]["nodes"]
    assert nodes == [{"record": None}] * len(nodes)
    assert codes(answer) == ["internal"] * MOST_ERRORS + ["too_many_errors"]
    assert f"{len(nodes) - MOST_ERRORS:,} more" in answer["errors"][-1]["message"]
    assert len({error["message"] for error in answer["errors"][:-1]}) == 1
    assert caplog.text.count("internal error") == 1


def test_a_query_beyond_its_time_is_ended(serving: Callable[..., Service], market_url: str) -> None:
    answer = told(serving(market_url, timeout=1e-9), "{ sources { name } }")
    assert codes(answer) == ["timeout"]
    assert "data" not in answer or answer["data"] is None


def test_a_query_is_ended_when_nobody_waits_for_it(market: Service) -> None:
    left = Event()
    left.set()
    assert market.answer(Question("{ sources { name } }"), OFFICER, left).outcome == "left"


class Leaving(Event):
    """Whoever asked leaves when it was looked some times whether they are still there."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.looks = looks

    def is_set(self) -> bool:
        self.looks -= 1
        return self.looks < 0


def test_what_a_mutation_did_is_told_and_what_it_did_not_do_has_an_error(market: Service) -> None:
    query = """mutation { a: openCase(number: "2026-1") { number members } b: openCase(number: "2026-2") { number }
        c: openCase(number: "2026-3") { number } }"""
    answer = market.answer(Question(query), OFFICER, Leaving(2))
    told_of = orjson.loads(answer.body)
    assert told_of["data"] == {
        "a": {"number": "2026-1", "members": ["officer"]},
        "b": {"number": "2026-2"},
        "c": None,
    }
    (error,) = told_of["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["c"], "left")
    assert "long" not in error["message"]
    assert answer.outcome == "left"


def test_one_mutation_that_is_refused_does_not_hide_what_another_did(market: Service) -> None:
    answer = told(market, 'mutation { a: openCase(number: "2026-1") { number } b: closeCase(number: "no") { number } }')
    assert answer["data"] == {"a": {"number": "2026-1"}, "b": None}
    assert codes(answer) == ["forbidden"]


def test_more_nodes_than_are_asked_for_at_once_are_told(serving: Callable[..., Service], tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path / 'many.db'}"
    hubs = [f"Company/{i}" for i in range(3)]
    with open_store(url) as store:
        store.merge(
            [
                Record(
                    "freight", f"{hub[-1]}-{i}", "f.csv", 1, "", {}, (Mention(hub, "by"), Mention(goods, "no")),
                    (StatedLink("CONSIGNED_BY", goods, hub),),
                )
                for hub in hubs
                for i in range(500)
                for goods in [f"Consignment/{hub[-1]}-{i}"]
            ]
        )  # fmt: skip
    query = """query($ids: [ID!]!) { nodes(ids: $ids) { links(first: 500) { nodes {
        source { id counts { links } links(first: 1) { total } statements(first: 1) { total } } } } } }"""
    answer = told(serving(url), query, variables={"ids": hubs})
    assert "errors" not in answer
    ends = [link["source"] for node in answer["data"]["nodes"] for link in node["links"]["nodes"]]
    assert len({end["id"] for end in ends}) == 1500
    assert all(end["counts"] == [{"links": 1}] and end["links"] == {"total": 1} for end in ends)
    assert all(end["statements"] == {"total": 1} for end in ends)


def test_what_is_taken_back_between_two_looks_at_the_store_is_null(
    serving: Callable[..., Service], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:{tmp_path / 'changing.db'}"
    goods = "Consignment/1"
    with open_store(url) as store:
        store.merge(
            [
                Record("companies", "1", "c.csv", 1, "", {}, (Mention(MAKER, "party"),)),
                Record(
                    "freight", "1", "f.csv", 1, "", {}, (Mention(MAKER, "by"), Mention(goods, "no")),
                    (StatedLink("CONSIGNED_BY", goods, MAKER),),
                ),
            ]
        )  # fmt: skip

        class Changing(Counting):
            def expand(self, *arguments: Any, **named: Any) -> Any:
                found = self._store.expand(*arguments, **named)
                store.retract(["freight:1"])
                return found

        service = serving(url)
        changing = Changing(service.store())
        monkeypatch.setattr(service, "store", lambda: changing)
        query = f'{{ node(id: "{MAKER}") {{ links {{ nodes {{ sourceId source {{ id }} target {{ id }} }} }} }} }}'
        answer = told(service, query)
    assert answer == {
        "data": {"node": {"links": {"nodes": [{"sourceId": goods, "source": None, "target": {"id": MAKER}}]}}}
    }


def test_counts_of_a_time_are_those_of_its_links(market: Service) -> None:
    query = f"""query($start: Date, $end: Date) {{ node(id: "{SHOP}") {{
        counts(start: $start, end: $end) {{ kind direction links }}
        links(start: $start, end: $end, first: 1000) {{ total nodes {{ kind sourceId }} }} }} }}"""
    every = told(market, query)["data"]["node"]
    some = told(market, query, variables={"start": "2025-06-01", "end": "2025-06-30"})["data"]["node"]
    assert 0 < some["links"]["total"] < every["links"]["total"]
    for node in (some, every):
        listed = Counter((link["kind"], "OUT" if link["sourceId"] == SHOP else "IN") for link in node["links"]["nodes"])
        assert {(c["kind"], c["direction"]): c["links"] for c in node["counts"]} == listed


def test_records_of_a_node_and_of_a_property_are_told_where_they_are_asked_for(market: Service) -> None:
    about = most_told_of(market, "Company")
    query = f"""{{ node(id: "{about}") {{ records(first: 3) {{ id source received nodes {{ id }} }}
        statements(first: 1000) {{ nodes {{ recordId values {{ name }} }} }}
        properties {{ name records(first: 200) {{ id }} }} }} }}"""
    node = told(market, query)["data"]["node"]
    assert len(node["records"]) == 3
    assert all({"id": about} in record["nodes"] and record["received"] for record in node["records"])
    stating: dict[str, set[str]] = {}
    for said in node["statements"]["nodes"]:
        for value in said["values"]:
            stating.setdefault(value["name"], set()).add(said["recordId"])
    assert {one["name"]: {record["id"] for record in one["records"]} for one in node["properties"]} == stating


def test_a_budget_of_the_settings_is_that_of_its_role(serving: Callable[..., Service], market_url: str) -> None:
    query = '{ search(text: "永飞", first: 50) { nodes { node { id } } } }'
    service = serving(market_url, budgets={**BUDGETS, "enforcement": 5_049})
    assert codes(told(service, query)) == ["too_costly"]
    assert "errors" not in told(service, query, STEWARD)


def test_a_store_that_is_away_is_told_and_found_when_it_is_back(
    serving: Callable[..., Service], tmp_path: Path
) -> None:
    path = tmp_path / "later.db"
    service = serving(f"sqlite:{path}")
    assert told(service, "{ me { name } }")["data"]
    away = told(service, "{ sources { name } }")
    assert codes(away) == ["store_unavailable"]
    assert str(path) not in orjson.dumps(away).decode()
    open_store(f"sqlite:{path}").close()
    until = time.monotonic() + 30
    while codes(back := told(service, "{ sources { name } }")) == ["store_unavailable"]:
        assert time.monotonic() < until
    assert back == {"data": {"sources": []}}


@pytest.mark.parametrize(("kind", "code"), [(StoreBusy, "store_busy"), (StoreUnavailable, "store_unavailable")])
def test_a_store_that_is_busy_with_one_question_is_not_away_for_the_next(
    market: Service,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    kind: type[StoreError],
    code: str,
) -> None:
    def failing(*_: Any) -> None:
        raise kind("neo4j://host: no memory for 13800138000") from sqlite3.OperationalError("13800138000")

    monkeypatch.setattr(feeds, "sources", failing)
    answer = told(market, "{ sources { name } }")
    assert codes(answer) == [code]
    assert "neo4j" not in answer["errors"][0]["message"]
    after = told(market, f'{{ node(id: "{MAKER}") {{ id }} }}')
    assert codes(after) == ([] if kind is StoreBusy else ["store_unavailable"])
    fields: Any = caplog.records[0]
    assert fields.fields == {"code": code, "cause": "OperationalError"}
    assert "13800138000" not in caplog.text


def test_a_fault_of_the_state_is_not_told_as_one_of_the_store(market: Service) -> None:
    market.state._db.execute("PRAGMA busy_timeout = 0")
    with State(market.state.folder) as other, other.transaction():
        answer = told(market, 'mutation { openCase(number: "2026-17") { number } }')
    assert codes(answer) == ["state_unavailable"]
    assert str(market.state.folder) not in orjson.dumps(answer).decode()
    assert told(market, "{ sources { name } }")["data"]["sources"]


@pytest.mark.parametrize("authorization", [None, "", "Basic abc", "Bearer", "Bearer nonsense", "Bearer a.b.c"])
def test_nobody_is_answered_without_a_key(market: Service, authorization: str | None) -> None:
    with pytest.raises(Unauthenticated):
        market.viewer(authorization)


def test_every_question_is_in_the_audit_log(market: Service) -> None:
    from api.audit.verification import verify

    told(market, "{ me { name } }")
    told(market, "{ nope }")
    told(market, "query Around($id: ID!) { node(id: $id) { caption } }", operation="Around", variables={"id": MAKER})
    market.audit.close()
    report = verify(market.state.folder)
    assert report.ok
    text = b"".join(path.read_bytes() for path in market.state.folder.rglob("*") if path.suffix in (".jsonl", ".log"))
    assert b"Around" in text
    assert b"bad_query" in text
    assert MAKER.encode() not in text


class Counting:
    """A store that counts what it is asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if not callable(found):
            return found

        def counted(*arguments: Any, **named: Any) -> Any:
            self.calls.append(name)
            return found(*arguments, **named)

        return counted


@pytest.mark.parametrize(
    "query",
    [
        """query($n: Int!) { search(text: "温州", first: $n) { nodes { node { id label
            properties { name label } counts { links } links(first: 3) {
                nodes { source { id caption } target { id caption } records { file nodes { id } } } }
            statements(first: 3) { nodes { record { file } } } } } } }""",
        """query($n: Int!) { node(id: "Company/91440113MAN7Y3586H") { links(first: $n) { nodes {
            source { id links(first: $n) { nodes { target { caption } } } } records { row } } } } }""",
        """query($n: Int!) { __type(name: "Node") { name } search(text: "温州", first: $n) { nodes { node { id
            counts { links } links(first: 3) { nodes { source { id } records(first: 1) { nodes { id } } } }
            properties { records(first: 3) { id } } records(first: 3) { id } } } }
            __schema { queryType { name } } }""",
    ],
)
def test_the_number_of_store_calls_does_not_depend_on_the_number_of_results(
    market: Service, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    store = Counting(market.store())
    monkeypatch.setattr(market, "store", lambda: store)

    def calls(n: int) -> list[str]:
        market.memory = Memory()  # each asks for what its texts hold
        store.calls.clear()
        assert "errors" not in told(market, query, variables={"n": n})
        return list(store.calls)

    calls(5)  # what a service learns once
    # A question more or less: with few results, some of what they lead to is known already.
    few, many = calls(10), calls(90)
    assert len(many) <= len(few) + 6 < 40


@pytest.mark.parametrize("role", ROLES)
def test_every_field_of_the_roots_is_for_some_roles_and_refused_to_others_alike(market: Service, role: Any) -> None:
    viewer = Viewer("k", "k", role, holder="Company/91440113MAN7Y3586H" if role == "right_holder" else None)
    may = {
        "{ quarantine { total } }": ("steward", "admin"),
        "{ sources { name } }": ("investigator", "enforcement", "customs", "steward", "admin"),
        "{ cases { number } }": ("enforcement", "customs", "steward", "admin"),
        "{ me { name } }": ROLES,
    }
    for query, roles in may.items():
        assert (codes(told(market, query, viewer)) == ["forbidden"]) == (role not in roles)


def test_a_store_whose_file_is_taken_away_is_away_until_it_is_back(
    serving: Callable[..., Service], market_url: str, tmp_path: Path
) -> None:
    path, away = tmp_path / "market.db", tmp_path / "away.db"
    shutil.copy(market_url.removeprefix("sqlite:"), path)
    service = serving(f"sqlite:{path}")
    asked = "{ sources { name } }"
    assert told(service, asked)["data"]["sources"]
    path.rename(away)
    assert codes(told(service, asked)) == ["store_unavailable"]
    away.rename(path)
    until(lambda: not codes(told(service, asked)))


CLOSE = 'mutation { closeCase(number: "2026-17") { closed } }'
ADD = 'mutation { addMember(number: "2026-17", member: "%s") { members } }'


def test_a_case_is_opened_by_one_joined_by_members_and_closed_by_its_opener(market: Service) -> None:
    opened = told(market, 'mutation { openCase(number: "2026-17") { number members closed } }')
    assert opened["data"]["openCase"] == {"number": "2026-17", "members": ["officer"], "closed": None}
    other = replace(OFFICER, id="44444444")
    assert codes(told(market, CLOSE, other)) == codes(told(market, ADD % "22222222", other)) == ["forbidden"]
    member = replace(OFFICER, id="33333333", cases=frozenset({"2026-17"}))
    assert told(market, ADD % "22222222", member)["data"]["addMember"]["members"] == ["22222222", "officer"]
    assert codes(told(market, CLOSE, member)) == ["forbidden"]
    assert told(market, CLOSE, replace(OFFICER, cases=frozenset({"2026-17"})))["data"]["closeCase"]["closed"]


def test_whoever_opens_a_case_may_add_members_and_close_it_by_the_same_request(market: Service) -> None:
    number = 'number: "2026-18"'
    query = f"""mutation {{
        openCase({number}) {{ members }}
        addMember({number}, member: "22222222") {{ members }}
        closeCase({number}) {{ closed }}
    }}"""
    done = told(market, query)
    assert done["data"]["addMember"]["members"] == ["22222222", "officer"]
    assert done["data"]["closeCase"]["closed"]
    assert codes(told(market, ADD.replace("17", "18") % "33333333")) == ["forbidden"]


def test_an_admin_closes_any_case(market: Service) -> None:
    told(market, 'mutation { openCase(number: "2026-17") { number } }')
    admin = Viewer("root", "root", "admin")
    assert told(market, CLOSE, admin)["data"]["closeCase"]["closed"]
    assert codes(told(market, CLOSE.replace("17", "18"), admin)) == ["not_found"]


def test_what_is_told_of_a_case_of_others_is_told_of_none(market: Service) -> None:
    told(market, 'mutation { openCase(number: "2026-17") { number } }')
    other = Viewer("other", "other", "customs", cases=frozenset({"2026-99"}))
    for query in (CLOSE, ADD % "22222222", 'mutation { openCase(number: "2026-17") { number } }'):
        of_others, of_none = told(market, query, other), told(market, query.replace("17", "18"), other)
        if "openCase" in query:
            assert "already" not in of_others["errors"][0]["message"]
        else:
            assert of_others["errors"][0]["message"] == of_none["errors"][0]["message"].replace("18", "17")
    mine = replace(other, cases=frozenset({"2026-17"}))
    known = create_key(market.state, name="x", role="customs", by="me", today=today())[0].id
    for name in (known, "22222222"):
        assert name in told(market, ADD % name, mine)["data"]["addMember"]["members"]


def test_numbers_of_cases_cannot_be_tried_one_after_another(market: Service) -> None:
    for number in range(60):
        told(market, f'mutation {{ openCase(number: "{number}") {{ number }} }}')
    assert codes(told(market, 'mutation { openCase(number: "60") { number } }')) == ["rate_limited"]
    assert told(market, 'mutation { openCase(number: "60") { number } }', replace(OFFICER, id="other"))["data"]


GRANT = """mutation($owner: String!, $to: String! = "customs", $case: String, $until: Date) {
    grant(property: "Phone", to: $to, owner: $owner, case: $case, until: $until) {
        id to property owner case until by revoked state ownerKnown } }"""
OWNER = Viewer("owner", "Platform X", "investigator", owned=frozenset({"freight", "platform-x"}))
ADMIN = Viewer("root", "root", "admin")


def test_whether_a_case_is_open_is_not_to_be_asked_of_many_by_grants(market: Service) -> None:
    told(market, 'mutation { openCase(number: "2026-17") { number } }')
    for number in range(60):
        refused = told(market, GRANT, OWNER, variables={"owner": "freight", "case": f"none {number}"})
        assert codes(refused) == ["not_found"]
    asked = {"owner": "freight", "case": "2026-17"}
    assert codes(told(market, GRANT, OWNER, variables=asked)) == ["rate_limited"]
    assert "errors" not in told(market, GRANT, OWNER, variables={"owner": "freight"})
    member = replace(OWNER, cases=frozenset({"2026-17"}))
    assert "errors" not in told(market, GRANT, member, variables=asked)
    assert "errors" not in told(market, GRANT, ADMIN, variables=asked)


def test_the_owner_of_data_grants_it_and_takes_it_back(market: Service) -> None:
    told(market, 'mutation { openCase(number: "2026-17") { number } }')
    made = told(market, GRANT, OWNER, variables={"owner": "freight", "case": "２０２６-17", "until": "2999-12-31"})
    assert made["data"]["grant"] == {
        "id": "1", "to": "customs", "property": "Phone", "owner": "freight", "case": "2026-17", "until": "2999-12-31",
        "by": "owner", "revoked": None, "state": "active", "ownerKnown": True,
    }  # fmt: skip
    unknown = told(market, GRANT, OWNER, variables={"owner": " platform-x "})["data"]["grant"]
    assert (unknown["owner"], unknown["ownerKnown"]) == ("platform-x", False)
    told(market, GRANT, ADMIN, variables={"owner": "companies"})
    listed = "{ grants { id owner state } }"
    assert [one["owner"] for one in told(market, listed, OWNER)["data"]["grants"]] == ["freight", "platform-x"]
    assert [one["id"] for one in told(market, listed, ADMIN)["data"]["grants"]] == ["1", "2", "3"]
    revoke = 'mutation { revokeGrant(id: "%s") { id state } }'
    assert told(market, revoke % "1", OWNER)["data"]["revokeGrant"] == {"id": "1", "state": "revoked"}
    assert told(market, "{ me { owned } }", OWNER)["data"]["me"]["owned"] == ["freight", "platform-x"]
    # Whether there is a grant of somebody else's is not told.
    of_others, of_none = (told(market, revoke % name, OWNER)["errors"][0] for name in ("3", "9"))
    assert of_others["message"] == of_none["message"].replace("9", "3")
    assert codes({"errors": [of_others]}) == ["not_found"]
    assert told(market, revoke % "3", ADMIN)["data"]["revokeGrant"]["state"] == "revoked"


def test_every_change_on_the_page_is_made_as_printed(market: Service) -> None:
    page = (ROOT / "docs" / "graphql.md").read_text("utf-8")
    cases, grants = (page.partition(f"## {part}\n")[2].partition("\n## ")[0] for part in ("Cases", "Grants"))
    member = replace(OFFICER, cases=frozenset({"2026-17"}))
    opened, added, closed = re.findall(r"\| `(.+)` \|$", cases, flags=re.MULTILINE)
    made = re.findall(r"\| `(.+)` \|$", grants, flags=re.MULTILINE)
    assert len(made) == 4
    asked = [(opened, OFFICER), (added, member), *((query, OWNER) for query in made), (closed, member)]
    for query, who in asked:
        answer = told(market, query, who)
        assert "errors" not in answer and all(answer["data"].values()), answer


@pytest.mark.parametrize(
    ("who", "variables", "code"),
    [
        (OWNER, {"owner": "companies"}, "forbidden"),
        (OFFICER, {"owner": "freight"}, "forbidden"),
        (STEWARD, {"owner": "freight"}, "forbidden"),
        (OWNER, {"owner": "freight", "to": "any://typo"}, "not_found"),
        (OWNER, {"owner": "freight", "to": "22222222"}, "not_found"),
        (OWNER, {"owner": "freight", "case": "none"}, "not_found"),
        (OWNER, {"owner": "freight", "until": "2020-01-01"}, "invalid_value"),
        (ADMIN, {"owner": " "}, "invalid_value"),
        (ADMIN, {"owner": "x", "until": "soon"}, "bad_query"),
    ],
)
def test_a_grant_that_may_not_be_is_refused(market: Service, who: Viewer, variables: Any, code: str) -> None:
    assert codes(told(market, GRANT, who, variables=variables)) == [code]
    assert told(market, "{ grants { id } }", ADMIN)["data"]["grants"] == []


def test_a_persisted_query_is_known_by_its_hash(market: Service) -> None:
    from hashlib import sha256

    text = "{ me { role } }"
    name = sha256(text.encode()).hexdigest()
    unknown = orjson.loads(market.answer(Question(None, name), OFFICER).body)
    assert unknown["errors"][0]["message"] == "PersistedQueryNotFound"
    assert codes(unknown) == ["PERSISTED_QUERY_NOT_FOUND"]
    assert told(market, text, sha256=name)["data"] == {"me": {"role": "enforcement"}}
    assert orjson.loads(market.answer(Question(None, name), OFFICER).body)["data"] == {"me": {"role": "enforcement"}}
