"""The words that company names are made of besides the trade name: industries and legal forms, in both scripts."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from graph import scripts


@dataclass(frozen=True, slots=True)
class Industry:
    """An industry: its key and words; a `filler` says how a company works (贸易, 实业), not what in."""

    key: str
    zh: tuple[str, ...]
    en: tuple[str, ...]
    single: tuple[str, ...]
    filler: bool


@cache
def industries() -> dict[str, Industry]:
    """All industries by key, in the order of the glossary."""
    out: dict[str, Industry] = {}
    for entry in document("industries.yaml"):
        en = tuple(dict.fromkeys(scripts.latin(word) for word in entry.get("en", ())))
        single = tuple(entry.get("single", ()))
        out[entry["key"]] = Industry(entry["key"], tuple(entry["zh"]), en, single, entry.get("filler", False))
    return out


@cache
def industry_words() -> dict[str, Industry]:
    """Chinese industry words of two characters and more."""
    out: dict[str, Industry] = {}
    for one in industries().values():
        for word in one.zh:
            out.setdefault(word, one)
    return out


@cache
def single_words() -> dict[str, Industry]:
    """One-character industry words, which count only before a form such as 厂."""
    return {word: one for one in industries().values() for word in one.single}


@cache
def industry_phrases() -> dict[str, Industry]:
    """English industry words and phrases in lower case."""
    out: dict[str, Industry] = {}
    for one in industries().values():
        for phrase in one.en:
            out.setdefault(phrase, one)
    return out


@cache
def spoken_words() -> dict[str, Industry]:
    """Chinese industry words of two characters and more in pinyin, for names that spell all of themselves."""
    out: dict[str, Industry] = {}
    for word, one in industry_words().items():
        out.setdefault(scripts.pinyin(word), one)
    return out


@cache
def forms() -> dict[str, str]:
    """Legal forms as written (Chinese, or lower-case Latin words) to their keys: `llc`, `jsc`, `factory`, `shop` …"""
    source = resources.files("graph") / "data" / "forms.csv"
    with source.open(encoding="utf-8") as lines:
        rows = csv.reader(lines)
        next(rows)
        # A form such as `yu` or `ao` cannot be told from the last syllable of a trade name in pinyin.
        return {form: key for form, key in rows if " " in form or len(form) > 3 or not scripts.split_pinyin(form)}


def document(name: str) -> Any:
    """A YAML document of `graph/data`."""
    with (resources.files("graph") / "data" / name).open(encoding="utf-8") as stream:
        return yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
