"""A question from its text to its answer: known, within limits, allowed, executed, written into the audit log."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from threading import Event, Lock, local
from time import monotonic
from typing import Any

import orjson
from graphql import GraphQLError

from api.access.rates import Rate, Rates
from api.access.reception import Reception
from api.access.tokens import Tokens
from api.access.viewer import Viewer
from api.answers import STATUS, Answer, Question, refused, told_errors
from api.ask import Ask
from api.audit.entries import Entries
from api.audit.entry import Entry, job_entry
from api.audit.log import AuditLog
from api.errors import AuditUnavailable, CaseRequired, RateExceeded, ServiceError
from api.jobs.queue import Queue
from api.jobs.table import Job
from api.live.watch import Watch
from api.masks.policy import Memory, Policy
from api.masks.vault import Vault, is_token
from api.query.documents import Document, Documents
from api.query.execution import Stopped, execute
from api.query.limits import refuse
from api.settings import Settings
from api.state import State, today
from api.telemetry.storecalls import checked, timed
from api.telemetry.tracing import spanned
from api.telemetry.trail import note
from api.types import schema
from api.types.subscriptions import Unchanged
from graph.errors import HeadwaterError, StoreUnavailable
from graph.opening import open_store
from graph.store import Store

log = logging.getLogger("headwater.api")

RATES = {"bringing": Rate(60, 3600.0), "tries": Rate(600, 3600.0), "opening": Rate(60, 3600.0)}
"""So many an hour: complete values that somebody may bring for what is masked, those that they may try without a case,
and cases that they may open."""
_PATIENCE = 5.0
"""Seconds that a question waits for a store that is away, before it is told so."""
_AWAY = 1.0
"""Seconds after which a store that was away is asked again."""


class _StillAway(StoreUnavailable):
    """The store is not asked, as it was away just now; this says nothing new of it."""


class Service:
    """All that a worker process shares among its requests."""

    def __init__(self, settings: Settings) -> None:
        """Opens the state. The store is opened by the first question, so that one that is away may come later.

        Raises:
            StateUnavailable: The state cannot be opened.
        """
        self.settings = settings
        self.state = State(settings.state)
        tokens = Tokens(settings.provider) if settings.provider is not None else None
        self.reception = Reception(self.state, tokens, is_demo=settings.demo)
        self.vault = Vault(self.state.derived("vault"))
        self.memory = Memory()
        self.rates = Rates(self.state, RATES)
        self.audit = AuditLog(self.state)
        self.plan = schema.plan()
        self.entries = Entries(self.plan.schema, self.state.secret)
        self.documents = Documents(
            self.plan.schema,
            limits=settings.limits,
            introspection=settings.introspection,
            safelist=settings.safelist,
            only_safelisted=settings.only_safelisted,
        )
        self.jobs = Queue(self.state, self.store, self._job_ended)
        self._mine = local()
        self._stores: list[Store] = []
        self._opening = Lock()
        self._away_until = 0.0

    def close(self) -> None:
        """Writes what waits for the log, and closes the stores; nothing may be asked any more."""
        self.jobs.close()
        self.reception.close()
        self.audit.close()
        for store in self._stores:
            with suppress(HeadwaterError):
                store.close()
        self.state.close()

    def store(self) -> Store:
        """The store, by an object that is this thread's own.

        Raises:
            StoreUnavailable: It is away, or was a moment ago: those who wait must not each wait for it in turn.
        """
        if monotonic() < self._away_until:
            raise _StillAway("the store was away a moment ago")
        store: Store | None = getattr(self._mine, "store", None)
        if store is None:
            store = self._mine.store = timed(open_store(self.settings.store, create=False, patience=_PATIENCE))
            with self._opening:
                self._stores.append(store)
        return store

    def may_wait_for(self, question: Question) -> bool:
        """Whether the answer to a question may take as long as a store or a disk does."""
        return self.audit.is_failing or self.documents.may_wait(question.text, question.sha256)

    def viewer(self, authorization: str | None) -> Viewer:
        """Who asks, by the header `Authorization`; see `Reception.viewer`."""
        return self.reception.viewer(authorization)

    async def received(self, authorization: str | None, address: str = "") -> Viewer:
        """Who asks, on an event loop; see `Reception.received`. A refusal is in the audit log, by the address."""
        try:
            return await self.reception.received(authorization)
        except HeadwaterError as error:
            self.audit.refuse(error.code, address)
            raise

    async def refused(self, error: HeadwaterError, viewer: Viewer | None) -> Answer:
        """The answer to a request that is refused before it is a question, once that is in the audit log.

        Of those who were refused themselves, for whom there is no viewer, `received` has told already.
        """
        try:
            if viewer is not None and not isinstance(error, AuditUnavailable):
                await self.audit.append(Entry(viewer.id, viewer.role, "refusal", outcome=error.code)).written()
        except AuditUnavailable as unavailable:
            return refused(unavailable)
        return refused(error)

    @spanned("answer")
    def answer(
        self,
        question: Question,
        viewer: Viewer,
        left: Event | None = None,
        watch: Watch | None = None,
        begun: float | None = None,
    ) -> Answer:
        """Answers a question; every refusal is an answer too. With a watch, this is an event of its subscription.

        Its time is counted from `begun`, by `time.monotonic`: when it came, which may be a while ago.

        Raises:
            Unchanged: There is nothing new to tell whoever watches.
        """
        begun = monotonic() if begun is None else begun
        document: Document | None = None
        ask: Ask | None = None
        data: dict[str, Any] | None = None
        try:
            self.audit.check()
            document = self.documents.get(question.text, question.sha256)
            if document.errors:
                return self._told(question, viewer, document, None, None, list(document.errors), begun, watch)
            if (self.entries.shape(document, question.operation).kind == "subscription") != (watch is not None):
                raise ServiceError("a subscription is followed over WebSocket, or with Accept: text/event-stream")
            measure = self.documents.measure(document, question.operation, question.variables)
            budget = self.settings.budgets[viewer.role]
            refuse(measure, self.settings.limits, budget)
            ask = Ask(
                viewer,
                lambda: self.policy(question, viewer, watch, ask),
                self.state,
                self.jobs,
                question.language,
                begun + self.settings.timeout,
                left,
                lambda kind: self.rates.take(viewer.id, kind),
                self.settings.provider.issuer if self.settings.provider is not None else None,
                public=self.settings.public,
            )
            if self.entries.shape(document, question.operation).kind == "mutation":
                # What is changed is in the log before it is changed: afterwards it could not be refused any more.
                self.audit.append(self._entry(question, viewer, document, ask, "begun", begun)).wait()
            with checked(ask.check):
                data, errors = execute(
                    self.plan,
                    document.ast,
                    ask,
                    question.operation,
                    question.variables,
                    watch,
                    most=budget,
                    kept=document.prepared,
                )
        except Unchanged:
            raise
        except Stopped as stopped:
            errors = [GraphQLError(str(stopped), extensions={"code": stopped.code})]
        except AuditUnavailable as error:
            return refused(error)
        except GraphQLError as error:
            errors = [error]
        except Exception as error:
            errors = [GraphQLError(str(error), original_error=error)]
        return self._told(question, viewer, document, ask, data, errors, begun, watch)

    def kind(self, question: Question) -> str:
        """Whether a question is a `query`, a `mutation` or a `subscription`; `query` where it cannot be read."""
        try:
            document = self.documents.get(question.text, question.sha256)
            return self.entries.shape(document, question.operation).kind
        except (HeadwaterError, GraphQLError):
            return "query"

    def _job_ended(self, job: Job, about: Mapping[str, Any]) -> None:
        self.audit.append(job_entry(job, about))

    def policy(self, question: Question, viewer: Viewer, watch: Watch | None = None, ask: Ask | None = None) -> Policy:
        def take() -> None:
            self.rates.take(viewer.id, "bringing")

        def bringing() -> None:
            if ask is not None:
                ask.is_bringing = True
            take() if watch is None else watch.bring(take)

        return Policy(
            self.store(),
            viewer,
            self.vault,
            case=question.case,
            today=today(),
            bringing=bringing,
            trying=lambda: self.rates.take(viewer.id, "tries"),
            public=self.settings.public,
            memory=self.memory,
        )

    def _told(
        self,
        question: Question,
        viewer: Viewer,
        document: Document | None,
        ask: Ask | None,
        data: dict[str, Any] | None,
        errors: list[GraphQLError],
        begun: float,
        watch: Watch | None,
    ) -> Answer:
        """The answer, with its entry on the way into the audit log."""
        told = told_errors(errors)
        if any(type(error.original_error) is StoreUnavailable for error in errors):
            self._away_until = monotonic() + _AWAY
        if ask is not None and any(isinstance(error.original_error, CaseRequired) for error in errors):
            ask.is_bringing = True  # in vain, which is worth to be known
        body: dict[str, Any] = {"errors": told} if told else {}
        is_executed = ask is not None and not (told and data is None and not told[0].get("path"))
        if is_executed:
            body["data"] = data
        code = str(told[0]["extensions"]["code"]) if told else "ok"
        content = orjson.dumps(body, default=str)
        if watch is not None and watch.is_known(content, failed=bool(told)):
            raise Unchanged
        entry = self._entry(question, viewer, document, ask, code, begun)
        note(kind=entry.kind, operation=entry.operation)
        try:
            receipt = self.audit.append(entry)
        except AuditUnavailable as error:
            return refused(error)
        retry = next((e.original_error.retry_after for e in errors if isinstance(e.original_error, RateExceeded)), None)
        status = 200 if is_executed else STATUS.get(code, 400)
        return Answer(content, status, code, receipt, retry)

    def _entry(
        self, question: Question, viewer: Viewer, document: Document | None, ask: Ask | None, outcome: str, begun: float
    ) -> Entry:
        if ask is None:
            return self.entries.of(question, viewer, document, outcome, begun)
        told = {self._opened(one) for one in ask.told.difference(ask.read) if isinstance(one, str)}
        return self.entries.of(
            question, viewer, document, outcome, begun, read=ask.read, told=told, is_bringing=ask.is_bringing
        )

    def _opened(self, shown: str) -> str | None:
        """The id in the store of what is shown under an id; None for what stands for nothing that may be known."""
        if not is_token(shown):
            return shown
        return self.vault.open(shown) or self.vault.open_record(shown)
