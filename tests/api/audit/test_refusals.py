"""Refusals before a question: each is in the audit log, those of nobody in particular counted by the second."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from api.audit.log import AuditLog
from api.audit.reading import entries
from api.audit.refusals import Refusals
from api.audit.verification import verify
from api.http import sockets
from api.state import State
from tests.api.conftest import Running, running

PHONE = "13800138000"
KNOWN = 'subscription { changes(ids: ["Company/91440113MAN7Y3586H"]) { known } }'


@pytest.fixture(scope="module")
def server(market_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(market_url, tmp_path_factory.mktemp("refusing")) as made:
        yield made


@pytest.fixture(scope="module")
def key(server: Running) -> str:
    return server.key("investigator")


def refusals(server: Running, outcome: str, most: float = 30) -> list[dict[str, Any]]:
    """The refusals of an outcome that are in the log, once there are any."""
    until = time.monotonic() + most
    while True:
        found = [one.entry for one in entries(server.state)]
        told = [one for one in found if one["kind"] == "refusal" and one["outcome"] == outcome]
        if told:
            return told
        assert time.monotonic() < until, found


@pytest.mark.parametrize(
    ("sent", "outcome"),
    [
        ({"content": f'{{"query": "{PHONE}'}, "bad_request"),
        ({"content": "x" * 2_000_000}, "too_large"),
        ({"data": {"operations": "{", "map": "{}"}, "files": {"0": ("a.csv", b"x")}}, "forbidden"),
        ({"json": {"query": f"{{ me {PHONE} }}", "variables": 5}}, "bad_request"),
    ],
)
def test_what_is_no_question_is_told_with_who_sent_it(
    server: Running, key: str, sent: dict[str, Any], outcome: str
) -> None:
    before = sum(one.entry["kind"] == "refusal" for one in entries(server.state))
    headers = {"authorization": f"Bearer {key}"}
    if "content" in sent:
        headers["content-type"] = "application/json"
    answer = httpx.post(server.url, headers=headers, timeout=30, **sent)
    assert answer.json()["errors"][0]["extensions"]["code"] == outcome
    told = [one.entry for one in entries(server.state) if one.entry["kind"] == "refusal"]
    assert len(told) == before + 1  # on disk before the answer left
    assert (told[-1]["viewer"], told[-1]["role"], told[-1]["outcome"]) == (key.split("_")[1], "investigator", outcome)


def test_another_content_type_is_told(server: Running, key: str) -> None:
    headers = {"authorization": f"Bearer {key}", "content-type": "text/plain"}
    assert httpx.post(server.url, content=PHONE, headers=headers).status_code == 415
    assert refusals(server, "unsupported_media_type")[-1]["viewer"] == key.split("_")[1]


def test_a_flood_of_wrong_keys_is_told_in_few_lines_by_address(server: Running, key: str) -> None:
    def counted() -> int:
        return sum(one.entry.get("count", 0) for one in entries(server.state))

    before = counted()
    with httpx.Client(timeout=30) as client:
        for number in range(100):
            headers = {"authorization": f"Bearer {key[:-1]}{number % 10}" if number % 2 else f"Bearer {PHONE}"}
            assert client.post(server.url, json={"query": "{ me { name } }"}, headers=headers).status_code in (200, 401)
    until = time.monotonic() + 30
    while counted() < before + 90:
        assert time.monotonic() < until
    told = refusals(server, "unauthenticated")
    assert len(told) < 30
    assert len({one["from"] for one in told}) == 1
    log = b"".join(path.read_bytes() for path in (server.state / "audit").iterdir())
    assert PHONE.encode() not in log and b"127.0.0.1" not in log
    assert verify(server.state).ok


def test_what_a_socket_refuses_is_told(server: Running, key: str) -> None:
    address = server.url.replace("http", "ws", 1)

    def opened() -> Any:
        return connect(address, subprotocols=[Subprotocol(sockets.PROTOCOL)])

    def say(socket: Any, **message: Any) -> None:
        socket.send(json.dumps(message))

    with opened() as socket:
        say(socket, type="connection_init", payload={"authorization": f"Bearer {key}"})
        socket.recv(20)
        for number in range(21):
            say(socket, id=str(number), type="subscribe", payload={"query": KNOWN})
        while json.loads(socket.recv(20))["type"] != "error":
            pass
        assert refusals(server, "too_many_subscriptions")[0]["viewer"] == key.split("_")[1]
        before = len(refusals(server, "bad_request"))
        socket.send(f'{{"type": "subscribe", "id": {PHONE}')
        with pytest.raises(ConnectionClosed):
            while True:
                socket.recv(20)
        assert len(refusals(server, "bad_request")) == before + 1


def test_refusals_are_counted_apart_by_few_addresses_and_together_beyond() -> None:
    counted = Refusals()
    for number in range(5_000):
        counted.count("unauthenticated", f"2001:db8::{number:x}")
    taken = counted.taken(at_once=True)
    assert len(taken) == 1_001
    assert taken["unauthenticated", ""] == 4_000
    assert sum(taken.values()) == 5_000
    counted.count("unauthenticated", "192.0.2.1")
    assert counted.taken(at_once=False) == {}  # the last telling is less than a second ago
    counted.put_back(taken)
    assert sum(counted.taken(at_once=True).values()) == 5_001


def test_refusals_that_cannot_be_told_are_told_later(tmp_path: Path) -> None:
    with State(tmp_path / "state") as state:
        (state.folder / "audit").write_text("in the way")
        log = AuditLog(state)
        log.refuse("unauthenticated", "192.0.2.1")
        with pytest.raises(Exception, match="cannot be written"):
            log.check()
        (state.folder / "audit").unlink()
        log.close()
        (told,) = entries(state.folder)
        assert (told.entry["outcome"], told.entry["count"]) == ("unauthenticated", 1)
