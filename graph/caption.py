"""What a node or a record is called when it is shown to a person."""

from __future__ import annotations

from typing import Literal

from graph import names
from graph.identifiers import phone
from graph.model import Node, key_of, kind_of
from graph.ontology import ontology

Language = Literal["en", "zh"]


def caption(node: Node) -> str:
    """The name that a node goes by: the best of its caption's properties, else its key.

    Of several names of a company the fullest is shown, as feeds that call it by its trade name alone may be the most.
    """
    for name in ontology().kinds[node.kind].caption:
        values = [str(value) for value in node.values.get(name, ()) if value != ""]
        if values:
            return max(values, key=_fullness) if len(values) > 1 and node.kind in ("Company", "Party") else values[0]
    return caption_of(node.id)


def _fullness(name: str) -> int:
    """How many slots of a company's name are filled; its own script before another."""
    parsed = names.parse_company(name)
    return 2 * sum(map(bool, (parsed.place, parsed.industry or parsed.activity, parsed.form))) + (
        parsed.script == "han"
    )


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
