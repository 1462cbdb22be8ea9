"""Commands and their help, laid out by cells, since Chinese characters take two; examples come last, never broken."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import click

from headwater.terminal import cells, wrapped

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
"""How every command is asked for its help, and how wide it is at the most."""
_LANGUAGES = re.compile(r"(?<=[.;]) (?=[一-鿿])")
_NAMES = 26
"""The most cells that the names of options take before their help begins on the next line."""


class Formatter(click.HelpFormatter):
    """Writes paragraphs and lists of definitions by the width of their characters."""

    def write_text(self, text: str) -> None:
        """Writes paragraphs, wrapped."""
        indent = " " * self.current_indent
        for number, paragraph in enumerate(text.split("\n\n")):
            if number:
                self.write("\n")
            for line in wrapped(" ".join(paragraph.split()), self.width, indent):
                self.write(f"{line}\n")

    def write_dl(self, rows: Any, col_max: int = _NAMES, col_spacing: int = 2) -> None:
        """Writes names and what they mean in two columns."""
        listed = list(rows)
        room = min(max(cells(name) for name, _ in listed), col_max) + col_spacing
        indent = " " * self.current_indent
        later = indent + " " * room
        for name, text in listed:
            first = indent + name + " " * (room - cells(name))
            if cells(name) > room - col_spacing:
                self.write(f"{indent}{name}\n")
                first = later
            whole = cells(first) + cells(text) <= self.width
            # Where both languages do not fit on one line, each has its own.
            for part in (text,) if whole else _LANGUAGES.split(text, maxsplit=1):
                for line in wrapped(part, self.width, first, later):
                    self.write(f"{line}\n")
                first = later


class Context(click.Context):
    """A context whose help is laid out by cells."""

    formatter_class = Formatter


def bilingual(option: click.Option | None) -> click.Option | None:
    """The option that shows a help, explained in both languages."""
    if option is not None:
        option.help = "Show this help. 显示帮助"
    return option


class Command(click.Command):
    """A command with examples of its use."""

    context_class = Context

    def __init__(self, *args: Any, examples: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = tuple(examples)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuses what is empty: a variable of a script that was never set would mean this folder, or any value."""
        if "" in args:
            raise click.UsageError("an argument is empty; give it a value, or leave it out", ctx)
        return super().parse_args(ctx, args)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option that shows this help."""
        return bilingual(super().get_help_option(ctx))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the examples, a line each, as they are typed."""
        with formatter.section("Examples 示例"):
            for example in self.examples:
                formatter.write(f"{' ' * formatter.current_indent}{example}\n")


class Group(Command, click.Group):
    """A command of commands."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, no_args_is_help=False, **kwargs)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the commands with the short help of each."""
        with formatter.section("Commands 命令"):
            formatter.write_dl([(name, command.short_help or "") for name, command in self.commands.items()])

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order in which they were added."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that was asked for; for one misspelt, the nearest are told."""
        refuse_unknown(self, ctx, args[0])
        return super().resolve_command(ctx, args)


def refuse_unknown(group: click.Group, ctx: click.Context, name: str) -> None:
    """Refuses the name of no command, and tells the nearest."""
    if not name.startswith("-") and group.get_command(ctx, name) is None:
        near = get_close_matches(name, group.list_commands(ctx), n=2)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        ctx.fail(f"no such command {name!r}{hint}")
