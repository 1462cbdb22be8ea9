from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import yaml

from api.settings import Settings
from headwater.commands.serving import serve as SERVE
from tests.api.conftest import market_url, running

__all__ = ["market_url"]  # a fixture

ROOT = Path(__file__).resolve().parent.parent


@cache
def services() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    return services


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_every_port_is_bound_to_this_machine_only() -> None:
    ports = [port for service in services().values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_neo4j_is_the_long_term_release_that_the_tests_run() -> None:
    assert services()["neo4j"]["image"] == "neo4j:5.26-community"


def test_the_password_has_no_default_and_must_be_set() -> None:
    assert services()["neo4j"]["environment"]["NEO4J_AUTH"].startswith("neo4j/${NEO4J_PASSWORD:?")


def test_headwater_waits_until_neo4j_is_healthy() -> None:
    assert "RETURN 1" in services()["neo4j"]["healthcheck"]["test"][1]
    assert services()["headwater"]["depends_on"] == {"neo4j": {"condition": "service_healthy"}}


def test_the_graph_and_the_state_outlive_their_containers() -> None:
    assert "neo4j:/data" in services()["neo4j"]["volumes"]
    headwater = services()["headwater"]
    assert f"state:{headwater['environment']['HEADWATER_STATE']}" in headwater["volumes"]


def test_the_service_is_served_with_options_that_there_are() -> None:
    command = services()["headwater"]["command"]
    default = [re.sub(r"\$\{\w+:-(.*)\}", r"\1", word) for word in command]
    context = SERVE.make_context("serve", default[1:])
    assert command[0] == "serve"
    assert (context.params["host"], context.params["port"], context.params["demo"]) == ("0.0.0.0", 8000, False)
    assert services()["headwater"]["ports"][0].endswith(":8000")


def test_the_service_is_healthy_when_it_can_answer(market_url: str, tmp_path: Path) -> None:
    *_, python, option, program = services()["headwater"]["healthcheck"]["test"]
    assert (python, option) == ("python", "-c")

    def check(port: int) -> int:
        code = program.replace(":8000/", f":{port}/")
        return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60).returncode

    with running(market_url, tmp_path) as server:
        port = httpx.URL(server.url).port or 0
        assert check(port) == 0
    assert check(port) != 0


def test_a_stop_leaves_a_query_its_time() -> None:
    seconds = int(services()["headwater"]["stop_grace_period"].removesuffix("s"))
    assert seconds > Settings("sqlite:x").timeout + 10


def test_the_image_has_all_rooms_that_are_installed() -> None:
    rooms = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    copied = set(re.findall(r"^COPY (\w+) \1$", dockerfile(), flags=re.MULTILINE))
    assert copied == set(rooms["packages"])


def test_the_image_installs_locked_packages_only() -> None:
    installs = re.findall(r"pip install (.*)", dockerfile())
    assert installs
    assert all("--require-hashes" in options or "--no-deps --no-build-isolation" in options for options in installs)


def test_the_image_does_not_run_as_root() -> None:
    users = re.findall(r"^USER (\S+)", dockerfile(), flags=re.MULTILINE)
    assert users and users[-1] not in ("root", "0")


def test_all_that_the_image_copies_is_let_through_to_the_build() -> None:
    let_through = set(re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(encoding="utf-8"), flags=re.MULTILINE))
    copied = {
        source.rstrip("/")
        for line in re.findall(r"^COPY (?!--from)(.*)", dockerfile(), flags=re.MULTILINE)
        for source in line.split()[:-1]
    }
    assert copied
    assert copied <= let_through
