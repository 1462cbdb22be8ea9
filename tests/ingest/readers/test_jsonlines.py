from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from graph.errors import UnreadableFile
from ingest.readers import tables
from tests.growth import LINEAR, growth

if TYPE_CHECKING:
    from tests.ingest.readers.conftest import Read, Write


def test_every_line_is_a_row_of_text(read: Read) -> None:
    text = '{"case_no": "(2024)粤01号", "fine": 1.10, "open": true, "note": null}\n{"case_no": "b", "fine": 12}\n'
    table, rows = read(text, "judgements.jsonl")
    assert table.format == "jsonl"
    assert table.columns == ("case_no", "fine", "open", "note")
    assert rows[0].values == {"case_no": "(2024)粤01号", "fine": "1.10", "open": "true", "note": ""}
    assert rows[1].values == {"case_no": "b", "fine": "12", "open": "", "note": ""}
    assert rows[1].raw == b'{"case_no": "b", "fine": 12}'


def test_objects_are_laid_flat_and_lists_stay_json(read: Read) -> None:
    _, rows = read('{"seller": {"name": "甲", "phones": ["021", 5]}, "n": 1}\n', "a.jsonl")
    assert rows[0].values == {"n": "1", "seller.name": "甲", "seller.phones": '["021", 5]'}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"a": 1', "no JSON"),
        ("[1, 2]", "no object"),
        ('{"a": NaN}', "NaN"),
        ('{"a": [1, Infinity]}', "Infinity"),
        ('{"a": [1e999]}', "Infinity"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ('{"a": {"b": 1}, "a.b": 2}', "Two values"),
        ('{"a": "\\ud800"}', "no text"),
        ('{"a": "\\u0000"}', "NUL"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_line_that_cannot_be_trusted_is_a_problem_and_no_other_is(read: Read, line: str, why: str) -> None:
    _, rows = read(f'{{"a": "x"}}\n{line}\n\n{{"a": "y"}}\n', "a.jsonl")
    assert [row.number for row in rows] == [1, 2, 4]
    assert why in (rows[1].problem or "")
    assert rows[1].raw == line.encode()
    assert rows[0].problem is rows[2].problem is None
    "".join(rows[1].values.values()).encode()


def test_lists_in_lists_are_read_or_set_aside_however_deep(read: Read) -> None:
    # The deepest that the decoder still takes may be too deep for the encoder.
    for depth in range(850, 1000):
        _, rows = read('{"a": "x"}\n{"a": ' + "[" * depth + "]" * depth + "}\n", "a.jsonl")
        assert len(rows) == 2
        assert rows[1].values["a"] == "[" * depth + "]" * depth or "nested too deeply" in (rows[1].problem or "")


def test_many_objects_in_one_row_take_no_longer_for_each(read: Read) -> None:
    def many(number: int) -> None:
        read('{"a": 1}\n{' + ", ".join(f'"k{n}": {{}}' for n in range(number)) + "}\n", "a.jsonl")

    assert growth(many, 5_000) < LINEAR


def test_undecodable_bytes_are_a_problem_of_their_line(read: Read) -> None:
    _, rows = read('{"a": "上海"}\n'.encode() * 3 + b'{"a": "\xff"}\n', "a.jsonl")
    assert [row.problem is None for row in rows] == [True, True, True, False]
    assert rows[3].problem_column == "a"
    assert rows[3].raw == b'{"a": "\xff"}'


def test_json_lines_in_gb18030_are_read(read: Read) -> None:
    _, rows = read('{"地址": "上海市"}\n{"地址": "北京市"}\n', "a.jsonl", "gb18030")
    assert rows[1].values == {"地址": "北京市"}


def test_json_lines_are_known_by_their_content(read: Read) -> None:
    table, _ = read('{"a": 1}\n{"a": 2}\n', "export.json")
    assert table.format == "jsonl"


def test_a_file_without_any_object_is_refused(write: Write) -> None:
    with pytest.raises(UnreadableFile, match="no line is a JSON object"):
        tables(write("hello\nworld\n", "a.jsonl"))


def test_events_of_epcis_on_lines_are_known(read: Read) -> None:
    event = '{"type": "ObjectEvent", "eventTime": "2025-01-01T00:00:00Z", "bizStep": "shipping"}\n'
    table, rows = read(event * 2, "events.jsonl")
    assert table.format == "epcis"
    assert rows[1].number == 2
