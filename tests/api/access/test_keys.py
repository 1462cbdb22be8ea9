from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.access.keys import authenticate, create_key, find_key, known_viewer, list_keys, note_use, revoke_key
from api.access.viewer import Viewer
from api.errors import Unauthenticated
from api.state import DATABASE, State
from graph.errors import InvalidValue, NotFound

TODAY = "2026-01-31"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "state") as opened:
        yield opened


def made(state: State, **changed: Any) -> tuple[str, str]:
    given = {"name": "Li Na", "role": "enforcement", "by": "local:me", "today": TODAY, "days": 30, **changed}
    key, text = create_key(state, **given)
    return key.id, text


def test_a_key_lets_in_whoever_holds_it_as_it_says(state: State) -> None:
    id_, text = made(state, jurisdictions=["3303", "330382", "3303"])
    viewer = Viewer(id_, "Li Na", "enforcement", ("3303", "330382"))
    assert authenticate(state, text, TODAY) == viewer


def test_a_right_holders_key_names_its_node(state: State) -> None:
    _, text = made(state, role="right_holder", holder="Company/91330304MA6QDUMH3D")
    assert authenticate(state, text, TODAY).holder == "Company/91330304MA6QDUMH3D"


def test_the_secret_is_not_kept(state: State) -> None:
    _, text = made(state)
    secret = text.rpartition("_")[2].encode()
    kept = b"".join(path.read_bytes() for path in state.folder.rglob("*") if path.is_file())
    assert secret[:20] not in kept


def test_two_keys_have_nothing_in_common(state: State) -> None:
    (one, first), (two, second) = made(state), made(state)
    assert one != two
    assert first.rpartition("_")[2] != second.rpartition("_")[2]
    assert [key.id for key in list_keys(state)] in ([one, two], [two, one])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_typo_is_told_from_a_revoked_key(state: State, data: st.DataObject) -> None:
    id_, text = made(state)
    revoke_key(state, id_, by="local:me")
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from([c for c in LETTERS if c != text[at]]))
    with pytest.raises(Unauthenticated, match="mistyped"):
        authenticate(state, text[:at] + letter + text[at + 1 :], TODAY)
    with pytest.raises(Unauthenticated, match="revoked"):
        authenticate(state, text, TODAY)


@pytest.mark.parametrize("text", ["", "hw_", "Bearer x", "hw_é", "\ud800", "hw_22222222_" + "0" * 49, "x" * 100_000])
def test_what_is_no_key_is_refused(state: State, text: str) -> None:
    with pytest.raises(Unauthenticated, match="mistyped"):
        authenticate(state, text, TODAY)


def test_a_key_of_another_state_is_unknown_even_with_its_row(state: State, tmp_path: Path) -> None:
    id_, text = made(state)
    with State(tmp_path / "other") as other:
        with pytest.raises(Unauthenticated, match="not known"):
            authenticate(other, text, TODAY)
        with sqlite3.connect(other.folder / DATABASE) as db:
            db.execute("ATTACH ? AS first", (str(state.folder / DATABASE),))
            db.execute("INSERT INTO main.key SELECT * FROM first.key WHERE id = ?", (id_,))
        db.close()
        with pytest.raises(Unauthenticated, match="not known"):
            authenticate(other, text, TODAY)


def test_a_key_holds_to_the_end_of_its_last_day(state: State) -> None:
    _, text = made(state, days=1)
    assert authenticate(state, text, "2026-02-01").name == "Li Na"
    with pytest.raises(Unauthenticated, match="expired on 2026-02-01"):
        authenticate(state, text, "2026-02-02")


def test_a_revocation_keeps_when_it_first_came(state: State) -> None:
    id_, _ = made(state)
    first = revoke_key(state, id_, by="local:me")
    assert first.revoked is not None
    assert revoke_key(state, id_, by="local:you") == first
    with pytest.raises(NotFound):
        revoke_key(state, "nobody", by="local:me")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 201},
        {"name": "a\x1bb"},
        {"role": "root"},
        {"jurisdictions": ["99"]},
        {"jurisdictions": ["33", ""]},
        {"days": 0},
        {"days": 100_000},
        {"holder": "Company/91330304MA6QDUMH3D"},
        {"role": "right_holder"},
        {"role": "right_holder", "holder": "Spaceship/1"},
        {"role": "right_holder", "holder": "Company/"},
        {"owned": [" "]},
        {"owned": ["a:b"]},
        {"owned": ["a\nb"]},
    ],
    ids=str,
)
def test_a_malformed_key_is_not_made(state: State, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        made(state, **wrong)
    assert list_keys(state) == []


def test_the_use_of_a_key_is_noted(state: State) -> None:
    id_, _ = made(state)
    assert find_key(state, id_).used is None
    note_use(state, id_)
    assert find_key(state, id_).used is not None


def test_a_use_that_cannot_be_noted_stops_nobody(state: State) -> None:
    id_, _ = made(state)
    state._db.execute("PRAGMA query_only = ON")
    note_use(state, id_)
    assert find_key(state, id_).used is None


def test_a_key_says_what_its_holder_owns(state: State) -> None:
    id_, text = made(state, owned=[" platform-x ", "registry, old", "platform-x"])
    assert find_key(state, id_).owned == ("platform-x", "registry, old")
    assert authenticate(state, text, TODAY).owned == {"platform-x", "registry, old"}


def test_who_may_be_meant_is_a_role_a_key_that_holds_or_a_bearer_of_the_providers_tokens(state: State) -> None:
    id_, _ = made(state, days=1)
    revoked, _ = made(state)
    revoke_key(state, revoked, by="local:me")
    for known in ("customs", id_, "https://login.example/x#77"):
        known_viewer(state, known, TODAY)
    known_viewer(state, "https://login.example#77", TODAY, "https://login.example")
    unknown = [
        "nobody",
        "22222222",
        revoked,
        "any://typo",
        "https://login.example",
        "https://#77",
        "#77",
        "https://[#1",
    ]
    for name in unknown:
        with pytest.raises(NotFound, match="neither a role"):
            known_viewer(state, name, TODAY)
    with pytest.raises(NotFound, match="https://login.example#SUBJECT"):
        known_viewer(state, "https://lgoin.example#77", TODAY, "https://login.example")
    with pytest.raises(NotFound, match="nor a key that holds"):
        known_viewer(state, id_, "2026-02-02")  # it expired the day before
