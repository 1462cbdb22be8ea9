"""Requests made up from all that a request is made of: each is answered, and none by an error inside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.api.conftest import Running, running

CASES = int(os.environ.get("HEADWATER_TEST_FUZZ", "300"))
NAMES = st.sampled_from(["operations", "map", "0", "1", "", "操作"]) | st.text(max_size=8)
BOUNDARY = "fuzz"
QUERIES = [
    "{ me { name role } }",
    "query Q($x: String!) { search(text: $x, first: 2) { total } }",
    "mutation($file: Upload!) { load(file: $file) { id } }",
    'subscription { job(id: "none") { state } }',
    'query A { me { name } } query B { nodes(ids: ["Company/x"]) { id } }',
    "{ __schema { types { name } } }",
]
PLACES = ["variables.file", "variables.x", "variables", "query", "variables.file.0", "variables.-1", "..", ""]


@pytest.fixture(scope="module")
def server(market_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(market_url, tmp_path_factory.mktemp("server"), HEADWATER_UPLOAD="1") as server:
        yield server
        assert "internal error" not in server.log.read_text("utf-8")


@pytest.fixture(scope="module")
def keys(server: Running) -> dict[str, str]:
    return {role: server.key(role) for role in ("steward", "investigator")}


def broken(whole: bytes) -> st.SearchStrategy[bytes]:
    """Bytes of which some are cut off, or others."""
    places = st.integers(0, len(whole))
    return (
        st.just(whole)
        | places.map(lambda at: whole[:at])
        | st.tuples(places, st.binary(max_size=4)).map(lambda pair: whole[: pair[0]] + pair[1] + whole[pair[0] + 1 :])
    )


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
TEXTS = st.sampled_from(QUERIES) | st.sampled_from(QUERIES).flatmap(
    lambda query: broken(query.encode()).map(lambda text: text.decode("utf-8", "replace"))
)
SAID = st.fixed_dictionaries(
    {"query": TEXTS | TEXTS | TEXTS | VALUES},
    optional={
        "variables": st.fixed_dictionaries({}, optional={"x": VALUES, "file": st.none() | VALUES}) | VALUES,
        "operationName": st.sampled_from(["Q", "A", "B", ""]) | VALUES,
        "extensions": st.fixed_dictionaries({"persistedQuery": VALUES}) | VALUES,
    },
)
JSON = (SAID | SAID | SAID | VALUES).map(orjson.dumps)
DISPOSITIONS = st.sampled_from(['form-data; name="{}"', "form-data; name={}", "attachment", "", 'form-data; name="{}'])
FILES = st.none() | st.sampled_from(["a.csv", "", "..", "a\0b", "假" * 100, "a" * 3000, "\\", '"'])
MAPS = (st.dictionaries(NAMES, st.lists(st.sampled_from(PLACES), max_size=3) | VALUES, max_size=3) | VALUES).map(
    orjson.dumps
)


@st.composite
def parts(draw: st.DrawFn) -> bytes:
    """One part of a multipart body, mostly as it should be."""
    name = draw(NAMES)
    content = draw({"operations": JSON, "map": MAPS}.get(name, st.binary(max_size=60)))
    file = draw(FILES) if name not in ("operations", "map") or draw(st.integers(0, 9)) == 0 else None
    filename = "" if file is None else f'; filename="{file}"'
    head = f"Content-Disposition: {draw(DISPOSITIONS).format(name)}{filename}\r\n"
    return f"--{BOUNDARY}\r\n{head}\r\n".encode("utf-8", "surrogatepass") + content + b"\r\n"


def upload(file: str | None, places: list[str]) -> bytes:
    """A body as it should be, with one file of this name at these places."""
    named = {"operations": orjson.dumps({"query": QUERIES[2], "variables": {"file": None, "x": None}})}
    named |= {"map": orjson.dumps({"0": places}), "0": b"a,b\r\n1,2"}
    text = b""
    for name, content in named.items():
        filename = "" if name != "0" or file is None else f'; filename="{file}"'
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{filename}\r\n\r\n'
        text += head.encode("utf-8", "surrogatepass") + content + b"\r\n"
    return text + f"--{BOUNDARY}--\r\n".encode()


UPLOADS = st.builds(upload, FILES | st.text(max_size=8), st.lists(st.sampled_from(PLACES[:2]), min_size=1, max_size=2))
FORMS = st.lists(parts(), max_size=4).map(lambda some: b"".join(some) + f"--{BOUNDARY}--\r\n".encode())
BODIES = JSON | FORMS | UPLOADS | st.binary(max_size=100)
FORM = f"multipart/form-data; boundary={BOUNDARY}"

LATIN = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=30).map(str.strip)
KINDS = st.sampled_from(
    [
        f'multipart/form-data; boundary="{BOUNDARY}"; charset=utf-8',
        f"{FORM}; charset=punycode",
        "multipart/form-data",
        "multipart/form-data; boundary=" + "x" * 300,
        'multipart/form-data; boundary="',
        "application/json; charset=utf-7",
        "application/json;;;=;charset",
    ]
)
CONTENTS = (
    st.tuples(st.just("application/json"), JSON | JSON.flatmap(broken))
    | st.tuples(st.just(FORM), UPLOADS | UPLOADS.flatmap(broken))
    | st.tuples(st.just(FORM), FORMS | FORMS.flatmap(broken))
    | st.tuples(KINDS | LATIN, BODIES)
)
ACCEPTS = st.sampled_from(
    [
        "*/*",
        "application/json",
        "application/graphql-response+json, application/json;q=0.5",
        "text/event-stream",
        "application/json, text/event-stream, multipart/mixed",
        "text/html",
        "application/json;q=nan, text/event-stream;q=inf, */*;q=-1",
        "," * 200,
    ]
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "accept": ACCEPTS | LATIN,
        "accept-language": st.sampled_from(["zh", "en;q=0.1, zh-CN", "zh;q=", ";;;"]) | LATIN,
        "headwater-case": LATIN,
        "x-request-id": LATIN,
        "x-forwarded-for": LATIN,
        "x-forwarded-proto": LATIN,
        "traceparent": st.just("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01") | LATIN,
        "content-encoding": st.sampled_from(["gzip", "identity"]),
        "origin": st.sampled_from(["null", "https://evil.example"]) | LATIN,
    },
)
METHODS = st.sampled_from(["POST"] * 40 + ["GET", "PUT", "OPTIONS", "HEAD", "DELETE"])
KEYS = st.sampled_from(["steward"] * 24 + ["investigator"] * 6 + ["nonsense", "hw_23456789_x", "a.b.c", ""])


def sent(server: Running, method: str, headers: dict[str, str], body: bytes, *, chunked: bool) -> tuple[int, bytes]:
    """The status and the body that a request is answered with."""
    connection = HTTPConnection("127.0.0.1", httpx.URL(server.url).port or 0, timeout=30)
    try:
        pieces = iter([body[:7], body[7:]]) if chunked else body
        encoded: Any = {name: value.encode("latin-1") for name, value in headers.items()}
        with suppress(BrokenPipeError, ConnectionResetError):  # what is refused at once is not read to its end
            connection.request(method, "/graphql", pieces, encoded, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


# Runs by themselves try the same every time, so that one fails for what was changed; longer ones look further.
@settings(
    max_examples=CASES, derandomize="HEADWATER_TEST_FUZZ" not in os.environ, suppress_health_check=list(HealthCheck)
)
@given(method=METHODS, key=KEYS, content=CONTENTS, headers=HEADERS, chunked=st.booleans())
@example(method="POST", key="steward", content=(FORM, upload("a.csv", ["variables.file"])), headers={}, chunked=True)
def test_any_request_is_answered_and_none_by_an_error_inside(
    server: Running,
    keys: dict[str, str],
    method: str,
    key: str,
    content: tuple[str, bytes],
    headers: dict[str, str],
    chunked: bool,
) -> None:
    kind, body = content
    known = {"authorization": f"Bearer {keys.get(key, key)}", "content-type": kind}
    framing = {"transfer-encoding": "chunked"} if chunked else {}
    status, answer = sent(server, method, {**headers, **known, **framing}, body, chunked=chunked)
    assert 200 <= status < 500, answer
    for sign in (b'"internal"', b"Traceback", b"/state", b"PosixPath"):
        assert sign not in answer


def test_nothing_of_them_stays(server: Running) -> None:
    assert not [path for path in (server.state / "uploads").glob("*/*") if not path.name.startswith("job-")]
