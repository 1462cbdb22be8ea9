"""What serves hundreds must make none of them one: an agent's address, a forwarder's phone."""

from __future__ import annotations

import random
from collections.abc import Sequence

from bench.figures import Figure
from bench.matched import clusters, matched, members
from resolve.profiles import Profile

MOST = 10
"""Members that a cluster may have by what many share."""
COMPANIES, WAYBILLS = 2_000, 500
_CHARACTERS = "永飞宏达瑞丰恒利金泰嘉源华盛新顺鑫隆兴昌荣信诚远洋亿佳美康德福联创凯百捷腾翔景"
_TRADES = "鞋业 服饰 电子 玩具 五金 电器 塑胶 箱包 贸易 化妆品".split()
_ADDRESS = "440305|kejilu|1"
_PHONE = "+8613800138000"
_MASK = "+86138****8000"


def at_one_address(count: int = COMPANIES, seed: int = 1) -> list[Profile]:
    """So many companies at the address of their registration agent, each once registered and once named on a paper."""
    chance = random.Random(seed)
    out = []
    for i in range(count):
        trade = "".join(chance.sample(_CHARACTERS, k=chance.choice((2, 3))))
        name = f"深圳市{trade}{chance.choice(_TRADES)}有限公司"
        own = f"+86139{i:08}"
        out.append(
            Profile(f"Company/9144030{i:011}", "company", (name,), f"9144030{i:011}", (own,), addresses=(_ADDRESS,))
        )
        out.append(Profile(f"Party/freight:F{i}#consignor", "company", (name,), phones=(own,), addresses=(_ADDRESS,)))
    return out


def under_one_phone(count: int = WAYBILLS, seed: int = 2) -> list[Profile]:
    """So many senders on waybills that bear the phone of their forwarder."""
    chance = random.Random(seed)
    return [
        Profile(
            f"Party/parcels:P{i}#sender",
            "company",
            (f"{''.join(chance.sample(_CHARACTERS, k=2))}{chance.choice(_TRADES)}",),
            phones=(_PHONE,),
            masks=(_MASK,),
        )
        for i in range(count)
    ]


def largest(given: Sequence[Profile], least: float) -> int:
    """The members of the largest cluster among these at a threshold."""
    return max(map(len, members(clusters(matched(given).links, least))), default=1)


def figures(threshold: float) -> list[Figure]:
    """The largest cluster by each of the two, and by both together."""
    agents, forwarders = at_one_address(), under_one_phone()
    found = []
    for what, given in (
        (f"{COMPANIES:,} companies at one agent's address", agents),
        (f"one phone on {WAYBILLS} waybills", forwarders),
        ("both together", [*agents, *forwarders]),
    ):
        size = largest(given, threshold)
        found.append(Figure(f"{what}: largest cluster", str(size), f"≤ {MOST}", size <= MOST))
    return found
