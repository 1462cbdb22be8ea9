"""Serial shipping container codes (GS1): 18 digits on a pallet or a parcel, the last of which checks the others.

Read as bare digits, with their application identifier (`(00)…`, `00…`), as an EPC URN and as a Digital Link; all
four meet in the 18 digits. python-stdnum has no such module, and its gs1_128 accepts a wrong check digit.

>>> validate("(00)106141412345678908")
'106141412345678908'
>>> validate("urn:epc:id:sscc:0614141.1234567890")
'106141412345678908'
>>> validate("https://id.gs1.org/00/106141412345678908")
'106141412345678908'
"""

from __future__ import annotations

import re

from stdnum import ean

from graph.errors import InvalidValue
from graph.identifiers.characters import DASHES, SPACES, folding
from graph.identifiers.epc import link_parts
from graph.identifiers.validity import accepted_by

_DIGITS = re.compile("[0-9]+")
_LABELLED = re.compile(r"\(00\)([0-9]{18})|00([0-9]{18})")
_URN = re.compile(r"urn:epc:(?:id:sscc|tag:sscc-96:[0-7]):?([0-9]{6,12})\.([0-9])([0-9]{4,10})", re.IGNORECASE)
_WIDTH = folding(drop=SPACES, keep_case=True)
_FOLDING = folding(drop=SPACES + DASHES + "'")


def compact(value: str) -> str:
    """Return the 18 digits where the spelling is known, else the value without separators; nothing is checked."""
    text = value.translate(_WIDTH)
    if ":" in text:
        urn = _URN.fullmatch(text)
        if urn is not None and len(urn[1]) + len(urn[3]) == 16:
            payload = urn[2] + urn[1] + urn[3]
            return payload + ean.calc_check_digit(payload)
        return (link_parts(text) or {}).get("00", text)
    digits = text.translate(_FOLDING)
    labelled = _LABELLED.fullmatch(digits)
    return digits if labelled is None else labelled[1] or labelled[2]


def validate(value: str) -> str:
    """Return the 18 digits.

    Raises:
        InvalidValue: Not digits in one of the spellings (`format`), not 18 (`length`), all zeros (`component`), or the
            check digit does not fit (`checksum`).
    """
    number = compact(value)
    if _DIGITS.fullmatch(number) is None:
        raise InvalidValue(
            "sscc", value, "format", "18 digits, (00) and 18 digits, an EPC URN or a Digital Link expected"
        )
    if len(number) != 18:
        raise InvalidValue("sscc", value, "length", f"18 digits expected, {len(number)} found")
    if not number.strip("0"):
        raise InvalidValue("sscc", value, "component", "all digits are zero")
    check = ean.calc_check_digit(number[:-1])
    if number[-1] != check:
        raise InvalidValue("sscc", value, "checksum", f"the last digit should be {check}")
    return number


is_valid = accepted_by(validate)


def format(value: str) -> str:
    """Return the code as it is printed below a bar code: `(00)106141412345678908`."""
    return f"(00){compact(value)}"


def doubts(value: str) -> tuple[str, ...]:
    """Say what is unknown of a valid code: nothing, since nothing is listed."""
    return ()
