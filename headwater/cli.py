"""The command line: `headwater COMMAND`; a module of `headwater.commands` is imported when one of its commands runs."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from headwater.exits import leaving
from headwater.help import HELP, Context, bilingual, refuse_unknown

COMMANDS: dict[str, dict[str, tuple[str, str]]] = {
    "Records in and out 数据进出": {
        "load": ("loading", "Load files and folders of feeds. 载入数据文件"),
        "quarantine": ("loading", "List, export or retry rows that were set aside. 处理被搁置的行"),
        "forget": ("loading", "Take back what only one source said. 撤回一个来源"),
        "mapping": ("loading", "Draft a mapping for a file of a new kind. 起草映射"),
    },
    "Questions 查询": {
        "trace": ("tracing", "Trace a clue to who made and shipped the goods. 线索溯源"),
        "evaluate": ("evaluating", "Measure the trace where the truth is known. 评测溯源"),
        "search": ("asking", "Find nodes by a number, a text or a name. 查找"),
        "show": ("asking", "Show a node with its records, or a record as it came. 查看"),
        "expand": ("asking", "Count the links around nodes, then list them. 展开关系"),
        "paths": ("joining", "Tell how two nodes are joined. 查找路径"),
        "network": ("joining", "Tell what stands out among some nodes. 网络分析"),
    },
    "Who is who 主体识别": {
        "resolve": ("identifying", "Find parties that are one; explain and review. 主体比对"),
        "judge": ("judging", "Say that two parties are one, or are not. 人工判断"),
        "judgements": ("judging", "Export and import what people judged. 导出与导入判断"),
    },
    "The store 存储": {
        "status": ("keeping", "Count what the store holds, by kind and source. 统计"),
        "export": ("keeping", "Write the graph for other tools. 导出"),
        "backup": ("keeping", "Write all that the store holds to one file. 备份"),
        "restore": ("keeping", "Load a backup into a store of either kind. 恢复"),
    },
    "The service 服务": {
        "serve": ("serving", "Answer questions over GraphQL. 启动服务"),
        "key": ("keys", "Make, list and revoke API keys. 管理接口密钥"),
        "access": ("access", "Shut somebody out, and let them in again. 禁止与恢复访问"),
        "grant": ("sharing", "Let others see sensitive data of a source. 管理敏感数据授权"),
        "case": ("sharing", "Open and close cases, and add members. 管理案件"),
        "audit": ("auditing", "Verify the audit log; tell who asked what. 核验与查看审计日志"),
    },
}
"""Section -> command -> the module that holds it, and what the list of commands says of it."""


class Commands(click.Group):
    """All commands, none of them imported before it is asked for."""

    context_class = Context

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option that shows this help."""
        return bilingual(super().get_help_option(ctx))

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of their sections."""
        return [name for section in COMMANDS.values() for name in section]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        for section in COMMANDS.values():
            if cmd_name in section:
                module: Any = import_module(f"headwater.commands.{section[cmd_name][0]}")
                found: click.Command = module.COMMANDS[cmd_name]
                return found
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that was asked for; for one misspelt, the nearest are told."""
        refuse_unknown(self, ctx, args[0])
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the commands section by section."""
        for section, commands in COMMANDS.items():
            with formatter.section(section):
                formatter.write_dl([(name, text) for name, (_, text) in commands.items()])


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not ctx.resilient_parsing:
        from importlib.metadata import version  # a tenth of a second that no other command needs

        click.echo(f"headwater {version('headwater')}")
        ctx.exit()


@click.group(
    cls=Commands,
    epilog="`headwater COMMAND --help` tells more, with examples. 查看命令的详细帮助与示例",
    context_settings=HELP,
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version. 显示版本"
)
def cli() -> None:
    """Trace an online clue of counterfeit goods to the people and places behind it.

    从网上线索溯源至假冒商品的生产、仓储、贸易与销售主体。
    """


def _open_streams() -> None:
    """Opens what the shell closed (`>&-`): else the next file, perhaps the store, takes the place of the output."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
            setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8"))


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command; its errors leave as one line and a code, never as a traceback."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        # A terminal that has no Chinese characters gets their escapes.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    with leaving(given):
        if "_HEADWATER_COMPLETE" in os.environ:
            cli.main(list(given), prog_name="headwater")  # a shell asks for completions
        # Not by `cli.main`, which ends with 1 when the reader of our output goes away.
        with (
            contextlib.suppress(click.exceptions.Exit),
            cli.make_context("headwater", list(given) or ["--help"]) as context,
        ):
            cli.invoke(context)


if __name__ == "__main__":
    main()
