"""Numbers that a viewer brings: found by none of their parts, and whole ones in a case only."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from api.access.viewer import Grant, Viewer
from api.errors import CaseRequired, RateExceeded
from api.masks.policy import Policy
from graph.errors import HeadwaterError, NotFound
from graph.model import StatedLink
from graph.store import Store
from queries.trace import Clue
from tests.api.masks.conftest import (
    CASE,
    CLOSED,
    DIRECTOR,
    EMAIL,
    FOUND,
    LISTING,
    MAKER,
    OPEN_PHONE,
    PAYEE,
    PERSON,
    PHONE,
    PLACE,
    Counting,
    fill,
    member,
    policy,
    sealed,
    viewer,
)


def test_search_does_not_find_a_masked_node_by_its_number_nor_count_it(market: Store) -> None:
    asked = policy(market)
    for node in CLOSED:
        found = asked.search(node.partition("/")[2])
        assert not {h.node.id for h in found.hits} & {node, *sealed(node)}
        assert found.total == len(found.hits)
    assert [h.node.id for h in asked.search("13958770002").hits] == [OPEN_PHONE]
    assert [h.node.id for h in asked.search("李伟强", ["Person"]).hits] == sealed(PERSON)


def test_a_plain_number_finds_nothing_masked_without_a_case_whether_it_is_known_or_not(market: Store) -> None:
    asked = policy(market)
    for known, unknown, kind, named in (
        ("15843339871", "15843339872", "Phone", "phone"),
        (EMAIL[6:], "yj7789@example.com", "Email", "email"),
        (PAYEE[13:], "6214871936450187735", "PayeeAccount", "payee"),
        (PERSON[7:], "51010719870615439X", "Person", "person"),
        ("wxyongjie77", "wxyongjie78", "Handle", "wechat"),
        ("158****9871", "158****9872", "Phone", "phone"),
    ):
        said = []
        for text in (known, unknown):
            outcomes: list[object] = []
            for attempt in (
                lambda text, kind, named: asked.find(text, [kind]),
                lambda text, kind, named: asked.find(text),
                lambda text, kind, named: asked.trace(Clue(text)),
                lambda text, kind, named: asked.trace(Clue(text, named)),
                lambda text, kind, named: asked.search(text).total,
                lambda text, kind, named: asked.get([f"{kind}/{text}"]),
            ):
                try:
                    outcomes.append(attempt(text, kind, named))
                except HeadwaterError as error:
                    outcomes.append((type(error), str(error).replace(text, "")))
            said.append(outcomes)
        assert said[0] == said[1]


def test_a_whole_number_may_be_traced_and_found_in_a_case(market: Store) -> None:
    asked = policy(market, member(), case=CASE)
    assert list(asked.find("158 4333 9871", ["Phone"])) == sealed(PHONE)
    found = asked.trace(Clue("15843339871", "phone", "16640560", "2025-06-20"))
    assert found.start == tuple(sealed(PHONE))
    assert MAKER in {c.node for c in found.candidates}
    with pytest.raises(CaseRequired):
        policy(market, member()).trace(Clue("15843339871", "phone"))
    with pytest.raises(NotFound):
        asked.trace(Clue("15843339872", "phone"))
    with pytest.raises(NotFound):
        asked.trace(Clue("158****9871", "phone"))


def test_what_is_open_is_traced_without_a_case(market: Store) -> None:
    assert policy(market).trace(Clue("13958770002")).start == (OPEN_PHONE,)


def test_a_token_may_be_traced_without_a_case(market: Store) -> None:
    (token,) = sealed(PHONE)
    found = policy(market).trace(Clue(token))
    assert (found.start, found.clue.value, found.kind) == ((token,), token, "phone")


def test_every_value_brought_is_counted_known_or_not(market: Store) -> None:
    left = 2

    def bringing() -> None:
        nonlocal left
        if not left:
            raise RateExceeded("too many", 1)
        left -= 1

    asked = policy(market, member(), case=CASE, bringing=bringing)
    asked.trace(FOUND)
    asked.find("13958770002")
    asked.find("15843339871", ["Phone"])
    asked.find("15843339872", ["Phone"])
    for text in ("15843339871", "15843339873"):
        with pytest.raises(RateExceeded):
            asked.find(text, ["Phone"])
        with pytest.raises(RateExceeded):
            asked.trace(Clue(text, "phone"))


def test_a_part_of_a_number_finds_nothing_in_a_case_either(market: Store) -> None:
    asked = policy(market, member(), case=CASE)
    for text in ("158****9871", "158xxxx9871", "158○○○○9871"):
        assert asked.find(text) == {}
        with pytest.raises(NotFound):
            asked.trace(Clue(text))


def test_without_a_case_a_text_is_read_as_if_what_is_masked_were_not_known(empty: Store) -> None:
    handle = "Handle/wechat:15843339871"
    fill(empty, StatedLink("MENTIONS", LISTING, handle), source="listings")
    before = policy(empty).trace(Clue("15843339871"))
    fill(empty, StatedLink("HAS_PHONE", "Party/test:1#p", PHONE))
    assert policy(empty).trace(Clue("15843339871")).start == before.start == (handle,)


@pytest.mark.parametrize(
    ("known", "unknown", "kind", "named"),
    [
        ("15843339871", "15843339872", "Phone", "phone"),
        ("057788886666", "057788886667", "Phone", "phone"),
        (EMAIL[6:], "yj7789@example.com", "Email", "email"),
        (PAYEE[13:], "6214871936450187735", "PayeeAccount", "payee"),
        (PERSON[7:], "51010719870615439X", "Person", "person"),
        (DIRECTOR[7:], "7f3a9c21d4e8b696", "Person", "person"),
        ("wxyongjie77", "wxyongjie78", "Handle", "wechat"),
    ],
)
def test_a_known_number_is_asked_for_as_an_unknown_one_is(
    market: Store, known: str, unknown: str, kind: str, named: str
) -> None:
    def calls(who: Viewer, text: str) -> list[list[str]]:
        told = []
        attempts: tuple[Callable[[Policy], object], ...] = (
            lambda asked: asked.trace(Clue(text)),
            lambda asked: asked.trace(Clue(text, named)),
            lambda asked: asked.find(text),
            lambda asked: asked.find(text, [kind]),
            lambda asked: asked.search(text, [kind]),
            lambda asked: asked.get([f"{kind}/{text}"]),
            lambda asked: asked.records([f"payees:{text}"]),
        )
        for attempt in attempts:
            counted = Counting(market)
            with suppress(HeadwaterError):
                attempt(policy(counted, who))
            told.append(counted.names)
        return [sorted(names) for names in told]

    for who in (viewer(), viewer("right_holder"), viewer(jurisdictions=("33",)), viewer(grants=(Grant(kind, "none"),))):
        assert calls(who, known) == calls(who, unknown)


def test_a_crowded_number_is_asked_for_as_an_unknown_one_is(empty: Store) -> None:
    fill(empty, *(StatedLink("HAS_PHONE", f"Party/test:{n}#p", PHONE) for n in range(200)))
    told = []
    for text in ("15843339871", "15843339872"):
        counted = Counting(empty)
        with pytest.raises(CaseRequired):
            policy(counted).trace(Clue(text))
        told.append(counted.names)
    assert told[0] == told[1]


def test_what_is_tried_without_a_case_is_counted_too(market: Store) -> None:
    tried: list[str] = []
    asked = policy(market, trying=lambda: tried.append("once"), bringing=lambda: pytest.fail("there is no case"))
    asked.find("13958770002")
    asked.trace(FOUND)
    assert not tried
    for text in ("15843339871", "15843339872"):
        with pytest.raises(CaseRequired):
            asked.trace(Clue(text))
        with pytest.raises(CaseRequired):
            asked.find(text)
    assert len(tried) == 4


def test_equal_clues_of_one_request_are_traced_once(market: Store) -> None:
    brought: list[str] = []
    counted = Counting(market)
    asked = policy(counted, member(), case=CASE, bringing=lambda: brought.append("once"))
    first = asked.trace(Clue("15843339871", "phone", no="1"))
    calls = len(counted.names)
    second = asked.trace(Clue("15843339871", "phone", no="2"))
    assert (second.candidates, second.clue.no) == (first.candidates, "2")
    for _ in range(2):
        with pytest.raises(NotFound, match="15843339872"):
            asked.trace(Clue("15843339872", "phone"))
    assert len(brought) == 2
    assert calls > 0
    assert asked.trace(Clue("15843339871", "phone")).candidates == first.candidates
    assert [name for name in counted.names[calls:] if name == "statements"] == []


def test_a_name_or_an_address_with_a_number_in_it_is_traced_in_a_case_only(market: Store) -> None:
    for text, kind in (
        ("王五15843339871", None),
        ("王五15843339871", "person"),
        (PLACE[9:], "address"),
        (PLACE[10:], None),
    ):
        with pytest.raises((CaseRequired, NotFound)) as refused:
            policy(market).trace(Clue(text, kind))
        with pytest.raises(type(refused.value)) as other:
            policy(market).trace(Clue(text.replace("9871", "9872"), kind))
        assert str(refused.value).replace("9871", "") == str(other.value).replace("9872", "")
