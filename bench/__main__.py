"""The command line: `python -m bench [accuracy|identity|load|memory|…|all]`, which `script/bench` runs.

`python -m bench market FOLDER` makes a market instead of measuring on one.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import accuracy, choices, held, identity, loading, memory, serving, stores, tracing
from bench.figures import Figure, lines
from bench.making import commands as making
from bench.markets import DEFAULT
from bench.workbench import Workbench
from graph.errors import HeadwaterError

TOPICS: dict[str, Callable[[Workbench], list[Figure]]] = {
    "stores": stores.figures,
    "accuracy": accuracy.figures,
    "held": held.figures,
    "identity": identity.figures,
    "load": loading.figures,
    "memory": memory.figures,
    "trace": tracing.figures,
    "api": serving.figures,
    "choices": choices.figures,
}


def main(arguments: Sequence[str]) -> int:
    """Measures what is asked for and prints it; gives 1 when a figure falls short, 2 when nothing can be measured."""
    if arguments[:1] == ["market"]:
        return making.main(arguments[1:])
    parser = argparse.ArgumentParser(
        prog="script/bench",
        description="Measures Headwater beside its peers, and says what falls short; `market FOLDER` makes a market.",
    )
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=f"{', '.join(TOPICS)}, or all (the default)")
    parser.add_argument("--worlds", type=Path, default=DEFAULT, help="the folder of markets; else ../shared/worlds")
    parser.add_argument("--full", action="store_true", help="measure what takes minutes too")
    given = parser.parse_args(arguments)
    if unknown := set(given.topics) - {*TOPICS, "all"}:
        parser.error(f"there is no topic {', '.join(sorted(unknown))}; choose of {', '.join(TOPICS)}")
    topics = [name for name in TOPICS if not given.topics or "all" in given.topics or name in given.topics]
    short = False
    try:
        with tempfile.TemporaryDirectory(prefix="headwater-bench-") as folder:
            with Workbench(Path(folder), given.worlds, given.full, _say) as bench:
                print(_machine(), flush=True)
                for name in topics:
                    start = time.perf_counter()
                    found = TOPICS[name](bench)
                    short = short or any(figure.holds is False for figure in found)
                    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
                    print(f"\n{name} ({time.perf_counter() - start:.0f} s)", *lines(found, width), sep="\n", flush=True)
    except (HeadwaterError, OSError, subprocess.CalledProcessError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 1 if short else 0


def _machine() -> str:
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} processors{load}"
    )


def _say(text: str) -> None:
    if sys.stderr.isatty():
        print(f"… {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
