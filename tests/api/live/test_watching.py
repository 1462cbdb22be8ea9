"""What is followed, from the change in the store to the event, without a connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, closing
from threading import Event
from typing import Any, cast

import orjson
import pytest

from api.access.keys import create_key, revoke_key
from api.access.viewer import Role, Viewer
from api.answering import Service
from api.answers import Answer, Question
from api.audit.verification import verify
from api.jobs.table import create_job, finish_job, note_progress, start_job
from api.live import watching
from api.live.following import Following
from api.live.watching import Watching
from api.waiting import Turns
from graph.errors import StoreUnavailable
from graph.model import Mention, Record, StatedLink
from graph.opening import open_store
from graph.store import Store

MAKER = "Company/91440113MAN7Y3586H"
OTHER = "Company/91330304MA6QDUMH3D"
PHONE = "Phone/+8613800138000"
CHANGES = """subscription($ids: [ID!]!) { changes(ids: $ids) {
    known nodes { id properties links { kind links } node { caption } } } }"""
TRACE = """subscription { trace(clue: {value: "taobao/ta80239484", kind: ACCOUNT}) {
    verdict start { caption mentions } } }"""
SHOP = "Account/taobao/ta80239484"


def stated(key: str, node: str, *links: StatedLink, **values: Any) -> Record:
    """A record that speaks of a node and of what it is linked with."""
    ends = dict.fromkeys(end for link in links for end in (link.source, link.target) if end != node)
    mentions = (Mention(node, "it", values), *(Mention(end, f"end{i}") for i, end in enumerate(ends)))
    return Record("test", key, "test.csv", 1, f"{key}{values}{links}", {}, mentions, links)


def put(url: str, *records: Record) -> None:
    with open_store(url) as store:
        store.merge(records)


@asynccontextmanager
async def following(service: Service) -> AsyncIterator[Following]:
    with closing(Turns(4)) as turns:
        made = Following(service, turns)
        made.watching._every = 0.02
        yield made
        await made.close()


def key(service: Service, role: Role = "investigator", **about: Any) -> tuple[str, str]:
    """The id of a new key, and the header that it makes."""
    made, text = create_key(service.state, name="W", role=role, by="test", today="2026-01-01", days=3000, **about)
    return made.id, f"Bearer {text}"


async def told(answers: AsyncGenerator[Answer, None]) -> Any:
    """The next answer."""
    async with asyncio.timeout(20):
        return orjson.loads((await anext(answers)).body)


def code(answer: Any) -> str:
    return str(answer["errors"][0]["extensions"]["code"])


def watched(*ids: str) -> Question:
    return Question(CHANGES, variables={"ids": list(ids)})


def test_changes_of_watched_nodes_are_told_with_what_changed(serving: Callable[..., Service], store_url: str) -> None:
    service = serving(store_url)
    put(store_url, stated("1", MAKER, name="Yongfei"))

    async def follow() -> None:
        async with (
            following(service) as all_,
            aclosing(all_.answers(watched(MAKER, OTHER), key(service)[1])) as answers,
        ):
            first = (await told(answers))["data"]["changes"]
            assert first == {"known": [MAKER], "nodes": []}
            put(store_url, stated("2", OTHER, name="Ruian"))
            second = (await told(answers))["data"]["changes"]
            assert second["known"] == [MAKER, OTHER]
            assert second["nodes"] == [
                {"id": OTHER, "properties": ["name"], "links": [], "node": {"caption": "Ruian"}},
            ]
            put(store_url, stated("3", MAKER, StatedLink("HAS_SHAREHOLDER", MAKER, OTHER)))
            third = (await told(answers))["data"]["changes"]["nodes"]
            assert {node["id"] for node in third} == {MAKER, OTHER}
            assert all(node["properties"] == [] for node in third)
            assert [node["links"] for node in third] == [[{"kind": "HAS_SHAREHOLDER", "links": 1}]] * 2

    asyncio.run(follow())


def test_what_is_masked_or_elsewhere_is_not_told(serving: Callable[..., Service], sqlite_store_url: str) -> None:
    url, service = sqlite_store_url, serving(sqlite_store_url)
    here, there = "Address/330304|a", "Address/440113|b"
    put(
        url,
        stated("1", MAKER, StatedLink("LOCATED_AT", MAKER, here), name="Here"),
        stated("2", OTHER, StatedLink("LOCATED_AT", OTHER, there), name="There"),
        stated("3", PHONE),
    )

    async def follow() -> None:
        header = key(service, jurisdictions=["3303"])[1]
        question = watched(MAKER, OTHER, PHONE)
        async with following(service) as all_, aclosing(all_.answers(question, header)) as answers:
            assert (await told(answers))["data"]["changes"]["known"] == [MAKER]
            put(url, stated("4", OTHER, name="Hidden"), stated("5", PHONE))
            put(url, stated("6", MAKER, name="Seen"))
            seen = (await told(answers))["data"]["changes"]
            assert seen["known"] == [MAKER]
            assert [node["id"] for node in seen["nodes"]] == [MAKER]

    asyncio.run(follow())


def test_who_follows_much_does_not_hold_up_who_follows_little(
    serving: Callable[..., Service], sqlite_store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serving(sqlite_store_url)
    put(sqlite_store_url, stated("1", MAKER))
    (busy, busy_key), (_, other_key) = key(service), key(service)
    go, begun, answer = Event(), Event(), service.answer

    def answered(question: Question, viewer: Viewer, *more: Any) -> Answer:
        if viewer.id == busy:
            begun.set()
            assert go.wait(60)
        return answer(question, viewer, *more)

    monkeypatch.setattr(service, "answer", answered)

    async def follow() -> None:
        async with following(service) as all_:
            many = [asyncio.create_task(first(all_, busy_key)) for _ in range(4)]
            try:
                assert await asyncio.to_thread(begun.wait, 20)
                assert await first(all_, other_key) == [MAKER]
            finally:
                go.set()
                assert await asyncio.gather(*many) == [[MAKER]] * 4

    async def first(all_: Following, header: str) -> Any:
        async with aclosing(all_.answers(watched(MAKER), header)) as answers:
            return (await told(answers))["data"]["changes"]["known"]

    asyncio.run(follow())


def test_a_change_of_which_nothing_is_seen_is_no_event_for_whom_nodes_are_hidden(
    serving: Callable[..., Service], sqlite_store_url: str
) -> None:
    url, service = sqlite_store_url, serving(sqlite_store_url)
    here, there = "Address/330304|a", "Address/440113|b"
    put(
        url,
        stated("1", MAKER, StatedLink("LOCATED_AT", MAKER, here), name="Here"),
        stated("2", OTHER, StatedLink("LOCATED_AT", OTHER, there)),
    )

    async def follow() -> None:
        limited, whole = key(service, jurisdictions=["3303"])[1], key(service)[1]
        async with (
            following(service) as all_,
            aclosing(all_.answers(watched(MAKER), limited)) as answers,
            aclosing(all_.answers(watched(MAKER), whole)) as others,
        ):
            await told(answers)
            await told(others)
            event = asyncio.ensure_future(told(answers))
            for n in range(3):
                put(url, stated(f"3{n}", MAKER, StatedLink("HAS_SHAREHOLDER", MAKER, OTHER)))
                assert len((await told(others))["data"]["changes"]["nodes"]) == 1
            put(url, stated("4", MAKER, name="Seen"))
            (seen,) = (await event)["data"]["changes"]["nodes"]
            assert (seen["properties"], seen["links"]) == (["name"], [])

    asyncio.run(follow())


def test_a_masked_node_is_watched_by_its_token(serving: Callable[..., Service], sqlite_store_url: str) -> None:
    service = serving(sqlite_store_url)
    put(sqlite_store_url, stated("1", PHONE))
    token = service.vault.seal(PHONE)

    async def follow() -> None:
        question, header = watched(token, PHONE), key(service)[1]
        async with following(service) as all_, aclosing(all_.answers(question, header)) as answers:
            assert (await told(answers))["data"]["changes"]["known"] == [token]
            put(sqlite_store_url, stated("2", MAKER, StatedLink("HAS_PHONE", MAKER, PHONE)))
            answer = (await told(answers))["data"]["changes"]
            assert "13800138000" not in str(answer)

    asyncio.run(follow())


def test_a_node_that_is_taken_back_is_told(
    serving: Callable[..., Service], sqlite_store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_STANDING_EVERY", 0.0)
    service = serving(sqlite_store_url)
    put(sqlite_store_url, stated("1", MAKER, name="Yongfei"))

    async def follow() -> None:
        question, header = watched(MAKER, OTHER), key(service)[1]
        async with following(service) as all_, aclosing(all_.answers(question, header)) as answers:
            await told(answers)
            with open_store(sqlite_store_url) as store:
                store.retract(["test:1"])
            gone = (await told(answers))["data"]["changes"]
            assert gone == {"known": [], "nodes": [{"id": MAKER, "properties": [], "links": [], "node": None}]}

    asyncio.run(follow())


def test_a_trace_is_told_again_when_its_answer_changes(serving: Callable[..., Service], sqlite_store_url: str) -> None:
    service = serving(sqlite_store_url)
    open_store(sqlite_store_url).close()

    async def follow() -> None:
        async with following(service) as all_, aclosing(all_.answers(Question(TRACE), key(service)[1])) as answers:
            assert code(await told(answers)) == "not_found"
            put(sqlite_store_url, stated("1", SHOP))
            (start,) = (await told(answers))["data"]["trace"]["start"]
            assert start["mentions"] == 1
            put(sqlite_store_url, stated("2", MAKER, name="of no concern"))
            put(sqlite_store_url, stated("3", SHOP))
            (start,) = (await told(answers))["data"]["trace"]["start"]
            assert start["mentions"] == 2

    asyncio.run(follow())


def test_a_job_is_followed_to_its_end(market: Service) -> None:
    async def follow() -> None:
        viewer, header = key(market)
        job = create_job(market.state, "load", by=viewer, worker="1-1")
        question = Question("subscription($id: ID!) { job(id: $id) { state done } }", variables={"id": job.id})
        async with following(market) as all_, aclosing(all_.answers(question, header)) as answers:
            assert (await told(answers))["data"]["job"] == {"state": "queued", "done": 0}
            start_job(market.state, job.id)
            note_progress(market.state, job.id, 5, 10)
            assert (await told(answers))["data"]["job"] == {"state": "running", "done": 5}
            finish_job(market.state, job.id, {})
            assert (await told(answers))["data"]["job"]["state"] == "done"
            with pytest.raises(StopAsyncIteration):
                await told(answers)
            strange = all_.answers(question, key(market)[1])
            assert [answer.outcome async for answer in strange] == ["not_found"]

    asyncio.run(follow())


def test_changes_while_the_reader_is_slow_become_one_event(
    serving: Callable[..., Service], sqlite_store_url: str
) -> None:
    service = serving(sqlite_store_url)
    put(sqlite_store_url, stated("1", MAKER), stated("2", OTHER))

    async def follow() -> None:
        question, header = watched(MAKER, OTHER), key(service)[1]
        async with following(service) as all_, aclosing(all_.answers(question, header)) as answers:
            await told(answers)
            async with aclosing(all_.answers(question, header)) as others:
                await told(others)
                for i in range(5):
                    put(sqlite_store_url, stated(f"a{i}", MAKER, name=f"{i}"))
                    await told(others)
                put(sqlite_store_url, stated("b", OTHER, name="b"))
                await told(others)
            nodes = (await told(answers))["data"]["changes"]["nodes"]
            assert [node["id"] for node in nodes] == [MAKER, OTHER]

    asyncio.run(follow())


def test_a_store_that_goes_away_is_told_and_what_came_meanwhile_after_it(
    serving: Callable[..., Service], sqlite_store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serving(sqlite_store_url)
    put(sqlite_store_url, stated("1", MAKER))
    opened, is_away = service.store, False

    def store() -> Any:
        if is_away:
            raise StoreUnavailable("secret/place: away")
        return opened()

    monkeypatch.setattr(service, "store", store)

    async def follow() -> None:
        nonlocal is_away
        header = key(service)[1]
        async with (
            following(service) as all_,
            aclosing(all_.answers(watched(MAKER), header)) as changes,
            aclosing(all_.answers(Question('subscription { trace(clue: {value: "x"}) { verdict } }'), header)) as trace,
        ):
            await told(changes)
            assert code(await told(trace)) == "not_found"
            is_away = True
            for answers in (changes, trace):
                away = await told(answers)
                assert code(away) == "store_unavailable"
                assert "secret" not in str(away)
            put(sqlite_store_url, stated("2", MAKER, name="new"))
            is_away = False
            back = (await told(changes))["data"]["changes"]["nodes"]
            assert back[0]["properties"] == ["name"]
            assert code(await told(trace)) == "not_found"

    asyncio.run(follow())


def test_a_store_that_comes_later_is_waited_for(serving: Callable[..., Service], sqlite_store_url: str) -> None:
    service = serving(sqlite_store_url)

    async def follow() -> None:
        async with following(service) as all_, aclosing(all_.answers(watched(MAKER), key(service)[1])) as answers:
            assert code(await told(answers)) == "store_unavailable"
            put(sqlite_store_url, stated("1", MAKER))
            assert (await told(answers))["data"]["changes"]["known"] == [MAKER]

    asyncio.run(follow())


def test_a_subscription_ends_when_its_key_is_revoked(
    serving: Callable[..., Service], sqlite_store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.live.following._RENEW", 0.05)
    service = serving(sqlite_store_url)
    put(sqlite_store_url, stated("1", MAKER))

    async def follow() -> None:
        viewer, header = key(service)
        async with following(service) as all_, aclosing(all_.answers(watched(MAKER), header)) as answers:
            await told(answers)
            revoke_key(service.state, viewer, by="test")
            assert code(await told(answers)) == "unauthenticated"
            with pytest.raises(StopAsyncIteration):
                await told(answers)

    asyncio.run(follow())


def test_every_event_is_in_the_audit_log(serving: Callable[..., Service], sqlite_store_url: str) -> None:
    service = serving(sqlite_store_url)
    put(sqlite_store_url, stated("1", MAKER))

    def entries() -> int:
        text = b"".join(path.read_bytes() for path in (service.state.folder / "audit").rglob("*") if path.is_file())
        return text.count(b'"kind":"subscription"')

    async def follow() -> None:
        async with following(service) as all_, aclosing(all_.answers(watched(MAKER), key(service)[1])) as answers:
            for n in range(1, 4):
                await told(answers)
                assert entries() == n
                put(sqlite_store_url, stated(f"{n + 1}", MAKER))

    asyncio.run(follow())
    service.audit.close()
    assert verify(service.state.folder).ok


def test_a_value_brought_in_a_case_is_counted_once(
    serving: Callable[..., Service], sqlite_store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api.access.cases import open_case

    service = serving(sqlite_store_url)
    put(sqlite_store_url, stated("1", PHONE))
    viewer, header = key(service, "enforcement")
    open_case(service.state, "2026-17", viewer, "enforcement")
    taken: list[str] = []
    monkeypatch.setattr(service.rates, "take", lambda viewer, kind: taken.append(kind))
    text = 'subscription { trace(clue: {value: "13800138000", kind: PHONE}) { start { mentions } } }'

    async def follow() -> None:
        async with (
            following(service) as all_,
            aclosing(all_.answers(Question(text, case="2026-17"), header)) as answers,
        ):
            for n in range(1, 4):
                assert (await told(answers))["data"]["trace"]["start"][0]["mentions"] == n
                put(sqlite_store_url, stated(f"{n + 1}", PHONE))

    asyncio.run(follow())
    assert taken == ["bringing"]


def test_there_is_a_most_of_subscriptions(market: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "PER_VIEWER", 2)
    monkeypatch.setattr(watching, "PER_WORKER", 3)

    async def follow() -> None:
        mine, others = key(market)[1], key(market)[1]
        async with following(market) as all_:
            open_ = [all_.answers(watched(MAKER), header) for header in (mine, mine, mine, others, others)]
            codes = [code(answer) if "errors" in answer else "ok" for answer in [await told(one) for one in open_]]
            assert codes == ["ok", "ok", "too_many_subscriptions", "ok", "too_many_subscriptions"]
            await open_[0].aclose()
            async with aclosing(all_.answers(watched(MAKER), others)) as again:
                assert "errors" not in await told(again)
            for one in open_:
                await one.aclose()
            assert all_.watching._poller is None

    asyncio.run(follow())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("subscription { nope }", "bad_query"),
        ('subscription { job(id: "x") { id } changes(ids: ["x"]) { known } }', "bad_query"),
        ("subscription { changes(ids: []) { known } }", "bad_request"),
        ('subscription { trace(clue: {value: ""}) { verdict } }', "invalid_value"),
        ('subscription { trace(clue: {value: "13800138000", kind: PHONE}) { verdict } }', "case_required"),
    ],
)
def test_a_subscription_that_cannot_be_answered_ends(market: Service, text: str, expected: str) -> None:
    async def follow() -> None:
        async with following(market) as all_:
            answers = [answer async for answer in all_.answers(Question(text), key(market)[1])]
            assert [answer.outcome for answer in answers] == [expected]

    asyncio.run(follow())


def test_a_subscription_is_no_query(market: Service) -> None:
    from tests.api.conftest import codes
    from tests.api.conftest import told as answered

    assert codes(answered(market, 'subscription { changes(ids: ["x"]) { known } }')) == ["bad_request"]


def test_a_look_that_is_under_way_ends_before_the_stores_are_closed() -> None:
    begun, may_end = Event(), Event()

    class Slow:
        def changes(self, since: int) -> tuple[int, tuple[str, ...]]:
            begun.set()
            assert may_end.wait(20)
            return 0, ()

    async def follow() -> None:
        all_ = Watching(lambda: cast(Store, Slow()))
        with all_.watch("somebody"):
            await asyncio.to_thread(begun.wait, 20)
            stopping = asyncio.ensure_future(all_.stop())
            done, _ = await asyncio.wait({stopping}, timeout=0.1)
            assert not done
            may_end.set()
            await stopping

    asyncio.run(follow())
