from __future__ import annotations

import re
from pathlib import Path

import pytest

from graph.errors import SettingError
from headwater.settings import DEFAULT_STORE, NAMES, from_environment

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("graph", "ingest", "queries", "api", "headwater", "script", "tests")


def test_without_settings_the_store_is_a_file_here_and_the_language_english() -> None:
    settings = from_environment({})
    assert (settings.store, settings.language, settings.debug) == (DEFAULT_STORE, "en", False)


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "zh_TW.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "HEADWATER_LANG": "en"}, "en"),
        ({"LC_ALL": "", "LANG": "zh_CN"}, "zh"),
    ],
)
def test_the_language_is_the_settings_or_the_locales(environment: dict[str, str], language: str) -> None:
    assert from_environment(environment).language == language


@pytest.mark.parametrize("setting", [("HEADWATER_LANG", "fr"), ("HEADWATER_STORE", ""), ("HEADWATER_DEBUG", "yes")])
def test_a_malformed_setting_is_named_and_never_replaced(setting: tuple[str, str]) -> None:
    with pytest.raises(SettingError, match=setting[0]):
        from_environment(dict([setting]))


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [("TIMOUT", "TIMEOUT"), ("SAFE_LIST", "SAFELIST"), ("OIDC_ISSUE", "OIDC_ISSUER"), ("STATES", "STATE"), ("X", None)],
)
def test_a_mistyped_setting_is_told_with_the_one_that_was_meant(mistyped: str, meant: str | None) -> None:
    name = f"HEADWATER_{mistyped}"
    told = f"did you mean HEADWATER_{meant}\\?" if meant else "docs/settings.md"
    with pytest.raises(SettingError, match=f"^there is no setting {name}; .*{told}"):
        from_environment({name: "1"})


def test_every_setting_that_is_documented_is_known() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert sorted(NAMES) == sorted(re.findall(r"^\| `(HEADWATER_\w+)`", page, flags=re.MULTILINE))
    assert from_environment(dict.fromkeys(set(NAMES) - {"HEADWATER_LANG"}, "1")).store == "1"


def test_every_setting_is_documented() -> None:
    found: set[str] = set()
    for room in ROOMS:
        for path in (ROOT / room).rglob("*"):
            if path.is_file() and path.suffix in ("", ".py", ".sh", ".yaml"):
                text = path.read_text("utf-8", "ignore")
                found |= set(re.findall(r"HEADWATER_[A-Z0-9_]*[A-Z0-9](?![A-Z0-9_])", text))
    text = (ROOT / "api" / "settings.py").read_text("utf-8")
    found |= {f"HEADWATER_{name}" for name in re.findall(r"\bread\(\s*\"(\w+)\"", text)}
    documented = set(re.findall(r"`_?(HEADWATER_\w+)`", (ROOT / "docs" / "settings.md").read_text("utf-8")))
    assert found == documented
