from __future__ import annotations

import importlib
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from graph.errors import HeadwaterError
from headwater.cli import COMMANDS, cli
from headwater.exits import exit_code
from headwater.help import Command, Group
from headwater.terminal import cells

if TYPE_CHECKING:
    from tests.headwater.conftest import Run

ROOT = Path(__file__).resolve().parents[2]
NAMES = [name for section in COMMANDS.values() for name in section]
HEAVY = (
    "spacy",
    "pyarrow",
    "neo4j",
    "networkx",
    "numpy",
    "rich",
    "yaml",
    "phonenumbers",
    "ingest",
    "queries",
    "graph.ontology",
)


def command(name: str) -> Command:
    """A command, or one of a group's, as `key create`."""
    group, _, part = name.partition(" ")
    found = cli.get_command(click.Context(cli), group)
    if part:
        assert isinstance(found, Group)
        found = found.commands[part]
    assert isinstance(found, Command)
    return found


def parts(name: str) -> list[str]:
    """The commands of a group; a command that is none is its own only part."""
    found = command(name)
    return [f"{name} {part}" for part in found.commands] if isinstance(found, Group) else [name]


PARTS = [part for name in NAMES for part in parts(name)]
ALL = list(dict.fromkeys([*NAMES, *PARTS]))


def help_of(name: str, width: int = 80) -> str:
    found = command(name)
    with found.make_context(f"headwater {name}", ["--help"], resilient_parsing=True, terminal_width=width) as context:
        return found.get_help(context)


def test_every_module_of_commands_is_in_the_list() -> None:
    listed: dict[str, set[str]] = {}
    for section in COMMANDS.values():
        for name, (module, _) in section.items():
            listed.setdefault(module, set()).add(name)
    modules = {p.stem for p in (ROOT / "headwater" / "commands").glob("*.py")} - {"__init__"}
    assert modules == set(listed)
    for module, names in listed.items():
        assert set(importlib.import_module(f"headwater.commands.{module}").COMMANDS) == names


@pytest.mark.parametrize("name", PARTS)
def test_every_command_takes_a_place_json_and_a_language_and_shows_an_example(name: str) -> None:
    options = {option for parameter in command(name).params for option in parameter.opts}
    assert {"--json", "--lang"} <= options
    assert len({"--store", "--state"} & options) == 1
    assert command(name).examples
    assert all(re.search(rf"headwater ({name}|load) ", f"{example} ") for example in command(name).examples)


@pytest.mark.parametrize("name", ALL)
def test_every_command_and_option_is_explained_in_both_languages(name: str) -> None:
    found = command(name)
    assert found.help is not None
    listed = [part.short_help or "" for part in found.commands.values()] if isinstance(found, Group) else []
    for text in (found.help, *listed, *(p.help or "" for p in found.params if isinstance(p, click.Option))):
        assert re.search("[a-z]{3}", text), text
        assert re.search("[一-鿿]", text), text


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("name", ALL)
def test_help_fits_its_width_but_for_the_examples(name: str, width: int) -> None:
    text, _, _ = help_of(name, width).partition("Examples")
    assert all(cells(line) <= width for line in text.splitlines())


@pytest.mark.parametrize("name", ALL)
def test_every_example_is_understood(name: str) -> None:
    for example in command(name).examples:
        words = shlex.split(re.split(r" [|>&]", example)[0])[1:]
        group = command(words[0])
        said = (
            " ".join(words[:2]) if isinstance(group, Group) and words[1:2] and words[1] in group.commands else words[0]
        )
        with command(said).make_context(said, words[len(said.split()) :]):
            pass


def test_the_list_of_commands_fits_a_terminal() -> None:
    with cli.make_context("headwater", ["--help"], resilient_parsing=True, terminal_width=80) as context:
        assert all(cells(line) <= 80 for line in cli.get_help(context).splitlines())


def test_the_version_is_the_projects() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    done = subprocess.run([sys.executable, "-m", "headwater.cli", "--version"], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (f"headwater {version}\n", "")


def test_without_a_command_the_commands_are_listed(headwater: Run) -> None:
    outcome = headwater()
    assert (outcome.code, outcome.err) == (0, "")
    assert all(f"  {name} " in outcome.out for name in NAMES)


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_nothing_heavy_is_imported_before_a_command_runs(argument: str) -> None:
    code = (
        "import sys, contextlib\n"
        "from headwater.cli import main\n"
        f"with contextlib.suppress(SystemExit): main([{argument!r}])\n"
        "print(sorted(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    loaded = set(re.findall(r"'([\w.]+)'", done.stderr))
    assert "click" in loaded
    assert not loaded & set(HEAVY)


def test_a_search_needs_neither_networkx_nor_the_driver_nor_the_text_pipeline() -> None:
    code = "import sys, headwater.commands.asking\nprint(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    loaded = set(re.findall(r"'([\w.]+)'", done.stdout))
    assert not loaded & {"networkx", "neo4j", "spacy", "pyarrow", "rich", "numpy"}


def test_every_error_has_an_exit_code_of_its_table() -> None:
    table = {
        int(n) for n in re.findall(r"^\| (\d+) \|", importlib.import_module("headwater.exits").__doc__ or "", re.M)
    }

    def below(kind: type[HeadwaterError]) -> list[type[HeadwaterError]]:
        return [kind, *(found for sub in kind.__subclasses__() for found in below(sub))]

    for kind in below(HeadwaterError):
        assert exit_code(kind.__new__(kind)) in table
