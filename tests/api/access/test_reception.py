"""Who asks: remembered for some seconds, looked up by threads that nothing else waits for."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.access.blocks import block
from api.access.cases import add_member, open_case
from api.access.keys import create_key, find_key, revoke_key
from api.access.reception import DEMO, Reception
from api.access.tokens import Tokens
from api.errors import Unauthenticated
from api.state import State, today
from tests.api.access.oidc import RSA, answering, packed, provider, signed


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "state") as opened:
        yield opened


@pytest.fixture
def made(state: State) -> Iterator[Any]:
    """Makes receptions over one state."""
    all_: list[Reception] = []

    def make(tokens: Tokens | None = None, **options: Any) -> Reception:
        all_.append(Reception(state, tokens, **options))
        return all_[-1]

    yield make
    for one in all_:
        one.close()


def key(state: State) -> tuple[str, str]:
    """A key's id, and the header that it makes."""
    made, text = create_key(state, name="Li Na", role="customs", by="local:me", today=today())
    return made.id, f"Bearer {text}"


def test_whoever_was_let_in_is_remembered_for_some_seconds(state: State, made: Any) -> None:
    id_, header = key(state)
    one, forgetful = made(seconds=1000), made(seconds=0)
    viewer = one.viewer(header)
    forgetful.viewer(header)
    revoke_key(state, id_, by="local:me")
    assert one.viewer(header) is viewer is one.known(header)
    assert forgetful.known(header) is None
    with pytest.raises(Unauthenticated, match="revoked"):
        forgetful.viewer(header)


def test_the_memory_ends_with_the_day(state: State, made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, header = key(state)
    one = made(seconds=1000)
    one.viewer(header)
    monkeypatch.setattr("api.access.reception.today", lambda: "2999-01-01")
    with pytest.raises(Unauthenticated, match="expired"):
        one.viewer(header)


def test_a_token_comes_with_its_cases_as_of_some_seconds_ago(state: State, made: Any) -> None:
    with answering() as answers:
        answers.publish(RSA)
        header = f"Bearer {signed(answers, RSA, 'RS256')}"
        viewer = f"{answers.issuer}#li"
        tokens = Tokens(provider(answers.issuer))
        one, forgetful = made(tokens, seconds=1000), made(tokens, seconds=0)
        open_case(state, "12", "opener", "customs")
        assert one.viewer(header).cases == forgetful.viewer(header).cases == set()
        add_member(state, "12", viewer, by="opener")
        assert one.viewer(header).cases == set()
        assert forgetful.viewer(header).cases == {"12"}
        block(state, viewer, by="local:me")
        with pytest.raises(Unauthenticated, match="shut out"):
            forgetful.viewer(header)


def test_the_use_of_a_key_is_noted_but_waited_for_by_nobody(state: State, made: Any) -> None:
    id_, header = key(state)
    one = made(seconds=0)
    with State(state.folder) as other:
        with other.transaction():
            # As long as another process writes, the use cannot be noted.
            assert asyncio.run(one.received(header)).id == id_
            assert find_key(state, id_).used is None
        one.close()
    assert find_key(state, id_).used is not None


def test_the_use_of_a_key_is_not_noted_at_every_question(state: State, made: Any) -> None:
    id_, header = key(state)
    one = made(seconds=0)
    one.viewer(header)
    one._noting.submit(lambda: None).result()
    with state.transaction() as db:
        db.execute("UPDATE key SET used = NULL")
    one.viewer(header)
    one.close()
    assert find_key(state, id_).used is None


def test_an_event_loop_goes_on_while_the_state_cannot_be_read(state: State, made: Any) -> None:
    id_, header = key(state)
    one = made()

    async def ask() -> None:
        with state._reading:
            asking = [asyncio.create_task(one.received(header)) for _ in range(3)]
            done, _ = await asyncio.wait(asking, timeout=0.05)
            assert not done
            asking[0].cancel()
        # Those who ask by one key share one look at the state, whoever of them leaves.
        assert [(await task).id for task in asking[1:]] == [id_, id_]
        assert asking[0].cancelled()
        assert one._asked == {}

    asyncio.run(ask())


@pytest.fixture
def hanging() -> Iterator[str]:
    """The issuer of a provider that takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(64)
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def forged(issuer: str, number: int) -> str:
    said = {"iss": issuer, "sub": f"s{number}", "aud": "headwater"}
    return f"Bearer {packed({'alg': 'RS256', 'kid': 'x'})}.{packed(said)}.AAAA"


def test_tokens_of_nobody_keep_no_key_waiting_while_the_provider_hangs(state: State, made: Any, hanging: str) -> None:
    id_, header = key(state)
    one = made(Tokens(provider(hanging)))

    async def ask() -> None:
        same = [asyncio.create_task(one.received(forged(hanging, 0))) for _ in range(8)]
        others = [asyncio.create_task(one.received(forged(hanging, number))) for number in range(1, 30)]
        assert (await one.received(header)).id == id_
        # The hundreds of milliseconds until the provider is given up have not passed.
        assert not any(task.done() for task in (*same, *others[:15]))
        for task in others[15:]:
            with pytest.raises(Unauthenticated, match="too many tokens wait"):
                await task
        for task in (*same, *others[:15]):
            task.cancel()
        await asyncio.gather(*same, *others, return_exceptions=True)

    asyncio.run(ask())


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Basic abc", "Bearer nonsense", "Bearer a.b.c", "Bearer \ud800", "bearer hw_x"]
)
def test_what_names_nobody_is_refused_without_a_look_at_the_state(state: State, made: Any, header: str | None) -> None:
    with pytest.raises(Unauthenticated):
        made().known(header)


def test_the_demo_lets_in_who_has_no_key_and_nobody_with_a_wrong_one(state: State, made: Any) -> None:
    one = made(is_demo=True)
    assert one.known(None) is DEMO
    with pytest.raises(Unauthenticated):
        one.known("Bearer nonsense")
