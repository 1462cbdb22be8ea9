"""How a cluster is told: its nodes, what holds them together, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from graph.clusters import Cluster, Refused
from graph.model import Node
from graph.ties import Tie
from headwater.door import Door
from headwater.wording import called

_TIES, _REFUSED = 20, 5
_WHY = {
    "numbers": ("two registered parties would be one", "将使两个登记主体合为一个"),
    "different": ("they were judged not to be the same", "已判定为非同一主体"),
    "unsure": ("it was judged uncertain", "已判定为存疑"),
}


def as_object(cluster: Cluster, threshold: float) -> dict[str, Any]:
    """A cluster as programs get it."""
    weakest = cluster.weakest
    return {
        "threshold": threshold,
        "members": cluster.members,
        "ties": cluster.ties,
        "weakest": [weakest.a, weakest.b] if weakest is not None else None,
        "refused": cluster.refused,
        "cut": cluster.cut,
        "total": cluster.total,
    }


def named(cluster: Cluster) -> set[str]:
    """The nodes that are told of a cluster, so that their names can be fetched at once."""
    ties = (*cluster.ties[:_TIES], *cluster.ties[-1:], *(one.tie for one in cluster.refused[:_REFUSED]))
    return {node for tie in ties for node in (tie.a, tie.b)}


def tell(door: Door, cluster: Cluster, threshold: float, nodes: Mapping[str, Node]) -> None:
    """Writes a cluster; nothing of a node that no link of identity touches."""
    if not cluster.ties and not cluster.refused:
        return
    click.echo()
    count = len(cluster.members)
    door.say(
        f"one party at {threshold:.2f} ({count:,} nodes)" if count > 1 else f"a party by itself at {threshold:.2f}",
        f"视为同一主体，阈值 {threshold:.2f}（{count:,} 个节点）"
        if count > 1
        else f"阈值 {threshold:.2f} 下无同一主体的其他节点",
        bold=True,
    )
    door.rows((_tie(door, tie, nodes) for tie in cluster.ties[:_TIES]), indent=2)
    if (more := len(cluster.ties) - _TIES) > 0:
        door.say(f"{more:,} more; --json tells all", f"另有 {more:,} 条；--json 列出全部", dim=True)
    if (weakest := cluster.weakest) is not None and count > 2:
        told = "  ".join(_tie(door, weakest, nodes)[:3])
        door.say(f"weakest: {told}", f"最弱的一环：{told}")
    for one in cluster.refused[:_REFUSED]:
        _refused(door, one, nodes)
    if (more := len(cluster.refused) - _REFUSED) > 0:
        door.say(f"{more:,} more left out; --json tells all", f"另有 {more:,} 条未采用；--json 列出全部", dim=True)
    if cluster.cut:
        door.say(
            f"cut: more nodes are joined than the {cluster.total:,} looked at; another of them may show others",
            f"截断：相连的节点不止所查看的 {cluster.total:,} 个；从其他节点查看，结果可能不同",
            dim=True,
        )


def _tie(door: Door, tie: Tie, nodes: Mapping[str, Node]) -> tuple[str, str, str, str]:
    """How sure it is, its ends, and its reasons."""
    sure = door.word("judged", "人工判定") if tie.is_judged else f"{tie.probability:.2f}"
    why = "; ".join(tie.link.inference.reasons) if tie.link.inference is not None else ""
    return sure, f"{called(tie.a, nodes)} ({tie.a})", f"{called(tie.b, nodes)} ({tie.b})", why


def _refused(door: Door, one: Refused, nodes: Mapping[str, Node]) -> None:
    told = "  ".join(_tie(door, one.tie, nodes)[:3])
    between = "" if {*one.between} == {one.tie.a, one.tie.b} else f" ({', '.join(one.between)})"
    english, chinese = _WHY[one.why]
    door.say(f"left out: {told}; {english}{between}", f"未采用：{told}；{chinese}{between}")
