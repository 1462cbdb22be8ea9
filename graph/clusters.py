"""Clusters: which nodes are one party, as far as the links of identity say so above a threshold.

They are read when they are asked for and never stored, so a judgement holds at once and each reader chooses how sure to
be. Of all links between the nodes the surest are taken first, those that people judged before any other, and one that
would contradict what is known is left out: two registered parties of one kind are two, and so are two that were judged
different, be it directly or through third ones. So a cluster is the same whichever of its nodes is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from graph.errors import InvalidValue
from graph.model import Link, kind_of, order_of, pair_key
from graph.ontology import ontology
from graph.ties import MOST, Linked, Pair, Part, Tie, Why, gathered, may_join, root_of

THRESHOLD = 0.7
"""Probability from which links join, unless a reader wants another."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A tie that was left out.

    Attributes:
        why: `numbers`: it would make one of two registered parties; `different`: of two that were judged not the same;
            `unsure`: it was judged uncertain.
        between: The two that it would make one.
    """

    tie: Tie
    why: Why
    between: Pair


@dataclass(frozen=True, slots=True)
class Cluster:
    """Nodes that are taken to be one party.

    Attributes:
        members: Their ids, registered parties first, then in the order of their text.
        ties: Those that hold them together, one fewer than the members, the surest first.
        refused: Ties to or among them that were left out.
        apart: Nodes that were judged not to be the same as one of them.
        cut: Whether there are more nodes around than were looked at, so that other members may show another cluster.
        total: How many nodes are joined to them by any ties above the threshold, as far as was looked.
    """

    members: tuple[str, ...]
    ties: tuple[Tie, ...] = ()
    refused: tuple[Refused, ...] = ()
    apart: tuple[str, ...] = ()
    cut: bool = False
    total: int = 1

    def way(self, source: str, target: str) -> list[Tie]:
        """The ties that lead from one member to another, in their order."""
        around: dict[str, list[Tie]] = {}
        for tie in self.ties:
            around.setdefault(tie.a, []).append(tie)
            around.setdefault(tie.b, []).append(tie)
        ways: dict[str, list[Tie]] = {source: []}
        front = [source]
        for node in front:  # which grows while it is gone through
            for tie in around.get(node, ()):
                if (other := tie.other(node)) not in ways:
                    ways[other] = [*ways[node], tie]
                    front.append(other)
        return ways[target]

    @property
    def weakest(self) -> Tie | None:
        """The tie without which it would be two; None for a node by itself."""
        return self.ties[-1] if self.ties else None


def clusters(
    store: Linked,
    ids: Iterable[str],
    threshold: float = THRESHOLD,
    *,
    most: int = MOST,
    trusted: Callable[[Link], bool] = lambda link: True,
) -> dict[str, Cluster]:
    """The cluster of each node, by its id; a node that nothing is joined to is one by itself.

    The store is asked once for every step from the nodes outwards, however many there are.

    Args:
        store: Where.
        ids: The nodes.
        threshold: Probability in 0..1 from which a link joins; what people judged holds at any.
        most: Nodes among which the clusters of one node are looked for.
        trusted: Which links of identity may join; all, unless a reader wants more of them.

    Raises:
        InvalidValue: The threshold is no probability.
    """
    if not 0 <= threshold <= 1:
        raise InvalidValue("probability", str(threshold), "type", "is not between 0 and 1")
    wanted = list(dict.fromkeys(ids))
    around = gathered(store, [node for node in wanted if may_join(node)], threshold, most, trusted)
    found: dict[str, Cluster] = {}
    for part in around.parts():
        found |= {node: one for one in _clustered(part) for node in one.members}
    return {node: found.get(node) or Cluster((node,)) for node in wanted}


def _clustered(part: Part) -> list[Cluster]:
    """The clusters of the nodes of one part, by Kruskal's algorithm with what must not meet."""
    ties = sorted(part.ties, key=lambda tie: (not tie.is_judged, -tie.probability, order_of(pair_key(tie.a, tie.b))))
    held = {node: node for node in part.nodes}
    members: dict[str, list[str]] = {node: [node] for node in part.nodes}
    numbers = {node: {kind: node for kind in (kind_of(node),) if kind in ontology().numbered} for node in part.nodes}
    kept: dict[str, list[Tie]] = {node: [] for node in part.nodes}
    refused: list[Refused] = []
    for tie in ties:
        x, y = root_of(held, tie.a), root_of(held, tie.b)
        if x == y:
            continue
        against = _judged_against(part.judged, tie, members[x], members[y]) or _two(tie, numbers[x], numbers[y])
        if against is not None:
            refused.append(against)
            continue
        if len(members[x]) < len(members[y]):
            x, y = y, x
        held[y] = x
        members[x] += members.pop(y)
        numbers[x] |= {kind: min(n, numbers[x].get(kind, n)) for kind, n in numbers.pop(y).items()}
        kept[x] += [*kept.pop(y), tie]
    told: dict[str, list[Refused]] = {root: [] for root in members}
    for one in refused:
        for root in dict.fromkeys((root_of(held, one.tie.a), root_of(held, one.tie.b))):
            told[root].append(one)
    numbered = ontology().numbered
    return [
        Cluster(
            tuple(sorted(some, key=lambda n: (kind_of(n) not in numbered, n))),
            tuple(sorted(kept[root], key=lambda tie: (-tie.probability, tie.a, tie.b))),
            tuple(told[root]),
            tuple(sorted({other for node in some for other in part.apart.get(node, ())})),
            part.cut,
            len(part.nodes),
        )
        for root, some in members.items()
    ]


def _judged_against(judged: Mapping[Pair, Why], tie: Tie, some: list[str], others: list[str]) -> Refused | None:
    """What was judged that keeps a tie from joining two groups of nodes."""
    if judged.get((tie.a, tie.b)) == "unsure":
        return Refused(tie, "unsure", (tie.a, tie.b))
    if judged:
        if len(some) * len(others) < len(judged):
            pairs = [(min(a, b), max(a, b)) for a in some for b in others]
        else:
            one, two = set(some), set(others)
            pairs = [p for p in judged if (p[0] in one and p[1] in two) or (p[0] in two and p[1] in one)]
        if apart := sorted(pair for pair in pairs if judged.get(pair) == "different"):
            return Refused(tie, "different", apart[0])
    return None


def _two(tie: Tie, some: Mapping[str, str], others: Mapping[str, str]) -> Refused | None:
    """Which two registered parties keep a tie from joining two groups, given one of each kind in both.

    Where a person judged two of them to be one, they are.
    """
    if tie.is_judged and kind_of(tie.a) == kind_of(tie.b) in ontology().numbered:
        return None
    for kind in sorted(some.keys() & others.keys()):
        return Refused(tie, "numbers", (min(some[kind], others[kind]), max(some[kind], others[kind])))
    return None
