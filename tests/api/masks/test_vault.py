from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.masks.vault import LEAST, MASK, Vault, is_token, unseen
from graph.errors import SettingError

SECRET = bytes(range(LEAST))
PHONE = "Phone/+8615843339871"

keys = st.text(st.characters(), max_size=80)


@pytest.fixture(scope="module")
def vault() -> Vault:
    return Vault(SECRET)


@given(key=keys)
def test_what_is_sealed_can_be_opened_again(key: str) -> None:
    vault = Vault(SECRET)
    assert vault.open(vault.seal(f"PayeeAccount/{key}")) == f"PayeeAccount/{key}"
    assert vault.open_record(vault.seal_record(f"payees:{key}")) == f"payees:{key}"


def test_a_node_has_the_same_token_in_every_worker(vault: Vault) -> None:
    assert vault.seal(PHONE) == Vault(SECRET).seal(PHONE)


def test_another_secret_makes_other_tokens_and_opens_none_of_them(vault: Vault) -> None:
    other = Vault(SECRET[::-1])
    assert other.seal(PHONE) != vault.seal(PHONE)
    assert other.open(vault.seal(PHONE)) is None


def test_a_token_names_the_kind_and_tells_nothing_of_the_key(vault: Vault) -> None:
    sealed = [vault.seal(f"Phone/{key}") for key in ("+1", "+8615843339871", "+" + "9" * 30)]
    assert {len(one) for one in sealed} == {len(sealed[0])}
    assert all(re.fullmatch("Phone/~[a-p]+", one) for one in sealed)


def test_a_forged_token_opens_to_nothing(vault: Vault) -> None:
    sealed = vault.seal(PHONE)
    last = "a" if sealed[-1] != "a" else "b"
    forged = (
        sealed[:-1] + last,
        sealed[:-2],
        sealed + "aa",
        sealed.replace("Phone", "Email"),
        sealed.replace("Phone/", "phones:"),
        "Phone/~" + "a" * 128,
        "Phone/~",
        "",
        unseen("Phone"),
    )
    assert [vault.open(one) for one in forged] == [None] * len(forged)
    assert vault.open_record("payees:" + sealed.partition("/")[2]) is None


def test_a_token_of_one_source_is_none_of_another(vault: Vault) -> None:
    assert vault.open_record(vault.seal_record("payees:6222").replace("payees", "orders")) is None


def test_tokens_are_told_from_ids(vault: Vault) -> None:
    assert is_token(vault.seal(PHONE))
    assert is_token(vault.seal_record("payees:6222"))
    assert is_token(unseen("Company"))
    assert not any(map(is_token, (PHONE, "Address/~瓯海区|兴业路|12", "payees:6222", MASK, "", "~", "Phone/~abc")))


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(SettingError, match="31 bytes"):
        Vault(SECRET[1:])


def test_threads_may_share_a_vault(vault: Vault) -> None:
    nodes = [f"Phone/+86138{n:08}" for n in range(2000)]
    with ThreadPoolExecutor(4) as pool:
        sealed = list(pool.map(vault.seal, nodes))
        assert list(pool.map(vault.open, sealed)) == nodes
