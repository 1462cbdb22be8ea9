"""How entries are written: as members of a JSON object, without its braces, with hashes in place of ids and texts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from api.audit.entry import Entry
from api.audit.nodehash import NodeHash

_LONGEST = 200


class Lines:
    """Writes lines under the secret of a state.

    Args:
        secret: That secret.
        most_nodes: Ids listed in an entry; the number of all is told besides.
    """

    def __init__(self, secret: bytes, most_nodes: int) -> None:
        self._hashes = NodeHash(secret)
        self._most_nodes = most_nodes

    def entry(self, entry: Entry) -> bytes:
        """The line of an entry."""
        told: dict[str, Any] = {
            "time": _time(),
            "viewer": _short(entry.viewer),
            "role": entry.role,
            "kind": entry.kind,
            "fields": entry.fields,
            "outcome": _short(entry.outcome),
            "ms": round(entry.milliseconds, 2),
        }
        if entry.operation is not None:
            told["operation"] = _short(entry.operation)
        if entry.document is not None:
            told["document"] = entry.document
        if entry.asked:
            told["asked"] = self._hashes.text(entry.asked)
        if entry.arguments:
            told["arguments"] = entry.arguments
        if entry.case is not None:
            told["case"] = _short(entry.case)
        if entry.is_foreign:
            told["foreign_case"] = True
        if entry.made:
            told["made"] = sorted(entry.made)
        if entry.brought:
            told["brought"] = self._hashes.nodes(entry.brought, self._most_nodes)
        if entry.nodes:
            told["read"] = len(entry.nodes)
            told["nodes"] = self._hashes.nodes(entry.nodes, self._most_nodes)
            if len(entry.nodes) > self._most_nodes:
                told["more"] = len(entry.nodes) - self._most_nodes
                told["all"] = self._hashes.all(entry.nodes)
        return _members(told)

    def refusals(self, outcome: str, address: str, count: int) -> bytes:
        """The line of refusals of those who could not be authenticated: how many, from one address or from many."""
        told = {"kind": "refusal", "outcome": outcome, "count": count}
        return self.own(**told, **{"from": self._hashes.text(address)} if address else {})

    def own(self, **told: Any) -> bytes:
        """A line of the log's own."""
        return _members({"time": _time(), **told})


def _time() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _members(members: dict[str, Any]) -> bytes:
    """An object as JSON without its braces."""
    try:
        return orjson.dumps(members)[1:-1]
    except TypeError:
        # The subject of a token may hold half a character, which no UTF-8 can write.
        return orjson.dumps(_whole(members))[1:-1]


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_whole(name): _whole(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return list(map(_whole, value))
    return value if value is None or isinstance(value, bool | float) or abs(value) < 2**63 else str(value)
