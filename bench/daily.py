"""A day's feed in a store of a million parties: how long `headwater resolve` takes to tell who is who in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench.figures import Figure
from bench.throng import MENTIONS, Mention, mentions
from bench.workbench import Workbench
from graph.model import Inference, Record, StatedLink, chunks
from graph.model import Mention as Said
from graph.opening import open_store
from graph.store import Store

SLOWEST = 60.0
"""Seconds that a day's feed may take, on two processors."""
_EVERY = 101
"""Of so many mentions one is held back for the day: 10,000 of a million, most of parties that others name too."""
_MASKED = Inference("mask:1", 1.0, ("the first three and the last four digits are those of the number",))


class Ran(NamedTuple):
    """A run of `headwater resolve`: what it reported, its seconds on the clock and of processor, and its peak in GB."""

    report: dict[str, Any]
    seconds: float
    cpu: float
    memory: float


def record(number: int, one: Mention) -> Record:
    """A row of a feed that says what a mention says: a party with its name, its phone and where it is."""
    party, profile = one.profile.node, one.profile
    about = {"name": one.name, "nature": profile.nature} if party.startswith("Party/") else {"name": one.name}
    said, links = [Said(party, "party", about)], []
    if profile.phones:
        phone, mask = f"Phone/{profile.phones[0]}", f"MaskedPhone/{profile.masks[0]}"
        said += [Said(phone, "party.phone"), Said(mask, "party.phone.mask")]
        links += [
            StatedLink("HAS_PHONE", party, phone),
            StatedLink("MASKED_AS", phone, mask, inference=_MASKED),
        ]
    elif profile.masks:
        mask = f"MaskedPhone/{profile.masks[0]}"
        said.append(Said(mask, "party.phone.mask"))
        links.append(StatedLink("HAS_PHONE", party, mask))
    if profile.addresses:
        address = f"Address/{profile.addresses[0]}"
        said.append(Said(address, "address", {"text": one.address or ""}))
        links.append(StatedLink("LOCATED_AT", party, address))
    key = party.removeprefix("Party/throng:").partition("#")[0]
    return Record(
        "throng", key, "", number, f"{number}", {"name": one.name, "phone": one.phone or ""}, tuple(said), tuple(links)
    )


def rows(count: int, of_the_day: bool) -> Iterator[Record]:
    """The rows that stand already, or those of the day, of so many mentions and a hundredth more."""
    given = enumerate(mentions(count + count // (_EVERY - 1)))
    return (record(number, one) for number, one in given if (number % _EVERY == _EVERY - 1) == of_the_day)


def write(store: Store, given: Iterable[Record]) -> int:
    """Writes rows in batches, as a load does; gives how many."""
    return sum(store.merge(some).added for some in chunks(given, store.rows_at_once))


def run(store: Path, folder: Path) -> Ran:
    """Runs `headwater resolve` on a store, in a process of its own."""
    command = [sys.executable, "-m", "headwater.cli", "resolve", "--json", "--store", f"sqlite:{store}"]
    start = time.perf_counter()
    with (folder / "report.json").open("w+b") as said:
        process = subprocess.Popen(command, stdout=said, cwd=Path(__file__).parent.parent)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        said.seek(0)
        return Ran(json.load(said)["report"], seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20)


def figures(bench: Workbench, count: int = MENTIONS) -> list[Figure]:
    """Time and memory of comparing a day's feed, beside those of comparing all."""
    path = bench.folder / "daily.db"
    with open_store(f"sqlite:{path}") as store:
        bench.say(f"writing {count:,} parties into a store")
        write(store, rows(count, of_the_day=False))
    bench.say(f"finding who is who among {count:,} parties")
    full = run(path, bench.folder)
    with open_store(f"sqlite:{path}") as store:
        new = write(store, rows(count, of_the_day=True))
    bench.say(f"finding who is who among {new:,} new rows")
    day = run(path, bench.folder)
    return [
        Figure(
            f"{new:,} new rows among {full.report['parties']:,} parties, `headwater resolve` as a whole",
            f"{day.seconds:.0f} s",
            f"≤ {SLOWEST:g} s",
            day.seconds <= SLOWEST,
            f"{day.seconds / full.seconds:.3f} of the full run; {_told(day)}; {day.report['compared']:,} compared, "
            f"{day.report['added']:,} links added, {day.report['replaced']:,} replaced",
        ),
        Figure(
            "  the full run before",
            f"{full.seconds:.0f} s",
            beside=f"{_told(full)}; {full.report['links']:,} links",
        ),
    ]


def _told(ran: Ran) -> str:
    steps = ", ".join(f"{step} {seconds:.0f} s" for step, seconds in ran.report["seconds"].items())
    return f"{steps}; {ran.cpu:.0f} s of processor; {ran.memory:.1f} GB at most"
