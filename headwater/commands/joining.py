"""Commands that look at how nodes hang together: paths, network."""

from __future__ import annotations

import click

from graph.errors import NotFound
from headwater.commands.asking import all_meant
from headwater.door import Door, command
from headwater.kinds import LINK_KIND
from headwater.terminal import counted
from headwater.wording import as_object, named, step, tell_cuts
from queries import network as networks
from queries import paths as ways
from queries.search import meant


@command(
    "headwater paths Listing/taobao/266713626878 Company/91330304MA6QDUMH3D",
    "headwater paths 13800138000 永飞电池厂 --hops 10",
)
@click.argument("source", metavar="A")
@click.argument("target", metavar="B")
@click.option(
    "--hops",
    default=ways.HOPS,
    show_default=True,
    type=click.IntRange(1, ways.MOST_HOPS),
    help="The longest path. 最大步数",
)
@click.option("--limit", default=3, show_default=True, type=click.IntRange(1, 50), help="How many paths. 路径数量")
@click.option(
    "--kind", "kinds", multiple=True, type=LINK_KIND, help="Only over links of this kind; may be repeated. 仅经此类关系"
)
@click.option("--start", metavar="DATE", help="Only over links that last to this day or beyond. 起始日期")
@click.option("--end", metavar="DATE", help="Only over links that begin by this day. 截止日期")
def paths(
    door: Door,
    source: str,
    target: str,
    hops: int,
    limit: int,
    kinds: tuple[str, ...],
    start: str | None,
    end: str | None,
) -> None:
    """Tell how two nodes are joined, through what says most: short ways, and nodes that few others share.

    查找两个节点之间的路径，优先较短且经过少有共用节点的路径。
    """
    with door.store() as store:
        here, there = meant(store, source).id, meant(store, target).id
        found = ways.paths(store, here, there, hops=hops, limit=limit, kinds=kinds or None, start=start, end=end)
        nodes = store.get({n for path in found.paths for n in path.nodes})
    if door.json:
        door.give(found)
    if not found.paths:
        raise NotFound(f"no path of at most {hops} steps joins {here} and {there}; --hops allows longer ones")
    if door.json:
        return
    for number, path in enumerate(found.paths, 1):
        if number > 1:
            click.echo()
        door.say(
            f"path {number}: {counted(len(path.links), 'step')}, cost {path.cost:.1f}",
            f"路径 {number}：{len(path.links)} 步，代价 {path.cost:.1f}",
            bold=True,
        )
        door.line(named(door, path.nodes[0], nodes), indent=2)
        for node, link in zip(path.nodes, path.links, strict=False):
            door.line(step(door, link, node, nodes), indent=4)
    if found.cut or found.passed_over:
        click.echo()
    tell_cuts(door, found.cut)
    if found.passed_over:
        door.say(
            f"passed over: {counted(found.passed_over, 'node')} of many links, as too many had been reached",
            f"略过：因到达的节点过多，有 {found.passed_over:,} 个关系较多的节点未继续查找",
            dim=True,
        )


@command("headwater network 91330304MA6QDUMH3D Account/taobao/ta33938688 --hops 1")
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
@click.option(
    "--hops", default=0, show_default=True, type=click.IntRange(0, 3), help="What lies around them too. 扩展步数"
)
@click.option(
    "--limit", default=10, show_default=True, type=click.IntRange(1, 1000), help="How many of each to list. 列出数量"
)
def network(door: Door, ids: tuple[str, ...], hops: int, limit: int) -> None:
    """Tell what stands out among nodes: central ones, links that alone join parts, and communities.

    分析一组节点中的中心主体、桥接关系与群组。
    """
    with door.store() as store:
        found = networks.network(store, all_meant(store, ids), hops=hops)
        nodes = store.get(found.nodes)
    if door.json:
        door.give(
            {**{f: getattr(found, f) for f in found.__slots__}, "nodes": {i: as_object(n) for i, n in nodes.items()}}
        )
        return
    door.say(
        f"{counted(len(found.nodes), 'node')}, {counted(len(found.links), 'link')}",
        f"{len(found.nodes):,} 个节点，{len(found.links):,} 条关系",
        bold=True,
    )
    if found.central:
        click.echo()
        door.say("central: share of shortest ways that lead through", "中心：最短路径经过的比例", bold=True)
        door.rows(((f"{score:.3f}", named(door, node, nodes)) for node, score in found.central[:limit]), indent=2)
        _more(door, len(found.central), limit)
    if found.bridges:
        click.echo()
        door.say("bridges: links that alone hold two parts together", "桥接：唯一连接两部分的关系", bold=True)
        for link in found.bridges[:limit]:
            door.line(f"{named(door, link.source, nodes)} {step(door, link, link.source, nodes)}", indent=2)
        _more(door, len(found.bridges), limit)
    click.echo()
    door.say("communities: nodes joined more closely than the rest", "群组：内部联系较紧密的节点", bold=True)
    for number, members in enumerate(found.communities[:limit], 1):
        some = "; ".join(named(door, node, nodes) for node in members[:5])
        of = door.word(counted(len(members), "node"), f"{len(members):,} 个节点")
        door.line(f"{number}. {of}: {some}{' …' if len(members) > 5 else ''}", indent=2, hang=3)
    _more(door, len(found.communities), limit)
    if found.cut:
        click.echo()
        tell_cuts(door, found.cut)


def _more(door: Door, total: int, shown: int) -> None:
    if total > shown:
        door.say(
            f"  {shown:,} of {total:,}; --limit shows more",
            f"  共 {total:,}，显示 {shown:,}；用 --limit 查看更多",
            dim=True,
        )


COMMANDS = {"paths": paths, "network": network}
