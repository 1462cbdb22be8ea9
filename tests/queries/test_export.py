from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import SettingError, UnreadableFile
from graph.model import Node
from graph.store import Store
from queries.export import FORMATS, _cell, export, export_stream

if TYPE_CHECKING:
    from tests.queries.conftest import Fill

ODD = "<永飞> & \"co\", 'ltd'; 100% ]]> é 𠀋 | \\ =1+1"


@pytest.fixture
def market(graph: Store, fill: Fill) -> Store:
    doubted = ("HAS_PHONE", "Company/B", "Phone/+8613800138000")
    fill(
        {"Company/A": {"name": ODD}, "Company/B": {"name": "=HYPERLINK(1)"}, "Order/1": {"quantity": 3, "amount": 1.5}},
        [("HAS_PHONE", "Company/A", "Phone/+8613800138000", "2025-01-01", "2025-02-01"), doubted],
        {doubted: 0.25},
    )
    fill({"Company/A": {"name": "second name"}}, [("HAS_PHONE", "Company/A", "Phone/+8613800138000")])
    return graph


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def test_lines_of_json_hold_the_whole_graph(market: Store, tmp_path: Path) -> None:
    assert export(market, "jsonl", tmp_path / "g.jsonl") == (4, 2)
    lines = [json.loads(line) for line in (tmp_path / "g.jsonl").read_text("utf-8").splitlines()]
    nodes = {line["id"]: line for line in lines if line["type"] == "node"}
    links = {(line["source"], line["target"]): line for line in lines if line["type"] == "link"}
    assert nodes["Company/A"]["properties"]["name"] == [ODD, "second name"]
    assert nodes["Order/1"]["properties"] == {"amount": [1.5], "quantity": [3]}
    link = links["Company/A", "Phone/+8613800138000"]
    assert (link["start"], link["end"], link["inferred"]) == ("2025-01-01", "2025-02-01", False)
    assert link["records"] == ["test:1", "test:2"]
    assert links["Company/B", "Phone/+8613800138000"]["probability"] == 0.25


def test_csv_holds_the_whole_graph(market: Store, tmp_path: Path) -> None:
    assert export(market, "csv", tmp_path / "new" / "folder") == (4, 2)
    nodes = {row["id"]: row for row in read(tmp_path / "new" / "folder" / "nodes.csv")}
    assert json.loads(nodes["Company/A"]["properties"])["name"] == [ODD, "second name"]
    assert len(read(tmp_path / "new" / "folder" / "links.csv")) == 2


def test_csv_opens_in_excel_as_utf_8(market: Store, tmp_path: Path) -> None:
    export(market, "csv", tmp_path)
    assert (tmp_path / "nodes.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_value_never_becomes_a_formula(market: Store, tmp_path: Path) -> None:
    export(market, "csv", tmp_path)
    row = next(row for row in read(tmp_path / "nodes.csv") if row["id"] == "Company/B")
    assert row["caption"] == "'=HYPERLINK(1)"


@given(st.text(max_size=20))
def test_no_cell_begins_as_a_formula_or_breaks_a_reader(text: str) -> None:
    cell = _cell(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    out = io.StringIO()
    csv.writer(out).writerow([cell, "end"])
    assert list(csv.reader(io.StringIO(out.getvalue(), newline=""), strict=True))[0][-1] == "end"


@pytest.mark.parametrize(("form", "reader"), [("graphml", nx.read_graphml), ("gexf", nx.read_gexf)])
def test_networkx_reads_back_what_was_written(market: Store, tmp_path: Path, form: str, reader: object) -> None:
    path = tmp_path / f"g.{form}"
    assert export(market, form, path) == (4, 2)
    assert callable(reader)
    graph = reader(path)
    assert set(graph.nodes) == {node.id for node in market.nodes()}
    held = graph.nodes["Company/A"]
    assert held["Company.name"] == f"{ODD}; second name"
    assert held["label"] == ODD
    kinds = {(a, b, data["kind"]) for a, b, data in graph.edges(data=True)}
    assert ("Company/A", "Phone/+8613800138000", "HAS_PHONE") in kinds


@pytest.mark.parametrize("form", ["graphml", "gexf"])
def test_control_characters_do_not_break_xml(graph: Store, fill: Fill, tmp_path: Path, form: str) -> None:
    fill({"Company/A": {"name": "a\x00b\x08c\x1b\ufffe"}}, [("HAS_HANDLE", "Company/A", "Handle/wechat:\x01x")])
    export(graph, form, tmp_path / "g")
    text = (tmp_path / "g").read_text("utf-8")
    assert "abc" in text
    xml.etree.ElementTree.fromstring(text)


def test_only_the_kinds_asked_for_are_written(market: Store, tmp_path: Path) -> None:
    def written(*kinds: str) -> tuple[int, int]:
        return export(market, "jsonl", tmp_path / "g", kinds)

    assert written("Company") == (2, 0)
    assert written("Company", "Phone") == (3, 2)
    assert written("HAS_PHONE") == (3, 2)
    assert written("Company", "Phone", "LOCATED_AT") == (3, 0)


def test_an_unknown_kind_or_format_is_refused(market: Store, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="Spaceship"):
        export(market, "jsonl", tmp_path / "g", ["Spaceship"])
    with pytest.raises(SettingError, match="docx"):
        export(market, "docx", tmp_path / "g")
    with pytest.raises(SettingError, match="folder"):
        export_stream(market, "csv", io.BytesIO())
    assert not (tmp_path / "g").exists()


@pytest.mark.parametrize("form", FORMATS)
def test_a_place_that_cannot_be_written_is_named(market: Store, tmp_path: Path, form: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnreadableFile, match="file"):
        export(market, form, tmp_path / "file" / "g")


def test_a_cut_off_export_leaves_what_was_there(market: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "g.jsonl"
    path.write_text("before")

    def broken(node: Node) -> str:
        raise KeyError(node.id)

    monkeypatch.setattr("queries.export.caption", broken)
    with pytest.raises(KeyError):
        export(market, "jsonl", path)
    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir() if p.suffix != ".db" and "store" not in p.name] == ["g.jsonl"]
