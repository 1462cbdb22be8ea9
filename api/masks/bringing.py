"""What a viewer brings: whole numbers and addresses of somebody's, which name masked nodes in a case only.

Whether a text may be such a value is told from the text alone. So without a case the answer is the same whether or not
the store knows it, and nothing can be found out by trying.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace

from api.errors import CaseRequired
from api.masks.personal import is_complete, readings, rules
from api.masks.projection import Projection
from graph.errors import InvalidValue, NotFound
from graph.model import key_of, kind_of
from queries.trace import KINDS, Clue
from queries.tracing.clue import Start, resolve

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
        bringing: Called for each value before it is used; raises `RateExceeded` when there were too many.
    """

    def __init__(self, project: Projection, bringing: Callable[[], None]) -> None:
        self._project = project
        self._bringing = bringing

    def bring(self) -> None:
        """Notes that a value is brought.

        Raises:
            CaseRequired: No case was named.
            RateExceeded: Too many values were brought.
        """
        if self._project.sight.case is None:
            raise CaseRequired(
                "nothing that is open to you is known by this; if it is the number or the address of a person, send it "
                "with the number of a case that you are a member of"
            )
        self._bringing()

    def opened(self, clue: Clue, node: str | None) -> Clue:
        """The clue of which the value is a node's token.

        Raises:
            NotFound: The token stands for nothing that can be traced.
        """
        if node is None:
            raise _untraced(clue)
        key, kind = key_of(node), next((name for name, of in _CLUES.items() if kind_of(node) in of), None)
        if kind_of(node) == "Handle":
            kind, _, key = key.partition(":")
        if kind not in KINDS:
            raise _untraced(clue)
        return replace(clue, value=key, kind=kind)

    def allowed(self, clue: Clue) -> Clue:
        """The clue as it may be traced: from what is open, or from a value that is brought in a case.

        Raises:
            InvalidValue: The value breaks the rule of its kind.
            NotFound: It names nothing that the viewer may trace from.
            CaseRequired: It may be a value of somebody's, and no case was named.
            RateExceeded: Too many values were brought.
        """
        start = self._start(clue)
        if start is not None and self._is_open(clue, start):
            return clue
        if start is not None and self._project.sight.case is None and clue.kind is None:
            # As if what is masked were not known: the value may be something else as well.
            for kind in KINDS[KINDS.index(start.kind) + 1 :]:
                other = replace(clue, kind=kind)
                with suppress(InvalidValue):
                    if (found := self._start(other)) is not None and self._is_open(other, found):
                        return other
        if whole := whole_readings(clue.value, _CLUES.get(clue.kind, ()) if clue.kind is not None else None):
            self.bring()
            if start is not None and any(n in whole and self._may_begin(n) for n in start.nodes):
                return clue
        raise _untraced(clue)

    def _start(self, clue: Clue) -> Start | None:
        """What a clue names; None when the store knows nothing of it."""
        try:
            start = resolve(self._project.sight.store, clue)
        except NotFound:
            return None
        self._project.look_at(start.nodes)
        return start

    def _is_open(self, clue: Clue, start: Start) -> bool:
        """Whether a clue names a node that the viewer may begin at; a masked one by what is no number of its own."""
        named = readings(clue.value)
        return any(self._may_begin(n) and (self._project.id(n) == n or n not in named) for n in start.nodes)

    def _may_begin(self, node: str) -> bool:
        """Whether a viewer sees a node; a right holder may begin at whatever it knows of, and is told little of it."""
        return self._project.sight.is_holder or self._project.id(node) is not None


def _untraced(clue: Clue) -> NotFound:
    return NotFound(f"nothing is known of the {clue.kind or 'clue'} {clue.value!r}; `search` finds what there is")
