"""What the audit log tells of questions: what was asked, in which case, what was brought, every id that was told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from graphql import parse

from api.access.cases import open_case
from api.access.viewer import Viewer
from api.answering import Service
from api.answers import Question
from api.audit.chain import files
from api.audit.nodehash import NodeHash
from api.audit.reading import entries, reads
from api.audit.texts import Texts, text_of
from api.errors import ServiceError
from api.http.wire import question_of
from api.jobs.table import create_job
from api.masks.vault import is_token
from api.query.documents import Document
from api.settings import Settings
from api.state import AUDIT, State
from graph.store import Store
from tests.api.conftest import OFFICER, STEWARD, told
from tests.api.masks.conftest import FOUND, MAKER, PHONE
from tests.api.masks.conftest import market as masked  # noqa: F401
from tests.api.masks.conftest import viewer as of_role
from tests.api.masks.test_matrix import QUERIES, query

CASE = "2025 7"
MEMBER = replace(OFFICER, cases=frozenset({CASE}))


def lines(service: Service) -> list[dict[str, Any]]:
    """The entries of a service, in their order."""
    return [one.entry for one in entries(service.state.folder)]


def last(service: Service) -> dict[str, Any]:
    return lines(service)[-1]


@pytest.mark.parametrize("header", [CASE, "2025  7", " 2025 7 ", "\u00b2025 7", "\uff12\uff10\uff12\uff15 7"])
def test_the_case_is_told_however_its_number_was_typed(market: Service, header: str) -> None:
    question = question_of({"query": "{ sources { name } }"}, "en", header)
    answer = market.answer(question, MEMBER)
    assert (answer.outcome, answer.receipt is not None) == ("ok", True)
    market.audit.close()
    assert last(market)["case"] == CASE
    assert "foreign_case" not in last(market)


def test_of_a_case_of_others_it_is_told_that_one_was_named_but_not_which(market: Service) -> None:
    told(market, "{ sources { name } }", OFFICER, case=CASE)
    assert (last(market)["outcome"], last(market)["foreign_case"]) == ("case_required", True)
    told(market, "{ me { name } }", OFFICER, case="13800138000")
    assert last(market)["foreign_case"] is True
    assert "case" not in last(market)
    market.audit.close()
    assert b"13800138000" not in b"".join(path.read_bytes() for path in (market.state.folder / AUDIT).iterdir())


@pytest.mark.parametrize("header", [" ", "x" * 81, "a\x01b"])
def test_what_is_no_number_of_a_case_is_no_question(header: str) -> None:
    with pytest.raises(ServiceError, match="Headwater-Case"):
        question_of({"query": "{ me { name } }"}, "en", header)


def test_fields_are_told_by_their_names_in_the_schema_and_nothing_else_is(market: Service) -> None:
    told(market, "query Mine { a: me { name } ...F } fragment F on Query { ... { sources { name } } me { role } }")
    assert (last(market)["fields"], last(market)["operation"]) == (["me", "sources"], "Mine")
    told(market, "{ me { name } }")
    assert (last(market)["fields"], "operation" in last(market)) == (["me"], False)
    told(market, "{ p13800138000 { name } }")
    assert (last(market)["fields"], last(market)["outcome"]) == ([], "bad_query")
    told(market, "{ me { name } }", operation="13800138000")
    assert "operation" not in last(market)
    told(market, "{ me {")
    assert (last(market)["kind"], last(market)["fields"]) == ("query", [])


def test_what_was_asked_has_one_hash_whatever_the_order_of_variables_and_another_for_others(market: Service) -> None:
    text = "query($kind: NodeKind!, $values: [String!]!) { find(kind: $kind, values: $values) { id } }"
    asked = []
    for values in ({"kind": "Company", "values": ["1"]}, {"values": ["1"], "kind": "Company"}, {"values": ["2"]}):
        told(market, text, variables=values)
        asked.append(last(market)["asked"])
        assert last(market)["document"] == NodeHash(market.state.secret).text(text)
    assert asked[0] == asked[1] != asked[2]


def test_the_arguments_of_changes_are_told_in_plain(market: Service) -> None:
    text = """mutation($s: String!, $f: String = "none.csv") {
        forget(source: $s) { id } b: retryQuarantine(file: $f) { id } }"""
    answer = told(market, text, STEWARD, variables={"s": "nobody"})
    made = {job["id"] for job in answer["data"].values()}
    market.jobs._threads.submit(lambda: None).result(30)
    market.audit.close()
    begun, ended, forget, retry = sorted(lines(market), key=lambda one: one["kind"] == "job")
    assert (begun["outcome"], ended["outcome"], begun["asked"]) == ("begun", "ok", ended["asked"])
    changes = [{"field": "forget", "source": "nobody"}, {"field": "retryQuarantine", "file": "none.csv"}]
    assert begun["arguments"] == ended["arguments"] == changes
    assert {*ended["made"]} == made == {job["arguments"][0].pop("job") for job in (forget, retry)}
    assert forget["arguments"] == [{"field": "forget", "source": "nobody"}]
    assert retry["arguments"] == [{"field": "retry", "source": None, "file": "none.csv"}]
    assert {(job["viewer"], job["outcome"]) for job in (forget, retry)} == {("steward", "ok")}


@pytest.mark.parametrize(
    ("query", "arguments"),
    [
        ('mutation { openCase(number: "12") { number } }', {"field": "openCase", "number": "12"}),
        (f'mutation {{ forget(source: "{"x" * 500}") {{ id }} }}', {"field": "forget", "source": "x" * 199 + "…"}),
        ("mutation { revokeGrant(id: %s) { id } }" % ("7" * 5000), {"field": "revokeGrant", "id": None}),
        ("mutation($s: String!) { forget(source: $s) { id } }", {"field": "forget"}),
    ],
)  # fmt: skip
def test_arguments_of_any_sort_are_told(market: Service, query: str, arguments: dict[str, Any]) -> None:
    told(market, query)
    assert last(market)["arguments"] == [arguments]


def test_the_text_of_what_was_asked_can_be_read_and_stands_nowhere_in_plain(market: Service) -> None:
    text = '{ search(text: "13800138000") { total } }'
    told(market, text)
    told(market, "{ me {")
    hashes = [entry["document"] for entry in lines(market)]
    market.audit.close()
    assert [text_of(market.state, hash_) for hash_ in hashes] == [text, "{ me {"]
    kept = b"".join(path.read_bytes() for path in market.state.folder.rglob("*") if path.is_file())
    assert b"13800138000" not in kept
    with market.state.transaction() as db:
        db.execute("UPDATE document SET text = zeroblob(length(text))")
    assert text_of(market.state, hashes[0]) is None
    assert text_of(market.state, "none") is None


def test_the_texts_of_one_viewer_give_way_to_nobody_elses(tmp_path: Path) -> None:
    with State(tmp_path / "state") as state:
        db = state.connect()
        texts = Texts(db, state.secret, room=4000)
        texts.send("mine", "h", "{ me { name } }")
        texts.keep(10)
        for number in range(200):
            texts.send("other", f"o{number}", f"{{ me {{ name }} }} # {number}")
        texts.keep(10)
        kept = {row["hash"] for row in state.rows("SELECT hash FROM document")}
        assert "h" in kept
        assert "o199" in kept and "o0" not in kept
        assert state.rows("SELECT sum(length(text)) FROM document WHERE viewer = 'other'")[0][0] < 4600
        db.close()


def test_a_text_that_cannot_be_kept_now_is_kept_later(tmp_path: Path) -> None:
    with State(tmp_path / "state") as state:
        db = state.connect()
        db.execute("PRAGMA busy_timeout = 0")
        texts = Texts(db, state.secret)
        texts.send("me", "h", "{ me { name } }")
        with State(tmp_path / "state") as other, other.transaction():
            texts.keep(10)
            assert not texts.is_due  # nothing is waited for meanwhile
        texts.keep(10)
        assert text_of(state, "h") == "{ me { name } }"
        db.close()


@pytest.fixture
def service(masked: Store, tmp_path: Path) -> Iterator[Service]:  # noqa: F811
    made = Service(Settings(masked.url, tmp_path / "state"))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("query($v: [String!]!) { find(kind: Phone, values: $v) { id } }", {"v": ["158 4333 9871"]}),
        ("query($c: ClueInput!) { trace(clue: $c) { verdict } }", {"c": {"value": "15843339871", "kind": "PHONE"}}),
        ("query($c: [ClueInput!]!) { traces(clues: $c) { verdict } }", {"c": [{"value": "15843339871"}]}),
        ('{ find(kind: Phone, values: "15843339871") { id } }', {}),
    ],
)
def test_values_brought_are_told_by_hashes_of_what_they_name_whether_allowed_or_not(
    service: Service, text: str, variables: dict[str, Any]
) -> None:
    for who, case, outcome in ((MEMBER, CASE, "ok"), (OFFICER, None, "case_required")):
        told(service, text, who, variables=variables, case=case)
        assert last(service)["outcome"] == outcome
        assert NodeHash(service.state.secret).node(PHONE) in last(service)["brought"]
    service.audit.close()
    assert [reading.how for reading in reads(service.state.folder, PHONE)][1] == "brought"


def test_a_value_brought_in_vain_among_others_is_told(service: Service) -> None:
    text = "query($c: [ClueInput!]!) { traces(clues: $c) { verdict start { id } } }"
    lost = {"value": "https://taobao.example/item/9999", "kind": "LISTING"}
    told(service, text, OFFICER, variables={"c": [lost, {"value": "15843339871"}]})
    assert last(service)["outcome"] == "not_found"
    assert NodeHash(service.state.secret).node(PHONE) in last(service)["brought"]


def test_what_was_not_brought_is_not_told_as_such(service: Service) -> None:
    told(service, 'query { trace(clue: {value: "13958770002"}) { verdict } }')
    assert last(service)["outcome"] == "ok"
    assert "brought" not in last(service)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


@pytest.mark.parametrize("name", QUERIES)
def test_every_id_in_any_answer_is_told(service: Service, masked: Store, name: str) -> None:  # noqa: F811
    nodes = {node.id for node in masked.nodes()}
    records = {record.id for record in masked.all_records()}
    for who in (of_role("investigator"), of_role("steward", jurisdictions=("33",)), of_role("right_holder")):
        policy = service.policy(Question(None), who)
        shown = list(policy.shown(nodes).values())
        variables = {"every": [*nodes, *shown], "shown": shown or [MAKER], "records": list(records)}
        entry, answer = answered(service, who, query(name), variables)
        hashes = NodeHash(service.state.secret)
        listed = set(entry.get("nodes", ()))
        assert "more" not in entry
        for text in strings(answer.get("data")):
            for part in {text, text.partition("#")[0]}:
                real = (service.vault.open(part) or service.vault.open_record(part)) if is_token(part) else part
                if real in nodes or real in records:
                    assert hashes.node(str(real)) in listed, (who.role, part)


def answered(service: Service, who: Viewer, text: str, variables: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """The entry and the answer of a question that is beyond the limits of whoever asks over the network."""
    from api.ask import Ask
    from api.query.execution import execute

    document = Document("hash", text, parse(text), (), waits=True)
    question = Question(text, variables=variables)
    ask = Ask(who, lambda: service.policy(question, who), service.state, service.jobs)
    data, _ = execute(service.plan, document.ast, ask, None, variables)
    line = service.audit._lines.entry(service._entry(question, who, document, ask, "ok", 0.0))
    return json.loads(b"{" + line + b"}"), {"data": orjson.loads(orjson.dumps(data, default=str))}


def test_a_trace_tells_the_rights_the_listings_and_the_records_of_its_steps(service: Service) -> None:
    text = f"""{{ trace(clue: {{value: "{FOUND.value}", kind: LISTING, right: "{FOUND.right}", at: "{FOUND.at}"}}) {{
        marks {{ rightId listingId }} cut {{ nodeId }} damped {{ nodeId }}
        candidates {{ places paths {{ steps {{ link {{ recordIds }} }} }} }} }} }}"""
    answer = told(service, text, of_role("investigator"))["data"]["trace"]
    service.audit.close()
    named = {mark[name] for mark in answer["marks"] for name in ("rightId", "listingId")}
    steps = [s for c in answer["candidates"] for p in c["paths"] for s in p["steps"]]
    named |= {record for step in steps for record in step["link"]["recordIds"]}
    assert len(named) > 5
    for one in named:
        if not is_token(one):
            assert [reading.how for reading in reads(service.state.folder, one)] == ["read"], one


def test_a_job_that_another_server_left_is_told(
    serving: Callable[..., Service], market_url: str, tmp_path: Path
) -> None:
    with State(tmp_path / "state0") as state:
        job = create_job(state, "load", by="steward", worker="1-1")
    service = serving(market_url)
    service.audit.close()
    (entry,) = lines(service)
    assert (entry["kind"], entry["viewer"], entry["outcome"]) == ("job", "steward", "interrupted")
    assert entry["arguments"] == [{"field": "load", "job": job.id}]


def test_the_lines_of_a_small_query_are_small(market: Service) -> None:
    told(market, "{ me { name } }")
    market.audit.close()
    (parts,) = files(market.state.folder / AUDIT).values()
    assert len(parts[1].read_bytes().splitlines()[1]) < 350


def test_an_open_case_is_told_with_its_member(market: Service) -> None:
    open_case(market.state, CASE, OFFICER.id, "enforcement")
    told(market, f'mutation {{ addMember(number: "{CASE}", member: "22222222") {{ number }} }}', MEMBER)
    assert last(market)["arguments"] == [{"field": "addMember", "number": CASE, "member": "22222222"}]
