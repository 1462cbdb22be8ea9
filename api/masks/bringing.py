"""What a viewer brings: whole numbers and addresses of somebody's, which name masked nodes in a case only.

Whether a text may be such a value is told from the text alone. Without a case the store is asked as if it knew nothing
masked by it, so neither the answer nor the time it takes tells anything, and nothing can be found out by trying.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from api.errors import CaseRequired
from api.masks.numbers import is_complete, may_be_number, readings
from api.masks.projection import Projection
from api.masks.rules import rules
from graph.errors import NotFound
from graph.model import kind_of
from queries.search import identifiers
from queries.tracing import clue as clues
from queries.tracing.clue import Clue, Start

_CLUES: Mapping[str, frozenset[str]] = {
    "phone": frozenset(("Phone", "MaskedPhone")),
    "wechat": frozenset(("Handle",)),
    "qq": frozenset(("Handle",)),
    "email": frozenset(("Email",)),
    "payee": frozenset(("PayeeAccount",)),
    "person": frozenset(("Person",)),
}
"""The kinds of clues that are somebody's number or address, with the kinds of nodes that they name."""


def whole_readings(text: str, kinds: Collection[str] | None) -> set[str]:
    """The personal nodes that a text names if it is a whole number or address; whether they are there is not asked."""
    return {n for n in readings(text, kinds) if kind_of(n) not in rules().parts} if is_complete(text) else set()


class Brought:
    """The values that one viewer brings within one request.

    Args:
        project: What the viewer sees.
        bringing: Called for each value that is brought in a case, before it is used.
        trying: Called for each value that would have to be. Both raise `RateExceeded` when there were too many.
    """

    def __init__(self, project: Projection, bringing: Callable[[], None], trying: Callable[[], None]) -> None:
        self._project = project
        self._bringing = bringing
        self._trying = trying

    def bring(self) -> None:
        """Notes that a value is brought.

        Raises:
            CaseRequired: No case was named.
            RateExceeded: Too many values were brought, or tried without a case.
        """
        if self._project.sight.case is None:
            self._trying()
            raise CaseRequired(
                "nothing that is open to you is known by this; if it is the number or the address of a person, send it "
                "with the number of a case that you are a member of"
            )
        self._bringing()

    def unknown(self, text: str, named: Collection[str] = ()) -> set[str]:
        """The personal nodes that a text, or a clue that names these, means and that are not open to the viewer.

        The viewer must not find them by it, and so the store must not be asked for them: see `Sight.opened`.
        """
        if not may_be_number(text):
            return set()
        personal = {n for n in (*identifiers(text), *readings(text), *named) if kind_of(n) in rules().kinds}
        return personal - self._project.sight.opened(personal)

    def opened(self, clue: Clue, node: str | None) -> Start:
        """Where a clue begins of which the value is a node's token.

        Raises:
            InvalidValue: The day or the right of the clue is none.
            NotFound: The token stands for nothing that can be traced; nothing is told of what it stood for.
        """
        if node is not None:
            try:
                return clues.start_at(self._project.sight.store, clue, node)
            except NotFound:
                pass
        raise _untraced(clue)

    def allowed(self, clue: Clue) -> Start:
        """Where a clue begins: at what is open, or at what a value names that is brought in a case.

        Raises:
            InvalidValue: The value breaks the rule of its kind.
            NotFound: It names nothing that the viewer may trace from.
            CaseRequired: It may be a value of somebody's, and no case was named.
            RateExceeded: Too many values were brought.
        """
        named = {n for some in clues.readings(clue).values() for n in some}
        without = self.unknown(clue.value.strip(), named) if self._project.sight.case is None else set()
        start = self._start(clue, without)
        if start is not None and self._is_open(start, named - without):
            return start
        if whole_readings(clue.value, _CLUES.get(clue.kind, ()) if clue.kind is not None else None):
            self.bring()
            # A part of a number, however it is masked, is none that somebody has.
            if start is not None and any(self._may_begin(n) and kind_of(n) not in rules().parts for n in start.nodes):
                return start
        raise _untraced(clue)

    def _start(self, clue: Clue, without: Collection[str]) -> Start | None:
        """Where a clue begins; None when the store knows nothing of it but what is to count as unknown."""
        try:
            start = clues.resolve(self._project.sight.store, clue, without)
        except NotFound:
            return None
        self._project.look_at(start.nodes)
        return start

    def _is_open(self, start: Start, named: Collection[str]) -> bool:
        """Whether a viewer may begin at what a clue names, by words that are not what is masked."""
        self._project.look_at(named)
        shut = {n for n in named if self._is_shut(n)}
        is_by_shut = bool(shut) and bool(self._project.sight.store.get(shut))
        return not is_by_shut and any(map(self._may_begin, start.nodes))

    def _is_shut(self, node: str) -> bool:
        is_personal = kind_of(node) in rules().kinds
        return self._project.id(node) != node if is_personal else self._project.spells_out(node)

    def _may_begin(self, node: str) -> bool:
        """Whether a viewer sees a node; a right holder may begin at whatever it knows of, and is told little of it."""
        return self._project.sight.is_holder or self._project.id(node) is not None


def _untraced(clue: Clue) -> NotFound:
    return NotFound(f"nothing is known of the {clue.kind or 'clue'} {clue.value!r}; `search` finds what there is")
