"""The TypeScript client, as the page tells to build and run it, against a real server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.api.conftest import ROOT, need_node, running

FOLDER = Path("examples", "typescript")
PAGE = (ROOT / "docs" / "graphql.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(?:graphql|sh)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
ACCOUNT = "Account/taobao/ta80239484"


def split() -> tuple[str, list[str]]:
    """The page's commands: what builds the client, and how it is then asked."""
    (block,) = (block for block in BLOCKS if f"cd {FOLDER.as_posix()}\n" in block)
    asking = [line for line in block.splitlines() if line.startswith("node ")]
    return block.partition(asking[0])[0], asking


def run(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-e", "-c", command],
        cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client's folder in a copy of what it needs of the repository, built."""
    need_node()
    root = tmp_path_factory.mktemp("repository")
    made = shutil.ignore_patterns("node_modules", "build", "queries.ts")
    shutil.copytree(ROOT / FOLDER, root / FOLDER, ignore=made)
    (root / "api").mkdir()
    shutil.copy(ROOT / "api" / "schema.graphql", root / "api")
    built = run(split()[0], root)
    assert built.returncode == 0, built.stdout + built.stderr
    return root / FOLDER


def test_it_prints_what_the_service_answers(client: Path, market_url: str, tmp_path: Path) -> None:
    search, seller = split()[1]
    with running(market_url, tmp_path) as server:
        known = {"SERVICE_URL": server.url, "SERVICE_KEY": server.key("investigator")}

        found = run(search, client, **known)
        assert (found.returncode, found.stderr) == (0, "")
        *hits, count = found.stdout.splitlines()
        asked = server.ask(known["SERVICE_KEY"], (client / "search.graphql").read_text("utf-8"), text="yongfei")
        told = asked.json()["data"]["search"]
        assert hits
        assert [hit.rpartition(" ")[2] for hit in hits] == [hit["node"]["id"] for hit in told["nodes"]]
        assert count == f"{len(hits)} of {told['total']}"

        everything = run(seller, client, **known)
        assert (everything.returncode, everything.stderr) == (0, "")
        title, opened, *links, count = everything.stdout.splitlines()
        asked = server.ask(known["SERVICE_KEY"], (client / "seller.graphql").read_text("utf-8"), account=ACCOUNT)
        told = asked.json()["data"]["node"]
        assert title == f"{told['label']} {told['caption']}"
        assert opened == f"on taobao since {told['opened']}"
        assert [link.partition(" ")[0] for link in links] == [link["kind"] for link in told["links"]["nodes"]]
        assert all(re.search(r"\(\w+\.csv:\d+\)$", link) for link in links)
        assert count == f"{len(links)} of {told['links']['total']} links"

        nobody = run(seller.replace(ACCOUNT, "Account/none"), client, **known)
        assert (nobody.returncode, nobody.stdout) == (0, "there is no such node\n")

        refused = run(seller, client, SERVICE_URL=server.url, SERVICE_KEY="mistyped")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr.startswith("unauthenticated: ")

        elsewhere = run(seller, client, SERVICE_URL=server.url.replace("graphql", "nowhere"), SERVICE_KEY="mistyped")
        assert (elsewhere.returncode, elsewhere.stdout) == (2, "")
        assert elsewhere.stderr == "status 404, and no answer of the service\n"
    away = run(seller, client, **known)
    assert (away.returncode, away.stdout, away.stderr) == (2, "", "fetch failed: ECONNREFUSED\n")


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("const known: string = found.data?.search?.nodes[0]?.node.caption ?? '';", None),
        ("const unasked = found.data?.search?.nodes[0]?.node.mentions;", "TS2339"),
        ("const unseen: number = found.data!.search!.total;", "TS2322"),
        ("const failed = found.data!.search.total;", "TS2531"),
        ("await ask(service, FindDocument, { text: 1 });", "TS2322"),
        ("await ask(service, FindDocument, {});", "TS2741"),
    ],
)
def test_only_what_the_query_asks_for_compiles(client: Path, statement: str, code: str | None) -> None:
    path = client / "mine.ts"
    path.write_text(
        'import { ask, type Service } from "./client.js";\n'
        'import { FindDocument } from "./queries.js";\n'
        "export async function mine(service: Service) {\n"
        f'const found = await ask(service, FindDocument, {{ text: "" }});\n{statement}\n}}\n',
        "utf-8",
    )
    try:
        checked = run("npm run --silent build -- --noEmit --pretty false", client)
    finally:
        path.unlink()
    assert re.findall(r"^mine\.ts\(5,\d+\): error (TS\d+)", checked.stdout, flags=re.MULTILINE) == [code] * bool(code)
    assert (checked.returncode == 0) == (code is None), checked.stdout


@pytest.mark.parametrize("name", ["search", "seller"])
def test_its_queries_are_those_of_the_page(name: str) -> None:
    assert (ROOT / FOLDER / f"{name}.graphql").read_text("utf-8") in BLOCKS


def test_its_packages_are_of_exact_versions() -> None:
    text = (ROOT / FOLDER / "package.json").read_text("utf-8")
    versions = re.findall(r'^ {4}"[@\w/-]+": "([^"]+)"', text.partition('"devDependencies"')[2], flags=re.MULTILINE)
    assert len(versions) >= 5
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
    assert '"dependencies"' not in text
