"""The pages of docs/ that follow from the code: `python -m headwater.manual` writes them anew, a test compares them.

A page keeps what stands above its marker; what stands below is made here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import click

from graph.ontology import NodeKind, Property, ontology
from headwater.cli import COMMANDS, cli

MARKER = "<!-- Below: made by script/docs, do not edit. -->"
_WIDTH = 100


def commands() -> str:
    """The help of every command, section by section."""
    root = cli.make_context("headwater", [], resilient_parsing=True, terminal_width=_WIDTH)
    parts = [_help(root, cli)]
    for section, listed in COMMANDS.items():
        parts.append(f"## {section}\n")
        for name in listed:
            command = cli.get_command(root, name)
            if command is None:
                continue
            context = command.make_context(name, [], parent=root, resilient_parsing=True)
            parts.append(f"### headwater {name}\n\n{_help(context, command)}")
            for part in command.commands.values() if isinstance(command, click.Group) else ():
                within = part.make_context(part.name, [], parent=context, resilient_parsing=True)
                parts.append(f"#### headwater {name} {part.name}\n\n{_help(within, part)}")
    return "\n".join(parts)


def _help(context: click.Context, command: click.Command) -> str:
    return f"```text\n{command.get_help(context).rstrip()}\n```\n"


def model() -> str:
    """The kinds of nodes and links of the ontology."""
    known = ontology()
    groups: dict[str, list[NodeKind]] = {}
    for kind in known.kinds.values():
        groups.setdefault(kind.group, []).append(kind)
    parts = ["## Nodes\n"]
    for group, kinds in groups.items():
        parts.append(f"### {group.capitalize()}\n")
        parts.append("| kind | label | key | properties |\n|---|---|---|---|")
        for kind in kinds:
            key = f"{kind.identity}{', sensitive' if kind.sensitive else ''}"
            label = f"{kind.label.en} {kind.label.zh}"
            parts.append(f"| `{kind.name}` | {label} | {key} | {_properties(kind.properties.values())} |")
        parts.append("")
    parts.append("## Links\n")
    parts.append("| link | label | from | to | dates | properties |\n|---|---|---|---|---|---|")
    for link in known.links.values():
        ends = [", ".join(f"`{end}`" for end in known.kinds if end in side) for side in (link.sources, link.targets)]
        label = f"{link.label.en} {link.label.zh}"
        dates = " – ".join(link.dated)
        parts.append(
            f"| `{link.name}` | {label} | {' | '.join(ends)} | {dates} | {_properties(link.properties.values())} |"
        )
    return "\n".join(parts) + "\n"


def _properties(properties: Iterable[Property]) -> str:
    return "<br>".join(
        f"`{p.name}` {p.label.en} {p.label.zh} ({p.type}{', sensitive' if p.sensitive else ''})" for p in properties
    )


PAGES: dict[str, Callable[[], str]] = {"cli.md": commands, "model.md": model}


def page(path: Path) -> str:
    """A page as it should be: its head as it stands, its rest made anew."""
    head, _, _ = path.read_text("utf-8").partition(MARKER)
    return f"{head}{MARKER}\n\n{PAGES[path.name]()}"


def main() -> None:
    """Writes the pages of the folder that is named, `docs` unless told."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    for name in PAGES:
        (folder / name).write_text(page(folder / name), "utf-8")


if __name__ == "__main__":
    main()
