"""Records and their raw rows, and texts in which masked numbers stand."""

from __future__ import annotations

import pytest

from api.access.viewer import Grant
from api.masks.vault import MASK
from graph.model import Inference, SetAside
from graph.store import Store
from tests.api.masks.conftest import PAYEE, PHONE, SPELLED, given, policy, sealed, viewer


def test_a_raw_row_is_shown_without_the_cells_that_hold_what_is_masked(market: Store) -> None:
    row = policy(market).records(["accounts:taobao/ta1"])["accounts:taobao/ta1"]
    came = given("accounts")[0]
    shut = {"phone", "wechat", "email", "payee_account"}
    assert row.raw == {column: MASK if column in shut else cell for column, cell in came.items()}
    assert (row.source, row.file, row.row, row.digest) == ("accounts", "accounts.csv", 2, "")


def test_a_number_in_free_text_is_masked_however_it_is_spelled(market: Store) -> None:
    row = policy(market).records(["freight:FR1"])["freight:FR1"]
    assert row.raw["remark"] == MASK
    assert row.raw["consignor_phone"] == "13958770002"


def test_a_text_that_spells_a_masked_number_out_is_masked_where_it_is_kept(market: Store) -> None:
    asked = policy(market)
    (link,) = asked.expand(["Judgement/J1"]).links
    assert (link.target, link.values, link.inference) == (*sealed(PHONE), {"text": MASK}, Inference("text:1", 0.97))
    assert asked.records(["judgements:J1"])["judgements:J1"].raw == {"text": MASK, "case": "J1"}
    who = viewer(grants=(Grant("Phone", "judgements"),))
    (link,) = policy(market, who).expand(["Judgement/J1"]).links
    assert (link.target, link.values["text"]) == (PHONE, SPELLED)


def test_a_row_in_which_a_masked_number_cannot_be_made_out_is_masked_whole(market: Store) -> None:
    assert set(policy(market).records(["judgements:J2"])["judgements:J2"].raw.values()) == {MASK}


def test_a_value_that_holds_a_masked_number_is_left_out_and_its_name_told(market: Store) -> None:
    asked = policy(market)
    (party,) = asked.get(["Party/notes:N1#who"]).values()
    assert (party.node.values, party.is_masked, party.masked) == ({}, False, ("name",))
    assert asked.records(["notes:N1"])["notes:N1"].raw == {"who": MASK}
    assert [s.values for s in asked.statements([party.node.id])[party.node.id]] == [{}]


def test_a_record_whose_key_is_personal_has_a_token_for_an_id(market: Store) -> None:
    asked = policy(market)
    record = f"payees:{PAYEE[13:]}"
    assert asked.records([record]) == {}
    (token,) = {s.record for s in asked.statements(sealed(PAYEE))[sealed(PAYEE)[0]] if s.record.startswith("payees")}
    row = asked.records([token])[token]
    assert row.id == token
    assert row.raw == {**given("payees")[0], "payee_account": MASK, "holder_id": MASK}


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("phone '1584333987': too few digits", f"phone {MASK}: too few digits"),
        ("email 'yj7788@': has no domain", f"email {MASK}: has no domain"),
        ("uscc '51010719870615438X': 18 characters", f"uscc '{MASK}': 18 characters"),
        ("holder 6214871936450187734 is unknown", f"holder {MASK} is unknown"),
        ("date '2025-13-41': there is no such day", "date '2025-13-41': there is no such day"),
        ("quotes are not closed", "quotes are not closed"),
    ],
)
def test_a_row_set_aside_tells_why_and_nobodys_number(market: Store, reason: str, told: str) -> None:
    entry = SetAside("accounts", "a.csv", 3, "phone", reason, b"1584333987", {"phone": "1584333987"}, "accounts")
    shown = policy(market, viewer("steward")).set_aside(entry)
    assert (shown.reason, shown.raw, shown.values, shown.row) == (told, b"", {}, 3)
