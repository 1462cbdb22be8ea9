"""What is noted of the request at hand, for its line in the log, its metrics and its span.

It travels by a context variable, so that whoever learns something of a request need not be handed the request.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass
from random import getrandbits

_NAME = re.compile(r"[A-Za-z_][0-9A-Za-z_]{0,99}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


@dataclass(slots=True)
class Trail:
    """A request on its way.

    Attributes:
        id: Its number, for whoever looks for it in the logs of several machines.
        kind: `query`, `mutation` or `subscription`; `other` where it is none of them.
        viewer: The id of whoever asks; empty while that is not known.
        operation: The name that the operation bears.
        outcome: `ok`, or the code of the error; empty while that is not known.
    """

    id: str
    kind: str = "other"
    viewer: str = ""
    operation: str = ""
    outcome: str = ""


TRAIL: ContextVar[Trail | None] = ContextVar("trail", default=None)


def note(*, kind: str = "", viewer: str = "", operation: str | None = None, outcome: str = "") -> None:
    """Notes what has become known of the request at hand; nothing where there is none."""
    trail = TRAIL.get()
    if trail is None:
        return
    trail.kind = kind or trail.kind
    trail.viewer = viewer or trail.viewer
    trail.outcome = outcome or trail.outcome
    # What is no name of GraphQL's may be anything, a value included.
    if operation and _NAME.fullmatch(operation):
        trail.operation = operation


def request_id(sent: str) -> str:
    """The id that a client or proxy sent, where it is a UUID; else a new one.

    Nothing else is taken over: a phone or a key that was sent for an id would stand in the log.
    """
    return sent if _UUID.fullmatch(sent) else f"{getrandbits(128):032x}"  # it need not be hard to guess
