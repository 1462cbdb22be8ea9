"""What a node or a record is called when it is shown to a person."""

from __future__ import annotations

from typing import Literal

from graph.identifiers import phone
from graph.model import Node, key_of, kind_of
from graph.ontology import ontology

Language = Literal["en", "zh"]


def caption(node: Node) -> str:
    """The name that a node goes by: the best of its caption's properties, else its key."""
    for name in ontology().kinds[node.kind].caption:
        value = node.get(name)
        if value not in (None, ""):
            return str(value)
    return caption_of(node.id)


def caption_of(node: str) -> str:
    """The name that a node goes by when only its id is known."""
    key = key_of(node)
    kind = kind_of(node)
    if kind in ("Phone", "MaskedPhone"):
        return phone.format(key)
    return key.rpartition("#")[0] or key


def kind_label(kind: str, language: Language) -> str:
    """A node kind's or link kind's label in English or Chinese."""
    known = ontology()
    label = known.kinds[kind].label if kind in known.kinds else known.links[kind].label
    return label.zh if language == "zh" else label.en
