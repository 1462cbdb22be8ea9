from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import UnreadableFile
from ingest.readers import jsontree, tables

if TYPE_CHECKING:
    from tests.ingest.readers.conftest import Read, Write


def test_an_array_of_objects_is_a_table(read: Read) -> None:
    table, rows = read('[\n {"a": 1.50, "b": "甲"},\n {"a": 2, "c": [1]}\n]', "a.json")
    assert (table.format, table.columns) == ("json", ("a", "b", "c"))
    assert [row.number for row in rows] == [1, 2]
    assert rows[0].values == {"a": "1.50", "b": "甲", "c": ""}
    assert rows[0].raw == '{"a": 1.50, "b": "甲"}'.encode()


def test_a_list_within_an_object_is_the_table_and_the_rest_is_told(read: Read) -> None:
    table, rows = read('{"exported": "2025-01-01", "data": {"rows": [{"a": 1}], "tags": ["x"]}}', "a.json")
    assert [row.values for row in rows] == [{"a": "1"}]
    assert table.preamble == ("exported: 2025-01-01", "data.tags: x")


def test_several_lists_are_several_tables(write: Write) -> None:
    found = list(tables(write('{"sellers": [{"a": 1}], "goods": [{"b": 2}, {"b": 3}]}', "a.json")))
    assert [table.name for table in found] == ["a.json#sellers", "a.json#goods"]
    assert [[row.values for row in table.rows] for table in found] == [[{"a": "1"}], [{"b": "2"}, {"b": "3"}]]


def test_one_object_is_a_table_of_one_row(read: Read) -> None:
    _, rows = read('{"a": 1, "b": {"c": null}}', "a.json")
    assert [row.values for row in rows] == [{"a": "1", "b.c": ""}]


def test_an_element_that_is_no_object_is_a_problem(read: Read) -> None:
    _, rows = read('[{"a": 1}, 7, {"a": 2}]', "a.json")
    assert [row.problem for row in rows] == [None, "The element is no object.", None]


def test_a_number_that_is_none_is_a_problem_of_its_element_alone(read: Read) -> None:
    _, rows = read('[{"a": 1}, {"a": NaN, "b": 2}, {"a": -Infinity}]', "a.json")
    assert [row.problem for row in rows] == [
        None,
        "The value of 'a' cannot be read (NaN or Infinity is no JSON).",
        "The value of 'a' cannot be read (NaN or Infinity is no JSON).",
    ]
    assert (rows[1].problem_column, rows[1].values["b"], rows[1].raw) == ("a", "2", b'{"a": NaN, "b": 2}')


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": [{"b": 1}], "c": 2, "a": [{"b": 3}]}', "the list 'a' stands twice in one object"),
        ('{"a": [{"b": 1}], "c": [null, {"d": 2}]}', "a list begins with a plain value and has objects too"),
        ("{" + ", ".join(f'"l{n}": [{{"a": 1}}]' for n in range(101)) + "}", "more than 100 lists of objects"),
    ],
)
def test_a_document_of_which_a_list_would_be_lost_is_refused(write: Write, text: str, why: str) -> None:
    with pytest.raises(UnreadableFile, match=why):
        tables(write(text, "a.json"))


def test_of_many_values_beside_the_list_the_first_are_told(read: Read) -> None:
    beside = "".join(f'"v{n}": {n}, ' for n in range(1000))
    table, rows = read("{" + beside + '"rows": [{"a": 1}]}', "a.json")
    assert (table.preamble[0], table.preamble[-1], len(rows)) == ("v0: 0", "800 more values", 1)


def test_objects_in_objects_are_read_or_refused_however_deep(write: Write) -> None:
    for depth in range(850, 1000):
        try:
            assert list(tables(write('{"a": ' * depth + "1" + "}" * depth, "a.json")))
        except UnreadableFile as error:
            assert "nested too deeply" in str(error)


def test_bytes_that_are_no_text_are_a_problem_of_their_element(read: Read) -> None:
    _, rows = read('[{"a": "上"}, {"a": "'.encode() + b'\xff"}]', "a.json")
    assert [row.problem_column for row in rows] == [None, "a"]
    assert rows[1].raw == b'{"a": "\xff"}'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[\n{"a": 1},\n{"a": 2},\n{"a"', 4),
        ('[\n{"a": 1},\n{"a": 2', 3),
        ('[\n{"a": 1}\n{"a": 2}]', 3),
        ('{"a": [{"b": 1}],\n}', 2),
        ('[{"a": 1}]\n[{"a": 1}]', 2),
    ],
)
def test_a_broken_or_cut_document_is_refused_with_its_line(write: Write, text: str, line: int) -> None:
    with pytest.raises(UnreadableFile, match=rf"a\.json, line {line}: "):
        tables(write(text, "a.json"))


def test_a_broken_element_far_in_a_long_document_is_refused_before_a_row_is_given(write: Write) -> None:
    body = ",\n".join(f'{{"number": {n}, "name": "name {n}"}}' for n in range(40_000))
    with pytest.raises(UnreadableFile, match="line 40002: broken JSON"):
        tables(write(f'[\n{body},\n{{"number": }}\n]', "a.json"))


@pytest.mark.parametrize("text", ["[]", '{"a": 1, "b": [[]]} x', "[[1, 2]]"])
def test_a_document_without_objects_is_refused(write: Write, text: str) -> None:
    with pytest.raises(UnreadableFile):
        tables(write(text, "a.json"))


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "gb18030"])
def test_documents_of_every_encoding_are_read(read: Read, codec: str) -> None:
    _, rows = read('[{"地址": "上海市"}, {"地址": "北京市"}]', "a.json", codec)
    assert rows[1].values == {"地址": "北京市"}


def test_memory_does_not_grow_with_the_document(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        path = tmp_path / f"{rows}.json"
        path.write_text(json.dumps([{"number": n, "name": f"name {n}", "text": "x" * 200} for n in range(rows)]))
        tracemalloc.start()
        (table,) = tables(path)
        for _ in table.rows:
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(50_000) < 1.2 * peak(10_000)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(elements=st.lists(st.dictionaries(st.text("xyz", min_size=1), values, max_size=4), min_size=1, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_elements_are_found_whole_wherever_a_block_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, elements: list[dict[str, object]]
) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"list": elements}, indent=1))
    with monkeypatch.context() as patched:
        patched.setattr(jsontree, "BLOCK", 7)
        patched.setattr(jsontree, "SMALL", 0)
        (table,) = tables(path)
        assert [json.loads(row.raw) for row in table.rows] == elements
