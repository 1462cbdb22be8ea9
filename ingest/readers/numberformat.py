"""Number formats of Excel (ECMA-376, 18.8.30 and 18.8.31): which of them make a date of a number."""

from __future__ import annotations

import re

# Built-in formats that are dates or times, the Chinese and Japanese ones (27-36, 50-58) included: ECMA-376, 18.8.30.
BUILT_IN_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
NOT_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')


def number_kind(number: str, codes: dict[str, str]) -> str:
    """What a number format makes of a number: `d` a date or time, a run of zeros to fill up to, else `n`."""
    code = codes.get(number)
    if code is None:
        return "d" if number.isdigit() and int(number) in BUILT_IN_DATES else "n"
    bare = NOT_CODE.sub("", code.split(";")[0])
    if re.fullmatch("0{2,}", bare) and bare == code:
        return bare
    # [h]:mm counts hours and is no time of day; its brackets are gone from `bare`, so that only mm or ss is left.
    if re.search(r"\[(?:h+|m+|s+)\]", code, re.IGNORECASE):
        return "n"
    return "d" if re.search("[ymdhs]", bare, re.IGNORECASE) and "general" not in bare.lower() else "n"
