"""Which node a text names: the one key that every spelling of an identifier, an address or a name meets in.

Loading and asking use the same functions, so that a clue typed by a person finds the node that a feed made.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from graph import addresses, identifiers, names, persons, scripts
from graph.errors import InvalidValue
from graph.identifiers import gtin, icp, patent, phone, trademark, uscc
from graph.model import Scalar, node_id
from graph.ontology import ontology

_SIZE = 1 << 15
_NOTHING: Mapping[str, Scalar] = {}
_SUMS = ("合计", "总计", "小计", "共计", "total", "totals", "subtotal", "sub-total", "grandtotal", "GrandTotal")
_NO_NUMBER = frozenset(
    form + end for word in _SUMS for form in (word, word.capitalize(), word.upper()) for end in ("", ":")
)
"""What spreadsheets write below their last row, in the column of the numbers."""
_NOBODY = frozenset(("无", "暂无", "未知", "不详", "匿名", "个人", "本人", "n/a", "na", "none", "null", "unknown"))
"""What people write where they name nobody: no two of them are one."""


class Identity(NamedTuple):
    """The node that a text names.

    Attributes:
        node: Its id.
        values: What the text says of the node's own properties.
        said: What it says beyond them, kept on the link to the node: the spelling, the building and floor.
        doubts: What is unknown of it, in short codes.
    """

    node: str
    values: Mapping[str, Scalar] = _NOTHING
    said: Mapping[str, Scalar] = _NOTHING
    doubts: tuple[str, ...] = ()


def identify(kind: str, text: str) -> Identity:
    """The node of a kind that a non-empty text names.

    A masked phone names a `MaskedPhone` when a `Phone` is asked for.

    Raises:
        InvalidValue: The text breaks the rule of the kind's identifier.
    """
    if kind in _numbered() and (key := number_key(text)):
        if key in _NO_NUMBER:
            raise InvalidValue(kind, text, "format", "is a word for a sum and no number; take its row out")
        return Identity(f"{kind}/{key}")
    return _identify(kind, text)


@cache
def _numbered() -> frozenset[str]:
    """The kinds whose numbers are taken as they are: nothing is gained by keeping those, most come once."""
    return frozenset(name for name, kind in ontology().kinds.items() if kind.identity == "number") - {"Handle", "Right"}


@lru_cache(maxsize=_SIZE)
def _identify(kind: str, text: str) -> Identity:
    if kind == "Phone":
        number = phone.validate(text)
        return Identity(node_id("MaskedPhone" if "*" in number else "Phone", number), doubts=phone.doubts(number))
    if kind == "Address":
        return _address(text)
    identity = ontology().kinds[kind].identity
    if identity in identifiers.KINDS:
        module = identifiers.get(identity)
        key = module.validate(text)
        doubts = module.doubts(key)
        if identity == "icp":
            # The sites of one filer are told apart by a suffix; the number without it is whose they all are.
            return Identity(node_id(kind, icp.filing(key)), said={"text": key}, doubts=doubts)
        return Identity(node_id(kind, gtin.fourteen(key) if identity == "gtin" else key), doubts=doubts)
    key = number_key(text)
    if kind == "Handle":
        key = key.lower()
    elif kind == "Right":
        key = _right_key(key)
    if not key:
        raise InvalidValue(kind, text, "missing", "is empty")
    return Identity(node_id(kind, key))


@lru_cache(maxsize=_SIZE)
def identify_number(number: str) -> str:
    """The id of the company or the person that an identity number names.

    A credit code is told from a person's number by its letters, and one of digits alone by what no person's number has:
    check characters that fit and a date of birth that does not. A hash of a person's number counts as that number.

    Raises:
        InvalidValue: It is a credit code with a mistake.
    """
    if len(number) == 18 and not number.islower():
        is_credit_code = not number[:17].isdigit()
        if is_credit_code or (uscc.is_valid(number) and not _is_day(number[6:14])):
            return node_id("Company", uscc.validate(number))
    return node_id("Person", number_key(number))


def _is_day(digits: str) -> bool:
    return "1880" < digits[:4] < "2100" and "01" <= digits[4:6] <= "12" and "01" <= digits[6:8] <= "31"


def number_key(text: str) -> str:
    """A number that some register gave, without blanks, its full-width characters made plain."""
    if text.isascii() and text.isprintable() and " " not in text:
        return text
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isprintable() and not c.isspace())


def _right_key(number: str) -> str:
    """The number of a right; a patent's is told from a trademark's by its ZL or its point, and bears the ZL here."""
    if number[:2].upper() == "ZL" or "." in number:
        return f"ZL{patent.validate(number)}"
    return trademark.validate(number) if trademark.is_valid(number) else number.upper()


@lru_cache(maxsize=_SIZE)
def named(text: str) -> Identity | None:
    """The name that a party's, shop's or person's text holds, or None when nothing in it tells one from another.

    Equal keys are equal in sound only; the slots in `said` (place, trade name, industry, legal form) tell more.
    """
    if scripts.fold(text).lower() in _NOBODY:
        return None
    nature = names.kind_of_name(text)
    if nature == "person":
        person = persons.parse_person(text)
        if not person.given:
            return None
        sound = "".join(person.syllables)
        spelled = person.surname + person.given if person.script == "han" else " ".join(person.syllables)
        return Identity(node_id("Name", sound), {}, {"text": text, "trade": spelled, "form": "person"})
    company = names.parse_company(text)
    if not company.trade_pinyin:
        return None
    slots = {"place": company.place, "trade": company.trade, "industry": company.industry, "form": company.form}
    said = {"text": text} | {name: value for name, value in slots.items() if value}
    return Identity(node_id("Name", company.trade_pinyin), {}, said)


def _address(text: str) -> Identity:
    found = addresses.parse(text)
    key = found.key or found.loose_key or f"={found.text}"
    parts = {
        "country": found.country,
        "province": found.province,
        "city": found.city,
        "district": found.district,
        "code": found.code or "",
        "road": found.road,
        "number": found.number,
    }
    spelled = "".join(
        (found.province, found.city, found.district, found.road, f"{found.number}号" if found.number else "")
    )
    values: dict[str, Scalar] = {name: value for name, value in parts.items() if value}
    values["text"] = spelled if found.road and found.number else text
    unit = "".join(part for part in (found.building, found.floor, found.room) if part)
    said: dict[str, Scalar] = {"text": text, "unit": unit} if unit else {"text": text}
    return Identity(node_id("Address", key), values, said, () if found.complete else ("incomplete",))
