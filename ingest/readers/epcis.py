"""EPCIS 2.0 events in JSON-LD (GS1 EPCIS 2.0, section 10), each laid flat as one row.

Columns are named as the standard names the fields. Beside the lists, which are kept as JSON, what an event names once
is given plainly: `epc` when it speaks of one, `bizTransaction.desadv`, `source.owning_party`, `destination.location`
by their types (a JSON list when there are several of a type). Extensions keep their names (`example:waybill`), nested
ones joined by dots.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ingest.readers.jsonvalues import Laid, flat

DOCUMENTS = ("EPCISDocument", "EPCISQueryDocument")
COLUMNS = (
    "eventID", "type", "eventTime", "eventTimeZoneOffset", "recordTime", "action", "bizStep", "disposition",
    "epc", "epcList", "quantityList", "parentID", "childEPCs", "childQuantityList", "inputEPCList",
    "inputQuantityList", "outputEPCList", "outputQuantityList", "transformationID", "readPoint", "bizLocation",
    "bizTransactionList", "sourceList", "destinationList", "ilmd", "sensorElementList", "persistentDisposition",
    "errorDeclaration", "certificationInfo",
)  # fmt: skip
TYPED = {"bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination"}
# The vocabulary's words as bare words: urn:epcglobal:cbv:bizstep:shipping, https://ref.gs1.org/cbv/BizStep-shipping,
# cbv:BizStep-shipping. Words of other vocabularies keep their prefix.
WORD = re.compile(
    r"(?:urn:epcglobal:cbv:(?:bizstep|disp|btt|sdt):|(?:https?://(?:ref|ns)\.gs1\.org/(?:cbv|voc)/|cbv:|gs1:)"
    r"(?:BizStep|Disp|BTT|SDT)-)(\w+)"
)


def is_event(value: Any) -> bool:
    """Whether a JSON value is an EPCIS event, of a standard type or an extended one."""
    return isinstance(value, dict) and "eventTime" in value and ("type" in value or "isA" in value or "@type" in value)


def word(value: str) -> str:
    """A word of the Core Business Vocabulary as a bare word; any other text as it is."""
    match = WORD.fullmatch(value)
    return match[1] if match else value


def event_values(event: dict[str, Any]) -> Laid:
    """An event as text by column, then a problem and its column."""
    event = dict(event)
    plain: dict[str, str] = {}
    for other in ("isA", "@type"):
        if "type" not in event and isinstance(event.get(other), str):
            event["type"] = event.pop(other)
    for key in ("bizStep", "disposition"):
        if isinstance(event.get(key), str):
            event[key] = word(event[key])
    for key in ("readPoint", "bizLocation"):
        place = event.get(key)
        if isinstance(place, dict) and isinstance(place.get("id"), str):
            plain[key] = place["id"]
            event[key] = {name: part for name, part in place.items() if name != "id"}
    epcs = event.get("epcList")
    if isinstance(epcs, list) and len(epcs) == 1 and isinstance(epcs[0], str):
        plain["epc"] = epcs[0]
    for listed, single in TYPED.items():
        plain |= _typed(event.get(listed), single)
    values, problem, column = flat(event)
    return dict.fromkeys(COLUMNS, "") | values | plain, problem, column


def _typed(parts: Any, single: str) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, dict) and isinstance(part.get(single), str):
            kind = part.get("type")
            name = f"{single}.{word(kind)}" if isinstance(kind, str) else single
            found.setdefault(name, []).append(part[single])
    return {
        name: texts[0] if len(texts) == 1 else json.dumps(texts, ensure_ascii=False) for name, texts in found.items()
    }
