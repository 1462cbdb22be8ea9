"""Loads that are killed, and loads beside each other: a store holds whole batches only, and adds up what all state."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from threading import Event, Thread

import pytest

from graph.model import Record
from graph.opening import open_store
from graph.store import Store

BATCHES, SIZE = 30, 40
LOAD = f"""
import os, sys
from graph.model import Mention, Record, StatedLink
from graph.opening import open_store

source, batches = sys.argv[1], int(sys.argv[2])

def record(batch, i):
    parcel, sender = f"Parcel/{{source}}-{{batch}}-{{i}}", "Company/sender"
    return Record(
        source, f"{{batch}}-{{i}}", "parcels.csv", i, "digest", {{"no": str(i)}},
        (Mention(parcel, "parcel", {{"contents": "充电宝"}}), Mention(sender, "sender", {{"name": "永飞"}})),
        (StatedLink("SENT_BY", parcel, sender, "2025-01-01"),),
    )

with open_store(os.environ["STORE"]) as store:
    print("open", flush=True)
    for batch in range(batches):
        store.merge([record(batch, i) for i in range({SIZE})])
        print(batch, flush=True)
"""


def load(url: str, source: str, batches: int = BATCHES) -> subprocess.Popen[str]:
    """Starts a process that loads so many batches of a source."""
    return subprocess.Popen(
        [sys.executable, "-c", LOAD, source, str(batches)],
        env={**os.environ, "STORE": url},
        stdout=subprocess.PIPE,
        text=True,
    )


def whole_batches(store: Store) -> int:
    """How many batches a store holds; all of each, and nothing that no record states."""
    records = list(store.all_records())
    by_batch: dict[str, int] = {}
    for record in records:
        by_batch[record.key.partition("-")[0]] = by_batch.get(record.key.partition("-")[0], 0) + 1
    assert set(by_batch.values()) <= {SIZE}
    assert len(list(store.nodes({"Parcel"}))) == len(list(store.links())) == len(records)
    sender = store.get(["Company/sender"])
    assert [node.mentions for node in sender.values()] == [len(records)] * bool(records)
    assert len(list(store.record_ids("parcels", "parcels.csv"))) == len(records)
    return len(by_batch)


@pytest.mark.parametrize("seed", range(4))
def test_a_load_that_is_killed_leaves_whole_batches_and_can_be_run_again_to_its_end(store_url: str, seed: int) -> None:
    chance = random.Random(seed)
    # More batches than any machine writes before the kill, so that it always falls within the load.
    with load(store_url, "parcels", 100_000) as process:
        assert process.stdout is not None
        for _ in range(chance.randrange(1, BATCHES // 2)):
            process.stdout.readline()
        try:
            process.wait(chance.uniform(0, 0.05))
        except subprocess.TimeoutExpired:
            process.kill()
    assert process.returncode == -9
    with open_store(store_url) as store:
        held = whole_batches(store)
        with load(store_url, "parcels", held + 5) as again:
            again.communicate()
        assert again.returncode == 0
        assert whole_batches(store) == held + 5


def test_two_loads_at_once_add_up(store: Store, store_url: str) -> None:
    with load(store_url, "parcels") as one, load(store_url, "others") as other:
        one.communicate()
        other.communicate()
    assert one.returncode == other.returncode == 0
    assert store.get(["Company/sender"])["Company/sender"].mentions == 2 * BATCHES * SIZE
    assert store.counts().records == {"others": BATCHES * SIZE, "parcels": BATCHES * SIZE}
    assert store.degrees(["Company/sender"]) == {"Company/sender": {("SENT_BY", "in"): 2 * BATCHES * SIZE}}


def test_the_changes_of_loads_at_once_are_numbered_in_the_order_they_came(store: Store, store_url: str) -> None:
    seen, last = set(), 0
    with load(store_url, "parcels") as one, load(store_url, "others") as other:
        while one.poll() is None or other.poll() is None:
            last, changed = store.changes(last)
            seen |= set(changed)
        one.communicate()
        other.communicate()
    seen |= set(store.changes(last)[1])
    assert len(seen) == 2 * BATCHES * SIZE + 1


def test_readers_beside_a_writer_see_whole_batches(store: Store, store_url: str) -> None:
    done = Event()
    problems: list[BaseException] = []

    def read() -> None:
        try:
            with open_store(store_url) as reader:
                while not done.is_set():
                    for reading in (reader.all_records(), reader.nodes({"Parcel"}), reader.links()):
                        assert len(list(reading)) % SIZE == 0
                    assert all(node.mentions % SIZE == 0 for node in reader.get(["Company/sender"]).values())
                    assert reader.search(["永飞"]).total <= 1
                    reader.expand(["Company/sender"], limit=5)
        except BaseException as problem:
            problems.append(problem)

    readers = [Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    with load(store_url, "parcels") as writer:
        writer.communicate()
    done.set()
    for reader in readers:
        reader.join()
    assert not problems
    assert writer.returncode == 0
    assert whole_batches(store) == BATCHES


def test_a_record_made_by_two_loads_at_once_is_kept_once(store: Store, store_url: str) -> None:
    with load(store_url, "parcels") as one, load(store_url, "parcels") as other:
        one.communicate()
        other.communicate()
    assert one.returncode == other.returncode == 0
    assert whole_batches(store) == BATCHES
    records: list[Record] = list(store.all_records())
    assert len({record.id for record in records}) == len(records) == BATCHES * SIZE
