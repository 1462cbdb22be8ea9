"""Numbers of international postal items (UPU S10): two letters of the service, eight digits, a check digit, a country.

>>> validate("RB 123 456 785 GB")
'RB123456785GB'
>>> format("RB123456785GB")
'RB 123 456 785 GB'
>>> is_valid("RB123456786GB")
False
"""

from __future__ import annotations

import re
from operator import mul

from graph.errors import InvalidValue
from graph.identifiers.characters import DASHES, SPACES, folding
from graph.identifiers.validity import accepted_by

_SHAPE = re.compile("[A-Z]{2}[0-9]{9}[A-Z]{2}")
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
# By 11 minus the remainder: 10 is written 0, and 11 (here remainder 0, so place 0) is written 5.
_CHECKS = "51234567890"
_FOLDING = folding(drop=SPACES + DASHES + "'")

# First letters of UPU S10: express, letters, M bags, business reply, registered, tracked, insured, parcels, e-commerce,
# and those left to the posts at home.
_SERVICES = re.compile("[ELMRUVCHBDNPZ][A-Z]|Q[A-M]|A[V-Z]|G[AD]")

# ISO 3166-1, then what posts used before a country changed its name or was divided, and XK for Kosovo.
_COUNTRIES = frozenset(
    """AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
    CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB
    GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG
    KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
    MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB
    SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US
    UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW AC AN CS DD SU TA TP YU XK UN EU""".split()
)


def compact(value: str) -> str:
    """Return the number without separators, in ASCII and upper case; nothing is checked."""
    return value.translate(_FOLDING)


def validate(value: str) -> str:
    """Return the compact number.

    Raises:
        InvalidValue: Not 13 characters (`length`), not letters and digits in their places (`format`), the check
            digit does not fit (`checksum`), or no post has that country code (`component`).
    """
    number = compact(value)
    if len(number) != 13:
        raise InvalidValue("s10", value, "length", f"a postal item number has 13 characters, this has {len(number)}")
    if _SHAPE.fullmatch(number) is None:
        raise InvalidValue("s10", value, "format", "two letters, nine digits and two letters expected")
    check = _CHECKS[-sum(map(mul, map(int, number[2:10]), _WEIGHTS)) % 11]
    if number[10] != check:
        raise InvalidValue("s10", value, "checksum", f"the ninth digit should be {check}")
    if number[11:] not in _COUNTRIES:
        raise InvalidValue("s10", value, "component", f"no country has the code {number[11:]}")
    return number


is_valid = accepted_by(validate)


def format(value: str) -> str:
    """Return the number in the groups of its printed label: `RB 123 456 785 GB`."""
    number = compact(value)
    return " ".join(group for group in (number[:2], number[2:5], number[5:8], number[8:11], number[11:]) if group)


def doubts(value: str) -> tuple[str, ...]:
    """Say what is unknown of a valid number: `unknown_service` for letters that the UPU has not assigned."""
    return () if _SERVICES.fullmatch(compact(value)[:2]) else ("unknown_service",)
