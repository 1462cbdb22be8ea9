"""Subscriptions over WebSocket: gql and bare WebSocket clients, against a real server."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport
from starlette.websockets import WebSocket
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from api.answering import Service
from api.http import sockets
from api.live import connections
from api.live.connections import UNKNOWN_PER_ADDRESS
from api.live.following import Following
from api.live.watching import PER_CONNECTION
from graph.opening import open_store
from tests.api.conftest import ROOT, Running, running
from tests.api.live.test_watching import CHANGES, MAKER, following, key, put, stated

PROTOCOL = Subprotocol("graphql-transport-ws")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with one company, that the tests add to."""
    url = f"sqlite:{tmp_path_factory.mktemp('watched') / 'watched.db'}"
    open_store(url).close()
    put(url, stated("1", MAKER, name="Yongfei"))
    return url


@pytest.fixture(scope="module")
def server(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(url, tmp_path_factory.mktemp("server"), HEADWATER_ORIGINS="https://friend.example") as server:
        yield server


@pytest.fixture(scope="module")
def investigator(server: Running) -> str:
    return server.key("investigator")


def address(server: Running) -> str:
    return server.url.replace("http", "ws", 1)


@contextmanager
def opened(server: Running, protocol: str = "graphql-transport-ws", **options: Any) -> Iterator[ClientConnection]:
    with connect(address(server), subprotocols=[Subprotocol(protocol)], max_size=None, **options) as socket:
        yield socket


def say(socket: ClientConnection, **message: Any) -> None:
    socket.send(json.dumps(message))


def hear(socket: ClientConnection) -> Any:
    return json.loads(socket.recv(20))


@contextmanager
def known(server: Running, key: str) -> Iterator[ClientConnection]:
    """A connection that has said who it is."""
    with opened(server) as socket:
        say(socket, type="connection_init", payload={"authorization": f"Bearer {key}"})
        assert hear(socket) == {"type": "connection_ack"}
        yield socket


def follow(socket: ClientConnection, name: str = "1") -> None:
    payload = {"query": CHANGES, "variables": {"ids": [MAKER]}}
    say(socket, id=name, type="subscribe", payload=payload)


def end(socket: ClientConnection) -> tuple[int, str]:
    """The code and the reason with which the server closes."""
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            socket.recv(20)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


@pytest.mark.parametrize("by_header", [False, True])
def test_a_client_of_gql_follows_changes(server: Running, url: str, investigator: str, by_header: bool) -> None:
    names = {"authorization": f"Bearer {investigator}"}
    query = gql(CHANGES)
    query.variable_values = {"ids": [MAKER]}

    async def events() -> None:
        header, payload = (names, None) if by_header else (None, names)
        transport = WebsocketsTransport(address(server), headers=header, init_payload=payload, subprotocols=[PROTOCOL])
        async with Client(transport=transport) as session:
            told = session.subscribe(query)
            assert (await anext(told))["changes"] == {"known": [MAKER], "nodes": []}
            await asyncio.to_thread(put, url, stated(f"gql{by_header}", MAKER, name=f"Name {by_header}"))
            async with asyncio.timeout(20):
                (node,) = (await anext(told))["changes"]["nodes"]
            assert node["properties"] == ["name"]
            await told.aclose()
            me = await session.execute(gql("{ me { role } }"))
            assert me == {"me": {"role": "investigator"}}
            with pytest.raises(TransportQueryError, match="nope"):
                await session.execute(gql("{ nope }"))

    asyncio.run(events())


def test_nobody_is_known_without_a_key(server: Running) -> None:
    for payload in ({}, {"authorization": "Bearer nonsense"}):
        with opened(server) as socket:
            say(socket, type="connection_init", payload=payload)
            code, reason = end(socket)
            assert code == 4403
            assert "key" in reason


def test_a_subscription_before_the_key_closes(server: Running) -> None:
    with opened(server) as socket:
        follow(socket)
        assert end(socket)[0] == 4401


def test_pages_of_other_sites_are_refused(server: Running) -> None:
    with pytest.raises(InvalidStatus) as refused, opened(server, origin=Origin("https://stranger.example")):
        pass
    assert refused.value.response.status_code == 403
    for origin in ("https://friend.example", server.url.rpartition("/")[0]):
        with opened(server, origin=Origin(origin)):
            pass


def test_another_protocol_is_refused(server: Running) -> None:
    with opened(server, "graphql-ws") as socket:
        assert end(socket)[0] == 4406


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (["nonsense"], 4400),
        (["[]"], 4400),
        (['{"type": "who knows"}'], 4400),
        ([b"\x00"], 4400),
        (['{"type": "ping", "payload": "' + "x" * 1_000_001 + '"}'], 4400),
        (['{"type": "connection_init"}'], 4429),
        (['{"type": "subscribe", "payload": {}}'], 4400),
    ],
)
def test_what_breaks_the_protocol_closes(
    server: Running, investigator: str, messages: list[str | bytes], expected: int
) -> None:
    with known(server, investigator) as socket:
        for message in messages:
            socket.send(message)
        assert end(socket)[0] == expected


def test_an_id_that_is_taken_closes(server: Running, investigator: str) -> None:
    with known(server, investigator) as socket:
        follow(socket)
        follow(socket)
        assert end(socket)[0] == 4409


def test_a_subscription_can_be_ended_and_others_go_on(server: Running, url: str, investigator: str) -> None:
    with known(server, investigator) as socket:
        follow(socket, "a")
        follow(socket, "b")
        assert {hear(socket)["id"], hear(socket)["id"]} == {"a", "b"}
        say(socket, id="a", type="complete")
        say(socket, type="ping")
        assert hear(socket) == {"type": "pong"}
        put(url, stated("ended", MAKER))
        assert hear(socket)["id"] == "b"
        follow(socket, "a")
        assert hear(socket)["id"] == "a"


def test_a_connection_has_a_most_of_operations(server: Running, investigator: str) -> None:
    with known(server, investigator) as socket:
        for i in range(PER_CONNECTION + 1):
            follow(socket, str(i))
        kinds = [hear(socket) for _ in range(PER_CONNECTION + 1)]
        (refused,) = (message for message in kinds if message["type"] == "error")
        assert refused["payload"][0]["extensions"]["code"] == "too_many_subscriptions"


def test_errors_end_a_subscription_with_their_code(server: Running, investigator: str) -> None:
    with known(server, investigator) as socket:
        payloads: tuple[Any, ...] = ({"query": "subscription { nope }"}, {}, None, {"query": 5})
        for payload, code in zip(payloads, ("bad_query", "bad_request", "bad_request", "bad_request"), strict=True):
            say(socket, id="x", type="subscribe", payload=payload)
            refused = hear(socket)
            assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", code)


def test_a_revoked_key_closes_the_connection(server: Running) -> None:
    made = json.loads(server.command("key", "create", "--name", "x", "--role", "investigator", "--json"))
    with known(server, made["key"]) as socket:
        follow(socket)
        hear(socket)
        server.command("key", "revoke", made["id"])
        refused = hear(socket)
        assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "unauthenticated")
        assert end(socket)[0] == 4403


def test_a_server_that_stops_says_so(url: str, tmp_path: Path) -> None:
    with running(url, tmp_path) as server:
        with known(server, server.key("investigator")) as socket, opened(server) as idle:
            follow(socket)
            hear(socket)
            server.process.terminate()
            assert end(socket) == (1001, "the server is stopping; connect again")
            assert end(idle)[0] == 1001
        server.process.wait(20)


@contextmanager
def printed(language: str, server: Running, key: str) -> Iterator[Iterator[str]]:
    """What the page's program that follows changes says, line by line."""
    page = (ROOT / "docs" / "graphql.md").read_text("utf-8")
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    (program,) = (block for block in blocks if "subscription" in block)
    command = (
        [sys.executable, "-c", program]
        if language == "python"
        else ["sh", "-c", "exec " + program[program.index("curl") :]]
    )
    environment = {**os.environ, "SERVICE_URL": server.url, "SERVICE_KEY": key}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield (line.strip() for line in process.stdout)
        finally:
            process.terminate()


def test_the_program_runs_as_printed(server: Running, url: str, investigator: str) -> None:
    with printed("python", server, investigator) as lines:
        assert next(lines) == "watching 1"
        put(url, stated("printed", MAKER, name="Printed"))
        assert next(lines) == f"{MAKER} changed: name"
        assert next(lines) == "watching 1"


def test_the_command_runs_as_printed(server: Running, url: str, investigator: str) -> None:
    with printed("sh", server, investigator) as lines:
        told = (json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: "))
        assert next(told)["data"]["changes"]["known"] == [MAKER]
        put(url, stated("commanded", MAKER, name="Commanded"))
        assert next(told)["data"]["changes"]["nodes"] == [{"id": MAKER, "properties": ["name"]}]


class Peer:
    """A client's end of a connection, that takes only so many messages."""

    def __init__(self, following: Following, takes: int = 100, address: str = "192.0.2.1") -> None:
        self.takes = takes
        self.heard: list[Any] = []
        self.says: asyncio.Queue[Any] = asyncio.Queue()
        self.says.put_nowait({"type": "websocket.connect"})
        scope = {
            "type": "websocket",
            "headers": [],
            "subprotocols": [PROTOCOL],
            "path": "/graphql",
            "client": (address, 1),
        }
        app = SimpleNamespace(state=SimpleNamespace(following=following))
        self.socket = WebSocket({**scope, "app": app}, self.says.get, self.hear)

    async def hear(self, message: Any) -> None:
        if message["type"] == "websocket.send" and len(self.heard) >= self.takes:
            await asyncio.Event().wait()
        self.heard.append(message)

    def say(self, **message: Any) -> None:
        self.says.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})


def test_a_slow_client_is_dropped_and_told(market: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "SLOW", 0.05)

    async def serve() -> None:
        async with following(market) as all_:
            peer = Peer(all_, takes=2)  # that it is accepted, and who it is
            peer.say(type="connection_init", payload={"authorization": key(market)[1]})
            peer.say(id="1", type="subscribe", payload={"query": CHANGES, "variables": {"ids": [MAKER]}})
            async with asyncio.timeout(20):
                await sockets.endpoint(peer.socket)
            assert peer.heard[-1]["type"] == "websocket.close"
            assert peer.heard[-1]["code"] == 1013
            assert "not taken within" in peer.heard[-1]["reason"]
            assert not all_.watching._watches

    asyncio.run(serve())


@pytest.mark.parametrize(("is_known", "expected"), [(False, 4408), (True, 1013)])
def test_a_silent_client_is_dropped(
    market: Service, monkeypatch: pytest.MonkeyPatch, is_known: bool, expected: int
) -> None:
    monkeypatch.setattr(sockets, "INIT", 0.05)
    monkeypatch.setattr(sockets, "ALIVE", 0.05)

    async def serve() -> None:
        async with following(market) as all_:
            peer = Peer(all_)
            if is_known:
                peer.say(type="connection_init", payload={"authorization": key(market)[1]})
            async with asyncio.timeout(20):
                await sockets.endpoint(peer.socket)
            assert peer.heard[-1]["code"] == expected
            assert ('{"type":"ping"}' in [message.get("text") for message in peer.heard]) == is_known

    asyncio.run(serve())


def test_who_talks_without_saying_who_it_is_is_dropped(market: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "INIT", 0.1)

    class Talker(Peer):
        async def hear(self, message: Any) -> None:
            await super().hear(message)
            if message["type"] != "websocket.close":
                self.say(type="ping")

    async def serve() -> None:
        async with following(market) as all_:
            peer = Talker(all_, takes=1_000_000)
            async with asyncio.timeout(20):
                await sockets.endpoint(peer.socket)
            pongs = [message for message in peer.heard if message.get("text") == '{"type":"pong"}']
            assert len(pongs) > 2
            assert (peer.heard[-1]["code"], peer.heard[-1]["reason"]) == (4408, "Connection initialisation timeout")

    asyncio.run(serve())


def test_who_does_not_say_who_it_is_keeps_nobody_out(server: Running, investigator: str) -> None:
    with ExitStack() as idle:
        mine = [idle.enter_context(opened(server)) for _ in range(UNKNOWN_PER_ADDRESS)]
        with pytest.raises(InvalidStatus), opened(server):
            pass
        say(mine[0], type="connection_init", payload={"authorization": f"Bearer {investigator}"})
        assert hear(mine[0]) == {"type": "connection_ack"}
        with known(server, investigator):
            pass
        assert server.ask(investigator, "{ me { role } }").status_code == 200


@pytest.mark.parametrize("most", ["MOST", "UNKNOWN", "UNKNOWN_PER_ADDRESS"])
def test_a_process_has_a_most_of_connections(market: Service, monkeypatch: pytest.MonkeyPatch, most: str) -> None:
    monkeypatch.setattr(connections, most, 1)

    async def serve() -> None:
        async with following(market) as all_:
            first = Peer(all_)
            second = Peer(all_, address="192.0.2.1" if most == "UNKNOWN_PER_ADDRESS" else "192.0.2.2")
            staying = asyncio.ensure_future(sockets.endpoint(first.socket))
            while not first.heard:
                await asyncio.sleep(0)
            await sockets.endpoint(second.socket)
            assert [message["type"] for message in second.heard] == ["websocket.close"]
            first.says.put_nowait({"type": "websocket.disconnect", "code": 1000})
            await staying
            third = Peer(all_)
            third.says.put_nowait({"type": "websocket.disconnect", "code": 1000})
            await sockets.endpoint(third.socket)
            assert third.heard[0]["type"] == "websocket.accept"

    asyncio.run(serve())


def test_a_viewer_has_a_most_of_connections(market: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PER_VIEWER", 1)

    async def serve() -> None:
        async with following(market) as all_:
            mine = key(market)[1]
            first, second, other = Peer(all_), Peer(all_), Peer(all_)
            for peer, authorization in ((first, mine), (second, mine), (other, key(market)[1])):
                peer.say(type="connection_init", payload={"authorization": authorization})
            staying = asyncio.ensure_future(sockets.endpoint(first.socket))
            while len(first.heard) < 2:
                await asyncio.sleep(0)
            async with asyncio.timeout(20):
                await sockets.endpoint(second.socket)
            assert second.heard[-1]["code"] == 1013
            other.says.put_nowait({"type": "websocket.disconnect", "code": 1000})
            await sockets.endpoint(other.socket)
            first.says.put_nowait({"type": "websocket.disconnect", "code": 1000})
            await staying
            for peer in (first, other):
                assert {"type": "connection_ack"} in [json.loads(m["text"]) for m in peer.heard if "text" in m]

    asyncio.run(serve())
