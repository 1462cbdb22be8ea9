"""Records and their raw rows, and texts in which masked numbers stand."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from api.access.viewer import Grant
from api.masks.projection import Projection
from api.masks.rows import row
from api.masks.sight import Sight
from api.masks.sought import Sought
from api.masks.vault import MASK
from graph.model import Inference, Mention, Record, SetAside, quarantine_id
from graph.store import Store
from tests.api.masks.conftest import PAYEE, PHONE, SPELLED, TODAY, VAULT, given, policy, sealed, viewer


def test_a_raw_row_is_shown_without_the_cells_that_hold_what_is_masked(market: Store) -> None:
    shown = policy(market).records(["accounts:taobao/ta1"])["accounts:taobao/ta1"]
    came = given("accounts")[0]
    shut = {"phone", "wechat", "email", "payee_account"}
    assert shown.raw == {column: MASK if column in shut else cell for column, cell in came.items()}
    assert (shown.source, shown.file, shown.row, shown.digest) == ("accounts", "accounts.csv", 2, "")


def test_a_number_in_free_text_is_masked_however_it_is_spelled(market: Store) -> None:
    shown = policy(market).records(["freight:FR1"])["freight:FR1"]
    assert shown.raw["remark"] == MASK
    assert shown.raw["consignor_phone"] == "13958770002"


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
    shown = asked.records([token])[token]
    assert shown.id == token
    assert shown.raw == {**given("payees")[0], "payee_account": MASK, "holder_id": MASK}


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("phone '1584333987': too few digits", f"phone {MASK}: too few digits"),
        ("email 'yj7788@': has no domain", f"email {MASK}: has no domain"),
        ("uscc '51010719870615438X': 18 characters", f"uscc {MASK}: 18 characters"),
        ("uscc '7f3a9c21d4e8b695': 18 characters", f"uscc {MASK}: 18 characters"),
        (
            "date '158 4333 9871': is no date; write it as 2025-08-16",
            f"date {MASK}: is no date; write it as 2025-08-16",
        ),
        (
            "phone '1584333987': too few or too many digits: 1584333987",
            f"phone {MASK}: too few or too many digits: {MASK}",
        ),
        ("name \"O'Neill \\' 15843339871\": is none", f"name {MASK}: is none"),
        ("holder 6214871936450187734 is unknown", f"holder {MASK} is unknown"),
        ("holder 158 4333 9871 is unknown", f"holder {MASK} is unknown"),
        ("delivered '2025-05-01': is before dispatched 2025-05-02", f"delivered {MASK}: is before dispatched {MASK}"),
        ("x; write it as 15843339871", f"x; write it as {MASK}"),
        (
            "The row has 12 cells where the header has 11 columns.",
            "The row has 12 cells where the header has 11 columns.",
        ),
        ("the row's key is that of row 12345, which says something else",) * 2,
        ("quotes are not closed", "quotes are not closed"),
    ],
)
def test_a_row_set_aside_tells_why_and_nobodys_number(market: Store, reason: str, told: str) -> None:
    entry = SetAside("accounts", "a.csv", 3, "phone", reason, b"1584333987", {"phone": "1584333987"}, "accounts")
    (shown,) = policy(market, viewer("steward")).set_aside([entry])
    assert (shown.reason, shown.raw, shown.values, shown.row) == (told, b"", {}, 3)


def test_the_id_of_a_row_set_aside_is_no_hash_that_a_guess_can_be_compared_with(market: Store) -> None:
    entries = [
        SetAside("accounts", "a.csv", 3, "phone", "none", raw, {}, "accounts")
        for raw in (b"15843339871", b"15843339872")
    ]
    ids = [quarantine_id(entry) for entry in entries]
    asked = policy(market, viewer("steward"))
    kept = [replace(entry, id=i, file="王五15843339871.csv") for entry, i in zip(entries, ids, strict=True)]
    shown = [one.id for one in asked.set_aside(kept)]
    assert {one.file for one in asked.set_aside(kept)} == {MASK}
    assert all(re.fullmatch("[a-p]+", one) for one in shown)
    assert len({*shown, *ids}) == 4
    assert shown == [one.id for one in policy(market, viewer("admin")).set_aside(kept)]


def test_a_file_named_by_a_masked_number_is_not_named(market: Store) -> None:
    kept = market.records(["notes:N1"])["notes:N1"]
    project = Projection(Sight(market, viewer(), None, TODAY), VAULT)
    record = replace(kept, file="王五15843339871.csv")
    sought = Sought()
    sought.row(record)
    project.look(sought)
    assert row(project, record).file == MASK


def test_a_handle_of_letters_alone_is_masked_in_every_cell_that_holds_it(empty: Store) -> None:
    handle = "Handle/wechat:yongjie_xie"
    raw = {"wechat": "Yongjie_Xie", "remark": "微信yongjie_xie", "shop": "永捷"}
    mentions = (Mention("Account/taobao/ta9", "account"), Mention(handle, "wechat"))
    empty.merge([Record("accounts", "ta9", "a.csv", 1, "d", raw, mentions)])
    shown = policy(empty).records(["accounts:ta9"])["accounts:ta9"]
    assert shown.raw == {"wechat": MASK, "remark": MASK, "shop": "永捷"}


@pytest.mark.parametrize(
    "written",
    [
        "1985-03-02",
        "1985/3/2",
        "19850302",
        "1985年3月2日",
        "1985-3-2 08:00",
        "born 1985-03-02",
        "女，1985年3月2日生",
        "b. 1985/03/02, Wenzhou",
        "生于１９８５．３．２",
    ],
)
def test_a_day_of_birth_is_masked_in_whatever_form_it_came(empty: Store, written: str) -> None:
    who = "Party/births:1#who"
    said = Mention(who, "who", {"name": "欧阳雪松", "born": "1985-03-02"})
    empty.merge([Record("births", "1", "b.csv", 1, "d", {"name": "欧阳雪松", "born": written}, (said,))])
    asked = policy(empty)
    assert asked.records(["births:1"])["births:1"].raw == {"name": "欧阳雪松", "born": MASK}
    (party,) = asked.get([who]).values()
    assert (party.masked, party.node.get("name"), party.node.get("born")) == (("born",), "欧阳雪松", None)
    granted = policy(empty, viewer(grants=(Grant("Party.born", "births"),)))
    assert granted.records(["births:1"])["births:1"].raw["born"] == written
    (party,) = granted.get([who]).values()
    assert party.node.get("born") == "1985-03-02"


@pytest.mark.parametrize("written", ["1985-03-12", "1985/13/2", "11985/3/2", "tel 1985 030 2", "1985"])
def test_what_is_another_day_than_that_of_birth_is_shown(empty: Store, written: str) -> None:
    said = Mention("Party/births:1#who", "who", {"name": "欧阳雪松", "born": "1985-03-02"})
    empty.merge([Record("births", "1", "b.csv", 1, "d", {"born": "1985/3/2", "filed": written}, (said,))])
    assert policy(empty).records(["births:1"])["births:1"].raw["filed"] == written
