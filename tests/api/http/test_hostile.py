"""What hostile or careless clients send: nothing of it is an error inside, and nothing of the inside gets out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import from_schema

from api.answering import Service
from api.answers import Question
from api.types.scalars import SCALARS
from api.types.schema import sdl
from graph.opening import open_store
from tests.api.conftest import OFFICER, STEWARD, code, codes, running, told

CASES = int(os.environ.get("HEADWATER_TEST_FUZZ", "150"))
_TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_characters='"\\\n\r'), max_size=12)


def _quoted(values: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    from hypothesis_graphql import nodes

    return values.map(nodes.String)


CUSTOM = {
    "Date": _quoted(st.dates().map(str) | _TEXT),
    "DateTime": _quoted(_TEXT),
    "JSON": _quoted(_TEXT),
    "Upload": _quoted(_TEXT),
}


@pytest.fixture(scope="module")
def service(market_url: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    from api.settings import Settings

    made = Service(Settings(market_url, tmp_path_factory.mktemp("fuzz") / "state"))
    yield made
    made.close()


@settings(max_examples=CASES, suppress_health_check=list(HealthCheck))
@given(query=from_schema(sdl(), custom_scalars=CUSTOM))
def test_any_query_of_the_schema_is_answered_or_refused(service: Service, query: str) -> None:
    # What these begin goes on in a thread, beside the next examples, and changes the store for other tests.
    if any(name in query for name in ("forget", "retryQuarantine", "resolve")):
        return
    for viewer in (OFFICER, STEWARD):
        answer = service.answer(Question(query), viewer)
        assert answer.outcome != "internal", (query, answer.body)
        assert answer.status < 500
        assert b"Traceback" not in answer.body


def test_custom_scalars_are_all_made_up_by_the_fuzzer() -> None:
    assert {scalar.name for scalar in SCALARS.values()} == CUSTOM.keys()


BOMB = "query { me { ...a } } " + " ".join(
    f"fragment {name} on Me {{ ...{after} ...{after} ...{after} }}"
    for name, after in zip("abcdefghij", "bcdefghijk", strict=True)
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ a " * 50_000, "too_large"),
        ("{" * 90_000, "too_deep"),
        ("{ me { ...a } } fragment a on Me { name ...b } fragment b on Me { role ...a }", "bad_query"),
        (BOMB + " fragment k on Me { name }", "too_costly"),
        ("{ " + "me { name } " * 3000 + "}", "too_many_tokens"),
        ("{ me { name " + "@skip(if: false) " * 200 + "} }", "too_costly"),
        ("\ufeff{ me { name } }", "ok"),
        ("{ me { name } } #" + "x" * 900_000, "too_large"),
        ("query($x: String = \"" + "y" * 90_000 + "\") { search(text: $x) { total } }", "ok"),
        ("{ search(text: \"\\\") OR 1=1; DROP TABLE node; --\") { total } }", "ok"),
        ("{ search(text: \"*\") { total } }", "ok"),
        ("{ search(text: \"\\u0000\") { total } }", "ok"),
        ("{ search(text: \"NEAR(a b) OR AND NOT ^ : {} ()\") { total } }", "ok"),
        ("{ node(id: \"Company/' OR '1'='1\") { id } }", "ok"),
        ("{ node(id: \"Company/\\\"}) DETACH DELETE n //\") { id } }", "ok"),
        ("{ nodes(ids: [\"\", \"/\", \"//\", \"No/x\", \"Company/\", \"Phone/~aaaa\", \"Phone/~\"]) { id } }", "ok"),
        ("{ records(ids: [\"\", \":\", \"a:b:c\", \"~:~\"]) { id } }", "ok"),
        ("{ find(kind: Company, values: [\"\", \"\\u0000\", \"x\"]) { id } }", "ok"),
        ("{ paths(source: \"\", target: \"/\") { passedOver } }", "not_found"),
        ("{ expand(ids: []) { truncated } }", "not_found"),
    ],
)  # fmt: skip
def test_a_hostile_query_has_its_code(service: Service, query: str, expected: str) -> None:
    answer = told(service, query)
    assert set(codes(answer) or ["ok"]) == {expected}, answer


def test_hostile_bodies_are_refused_over_http(tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path / 'empty.db'}"
    open_store(url).close()
    with running(url, tmp_path) as server:
        key = server.key("investigator")
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}

        def send(content: Any, **more: str) -> tuple[int, Any]:
            answer = httpx.post(server.url, content=content, headers={**headers, **more}, timeout=60)
            assert "Traceback" not in answer.text
            return answer.status_code, answer

        bodies: list[tuple[bytes, str]] = [
            (b"", "bad_request"),
            (b"{", "bad_request"),
            (b"[]", "bad_request"),
            (b"null", "bad_request"),
            (b'{"query": 1}', "bad_request"),
            (b'{"query": "{me{name}}", "variables": []}', "bad_request"),
            (b'{"query": "{me{name}}", "operationName": {}}', "bad_request"),
            (b'{"query": "{me{name}}", "extensions": {"persistedQuery": 5}}', "bad_request"),
            (b"\xff\xfe\x00", "bad_request"),
            (b'{"query": "' + b"x" * 10_000_000 + b'"}', "too_large"),
            (b"[" * 100_000, "bad_request"),
            (b"{}", "bad_request"),
        ]
        for content, expected in bodies:
            status, answer = send(content)
            assert 400 <= status < 500, content[:40]
            assert code(answer) == expected, content[:40]

        def endless() -> Any:
            yield b'{"query": "'
            for _ in range(40):
                yield b"x" * 1_000_000

        assert send(endless())[0] == 413
        for kind in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "",
            "application/json/x",
            "text/json;" + "x" * 9999,
        ):
            status, answer = send(b'{"query": "{me{name}}"}', **{"content-type": kind})
            assert (status, code(answer)) == (415, "unsupported_media_type")
        assert httpx.get(server.url).status_code == 405
        assert httpx.post(server.url, json={"query": "{me{name}}"}).status_code == 401
        assert server.ask(key[:-1] + ("a" if key[-1] != "a" else "b"), "{me{name}}").status_code == 401
        ok = server.ask(key, "{ me { name } }")
        assert ok.json() == {"data": {"me": {"name": "investigator"}}}
        assert orjson.loads(server.command("audit", "verify", "--json"))


def test_a_hundred_at_once_are_all_answered(tmp_path: Path, market_url: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with running(market_url, tmp_path) as server:
        key = server.key("enforcement")
        queries = [
            '{ search(text: "温州", first: 50) { nodes { node { caption counts { links } } } } }',
            '{ trace(clue: {value: "taobao/ta80239484", at: "2025-09-08"}) { verdict candidates { name } } }',
            "{ " * 400,
            "{ me { name } }",
        ]
        with ThreadPoolExecutor(100) as threads:
            answers = list(threads.map(lambda i: server.ask(key, queries[i % 4]), range(200)))
        assert {answer.status_code for answer in answers} == {200}
        for number, answer in enumerate(answers):
            assert ("data" in answer.json()) == (number % 4 != 2), answer.text
