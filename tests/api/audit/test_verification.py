from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.audit import verification
from api.audit.chain import Chain, parted
from api.audit.entry import Entry
from api.audit.heads import PURPOSE, Head, Heads, count_of
from api.audit.log import AuditLog
from api.audit.verification import Report, verify
from api.errors import StateUnavailable
from api.state import AUDIT, DATABASE, SECRET, State

Lines = list[bytes]


def wrote(state: State, names: str, most_bytes: int = 1 << 20) -> None:
    """Writes a chain with an entry per letter; the second letter stands in line 3, after the line of the file."""
    log = AuditLog(state, most_bytes=most_bytes)
    for name in names:
        log.append(Entry("k", "customs", "query", "{me}", name)).wait()
    log.close()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audit") / "state"
    with State(folder) as state:
        wrote(state, "abcdef")
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """A state whose log has one chain of one file with seven lines."""
    return Path(shutil.copytree(original, tmp_path / "state"))


@pytest.fixture
def state(folder: Path) -> Iterator[State]:
    with State(folder) as opened:
        yield opened


def only(folder: Path) -> Path:
    (path,) = (folder / AUDIT).iterdir()
    return path


def set_head(folder: Path, head: Head) -> None:
    """What somebody does who knows of the database, but not of the secret."""
    with closing(sqlite3.connect(folder / DATABASE)) as db:
        db.execute("UPDATE head SET n = ?, hash = ?", (head.n, head.hash))
        db.commit()


def found(report: Report) -> list[tuple[str, int | None]]:
    return [(finding.code, finding.line) for finding in report.findings]


def test_a_log_as_it_was_written_is_whole(folder: Path) -> None:
    report = verify(folder)
    assert (report.ok, report.files, report.entries, report.notices) == (True, 1, 7, [])
    assert [head.n for head in report.heads.values()] == [7]


def changed(lines: Lines) -> Lines:
    return [*lines[:3], lines[3].replace(b'"customs"', b'"steward"'), *lines[4:]]


def rehashed(lines: Lines) -> Lines:
    """Line 4 with the hash of line 5, as of one who thinks that any hash will do."""
    return [*lines[:3], lines[3][:-67] + lines[4][-67:], *lines[4:]]


def removed(lines: Lines) -> Lines:
    return lines[:3] + lines[4:]


def removed_and_renumbered(lines: Lines) -> Lines:
    return lines[:3] + [line.replace(b'"n":%d' % n, b'"n":%d' % (n - 1)) for n, line in enumerate(lines[4:], 5)]


def swapped(lines: Lines) -> Lines:
    return [*lines[:3], lines[4], lines[3], *lines[5:]]


def doubled(lines: Lines) -> Lines:
    return [*lines[:4], *lines[3:]]


def put_in(lines: Lines) -> Lines:
    return [*lines[:4], b'{"n":5,"kind":"query","hash":"%b"}\n' % (b"0" * 64), *lines[4:]]


def added(lines: Lines) -> Lines:
    return [*lines, b'{"n":8,"kind":"query","hash":"%b"}\n' % (b"0" * 64)]


def nonsense(lines: Lines) -> Lines:
    return [*lines[:3], b"nonsense\n", *lines[3:]]


def joined(lines: Lines) -> Lines:
    return [*lines[:3], lines[3].rstrip(b"\n"), *lines[4:]]


def beheaded(lines: Lines) -> Lines:
    return lines[1:]


def cut(lines: Lines) -> Lines:
    return lines[:-2]


def cut_within(lines: Lines) -> Lines:
    return [*lines[:-1], lines[-1][:-5]]


def emptied(lines: Lines) -> Lines:
    return []


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (changed, ("changed", 4)),
        (rehashed, ("changed", 4)),
        (removed, ("missing", 4)),
        (removed_and_renumbered, ("changed", 4)),
        (swapped, ("missing", 4)),
        (doubled, ("order", 5)),
        (put_in, ("changed", 5)),
        (added, ("changed", 8)),
        (nonsense, ("malformed", 4)),
        (joined, ("changed", 4)),
        (beheaded, ("missing", 1)),
        (cut, ("cut_off", 5)),
        (cut_within, ("cut_off", 7)),
        (emptied, ("cut_off", 0)),
    ],
)
def test_an_entry_that_was_tampered_with_is_found_at_its_line(
    folder: Path, tamper: Callable[[Lines], Lines], expected: tuple[str, int]
) -> None:
    path = only(folder)
    path.write_bytes(b"".join(tamper(path.read_bytes().splitlines(keepends=True))))
    report = verify(folder)
    assert found(report)[0] == expected
    assert report.findings[0].file == path.name


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_byte_can_be_changed_unseen(original: Path, tmp_path: Path, data: st.DataObject) -> None:
    folder = tmp_path / "copy"
    shutil.rmtree(folder, ignore_errors=True)
    path = only(Path(shutil.copytree(original, folder)))
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[at]))
    path.write_bytes(content)
    assert not verify(folder).ok


def test_a_line_that_was_cut_off_before_it_was_acknowledged_is_told_but_not_wrong(folder: Path) -> None:
    path = only(folder)
    path.write_bytes(path.read_bytes() + b'{"n":8,"time":"2026-')
    report = verify(folder)
    assert report.ok
    assert [(notice.code, notice.line) for notice in report.notices] == [("cut_off", 8)]


def test_a_file_that_was_removed_is_named(folder: Path) -> None:
    path = only(folder)
    path.unlink()
    (finding,) = verify(folder).findings
    assert (finding.code, finding.file) == ("missing", path.name)


@pytest.mark.parametrize("which", [0, 1, -1], ids=["first", "middle", "last"])
def test_a_file_that_was_removed_from_a_chain_of_several_is_found(state: State, which: int) -> None:
    shutil.rmtree(state.folder / AUDIT)
    wrote(state, "abcdefghijklmnop", most_bytes=1000)
    paths = sorted((state.folder / AUDIT).iterdir())
    assert len(paths) > 3
    paths[which].unlink()
    findings = [
        finding for finding in verify(state.folder).findings if finding.file.startswith(paths[0].name.partition(".")[0])
    ]
    assert findings[0].code == ("cut_off" if which == -1 else "missing")
    assert findings[0].file == paths[-2 if which == -1 else which].name


def test_a_file_that_was_renamed_is_found(folder: Path) -> None:
    path = only(folder)
    path.rename(path.with_name("another.000001.jsonl"))
    findings = verify(folder).findings
    assert {finding.code for finding in findings} >= {"unknown", "missing"}
    assert any(path.name in finding.message for finding in findings)


def test_a_chain_from_elsewhere_is_found(folder: Path, tmp_path: Path) -> None:
    with State(tmp_path / "other") as other:
        wrote(other, "xyz")
    shutil.copy(only(other.folder), folder / AUDIT)
    codes = {finding.code for finding in verify(folder).findings}
    assert codes == {"unknown", "changed"}


def shorter(path: Path) -> Head:
    """Cuts the last line off, and gives the head that the chain seems to have then."""
    lines = path.read_bytes().splitlines(keepends=True)[:-1]
    path.write_bytes(b"".join(lines))
    part = parted(lines[-1])
    assert part is not None
    return Head(part[0], part[2].hex())


def test_an_end_cut_off_with_its_head_set_to_the_last_line_that_is_left_is_found(folder: Path) -> None:
    set_head(folder, shorter(only(folder)))
    (finding,) = verify(folder).findings
    assert (finding.code, finding.file) == ("database", DATABASE)
    assert "the head of the chain" in finding.message


def test_an_end_cut_off_with_its_head_put_back_from_a_copy_is_found_by_another_chain(tmp_path: Path) -> None:
    with State(tmp_path / "new") as state:
        log = AuditLog(state)
        copy = state.rows("SELECT n, hash, mac FROM head")[0]
        while not copy["n"]:
            log.append(Entry("k", "customs", "query", "{me}", "before")).wait()
            copy = state.rows("SELECT n, hash, mac FROM head")[0]
        log.append(Entry("k", "customs", "query", "{me}", "after")).wait()
        log.close()
        path = only(state.folder)
        wrote(state, "x")
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[: copy["n"]]))
        with state.transaction() as db:
            query = "UPDATE head SET n = ?, hash = ?, mac = ? WHERE chain = ?"
            db.execute(query, (*copy, path.name.partition(".")[0]))
        (finding,) = verify(state.folder).findings
        assert (finding.code, finding.file) == ("cut_off", path.name)
        assert ".000001.jsonl:1 knows entry" in finding.message


def test_the_only_chain_removed_with_its_head_is_found(folder: Path) -> None:
    only(folder).unlink()
    with closing(sqlite3.connect(folder / DATABASE)) as db:
        db.execute("DELETE FROM head")
        db.commit()
    (finding,) = verify(folder).findings
    assert (finding.code, finding.file) == ("missing", DATABASE)
    assert "begun as the 1. of all is gone" in finding.message


@pytest.mark.parametrize("value", [None, bytes(32), bytes(32) + b"0", bytes(33)], ids=["none", "empty", "0", "no"])
def test_a_count_of_chains_that_is_not_as_it_was_noted_is_found_and_stays_so(state: State, value: bytes | None) -> None:
    only(state.folder).unlink()
    with state.transaction() as db:
        db.execute("DELETE FROM head")
        db.execute("DELETE FROM meta WHERE name = 'chains'")
        if value is not None:
            db.execute("INSERT INTO meta VALUES ('chains', ?)", (value,))
    assert found(verify(state.folder)) == [("database", None)]
    wrote(state, "x")
    assert found(verify(state.folder)) == [("database", None)]


def test_a_chain_removed_with_its_head_is_named_by_another_chain(state: State) -> None:
    path = only(state.folder)
    wrote(state, "x")
    path.unlink()
    with state.transaction() as db:
        db.execute("DELETE FROM head WHERE n = 7")
    findings = [(finding.code, finding.file) for finding in verify(state.folder).findings]
    assert findings == [("missing", DATABASE), ("missing", path.name)]


def test_a_log_written_anew_as_a_whole_by_who_knows_the_secret_is_found_by_heads_kept_elsewhere(state: State) -> None:
    earlier = verify(state.folder).heads
    path = only(state.folder)
    path.unlink()
    name = path.name.partition(".")[0]
    forged = Chain(path.parent, name, state.derived("audit chain"), 1 << 20)
    forged.write([b'"kind":"query","operation":"harmless"'] * 7)
    forged.close()
    with state.transaction() as db:
        db.execute("DELETE FROM head")
        db.execute("UPDATE meta SET value = ? WHERE name = 'chains'", (count_of(0, state.derived(PURPOSE)),))
    heads = Heads(state.connect(), state.derived(PURPOSE))
    heads.begin(name)
    heads.note(name, Head(7, forged.hash.hex()))
    heads._db.close()
    assert verify(state.folder).ok
    assert found(verify(state.folder, earlier)) == [("rewritten", 7)]


def test_a_lost_database_is_told_and_the_chains_are_checked_all_the_same(folder: Path) -> None:
    for path in folder.glob(f"{DATABASE}*"):
        path.unlink()
    report = verify(folder)
    assert (found(report), report.entries) == ([("database", None)], 7)


def test_without_the_secret_nothing_is_said(folder: Path) -> None:
    (folder / SECRET).unlink()
    with pytest.raises(StateUnavailable, match=SECRET):
        verify(folder)


def test_a_log_that_is_being_written_is_whole_at_any_time(state: State) -> None:
    done = threading.Event()

    def write() -> None:
        log = AuditLog(state, most_bytes=2000, anchor_entries=2)
        while not done.is_set():
            log.append(Entry("k", "customs", "query", "{me}", "Me")).wait()
        log.close()

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    try:
        for _ in range(20):
            report = verify(state.folder)
            assert report.ok, report.findings
    finally:
        done.set()
        for writer in writers:
            writer.join()


def test_a_chain_that_goes_on_in_another_file_meanwhile_is_not_cut_off(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = Heads(state.connect(), state.derived(PURPOSE))

    def chain(name: str, most_bytes: int) -> Chain:
        heads.begin(name)
        begun = Chain(state.folder / AUDIT, name, state.derived("audit chain"), most_bytes)
        begun.write([b'"kind":"query"'])
        return begun

    first, last = chain("a", most_bytes=1), chain("z", most_bytes=1 << 20)
    check = verification._check

    def checked(name: str, *rest: Any) -> None:
        check(name, *rest)
        if name == "a":
            first.write([b'"kind":"query"'])
            last.write([b'"kind":"anchor","heads":{"a":[2,"%b"]}' % first.hash.hex().encode()])

    monkeypatch.setattr(verification, "_check", checked)
    assert verify(state.folder).findings == []
    assert len(list((state.folder / AUDIT).glob("a.*"))) == 2
    first.close()
    last.close()
    heads._db.close()


def test_of_a_log_that_is_all_wrong_not_every_line_is_told(state: State) -> None:
    path = only(state.folder)
    path.write_bytes(b"nonsense\n" * 5000)
    report = verify(state.folder)
    assert len(report.findings) == 1001
    assert report.findings[-1].code == "many"
