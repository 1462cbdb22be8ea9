from __future__ import annotations

import csv
import gzip
import os
import signal
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from graph.changes import RESERVED
from graph.errors import HeadwaterError, MappingError, Reserved, SettingError, UnreadableFile
from graph.opening import open_store
from graph.store import Store
from ingest import loader
from ingest.loader import Progress, Report, forget, load, load_prepared, prepare, retry
from tests.ingest.conftest import ORDERS, order

Write = Callable[..., Path]
ROOT = Path(__file__).resolve().parents[2]


def everything(store: Store) -> tuple[Any, ...]:
    """All that a store holds, without when it came."""
    return (
        [(r.id, r.file, r.row, r.digest, r.raw, r.mentions, r.links) for r in store.all_records()],
        list(store.nodes()),
        list(store.links()),
        [(q.source, q.file, q.row, q.column, q.reason, q.raw, q.values) for q in store.quarantine()],
        [(f.source, f.name, f.digest, f.rows, f.set_aside, f.complete) for f in store.files()],
    )


def keys(store: Store, source: str = "orders") -> set[str]:
    return {name.partition(":")[2] for name in store.record_ids(source)}


def counts(report: Report) -> dict[str, int]:
    names = ("rows", "added", "replaced", "unchanged", "repeated", "set_aside", "withdrawn")
    return {name: count for name in names if (count := report.total(name))}


# On both stores


def test_a_second_load_of_the_same_folder_changes_nothing(store: Store, orders: Write) -> None:
    path = orders("A", "B", order("C", amount="none"))
    load(store, [path.parent])
    before = everything(store)
    assert counts(load(store, [path.parent])) == {"rows": 3, "unchanged": 2, "set_aside": 1}
    assert everything(store) == before


def test_a_corrected_file_replaces_what_its_earlier_version_said(store: Store, orders: Write) -> None:
    load(store, [orders("A", "B", "C")])
    path = orders("A", order("B", amount="99", waybill="YT2"))
    assert counts(load(store, [path])) == {"rows": 2, "unchanged": 1, "replaced": 1, "withdrawn": 1}
    assert keys(store) == {"A", "B"}
    assert store.get(["Order/B"])["Order/B"].get("amount") == 99
    assert not store.get(["Order/C"])
    assert store.get(["Parcel/YT2"])


def test_a_store_corrected_is_as_one_that_never_held_the_mistake(store: Store, orders: Write, tmp_path: Path) -> None:
    load(store, [orders("A", "B", order("C", amount="?"))])
    path = orders("D", "B", order("C", amount="7"))
    load(store, [path])
    with open_store(f"sqlite:{tmp_path / 'fresh.db'}") as fresh:
        load(fresh, [path])
        assert everything(store) == everything(fresh)


def test_forgetting_a_source_takes_back_all_that_only_it_said(store: Store, orders: Write, write: Write) -> None:
    payees = write("payees.csv", "payee_account,holder_name,holder_id,bank,opened\nalipay:1,张三,,支付宝,2020-01-01\n")
    load(store, [payees])
    before = everything(store)
    path = orders("A", "B", order("C", amount="?"))
    load(store, [path])
    assert forget(store, "orders") == 2
    assert everything(store) == before
    assert counts(load(store, [path]))["added"] == 2


# Versions of a file


def test_a_row_sent_twice_counts_once(embedded: Store, orders: Write) -> None:
    assert counts(load(embedded, [orders("A", "B", "A")])) == {"rows": 3, "added": 2, "repeated": 1}


def test_a_row_sent_twice_in_another_batch_counts_once(
    embedded: Store, orders: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "BATCH", 2)
    assert counts(load(embedded, [orders("A", "B", "C", "A", order("B", amount="1"))])) == {
        "rows": 5,
        "added": 3,
        "repeated": 1,
        "set_aside": 1,
    }


def test_a_key_used_again_for_something_else_is_set_aside(embedded: Store, orders: Write) -> None:
    load(embedded, [orders("A", order("A", amount="1"))])
    (entry,) = embedded.quarantine()
    assert (entry.row, entry.column) == (3, "order_no")
    assert entry.reason == "the row's key is that of row 2, which says something else"
    assert embedded.get(["Order/A"])["Order/A"].get("amount") == 12.5


def test_an_empty_key_is_set_aside(embedded: Store, orders: Write) -> None:
    load(embedded, [orders(" ", "A")])
    (entry,) = embedded.quarantine()
    assert (entry.row, entry.column) == (2, "order_no")
    assert "empty" in entry.reason
    assert keys(embedded) == {"A"}


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (order("A", amount="viel"), "amount", "no number"),
        (order("A", paid="2025-13-45"), "paid", "impossible date"),
        (order("A", amount="1e999"), "amount", "too large"),
        (order("A" * 9000), None, "a key has"),
        (order("A")[:-1], None, "7 cells"),
    ],
)
def test_a_row_set_aside_tells_its_place_and_reason(
    embedded: Store, orders: Write, row: list[Any], column: str | None, reason: str
) -> None:
    load(embedded, [orders("B", row)])
    (entry,) = embedded.quarantine()
    assert (entry.source, entry.file, entry.row, entry.column) == ("orders", "orders.csv", 3, column)
    assert reason in entry.reason
    assert entry.raw == ",".join(map(str, row)).encode()
    assert keys(embedded) == {"B"}


def test_a_row_broken_by_a_correction_keeps_what_its_record_said(embedded: Store, orders: Write) -> None:
    load(embedded, [orders("A", "B", "C")])
    report = load(embedded, [orders("A", order("B", amount="?"), [*order("C"), "one cell too many"])])
    assert counts(report) == {"rows": 3, "unchanged": 1, "set_aside": 2}
    assert keys(embedded) == {"A", "B", "C"}


def test_rows_set_aside_are_released_when_the_corrected_file_comes(embedded: Store, orders: Write) -> None:
    load(embedded, [orders(order("A", amount="?"), "B")])
    load(embedded, [orders("A", "B")])
    assert not list(embedded.quarantine())
    assert keys(embedded) == {"A", "B"}


def test_added_to_a_file_its_earlier_records_stay(embedded: Store, orders: Write) -> None:
    load(embedded, [orders("A", "B")])
    assert counts(load(embedded, [orders("C")], add=True)) == {"rows": 1, "added": 1}
    assert keys(embedded) == {"A", "B", "C"}


def test_a_file_that_was_added_takes_the_place_of_all_when_it_comes_without(embedded: Store, orders: Write) -> None:
    load(embedded, [orders("A", "B")])
    path = orders("C")
    load(embedded, [path], add=True)
    assert counts(load(embedded, [path])) == {"rows": 1, "unchanged": 1, "withdrawn": 2}
    assert keys(embedded) == {"C"}


def test_a_file_added_again_changes_nothing(embedded: Store, orders: Write) -> None:
    load(embedded, [orders("A", order("bad", amount="?"))])
    path = orders("C", order("worse", amount="?"))
    load(embedded, [path], add=True)
    before = everything(embedded)
    assert [(f.rows, f.set_aside) for f in embedded.files()] == [(4, 2)]
    assert counts(load(embedded, [path], add=True)) == {"rows": 2, "unchanged": 1, "set_aside": 1}
    assert everything(embedded) == before


def test_a_row_that_another_load_withdraws_meanwhile_is_written_again(
    embedded: Store, orders: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(embedded, [orders("A", name="a.csv"), orders("B", name="b.csv")])
    hold = embedded.hold

    def after_another(*arguments: Any, **named: Any) -> set[str]:
        monkeypatch.undo()
        load(embedded, [orders("Z", name="a.csv")])
        return hold(*arguments, **named)

    monkeypatch.setattr(embedded, "hold", after_another)
    load(embedded, [orders("A", "B", name="b.csv")])
    assert keys(embedded) == {"A", "B", "Z"}


def test_a_record_in_two_files_outlasts_the_correction_of_one(embedded: Store, orders: Write) -> None:
    load(embedded, [orders("A", "B", name="may.csv"), orders("B", "C", name="june.csv")])
    load(embedded, [orders("C", name="june.csv")])
    assert keys(embedded) == {"A", "B", "C"}
    load(embedded, [orders("A", name="may.csv")])
    assert keys(embedded) == {"A", "C"}


def test_the_same_row_from_two_sources_is_two_records(embedded: Store, orders: Write) -> None:
    path = orders("A")
    load(embedded, [path])
    load(embedded, [path], source="agency")
    assert set(embedded.counts().records) == {"orders", "agency"}
    forget(embedded, "agency")
    assert embedded.get(["Order/A"])["Order/A"].mentions == 1


@pytest.mark.parametrize("name", ["", "a:b", "x" * 5000])
def test_a_source_that_cannot_be_part_of_an_id_is_refused(embedded: Store, orders: Write, name: str) -> None:
    with pytest.raises(SettingError, match="no colon"):
        load(embedded, [orders("A")], source=name)
    assert not embedded.files()


@pytest.mark.parametrize("name", RESERVED)
def test_a_source_kept_for_who_is_who_is_refused(embedded: Store, orders: Write, name: str) -> None:
    with pytest.raises(SettingError, match="name another"):
        load(embedded, [orders("A")], source=name)
    assert not embedded.files()


# What a file may be


def test_a_csv_saved_by_excel_on_a_chinese_windows_loads(embedded: Store, write: Write) -> None:
    header = "运单号,快递公司,寄件人,寄件电话,寄件地址,揽收时间\r\n"
    text = f"{header}YT1,圆通,张三,138****1234,浙江省温州市鹿城区车站大道69号,2025/8/16 9:05\r\n"
    load(embedded, [write("parcels.csv", text, "gb18030")])
    assert embedded.get(["MaskedPhone/+86138****1234", "Parcel/YT1"]).keys() >= {"Parcel/YT1"}
    assert embedded.get(["Parcel/YT1"])["Parcel/YT1"].get("collected") == "2025-08-16T09:05:00"


def test_a_file_with_a_header_only_holds_no_rows(embedded: Store, orders: Write) -> None:
    assert counts(load(embedded, [orders()])) == {}
    assert embedded.files()[0].complete


def test_an_empty_file_is_refused_in_one_line(embedded: Store, write: Write) -> None:
    with pytest.raises(UnreadableFile, match=r"^[^\n]*nothing\.csv: the file is empty[^\n]*$"):
        load(embedded, [write("nothing.csv", b"")])


def test_a_pdf_by_mistake_stops_before_anything_is_loaded(embedded: Store, orders: Write, write: Write) -> None:
    write("zzz.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n")
    with pytest.raises(UnreadableFile, match="PDF"):
        load(embedded, [orders("A").parent])
    assert not list(embedded.all_records())
    assert not embedded.files()


def test_a_file_of_an_unknown_kind_stops_when_it_was_named(embedded: Store, orders: Write, write: Write) -> None:
    stranger = write("zzz.csv", "colour,size\nred,9\n")
    with pytest.raises(MappingError, match=r"zzz\.csv: no mapping fits .*colour, size.*headwater mapping"):
        load(embedded, [orders("A"), stranger])
    assert not embedded.files()


def test_a_file_of_an_unknown_kind_in_a_folder_is_left_out_and_told(
    embedded: Store, orders: Write, write: Write
) -> None:
    stranger = write("zzz.csv", "colour,size\nred,9\n")
    report = load(embedded, [orders("A").parent])
    assert [file.name for file in report.files] == ["orders.csv"]
    ((name, reason),) = report.left_out
    assert name == str(stranger)
    assert reason.startswith("no mapping fits its columns (colour, size)")
    assert not report.is_whole


def test_a_folder_of_unknown_kinds_alone_stops(embedded: Store, write: Write) -> None:
    with pytest.raises(MappingError, match=r"zzz\.csv: no mapping fits"):
        load(embedded, [write("zzz.csv", "colour,size\nred,9\n").parent])


def test_a_column_that_the_named_mapping_alone_knows_is_told(embedded: Store, write: Write) -> None:
    mapping = write(
        "deals.yaml",
        "feed: deals\ncolumns: [no]\nkey: no\nnodes:\n  order: {kind: Order, key: no, set: {amount: amuont}}\n",
    )
    report = load(embedded, [write("deals.csv", "no,amount\nA,1\n")], mapping=str(mapping))
    assert [name.rpartition("/")[2] for name, _ in report.left_out] == ["deals.csv, amuont"]
    assert report.is_whole


def test_a_workbook_gives_a_table_a_sheet_and_tells_what_it_leaves_out(embedded: Store, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheets = {"七月": ["A", "B"], "八月": ["C"]}
    for title, numbers in sheets.items():
        sheet = book.create_sheet(title)
        sheet.append(ORDERS)
        for number in numbers:
            sheet.append(order(number))
    book["Sheet"].append(["About", "this file"])
    book.save(tmp_path / "orders.xlsx")
    report = load(embedded, [tmp_path / "orders.xlsx"])
    assert [file.name for file in report.files] == ["orders.xlsx#七月", "orders.xlsx#八月"]
    assert keys(embedded) == {"A", "B", "C"}
    assert [reason for _, reason in report.left_out] == ["a sheet that has the columns of no feed"]


def test_a_zip_gives_a_table_a_member(embedded: Store, orders: Write, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "feeds.zip", "w") as archive:
        archive.write(orders("A", name="may.csv"), "may.csv")
        archive.write(orders("B", name="june.csv"), "june.csv")
        archive.writestr("README.md", "about")
        archive.writestr("zzz.csv", "colour,size\nred,9\n")
    report = load(embedded, [tmp_path / "feeds.zip"])
    assert {file.name for file in report.files} == {"feeds.zip!may.csv", "feeds.zip!june.csv"}
    assert [name.rpartition("!")[2] for name, _ in report.left_out] == ["README.md", "zzz.csv"]
    assert keys(embedded) == {"A", "B"}


def test_a_gzip_loads_as_what_it_holds(embedded: Store, orders: Write, tmp_path: Path) -> None:
    (tmp_path / "orders.csv.gz").write_bytes(gzip.compress(orders("A").read_bytes()))
    load(embedded, [tmp_path / "orders.csv.gz"])
    assert keys(embedded) == {"A"}


def test_files_of_one_name_in_two_folders_are_two_files(embedded: Store, orders: Write, tmp_path: Path) -> None:
    orders("A", name="may/orders.csv")
    orders("B", name="june/orders.csv")
    for _ in range(2):
        report = load(embedded, [tmp_path / "feeds"])
        assert {file.name for file in report.files} == {"may/orders.csv", "june/orders.csv"}
        assert keys(embedded) == {"A", "B"}


def test_two_files_that_would_replace_each_other_are_refused(embedded: Store, orders: Write) -> None:
    with pytest.raises(MappingError, match="is called orders.csv too"):
        load(embedded, [orders("A", name="may/orders.csv"), orders("B", name="june/orders.csv")])


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there")
def test_a_file_whose_name_is_no_text_loads(embedded: Store, orders: Write) -> None:
    path = orders("A")
    named = os.path.join(os.fsencode(path.parent), "订单.csv".encode("gb18030"))
    os.rename(path, named)
    load(embedded, [Path(os.fsdecode(named))])
    assert keys(embedded) == {"A"}
    assert embedded.files()[0].name.endswith(".csv")


def test_a_file_that_changes_while_it_is_loaded_is_not_taken_for_whole(
    embedded: Store, orders: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "BATCH", 1)
    path = orders("A", "B")

    def meddle(_: Progress) -> None:
        orders("A", "B", "C")

    with pytest.raises(UnreadableFile, match="changed while it was loaded"):
        load(embedded, [path], progress=meddle)
    assert not embedded.files()[0].complete
    load(embedded, [path])
    assert keys(embedded) == {"A", "B", "C"}


def zipped(path: Path, *members: tuple[str, Path]) -> Path:
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # two members of one name
        for name, member in members:
            archive.write(member, name)
    return path


@pytest.mark.parametrize("threshold", [0, 1 << 60], ids=["two processes", "one process"])
def test_an_archive_that_has_lost_a_table_is_not_taken_for_whole(
    embedded: Store, orders: Write, tmp_path: Path, threshold: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loader, "BESIDE_BYTES", threshold)
    a, b = orders("A", name="a.csv"), orders("B", name="b.csv")
    path = zipped(tmp_path / "feeds.zip", ("a.csv", a), ("b.csv", b))
    prepared = prepare([path])
    zipped(path, ("b.csv", b))
    with pytest.raises(UnreadableFile, match="changed while"):
        load_prepared(embedded, prepared)
    assert not any(file.complete for file in embedded.files())


def test_an_archive_with_two_files_of_one_name_is_refused(
    embedded: Store, orders: Write, write: Write, tmp_path: Path
) -> None:
    other = write("phones.csv", [["seller_id", "platform"], ["1", "taobao"]])
    with pytest.raises((MappingError, UnreadableFile), match="two files called a.csv"):
        load(
            embedded, [zipped(tmp_path / "feeds.zip", ("a.csv", orders("A")), ("a.csv", other), ("a.csv", orders("B")))]
        )
    assert not embedded.files()


def test_progress_tells_bytes_and_rows(embedded: Store, orders: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "BATCH", 2)
    seen: list[Progress] = []
    path = orders("A", "B", "C")
    load(embedded, [path], progress=seen.append)
    assert [step.rows for step in seen] == [2, 3]
    assert seen[-1].position == seen[-1].size == path.stat().st_size


# Rows set aside, once more


MAPPING = """
feed: deals
columns: [no, money]
key: no
nodes:
  order: {{kind: Order, key: no, set: {{amount: {amount}}}}}
"""


def test_rows_are_retried_by_the_mended_mapping_of_a_user(embedded: Store, write: Write) -> None:
    mapping = write("deals.yaml", MAPPING.format(amount="no"))
    path = write("deals.csv", "no,money\nA,1\nB,2\n")
    assert counts(load(embedded, [path], mapping=str(mapping)))["set_aside"] == 2
    mapping.write_text(MAPPING.format(amount="money"))
    assert counts(retry(embedded)) == {"rows": 2, "added": 2}
    assert keys(embedded, "deals") == {"A", "B"}
    assert not list(embedded.quarantine())
    assert embedded.files()[0].set_aside == 0


def test_rows_that_cannot_be_trusted_stay_set_aside(embedded: Store, orders: Write) -> None:
    load(embedded, [orders("A", order("A", amount="1"), order("B")[:-1], order("C", amount="?"))])
    before = everything(embedded)
    assert counts(retry(embedded)) == {"rows": 3, "set_aside": 3}
    assert everything(embedded) == before


def test_rows_whose_mapping_is_gone_are_left_and_told(embedded: Store, write: Write) -> None:
    mapping = write("deals.yaml", MAPPING.format(amount="no"))
    load(embedded, [write("deals.csv", "no,money\nA,1\n")], mapping=str(mapping))
    mapping.unlink()
    assert "not there any more" in retry(embedded).left_out[0][1]
    assert len(list(embedded.quarantine())) == 1


def test_a_changed_mapping_reads_a_known_file_anew(embedded: Store, write: Write) -> None:
    mapping = write("deals.yaml", MAPPING.format(amount="money"))
    path = write("deals.csv", "no,money\nA,1\n")
    load(embedded, [path], mapping=str(mapping))
    mapping.write_text(MAPPING.format(amount="{column: money}"))
    assert counts(load(embedded, [path], mapping=str(mapping))) == {"rows": 1, "replaced": 1}


# A second process


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even small files are read by a process of their own."""
    monkeypatch.setattr(loader, "BESIDE_BYTES", 0)


@pytest.mark.usefixtures("beside")
def test_a_load_by_two_processes_is_that_of_one(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("companies", "freight", "listings", "accounts")
    paths = [shared / "worlds" / "small" / "feeds" / f"{name}.csv" for name in names]
    with open_store(f"sqlite:{tmp_path / 'two.db'}") as two, open_store(f"sqlite:{tmp_path / 'one.db'}") as one:
        report = load(two, paths)
        monkeypatch.setattr(loader, "BESIDE_BYTES", 1 << 60)
        assert counts(load(one, paths)) == counts(report)
        assert everything(one) == everything(two)


@pytest.mark.usefixtures("beside")
def test_a_file_that_breaks_off_is_told_by_the_process_beside(embedded: Store, orders: Write, tmp_path: Path) -> None:
    path = orders("A")
    report: list[Progress] = []

    def remove(step: Progress) -> None:
        report.append(step)
        path.unlink(missing_ok=True)

    with pytest.raises(UnreadableFile, match="changed while"):
        load(embedded, [path], progress=remove)


@pytest.mark.usefixtures("beside")
def test_a_process_that_dies_is_an_error_that_says_so(
    embedded: Store, orders: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(HeadwaterError, match="ended before its work"):
        load(embedded, [orders("A")])
    assert not embedded.files() or not embedded.files()[0].complete


# Killed, and two at once


def many_orders(orders: Write, count: int = 3000) -> Path:
    return orders(*(f"N{n}" for n in range(count)), order("bad", amount="?"))


LOADING = """
import sys
from pathlib import Path
from graph.opening import open_store
from ingest import loader
loader.BATCH, loader.BESIDE_BYTES = 100, int(sys.argv[3])
def tell(step):
    print(step.rows, flush=True)
with open_store(sys.argv[1]) as store:
    loader.load(store, [Path(sys.argv[2])], progress=tell)
"""


def start(url: str, path: Path, beside: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", LOADING, url, str(path), str(beside)], cwd=ROOT, stdout=subprocess.PIPE
    )


@pytest.mark.parametrize("beside", [0, 1 << 60], ids=["two processes", "one process"])
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_load_killed_and_run_again_is_as_one_undisturbed(orders: Write, tmp_path: Path, beside: int) -> None:
    path = many_orders(orders)
    url = f"sqlite:{tmp_path / 'killed.db'}"
    process = start(url, path, beside)
    with process:
        assert process.stdout is not None
        for _ in range(5):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    with open_store(url) as store, open_store(f"sqlite:{tmp_path / 'whole.db'}") as whole:
        assert 500 <= len(list(store.all_records())) < 3000
        assert not store.files()[0].complete
        load(store, [path])
        load(whole, [path])
        assert everything(store) == everything(whole)


def test_two_loads_at_once_are_as_one(orders: Write, tmp_path: Path) -> None:
    path = many_orders(orders, 1500)
    url = f"sqlite:{tmp_path / 'both.db'}"
    both = [start(url, path, 1 << 60) for _ in range(2)]
    for process in both:
        process.communicate()
    assert [process.returncode for process in both] == [0, 0]
    with open_store(url) as store, open_store(f"sqlite:{tmp_path / 'whole.db'}") as whole:
        load(whole, [path])
        assert everything(store) == everything(whole)


def test_a_load_stops_when_another_version_of_its_file_is_begun(orders: Write, tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path / 'both.db'}"
    path = many_orders(orders, 1500)
    with start(url, path, 1 << 60) as process, open_store(url) as store:
        assert process.stdout is not None
        for _ in range(3):
            process.stdout.readline()
        load(store, [orders(*(f"M{n}" for n in range(30)))])
        process.communicate()
        assert process.returncode
        assert keys(store) == {f"M{n}" for n in range(30)}
        assert [(file.rows, file.complete) for file in store.files()] == [(30, True)]


MEASURE = """
import resource, sys
from pathlib import Path
from graph.opening import open_store
from ingest import loader
loader.BATCH, loader.BESIDE_BYTES = 500, 1 << 60
with open_store(sys.argv[1]) as store:
    loader.load(store, [Path(sys.argv[2])])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the resource module is for Unix")
def test_ten_times_the_rows_take_little_more_memory(orders: Write, tmp_path: Path) -> None:
    peaks = []
    for count in (1_500, 15_000):
        path = many_orders(orders, count)
        arguments = [sys.executable, "-c", MEASURE, f"sqlite:{tmp_path / f'{count}.db'}", str(path)]
        done = subprocess.run(arguments, cwd=ROOT, capture_output=True, check=True, text=True)
        peaks.append(int(done.stdout))
    # A page cache of the store that fills up once is no growth with the file.
    assert peaks[1] < 1.2 * peaks[0] + 16_000


# The synthetic markets


@pytest.mark.parametrize("world", ["small"])
def test_the_bad_rows_of_a_market_are_set_aside_and_no_other(embedded: Store, shared: Path, world: str) -> None:
    folder = shared / "worlds" / world
    with (folder / "truth" / "bad_rows.csv").open(encoding="utf-8", newline="") as file:
        bad = sorted((row["feed"], row["first_column"]) for row in csv.DictReader(file))
    report = load(embedded, [folder / "feeds"])
    found = sorted((entry.source, next(iter(entry.values.values()))) for entry in embedded.quarantine())
    assert found == bad
    total = counts(report)
    assert total["rows"] == total["added"] + total["repeated"] + total["set_aside"]
    before = embedded.counts()
    assert counts(load(embedded, [folder / "feeds"])) == {
        "rows": total["rows"] - total["repeated"],
        "unchanged": total["added"],
        "set_aside": total["set_aside"],
    }
    assert embedded.counts() == before


def test_lists_of_factories_load_and_a_factory_twice_in_a_list_counts_once(embedded: Store, shared: Path) -> None:
    folder = shared / "data" / "factories"
    paths = sorted([*folder.glob("*.csv"), folder / "12.xls"])
    report = load(embedded, paths)
    assert not report.total("set_aside")
    assert report.total("repeated")
    assert embedded.counts().nodes["Site"] == len(keys(embedded, "factories"))


def test_a_list_in_two_forms_of_excel_is_held_by_both_files(embedded: Store, shared: Path) -> None:
    folder = shared / "data" / "factories"
    load(embedded, [folder / "12.xls"])
    before = keys(embedded, "factories")
    load(embedded, [folder / "12.xlsx"])
    assert keys(embedded, "factories") == before


@pytest.mark.parametrize("source", RESERVED)
def test_what_no_feed_says_is_not_forgotten_as_a_whole(store: Store, source: str) -> None:
    with pytest.raises(Reserved, match=source):
        forget(store, source)


READING = """
import sys
from pathlib import Path
from graph import glossary
from graph.opening import open_store
from ingest import loader
loader.BESIDE_BYTES = int(sys.argv[4])
glossary.extend(Path(sys.argv[3]))
with open_store(sys.argv[1]) as store:
    loader.load(store, [Path(sys.argv[2])])
    print(*{link.values.get("industry") for link in store.links(["NAMED"])})
"""


@pytest.mark.parametrize("beside", [0, 1 << 60], ids=["two processes", "one process"])
def test_a_process_beside_the_load_reads_names_by_the_users_own_glossary(tmp_path: Path, beside: int) -> None:
    (words := tmp_path / "words.yaml").write_text("industries: [{key: drones, zh: [无人机]}]", "utf-8")
    path = tmp_path / "companies.csv"
    columns = "统一社会信用代码,企业名称,英文名称,法定代表人,注册地址,联系电话,经营范围,成立日期,登记状态"
    path.write_text(f"{columns}\n91330304MA6QDUMH3D,深圳锦鲤无人机有限公司,,,,,,,存续\n", "utf-8")
    command = [sys.executable, "-c", READING, f"sqlite:{tmp_path / 'drones.db'}", str(path), str(words), str(beside)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["drones"]
