from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from api.audit import chain
from api.audit.chain import Chain, files
from api.audit.entry import Entry
from api.audit.heads import PURPOSE, Head, Heads
from api.audit.log import AuditLog
from api.audit.reading import reads
from api.audit.receipt import Receipt
from api.audit.verification import verify
from api.errors import AuditUnavailable
from api.state import AUDIT, State

PHONE = "Phone/+8613800138000"
QUERY = '{ trace(clue: "13800138000") { verdict } }'


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "state") as opened:
        yield opened


@pytest.fixture
def log(state: State) -> Iterator[AuditLog]:
    opened = AuditLog(state)
    yield opened
    opened.close()


def entry(operation: str = "Trace", **more: Any) -> Entry:
    return Entry("k3xw7p2m", "investigator", "query", QUERY, operation, **more)


def written(state: State, chain: str = "") -> list[dict[str, Any]]:
    """All lines of the log, or of one chain."""
    found = files(state.folder / AUDIT)
    paths = [path for name, parts in found.items() if chain in ("", name) for path in parts.values()]
    return [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]


def operations(state: State) -> list[str]:
    return [line["operation"] for line in written(state) if line["kind"] == "query"]


def test_an_entry_is_on_disk_when_its_receipt_says_so(state: State, log: AuditLog) -> None:
    log.append(entry(case="2026-0117", outcome="too_deep", milliseconds=1.234, nodes=[PHONE])).wait()
    line = written(state)[-1]
    told = {name: line[name] for name in ("n", "viewer", "role", "kind", "operation", "case", "outcome", "ms", "read")}
    assert told == {
        "n": 2, "viewer": "k3xw7p2m", "role": "investigator", "kind": "query", "operation": "Trace",
        "case": "2026-0117", "outcome": "too_deep", "ms": 1.23, "read": 1,
    }  # fmt: skip
    assert line["time"].endswith("+00:00")


def test_no_value_stands_in_the_log(state: State, log: AuditLog) -> None:
    log.append(entry(nodes=[PHONE] * 3)).wait()
    log.close()
    for path in state.folder.rglob("*"):
        assert path.is_dir() or b"13800138000" not in path.read_bytes()


def test_who_read_a_node_can_be_asked_and_uncertainty_is_told(state: State) -> None:
    log = AuditLog(state, most_nodes=2)
    log.append(entry("Listed", nodes=[PHONE, "Company/1"]))
    log.append(entry("Other", nodes=["Company/1"]))
    log.append(entry("Cut", nodes=["Company/1", "Company/2", PHONE])).wait()
    log.append(entry("Brought", brought=[PHONE]))
    log.close()
    told = [(r.told.entry["operation"], r.how) for r in reads(state.folder, PHONE)]
    assert told == [("Listed", "read"), ("Cut", "perhaps"), ("Brought", "brought")]
    assert [r.how for r in reads(state.folder, "Company/1")] == ["read", "read", "read"]
    cut = written(state)[-2]
    assert (cut["read"], len(cut["nodes"]), cut["more"]) == (3, 2, 1)


def test_one_set_of_nodes_has_one_hash_whatever_its_order(state: State) -> None:
    log = AuditLog(state, most_nodes=0)
    for nodes in (["Company/1", "Company/2"], ["Company/2", "Company/1"], ["Company/1", "Company/3"]):
        log.append(entry(nodes=nodes))
    log.close()
    first, second, third = [line["all"] for line in written(state)[1:]]
    assert first == second != third


def test_what_a_client_sends_never_breaks_the_log(state: State, log: AuditLog) -> None:
    log.append(Entry("\ud800", "", "query", "\ud800", "x" * 10_000, ["\udfff"], '"}\n{', "ok")).wait()
    line = written(state)[-1]
    assert (line["case"], len(line["operation"])) == ('"}\n{', 200)
    assert verify(state.folder).ok


def test_many_threads_share_syncs_and_lose_nothing(
    state: State, log: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs = []
    sync = chain._sync

    def counted(descriptor: int) -> None:
        syncs.append(descriptor)
        sync(descriptor)

    monkeypatch.setattr(chain, "_sync", counted)

    def work(name: int) -> None:
        for number in range(50):
            log.append(entry(f"T{name}x{number}")).wait()

    threads = [Thread(target=work, args=(name,)) for name in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(operations(state)) == sorted(f"T{name}x{number}" for name in range(16) for number in range(50))
    assert len(syncs) < 800
    assert verify(state.folder).ok


def test_an_event_loop_waits_for_entries_without_a_thread_each(state: State, log: AuditLog) -> None:
    async def ask(number: int) -> None:
        await log.append(entry(f"T{number}")).written()

    async def all_() -> None:
        await asyncio.gather(*[ask(number) for number in range(200)])

    asyncio.run(all_())
    assert sorted(operations(state)) == sorted(f"T{number}" for number in range(200))


def test_a_client_that_goes_away_takes_no_other_with_it(log: AuditLog) -> None:
    async def both() -> None:
        receipt = log.append(entry())
        gone = asyncio.create_task(receipt.written())
        stays = asyncio.create_task(receipt.written())
        gone.cancel()
        await stays
        with pytest.raises(asyncio.CancelledError):
            await gone

    asyncio.run(both())


def test_a_disk_that_hangs_refuses_after_a_while() -> None:
    with pytest.raises(AuditUnavailable, match="within 0.001 s"):
        Receipt().wait(0.001)
    with pytest.raises(AuditUnavailable, match="within 0.001 s"):
        asyncio.run(Receipt().written(0.001))


def test_a_failure_reaches_the_event_loop_as_well() -> None:
    receipt = Receipt()

    async def both() -> None:
        waiting = asyncio.create_task(receipt.written())
        await asyncio.sleep(0)
        receipt.settle("the disk is full")
        with pytest.raises(AuditUnavailable, match="the disk is full"):
            await waiting
        with pytest.raises(AuditUnavailable, match="the disk is full"):
            await receipt.written()

    asyncio.run(both())


def test_after_its_close_the_log_takes_nothing_and_has_lost_nothing(state: State) -> None:
    log = AuditLog(state)
    receipt = log.append(entry())
    log.close()
    receipt.wait()
    with pytest.raises(AuditUnavailable, match="closed"):
        log.append(entry())
    assert operations(state) == ["Trace"]


def test_a_chain_goes_on_in_another_file_when_one_is_full(state: State) -> None:
    log = AuditLog(state, most_bytes=2000)
    for number in range(30):
        log.append(entry(f"T{number}")).wait()
    log.close()
    ((_, parts),) = files(state.folder / AUDIT).items()
    assert len(parts) > 3
    assert max(path.stat().st_size for path in parts.values()) < 3000
    assert operations(state) == [f"T{number}" for number in range(30)]
    assert verify(state.folder).ok


def test_a_chain_anchors_the_heads_of_the_others(state: State) -> None:
    one = AuditLog(state)
    one.append(entry("First")).wait()
    one.close()
    two = AuditLog(state, anchor_entries=1)
    three = AuditLog(state)
    three.append(entry("Third")).wait()
    three.close()
    two.append(entry("Second")).wait()
    two.close()
    by_chain = {name: written(state, name) for name in files(state.folder / AUDIT)}
    heads = {lines[1]["operation"]: (name, [lines[-1]["n"], lines[-1]["hash"]]) for name, lines in by_chain.items()}
    opening, _, anchor = by_chain[heads["Second"][0]]
    assert opening["heads"] == dict([heads["First"]])
    assert anchor["kind"] == "anchor"
    assert anchor["heads"] == dict([heads["Third"]])


def test_what_a_killed_worker_did_not_note_is_noted_by_the_next(state: State) -> None:
    killed = Chain(state.folder / AUDIT, "killed", state.derived("audit chain"), 1 << 20)
    heads = Heads(state.connect(), state.derived(PURPOSE))
    heads.begin("killed")
    heads._db.execute("UPDATE head SET noted = ?", (time.time() - 100,))
    killed.write([b'"kind":"query"', b'"kind":"query"'])
    killed.close()
    path = state.folder / AUDIT / "killed.000001.jsonl"
    path.write_bytes(path.read_bytes() + b'{"n":3,"torn')
    os.utime(path, (time.time() + 50,) * 2)
    assert heads.present(state.folder / AUDIT, "me") == {}  # just written: its writer may yet take it back
    os.utime(path, (time.time() - 50,) * 2)
    assert heads.present(state.folder / AUDIT, "me") == {"killed": Head(2, killed.hash.hex())}
    assert heads._db.execute("SELECT n FROM head").fetchone()[0] == 2
    heads._db.close()


WRITER = """
import sys, threading
from api.audit.entry import Entry
from api.audit.log import AuditLog
from api.state import State
log = AuditLog(State(sys.argv[1]), most_bytes=20_000)
def work(name):
    number = 0
    while True:
        log.append(Entry("k", "customs", "query", "{me}", f"T{name}x{number}")).wait()
        sys.stdout.write(f"T{name}x{number}\\n"); sys.stdout.flush()
        number += 1
for name in range(8): threading.Thread(target=work, args=(name,)).start()
"""


def test_a_writer_killed_at_work_loses_no_entry_that_was_acknowledged(state: State) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, str(state.folder)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline() for _ in range(2000)]
        writer.send_signal(signal.SIGKILL)
        told += [line for line in writer.stdout if line.endswith(b"\n")]
    report = verify(state.folder)
    assert report.ok, report.findings
    assert {line.decode().strip() for line in told} <= set(operations(state))
    AuditLog(state).close()
    assert verify(state.folder).ok


FULL = """
import json, resource, sys
from pathlib import Path
from api.audit.entry import Entry
from api.audit.log import AuditLog
from api.errors import AuditUnavailable
from api.state import State
log = AuditLog(State(sys.argv[1]))
log.check()
def ask(name): log.append(Entry("k", "customs", "query", "{me}", name)).wait()
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, resource.RLIM_INFINITY))
kept, refused = [], []
for number in range(40):
    try:
        ask(f"T{number}")
        kept.append(f"T{number}")
    except AuditUnavailable as error:
        refused.append(f"T{number}")
        message = str(error)
try:
    log.check()
    kept.append("checked")
except AuditUnavailable:
    pass
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
log.check()
ask("again")
log.close()
print(json.dumps([kept, refused, message]))
"""


def test_a_full_disk_refuses_until_there_is_room_and_leaves_whole_lines(state: State) -> None:
    done = subprocess.run([sys.executable, "-c", FULL, str(state.folder)], capture_output=True, text=True, check=True)
    kept, refused, message = json.loads(done.stdout)
    assert len(kept) > 5 and len(refused) > 5 and "checked" not in kept
    assert message.startswith("the audit log cannot be written (File too large)")
    assert operations(state) == [*kept, "again"]
    report = verify(state.folder)
    assert report.ok and not report.notices


def test_a_log_that_cannot_be_opened_refuses_until_it_can(state: State) -> None:
    (state.folder / AUDIT).write_text("in the way")
    log = AuditLog(state)
    with pytest.raises(AuditUnavailable, match="cannot be written"):
        log.check()
    with pytest.raises(AuditUnavailable):
        log.append(entry("Lost")).wait()
    (state.folder / AUDIT).unlink()
    log.check()
    log.append(entry("Kept")).wait()
    log.close()
    assert operations(state) == ["Kept"]
    assert verify(state.folder).ok


def failing(times: int) -> Callable[[int], None]:
    left = [None] * times

    def sync(descriptor: int) -> None:
        if left:
            left.pop()
            raise OSError(5, "Input/output error")
        os.fsync(descriptor)

    return sync


def test_an_entry_whose_sync_failed_is_taken_back(state: State, log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    log.append(entry("Kept")).wait()
    monkeypatch.setattr(chain, "_sync", failing(times=1))
    with pytest.raises(AuditUnavailable, match="Input/output error"):
        log.append(entry("Lost")).wait()
    assert operations(state) == ["Kept"]
    log.append(entry("Again")).wait()
    assert operations(state) == ["Kept", "Again"]
    assert verify(state.folder).ok


def test_a_database_that_is_busy_stops_no_answer(state: State) -> None:
    log = AuditLog(state, most_bytes=1, anchor_entries=1)
    other = state.connect()
    other.execute("BEGIN IMMEDIATE")
    for number in range(3):
        log.append(entry(f"T{number}")).wait()
    other.execute("ROLLBACK")
    other.close()
    log.close()
    assert operations(state) == ["T0", "T1", "T2"]
    assert verify(state.folder).ok


def test_the_last_head_waits_for_a_database_that_is_busy(state: State) -> None:
    log = AuditLog(state)
    other = state.connect()
    other.execute("BEGIN IMMEDIATE")
    log.append(entry("Last")).wait()
    closing = Thread(target=log.close)
    closing.start()
    closing.join(1)
    assert closing.is_alive()
    other.execute("ROLLBACK")
    closing.join()
    assert other.execute("SELECT n FROM head").fetchone()[0] == written(state)[-1]["n"]
    other.close()


def test_a_chain_that_is_closed_anchors_the_heads_of_the_others(state: State) -> None:
    one, two = AuditLog(state), AuditLog(state)
    two.append(entry("Second")).wait()
    two.close()
    one.close()
    anchor, last = (written(state, log._chain.name)[-1] for log in (one, two))
    assert anchor["heads"] == {two._chain.name: [last["n"], last["hash"]]}


def test_a_file_that_is_deleted_at_work_is_found_out_and_swallows_nothing(state: State, log: AuditLog) -> None:
    log.append(entry("Gone")).wait()
    for path in (state.folder / AUDIT).iterdir():
        path.unlink()
    log.append(entry("Kept")).wait()
    assert operations(state) == ["Kept"]
    assert [(finding.code, finding.file[-13:]) for finding in verify(state.folder).findings] == [
        ("missing", ".000001.jsonl")
    ]
