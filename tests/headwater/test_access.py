from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from api.access.keys import authenticate
from api.access.viewer import ROLES
from api.audit.entry import Entry
from api.audit.log import AuditLog
from api.state import AUDIT, State

if TYPE_CHECKING:
    from tests.headwater.conftest import Run

PHONE = "Phone/+8613800138000"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "state"
    monkeypatch.setenv("HEADWATER_STATE", str(path))
    return path


@pytest.fixture
def key(headwater: Run, folder: Path) -> str:
    """The id of an enforcer's key."""
    made = headwater("key", "create", "--name", "Li Na", "--role", "enforcement", "--jurisdiction", "3303", "--json")
    return str(made.data["id"])


@pytest.fixture
def audited(folder: Path, key: str) -> Path:
    """The file of the log of a service that was asked twice, and once by nobody, after a key was made."""
    before = {*(folder / AUDIT).iterdir()}
    text = '{ trace(clue: {value: "13800138000"}) { verdict } }'
    with State(folder) as state:
        log = AuditLog(state)
        asked: Any = {"fields": ["trace"], "document": "hash", "text": text, "brought": [PHONE]}
        log.append(Entry(key, "enforcement", "query", text, "Trace", [PHONE], "2026-0117", "ok", 3, **asked))
        log.append(Entry("gone", "customs", "query", "{me}", "Me", brought=[PHONE], is_foreign=True))
        log.refuse("unauthenticated", "203.0.113.9")
        log.close()
    (path,) = {*(folder / AUDIT).iterdir()} - before
    return path


def test_a_key_is_shown_once_and_opens_the_door(headwater: Run, folder: Path) -> None:
    made = headwater("key", "create", "--name", "Li Na", "--role", "customs", "--days", 1)
    assert (made.code, made.err) == (0, "")
    text, told = made.out.splitlines()
    assert "not shown again" in told
    with State(folder) as state:
        assert authenticate(state, text, "2026-01-01").role == "customs"
    assert text not in headwater("key", "list").out
    assert text not in headwater("key", "list", "--json").out


@pytest.mark.parametrize("role", ROLES)
def test_a_key_may_be_made_for_every_role(headwater: Run, folder: Path, role: str) -> None:
    holder = ["--holder", "Company/91330304MA6QDUMH3D"] if role == "right_holder" else []
    made = headwater("key", "create", "--name", "x", "--role", role, *holder, "--json")
    assert made.data["role"] == role
    assert made.data["key"].startswith(f"hw_{made.data['id']}_")


def test_a_revoked_key_is_listed_as_such(headwater: Run, key: str) -> None:
    assert "revoked" not in headwater("key", "list").out
    assert headwater("key", "revoke", key).out == f"key {key} of Li Na is revoked\n"
    (listed,) = headwater("key", "list", "--json").data
    assert (listed["state"], listed["jurisdictions"]) == ("revoked", ["3303"])
    assert "已撤销" in headwater("key", "list", "--lang", "zh").out


def test_a_grant_is_made_listed_and_taken_back(headwater: Run, key: str) -> None:
    assert headwater("case", "open", "2026-0117", "--by", key).code == 0
    made = headwater(
        "grant", "add", "--to", key, "--property", "Phone", "--owner", "platform", "--case", "2026-0117", "--json"
    )
    assert made.data["grant"] == {"property": "Phone", "owner": "platform", "case": "2026-0117", "until": None}
    assert re.match("local:.+", made.data["by"])
    assert " active" in headwater("grant", "list").out
    assert headwater("grant", "revoke", 1).out == "grant 1 is revoked\n"
    assert headwater("grant", "list", "--json").data[0]["revoked"] is not None


def test_an_owner_that_the_store_does_not_know_yet_is_granted_with_a_word(loaded: Run, key: str) -> None:
    made = ("grant", "add", "--to", key, "--property", "Phone", "--owner")
    assert loaded(*made, "freight").err == ""
    outcome = loaded(*made, "fright")
    assert (outcome.code, outcome.out) == (0, "grant 2 made\n")
    assert outcome.err == "the store knows no record of the source fright yet; see `headwater status`\n"


def test_a_key_says_whose_data_its_holder_owns(headwater: Run, folder: Path) -> None:
    made = ("key", "create", "--name", "x", "--role", "investigator", "--owner", "platform-x", "--owner", "registry")
    assert headwater(*made, "--json").data["owned"] == ["platform-x", "registry"]
    assert "platform-x, registry" in headwater("key", "list").out


def test_somebody_is_shut_out_listed_and_let_in_again(headwater: Run, key: str) -> None:
    bearer = "https://login.example#li"
    assert headwater("access", "list").out == "nobody is shut out\n"
    assert headwater("access", "block", bearer).out == f"{bearer} is shut out\n"
    assert headwater("access", "block", key, "--json").data["viewer"] == key
    assert {one["viewer"] for one in headwater("access", "list", "--json").data} == {bearer, key}
    assert bearer in headwater("access", "list").out
    assert headwater("access", "allow", bearer).out == f"{bearer} is let in again\n"
    assert [one["viewer"] for one in headwater("access", "list", "--json").data] == [key]


def test_a_case_is_opened_joined_and_closed(headwater: Run, key: str) -> None:
    member = headwater("key", "create", "--name", "x", "--role", "investigator", "--json").data["id"]
    assert headwater("case", "open", "2026-0117", "--by", key).out == f"case 2026-0117 is open; its members are {key}\n"
    assert sorted(headwater("case", "add", "2026-0117", member, "--json").data["members"]) == sorted([key, member])
    assert "closed" in headwater("case", "close", "2026-0117").out
    assert "已关闭" in headwater("case", "list", "--lang", "zh").out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["key"], 2, "headwater key --help"),
        (["key", "mak"], 2, "no such command 'mak'"),
        (["key", "lst"], 2, "did you mean list?"),
        (["key", "create", "--name", "x"], 2, "--role"),
        (["key", "create", "--name", "x", "--role", "king"], 2, "king"),
        (["key", "create", "--name", "x", "--role", "customs", "--jurisdiction", "99"], 2, "'99'"),
        (["key", "create", "--name", "", "--role", "customs"], 2, "an argument is empty"),
        (["key", "revoke", "nobody"], 4, "headwater key list"),
        (["grant", "add", "--to", "customs", "--property", "Company", "--owner", "x"], 2, "nothing sensitive"),
        (["grant", "add", "--to", "customs", "--property", "Person.name", "--owner", "x"], 2, "Product.features"),
        (["grant", "add", "--to", "nobody", "--property", "Phone", "--owner", "x"], 4, "nobody"),
        (["grant", "add", "--to", "any://typo", "--property", "Phone", "--owner", "x"], 4, "ISSUER#SUBJECT"),
        (["grant", "add", "--to", "customs", "--property", "Phone", "--owner", "a:b"], 2, "name of the source"),
        (
            ["grant", "add", "--to", "customs", "--property", "Phone", "--owner", "x", "--until", "2020-01-01"],
            2,
            "this day has passed",
        ),
        (["grant", "add", "--to", "customs", "--property", "Phone", "--owner", "x", "--case", "12"], 4, "no open case"),
        (["grant", "revoke", "7"], 4, "headwater grant list"),
        (["case", "add", "12", "22222222"], 4, "nor a key that holds"),
        (["access", "block", "any://typo"], 2, "ISSUER#SUBJECT"),
        (["access", "allow", "22222222"], 4, "headwater access list"),
        (["case", "open", "12", "--by", "nobody"], 4, "headwater key list"),
        (["case", "close", "12"], 4, "headwater case list"),
        (["audit", "reads", "13800138000"], 2, "headwater search"),
        (["audit", "verify", "--heads", "/nowhere/at/all"], 5, "/nowhere/at/all"),
    ],
)
def test_an_error_is_one_line_with_a_code_of_its_own(
    headwater: Run, key: str, arguments: list[str], code: int, said: str
) -> None:
    outcome = headwater(*arguments)
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err.startswith("headwater: ") and outcome.err.count("\n") == 1
    assert said in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["key", "list"],
        ["access", "list"],
        ["grant", "list"],
        ["case", "list"],
        ["audit", "verify"],
        ["audit", "reads", PHONE],
        ["audit", "show"],
        ["key", "revoke", "x"],
    ],
)
def test_without_a_state_there_is_nothing_to_list_and_none_is_made(
    headwater: Run, folder: Path, arguments: list[str]
) -> None:
    outcome = headwater(*arguments)
    assert (outcome.code, outcome.out) == (6, "")
    assert str(folder) in outcome.err
    assert not folder.exists()


def test_a_case_is_not_opened_for_who_may_not(headwater: Run, key: str) -> None:
    other = headwater("key", "create", "--name", "x", "--role", "steward", "--json").data["id"]
    outcome = headwater("case", "open", "12", "--by", other, "--json")
    assert outcome.code == 2
    assert json.loads(outcome.err)["error"]["code"] == "forbidden"


def test_a_revoked_key_opens_no_case_and_joins_none(headwater: Run, key: str) -> None:
    other = headwater("key", "create", "--name", "x", "--role", "customs", "--json").data["id"]
    headwater("case", "open", "12", "--by", key)
    headwater("key", "revoke", other)
    for arguments in (["case", "open", "13", "--by", other], ["case", "add", "12", other]):
        outcome = headwater(*arguments)
        assert (outcome.code, "nor a key that holds" in outcome.err) == (4, True)


def test_empty_lists_say_so(headwater: Run, key: str) -> None:
    assert headwater("grant", "list").out == "there is no grant: sensitive data is masked\n"
    assert headwater("case", "list", "--lang", "zh").out.startswith("尚无案件")
    assert headwater("grant", "list", "--json").data == []


def test_a_log_as_it_was_written_is_verified(headwater: Run, audited: Path) -> None:
    outcome = headwater("audit", "verify")
    assert (outcome.code, outcome.out, outcome.err) == (0, "7 lines in 2 files as written\n", "")


def test_a_log_that_was_changed_is_told_with_file_and_line(headwater: Run, audited: Path) -> None:
    audited.write_bytes(audited.read_bytes().replace(b'"ms":3', b'"ms":4'))
    outcome = headwater("audit", "verify")
    assert outcome.code == 1
    assert f"{audited.name}:2: entry 2 is not as it was written" in outcome.out
    assert outcome.err == "headwater: the audit log is not as it was written: 1 finding; compare it with a backup\n"
    assert f"{audited.name}:2：该条记录被改动" in headwater("audit", "verify", "--lang", "zh").out
    outcome = headwater("audit", "verify", "--json")
    assert (outcome.data["ok"], outcome.data["findings"][0]["code"]) == (False, "changed")
    assert json.loads(outcome.err)["error"]["code"] == "audit_broken"


def test_heads_kept_elsewhere_are_held_against_the_log(headwater: Run, audited: Path, tmp_path: Path) -> None:
    heads = tmp_path / "heads.json"
    heads.write_text(headwater("audit", "verify", "--json").out)
    assert headwater("audit", "verify", "--heads", heads).code == 0
    heads.write_text(heads.read_text().replace('"n": 4', '"n": 5'))
    assert "heads.json" not in headwater("audit", "verify", "--heads", heads).out
    assert headwater("audit", "verify", "--heads", heads).code == 1
    heads.write_text("[]")
    assert "audit verify --json" in headwater("audit", "verify", "--heads", heads).err


def test_who_read_a_node_is_told_by_name(headwater: Run, audited: Path, key: str) -> None:
    read, brought = headwater("audit", "reads", PHONE, "--json").data
    assert (read["viewer"], read["operation"], read["how"]) == (key, "Trace", "read")
    assert (brought["viewer"], brought["foreign_case"], brought["how"]) == ("gone", True, "brought")
    assert re.search(
        rf"{key} +Li Na +enforcement +query +Trace trace +2026-0117 +ok +read", headwater("audit", "reads", PHONE).out
    )
    assert headwater("audit", "reads", "Phone/+8613900139000").out == "no entry tells of Phone/+8613900139000\n"


def test_what_was_asked_is_shown_with_its_text(headwater: Run, audited: Path, key: str) -> None:
    shown = headwater("audit", "show").out
    assert re.search(rf"{key} +Li Na +enforcement +query +Trace trace +2026-0117 +ok", shown)
    assert re.search(r"refusal +unauthenticated × 1", shown)
    assert "203.0.113.9" not in shown and "13800138000" not in shown
    with_text = headwater("audit", "show", "--viewer", key, "--text").out
    assert '    { trace(clue: {value: "13800138000"}) { verdict } }' in with_text.splitlines()
    (entry,) = headwater("audit", "show", "--case", "2026-0117", "--json").data
    assert (entry["viewer"], entry["text"][:7]) == (key, "{ trace")
    assert len(headwater("audit", "show", "--last", 2, "--json").data) == 2
    assert headwater("audit", "show", "--since", "2999-01-01").out == "there is no such entry\n"
    assert "查询者" in headwater("audit", "show", "--lang", "zh").out


def test_what_commands_change_is_in_the_log_by_who_ran_them(headwater: Run, key: str) -> None:
    other = headwater("key", "create", "--name", "Wang Wei", "--role", "customs", "--owner", "registry", "--json")
    id_ = other.data["id"]
    headwater("case", "open", "12", "--by", key)
    headwater("case", "add", "12", id_)
    headwater("grant", "add", "--to", id_, "--property", "Phone", "--owner", "registry", "--case", "12")
    headwater("grant", "revoke", 1)
    headwater("case", "close", "12")
    headwater("access", "block", id_)
    headwater("access", "allow", id_)
    headwater("key", "revoke", id_)
    headwater("key", "revoke", "nobody")
    told = headwater("audit", "show", "--json").data
    assert all(one["viewer"].startswith("local:") and one["kind"] == "command" for one in told)
    ended = [(one["outcome"], one["arguments"][0]) for one in told if one["outcome"] != "begun"]
    about: dict[str, Any] = {"field": "key create", "holder": None, "days": 365, "jurisdictions": []}
    assert [one for one in ended if one[1]["field"] != "key create"] == [
        ("ok", {"field": "case open", "case": "12", "opener": key}),
        ("ok", {"field": "case add", "case": "12", "member": id_}),
        (
            "ok",
            {
                "field": "grant add", "to": id_, "property": "Phone", "owner": "registry", "case": "12", "until": None,
                "grant": 1,
            },
        ),
        ("ok", {"field": "grant revoke", "grant": 1}),
        ("ok", {"field": "case close", "case": "12"}),
        ("ok", {"field": "access block", "viewer": id_}),
        ("ok", {"field": "access allow", "viewer": id_}),
        ("ok", {"field": "key revoke", "key": id_}),
        ("not_found", {"field": "key revoke", "key": "nobody"}),
    ]  # fmt: skip
    assert ended[1] == ("ok", about | {"role": "customs", "owners": ["registry"], "key": id_})
    assert len(told) == 2 * len(ended)
    assert "Wang" not in json.dumps(told)
    assert headwater("audit", "verify").code == 0


def test_what_cannot_be_told_is_not_changed(headwater: Run, key: str, folder: Path) -> None:
    shutil.rmtree(folder / AUDIT)
    (folder / AUDIT).write_text("in the way")
    outcome = headwater("key", "revoke", key)
    assert (outcome.code, "audit log cannot be written" in outcome.err) == (2, True)
    (folder / AUDIT).unlink()
    assert headwater("key", "list", "--json").data[0]["revoked"] is None


@pytest.mark.parametrize("arguments", [["key", "list"], ["grant", "list"], ["audit", "verify"]])
def test_the_folder_may_be_named_on_the_command_line(
    headwater: Run, key: str, folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("HEADWATER_STATE", "/nowhere/at/all")
    assert headwater(*arguments, "--state", folder).code == 0
