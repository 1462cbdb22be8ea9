from __future__ import annotations

import importlib
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ["graph", "ingest", "resolve", "queries", "api", "headwater", "bench"]
REGISTRIES = ["pypi|org", "pythonhosted|org", "maven|org", "maven.apache|org", "npmjs|org", "npmjs|com", "crates|io"]
"""Hosts of package registries, their last dot written as | so that this file holds none."""


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def committed() -> list[Path]:
    """The files that are, or could be, committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_the_one_of_this_repository(room: str) -> None:
    module = importlib.import_module(room)
    assert module.__file__ is not None
    assert Path(module.__file__) == ROOT / room / "__init__.py"


def test_every_top_level_package_is_a_known_room() -> None:
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} <= {*ROOMS, "web"}


def test_the_wheel_holds_every_room_that_users_need() -> None:
    packages = project()["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(packages) == {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"bench"}


def test_import_rules_know_every_room_of_the_wheel() -> None:
    tool = project()["tool"]
    assert tool["importlinter"]["root_packages"] == tool["hatch"]["build"]["targets"]["wheel"]["packages"]


def test_tests_are_no_packages() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))


@pytest.mark.parametrize("room", ROOMS)
def test_no_module_is_named_for_what_it_is_not(room: str) -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "service", "common", "misc", "base"}
    assert not [path for path in (ROOT / room).rglob("*.py") if path.stem.strip("_") in vague]


@pytest.mark.parametrize("registry", [name.replace("|", ".") for name in REGISTRIES])
def test_no_file_names_the_host_of_a_package_registry(registry: str) -> None:
    needle = registry.encode()
    assert not [str(path.relative_to(ROOT)) for path in committed() if needle in path.read_bytes()]


def test_no_lock_that_records_download_addresses_is_committed() -> None:
    recording = {"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "package-lock.json", "pylock.toml"}
    assert not [path for path in committed() if path.name in recording]


@pytest.mark.parametrize("name", ["main", "server", "dev", "uv"])
def test_every_locked_package_has_a_version_and_hashes(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[^\s#])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).strip())
    assert entries
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+==\S+ (; .+)?\\\n\s+--hash=sha256:[0-9a-f]{64}", entry), entry.split("\n")[0]


def test_the_sets_of_locked_packages_agree() -> None:
    versions: dict[str, set[str]] = {}
    for name in ("main", "server", "dev"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        for package, version in re.findall(r"^([a-z0-9-]+)==([^\s;]+) *\\$", text, flags=re.MULTILINE):
            versions.setdefault(package, set()).add(version)
    assert versions
    assert not {package: found for package, found in versions.items() if len(found) > 1}


def test_everything_the_project_asks_for_is_locked() -> None:
    asked = {re.split(r"[<>=\[ ]", requirement)[0] for requirement in project()["project"]["dependencies"]}
    locked = (ROOT / "requirements" / "main.txt").read_text(encoding="utf-8")
    assert asked <= set(re.findall(r"^([a-z0-9-]+)==", locked, flags=re.MULTILINE))
