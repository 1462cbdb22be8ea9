"""Terms that text is searched by: overlapping pairs of Han characters, and words of other scripts.

SQLite's trigram tokenizer finds nothing below three characters, while most trade names and persons have two. So each
run of Han characters gives its bigrams and its last character (永飞电池: 永飞 飞电 电池 池), and every query term is
matched as a prefix: one character finds the bigrams that begin with it and the ends of runs. Both stores index the same
terms.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from graph.scripts import simplified

_RUN = re.compile(r"[㐀-䶿一-鿿豈-﫿𠀀-𮯿]+|[^\W_㐀-䶿一-鿿豈-﫿𠀀-𮯿]+")
_HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿𠀀-𮯿]")
_MOST = 500
"""Terms that are asked for at once; a longer text is found by how it begins. Lucene refuses more than 1024."""
_LONGEST = 60
"""Characters of a word that are looked at; full-text indexes split or refuse longer ones, each in its own way."""


def _runs(text: str) -> list[str]:
    plain = text if text.isascii() else simplified(unicodedata.normalize("NFKC", text))
    runs = _RUN.findall(plain.casefold())
    return [run if len(run) <= _LONGEST or _HAN.match(run) else run[:_LONGEST] for run in runs]


def terms(text: str) -> list[str]:
    """The terms that a text is indexed under, in the order of the text."""
    found: list[str] = []
    for run in _runs(text):
        if _HAN.match(run):
            found.extend(run[i : i + 2] for i in range(len(run)))
        else:
            found.append(run)
    return found


def query_terms(text: str) -> list[str]:
    """The terms that must all be found, each as a prefix, for a text to contain `text`.

    A run of two Han characters or more asks for its bigrams only: its last character alone would ask for the end of a
    run.
    """
    found: list[str] = []
    for run in _runs(text):
        if _HAN.match(run) and len(run) > 1:
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            found.append(run)
    return list(dict.fromkeys(found))


def wanted(terms: Iterable[str]) -> list[str]:
    """What a store asks its index for: the terms of all that was given, each once."""
    return list(dict.fromkeys(word for term in terms for word in query_terms(term)))[:_MOST]
