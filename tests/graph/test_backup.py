from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graph.backup import backup, check, restore
from graph.errors import StoreIncompatible, UnreadableFile
from graph.model import FileVersion, Inference, Mention, Record, SetAside, StatedLink
from graph.opening import open_store
from graph.store import Store

MAKER, PHONE = "Company/91330304MA6QDUMH3D", "Phone/+8613800138000"


def record(number: int, name: str = "永飞", file: str = "freight.csv") -> Record:
    node = f"Consignment/FR{number}"
    links = (
        StatedLink("CONSIGNED_BY", node, MAKER, "2025-01-01", "2025-01-03"),
        StatedLink("HAS_PHONE", MAKER, PHONE, inference=Inference("text:1", 0.9, ("digits in words",))),
    )
    mentions = (
        Mention(node, "consignment", {"goods": "充电宝", "pieces": number, "weight": 1.5}),
        Mention(MAKER, "consignor", {"name": name}),
        Mention(PHONE, "phone"),
    )
    raw = {"no": f"FR{number}", "odd": 'a"b\n𠀋'}
    return Record("freight", f"FR{number}", file, number, f"{number} {name}", raw, mentions, links)


def fill(store: Store, count: int = 30) -> None:
    aside = SetAside("freight", "freight.csv", 99, "pieces", "is no number", b"\xff\x00,x", {"no": "FR99"}, "freight")
    store.merge([record(n) for n in range(count)], [aside])
    store.hold(store.digests(["freight:FR1"]), "corrected.csv")
    store.note_file(
        FileVersion("freight", "freight.csv", "digest", "mapping", count, 1, "2025-01-01T00:00:00+00:00", True)
    )


def whole(store: Store) -> dict[str, Any]:
    """All that a store holds."""
    return {
        "records": [(r, r.received) for r in store.all_records()],
        "nodes": list(store.nodes()),
        "links": list(store.links()),
        "aside": list(store.quarantine()),
        "files": store.files(),
        "held": {f.name: sorted(store.record_ids(f.source, f.name)) for f in store.files()},
        "counts": store.counts(),
    }


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    """An empty embedded store."""
    with open_store(f"sqlite:{tmp_path / 'other.db'}") as store:
        yield store


def test_a_backup_restores_all_that_a_store_of_either_kind_held(store: Store, other: Store, tmp_path: Path) -> None:
    fill(store)
    assert backup(store, tmp_path / "b") == 30
    assert restore(other, tmp_path / "b") == 30
    assert whole(other) == whole(store)


def test_a_backup_restores_into_a_store_of_either_kind(store: Store, other: Store, tmp_path: Path) -> None:
    fill(other)
    backup(other, tmp_path / "b")
    restore(store, tmp_path / "b")
    assert whole(store) == whole(other)


def test_restoring_twice_changes_nothing(store: Store, other: Store, tmp_path: Path) -> None:
    fill(other)
    backup(other, tmp_path / "b")
    restore(store, tmp_path / "b")
    before, (change, _) = whole(store), store.changes()
    restore(store, tmp_path / "b")
    assert whole(store) == before
    assert store.changes(change) == (change, ())


def test_what_the_store_held_beside_it_stays(other: Store, tmp_path: Path) -> None:
    fill(other)
    backup(other, tmp_path / "b")
    with open_store(f"sqlite:{tmp_path / 'third.db'}") as third:
        third.merge([record(100, file="more.csv")])
        restore(third, tmp_path / "b")
        assert third.counts().records == {"freight": 31}


def test_two_backups_of_one_store_are_equal(other: Store, tmp_path: Path) -> None:
    fill(other)
    backup(other, tmp_path / "a")
    backup(other, tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_backup_of_nothing_restores_to_nothing(other: Store, tmp_path: Path) -> None:
    assert backup(other, tmp_path / "b") == 0
    assert restore(other, tmp_path / "b") == 0


def test_a_backup_taken_while_a_load_runs_has_only_whole_batches(
    sqlite_store_url: str, other: Store, tmp_path: Path
) -> None:
    """Between two records of the backup another connection writes, and a file that was not whole stays marked so."""
    with open_store(sqlite_store_url) as reading, open_store(sqlite_store_url) as writing:
        half = FileVersion("freight", "freight.csv", "digest", "mapping", 0, 0, "2025-01-01T00:00:00+00:00", False)
        writing.note_file(half)
        writing.merge([record(n) for n in range(2500)])
        later = iter(range(10_000, 20_000))

        def write(_: int) -> None:
            writing.merge([record(next(later)) for _ in range(50)])
            writing.note_file(replace(half, complete=True))

        assert backup(reading, tmp_path / "b", write) == 2500
        assert writing.counts().records["freight"] == 2550
    restore(other, tmp_path / "b")
    assert other.counts().records == {"freight": 2500}
    assert [file.complete for file in other.files()] == [False]


def test_progress_is_told(other: Store, tmp_path: Path) -> None:
    other.merge([record(n) for n in range(4100)])
    told: list[int] = []
    backup(other, tmp_path / "b", told.append)
    assert told == [2000, 4000]


def lines(path: Path) -> list[bytes]:
    return gzip.decompress(path.read_bytes()).splitlines(keepends=True)


Spoil = Callable[[Path], bytes]
SPOILT: dict[str, Spoil] = {
    "cut off in the middle": lambda path: path.read_bytes()[: path.stat().st_size // 2],
    "cut off near the end": lambda path: path.read_bytes()[:-9],
    "one byte changed": lambda path: path.read_bytes()[:200] + b"\x00" + path.read_bytes()[201:],
    "without its last line": lambda path: gzip.compress(b"".join(lines(path)[:-1])),
    "without a record": lambda path: gzip.compress(b"".join([lines(path)[0], *lines(path)[2:]])),
    "empty": lambda path: b"",
    "no archive": lambda path: b"source,key\n1,2\n",
    "an archive of something else": lambda path: gzip.compress(b"hello"),
    "an archive of nothing": lambda path: gzip.compress(b""),
    "another format": lambda path: gzip.compress(b'{"format": "other"}\n'),
    "not a text": lambda path: gzip.compress(lines(path)[0] + b"\xff\xfe\n"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_backup_is_refused_before_anything_changes(other: Store, tmp_path: Path, how: str) -> None:
    fill(other)
    backup(other, tmp_path / "b")
    (tmp_path / "b").write_bytes(SPOILT[how](tmp_path / "b"))
    with open_store(f"sqlite:{tmp_path / 'third.db'}") as third:
        with pytest.raises(UnreadableFile, match=str(tmp_path / "b")):
            restore(third, tmp_path / "b")
        assert third.changes()[0] == 0


def test_a_backup_of_a_newer_headwater_is_refused(other: Store, tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(gzip.compress(json.dumps({"format": "headwater-backup", "schema": 99}).encode()))
    with pytest.raises(StoreIncompatible, match="newer"):
        restore(other, tmp_path / "b")


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableFile, match=str(tmp_path)):
        check(tmp_path / name)


def test_a_backup_that_fails_leaves_the_one_before(
    other: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    fill(other)
    backup(other, folder / "b")
    before = (folder / "b").read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnreadableFile, match="No space left"):
        backup(other, folder / "b")
    assert [(p.name, p.read_bytes()) for p in folder.iterdir()] == [("b", before)]


def test_a_folder_is_no_place_for_a_backup(other: Store, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="folder"):
        backup(other, tmp_path)


def test_a_backup_keeps_the_permissions_that_new_files_have(other: Store, tmp_path: Path) -> None:
    (tmp_path / "new").touch()
    backup(other, tmp_path / "b")
    assert (tmp_path / "b").stat().st_mode == (tmp_path / "new").stat().st_mode
