"""The command line: `headwater COMMAND`, one module of `headwater.commands` for each group of them."""

from __future__ import annotations

import contextlib
import os
import sys
from importlib.metadata import version

import click

from graph.errors import HeadwaterError
from headwater.commands import asking, keeping, loading, tracing
from headwater.door import leave

COMMANDS = (*loading.COMMANDS, *tracing.COMMANDS, *asking.COMMANDS, *keeping.COMMANDS)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(version("headwater"), prog_name="headwater")
def cli() -> None:
    """Trace an online clue of counterfeit goods to the people and places behind it.

    从网上线索溯源至假冒商品的生产、仓储与运输主体。
    """


for _command in COMMANDS:
    cli.add_command(_command)


def main() -> None:
    """Runs a command; its errors leave as one line and a code, never as a traceback."""
    try:
        cli(standalone_mode=False)
    except HeadwaterError as error:
        leave(error)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("headwater: interrupted; what was written is whole, run the command again to go on\n")
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has seen enough (`| head`); keep the interpreter from complaining at exit.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


if __name__ == "__main__":
    main()
