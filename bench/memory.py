"""Whether memory stays flat while a load grows: the peak of loading a market once and ten times over."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

from stdnum.cn.uscc import calc_check_digit

from bench.cost import measured
from bench.figures import Figure
from bench.loading import load_feeds
from bench.markets import ENCODINGS, KEYS, Market
from bench.workbench import Workbench
from graph.identifiers import uscc

TIMES = 10
MOST = 1.2
ONCE = frozenset({"rights", "licences", "transfers", "exhibits"})
"""Feeds that stay as they are: small, and their numbers carry check characters of their own."""
NUMBERED = {
    "companies": ("统一社会信用代码",),
    "shareholders": ("holding_no", "uscc"),
    "accounts": ("account_no", "company_uscc", "payee_account"),
    "listings": ("item_no", "account_no", "url"),
    "orders": ("order_no", "item_no", "payee_account", "waybill_no"),
    "parcels": ("运单号",),
    "warehouses": ("site_no", "operator_uscc"),
    "freight": ("consignment_no", "consignor_uscc"),
    "payees": ("payee_account", "holder_id"),
    "declarations": ("declaration_no", "exporter_uscc"),
}
"""The columns whose values are numbered anew in every copy."""
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def figures(bench: Workbench) -> list[Figure]:
    """The peak memory of loading ten times the rows, over that of loading them once; takes some minutes."""
    # The large market: on the small one no batch is full yet, and one process does it all.
    base = bench.market("medium")
    bench.say(f"loading {base.name} once and {TIMES} times over")
    once, first = measured(load_feeds, multiplied(base, bench.folder / "once", 1), bench.folder / "once.db")
    many, second = measured(load_feeds, multiplied(base, bench.folder / "many", TIMES), bench.folder / "many.db")
    ratio = second.peak / first.peak
    return [
        Figure(
            f"memory of loading {many:,} rows over that of {once:,}",
            f"{ratio:.2f} ×",
            f"≤ {MOST} ×",
            ratio <= MOST,
            f"{second.peak:.0f} MiB over {first.peak:.0f} MiB at the peak of both processes together; "
            f"{many / second.wall:,.0f} rows/s over {once / first.wall:,.0f}",
        )
    ]


def multiplied(base: Market, folder: Path, times: int) -> Path:
    """Writes a market's CSV feeds with every row `times` over, numbered anew in each copy; broken rows stay broken."""
    folder.mkdir(parents=True, exist_ok=True)
    for feed in KEYS:
        encoding = ENCODINGS.get(feed, "utf-8")
        rows = base.rows(feed)
        with (folder / f"{feed}.csv").open("w", encoding=encoding, newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            for copy in range(1 if feed in ONCE else times):
                for row in rows:
                    writer.writerow({**row, **{c: renumbered(row[c], copy) for c in NUMBERED.get(feed, ())}})
    return folder


def renumbered(value: str, copy: int) -> str:
    """The number with the digits of its tail moved on by `copy`, of the same form; a valid credit code stays valid.

    Every second digit is moved by its tens as well, so that a hundred copies differ.
    """
    if not copy:
        return value
    if uscc.is_valid(value):
        return _recoded(value, copy)
    steps = (copy, copy + copy // 10)
    tail = (str((int(c) + steps[n % 2]) % 10) if c in "0123456789" else c for n, c in enumerate(value[-9:]))
    return value[:-9] + "".join(tail)


@lru_cache(maxsize=65536)
def _recoded(code: str, copy: int) -> str:
    """The credit code with its organisation's characters moved on, and the two check characters that then fit."""
    base = len(_ALPHABET)
    steps = (copy, copy + copy // base)
    organisation = "".join(_ALPHABET[(_ALPHABET.index(c) + steps[n % 2]) % base] for n, c in enumerate(code[8:16]))
    # GB 11714: of the organisation code, whose letters count from 10.
    inner = "0123456789X"[-sum(w * int(c, 36) for w, c in zip(_WEIGHTS, organisation, strict=True)) % 11]
    moved = code[:8] + organisation + inner
    return moved + str(calc_check_digit(moved))
