"""Export: the graph in formats that other tools read.

CSV and JSON Lines are written in a stream; GraphML and GEXF by networkx, which holds what it writes in memory.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import orjson

from graph.caption import caption
from graph.errors import SettingError
from graph.model import Link, Node, kind_of
from graph.ontology import ontology
from graph.output import unwritable, whole
from graph.store import Store

if TYPE_CHECKING:
    import networkx as nx

FORMATS = ("csv", "jsonl", "graphml", "gexf")

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_CONTROL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NODE_COLUMNS = ("id", "kind", "key", "caption", "mentions", "properties")
_LINK_COLUMNS = ("kind", "source", "target", "start", "end", "inferred", "probability", "rule", "records", "properties")


def export(store: Store, form: str, path: Path, kinds: Collection[str] = ()) -> tuple[int, int]:
    """Writes the graph to a file (for `csv`, `nodes.csv` and `links.csv` in a folder); gives how many nodes and links.

    Args:
        store: What to write.
        form: One of `FORMATS`.
        path: Where to; each file appears under its name only when it is whole.
        kinds: Only nodes and links of these kinds, links with both ends; when only kinds of links are named, the nodes
            of the kinds that they may join.

    Raises:
        SettingError: The format or a kind is unknown.
        UnreadableFile: A file cannot be written.
    """
    if form == "csv":
        nodes, links = _chosen(store, kinds)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(path, error) from error
        with whole(path / "nodes.csv") as out:
            written = _csv(out, _NODE_COLUMNS, map(_node, nodes))
        with whole(path / "links.csv") as out:
            return written, _csv(out, _LINK_COLUMNS, map(_link, links))
    with whole(path) as out:
        return export_stream(store, form, out, kinds)


def export_stream(store: Store, form: str, out: BinaryIO, kinds: Collection[str] = ()) -> tuple[int, int]:
    """Writes the graph to a stream in any format but `csv`, which is two files; gives how many nodes and links."""
    if form == "csv":
        raise SettingError("csv is two files, nodes.csv and links.csv; name a folder for them (--output)")
    if form == "jsonl":
        nodes, links = _chosen(store, kinds)
        return _jsonl(out, "node", map(_node, nodes)), _jsonl(out, "link", map(_link, links))
    if form not in FORMATS:
        raise SettingError(f"the format {form!r} is none of {', '.join(FORMATS)}")
    graph = _networkx(store, kinds)
    import networkx as nx

    if form == "graphml":
        nx.write_graphml(graph, out, named_key_ids=True)
    else:
        nx.write_gexf(graph, out)
    return graph.number_of_nodes(), graph.number_of_edges()


def _chosen(store: Store, kinds: Collection[str]) -> tuple[Iterator[Node], Iterator[Link]]:
    """The nodes and links of these kinds; when only one sort of kinds is named, those of the other sort that fit."""
    known = ontology()
    for kind in kinds:
        if kind not in known.kinds and kind not in known.links:
            raise SettingError(f"there is no kind {kind!r}; `headwater status` lists the kinds")
    link_kinds = {k for k in kinds if k in known.links} or set(known.links)
    node_kinds = {k for k in kinds if k in known.kinds}
    if not node_kinds:
        node_kinds = {end for k in link_kinds for end in known.links[k].sources | known.links[k].targets}
        node_kinds = node_kinds if kinds else set(known.kinds)
    links = (k for k in store.links(link_kinds) if kind_of(k.source) in node_kinds and kind_of(k.target) in node_kinds)
    return store.nodes(node_kinds), links


def _csv(out: BinaryIO, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    # Excel takes a CSV for UTF-8 only when it begins with a byte order mark.
    text = io.TextIOWrapper(out, "utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow([_cell(row[column]) for column in columns])
        count += 1
    text.flush()
    text.detach()
    return count


def _jsonl(out: BinaryIO, name: str, rows: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    for row in rows:
        out.write(orjson.dumps({"type": name, **row}) + b"\n")
        count += 1
    return count


def _networkx(store: Store, kinds: Collection[str]) -> nx.MultiDiGraph[str]:
    import networkx as nx  # a quarter of a second that the other formats need not wait for

    nodes, links = _chosen(store, kinds)
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for node in nodes:
        row = _node(node)
        properties = {name: "; ".join(map(str, values)) for name, values in row.pop("properties").items()}
        attributes = {"label": row.pop("caption"), **{name: value for name, value in row.items() if name != "id"}}
        # A property may bear a name that the format keeps for itself, so all get their kind in front.
        attributes |= {f"{node.kind}.{name}": value for name, value in properties.items()}
        graph.add_node(_clean(node.id), **{name: _clean(value) for name, value in attributes.items()})
    for link in links:
        source, target = _clean(link.source), _clean(link.target)
        if source in graph and target in graph:
            row = _link(link)
            row["records"] = " ".join(row["records"])
            row["properties"] = orjson.dumps(row["properties"]).decode()
            # GEXF reads `start` and `end` as times of its own timeline.
            row["from"], row["until"] = row.pop("start"), row.pop("end")
            attributes = {k: _clean(v) for k, v in row.items() if k not in ("source", "target") and v is not None}
            graph.add_edge(source, target, **attributes)
    return graph


def _node(node: Node) -> dict[str, Any]:
    return {
        "id": node.id,
        "kind": node.kind,
        "key": node.key,
        "caption": caption(node),
        "mentions": node.mentions,
        "properties": {name: list(values) for name, values in node.values.items()},
    }


def _link(link: Link) -> dict[str, Any]:
    inference = link.inference
    return {
        "kind": link.kind,
        "source": link.source,
        "target": link.target,
        "start": link.start,
        "end": link.end,
        "inferred": inference is not None,
        "probability": inference.probability if inference else None,
        "rule": inference.rule if inference else None,
        "records": list(link.records),
        "properties": dict(link.values),
    }


def _cell(value: Any) -> Any:
    """A cell of a CSV that a spreadsheet will not take for a formula."""
    if isinstance(value, (list, dict)):
        value = orjson.dumps(value).decode()
    value = _clean(value)
    if isinstance(value, str) and value[:1] in _FORMULA:
        return f"'{value}"
    return "" if value is None else value


def _clean(value: Any) -> Any:
    """Text without the control characters that XML has no way to write and that readers of CSV stumble over."""
    return _CONTROL.sub("", value) if isinstance(value, str) else value
