"""E-mail addresses: the shape is checked, not whether a mailbox exists.

Both parts are lower-cased. RFC 5321 lets the part before the `@` depend on case, but no large provider does, and
people write one address in several ways. Domains in other scripts are written in Punycode.

>>> validate("Sales@Example.COM")
'sales@example.com'
>>> is_valid("sales@example"), doubts("z***@qq.com")
(False, ('masked',))
"""

from __future__ import annotations

import re

from graph.errors import InvalidValue
from graph.identifiers.characters import SPACES, folding
from graph.identifiers.validity import accepted_by

_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile("(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?[.])+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})")
_LONGEST_LOCAL, _LONGEST = 64, 254
_LOWER = {chr(start + offset): chr(97 + offset) for start in (0x41, 0xFF21) for offset in range(26)}
_FOLDING = folding(keep_case=True, replace=_LOWER | dict.fromkeys(SPACES, " "))
_SPACED = re.compile(" *([@.]) *")


def compact(value: str) -> str:
    """Return the address in lower case, without `mailto:`, angle brackets, spaces at its joints; nothing is checked."""
    address = value.translate(_FOLDING).strip().removeprefix("mailto:")
    if " " in address:
        address = _SPACED.sub(r"\1", address)
    if address[:1] == "<" and address[-1:] == ">":
        address = address[1:-1]
    local, at, domain = address.rpartition("@")
    if domain.isascii() or len(domain) > _LONGEST:
        return address
    try:
        return f"{local}{at}{domain.encode('idna').decode('ascii').lower()}"
    except UnicodeError:
        return address


def validate(value: str) -> str:
    """Return the compact address.

    Raises:
        InvalidValue: Not a local part, one @ and a domain with a dot (`format`), or longer than RFC 5321 allows
            (`length`).
    """
    address = compact(value)
    local, _, domain = address.rpartition("@")
    if len(address) > _LONGEST or len(local) > _LONGEST_LOCAL:
        raise InvalidValue("email", value, "length", f"an address has at most {_LONGEST} characters")
    if _LOCAL.fullmatch(local) is None or _DOMAIN.fullmatch(domain) is None:
        raise InvalidValue("email", value, "format", "an address such as name@example.com expected")
    return address


is_valid = accepted_by(validate)
format = compact


def doubts(value: str) -> tuple[str, ...]:
    """Say what is unknown of a valid address: `masked` when stars stand for a part of it."""
    return ("masked",) if "*" in compact(value) else ()
