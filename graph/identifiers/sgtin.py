"""Serialised trade items (GS1): one single article, by its GTIN and a serial number.

The same article is written as an EPC URN, as a Digital Link of any domain, in brackets below a bar code, or as a
scanner sends it. All of them meet in the canonical Digital Link, https://id.gs1.org/01/GTIN/21/SERIAL, with a GTIN
of 14 digits. The URN could not be that form: it tells where the company prefix ends, which the other spellings do
not. Serial numbers keep their case and their leading zeros, since both matter.

>>> validate("urn:epc:id:sgtin:4012345.011111.9876")
'https://id.gs1.org/01/04012345111118/21/9876'
>>> validate("(01)04012345111118(21)9876") == validate("https://brand.example/p/01/4012345111118/21/9876?v=1")
True
>>> format("urn:epc:id:sgtin:4012345.011111.9876")
'(01)04012345111118(21)9876'
>>> urn("https://id.gs1.org/01/04012345111118/21/9876", company_prefix_length=7)
'urn:epc:id:sgtin:4012345.011111.9876'
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from stdnum import ean

from graph.errors import InvalidValue
from graph.identifiers import gtin
from graph.identifiers.characters import SPACES, folding
from graph.identifiers.epc import LINK_ROOT, link_escaped, link_parts, unescaped, urn_escaped
from graph.identifiers.validity import accepted_by

_URN = re.compile(r"urn:epc:(?:id:sgtin|tag:sgtin-(?:96|198):[0-7]):([0-9]{6,12})\.([0-9])([0-9]{0,6})\.(.+)", re.I)
_BRACKETED = re.compile(
    r"\(01\)([0-9]{14})(?:\((?:10|1[1-7]|22)\)[^()]+)*\(21\)([^()]+)(?:\((?:10|1[1-7]|22)\)[^()]+)*"
)
_BRACKETED_PLAIN = re.compile(r"\(01\)([0-9]{14})\(21\)(.+)")
_SCANNED = re.compile(r"(?:\][A-Za-z][0-9])?\x1d?01([0-9]{14})21([^\x1d]+)\x1d?")
# The character set 82 of the GS1 General Specifications, figure 7.11-1.
_SERIAL = re.compile(r"""[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}""")
_FOLDING = folding(drop=SPACES.replace("\x1d", ""), keep_case=True)
_EXPECTED = "an EPC URN, a Digital Link or (01)…(21)… expected"


@dataclass(frozen=True, slots=True)
class Item:
    """One article: its GTIN in 14 digits and its serial number, unescaped."""

    gtin: str
    serial: str


def read(value: str) -> Item | None:
    """Read any spelling into its two parts without checking them, or nothing when it is none of them."""
    text = value.translate(_FOLDING)
    if text[:4].lower() == "urn:":
        return _read_urn(text)
    if ":" in text[:6]:
        parts = link_parts(text)
        if parts is None or "01" not in parts or "21" not in parts:
            return None
        return Item(parts["01"].zfill(14), parts["21"])
    found = _BRACKETED.fullmatch(text) or _BRACKETED_PLAIN.fullmatch(text) or _SCANNED.fullmatch(text)
    return None if found is None or not found[2].isascii() else Item(found[1], found[2])


def _read_urn(text: str) -> Item | None:
    urn = _URN.fullmatch(text)
    if urn is None or len(urn[1]) + len(urn[3]) != 12:
        return None
    serial = unescaped(urn[4])
    if serial is None:
        return None
    payload = urn[2] + urn[1] + urn[3]
    return Item(payload + ean.calc_check_digit(payload), serial)


def compact(value: str) -> str:
    """Return the canonical Digital Link where the spelling is known, else the value itself; nothing is checked."""
    item = read(value)
    return value.translate(_FOLDING) if item is None else _link(item)


def validate(value: str) -> str:
    """Return the canonical Digital Link.

    Raises:
        InvalidValue: None of the spellings or a wrong character in the serial (`format`), a serial longer than 20
            characters or a GTIN of a wrong length (`length`), a GTIN of zeros (`component`), or its check digit
            does not fit (`checksum`).
    """
    return _link(parts(value))


def parts(value: str) -> Item:
    """Return GTIN-14 and serial of any spelling; raises as `validate` does."""
    item = read(value)
    if item is None:
        raise InvalidValue("sgtin", value, "format", _EXPECTED)
    try:
        gtin.validate(item.gtin)
    except InvalidValue as error:
        raise InvalidValue("sgtin", value, error.reason, f"GTIN {item.gtin}: {error.detail}") from None
    if len(item.serial) > 20:
        raise InvalidValue("sgtin", value, "length", "a serial number has at most 20 characters")
    if _SERIAL.fullmatch(item.serial) is None:
        raise InvalidValue(
            "sgtin", value, "format", f"serial number {item.serial!r} has a character GS1 does not allow"
        )
    return item


is_valid = accepted_by(validate)


def format(value: str) -> str:
    """Return the article as it is printed below a bar code: `(01)04012345111118(21)9876`."""
    item = read(value)
    return compact(value) if item is None else f"(01){item.gtin}(21){item.serial}"


def urn(value: str, company_prefix_length: int | None = None) -> str:
    """Return any valid spelling as an EPC URN.

    Args:
        value: The article in any spelling.
        company_prefix_length: Digits of the company prefix, 6 to 12; looked up in the list of GS1 when not given.

    Raises:
        InvalidValue: The value is not valid, or the length is not known or not possible (`component`).
    """
    item = parts(value)
    length = _company_prefix_length(item.gtin) if company_prefix_length is None else company_prefix_length
    if length is None or not 6 <= length <= 12:
        raise InvalidValue(
            "sgtin", value, "component", "where the company prefix of this GTIN ends is not known: give it"
        )
    prefix, reference = item.gtin[1 : 1 + length], item.gtin[0] + item.gtin[1 + length : 13]
    return f"urn:epc:id:sgtin:{prefix}.{reference}.{urn_escaped(item.serial)}"


def doubts(value: str) -> tuple[str, ...]:
    """Say what is unknown of a valid article: what is unknown of its GTIN."""
    item = read(value)
    return () if item is None else gtin.doubts(item.gtin)


def _link(item: Item) -> str:
    return f"{LINK_ROOT}/01/{item.gtin}/21/{link_escaped(item.serial)}"


def _company_prefix_length(number: str) -> int | None:
    # Imported here: biip unpacks all company prefixes on import, which most runs never need.
    from biip.gs1_prefixes import GS1CompanyPrefix

    prefix = GS1CompanyPrefix.extract(number[1:])
    return None if prefix is None else len(prefix.value)
