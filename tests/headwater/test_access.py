from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.access.keys import authenticate
from api.access.viewer import ROLES
from api.audit.log import AuditLog, Entry
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
    """The one file of the log of a service that was asked twice."""
    with State(folder) as state:
        log = AuditLog(state)
        log.append(Entry(key, "enforcement", "query", "{me}", "Trace", [PHONE], "2026-0117", "ok", 3))
        log.append(Entry("gone", "customs", "query", "{me}", "Me"))
        log.close()
    (path,) = (folder / AUDIT).iterdir()
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
        (["grant", "revoke", "7"], 4, "headwater grant list"),
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
    "arguments", [["key", "list"], ["grant", "list"], ["case", "list"], ["audit", "verify"], ["audit", "reads", PHONE]]
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
    assert (outcome.code, outcome.out, outcome.err) == (0, "3 lines in 1 file as written\n", "")


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
    heads.write_text(heads.read_text().replace('"n": 3', '"n": 4'))
    assert "heads.json" not in headwater("audit", "verify", "--heads", heads).out
    assert headwater("audit", "verify", "--heads", heads).code == 1
    heads.write_text("[]")
    assert "audit verify --json" in headwater("audit", "verify", "--heads", heads).err


def test_who_read_a_node_is_told_by_name(headwater: Run, audited: Path, key: str) -> None:
    (line,) = headwater("audit", "reads", PHONE, "--json").data
    assert (line["viewer"], line["operation"], line["certain"]) == (key, "Trace", True)
    assert re.search(
        rf"{key} +Li Na +enforcement +query +Trace +2026-0117 +ok +yes", headwater("audit", "reads", PHONE).out
    )
    assert headwater("audit", "reads", "Phone/+8613900139000").out == "no entry tells of Phone/+8613900139000\n"


@pytest.mark.parametrize("arguments", [["key", "list"], ["grant", "list"], ["audit", "verify"]])
def test_the_folder_may_be_named_on_the_command_line(
    headwater: Run, key: str, folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("HEADWATER_STATE", "/nowhere/at/all")
    assert headwater(*arguments, "--state", folder).code == 0
