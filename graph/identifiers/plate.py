"""Number plates of Chinese vehicles (GA 36-2018): province, office, and five characters, or six for new energy.

Plates have no check digit. A plate that begins with a province must keep the layout; one of another kind (armed forces,
embassies, other countries) is kept and flagged.

>>> validate("粤b·12345")
'粤B12345'
>>> format("粤BD12345")
'粤B·D12345'
>>> is_valid("京AI2345"), doubts("29C12345")
(False, ('unknown_layout',))
"""

from __future__ import annotations

import re

from graph.errors import InvalidValue
from graph.identifiers.characters import DASHES, SPACES, folding
from graph.identifiers.validity import accepted_by

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

_LETTER = "A-HJ-NP-Z"
_ENERGY = "[A-HJK]"
_LAYOUT = re.compile(
    f"[{PROVINCES}][{_LETTER}](?:"
    f"[0-9{_LETTER}]{{5}}"
    f"|[0-9{_LETTER}]{{4}}[挂学警港澳领试超]"
    "|[0-9]{4}应急"
    f"|{_ENERGY}[0-9{_LETTER}][0-9]{{4}}"
    f"|[0-9]{{5}}{_ENERGY})"
)
# The letter O stood for the police in former times; embassies and the armed forces have layouts of their own.
_OTHER = re.compile(f"[{PROVINCES}]O[0-9{_LETTER}]{{4}}[0-9{_LETTER}警]|[A-Z0-9使领军WJ{PROVINCES}]{{4,10}}")
_FOLDING = folding(
    drop=SPACES + DASHES + "'·•・‧∙.。_",
    replace=dict(zip("滬雲遼魯蘇贛鄂晉陝閩貴寧瓊學領應掛粵", "沪云辽鲁苏赣鄂晋陕闽贵宁琼学领应挂粤", strict=True)),
)


def compact(value: str) -> str:
    """Return the plate without separators, in ASCII, upper case and simplified characters; nothing is checked."""
    return value.translate(_FOLDING)


def validate(value: str) -> str:
    """Return the compact plate.

    Raises:
        InvalidValue: Too few or too many characters behind a province (`length`), or a layout that no plate has
            (`format`).
    """
    plate = compact(value)
    if _LAYOUT.fullmatch(plate) is not None or _is_of_another_layout(plate):
        return plate
    if plate[:1] and plate[0] in PROVINCES and not 7 <= len(plate) <= 8:
        raise InvalidValue("plate", value, "length", f"7 or 8 characters expected, {len(plate)} found")
    raise InvalidValue(
        "plate", value, "format", "a province, a letter and five characters (six for new energy) expected"
    )


is_valid = accepted_by(validate)


def format(value: str) -> str:
    """Return the plate with the dot that is printed on it: `粤B·12345`."""
    plate = compact(value)
    return f"{plate[:2]}·{plate[2:]}" if _LAYOUT.fullmatch(plate) is not None else plate


def doubts(value: str) -> tuple[str, ...]:
    """Say what is unknown of a valid plate: `unknown_layout` when it is none of the civil layouts."""
    return () if _LAYOUT.fullmatch(compact(value)) is not None else ("unknown_layout",)


def _is_of_another_layout(plate: str) -> bool:
    if _OTHER.fullmatch(plate) is None:
        return False
    if plate[0] in PROVINCES:
        return plate[1] == "O" and len(plate) == 7
    return any(map(str.isdigit, plate)) and not all(map(str.isdigit, plate))
