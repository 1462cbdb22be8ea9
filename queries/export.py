"""Export: the graph in formats that other tools read.

CSV and JSON Lines are written in a stream; GraphML and GEXF by networkx, which holds what it writes in memory.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import networkx as nx
import orjson

from graph.caption import caption
from graph.errors import SettingError, UnreadableFile
from graph.model import Link, Node
from graph.ontology import ontology
from graph.store import Store

FORMATS = ("csv", "jsonl", "graphml", "gexf")

_NODE_COLUMNS = ("id", "kind", "key", "caption", "mentions", "properties")
_LINK_COLUMNS = ("kind", "source", "target", "start", "end", "inferred", "probability", "rule", "records", "properties")


def export(store: Store, form: str, path: Path, kinds: Collection[str] = ()) -> tuple[int, int]:
    """Writes the graph to a file (for `csv`, `nodes.csv` and `links.csv` in a folder); gives how many nodes and links.

    With kinds given, only those node kinds and link kinds are written; links need both ends.

    Raises:
        SettingError: The format or a kind is unknown.
        UnreadableFile: The file cannot be written.
    """
    try:
        if form == "csv":
            path.mkdir(parents=True, exist_ok=True)
            with (path / "nodes.csv").open("wb") as nodes, (path / "links.csv").open("wb") as links:
                return _csv(store, nodes, links, kinds)
        with path.open("wb") as out:
            return export_stream(store, form, out, kinds)
    except OSError as error:
        raise UnreadableFile(f"{path}: the export cannot be written: {error.strerror}; choose another place") from error


def export_stream(store: Store, form: str, out: BinaryIO, kinds: Collection[str] = ()) -> tuple[int, int]:
    """Writes the graph to a stream in any format but `csv`, which is two files."""
    if form == "csv":
        raise SettingError("csv is two files, nodes.csv and links.csv; name a folder with --output")
    if form == "jsonl":
        return _jsonl(store, out, kinds)
    graph = _networkx(store, kinds)
    if form == "graphml":
        nx.write_graphml(graph, out, named_key_ids=True)
    elif form == "gexf":
        nx.write_gexf(graph, out)
    else:
        raise SettingError(f"the format {form!r} is none of {', '.join(FORMATS)}")
    return graph.number_of_nodes(), graph.number_of_edges()


def _chosen(store: Store, kinds: Collection[str]) -> tuple[Iterator[Node], Iterator[Link]]:
    """The nodes and links of these kinds; when only one sort of kinds is named, all of the other sort that fit."""
    known = ontology()
    for kind in kinds:
        if kind not in known.kinds and kind not in known.links:
            raise SettingError(f"there is no kind {kind!r}; `headwater status` lists the kinds")
    node_kinds = {k for k in kinds if k in known.kinds} or set(known.kinds)
    link_kinds = {k for k in kinds if k in known.links} or set(known.links)
    links = (
        k
        for k in store.links(link_kinds)
        if k.source.partition("/")[0] in node_kinds and k.target.partition("/")[0] in node_kinds
    )
    return store.nodes(node_kinds), links


def _csv(store: Store, nodes_out: BinaryIO, links_out: BinaryIO, kinds: Collection[str]) -> tuple[int, int]:
    nodes, links = _chosen(store, kinds)
    counts = [0, 0]
    for place, (out, columns, rows) in enumerate(
        ((nodes_out, _NODE_COLUMNS, map(_node, nodes)), (links_out, _LINK_COLUMNS, map(_link, links)))
    ):
        # Excel takes a CSV for UTF-8 only when it begins with a byte order mark.
        text = io.TextIOWrapper(out, "utf-8-sig", newline="", write_through=False)
        writer = csv.writer(text)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_cell(row[c]) for c in columns])
            counts[place] += 1
        text.flush()
        text.detach()
    return counts[0], counts[1]


def _jsonl(store: Store, out: BinaryIO, kinds: Collection[str]) -> tuple[int, int]:
    nodes, links = _chosen(store, kinds)
    counts = [0, 0]
    for place, (name, rows) in enumerate((("node", map(_node, nodes)), ("link", map(_link, links)))):
        for row in rows:
            out.write(orjson.dumps({"type": name, **row}) + b"\n")
            counts[place] += 1
    return counts[0], counts[1]


def _networkx(store: Store, kinds: Collection[str]) -> Any:
    nodes, links = _chosen(store, kinds)
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for node in nodes:
        row = _node(node)
        properties = {name: "; ".join(map(str, values)) for name, values in row.pop("properties").items()}
        # A property may bear a name that the format keeps for itself, so all get their kind in front.
        graph.add_node(node.id, label=row["caption"], **{k: v for k, v in row.items() if k != "id"})
        graph.nodes[node.id].update({f"{node.kind}.{name}": _xml(value) for name, value in properties.items()})
        graph.nodes[node.id].update({k: _xml(v) for k, v in graph.nodes[node.id].items()})
    for link in links:
        if link.source in graph and link.target in graph:
            row = _link(link)
            row["records"] = " ".join(row["records"])
            row["properties"] = orjson.dumps(row["properties"]).decode()
            attributes = {k: _xml(v) for k, v in row.items() if k not in ("source", "target") and v is not None}
            # GEXF reads `start` and `end` as times of its own timeline.
            attributes = {("from" if k == "start" else "until" if k == "end" else k): v for k, v in attributes.items()}
            graph.add_edge(link.source, link.target, **attributes)
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
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return "" if value is None else value


def _xml(value: Any) -> Any:
    """Text without the control characters that XML has no way to write."""
    if isinstance(value, str):
        return "".join(c for c in value if c in "\t\n\r" or c >= " " and c not in "\ufffe\uffff")
    return value
