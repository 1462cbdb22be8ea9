"""Who is who in a trace: belief passes to the other nodes of a party over the links of identity, and pays for each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from graph.model import kind_of
from queries.tracing.question import Question


def others(q: Question, believed: Mapping[str, float], kinds: Collection[str]) -> dict[str, float]:
    """The other nodes of some parties, of these kinds, by how probably they are meant when those are."""
    found: dict[str, float] = {}
    for node, cluster in q.same(sorted(believed)).items():
        for other in cluster.members:
            if other != node and kind_of(other) in kinds and other not in believed:
                p = believed[node] * paid(q, node, other)
                found[other] = max(found.get(other, 0.0), p)
    return found


def paid(q: Question, source: str, target: str) -> float:
    """How probable it is that two nodes of a cluster are one, over the ties between them; those are noted as a way."""
    probability, here = 1.0, source
    for tie in q.same([source])[source].way(source, target):
        there = tie.other(here)
        q.follow(there, here, tie.link, tie.probability)
        probability *= tie.probability
        here = there
    return probability


def identified(q: Question, node: str, party: str) -> float:
    """How probably what is said of a node is said of the party that another node of it speaks for.

    It pays for the links of identity between them; where other evidence of the trace joined them, nothing is paid.
    """
    return paid(q, node, party) if party in q.same([node])[node].members else 1.0


def apart(q: Question, some: Iterable[str], others: Iterable[str]) -> bool:
    """Whether people judged that a node of some parties is not the same as one of others."""
    judged = {node for cluster in q.same(some).values() for node in cluster.apart}
    return bool(judged) and any(not judged.isdisjoint(cluster.members) for cluster in q.same(others).values())


def pairs(q: Question, nodes: Iterable[str]) -> set[tuple[str, str]]:
    """Of the nodes that are one party each with the first of them; the ways between the two are noted."""
    among = set(nodes)
    found = set()
    for cluster in {one.members: one for one in q.same(sorted(among)).values()}.values():
        first, *rest = [n for n in cluster.members if n in among]
        for n in rest:
            paid(q, first, n)
            paid(q, n, first)
            found.add((first, n))
    return found
