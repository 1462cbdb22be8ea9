from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ingest.readers import Row, Table, tables
from ingest.readers.epcis import COLUMNS, word

if TYPE_CHECKING:
    from tests.ingest.readers.conftest import Read

SHARED = Path(__file__).parents[4] / "shared"
EVENT: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2026-02-28T12:00:00+08:00",
    "eventTimeZoneOffset": "+08:00",
    "epcList": ["urn:epc:id:sgtin:6921712.082226.18570067"],
    "action": "OBSERVE",
    "bizStep": "https://ref.gs1.org/cbv/BizStep-retail_selling",
    "bizLocation": {"id": "urn:x:address:广东东莞", "x:floor": 2},
    "bizTransactionList": [
        {"type": "urn:epcglobal:cbv:btt:desadv", "bizTransaction": "urn:x:waybill:SF162971200251"},
        {"type": "po", "bizTransaction": "1"},
        {"type": "po", "bizTransaction": "2"},
    ],
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00225"}],
    "example:waybill": "YTO1",
    "ilmd": {"example:lot": "7"},
}


def document(*events: dict[str, Any]) -> str:
    return json.dumps({"@context": [{"x": "y"}], "type": "EPCISDocument", "epcisBody": {"eventList": events}})


def test_an_event_is_one_flat_row(read: Read) -> None:
    table, (row,) = read(document(EVENT), "labels.jsonld")
    assert table.format == "epcis"
    assert set(row.values) == set(table.columns)
    said = {name: text for name, text in row.values.items() if text}
    assert said == {
        "type": "ObjectEvent",
        "eventTime": "2026-02-28T12:00:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "epc": "urn:epc:id:sgtin:6921712.082226.18570067",
        "epcList": '["urn:epc:id:sgtin:6921712.082226.18570067"]',
        "action": "OBSERVE",
        "bizStep": "retail_selling",
        "bizLocation": "urn:x:address:广东东莞",
        "bizLocation.x:floor": "2",
        "bizTransactionList": json.dumps(EVENT["bizTransactionList"]),
        "bizTransaction.desadv": "urn:x:waybill:SF162971200251",
        "bizTransaction.po": '["1", "2"]',
        "sourceList": json.dumps(EVENT["sourceList"]),
        "source.owning_party": "urn:epc:id:pgln:4012345.00225",
        "example:waybill": "YTO1",
        "ilmd.example:lot": "7",
    }
    assert json.loads(row.raw) == EVENT


@pytest.mark.parametrize(
    "text",
    [
        document(EVENT),
        json.dumps({"epcisBody": {"eventList": [EVENT]}, "type": "EPCISDocument"}),
        json.dumps(
            {"type": "EPCISQueryDocument", "epcisBody": {"queryResults": {"resultsBody": {"eventList": [EVENT]}}}}
        ),
        json.dumps(EVENT),
        json.dumps([EVENT]),
        json.dumps(EVENT, indent=1),
    ],
    ids=["document", "jumbled", "query", "bare", "array", "pretty"],
)
def test_events_are_known_in_every_wrapping(read: Read, text: str) -> None:
    table, (row,) = read(text, "events.json")
    assert table.format == "epcis"
    assert row.values["bizStep"] == "retail_selling"
    assert row.number == 1


def test_a_document_without_events_is_a_table_without_rows(read: Read) -> None:
    table, rows = read(document(), "labels.jsonld")
    assert (table.format, table.columns, rows) == ("epcis", COLUMNS, [])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("shipping", "shipping"),
        ("urn:epcglobal:cbv:bizstep:shipping", "shipping"),
        ("https://ref.gs1.org/cbv/BizStep-shipping", "shipping"),
        ("cbv:BizStep-shipping", "shipping"),
        ("urn:epcglobal:cbv:disp:in_transit", "in_transit"),
        ("https://example.com/own/step", "https://example.com/own/step"),
    ],
)
def test_words_of_the_vocabulary_become_bare_and_others_stay(given: str, said: str) -> None:
    assert word(given) == said


def shared(path: str) -> list[tuple[Table, list[Row]]]:
    if not SHARED.exists():
        pytest.skip("the shared data is not beside the repository")
    files = sorted(SHARED.glob(path))
    assert files
    return [(table, list(table.rows)) for file in files for table in tables(file)]


def test_the_labels_of_the_worlds_are_all_there() -> None:
    ((table, rows),) = shared("worlds/small/feeds/labels.jsonld")
    events = json.loads((SHARED / "worlds/small/feeds/labels.jsonld").read_text())["epcisBody"]["eventList"]
    assert [json.loads(row.raw) for row in rows] == events
    for event, row in zip(events, rows, strict=True):
        assert row.problem is None
        assert row.values["epc"] == event["epcList"][0]
        assert row.values["bizLocation"] == event.get("bizLocation", {}).get("id", "")
        parts = event.get("bizTransactionList", [{"bizTransaction": ""}])
        assert row.values["bizTransaction.desadv"] == parts[0]["bizTransaction"]


@pytest.mark.parametrize("path", ["data/epcis/Capture/Documents/*.json", "data/epcis/Capture/Events/*.json"])
def test_every_published_example_is_read(path: str) -> None:
    for table, rows in shared(path):
        assert table.format == "epcis"
        assert rows
        assert all(row.problem is None and row.values["type"] and row.values["eventTime"] for row in rows)
