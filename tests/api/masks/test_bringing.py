"""Numbers that a viewer brings: found by none of their parts, and whole ones in a case only."""

from __future__ import annotations

import pytest

from api.errors import CaseRequired, RateExceeded
from graph.errors import HeadwaterError, NotFound
from graph.model import StatedLink
from graph.store import Store
from queries.trace import Clue
from tests.api.masks.conftest import (
    CASE,
    CLOSED,
    EMAIL,
    FOUND,
    LISTING,
    MAKER,
    OPEN_PHONE,
    PAYEE,
    PERSON,
    PHONE,
    fill,
    member,
    policy,
    sealed,
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
    fill(empty, StatedLink("MENTIONS", LISTING, handle))
    before = policy(empty).trace(Clue("15843339871"))
    fill(empty, StatedLink("HAS_PHONE", "Party/test:1#p", PHONE))
    assert policy(empty).trace(Clue("15843339871")).start == before.start == (handle,)
