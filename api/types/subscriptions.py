"""The subscriptions of the schema: what may be followed, each with an example.

Their fields are those of a query, resolved anew for every event: the root object is the `Watch`, in which they note
what they wait for, and they raise `Unchanged` where there is nothing to tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import strawberry

from api.ask import Ask, SeenNode
from api.errors import ServiceError
from api.live.watch import Facts, Watch
from api.live.watching import MOST_WATCHED
from api.query.execution import Stopped
from api.query.fields import Values, many, one
from api.types.arguments import Id, PerRole
from api.types.mutation import Job
from api.types.nodes import LinkCount, Node
from api.types.traces import TRACE, ClueInput, Trace
from graph.errors import NotFound
from graph.model import Direction


class Unchanged(Stopped):
    """There is nothing to tell: no event is sent."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A node that changed, with what became of it; for one that is gone only its id."""

    id: str
    node: SeenNode | None
    properties: tuple[str, ...] = ()
    links: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What an event tells of watched nodes."""

    known: tuple[str, ...]
    changed: tuple[Changed, ...]


@strawberry.type(description="A watched node that changed. 变动的节点")
class Change:
    """A change."""

    id: strawberry.ID = one(lambda c: c.id, "The id by which you watch it.", type=strawberry.ID)
    node: Node | None = one(
        lambda c: c.node,
        "The node as it is now; null when it is there no more, or not for you under this id.",
        type=Node | None,
    )
    properties: list[str] = one(
        lambda c: list(c.properties),
        "The names of the properties whose values changed. When these and the links are none, what changed is a date, "
        "or which records say it; a viewer from whom nodes are hidden is not told of that.",
        type=list[str],
    )
    links: list[LinkCount] = one(
        lambda c: list(c.links),
        "How many links there are now, of the kinds and directions of which there are more or fewer.",
        type=list[LinkCount],
        size=5,
    )


@strawberry.type(description="What is new about watched nodes. 关注节点的变动")
class Changes:
    """Changes of watched nodes."""

    known: list[strawberry.ID] = one(
        lambda s: list(s.known), "Those of the watched ids that there are now, for you.", type=list[strawberry.ID]
    )
    nodes: list[Change] = one(
        lambda s: list(s.changed), "The nodes that changed since the last event.", type=list[Change], size=1
    )


@strawberry.type(description="What may be followed: over WebSocket (graphql-transport-ws) or server-sent events.")
class Subscription:
    """The root of all subscriptions."""

    @many(Job, cost=5)
    def job(watches: Sequence[Watch], ask: Ask, id: Id) -> Values:
        """A job of yours whenever it gets on, until its end.

        Example: `subscription { job(id: "4f…") { state done total report } }`
        """
        (watch,) = watches
        watch.ticks = True
        found = ask.job(str(id))
        if found is None:
            raise NotFound(f"there is no job {str(id)[:100]!r} of yours")
        watch.is_over = found.state in ("done", "failed")
        return [found]

    @many(Changes, cost=5, sized={"ids": 1})
    def changes(
        watches: Sequence[Watch],
        ask: Ask,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description=f"Their ids, from 1 to {MOST_WATCHED}.")],
    ) -> Values:
        """Nodes whenever something new is known of them; the first event comes at once and tells which there are.

        Example: `subscription { changes(ids: ["Company/91440113MAN7Y3586H"]) { nodes { id properties } } }`
        """
        (watch,) = watches
        watch.repeats = True
        given = list(dict.fromkeys(map(str, ids)))
        if not 1 <= len(given) <= MOST_WATCHED:
            raise ServiceError(f"there are {len(given):,} ids; watch 1 to {MOST_WATCHED} by one subscription")
        if watch.nodes is None:
            watch.names = {real: i for i, real in ask.policy.real(given).items()}
            watch.nodes = frozenset(watch.names)
        return [_seen(watch, ask, given)]

    @many(Trace, cost=TRACE, sized={"limit": 10})
    def trace(
        watches: Sequence[Watch],
        ask: Ask,
        clue: Annotated[ClueInput, strawberry.argument(description="What was seen.")],
        limit: PerRole = 10,
    ) -> Values:
        """A trace, and again whenever its answer is another one.

        Example: `subscription { trace(clue: {value: "13800138000"}) { verdict candidates { role name probability } } }`
        """
        return [ask.trace(clue.known(), limit)]


def _seen(watch: Watch, ask: Ask, given: Sequence[str]) -> Seen:
    """What is new of the watched nodes that were touched, or of all for the first event."""
    before = watch.facts
    looked = given if before is None else [watch.names[node] for node in watch.taken]
    nodes = ask.nodes(looked)
    counts = ask.counts(nodes)
    now = {i: _facts(node, counts.get(i, {})) for i, node in nodes.items()}
    if before is None:
        watch.pending = now
        return Seen(tuple(i for i in given if i in now), ())
    touched = (i for i in given if i in looked and (i in now or i in before))
    if ask.policy.is_limited:
        # What is hidden from them changes, too, and that it does is hidden.
        touched = (i for i in touched if before.get(i) != now.get(i))
    changed = tuple(_changed(i, nodes.get(i), before.get(i), now.get(i)) for i in touched)
    watch.pending = {i: facts for i, facts in (before | now).items() if i in now or i not in looked}
    if not changed and not watch.must_tell:
        raise Unchanged
    return Seen(tuple(i for i in given if i in watch.pending), changed)


def _facts(node: SeenNode, counts: Mapping[tuple[str, Direction], int]) -> Facts:
    values = {name: hash(frozenset(values)) for name, values in node.values.items()}
    return values, {(kind, str(way)): n for (kind, way), n in counts.items()}


def _changed(name: str, node: SeenNode | None, before: Facts | None, now: Facts | None) -> Changed:
    if now is None:
        return Changed(name, None)
    values, links = before or ({}, {})
    properties = sorted(one for one in values.keys() | now[0].keys() if values.get(one) != now[0].get(one))
    ways = sorted(one for one in links.keys() | now[1].keys() if links.get(one) != now[1].get(one))
    return Changed(name, node, tuple(properties), tuple((kind, way, now[1].get((kind, way), 0)) for kind, way in ways))
