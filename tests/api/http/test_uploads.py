from __future__ import annotations

import asyncio
import json
import resource
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from api.answering import Service
from api.errors import TooSlow
from api.http import uploads
from api.http.parts import file_name
from api.http.uploads import AT_ONCE
from graph.changes import RESERVED
from graph.opening import open_store
from tests.api.conftest import MARKET, STEWARD, Running, children, code, running, until

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
    headers = {"authorization": f"Bearer {key}", "accept": more.pop("accept", "*/*")}
    data = {"operations": json.dumps(operations), "map": json.dumps({"0": ["variables.file"]}), **more}
    return httpx.post(server.url, data=data, files={"0": (name, content)}, headers=headers, timeout=60)


def begun(server: Running, key: str, declared: int, *parts: bytes) -> socket.socket:
    """A request whose headers and first parts were sent, but not all that they promise."""
    connection = socket.create_connection(("127.0.0.1", httpx.URL(server.url).port or 0), 20)
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: {declared}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    )
    connection.sendall(head.encode() + b"".join(parts))
    return connection


def part(name: str, content: str | bytes, *, file: str | None = None) -> bytes:
    """One part of a body whose boundary is x."""
    filename = "" if file is None else f'; filename="{file}"'
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"{filename}\r\n\r\n'
    return head.encode() + (content.encode() if isinstance(content, str) else content) + b"\r\n"


@pytest.mark.parametrize("source", RESERVED)
def test_no_file_is_loaded_under_a_source_kept_for_who_is_who(server: Running, steward: str, source: str) -> None:
    told = send(server, steward, b"x", variables={"source": source}).json()
    assert "name another" in told["errors"][0]["message"]
    assert told["data"] == {"load": None}


def left(server: Running) -> list[Path]:
    return list((server.state / "uploads").glob("*/*"))


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


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/json"])
@pytest.mark.parametrize("charset", ["punycode", "utf-16", "idna", "unicode_escape", '"latin-1"'])
def test_no_charset_but_utf_8_is_read(server: Running, steward: str, kind: str, charset: str) -> None:
    headers = {"authorization": f"Bearer {steward}", "content-type": f"{kind}; charset={charset}"}
    body = part("operations", "a" * 450_000) + part("map", "{}") + b"--x--\r\n"
    answer = httpx.post(server.url, content=body, headers=headers, timeout=5)
    assert (answer.status_code, code(answer)) == (415, "unsupported_media_type")
    utf8 = {**headers, "content-type": "application/json; charset=UTF-8"}
    assert httpx.post(server.url, content=b'{"query": "{ me { role } }"}', headers=utf8).status_code == 200


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"companies.csv", "companies.csv"),
        (b"../../feeds/companies.csv", "companies.csv"),
        (b"C:\\feeds\\companies.csv", "companies.csv"),
        (b"..", "upload"),
        (b"", "upload"),
        (b".hidden", "hidden"),
        (b"a\x00b\r\n.csv", "a_b__.csv"),
        (b"\xff\xfe.csv", "\ufffd\ufffd.csv"),
        ("永飞 2025.csv".encode(), "永飞 2025.csv"),
    ],
)
def test_a_file_keeps_its_name_as_far_as_a_disk_takes_it(sent: bytes, kept: str) -> None:
    assert file_name(sent) == kept


def test_long_names_are_cut_and_stay_different() -> None:
    names = [f"{'假' * 100}{number}.csv".encode() for number in range(2)]
    kept = {file_name(name) for name in names}
    assert len(kept) == 2
    assert all(len(name.encode()) <= 200 and name.startswith("假" * 50) and name.endswith(".csv") for name in kept)
    assert len(file_name(b"a." + b"b" * 300).encode()) <= 200


@pytest.mark.parametrize("name", ["假" * 100 + ".csv", "a\x00b.csv", "a" * 2000])
def test_a_file_is_loaded_whatever_its_name(server: Running, steward: str, name: str) -> None:
    content = (MARKET / "feeds" / "rights.csv").read_bytes()
    operations = json.dumps({"query": LOAD, "variables": {"file": None}})
    parts = part("operations", operations), part("map", '{"0": ["variables.file"]}'), part("0", content, file=name)
    headers = {"authorization": f"Bearer {steward}", "content-type": "multipart/form-data; boundary=x"}
    answer = httpx.post(server.url, content=b"".join(parts) + b"--x--\r\n", headers=headers, timeout=60)
    told = finished(server, steward, answer.json()["data"]["load"]["id"])
    assert told["state"] == "done", told
    assert [file["name"] for file in told["report"]["files"]] == [file_name(name.encode())]
    assert not left(server)


@pytest.mark.parametrize("variables", ["ab", "aa"])
def test_one_file_may_be_loaded_twice_by_a_request(server: Running, steward: str, variables: str) -> None:
    named = sorted(set(variables))
    loads = (
        f'{source}: load(file: ${name}, source: "{source}") {{ id }}'
        for name, source in zip(variables, "xy", strict=True)
    )
    query = f"mutation({', '.join(f'${name}: Upload!' for name in named)}) {{ {' '.join(loads)} }}"
    answer = httpx.post(
        server.url,
        data={
            "operations": json.dumps({"query": query, "variables": dict.fromkeys(named)}),
            "map": json.dumps({"0": [f"variables.{name}" for name in named]}),
        },
        files={"0": ("companies.csv", (MARKET / "feeds" / "companies.csv").read_bytes())},
        headers={"authorization": f"Bearer {steward}"},
        timeout=60,
    ).json()
    assert "errors" not in answer
    jobs = [finished(server, steward, job["id"]) for job in answer["data"].values()]
    assert [(job["state"], job["report"]["files"][0]["source"]) for job in jobs] == [("done", "x"), ("done", "y")]
    assert not left(server)


def test_a_load_whose_answer_is_a_stream_is_done(server: Running, steward: str) -> None:
    content = (MARKET / "feeds" / "rights.csv").read_bytes()
    answer = send(server, steward, content, accept="text/event-stream")
    assert answer.headers["content-type"].startswith("text/event-stream")
    event = json.loads(answer.text.partition("data: ")[2].partition("\n")[0])
    assert finished(server, steward, event["data"]["load"]["id"])["state"] == "done"
    assert not left(server)


def test_a_role_that_may_not_load_is_refused_before_its_file_is_read(server: Running) -> None:
    with closing(begun(server, server.key("customs"), 300 << 20, part("operations", "{}"))) as connection:
        answer = connection.recv(10_000)
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b'"code":"forbidden"' in answer
    assert not left(server)


def test_a_file_is_written_as_it_comes_for_its_owner_alone_and_nowhere_else(tmp_path: Path, market_url: str) -> None:
    content = b"a,b\n" + b"1,2\n" * 700_000
    other = tmp_path / "tmp"
    other.mkdir()
    with running(market_url, tmp_path, TMPDIR=str(other)) as server:
        steward = server.key("steward")
        file = part("0", content, file="a.csv")
        with closing(begun(server, steward, 1 << 30, part("operations", "{}"), part("map", "{}"), file)):
            until(lambda: (written := files(server)) and written[0].stat().st_size > 1 << 20)
            (path,) = files(server)
            assert (path.name, path.stat().st_mode & 0o777) == ("a.csv", 0o600)
            assert content.startswith(path.read_bytes())
            assert not list(other.iterdir())
        until(lambda: not left(server))  # whoever sent it is gone


def files(server: Running) -> list[Path]:
    """Whatever lies among the uploads."""
    return [path for path in (server.state / "uploads").rglob("*") if path.is_file()]


def test_few_uploads_are_taken_at_once(server: Running, steward: str) -> None:
    with ExitStack() as connections:
        for _ in range(AT_ONCE):
            connections.enter_context(closing(begun(server, steward, 1000, part("0", "a", file="a.csv"))))
        until(lambda: len(left(server)) == AT_ONCE)
        answer = send(server, steward, b"a\n1\n")
        assert (answer.status_code, code(answer)) == (429, "rate_limited")
        assert int(answer.headers["retry-after"]) > 0
        assert server.ask(steward, "{ me { role } }").status_code == 200
    until(lambda: not left(server))
    assert send(server, steward, b"a\n1\n").status_code == 200


def test_an_upload_leaves_the_disk_its_reserve(tmp_path: Path, market_url: str) -> None:
    more = shutil.disk_usage(tmp_path).total >> 20
    with running(market_url, tmp_path, HEADWATER_RESERVE=str(more)) as server:
        steward = server.key("steward")
        answer = send(server, steward, b"a\n1\n")
        assert (answer.status_code, code(answer)) == (503, "state_unavailable")
        assert not left(server)
        assert server.ask(steward, "{ me { role } }").status_code == 200


def test_a_file_that_a_disk_does_not_take_is_refused(tmp_path: Path, market_url: str) -> None:
    with running(market_url, tmp_path, HEADWATER_UPLOAD="8") as server:
        steward = server.key("steward")
        (worker,) = children(server.process.pid)
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (3 << 20, resource.RLIM_INFINITY))
        answer = send(server, steward, b"a,b\n" * (1 << 20))
        assert (answer.status_code, code(answer)) == (503, "state_unavailable")
        assert str(tmp_path) not in answer.text
        assert not left(server)
        assert server.ask(steward, "{ me { role } }").status_code == 200


def test_an_upload_that_pauses_for_long_gives_its_place_to_another(
    serving: Callable[..., Service], market_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "SILENT", 0.01)
    service = serving(market_url)
    places = asyncio.Semaphore(1)
    application = SimpleNamespace(state=SimpleNamespace(uploads=places))

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def upload() -> None:
        request = Request({"type": "http", "headers": [], "app": application}, receive)
        with pytest.raises(TooSlow):
            async with uploads.received(request, b"x", service, STEWARD):
                pass
        assert not places.locked()

    asyncio.run(upload())
    assert not list(service.jobs.folder.iterdir())
