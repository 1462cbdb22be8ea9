"""Rows: records as one viewer may see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from api.access.viewer import JUDGES
from api.masks.numbers import has_value, is_about
from api.masks.projection import Projection
from api.masks.rules import rules
from api.masks.sought import ends_of, is_of_pair
from api.masks.vault import MASK
from graph.changes import JUDGED
from graph.model import Mention, Record, Statement, kind_of

JUDGES_OWN = frozenset(("by", "why", "history"))
"""What of a judgement is for those who judge: who did, why, and what was judged before."""


def row(project: Projection, record: Record) -> Record:
    """A record as it is shown: what is masked in its raw row is replaced, and its digest, which tells it, left out.

    Cells that hold the key of a masked node, or a sensitive value, are masked whole. Where one is stated and found in
    no cell (it is disguised), or where a node is hidden, nothing of the row is shown.
    """
    sight = project.sight
    nodes = dict.fromkeys(m.node for m in record.mentions)
    shut = [n for n in nodes if sight.state(n) == "masked"]
    told = {c for c, cell in record.raw.items() if project.tells_cell(cell)}
    spelled = {n: {c for c, cell in record.raw.items() if is_about(cell, n)} for n in shut}
    spelled |= {v: {c for c, cell in record.raw.items() if has_value(cell, v)} for v in _kept_back(project, record)}
    told.update(*spelled.values())
    raw = {column: MASK if column in told else cell for column, cell in record.raw.items()}
    if record.source == JUDGED:
        raw = _judged(project, record, raw)
    # A part of a number is read from the whole, and need not stand in the row.
    derived = {k.target for k in record.links if k.source in nodes and kind_of(k.target) in rules().parts}
    lost = any(not columns and what not in derived for what, columns in spelled.items())
    # A name says nothing that its party does not; its node is none of a right holder's.
    if lost or any(sight.state(n) == "hidden" and kind_of(n) != "Name" for n in (*nodes, *ends_of(record.id))):
        raw = dict.fromkeys(raw, MASK)
    shown = project.record(record.id)
    if any(is_about(record.key, n) for n in shut):
        shown = project.vault.seal_record(record.id)
    mentions = []
    for m in record.mentions:
        if (node := project.id(m.node)) is not None:
            said = project.statement(Statement(record.id, m.field, m.values), m.node)
            mentions.append(Mention(node, m.field, said.values))
    is_whole = raw == record.raw and shown == record.id and not spelled
    return replace(
        record,
        key=shown.partition(":")[2],
        file=MASK if project.tells(record.file) else record.file,
        digest=record.digest if is_whole and not is_of_pair(record.id) else "",  # of a link it tells the weights
        raw=raw,
        mentions=tuple(mentions),
        links=tuple(link for k in record.links if (link := project.stated_link(k, record.id)) is not None),
        body=b"",
    )


def _judged(project: Projection, record: Record, raw: Mapping[str, str]) -> dict[str, str]:
    """The row of a judgement: its nodes as they are shown, and who judged and why for those who judge."""
    ends = {column: project.id(record.raw[column]) or MASK for column in ("a", "b")}
    is_judge = project.sight.viewer.role in JUDGES
    return {**raw, **ends, **({} if is_judge else dict.fromkeys(JUDGES_OWN, MASK))}


def _kept_back(project: Projection, record: Record) -> set[str]:
    """The sensitive values that a record states and that the viewer was not granted."""
    stated = [(kind_of(m.node), m.values) for m in record.mentions] + [(k.kind, k.values) for k in record.links]
    return {
        str(values[name])
        for kind, values in stated
        for name in rules().of[kind].sensitive & values.keys()
        if record.source not in project.sight.owners(f"{kind}.{name}")
    }
