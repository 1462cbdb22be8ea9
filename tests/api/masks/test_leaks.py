"""That no question shows anybody what is personal, nor any part of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, get_args

import pytest

from api.access.viewer import Role, Viewer
from api.masks.policy import Policy
from graph.disguises import fold
from graph.errors import HeadwaterError
from graph.model import kind_of
from graph.opening import open_store
from graph.store import Store
from queries.trace import KINDS, Clue
from tests.api.masks.conftest import (
    ACCOUNT,
    CLOSED,
    FEATURES,
    FOUND,
    GONE,
    OTHER,
    VAULT,
    fill_identity,
    fill_market,
    policy,
    sealed,
    texts_of,
    viewer,
)

ROLES = get_args(Role)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(f"sqlite:{tmp_path_factory.mktemp('store') / 'store.db'}") as store:
        fill_market(store)
        fill_identity(store)
        yield store


def everything(store: Store, asked: Policy) -> Iterator[object]:
    """What a viewer is answered by every question about every node and record, with the ids that it was shown.

    Of an error its whole text, but for what it was given.
    """
    real = [n.id for n in store.nodes()]
    ids = list(asked.shown(real).values())
    yield asked.get(ids)
    yield asked.get(real)
    yield asked.get(sealed(*GONE))
    if ids:
        yield asked.expand(ids, limit=1000)
        yield asked.expand(ids, limit=1)
    for part in (*asked.links(ids, limit=1000).values(), *asked.links(ids, limit=1).values()):
        yield part.items
    yield asked.statements(ids)
    for threshold in (0.0, 0.7, 1.0):
        yield asked.clusters(ids, threshold)
    records = [r.id for r in store.all_records()]
    said = {r for links in asked.statements(ids).values() for s in links for r in [s.record]}
    yield asked.records([*records, *said])
    for text in ("永飞", "李伟强", "138", "6214", "+86158", *(n.partition("/")[2] for n in real), *real):
        yield asked.search(text, limit=50)
    for source in ids[::7]:
        for target in ids[::5]:
            yield asked.paths(source, target, hops=6, limit=3)
    for clue in (FOUND, replace(FOUND, right=None), Clue("李伟强", "person"), Clue("义乌市永捷商贸行", "company")):
        for by in (clue, replace(clue, right="16640560")):
            yield answered(asked.trace, by)
    for node in (*real, *GONE):
        for text in (node.partition("/")[2], node, VAULT.seal(node)):
            yield answered(asked.find, text)
            for right in (None, "16640560", "1"):
                yield answered(asked.trace, Clue(text, right=right))
    for token in sealed(*GONE, *CLOSED):
        yield answered(asked.expand, [token])
        yield answered(asked.paths, token, ACCOUNT)
        yield answered(asked.paths, ACCOUNT, token)


def answered(ask: Callable[..., object], *given: Any) -> object:
    """The answer, or the text of the error but for what was given."""
    try:
        return ask(*given)
    except HeadwaterError as error:
        texts = [one.value if isinstance(one, Clue) else "".join(one) for one in given]
        said = f"{error.code}: {error}"
        for text in texts:
            said = said.replace(text, "")
        return said


def parts_of(personal: Iterable[str]) -> set[str]:
    """The keys of nodes, and all of their parts of four digits."""
    found = set()
    for node in personal:
        key = node.partition("/")[2].partition(":")[2] or node.partition("/")[2]
        found.add(key.casefold())
        digits = key.removeprefix("+86") if kind_of(node) in ("Phone", "MaskedPhone") else key
        found |= {digits[i : i + 4] for i in range(len(digits) - 3) if digits[i : i + 4].isdecimal()}
    return found | {FEATURES}


def check_no_leak(store: Store, who: Viewer, closed: Iterable[str]) -> None:
    parts = parts_of(closed)
    asked = policy(store, who)
    for answer in everything(store, asked):
        for text in texts_of(answer):
            plain = fold(text).casefold()
            digits = "".join(c for c in plain if c.isdecimal())
            # A value that is parted is read without what parts it.
            whole = [p for p in parts if p.isdecimal() and len(p) > 4]
            leaked = [p for p in parts if p in plain] + [p for p in whole if p in digits]
            if text not in KINDS and not _was_asked(answer, text):
                assert not leaked, f"{who.role} reads {text!r} in {type(answer).__name__}"


def _was_asked(answer: object, text: str) -> bool:
    """Whether a text is only the clue come back."""
    clue = getattr(answer, "clue", None)
    return clue is not None and text == clue.value


@pytest.mark.parametrize("role", ROLES)
def test_no_question_shows_any_role_what_is_personal(market: Store, role: Role) -> None:
    check_no_leak(market, viewer(role), (*CLOSED, *GONE))


@pytest.mark.parametrize("role", ROLES)
def test_no_question_shows_what_is_personal_to_whoever_works_in_one_province(market: Store, role: Role) -> None:
    check_no_leak(market, viewer(role, jurisdictions=("33",)), (*CLOSED, *GONE, OTHER))


def test_nothing_personal_is_shown_whatever_the_store(store: Store) -> None:
    fill_market(store)
    fill_identity(store)
    for role in ("enforcement", "right_holder"):
        check_no_leak(store, viewer(role), (*CLOSED, *GONE))
