"""Division codes (GB/T 2260) of today and of the past: an identifier keeps the code of the year it was issued in."""

from __future__ import annotations

from functools import lru_cache

from stdnum import numdb

_NATION = "100000"
"""Stands for the central registries; the table of places does not list it."""


@lru_cache(maxsize=8192)
def is_known_division(code: str) -> bool:
    """Tell whether a six-digit code is a province, city or county of today or of the past."""
    if code == _NATION:
        return True
    return any("county" in place for _, place in numdb.get("cn/loc").info(code))
