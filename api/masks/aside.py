"""Rows set aside: why, and where they stand, without what stands in them.

Nobody is shown more by a grant: whose number is in a row that could not be read is not known.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from api.masks.projection import Projection
from api.masks.vault import MASK
from graph.disguises import fold
from graph.model import SetAside

_TOLD = 3  # digits that may stand together: of counts, not of numbers or days
_QUOTED = re.compile(r"(?<!\w)(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")")
_RUN = re.compile(r"\S*\d\S*(?:\s+\S*\d\S*)*|\S+[@＠]\S+")
_CONFLICT = re.compile(r"the row's key is that of row \d+, which says something else")
_ADVICE = re.compile("; write it as (?:2025-08-16(?:T18:00:00[+]08:00)?|1234(?:[.]5)?|https://host/path)$")
"""What follows a value that cannot be read: how it should have been written."""


def aside(project: Projection, entries: Collection[SetAside]) -> list[SetAside]:
    """Rows set aside as they are shown: without their cells, and with ids that are no hashes of them."""
    file = project.texts(entry.file for entry in entries)
    return [
        replace(
            entry,
            id=project.vault.seal_aside(entry.id),
            file=file[entry.file],
            reason=without_values(entry.reason),
            raw=b"",
            values={},
        )
        for entry in entries
    ]


def without_values(reason: str) -> str:
    """Why a row was set aside, without what is quoted of it and whatever may be a number, an address or a day."""
    if _CONFLICT.fullmatch(reason):
        return reason
    advice = _ADVICE.search(reason)
    said = reason[: advice.start()] if advice else reason
    said = _RUN.sub(_told, _QUOTED.sub(MASK, said))
    return said + advice[0] if advice else said


def _told(run: re.Match[str]) -> str:
    return MASK if "@" in fold(run[0]) or sum(c.isdigit() for c in fold(run[0])) > _TOLD else run[0]
