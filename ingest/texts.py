"""What running text adds to a record: the contacts and filings in a listing, the parties and rights of a judgement.

A text is read by rules, so its links are inferred; the rule, its version and what stands in the text are kept with
them.
"""

from __future__ import annotations

from functools import cache

from graph.errors import InvalidValue
from graph.identity import identify
from graph.model import Inference, Scalar, node_id
from ingest.mapper import TextReader
from ingest.reading import Reading
from ingest.text import Extractor
from ingest.text import judgement as read_judgement

_RULE = "text:2"
_LIKELY = {"phone": 0.97, "wechat": 0.95, "qq": 0.9, "email": 0.97, "icp": 0.97}
_KINDS = {"phone": "Phone", "wechat": "Handle", "qq": "Handle", "email": "Email", "icp": "WebFiling"}


@cache
def _extractor() -> Extractor:
    return Extractor()


def contacts(reading: Reading, node: str, text: str) -> None:
    """Links a node to the phones, handles, e-mails and filings of web sites that stand in its text."""
    for place, found in enumerate(_extractor().find(text), 1):
        kind = _KINDS.get(found.kind)
        if kind is None:
            continue
        value = f"{found.kind}:{found.value}" if kind == "Handle" else found.value
        inference = Inference(_RULE, _LIKELY[found.kind], (found.text,))
        try:
            where = f"text.{place}"
            reading.contact(kind, "MENTIONS", node, where, value, (None, None), inference, {"text": found.text})
        except InvalidValue:
            reading.doubts.append(("text", f"no_{found.kind}"))


def judgement(reading: Reading, node: str, text: str) -> None:
    """Links a judgement to its parties and the rights it names, and states its outcome."""
    found = read_judgement(text)
    stated: dict[str, Scalar] = {"outcome": found.outcome}
    if found.goods:
        stated["goods"] = "、".join(found.goods)
    if found.compensation is not None:
        stated["compensation"] = found.compensation
    reading.mention(node, "text", stated)
    reading.doubts.extend(("text", flag) for flag in found.flags)
    for side, kind, parties in (
        ("plaintiff", "PLAINTIFF", found.plaintiffs),
        ("defendant", "DEFENDANT", found.defendants),
    ):
        for place, party in enumerate(parties, 1):
            where = side if place == 1 else f"{side}.{place}"
            reasons = [party.name]
            if party.is_cleared:
                reasons.append("the claim against this party was dismissed")
            party_node = reading.party(where, party.name, party.uscc, "", {})
            reading.link(kind, node, party_node, inference=Inference(_RULE, 0.97, tuple(reasons)))
            if party.address:
                address = identify("Address", party.address)
                reading.mention(address.node, f"{where}.address", address.values)
                reading.link(
                    "LOCATED_AT", party_node, address.node, stated=address.said, inference=Inference(_RULE, 0.95)
                )
    for place, right in enumerate(found.rights, 1):
        key = f"ZL{right.number}" if right.kind != "trademark" else right.number
        right_node = node_id("Right", key)
        reading.mention(right_node, f"right.{place}", {})
        reading.link("CONCERNS", node, right_node, inference=Inference(_RULE, 0.97, (right.number,)))


READERS: dict[str, TextReader] = {"contacts": contacts, "judgement": judgement}
