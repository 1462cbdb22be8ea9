"""The audit log: who asked what and which nodes were read, on disk before the answer leaves.

Each worker process writes a chain of its own (`api.audit.chain`). Many requests share one sync of the disk: a thread
writes all that waits at once, and what comes meanwhile waits for the next. From time to time a chain anchors the heads
of the others, and its own is kept in the database (`api.audit.heads`), so that a file or an end that is cut off is
found out. Lines of the kinds `file` (one begins), `anchor` and `retry` (the disk failed, and is tried again) are the
log's own.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime

from api.audit.chain import Chain
from api.audit.entry import Entry
from api.audit.heads import PURPOSE, Head, Heads, as_members
from api.audit.lines import Lines
from api.audit.receipt import Receipt
from api.audit.refusals import EVERY, Refusals
from api.audit.texts import Texts
from api.errors import AuditUnavailable
from api.state import AUDIT, State

_MOST_WAITING = 10_000
_TEXTS_FOR = 0.01
"""Seconds for which texts are kept before entries are written again: those are waited for."""
_LAST_TEXTS_FOR = 5.0
_NOTE_EVERY = 0.05
"""Seconds after which the head of this chain is noted again: the longest end of a killed worker's chain without it."""
_NOTE_BUSY_MS = 200
_LAST_BUSY_MS = 10_000
"""For how long the last head waits for the database: without it the end of a closed chain could be cut off."""


class AuditLog:
    """The chain of this process: one a worker, shared by its threads, opened after the process was forked.

    It never raises for a disk that is full when it is opened: `check` and every receipt do, until it can be written.
    """

    def __init__(
        self,
        state: State,
        *,
        most_bytes: int = 64 << 20,
        most_nodes: int = 1000,
        anchor_entries: int = 1000,
        anchor_seconds: float = 60.0,
    ) -> None:
        """Begins a chain.

        Args:
            state: Where it lies.
            most_bytes: When a file has so many, the chain goes on in another.
            most_nodes: Ids listed in an entry; the number of all is told besides.
            anchor_entries: After so many entries the heads of the other chains are anchored.
            anchor_seconds: And after so many seconds.
        """
        self._folder = state.folder / AUDIT
        self._lines = Lines(state.secret, most_nodes)
        self._anchor_entries, self._anchor_seconds = anchor_entries, anchor_seconds
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}-{secrets.token_hex(4)}"
        self._chain = Chain(self._folder, name, state.derived("audit chain"), most_bytes)
        self._db = state.connect()
        self._db.execute("PRAGMA synchronous = NORMAL")  # a head that a power cut takes away was none too many
        self._db.execute(f"PRAGMA busy_timeout = {_NOTE_BUSY_MS}")
        self._heads = Heads(self._db, state.derived(PURPOSE))
        self._texts = Texts(self._db, state.secret)
        self._refusals = Refusals()
        self._condition = threading.Condition()
        self._waiting: list[bytes] = []
        self._receipt = Receipt()
        self._is_closing = False
        self._failure: str | None = "the audit log is not open yet; ask again"
        self._anchored: dict[str, Head] = {}
        self._unanchored, self._anchor_due = 0, 0.0
        self._noted, self._note_due = -1, 0.0
        self._opened = Receipt()
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
        self._thread.start()
        with suppress(AuditUnavailable):
            self._opened.wait()

    def append(self, entry: Entry) -> Receipt:
        """Hands over an entry; the receipt tells when it is on disk.

        Raises:
            AuditUnavailable: The log is closed, or more waits for the disk than it can write.
        """
        receipt = self._hand_over(self._lines.entry(entry))
        if entry.text is not None and entry.document is not None:
            self._texts.send(entry.viewer, entry.document, entry.text)
        return receipt

    def refuse(self, outcome: str, address: str) -> None:
        """Counts a refusal of whoever could not be authenticated; told within a second or two, by address."""
        self._refusals.count(outcome, address)

    def check(self) -> None:
        """Refuses work that could not be told of, before it is begun: while the log fails, tries to write it.

        Raises:
            AuditUnavailable: The log cannot be written.
        """
        if self._failure is not None:
            self._hand_over(self._lines.own(kind="retry")).wait()

    @property
    def is_failing(self) -> bool:
        """Whether the last lines could not be written: then `check` may take as long as the disk does."""
        return self._failure is not None

    @property
    def waiting(self) -> int:
        """Entries that are not on disk yet."""
        return len(self._waiting)

    def close(self) -> None:
        """Writes what waits, and ends the chain."""
        with self._condition:
            self._is_closing = True
            self._condition.notify()
        self._thread.join()

    def _hand_over(self, content: bytes) -> Receipt:
        with self._condition:
            if self._is_closing:
                raise AuditUnavailable("the audit log is closed, since the server is stopping; ask again")
            if len(self._waiting) >= _MOST_WAITING:
                raise AuditUnavailable("the audit log cannot be written as fast as is asked; ask again later")
            self._waiting.append(content)
            self._condition.notify()
            return self._receipt

    def _run(self) -> None:
        self._flush([], self._opened)
        is_closing = False
        while not is_closing:
            with self._condition:
                self._condition.wait_for(lambda: self._waiting or self._is_closing, self._idle())
                contents, receipt, is_closing = self._waiting, self._receipt, self._is_closing
                if contents:
                    self._waiting, self._receipt = [], Receipt()
            refused = self._refusals.taken(at_once=is_closing)
            if contents or refused or is_closing or time.monotonic() >= self._anchor_due:
                told = [self._lines.refusals(*one, count) for one, count in refused.items()]
                self._flush([*contents, *told], receipt if contents else Receipt(), is_closing)
            if self._failure is not None:
                self._refusals.put_back(refused)
            if is_closing:
                self._db.execute(f"PRAGMA busy_timeout = {_LAST_BUSY_MS}")
            self._note(is_closing)
            self._texts.keep(_LAST_TEXTS_FOR if is_closing else _TEXTS_FOR)
        self._chain.close()
        self._db.close()

    def _idle(self) -> float:
        """Seconds until there is something to do, even if nothing is asked."""
        if self._texts.is_due:
            return 0.0
        due = self._anchor_due if self._noted == self._chain.n else min(self._note_due, self._anchor_due)
        return min(max(0.0, due - time.monotonic()), EVERY)

    def _flush(self, contents: list[bytes], receipt: Receipt, is_last: bool = False) -> None:
        try:
            lines = [*self._beginning(), *contents, *self._anchor(len(contents), is_last)]
            if lines:
                self._chain.write(lines)
            self._failure = None
        # Whatever it was, nobody may be told that the entries are kept, and the thread must live to try again.
        except Exception as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            self._failure = f"the audit log cannot be written ({reason}), so nothing is answered; check the disk"
            self._anchored, self._anchor_due = {}, time.monotonic() + self._anchor_seconds
        receipt.settle(self._failure)

    def _beginning(self) -> list[bytes]:
        """The first line of a file, where one begins."""
        number = self._chain.next_file
        if number is None:
            return []
        if self._chain.n == 0:
            self._heads.begin(self._chain.name)
        self._anchored = self._others()
        self._unanchored, self._anchor_due = 0, time.monotonic() + self._anchor_seconds
        heads = as_members(self._anchored)
        return [self._lines.own(kind="file", chain=self._chain.name, file=number, format=1, heads=heads)]

    def _anchor(self, count: int, is_last: bool) -> list[bytes]:
        """A line with the heads of the other chains that are new since the last, where one is due."""
        self._unanchored += count
        is_due = self._unanchored >= self._anchor_entries or time.monotonic() >= self._anchor_due
        if not is_due and not is_last:
            return []
        self._unanchored, self._anchor_due = 0, time.monotonic() + self._anchor_seconds
        heads = self._others()
        news = {chain: head for chain, head in heads.items() if self._anchored.get(chain) != head}
        self._anchored = heads
        return [self._lines.own(kind="anchor", heads=as_members(news))] if news else []

    def _others(self) -> dict[str, Head]:
        """The heads of the other chains; none while the database is busy, since no answer must wait for that."""
        with suppress(sqlite3.Error):
            return self._heads.present(self._folder, self._chain.name)
        return {}

    def _note(self, at_once: bool) -> None:
        """Keeps the head of this chain in the database, not more often than need be."""
        now = time.monotonic()
        if self._noted == self._chain.n or (now < self._note_due and not at_once):
            return
        self._note_due = now + _NOTE_EVERY
        with suppress(sqlite3.Error):
            self._heads.note(self._chain.name, self._head())
            self._noted = self._chain.n

    def _head(self) -> Head:
        return Head(self._chain.n, self._chain.hash.hex())
