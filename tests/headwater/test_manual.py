from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from graph.errors import HeadwaterError
from graph.ontology import ontology
from headwater import exits
from headwater.cli import COMMANDS, cli
from headwater.manual import PAGES, page

DOCS = Path(__file__).resolve().parents[2] / "docs"


def below(kind: type[HeadwaterError]) -> list[type[HeadwaterError]]:
    return [kind, *(found for sub in kind.__subclasses__() for found in below(sub))]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_the_code_is_as_the_code_is(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == page(DOCS / name), "run script/docs"


def test_every_command_is_on_its_page() -> None:
    text = (DOCS / "cli.md").read_text("utf-8")
    assert all(f"\n### headwater {name}\n" in text for section in COMMANDS.values() for name in section)
    for name in (name for section in COMMANDS.values() for name in section):
        found = cli.get_command(click.Context(cli), name)
        for part in found.commands if isinstance(found, click.Group) else ():
            assert f"\n#### headwater {name} {part}\n" in text


def test_every_kind_is_on_its_page() -> None:
    text = (DOCS / "model.md").read_text("utf-8")
    assert all(f"| `{name}` |" in text for name in (*ontology().kinds, *ontology().links))


def test_every_error_is_documented_with_the_exit_code_it_has() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", (DOCS / "errors.md").read_text("utf-8"), re.M))
    raised = {kind.code: str(exits.exit_code(kind.__new__(kind))) for kind in below(HeadwaterError)}
    assert raised.items() <= rows.items()
    ours = {"usage": "2", "interrupted": str(exits.INTERRUPTED), "inside": str(exits.INSIDE)}
    assert rows == raised | ours


def test_every_exit_code_is_documented() -> None:
    pattern = re.compile(r"^\| (\d+) \|", re.M)
    documented = pattern.findall((DOCS / "errors.md").read_text("utf-8"))
    assert documented == pattern.findall(exits.__doc__ or "")


@pytest.mark.parametrize("path", sorted([*DOCS.glob("*.md"), *DOCS.parent.glob("*.md")]), ids=lambda path: path.name)
def test_every_link_between_pages_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)\)", path.read_text("utf-8")):
        assert "://" in target or (path.parent / target).exists(), target


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_every_command_of_the_readme_is_understood(name: str) -> None:
    text = (DOCS.parent / name).read_text("utf-8")
    examples = re.findall(r"^headwater (\w+)((?: [^ #>\n]+)*)", text, re.M)
    assert len(examples) >= 7
    for command, rest in examples:
        found = cli.get_command(click.Context(cli), command)
        assert found is not None
        with found.make_context(command, rest.split()):
            pass
