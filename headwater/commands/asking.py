"""Commands that ask the graph: search, show, expand, paths, network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import click
from rich.table import Table

from graph.caption import caption, caption_of, kind_label
from graph.errors import NotFound
from graph.model import Cut, Direction, Link, Node, kind_of
from graph.ontology import ontology
from headwater.door import Door, command
from queries import network as networks
from queries import neighbourhood
from queries import paths as ways
from queries.search import search as find


@click.command(epilog="Example: headwater search 永飞   or   headwater search 'wenzhou yongfei'")
@click.argument("text")
@click.option("--kind", "kinds", multiple=True, help="Only nodes of this kind; may be repeated. 只看此类型")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many. 数量")
@command
def search(door: Door, text: str, kinds: tuple[str, ...], limit: int) -> None:
    """Find nodes by a number, a text or a name in either script. 按编号、文字或名称（中文、拼音、英文）查找。"""
    with door.store() as store:
        found = find(store, text, kinds or None, limit)
    if door.json:
        door.give(
            {
                "total": found.total,
                "hits": [{"id": h.node.id, "score": round(h.score, 4), "by": h.by, **_node(h.node)} for h in found.hits],
            }
        )
    if not found.hits:
        raise NotFound(f"nothing is found by {text!r}; try a shorter text, or `headwater status` to see what is loaded")
    if door.json:
        return
    table = Table(box=None, pad_edge=False)
    for name in (("score", "匹配度"), ("kind", "类型"), ("name", "名称"), ("id", "编号")):
        table.add_column(door.word(*name), overflow="fold")
    for hit in found.hits:
        table.add_row(f"{hit.score:.2f}", kind_label(hit.node.kind, door.language), caption(hit.node), hit.node.id)
    door.console.print(table)
    if found.total > len(found.hits):
        door.say(
            f"{len(found.hits)} of {found.total:,} shown; --limit shows more",
            f"共 {found.total:,} 条，显示 {len(found.hits)} 条；用 --limit 查看更多",
        )


def _node(node: Node) -> dict[str, object]:
    return {"kind": node.kind, "caption": caption(node), "values": {k: list(v) for k, v in node.values.items()}}


@click.command(epilog="Example: headwater show Company/91330304MA6QDUMH3D   or   headwater show freight:FR13642721")
@click.argument("id_", metavar="ID")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10000), help="Records and links. 记录与关系数量")
@command
def show(door: Door, id_: str, limit: int) -> None:
    """Show a node with its records and links, or a record as it came. 查看节点及其记录，或原始记录。"""
    with door.store() as store:
        node = store.get([id_]).get(id_)
        if node is None:
            record = store.records([id_]).get(id_)
            if record is None:
                raise NotFound(f"there is no node and no record {id_}; `headwater search` finds ids")
            if door.json:
                door.give(record)
                return
            door.say(
                f"record {record.id}, {record.file} row {record.row}, received {record.received}",
                f"记录 {record.id}，{record.file} 第 {record.row} 行，接收于 {record.received}",
            )
            _pairs(door, {k: v for k, v in record.raw.items() if v})
            for mention in record.mentions:
                door.console.print(f"  #{mention.field} → {mention.node}", markup=False)
            return
        statements = store.statements([id_], limit).get(id_, ())
        around = neighbourhood.expand(store, [id_], limit=limit)
    if door.json:
        links = [k for k in around.links]
        door.give(
            {"id": node.id, **_node(node), "mentions": node.mentions}
            | {"statements": statements, "counts": _counts(around.counts[id_]), "links": links, "cut": around.cut}
        )
        return
    door.console.print(f"{kind_label(node.kind, door.language)}  {caption(node)}  ({node.id})", markup=False)
    known = ontology().kinds[node.kind].properties
    _pairs(
        door,
        {
            (known[name].label.zh if door.language == "zh" else known[name].label.en): " | ".join(map(str, values))
            for name, values in node.values.items()
        },
    )
    door.say(f"records ({len(statements)} of {node.mentions})", f"记录（{node.mentions} 条中的 {len(statements)} 条）")
    for statement in statements:
        stated = ", ".join(f"{k}={v}" for k, v in statement.values.items())
        door.console.print(f"  {statement.record}#{statement.field}  {stated}", markup=False, soft_wrap=True)
    door.say("links", "关系")
    for link in around.links:
        door.console.print(f"  {tell(door, link, node.id, around.nodes)}", markup=False, soft_wrap=True)
    told(door, around.cut)


@click.command(epilog="Example: headwater expand Address/330382|创业路|308 --kind DELIVERED_TO --limit 10")
@click.argument("ids", nargs=-1, required=True)
@click.option("--kind", "kinds", multiple=True, help="Only links of this kind. 只看此类关系")
@click.option("--start", help="Only links that last beyond this day. 起始日期")
@click.option("--end", help="Only links that begin by this day. 截止日期")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10000), help="Per kind and direction. 每类数量")
@command
def expand(
    door: Door, ids: tuple[str, ...], kinds: tuple[str, ...], start: str | None, end: str | None, limit: int
) -> None:
    """Count the links around nodes by kind, then list them. 先按类型统计，再列出关系。"""
    with door.store() as store:
        around = neighbourhood.expand(store, ids, kinds=kinds or None, start=start, end=end, limit=limit)
    if door.json:
        door.give(
            {
                "counts": {node: _counts(counts) for node, counts in around.counts.items()},
                "links": around.links,
                "nodes": {i: _node(n) for i, n in around.nodes.items()},
                "cut": around.cut,
            }
        )
        return
    for node, counts in around.counts.items():
        door.console.print(f"{caption(around.nodes[node])}  ({node})", markup=False)
        for (kind, way), n in sorted(counts.items()):
            arrow = "→" if way == "out" else "←"
            door.console.print(f"  {arrow} {kind_label(kind, door.language)} ({kind}): {n:,}", markup=False)
        for link in around.links:
            if node in (link.source, link.target):
                door.console.print(f"    {tell(door, link, node, around.nodes)}", markup=False, soft_wrap=True)
    told(door, around.cut)


def _counts(counts: Mapping[tuple[str, Direction], int]) -> list[dict[str, object]]:
    return [{"kind": k, "direction": d, "links": n} for (k, d), n in sorted(counts.items())]


@click.command(epilog="Example: headwater paths Listing/taobao/266713626878 Company/91330304MA6QDUMH3D")
@click.argument("source", metavar="A")
@click.argument("target", metavar="B")
@click.option("--hops", default=6, show_default=True, type=click.IntRange(1, 12), help="The longest path. 最大步数")
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 50), help="How many paths. 路径数量")
@command
def paths(door: Door, source: str, target: str, hops: int, limit: int) -> None:
    """Tell how two nodes are joined. 查找两个节点之间的路径。"""
    with door.store() as store:
        found = ways.paths(store, source, target, hops=hops, limit=limit)
        nodes = store.get({n for path in found.paths for n in path.nodes})
    if door.json:
        door.give(found)
    if not found.paths:
        raise NotFound(f"{source} and {target} are not joined within {hops} steps; --hops allows more")
    if door.json:
        return
    for number, path in enumerate(found.paths, 1):
        door.say(f"path {number} ({len(path.links)} steps)", f"路径 {number}（{len(path.links)} 步）")
        for node, link in zip(path.nodes, path.links, strict=False):
            door.console.print(f"  {tell(door, link, node, nodes)}", markup=False, soft_wrap=True)
    told(door, found.cut)


@click.command(epilog="Example: headwater network Company/91330304MA6QDUMH3D Account/taobao/ta33938688 --hops 1")
@click.argument("ids", nargs=-1, required=True)
@click.option("--hops", default=0, show_default=True, type=click.IntRange(0, 3), help="What lies around them too. 扩展步数")
@command
def network(door: Door, ids: tuple[str, ...], hops: int) -> None:
    """Tell what stands out among nodes: central ones, bridges, communities. 分析中心主体、桥接关系与群组。"""
    with door.store() as store:
        found = networks.network(store, ids, hops=hops)
        nodes = store.get(found.nodes)
    if door.json:
        door.give(found)
        return
    door.say(
        f"{len(found.nodes)} nodes, {len(found.links)} links", f"{len(found.nodes)} 个节点，{len(found.links)} 条关系"
    )
    door.say("central", "中心")
    for node, score in found.central[:10]:
        door.console.print(f"  {score:.3f}  {name(door, node, nodes)}", markup=False)
    door.say("bridges", "桥接")
    for link in found.bridges[:10]:
        door.console.print(f"  {tell(door, link, link.source, nodes)}", markup=False, soft_wrap=True)
    door.say("communities", "群组")
    for number, members in enumerate(found.communities[:10], 1):
        some = ", ".join(name(door, node, nodes) for node in members[:5])
        door.console.print(f"  {number}: {len(members)}  {some}{' …' if len(members) > 5 else ''}", markup=False, soft_wrap=True)
    told(door, found.cut)


def name(door: Door, node: str, nodes: Mapping[str, Node]) -> str:
    """A node as a person reads it: its kind, its caption, its id where that says more."""
    held = nodes.get(node)
    text = caption(held) if held is not None else caption_of(node)
    label = kind_label(kind_of(node), door.language)
    return f"{label} {text}" if text == caption_of(node) else f"{label} {text} ({node})"


def tell(door: Door, link: Link, here: str, nodes: Mapping[str, Node]) -> str:
    """A link in words, read from the node `here`, with its time, whether it is inferred, and its records."""
    known = ontology().links[link.kind].label
    words = known.zh if door.language == "zh" else known.en
    when = " ".join(d for d in (link.start, link.end) if d)
    there = name(door, link.other(here), nodes)
    arrow = f"—{words}→" if link.source == here else f"←{words}—"
    sure = ""
    if link.inference is not None:
        sure = door.word(f" inferred {link.inference.probability:.2f}", f" 推断 {link.inference.probability:.2f}")
    records = ", ".join(link.records[:3]) + (" …" if len(link.records) > 3 else "")
    return f"{name(door, here, nodes)} {arrow} {there}{f'  {when}' if when else ''}{sure}  [{records}]"


def told(door: Door, cuts: Iterable[Cut]) -> None:
    """Says what was left out, so that no list seems whole that is not."""
    for cut in cuts:
        label = kind_label(cut.kind, door.language)
        door.say(
            f"cut: the newest {cut.kept} of {cut.total:,} links “{label}” at {cut.node}",
            f"截断：{cut.node} 的“{label}”关系共 {cut.total:,} 条，仅取最新 {cut.kept} 条",
        )


def _pairs(door: Door, pairs: Mapping[str, object]) -> None:
    for key, value in pairs.items():
        door.console.print(f"  {key}: {value}", markup=False, soft_wrap=True)


COMMANDS = (search, show, expand, paths, network)
