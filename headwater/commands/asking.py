"""Commands that look at nodes: search, show, expand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import click

from graph.caption import caption, kind_label
from graph.clusters import THRESHOLD, clusters
from graph.errors import NotFound
from graph.model import Direction, Link, Node, Record
from graph.store import Store
from headwater import clusterwords
from headwater.door import Door, command
from headwater.kinds import LINK_KIND, NODE_KIND
from headwater.terminal import Column
from headwater.wording import as_object, called, grounds, property_labels, when
from queries import neighbourhood
from queries.aliases import aliases
from queries.search import meant
from queries.search import search as find


@command(
    "headwater search 永飞",
    "headwater search wenzhou yongfei",
    "headwater search 13800138000 --kind Phone",
)
@click.argument("words", nargs=-1, required=True, metavar="TEXT")
@click.option(
    "--kind", "kinds", multiple=True, type=NODE_KIND, help="Only nodes of this kind; may be repeated. 仅此类型"
)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many. 数量")
def search(door: Door, words: tuple[str, ...], kinds: tuple[str, ...], limit: int) -> None:
    """Find nodes by a number, a text or a name, typed in full or short, in Chinese, pinyin or English.

    按编号、文字或名称查找；名称可用全称、简称、拼音或英文。
    """
    text = " ".join(words)
    with door.store() as store:
        found = find(store, text, kinds or None, limit)
        also = aliases(store, (h.node for h in found.hits))
    if door.json:
        hits = [
            {"score": round(h.score, 4), "by": h.by, **as_object(h.node), "also": also.get(h.node.id, ())}
            for h in found.hits
        ]
        door.give({"total": found.total, "hits": hits})
    if not found.hits:
        raise NotFound(f"nothing is found by {text!r}; try a shorter text, or `headwater status` to see what is loaded")
    if door.json:
        return
    door.table(
        [
            Column(door.word("score", "匹配度"), right=True),
            Column(door.word("kind", "类型")),
            Column(door.word("name", "名称"), gives_way=True),
            Column(door.word("id", "编号")),
            *([Column(door.word("also called", "又称"), gives_way=True)] if also else []),
        ],
        [
            (f"{h.score:.2f}", kind_label(h.node.kind, door.language), caption(h.node), h.node.id)
            + ((" | ".join(also.get(h.node.id, ())),) if also else ())
            for h in found.hits
        ],
    )
    if found.total > len(found.hits):
        door.say(
            f"{len(found.hits):,} of {found.total:,} shown; --limit shows more",
            f"共 {found.total:,} 条，显示 {len(found.hits):,} 条；用 --limit 查看更多",
            dim=True,
        )


@command(
    "headwater show Company/91330304MA6QDUMH3D",
    "headwater show 91330304MA6QDUMH3D",
    "headwater show 91330304MA6QDUMH3D --same 0.9",
    "headwater show freight:FR13642721",
)
@click.argument("id_", metavar="ID")
@click.option(
    "--limit", default=10, show_default=True, type=click.IntRange(1, 10000), help="Records, and links a kind. 数量"
)
@click.option(
    "--same",
    default=THRESHOLD,
    show_default=True,
    type=click.FloatRange(0, 1),
    metavar="PROBABILITY",
    help="How sure it must be that nodes are one party. 同一主体的概率阈值",
)
def show(door: Door, id_: str, limit: int, same: float) -> None:
    """Show a node with its values, records and links, and the nodes that are one party with it; or a record with its
    row as it came.

    查看节点的属性、记录、关系及视为同一主体的节点，或查看记录的原始行。
    """
    with door.store() as store:
        # `source:key#field` is a place in a record; a key may hold a # of its own.
        names = [id_, id_.rpartition("#")[0]] if ":" in id_ else []
        for record in store.records(filter(None, names)).values():
            _show_record(door, record)
            return
        node = meant(store, id_)
        statements = store.statements([node.id], limit).get(node.id, ())
        around = neighbourhood.expand(store, [node.id], limit=limit)
        cluster = clusters(store, [node.id], same)[node.id]
        nodes = store.get(clusterwords.named(cluster))
    if door.json:
        door.give(
            {
                **as_object(node),
                "cluster": clusterwords.as_object(cluster, same),
                "statements": statements,
                "counts": _counts(around.counts[node.id]),
                "links": around.links,
                "cut": around.cut,
            }
        )
        return
    _head(door, node)
    labels = property_labels(door, node.kind)
    known = ((label, node.values[name]) for name, label in labels.items() if name in node.values)
    door.pairs((label, " | ".join(map(str, values))) for label, values in known)
    some = len(statements) < node.mentions
    click.echo()
    door.say(
        f"records ({f'{len(statements):,} of {node.mentions:,}' if some else f'{node.mentions:,}'})",
        f"记录（{f'共 {node.mentions:,} 条，列出 {len(statements):,} 条' if some else f'{node.mentions:,}'}）",
        bold=True,
    )
    door.rows(
        (
            (f"{s.record}#{s.field}", "; ".join(f"{labels.get(k, k)}: {v}" for k, v in s.values.items()))
            for s in statements
        ),
        indent=2,
    )
    clusterwords.tell(door, cluster, same, nodes)
    _links(door, node.id, around)


def _head(door: Door, node: Node) -> None:
    door.line(f"{kind_label(node.kind, door.language)}  {caption(node)}", bold=True)
    door.line(node.id, indent=2, dim=True)


def _show_record(door: Door, record: Record) -> None:
    if door.json:
        names = ("id", "source", "key", "file", "row", "received", "raw", "mentions", "links")
        door.give({name: getattr(record, name) for name in names})
        return
    door.say(f"record {record.id}", f"记录  {record.id}", bold=True)
    place = door.word(f"{record.file}, row {record.row:,}", f"{record.file} 第 {record.row:,} 行")
    door.pairs([(door.word("file", "文件"), place), (door.word("received", "接收时间"), record.received)])
    click.echo()
    door.say("row as it came", "原始行", bold=True)
    door.pairs(record.raw.items())
    click.echo()
    door.say("speaks of", "涉及", bold=True)
    door.rows(((f"#{mention.field}", mention.node) for mention in record.mentions), indent=2)


@command(
    "headwater expand 13800138000",
    "headwater expand 'Address/330382|创业路|308' --kind DELIVERED_TO --start 2025-01-01 --limit 50",
)
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
@click.option(
    "--kind", "kinds", multiple=True, type=LINK_KIND, help="Only links of this kind; may be repeated. 仅此类关系"
)
@click.option("--start", metavar="DATE", help="Only links that last to this day or beyond. 起始日期")
@click.option("--end", metavar="DATE", help="Only links that begin by this day. 截止日期")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 10000), help="Links a kind and way. 每类数量"
)
def expand(
    door: Door, ids: tuple[str, ...], kinds: tuple[str, ...], start: str | None, end: str | None, limit: int
) -> None:
    """Count the links around nodes by kind, then list them, the newest first.

    按类型统计节点的关系并列出，最新在前。
    """
    with door.store() as store:
        nodes = all_meant(store, ids)
        around = neighbourhood.expand(store, nodes, kinds=kinds or None, start=start, end=end, limit=limit)
    if door.json:
        door.give(
            {
                "counts": {node: _counts(counts) for node, counts in around.counts.items()},
                "links": around.links,
                "nodes": {i: as_object(n) for i, n in around.nodes.items()},
                "cut": around.cut,
            }
        )
        return
    for number, node in enumerate(around.counts):
        if number:
            click.echo()
        _head(door, around.nodes[node])
        _links(door, node, around)


def all_meant(store: Store, texts: Iterable[str]) -> list[str]:
    """The ids of the nodes that texts name, each once."""
    return list(dict.fromkeys(meant(store, text).id for text in texts))


def _links(door: Door, node: str, around: neighbourhood.Neighbourhood) -> None:
    groups: dict[tuple[str, Direction], list[Link]] = {}
    for link in around.links:
        if node == link.source:
            groups.setdefault((link.kind, "out"), []).append(link)
        if node == link.target:
            groups.setdefault((link.kind, "in"), []).append(link)
    cut = {(cut.kind, cut.direction): cut.total for cut in around.cut if cut.node == node}
    for (kind, way), total in sorted(around.counts[node].items()):
        links = groups.get((kind, way), [])
        label = kind_label(kind, door.language)
        title = f"—{label}→" if way == "out" else f"←{label}—"
        click.echo()
        if (kind, way) in cut:
            asked = cut[kind, way]
            door.say(
                f"{title} {kind} (newest {len(links):,} of {asked:,})",
                f"{title} {kind}（共 {asked:,} 条，最新 {len(links):,} 条）",
                bold=True,
            )
        elif links and len(links) < total:
            door.say(
                f"{title} {kind} ({len(links):,} of {total:,} in this time)",
                f"{title} {kind}（共 {total:,} 条，此时段 {len(links):,} 条）",
                bold=True,
            )
        else:
            door.say(f"{title} {kind} ({total:,})", f"{title} {kind}（{total:,}）", bold=True)
        door.rows(
            ((called(k.other(node), around.nodes), k.other(node), when(k), grounds(door, k)) for k in links), indent=2
        )


def _counts(counts: Mapping[tuple[str, Direction], int]) -> list[dict[str, object]]:
    return [{"kind": kind, "direction": way, "links": n} for (kind, way), n in sorted(counts.items())]


COMMANDS = {"search": search, "show": show, "expand": expand}
