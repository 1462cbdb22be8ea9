"""Memory: what texts were found to hold. Most texts of an answer come again in the next, so the store is asked once."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Literal

from api.masks.numbers import REMEMBERED, Depth, candidates, may_sound_of_one
from api.masks.rules import rules
from graph.model import key_of
from graph.store import Store

Text = tuple[str, Depth]
_Named = dict[Text, frozenset[str]]
_Found = dict[tuple[str, Depth | Literal["sound"]], frozenset[str]]

_MOST = 1 << 16  # texts that are remembered
_WRITTEN = 200  # links to a name of which it is read what was written
_NEWEST = 2**62  # a change that no store comes to: asks for the number of the last one alone
_NOTHING: frozenset[str] = frozenset()


class Memory:
    """What texts hold in one store as of one change of it; shared by the threads of a process."""

    def __init__(self) -> None:
        self._as_of: tuple[int, _Found] = -1, {}

    def at(self, change: int) -> _Found:
        """What is known of the store as it is at this change: nothing once another one was made, not even a no."""
        known, found = self._as_of
        if known != change or len(found) > _MOST:
            # A new one, as another thread may still fill the one that it took before.
            found = {}
            self._as_of = change, found
        return found


class Held:
    """What texts hold, for one request."""

    def __init__(self, store: Store, memory: Memory) -> None:
        self._store = store
        self._memory = memory
        self._remembered: _Found | None = None

    def __call__(self, texts: Iterable[Text], names: Iterable[str]) -> tuple[_Named, dict[str, frozenset[str]]]:
        """Text -> the nodes there are that it names; and name -> those that a text names of which it is the sound.

        Those that name none are left out. Two calls to the store at the most.
        """
        found = self._found
        wanted, called = list(texts), list(names)
        unheard = [n for n in called if (n, "sound") not in found]
        written = self._written([n for n in unheard if may_sound_of_one(key_of(n))])
        fresh = {one: candidates(*one) for one in chain(wanted, *written.values()) if one not in found}
        if named := _NOTHING.union(*fresh.values()):
            known = frozenset(self._store.get(named))
            fresh = {one: some & known for one, some in fresh.items()}
        found.update((one, some) for one, some in fresh.items() if len(one[0]) <= REMEMBERED)
        held = {one: nodes for one in (*wanted, *fresh) if (nodes := fresh.get(one) or found.get(one))}
        for name in unheard:
            said = written.get(name, ())
            found[name, "sound"] = _NOTHING.union(*(held.get(t) or found.get(t, _NOTHING) for t in said))
        return held, {n: nodes for n in called if (nodes := found[n, "sound"])}

    def _written(self, names: list[str]) -> dict[str, list[Text]]:
        """Name -> what was written where it is meant, and the name itself."""
        written: dict[str, list[Text]] = {n: [(key_of(n), "text")] for n in names}
        if names:
            kinds = _NOTHING.union(*rules().written.values())
            for name, links in self._store.expand(names, kinds, "in", limit=_WRITTEN).links.items():
                written[name] += [(str(link.values.get("text", "")), "text") for link in links]
        return written

    @property
    def _found(self) -> _Found:
        # The number is asked for before the store is: what changes meanwhile is then looked at again by the next.
        remembered = self._remembered
        if remembered is None:
            remembered = self._remembered = self._memory.at(self._store.changes(_NEWEST)[0])
        return remembered
