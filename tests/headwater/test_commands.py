from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.headwater.conftest import COMPANIES

if TYPE_CHECKING:
    from tests.headwater.conftest import Run

MAKER = "Company/91330304MA6QDUMH3D"


def test_a_load_reports_rows_and_ends_with_3_when_some_were_set_aside(headwater: Run, feeds: Path) -> None:
    outcome = headwater("load", feeds)
    assert outcome.code == 3
    assert (
        outcome.out.splitlines()[0].split()
        == "file source rows added replaced unchanged repeated set aside withdrawn".split()
    )
    assert "1 row set aside" in outcome.out
    assert outcome.err == ""


def test_a_load_tells_programs_the_same(headwater: Run, feeds: Path) -> None:
    total = headwater("load", feeds, "--json").data["total"]
    assert (total["rows"], total["added"], total["set_aside"]) == (5, 4, 1)


def test_a_second_load_changes_nothing(loaded: Run, feeds: Path) -> None:
    before = loaded("export", "--format", "jsonl").out
    total = loaded("load", feeds, "--json").data["total"]
    assert (total["added"], total["replaced"], total["unchanged"]) == (0, 0, 4)
    assert loaded("export", "--format", "jsonl").out == before


def test_a_load_of_good_rows_ends_with_0(headwater: Run, feeds: Path) -> None:
    assert headwater("load", feeds / "companies.csv").code == 0


def test_a_stranger_in_a_folder_is_left_out_told_and_ends_with_3(headwater: Run, feeds: Path) -> None:
    (feeds / "freight.csv").unlink()
    (feeds / "pairs.json").write_text('[{"left": 1, "right": 2}]')
    outcome = headwater("load", feeds)
    assert outcome.code == 3
    assert f"{feeds}/pairs.json: left out, no mapping fits its columns (left, right)" in outcome.out
    assert "headwater mapping" in outcome.out
    outcome = headwater("load", feeds, "--lang", "zh")
    assert (outcome.code, outcome.err) == (3, "")
    assert "pairs.json：未载入，没有适用的映射" in outcome.out


def test_a_file_of_column_names_alone_is_told(headwater: Run, feeds: Path) -> None:
    (feeds / "companies.csv").write_text(COMPANIES[0], "utf-8")
    outcome = headwater("load", feeds / "companies.csv")
    assert (outcome.code, "companies.csv: no row stands below" in outcome.out) == (0, True)


def test_rows_set_aside_are_listed_with_place_and_reason(loaded: Run) -> None:
    assert loaded("quarantine").out.startswith("freight.csv:4")
    (entry,) = loaded("quarantine", "--json").data
    assert (entry["row"], entry["values"]["consignment_no"]) == (4, "FR003")


def test_a_slip_in_a_code_leads_to_the_company(loaded: Run, feeds: Path) -> None:
    wrong = MAKER.partition("/")[2].replace("QD", "DQ")
    (feeds / "more.csv").write_text("\n".join((COMPANIES[0], f"{wrong},温州市永飞电池厂,,,,,,,")), "utf-8")
    assert loaded("load", feeds / "more.csv").code == 3
    shown = f"{MAKER} 温州市永飞电池实业有限公司\n"
    assert f"  one slip away: {shown}" in loaded("quarantine", "--file", "more.csv").out
    assert f"  仅差一笔误：{shown}" in loaded("quarantine", "--file", "more.csv", "--lang", "zh").out
    near = {entry["file"]: entry["near"] for entry in loaded("quarantine", "--json").data}
    assert near == {"freight.csv": [], "more.csv": [MAKER]}


def test_rows_set_aside_are_exported_as_they_came(loaded: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    assert loaded("quarantine", "--export", path).code == 0
    with path.open(encoding="utf-8-sig", newline="") as lines:
        (row,) = csv.DictReader(lines)
    assert row["source"] == "freight"
    assert row["raw"].startswith("FR003,德邦")


def test_a_retry_that_helps_nothing_ends_with_3(loaded: Run) -> None:
    assert loaded("quarantine", "--retry").code == 3
    assert loaded("quarantine", "--json").data


def test_without_rows_set_aside_the_list_says_so(headwater: Run, feeds: Path) -> None:
    headwater("load", feeds / "companies.csv")
    assert headwater("quarantine").out == "no row is set aside\n"
    assert headwater("quarantine", "--lang", "zh").out == "没有被搁置的行\n"


def test_a_source_is_forgotten(loaded: Run) -> None:
    assert loaded("forget", "freight", "--json").data == {"source": "freight", "records": 2}
    assert loaded("show", "FR001").code == 4
    assert loaded("show", MAKER).code == 0


def test_forgetting_an_unknown_source_names_the_known_ones(loaded: Run) -> None:
    outcome = loaded("forget", "freigth")
    assert outcome.code == 4
    assert "companies, freight" in outcome.err


@pytest.mark.parametrize(
    "text", ["永飞", "温州永飞电池", "yongfei", "Wenzhou Yongfei", "91330304MA6QDUMH3D", "永 飞 电池"]
)
def test_a_company_is_found_as_a_person_types_it(loaded: Run, text: str) -> None:
    assert loaded("search", text, "--json").data["hits"][0]["id"] == MAKER


def test_a_text_of_several_words_needs_no_quotes(loaded: Run) -> None:
    assert MAKER in loaded("search", "wenzhou", "yongfei").out


def test_a_search_may_be_narrowed_to_a_kind_by_its_name_or_label(loaded: Run) -> None:
    for kind in ("Party", "party", "具名主体", "Named party"):
        assert {h["kind"] for h in loaded("search", "永飞", "--kind", kind, "--json").data["hits"]} == {"Party"}


def test_a_cut_search_tells_how_many_there_are(loaded: Run) -> None:
    assert "1 of 2 shown; --limit shows more" in loaded("search", "永飞", "--limit", 1).out


def test_a_search_without_hits_is_whole_json_and_an_error(loaded: Run) -> None:
    outcome = loaded("search", "nobody knows", "--json")
    assert outcome.code == 4
    assert outcome.data == {"total": 0, "hits": []}
    assert json.loads(outcome.err)["error"]["code"] == "not_found"


def test_a_node_is_shown_with_values_records_and_links(loaded: Run) -> None:
    out = loaded("show", "91330304MA6QDUMH3D").out
    assert "温州市永飞电池实业有限公司" in out
    assert "companies:91330304MA6QDUMH3D#party" in out
    assert "←is consigned by— CONSIGNED_BY (1)" in out


def test_a_node_is_shown_in_chinese(loaded: Run) -> None:
    out = loaded("show", MAKER, "--lang", "zh").out
    assert "经营范围" in out
    assert "←发货人— CONSIGNED_BY（1）" in out


def test_what_a_node_leaves_out_is_told(loaded: Run) -> None:
    assert "newest 1 of 2" in loaded("show", "Address/330304|创业路|308", "--limit", 1).out
    (cut,) = [
        c for c in loaded("expand", "Address/330304|创业路|308", "--limit", 1, "--json").data["cut"] if c["total"] == 2
    ]
    assert cut["kept"] == 1


def test_a_record_is_shown_as_it_came(loaded: Run) -> None:
    out = loaded("show", "freight:FR002").out
    assert "freight.csv, row 3" in out
    assert "永飞电池厂" in out
    assert loaded("show", "freight:FR002#consignor", "--json").data["raw"]["consignor_name"] == "永飞电池厂"


def test_an_expansion_counts_before_it_lists(loaded: Run) -> None:
    data = loaded("expand", "13800138000", "--json").data
    assert {"kind": "HAS_PHONE", "direction": "in", "links": 1} in data["counts"]["Phone/+8613800138000"]
    assert MAKER in data["nodes"]


def test_an_expansion_may_be_of_some_days_only(loaded: Run) -> None:
    links = loaded(
        "expand", "浙江省温州市瓯海区创业路308号", "--kind", "DISPATCHED_FROM", "--start", "2025-06-01", "--json"
    ).data["links"]
    assert [link["source"] for link in links] == ["Consignment/FR002"]


def test_links_of_other_days_are_not_told_as_cut(loaded: Run) -> None:
    address = "Address/330304|创业路|308"
    assert "DISPATCHED_FROM (1 of 2 in this time)" in loaded("expand", address, "--start", "2025-06-01").out
    assert "（共 2 条，此时段 1 条）" in loaded("expand", address, "--start", "2025-06-01", "--lang", "zh").out


def test_two_nodes_are_joined_by_paths(loaded: Run) -> None:
    outcome = loaded("paths", "13800138000", "FR002")
    assert outcome.code == 0
    assert outcome.out.startswith("path 1: ")
    (first, *_) = loaded("paths", "13800138000", "FR002", "--json").data["paths"]
    assert (first["nodes"][0], first["nodes"][-1]) == ("Phone/+8613800138000", "Consignment/FR002")


def test_a_network_tells_who_is_central(loaded: Run) -> None:
    outcome = loaded("network", MAKER, "FR001", "FR002", "--hops", 1)
    assert outcome.code == 0
    assert "central" in outcome.out
    assert "communities" in loaded("network", MAKER, "--json").data


def test_the_status_counts_by_kind_and_source(loaded: Run, sqlite_store_url: str) -> None:
    out = loaded("status").out
    assert out.startswith(f"store {sqlite_store_url}\n")
    assert any(line.split() == ["Consignment", "Consignment", "2"] for line in out.splitlines())
    assert any(line.split() == ["freight", "2", "1"] for line in out.splitlines())


def test_a_graph_is_exported_to_a_folder_of_csv(loaded: Run, tmp_path: Path) -> None:
    assert loaded("export", "--format", "csv", "-o", tmp_path / "out").code == 0
    with (tmp_path / "out" / "nodes.csv").open(encoding="utf-8-sig", newline="") as lines:
        assert MAKER in {row["id"] for row in csv.DictReader(lines)}


def test_csv_without_a_folder_is_refused(loaded: Run) -> None:
    outcome = loaded("export", "--format", "csv")
    assert outcome.code == 2
    assert "--output" in outcome.err


def test_a_backup_restores_into_another_store(loaded: Run, tmp_path: Path) -> None:
    path, other = tmp_path / "b", f"sqlite:{tmp_path / 'other.db'}"
    assert "4 records written" in loaded("backup", path).out
    assert "4 records restored" in loaded("restore", path, "--store", other).out
    assert loaded("export", "--format", "jsonl", "--store", other).out == loaded("export", "--format", "jsonl").out


def test_what_is_no_backup_makes_no_store(headwater: Run, feeds: Path, tmp_path: Path) -> None:
    outcome = headwater("restore", feeds / "companies.csv", "--store", f"sqlite:{tmp_path / 'new.db'}")
    assert outcome.code == 5
    assert "no backup" in outcome.err
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize("name", ["strange.csv", "scan.pdf", "away.csv", "empty"])
def test_a_load_that_loads_nothing_makes_no_store(headwater: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "strange.csv").write_text("a,b\n1,2\n", "utf-8")
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "empty").mkdir()
    outcome = headwater("load", tmp_path / name, "--store", f"sqlite:{tmp_path / 'new.db'}")
    assert outcome.code == (0 if name == "empty" else 5)
    assert not list(tmp_path.glob("new.db*"))


def test_a_clue_is_traced(loaded: Run) -> None:
    outcome = loaded("trace", "13800138000", "--kind", "phone", "--right", "25414530", "--at", "2025-07-01")
    assert outcome.code == 0
    assert outcome.out.startswith("clue ")
    assert loaded("trace", "13800138000", "--json").data["start"] == ["Phone/+8613800138000"]


def test_a_file_of_clues_is_answered_line_by_line(loaded: Run, tmp_path: Path) -> None:
    clues, answers = tmp_path / "clues.csv", tmp_path / "answers.jsonl"
    clues.write_text("clue_no,kind,value,right_no,seen\nC1,phone,13800138000,,\nC2,phone,13700137000,,\n", "utf-8")
    assert "2 clues answered" in loaded("trace", "--clues", clues, "-o", answers).out
    first, second = map(json.loads, answers.read_text("utf-8").splitlines())
    assert (first["clue_no"], second["clue_no"], second["verdict"]) == ("C1", "C2", "unknown")
    assert loaded("trace", "--clues", clues).out == answers.read_text("utf-8")


def test_clues_that_cannot_be_read_leave_no_answers(loaded: Run, tmp_path: Path) -> None:
    clues, answers = tmp_path / "clues.csv", tmp_path / "answers.jsonl"
    clues.write_text("clue_no,kind,value\nC1,phone,13800138000\nC2,spaceship,x\n", "utf-8")
    assert loaded("trace", "--clues", clues, "-o", answers).code == 5
    assert not answers.exists()


def test_answers_never_take_the_place_of_a_store(loaded: Run, tmp_path: Path) -> None:
    clues, store = tmp_path / "clues.csv", tmp_path / "other.db"
    clues.write_text("value\n13800138000\n", "utf-8")
    assert loaded("backup", tmp_path / "b").code == 0
    assert loaded("restore", tmp_path / "b", "--store", f"sqlite:{store}").code == 0
    before = store.read_bytes()
    outcome = loaded("trace", "--clues", clues, "-o", store)
    assert outcome.code == 2
    assert "is a store" in outcome.err
    assert store.read_bytes() == before


def test_a_value_that_would_control_the_terminal_is_shown_harmless(headwater: Run, feeds: Path) -> None:
    path = feeds / "companies.csv"
    path.write_text(path.read_text("utf-8-sig").replace("电池生产、销售", "电池\x1b[2J生产\u202e"), "utf-8-sig")
    headwater("load", path)
    out = headwater("show", MAKER).out
    assert "电池\\x1b[2J生产\\u202e" in out


@pytest.mark.parametrize("command", ["load", "trace", "search", "show", "expand", "paths", "network", "status"])
def test_no_line_of_english_output_holds_chinese_words_of_ours(loaded: Run, command: str) -> None:
    """Words in Chinese would be labels that were not put into English: names and values of the feed are known here."""
    arguments = {
        "load": ["load", "--help"],
        "paths": ["paths", "FR001", "FR002"],
        "status": ["status"],
        "network": ["network", "FR001", "FR002"],
    }.get(command, [command, "13800138000"])
    english, chinese = loaded(*arguments).out, loaded(*arguments, "--lang", "zh").out
    assert command == "load" or english != chinese
    for word in ("节点", "关系", "记录", "路径", "结论", "概率"):
        assert command == "load" or word not in english


def test_in_chinese_a_trace_holds_no_english_words_of_ours(headwater: Run) -> None:
    market = Path(__file__).resolve().parents[2] / "examples" / "market"
    assert headwater("load", market / "feeds").code in (0, 3)
    with (market / "clues.csv").open(encoding="utf-8-sig", newline="") as lines:
        clues = list(csv.DictReader(lines))[:6]
    for clue in clues:
        given = ["--kind", clue["kind"], "--right", clue["right_no"], "--at", clue["seen"]]
        outcome = headwater("trace", clue["value"], *given, "--lang", "zh")
        assert outcome.code == 0
        for line in outcome.out.splitlines():
            # Names, ids and records are the feeds'; reasons, screens and headings are ours.
            if line.startswith("  ") and not line.startswith("    ") and "Listing" not in line and ";" in line:
                assert not re.search(r"[a-z]{4} [a-z]{2}", line), line
