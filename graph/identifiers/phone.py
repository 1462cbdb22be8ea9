"""Telephone numbers in E.164, read as they are written in China; masked ones kept as what is known of them.

A masked number keeps its visible digits: `138****1234`, `138 **** 1234` and `138xxxx1234` meet in `+86138****1234`, and
`159***3177`, whose stars do not count the hidden digits, in `+86159****3177`. `mask_of` gives the same key for a full
number. Digits of other scripts and letters are refused, which the phonenumbers library would turn into digits.

>>> validate("(+86) 138-0013-8000"), validate("010-62086566 转 8001"), validate("159***3177")
('+8613800138000', '+861062086566', '+86159****3177')
>>> mask_of("+8613800138000"), fits("+86138****8000", "+8613800138000")
('+86138****8000', True)
>>> format("+861062086566"), format("+8613800138000"), format("138xxxx8000")
('010-62086566', '138 0013 8000', '138****8000')
>>> doubts("138****8000"), doubts("14012345678")
(('masked',), ('unknown_range',))
"""

from __future__ import annotations

import re
from functools import lru_cache

from graph.errors import InvalidValue
from graph.identifiers.characters import DASHES, SPACES, folding
from graph.identifiers.validity import accepted_by

# The commonest spellings are read by one expression: the library takes some twenty times as long.
_MOBILE = re.compile("(?:(?:[+]|00)?86[ -]?)?0?(1[3-9][0-9])[ -]?([0-9]{4})[ -]?([0-9]{4})")
_E164_MOBILE = re.compile("[+]86(1[3-9][0-9])[0-9]{4}([0-9]{4})")
_DIGITS = re.compile("[+]?[0-9]+")
# Area codes have two digits when they begin with 1 or 2, else three; subscribers' numbers begin with 2 to 8.
_LANDLINE = re.compile("[+]86(10|2[0-9]|[3-9][0-9]{2})([2-8][0-9]{6,7})")
_SHARED = re.compile("[+]86([48]00)([0-9*]{3})([0-9*]{4})")
_TRUNK = re.compile("(?:[+]86|0086|0)[1-9]")

_EXTENSION_WORD = re.compile(r"([0-9][0-9 ()\-]{5,}[0-9])[ ,;]*(?:转|轉|分机|分機|EXT[.:]?|X|#)[ ]*([0-9]{1,6})")
_EXTENSION_DASH = re.compile("((?:0[0-9]{2,3}-[0-9]{7,8})|400-?[0-9]{3}-?[0-9]{4})-([0-9]{1,6})")

_MASKED = re.compile("([+]86|0086|86(?=1[3-9]))?([0-9*]+)")
_MASKED_ONCE = re.compile("([0-9]*)[*]+([0-9]*)")
_MASKED_ABROAD = re.compile("[+][1-9][0-9*]{6,14}")
_MASKED_LANDLINE = re.compile("(0?)(10|2[0-9]|[3-9][0-9]{2})([0-9*]+)")

_SPACED = folding(replace=dict.fromkeys(DASHES, "-") | dict.fromkeys(SPACES, " "))
_FOLDING = folding(drop=SPACES + DASHES + "'().·/", replace=dict.fromkeys("xXｘＸ×●•○◆■□※∗✱﹡#＃?？", "*"))
_LONGEST = 40


def compact(value: str) -> str:
    """Return digits, `+` and `*` without separators, the extension left out; nothing is checked."""
    text = value.translate(_SPACED).strip().removeprefix("TEL:")
    if len(text) <= _LONGEST:
        text = _split_extension(text)[0]
    return text.translate(_FOLDING)


def validate(value: str) -> str:
    """Return the number in E.164, with `*` for each hidden digit when it is masked.

    Raises:
        InvalidValue: Not a telephone number at all (`format`), too few or too many digits (`length`), or digits that no
            telephone has: an area or a country that is missing or not assigned, nothing visible (`component`).
    """
    mobile = _MOBILE.fullmatch(value)
    if mobile is None:
        return _validate_other(value)
    return f"+86{mobile[1]}{mobile[2]}{mobile[3]}"


is_valid = accepted_by(validate)


def format(value: str) -> str:
    """Return the number as people in China read it; one that is not valid comes back in its compact form."""
    try:
        number = validate(value)
    except InvalidValue:
        return compact(value)
    national = number.removeprefix("+86")
    shared = _SHARED.fullmatch(number)
    if shared is not None:
        return "-".join(shared.groups())
    if not number.startswith("+86"):
        return number if "*" in number else _spaced_abroad(number)
    if len(national) == 11 and national[0] in "1*":
        return national if "*" in national else f"{national[:3]} {national[3:7]} {national[7:]}"
    area = 2 if national[0] in "12" else 3
    return f"0{national[:area]}-{national[area:]}"


def doubts(value: str) -> tuple[str, ...]:
    """Say what is unknown of a valid number, as it came.

    `masked`: some digits are hidden. `little_visible`: fewer than seven are not. `unknown_range`: possible, but of
    a range that is not known to be in use. `extension`: of a switchboard, whose extension the E.164 number does not
    have.
    """
    # Chinese mobile ranges are told apart by their first five digits, so that few numbers need to be looked up.
    mobile = _MOBILE.fullmatch(value)
    if mobile is not None:
        return () if _is_assigned(f"+86{mobile[1]}{mobile[2][:2]}000000") else ("unknown_range",)
    number = validate(value)
    if "*" in number:
        visible = sum(character.isdigit() for character in number.removeprefix("+86"))
        return ("masked",) if visible >= 7 else ("masked", "little_visible")
    found = []
    if not _is_assigned(number):
        found.append("unknown_range")
    if len(value) <= _LONGEST and _split_extension(value.translate(_SPACED).strip())[1]:
        found.append("extension")
    return tuple(found)


def mask_of(value: str) -> str | None:
    """Return the key that a canonical Chinese mobile has when masked to 3 and 4 digits, or nothing."""
    mobile = _E164_MOBILE.fullmatch(value)
    return None if mobile is None else f"+86{mobile[1]}****{mobile[2]}"


def fits(masked: str, full: str) -> bool:
    """Tell whether a canonical number can be what a canonical masked one hides; two masked ones may fit as well."""
    if len(masked) != len(full):
        return False
    return all(one == other or one == "*" or other == "*" for one, other in zip(masked, full, strict=True))


def _validate_other(value: str) -> str:
    number = compact(value)
    if "*" in number:
        return _validate_masked(value, number)
    mobile = _MOBILE.fullmatch(number)
    if mobile is not None:
        return f"+86{mobile[1]}{mobile[2]}{mobile[3]}"
    if _DIGITS.fullmatch(number) is None:
        raise InvalidValue("phone", value, "format", "digits expected, with + before a country code")
    if not 5 <= len(number) <= 20:
        raise InvalidValue("phone", value, "length", f"too few or too many digits: {number[:30]}")
    canonical, reason, detail = _parse(number)
    if reason:
        raise InvalidValue("phone", value, reason, detail)
    return canonical


@lru_cache(maxsize=65_536)
def _parse(number: str) -> tuple[str, str, str]:
    """Read digits by the library: the number in E.164, or the reason and detail why it is none."""
    # Imported here, as below: most files hold Chinese mobiles only, and the library takes long to start.
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, "CN")
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            return "", "component", "no country has this code"
        return "", "length", "too few or too many digits"
    canonical = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if phonenumbers.is_valid_number(parsed):
        return canonical, "", ""
    possible = phonenumbers.is_possible_number_with_reason(parsed)
    if possible == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        return "", "component", "the area code is missing"
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        return "", "length", "too few or too many digits"
    # The library takes one zero off the front of some numbers abroad each time: go on until none is left to take.
    if parsed.country_code != 86 and canonical != number:
        return _parse(canonical)
    if parsed.country_code != 86 or (_TRUNK.match(number) and _LANDLINE.fullmatch(canonical)):
        return canonical, "", ""
    if canonical[3] == "1" and canonical[4] in "3456789":
        return "", "length", "a Chinese mobile number has 11 digits"
    return "", "component", "no Chinese number begins like this"


@lru_cache(maxsize=65_536)
def _is_assigned(number: str) -> bool:
    import phonenumbers

    return phonenumbers.is_valid_number(phonenumbers.parse(number))


def _spaced_abroad(number: str) -> str:
    import phonenumbers

    return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _validate_masked(value: str, number: str) -> str:
    domestic = _MASKED.fullmatch(number)
    if domestic is None:
        if _MASKED_ABROAD.fullmatch(number) is None:
            raise InvalidValue("phone", value, "format", "digits and stars expected")
        return number
    visible = domestic[2]
    landline = _MASKED_LANDLINE.fullmatch(visible)
    if visible[:3] in ("400", "800"):
        length = 10
    elif landline is not None and (landline[1] or domestic[1]):
        area, local = landline[2], landline[3]
        visible = area + (_stretched(local, 8) if len(area) == 2 else local)
        length = len(area) + (7 if len(visible) == 10 and len(area) == 3 else 8)
    else:
        # The 1 in front is common to all mobiles, so that it tells nothing.
        visible, length = visible.removeprefix("0"), 11
        if not visible[1:].strip("*"):
            raise InvalidValue("phone", value, "component", "no digit is visible")
        if visible[0] not in "1*" or visible[1] in "012":
            raise InvalidValue("phone", value, "component", "no Chinese number begins like this")
    visible = _stretched(visible, length)
    if len(visible) != length:
        raise InvalidValue("phone", value, "length", f"{length} digits and stars expected")
    return f"+86{visible}"


def _stretched(visible: str, length: int) -> str:
    """Let one run of stars stand for as many digits as are hidden."""
    once = _MASKED_ONCE.fullmatch(visible)
    if once is None or len(once[1]) + len(once[2]) >= length:
        return visible
    return once[1] + "*" * (length - len(once[1]) - len(once[2])) + once[2]


def _split_extension(text: str) -> tuple[str, str]:
    """Split folded text into number and extension, which is empty when there is none."""
    found = _EXTENSION_WORD.search(text) or _EXTENSION_DASH.search(text)
    if found is None or found.end() != len(text):
        return text, ""
    return text[: found.end(1)], found[2]
