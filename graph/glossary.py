"""The words that company names are made of besides the trade name: industries and legal forms, in both scripts."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from graph import scripts
from graph.errors import SettingError

Added = dict[str, list[dict[str, Any]]]
"""Industries and trade words beside those of the glossaries."""
_ADDED: Added = {"industries": [], "trade_words": []}


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
    for entry in (*document("industries.yaml"), *_ADDED["industries"]):
        en = tuple(dict.fromkeys(scripts.latin(word) for word in entry.get("en", ())))
        single, key = tuple(entry.get("single", ())), entry["key"]
        known = out.get(key, Industry(key, (), (), (), entry.get("filler", False)))
        zh = (*known.zh, *entry.get("zh", ()))
        out[key] = Industry(key, zh, (*known.en, *en), (*known.single, *single), known.filler)
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


def extend(path: Path) -> None:
    """Adds the words of a file to the glossaries, for this process; before the first name is read.

    A process that begins anew beside this one, to read names too, is given them by `added` and `take_over`.

    The file is YAML with `industries`, a list as `graph/data/industries.yaml` is one, whose entries may bear new keys
    or add words to known ones, and `trade_words`, as `graph/data/trade-words.yaml` has them; either may be left out.

    Raises:
        SettingError: The file cannot be read, or is not of this form.
    """
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        entries = [dict(entry) for entry in given.get("industries", ())]
        for entry in entries:
            if not isinstance(entry["key"], str) or not all(isinstance(entry.get(n, []), list) for n in ("zh", "en")):
                raise TypeError(entry)
        words = {str(han): [str(word) for word in english] for han, english in given.get("trade_words", {}).items()}
    except (OSError, UnicodeError, yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as error:
        reason = f"{error.strerror}" if isinstance(error, OSError) else "is no glossary"
        raise SettingError(f"{path}: {reason}; see docs/settings.md for the form of a glossary") from error
    take_over({"industries": _ADDED["industries"] + entries, "trade_words": [*_ADDED["trade_words"], words]})


def added() -> Added:
    """What was added in this process, whatever became of the file since."""
    return {name: list(some) for name, some in _ADDED.items()}


def take_over(words: Added) -> None:
    """Makes what was added that of another process; before the first name is read."""
    _ADDED.update({name: list(some) for name, some in words.items()})
    for cached in (industries, industry_words, single_words, industry_phrases, spoken_words, trade_words):
        cached.cache_clear()


@cache
def trade_words() -> dict[str, tuple[str, ...]]:
    """What trade names are made of: Chinese words to English ones, joined and in lower case, the commonest first."""
    out: dict[str, tuple[str, ...]] = {}
    for words in (document("trade-words.yaml"), *_ADDED["trade_words"]):
        for han, english in words.items():
            joined = (scripts.latin(word).replace(" ", "") for word in english)
            out[han] = tuple(dict.fromkeys((*out.get(han, ()), *joined)))
    return out


def document(name: str) -> Any:
    """A YAML document of `graph/data`."""
    with (resources.files("graph") / "data" / name).open(encoding="utf-8") as stream:
        return yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
