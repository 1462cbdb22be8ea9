"""What the audit log tells: its entries, and those among them that tell of a node."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import orjson

from api.audit.chain import files, lines, parted
from api.audit.nodehash import NodeHash
from api.state import AUDIT, read_secret

_OWN = ("file", "anchor", "retry")
"""Lines of the log's own, which tell of nothing that was asked."""


@dataclass(frozen=True, slots=True)
class Told:
    """An entry in its place.

    Attributes:
        entry: Its members.
    """

    file: str
    line: int
    entry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """An entry that tells of a node.

    Attributes:
        told: The entry.
        how: `read`, or `brought` where a value was brought that may name it; `perhaps` where the entry read more nodes
            than it lists.
    """

    told: Told
    how: Literal["read", "brought", "perhaps"]


def entries(state: Path, needles: tuple[bytes, ...] = ()) -> Iterator[Told]:
    """The entries in the order of each chain, or those of them that hold one of these; broken ones are left out."""
    for parts in files(state / AUDIT).values():
        for path in parts.values():
            for place, line in enumerate(lines(path), 1):
                if needles and not any(needle in line for needle in needles):
                    continue
                if parted(line) is None:
                    continue
                try:
                    entry = orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue
                if entry.get("kind") not in _OWN:
                    yield Told(path.name, place, entry)


def reads(state: Path | str, node: str) -> Iterator[Reading]:
    """Who read a node, or brought a value that may name it, in the order of each chain.

    Raises:
        StateUnavailable: The secret, without which no node can be found, is not there.
    """
    folder = Path(state)
    needle = NodeHash(read_secret(folder)).node(node)
    for told in entries(folder, (f'"{needle}"'.encode(), b'"more":')):
        if needle in told.entry.get("nodes", ()):
            yield Reading(told, "read")
        elif needle in told.entry.get("brought", ()):
            yield Reading(told, "brought")
        elif "more" in told.entry:
            yield Reading(told, "perhaps")
