"""The page to try queries on, as a browser gets it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.http.console import FOLDER
from tests.api.conftest import ROOT, Running, running

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
SUMS = (FOLDER / "SHA256SUMS").read_text("utf-8")


@pytest.fixture(scope="module")
def demo(market_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(market_url, tmp_path_factory.mktemp("demo"), "--demo") as server:
        yield server


def files_of(page: str) -> list[str]:
    return re.findall(r'(?:src|href)="(?!data:)([^"]+)"', page)


def test_a_browser_gets_the_page_and_all_that_it_is_made_of(demo: Running) -> None:
    page = httpx.get(demo.url, headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert len(files_of(page.text)) >= 6
    for name in files_of(page.text):
        file = httpx.get(httpx.URL(demo.url).join(name))
        kind = "text/javascript" if name.endswith(".js") else "text/css"
        assert file.headers["content-type"].startswith(kind)
        assert file.headers["x-content-type-options"] == "nosniff"
        assert file.content == (FOLDER.parent / name).read_bytes()


def test_nothing_but_those_files_runs_in_it_and_nothing_is_sent_elsewhere(demo: Running) -> None:
    page = httpx.get(demo.url, headers=BROWSER)
    policy = dict(part.strip().partition(" ")[::2] for part in page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "DENY"
    own = page.text + "".join((FOLDER / name).read_text("utf-8") for name in ("page.js", "page.css"))
    assert "//" not in re.sub(r"^\s*//.*$", "", own, flags=re.MULTILINE)
    assert "localStorage" not in own


def test_programs_get_no_page_and_no_answer_from_a_url(demo: Running) -> None:
    for accept in ("application/json", "*/*", "application/graphql-response+json"):
        answer = httpx.get(demo.url, params={"query": "{ me { name } }"}, headers={"accept": accept})
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("name", ["", "..%2fserving.py", "../serving.py", "nope.js"])
def test_no_other_file_is_served(demo: Running, name: str) -> None:
    assert httpx.get(demo.url.replace("graphql", f"graphiql/{name}")).status_code == 404


@pytest.mark.parametrize(
    ("options", "setting", "is_served"),
    [((), {}, False), ((), {"HEADWATER_GRAPHIQL": "1"}, True), (("--demo",), {"HEADWATER_GRAPHIQL": "0"}, False)],
)
def test_it_is_served_where_that_is_set(
    market_url: str, tmp_path: Path, options: tuple[str, ...], setting: dict[str, Any], is_served: bool
) -> None:
    with running(market_url, tmp_path, *options, **setting) as server:
        page = httpx.get(server.url, headers=BROWSER)
        assert page.status_code == (200 if is_served else 405)
        file = httpx.get(server.url.replace("graphql", "graphiql/graphiql.min.js"))
        assert file.status_code == (200 if is_served else 404)


def test_the_files_of_others_are_what_they_were_when_they_were_fetched() -> None:
    listed = {name: digest for digest, name in (line.split("  ") for line in SUMS.splitlines()[1:])}
    kept = {path.name for path in FOLDER.iterdir()} - {"SHA256SUMS", "page.html", "page.js", "page.css"}
    assert listed.keys() == kept
    for name, digest in listed.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest


def test_their_versions_and_licences_are_named() -> None:
    notice = (ROOT / "NOTICE").read_text("utf-8")
    versions = re.findall(r"([\w-]+ \d+\.\d+\.\d+)", SUMS.splitlines()[0])
    assert len(versions) == 3
    assert all(version in notice for version in versions)
    assert notice.count("MIT License; see api/graphiql/LICENSE.") == 2
