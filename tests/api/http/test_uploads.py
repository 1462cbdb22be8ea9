from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from graph.opening import open_store
from tests.api.conftest import MARKET, Running, running

LOAD = """mutation($file: Upload!, $mapping: String, $source: String) {
    load(file: $file, mapping: $mapping, source: $source) { id state } }"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("uploads")
    url = f"sqlite:{folder / 'store.db'}"
    open_store(url).close()
    with running(url, folder, HEADWATER_UPLOAD="1") as made:
        yield made


@pytest.fixture(scope="module")
def steward(server: Running) -> str:
    return server.key("steward")


def send(server: Running, key: str, content: bytes, name: str = "companies.csv", **more: Any) -> httpx.Response:
    operations = {"query": LOAD, "variables": {"file": None, **more.pop("variables", {})}}
    data = {"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.file"]}), **more}
    headers = {"authorization": f"Bearer {key}"}
    return httpx.post(server.url, data=data, files={"0": (name, content)}, headers=headers, timeout=60)


def left(server: Running) -> list[Path]:
    return list((server.state / "uploads").iterdir())


def code(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["extensions"]["code"])


def finished(server: Running, key: str, job: str) -> Any:
    until = time.monotonic() + 60
    while True:
        told = server.ask(key, "query($id: ID!) { job(id: $id) { state report } }", id=job).json()["data"]["job"]
        if told["state"] in ("done", "failed"):
            return told
        assert time.monotonic() < until


def test_a_file_is_loaded_and_removed(server: Running, steward: str) -> None:
    content = (MARKET / "feeds" / "rights.csv").read_bytes()
    job = send(server, steward, content, "../../feeds/rights.csv").json()["data"]["load"]
    told = finished(server, steward, job["id"])
    assert told["state"] == "done"
    assert [file["name"] for file in told["report"]["files"]] == ["rights.csv"]
    assert not left(server)


def test_into_a_source_that_publishes_an_admin_loads_and_no_steward(server: Running, steward: str) -> None:
    content = (MARKET / "feeds" / "companies.csv").read_bytes()
    for named in ({"source": "companies"}, {"source": "listings"}, {"mapping": "companies"}):
        assert code(send(server, steward, content, variables=named)) == "forbidden"
    job = send(server, steward, content).json()["data"]["load"]
    told = finished(server, steward, job["id"])
    assert (told["state"], told["report"]["error"]["code"]) == ("failed", "forbidden")
    other = send(server, steward, content, variables={"mapping": "companies", "source": "others"})
    assert finished(server, steward, other.json()["data"]["load"]["id"])["state"] == "done"
    admin = server.key("admin")
    job = send(server, admin, content).json()["data"]["load"]
    told = finished(server, admin, job["id"])
    assert [file["source"] for file in told["report"]["files"]] == ["companies"]
    assert not left(server)


def test_a_file_that_cannot_be_read_fails_its_job(server: Running, steward: str) -> None:
    job = send(server, steward, b"%PDF-1.7 nothing", "a.pdf").json()["data"]["load"]
    told = finished(server, steward, job["id"])
    assert told["state"] == "failed"
    assert told["report"]["error"]["code"] == "unreadable_file"
    assert str(server.state) not in json.dumps(told)
    assert not left(server)


def test_a_file_that_is_refused_leaves_nothing(server: Running) -> None:
    assert code(send(server, server.key("investigator"), b"a,b\n1,2\n")) == "forbidden"
    assert not left(server)


def test_a_file_that_is_too_large_is_refused(server: Running, steward: str) -> None:
    answer = send(server, steward, b"x" * (2 << 20))
    assert (answer.status_code, code(answer)) == (413, "too_large")
    assert not left(server)


def test_an_unknown_mapping_is_refused(server: Running, steward: str) -> None:
    assert code(send(server, steward, b"a\n1\n", variables={"mapping": "/etc/passwd"})) == "bad_request"
    assert not left(server)


@pytest.mark.parametrize(
    "parts",
    [
        {"operations": "{"},
        {"operations": "[]"},
        {"map": "{"},
        {"map": '{"0": "variables.file"}'},
        {"map": '{"0": ["variables.other.deep"]}'},
        {"map": '{"1": ["variables.file"]}'},
        {"map": '{"0": [""]}'},
    ],
)
def test_parts_that_are_not_as_the_specification_says_are_refused(
    server: Running, steward: str, parts: dict[str, str]
) -> None:
    answer = send(server, steward, b"a\n1\n", **parts)
    assert answer.status_code == 400, answer.text
    assert not left(server)


def test_nothing_is_read_from_whoever_has_no_key(server: Running) -> None:
    assert send(server, "hw_no", b"a\n1\n").status_code == 401
    assert not left(server)
