"""What a column seems to hold: told from its values by validators, and from its header by words in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from graph import addresses, names, values
from graph.errors import InvalidValue
from graph.identifiers import container, email, hs, icp, phone, plate, sgtin, uscc
from graph.ontology import ontology

Words = dict[str, tuple[str, ...]]

_MOST = 0.8
"""The share of a column's values that must pass: feeds have mistakes, and are drafted for all the same."""
_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?[\d,]*\.?\d+")
_HEADERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("address", re.compile(r"地址|住所|\baddress\b|\baddr\b", re.IGNORECASE)),
    ("phone", re.compile(r"电话|手机|联系方式|\bphone\b|\bmobile\b|\btel\b", re.IGNORECASE)),
    ("email", re.compile(r"邮箱|\be-?mail\b", re.IGNORECASE)),
    ("handle", re.compile(r"微信|\bwechat\b|\bqq\b|QQ", re.IGNORECASE)),
    ("icp", re.compile(r"网站备案|\bicp\b|ICP", re.IGNORECASE)),
    ("uscc", re.compile(r"信用代码|\buscc\b|credit code", re.IGNORECASE)),
    (
        "id",
        re.compile(r"证件|身份证|\b(?:holder|shareholder|owner|seller|person|identity|national) id\b", re.IGNORECASE),
    ),
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sample.

    Attributes:
        name: Its header.
        sample: Its values that are not empty.
        holds: What they are: `uscc`, `phone`, `email`, `handle`, `url`, `container`, `plate`, `icp`, `sgtin`,
            `date`, `number`, `address`, `party`, `id` or `text`.
        is_sure: Whether the values say so, and not the header alone.
        is_unique: Whether every row has a value of its own.
    """

    name: str
    sample: tuple[str, ...]
    holds: str
    is_sure: bool
    is_unique: bool


def sensed(name: str, texts: Sequence[str]) -> Column:
    """A column by its header and its values, empty ones included."""
    sample = tuple(text.strip() for text in texts if text.strip())
    is_unique = len(sample) >= 0.98 * len(texts) and len(set(sample)) >= 0.98 * len(sample) and bool(sample)
    header = spaced(name)
    by_header = next((sense for sense, pattern in _HEADERS if pattern.search(header) or pattern.search(name)), "")
    for sense, is_one in _SENSES:
        if sample and sum(map(is_one, sample)) >= _MOST * len(sample):
            # Many numbers look like phones or plates: the header must not speak of anything else.
            if sense == "phone" and by_header != "phone" and numbered(header):
                continue
            if sense == "plate" and sample[0].isascii() and numbered(header) != "Vehicle":
                continue
            if by_header in ("handle", "id") or (sense == "number" and by_header):
                break
            return Column(name, sample, sense, True, is_unique)
    if by_header:
        return Column(name, sample, by_header, False, is_unique)
    return Column(name, sample, "text", False, is_unique)


def spaced(header: str) -> str:
    """A header in words: `consignorName` and `consignor_name` are `consignor name`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", header)
    return re.sub(r"[_\W]+", " ", words).strip().lower()


def fit(header: str, words: Sequence[str]) -> float:
    """How well a header fits the best of some words, 0 to 1: earlier words and those that cover more of it fit more."""
    found = 0.0
    text = spaced(header)
    for place, word in enumerate(words):
        covers = word in text if not word.isascii() else re.search(rf"\b{re.escape(word)}\b", text) is not None
        if covers:
            found = max(found, 0.4 + 0.6 * len(word) / max(len(text), 1) - 0.01 * place)
    return found


def numbered(header: str) -> str:
    """The kind of node whose number a header speaks of, "" when of none."""
    best = max(words("kinds").items(), key=lambda item: fit(header, item[1]))
    return best[0] if fit(header, best[1]) > 0 else ""


@cache
def words(part: str) -> Words:
    """The words of one part of `headers.yaml`, by what they stand for."""
    text = files("ingest").joinpath("headers.yaml").read_text("utf-8")
    found: Words = {
        name: tuple(str(word).lower() for word in listed)
        for name, listed in yaml.load(text, Loader=yaml.CSafeLoader)[part].items()
    }
    if part == "links":
        for name, link in ontology().links.items():
            found[name] = (*found.get(name, ()), link.label.zh)
    return found


def _is_date(text: str) -> bool:
    if text.isdecimal() and len(text) != 8:
        return False
    try:
        values.day(text)
    except InvalidValue:
        return False
    return True


def _is_address(text: str) -> bool:
    found = addresses.parse(text)
    return bool((found.city or found.province) and (found.road or found.district)) and len(text) > 6


def _is_party(text: str) -> bool:
    return len(text) < 80 and names.kind_of_name(text) in ("company", "person", "shop")


_SENSES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("uscc", uscc.is_valid),
    ("sgtin", sgtin.is_valid),
    ("container", container.is_valid),
    ("plate", plate.is_valid),
    ("icp", icp.is_valid),
    ("email", email.is_valid),
    ("url", lambda text: _URL.fullmatch(text) is not None),
    ("date", _is_date),
    ("phone", lambda text: phone.is_valid(text) and (len(text) > 10 or not hs.is_valid(text))),
    ("number", lambda text: _NUMBER.fullmatch(text) is not None),
    ("address", _is_address),
    ("party", _is_party),
)
