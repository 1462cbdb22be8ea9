"""Trade names that were translated into English instead of spelled: 金龙 is Golden Dragon as often as Jinlong."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice, product

from graph import glossary

_LONGEST = 3  # characters of a word
_MOST = 12  # translations that are looked at


@lru_cache(maxsize=65536)
def translations(trade: str) -> tuple[str, ...]:
    """The English words of a trade name in simplified characters, joined; () when a part of it has none."""
    found: dict[str, None] = {}
    for parts in _parts(trade):
        for words in islice(product(*parts), _MOST):
            found.setdefault("".join(words))
    return tuple(islice(found, _MOST))


def _parts(trade: str) -> list[list[tuple[str, ...]]]:
    """The ways to take a name apart into words of the glossary, longer words first; of each word its translations."""
    if not trade:
        return [[]]
    found = []
    for length in range(min(_LONGEST, len(trade)), 0, -1):
        if (words := glossary.trade_words().get(trade[:length])) is not None:
            found += [[words, *rest] for rest in _parts(trade[length:])] if len(trade) <= 8 else []
    return found
