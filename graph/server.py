"""The shared store: a Neo4j server of version 5.26 or newer, asked over Bolt. The only module that knows its driver.

Neo4j has no snapshots, so what is asked as a state of one moment is read into a temporary file while writers wait, and
given from there, however long its reader takes.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from ssl import SSLError
from types import TracebackType
from typing import Any, Self, TypeVar

import neo4j
from neo4j import exceptions

from graph import batches, cypher, locking, packing
from graph.answers import Answers
from graph.changes import Check
from graph.errors import HeadwaterError, StoreBusy, StoreError, StoreIncompatible, StoreReadOnly, StoreUnavailable
from graph.model import (
    FileVersion,
    Merged,
    Record,
    SetAside,
)
from graph.ontology import ontology
from graph.spool import Row, Spool
from graph.store import SCHEMA, refuse_schema

_OLDEST = (5, 26)
"""The first version of Neo4j that makes labels and types from parameters: the one of its fifth that lives on."""
_NEEDED = "Neo4j 5.26 or newer"
_BATCH_SECONDS = 900.0
"""After which a batch is given up, so that a client that hangs does not keep others from writing for good."""

_AWAY = (
    exceptions.ServiceUnavailable,
    exceptions.SessionExpired,
    exceptions.ConnectionPoolError,
    exceptions.ConfigurationError,
    exceptions.BrokenRecordError,
    OSError,
)

_REFUSED = "the server refuses the user or the password; correct them in the store's URL, where a % is written %25"
_REFUSALS = {
    "AuthenticationRateLimit": "the password was wrong too often; correct it in the store's URL and wait a little",
    "CredentialsExpired": "the password must be changed before its first use; change it, as in Neo4j's browser",
}
"""What a refusal means, by the last part of the server's code."""
_AGENT = re.compile(r"Neo4j/([0-9]+)\.([0-9]+)")

T = TypeVar("T")


class ServerStore(Answers):
    """A store in a database of a Neo4j server; see `graph.store.Store` for what it is asked."""

    rows_at_once = 4000
    """Four times as many need more than the 693 MiB that the local server has for transactions."""

    def __init__(
        self, url: str, *, user: str, password: str, database: str | None = None, patience: float = 30.0
    ) -> None:
        """A store at a server; `patience` is how many seconds what fails for a while is tried again."""
        scheme, _, host = url.partition("://")
        self.url = f"{scheme}://{user}@{host}/{database or ''}".rstrip("/")
        self._ontology = ontology()
        self._check = Check(self._ontology)
        self._database = database
        # Python prints the warnings of a library that nobody listens to.
        if not (logger := logging.getLogger("neo4j")).handlers:
            logger.addHandler(logging.NullHandler())
        with self._errors():
            self._driver = neo4j.GraphDatabase.driver(
                url,
                auth=(user, password),
                connection_timeout=min(10.0, patience),
                max_transaction_retry_time=patience,
                keep_alive=True,
                notifications_min_severity="OFF",
                telemetry_disabled=True,
                user_agent="headwater",
            )
        try:
            with self._errors():
                self._prepare()
        except BaseException:
            self._driver.close()
            raise

    def _prepare(self) -> None:
        # Asked first, since all else would be tried again for a while.
        self._driver.verify_connectivity()
        refuse_version(self._driver.get_server_info().agent, self.url)
        found = self._ask("MATCH (s:Store {id: 'headwater'}) RETURN s.schema, s.wiping IS NOT NULL")
        if not found and self._ask("MATCH (n) RETURN 1 LIMIT 1"):
            raise StoreIncompatible(f"{self.url}: the database holds another program's data; name an empty one")
        if found:
            refuse_schema(found[0][0], self.url)
        there = {name for (name,) in self._ask("SHOW INDEXES YIELD name")}
        missing = [statement for name, statement in cypher.schema(self._ontology).items() if name not in there]
        if missing:
            self._write(lambda run: [run(statement) for statement in missing])
            self._write(lambda run: run("CALL db.awaitIndexes(600)"))
        if not found:
            made = "MERGE (s:Store {id: 'headwater'}) ON CREATE SET s.schema = $schema, s.change = 0"
            self._write(lambda run: run(made, schema=SCHEMA))
        elif found[0][1]:
            self._wipe()  # one that was cut off

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except HeadwaterError:
            raise
        except (exceptions.DriverError, exceptions.Neo4jError, OSError, ValueError) as error:
            raise translated(error, self.url) from error

    @contextmanager
    def _session(self) -> Iterator[neo4j.Session]:
        # The manager of bookmarks lets every session see what the ones before it wrote, on a cluster too.
        with (
            self._errors(),
            self._driver.session(
                database=self._database, bookmark_manager=self._driver.execute_query_bookmark_manager
            ) as session,
        ):
            yield session

    def _ask(self, query: str, **parameters: Any) -> list[Row]:
        """Reads; tried again when the server is busy or just elsewhere."""
        with self._session() as session:
            return session.execute_read(lambda transaction: _rows(transaction, query, **parameters))

    def _write(self, work: Callable[[locking.Run], T], loading: FileVersion | None = None) -> T:
        """Runs all of `work` within one transaction, and once more from the start after a transient error."""

        @neo4j.unit_of_work(timeout=_BATCH_SECONDS)
        def within(transaction: neo4j.ManagedTransaction) -> T:
            def run(query: str, **parameters: Any) -> list[Row]:
                return _rows(transaction, query, **parameters)

            if loading is not None:
                batches.check_version(run, loading, self.url)
            return work(run)

        return self._alone(within)

    def _alone(self, work: Callable[[neo4j.ManagedTransaction], T]) -> T:
        """Runs `work`, which takes the lock, within one transaction; a wipe that was cut off is ended before."""
        while True:
            try:
                with self._session() as session:
                    return session.execute_write(work)
            except locking.HalfWiped:
                self._wipe()

    def _moment(self, query: str, key: Callable[[Row], Any], **parameters: Any) -> Iterator[Row]:
        """The rows of a state of one moment, by their key."""

        def read(transaction: neo4j.ManagedTransaction) -> Spool:
            locking.lock(lambda query: _rows(transaction, query))
            return Spool((row.values() for row in transaction.run(query, parameters)), key)

        try:
            return iter(self._alone(read))
        except StoreReadOnly:
            return self._spooled(query, key, **parameters)  # nobody writes

    def _spooled(self, query: str, key: Callable[[Row], Any], **parameters: Any) -> Iterator[Row]:
        with self._session() as session:
            return iter(
                session.execute_read(
                    lambda transaction: Spool((row.values() for row in transaction.run(query, parameters)), key)
                )
            )

    # Writing

    def merge(
        self, records: Sequence[Record], set_aside: Sequence[SetAside] = (), *, loading: FileVersion | None = None
    ) -> Merged:
        prepared = [packing.prepared(record, self._check) for record in records]
        return self._write(lambda run: batches.keep(run, self._ontology, prepared, set_aside, _now()), loading)

    def hold(self, digests: Mapping[str, str], file: str, *, loading: FileVersion | None = None) -> set[str]:
        return self._write(lambda run: batches.hold(run, digests, file, _now()), loading)

    def retract(self, ids: Iterable[str], file: str | None = None, *, loading: FileVersion | None = None) -> int:
        gone = list(dict.fromkeys(ids))
        return self._write(lambda run: batches.take_back(run, self._ontology, gone, file), loading)

    def note_file(self, file: FileVersion, *, loading: FileVersion | None = None) -> None:
        self._write(lambda run: batches.note(run, file), loading)

    def drop_file(self, source: str, name: str) -> None:
        self._write(lambda run: batches.drop(run, source, name))

    def release(self, ids: Iterable[str], *, loading: FileVersion | None = None) -> int:
        gone = list(dict.fromkeys(ids))
        return self._write(lambda run: batches.release(run, gone), loading)

    def wipe(self) -> None:
        self._write(locking.wipe)
        self._wipe()

    def _wipe(self) -> None:
        while self._write(locking.wipe_some):
            pass

    def close(self) -> None:
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def refuse_version(agent: str, url: str) -> None:
    """Raises StoreIncompatible unless a server calls itself a Neo4j that is new enough."""
    version = _AGENT.match(agent)
    if version is None or (int(version[1]), int(version[2])) < _OLDEST:
        raise StoreIncompatible(f"{url}: this is {agent or 'no Neo4j'}; Headwater needs {_NEEDED}")


def translated(error: Exception, url: str) -> StoreError:
    """The error of ours that says what one of the driver's, or of the server's, means for whoever asked."""
    code, said = "", str(error)
    if isinstance(error, exceptions.Neo4jError):
        code, said = error.code or "", error.message or ""
    said = " ".join(said.split())
    category, _, title = code.removeprefix("Neo.").partition(".")[2].partition(".")
    if "No space left" in said or "ReadOnly" in title or isinstance(error, exceptions.ForbiddenOnReadOnlyDatabase):
        return StoreReadOnly(f"{url}: the database is read-only, or its disk is full: {said}")
    if isinstance(error, exceptions.Forbidden) or title == "AccessMode":
        return StoreReadOnly(f"{url}: the user may not do this; give it the right to write: {said}")
    if isinstance(error, exceptions.AuthError | exceptions.AuthConfigurationError) or category == "Security":
        return StoreUnavailable(f"{url}: {_REFUSALS.get(title, _REFUSED)}")
    if title == "DatabaseNotFound":
        return StoreUnavailable(f"{url}: the server has no such database; name one that exists, or none")
    if "system database" in said:
        return StoreIncompatible(f"{url}: the system database holds no graph; name another, or none")
    if isinstance(error, (exceptions.UnsupportedServerProduct, exceptions.CypherSyntaxError)):
        return StoreIncompatible(f"{url}: what answers is not {_NEEDED}: {said}")
    if "OutOfMemory" in title or "OutOfMemory" in said:
        return StoreBusy(f"{url}: the server has too little memory for this; give it more and try again: {said}")
    if isinstance(error, exceptions.DatabaseUnavailable):
        return StoreUnavailable(f"{url}: the server is starting or stopping the database; try again: {said}")
    is_busy = isinstance(error, exceptions.TransientError | exceptions.ConnectionAcquisitionTimeoutError)
    if is_busy or category == "Cluster" or title.startswith("TransactionTimedOut"):
        return StoreBusy(f"{url}: the server is busy or changing over; try again: {said}")
    # A ValueError from an OSError is how the driver says that a host's name cannot be resolved.
    if isinstance(error, _AWAY) or isinstance(error.__cause__, OSError):
        return StoreUnavailable(f"{url}: {_why_away(error)}")
    return StoreError(f"{url}: {said}")


def _why_away(error: BaseException) -> str:
    """What the first cause of a failed connection means, in place of the driver's words for it."""
    cause = error
    while inner := cause.__cause__ or cause.__context__ or next(iter(getattr(cause, "exceptions", ())), None):
        cause = inner
    if isinstance(cause, SSLError):
        return (
            "the connection cannot be encrypted; write bolt or neo4j for a server that does not encrypt, with +s for "
            "one whose certificate is known here, with +ssc for one that signed its own"
        )
    why = f" ({cause.strerror or cause})" if isinstance(cause, OSError) else ""
    if "HTTP" in str(cause):
        why = " (but something that speaks HTTP; Neo4j's port for programs is mostly 7687)"
    return f"no Neo4j answers there{why}; start the server, or correct host and port in the store's URL"


def _rows(transaction: neo4j.ManagedTransaction | neo4j.Transaction, query: str, **parameters: Any) -> list[Row]:
    return [row.values() for row in transaction.run(query, parameters)]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
