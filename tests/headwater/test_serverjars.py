from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from graph.errors import HeadwaterError, SettingError
from headwater.serverjars import VERSION, cache_folder, jars_folder, locked


def test_the_lock_names_the_server_of_the_version_that_is_run() -> None:
    coordinates = {jar.coordinate for jar in locked()}
    assert {f"org.neo4j.app:neo4j-server:{VERSION}", f"org.neo4j:neo4j:{VERSION}"} <= coordinates


def test_every_locked_jar_has_a_coordinate_and_a_hash() -> None:
    for jar in locked():
        assert jar.coordinate.count(":") in (2, 3)
        assert re.fullmatch(r"[0-9a-f]{64}", jar.sha256)


def test_downloads_go_where_the_setting_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_CACHE", str(tmp_path))
    assert cache_folder().is_relative_to(tmp_path)


def test_a_relative_cache_folder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_CACHE", "somewhere")
    with pytest.raises(SettingError, match="absolute"):
        cache_folder()


def test_without_the_resolver_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jgo.maven", None)
    with pytest.raises(HeadwaterError, match="neo4j-server"):
        jars_folder(tmp_path)
