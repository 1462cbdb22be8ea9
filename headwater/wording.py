"""How nodes, links and what was cut are put into words, in Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graph.caption import caption, caption_of, kind_label
from graph.model import Cut, Link, Node, kind_of
from graph.ontology import ontology
from headwater.door import Door

_CUTS = 5
_RECORDS = 3
"""Records named beside a link; `--json` names all of them."""


def as_object(node: Node) -> dict[str, Any]:
    """A node as programs get it."""
    return {
        "id": node.id,
        "kind": node.kind,
        "caption": caption(node),
        "values": node.values,
        "mentions": node.mentions,
    }


def called(node: str, nodes: Mapping[str, Node]) -> str:
    """What a node is called: its caption, else the readable part of its id."""
    held = nodes.get(node)
    return caption(held) if held is not None else caption_of(node)


def named(door: Door, node: str, nodes: Mapping[str, Node]) -> str:
    """A node as a person reads it: its kind, what it is called, and its id where that says more."""
    text = called(node, nodes)
    label = kind_label(kind_of(node), door.language)
    return f"{label} {text}" if text == caption_of(node) else f"{label} {text} ({node})"


def arrow(door: Door, link: Link, here: str) -> str:
    """A link's label as an arrow, seen from the node `here`."""
    label = kind_label(link.kind, door.language)
    return f"—{label}→" if link.source == here else f"←{label}—"


def when(link: Link) -> str:
    """The days of a link: one, or from the first to the last."""
    days = dict.fromkeys(day[:10] for day in (link.start, link.end) if day)
    return "–".join(days)


def grounds(door: Door, link: Link) -> str:
    """What a link rests on: its records, and the probability of an inferred one."""
    more = f" +{len(link.records) - _RECORDS}" if len(link.records) > _RECORDS else ""
    records = f"[{', '.join(link.records[:_RECORDS])}{more}]"
    if link.inference is None:
        return records
    return f"{door.word('inferred', '推断')} {link.inference.probability:.2f} ({link.inference.rule}) {records}"


def step(door: Door, link: Link, here: str, nodes: Mapping[str, Node], note: str = "") -> str:
    """A link in one line, read from the node `here`; `note` stands before what it rests on."""
    there = named(door, link.other(here), nodes)
    parts = (f"{arrow(door, link, here)} {there}", when(link), note, grounds(door, link))
    return "  ".join(part for part in parts if part)


def tell_cuts(door: Door, cuts: Iterable[Cut]) -> None:
    """Says what was left out, so that no list seems whole that is not; the largest first."""
    sorted_cuts = sorted(cuts, key=lambda cut: (-cut.total, cut.node, cut.kind))
    for cut in sorted_cuts[:_CUTS]:
        label = kind_label(cut.kind, door.language)
        door.say(
            f"cut: {cut.node} has {cut.total:,} links “{label}”, of which the newest {cut.kept:,} were followed",
            f"截断：{cut.node} 共有 {cut.total:,} 条“{label}”关系，仅取最新 {cut.kept:,} 条",
            dim=True,
        )
    if (more := len(sorted_cuts) - _CUTS) > 0:
        door.say(f"cut: {more:,} more such; --json tells all", f"截断：另有 {more:,} 处；--json 列出全部", dim=True)


def property_labels(door: Door, kind: str) -> dict[str, str]:
    """What the properties of a kind are called."""
    known = ontology().kinds[kind].properties
    return {name: door.word(one.label.en, one.label.zh) for name, one in known.items()}
