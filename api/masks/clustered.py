"""Clusters as one viewer may see them: worked out of all that is known, told without what is hidden.

What would contradict a cluster does so for everybody, so a hidden node joins nothing falsely. Of a cluster that hidden
nodes hold together, a viewer is told the part that the ties it sees hold together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from api.masks.projection import Projection
from graph import clusters
from graph.clusters import Cluster, Refused
from graph.model import Link, kind_of
from graph.ontology import ontology
from graph.ties import Tie, Why


@dataclass(frozen=True, slots=True)
class Tied:
    """A tie as it is shown, `a` the smaller of the shown ids."""

    a: str
    b: str
    probability: float
    is_judged: bool
    link: Link


@dataclass(frozen=True, slots=True)
class Left:
    """A tie that was left out, why, and the two that it would make one."""

    tie: Tied
    why: Why
    between: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clustered:
    """A cluster as it is shown.

    Attributes:
        threshold: From which probability links join.
        members: Shown ids, registered parties first.
        ties: The surest first.
        refused: Ties that were left out.
        weakest: The one without which it would be two.
        cut: Whether there are more nodes around than were looked at; None where hidden ones would be counted.
    """

    threshold: float
    members: tuple[str, ...]
    ties: tuple[Tied, ...]
    refused: tuple[Left, ...]
    cut: bool | None

    @property
    def weakest(self) -> Tied | None:
        return self.ties[-1] if self.ties else None


def clustered(project: Projection, ids: Iterable[str], threshold: float, read: set[str]) -> dict[str, Clustered]:
    """Id -> its cluster as it is shown; the nodes are of kinds that may be one with another, and none is hidden."""
    wanted = list(ids)
    found = clusters.clusters(project.sight.store, wanted, threshold)
    every = list({id(one): one for one in found.values()}.values())
    ties = [tie for one in every for tie in (*one.ties, *(refused.tie for refused in one.refused))]
    nodes = {n for one in every for n in (*one.members, *(n for refused in one.refused for n in refused.between))}
    project.look_at(nodes, [tie.link for tie in ties])
    return {node: _shown(project, node, found[node], threshold, read) for node in wanted}


def _shown(project: Projection, node: str, found: Cluster, threshold: float, read: set[str]) -> Clustered:
    is_limited = project.sight.is_limited
    seen = [tie for tie in found.ties if _is_seen(project, tie)]
    members = _joined(node, seen) if is_limited else set(found.members)
    kept = [tie for tie in seen if tie.a in members]
    refused = [
        one
        for one in found.refused
        if not members.isdisjoint((one.tie.a, one.tie.b))
        and _is_seen(project, one.tie)
        and all(project.id(n) is not None for n in one.between)
    ]
    read.update(members, *((one.tie.a, one.tie.b, *one.between) for one in refused))
    told = sorted(project.ids(members), key=lambda n: (kind_of(n) not in ontology().numbered, n))
    return Clustered(
        threshold,
        tuple(told),
        tuple(sorted((tied(project, tie) for tie in kept), key=_order)),
        tuple(sorted((_left(project, one) for one in refused), key=lambda one: _order(one.tie))),
        None if is_limited else found.cut,
    )


def tied(project: Projection, tie: Tie) -> Tied:
    """A tie as it is shown, of which neither end is hidden."""
    (link,) = project.links([tie.link])
    a, b = sorted((link.source, link.target))
    return Tied(a, b, tie.probability, tie.is_judged, link)


def _left(project: Projection, one: Refused) -> Left:
    return Left(tied(project, one.tie), one.why, tuple(sorted(project.ids(one.between))))


def _is_seen(project: Projection, tie: Tie) -> bool:
    return project.id(tie.a) is not None and project.id(tie.b) is not None


def _order(tie: Tied) -> tuple[bool, float, str, str]:
    return not tie.is_judged, -tie.probability, tie.a, tie.b


def _joined(node: str, ties: Collection[Tie]) -> set[str]:
    """The nodes to which ties lead from one, directly or through others."""
    around: dict[str, list[str]] = {}
    for tie in ties:
        around.setdefault(tie.a, []).append(tie.b)
        around.setdefault(tie.b, []).append(tie.a)
    found, front = {node}, [node]
    while front:
        front = [n for n in dict.fromkeys(n for at in front for n in around.get(at, ())) if n not in found]
        found.update(front)
    return found
