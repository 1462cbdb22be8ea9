"""A question from its text to its answer: known, within limits, allowed, executed, written into the audit log."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event, Lock, local
from time import monotonic
from typing import Any

import orjson
from graphql import GraphQLError, OperationDefinitionNode

from api.access.cases import case_number
from api.access.grants import standing
from api.access.keys import KeyRing
from api.access.rates import Rate, Rates
from api.access.tokens import Tokens, is_jwt
from api.access.viewer import Viewer
from api.answers import STATUS, Answer, Question, refused, told_errors
from api.ask import Ask
from api.audit.log import AuditLog, Entry
from api.errors import AuditUnavailable, RateExceeded, ServiceError, Unauthenticated
from api.jobs.queue import Queue
from api.live.watch import Watch
from api.masks.policy import Policy
from api.masks.vault import Vault
from api.query.documents import Document, Documents
from api.query.execution import Stopped, execute
from api.query.limits import refuse
from api.settings import Settings
from api.state import State
from api.telemetry.storecalls import timed
from api.telemetry.tracing import spanned
from api.telemetry.trail import note
from api.types import schema
from api.types.subscriptions import Unchanged
from graph.errors import HeadwaterError, StoreUnavailable
from graph.opening import open_store
from graph.store import Store

log = logging.getLogger("headwater.api")

BRINGING = Rate(60, 3600.0)
"""Complete values that somebody may bring for what is masked: so many an hour."""
_PATIENCE = 5.0
"""Seconds that a question waits for a store that is away, before it is told so."""
_AWAY = 1.0
"""Seconds after which a store that was away is asked again."""
_DEMO = Viewer("demo", "demo", "investigator")


class _StillAway(StoreUnavailable):
    """The store is not asked, as it was away just now; this says nothing new of it."""


class Service:
    """All that a worker process shares among its requests."""

    def __init__(self, settings: Settings) -> None:
        """Opens the state. The store is opened by the first question, so that one that is away may come later.

        Raises:
            StoreError: The state cannot be opened.
        """
        self.settings = settings
        self.state = State(settings.state)
        self.keys = KeyRing(self.state)
        self.tokens = Tokens(settings.provider) if settings.provider is not None else None
        self.vault = Vault(self.state.derived("vault"))
        self.rates = Rates({"bringing": BRINGING})
        self.audit = AuditLog(self.state)
        self.plan = schema.plan()
        self.documents = Documents(
            self.plan.schema,
            limits=settings.limits,
            introspection=settings.introspection,
            safelist=settings.safelist,
            only_safelisted=settings.only_safelisted,
        )
        self.jobs = Queue(self.state, self.store)
        self._mine = local()
        self._stores: list[Store] = []
        self._opening = Lock()
        self._away_until = 0.0

    def close(self) -> None:
        """Writes what waits for the log, and closes the stores; nothing may be asked any more."""
        self.jobs.close()
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

    def may_wait(self, authorization: str | None) -> bool:
        """Whether to know who asks may take as long as a provider of tokens takes to answer."""
        text = (authorization or "").strip().partition(" ")[2].strip()
        return self.tokens is not None and is_jwt(text) and self.tokens.remembered(text) is None

    def may_wait_for(self, question: Question) -> bool:
        """Whether the answer to a question may take as long as a store or a disk does."""
        return self.audit.is_failing or self.documents.may_wait(question.text, question.sha256)

    def viewer(self, authorization: str | None) -> Viewer:
        """Who asks, by the header `Authorization: Bearer KEY-OR-TOKEN`.

        Raises:
            Unauthenticated: The header is missing or names nobody.
        """
        if authorization is None:
            if self.settings.demo:
                return _DEMO
            raise Unauthenticated("there is no key; send the header Authorization: Bearer KEY")
        scheme, _, text = authorization.strip().partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise Unauthenticated("the header Authorization cannot be read; send Authorization: Bearer KEY")
        text = text.strip()
        if not is_jwt(text):
            return self.keys.authenticate(text, _today())
        if self.tokens is None:
            raise Unauthenticated(
                "tokens of a provider are not believed here; send a key, or set HEADWATER_OIDC_ISSUER"
            )
        viewer = self.tokens.viewer(text)
        grants, cases = standing(self.state, viewer.id, viewer.role, _today())
        return replace(viewer, grants=grants, cases=cases)

    @spanned("answer")
    def answer(
        self, question: Question, viewer: Viewer, left: Event | None = None, watch: Watch | None = None
    ) -> Answer:
        """Answers a question; every refusal is an answer too. With a watch, this is an event of its subscription.

        Raises:
            Unchanged: There is nothing new to tell whoever watches.
        """
        begun = monotonic()
        document: Document | None = None
        ask: Ask | None = None
        data: dict[str, Any] | None = None
        try:
            self.audit.check()
            document = self.documents.get(question.text, question.sha256)
            if document.errors:
                return self._told(question, viewer, document, None, None, list(document.errors), begun, watch)
            if (_kind(document, question.operation) == "subscription") != (watch is not None):
                raise ServiceError("a subscription is followed over WebSocket, or with Accept: text/event-stream")
            measure = self.documents.measure(document, question.operation, question.variables)
            budget = self.settings.budgets[viewer.role]
            refuse(measure, self.settings.limits, budget)
            ask = Ask(
                viewer,
                lambda: self.policy(question, viewer, watch),
                self.state,
                self.jobs,
                question.language,
                begun + self.settings.timeout,
                left,
            )
            if _kind(document, question.operation) == "mutation":
                # What is changed is in the log before it is changed: afterwards it could not be refused any more.
                self.audit.append(self._entry(question, viewer, document, ask, "begun", begun)).wait()
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
            return str(_kind(self.documents.get(question.text, question.sha256), question.operation))
        except (HeadwaterError, GraphQLError):
            return "query"

    def policy(self, question: Question, viewer: Viewer, watch: Watch | None = None) -> Policy:
        case = case_number(question.case) if question.case else None

        def bringing() -> None:
            self.rates.take(viewer.id, "bringing")

        return Policy(
            self.store(),
            viewer,
            self.vault,
            case=case,
            today=_today(),
            bringing=bringing if watch is None else lambda: watch.bring(bringing),
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
        return Entry(
            viewer=viewer.id,
            role=viewer.role,
            kind=_kind(document, question.operation),
            query=document.text if document is not None else question.text or "",
            operation=question.operation or _only_name(document),
            nodes=ask.read if ask is not None else (),
            # What is no case of theirs is a text of whoever asks, and may be anything.
            case=question.case if question.case in viewer.cases else None,
            outcome=outcome,
            milliseconds=round(1000 * (monotonic() - begun), 3),
        )


def _kind(document: Document | None, operation: str | None) -> Any:
    for definition in document.ast.definitions if document is not None else ():
        if isinstance(definition, OperationDefinitionNode) and (
            operation is None or (definition.name is not None and definition.name.value == operation)
        ):
            return definition.operation.value
    return "query"


def _only_name(document: Document | None) -> str | None:
    """The name of the one operation of a document, where it bears any."""
    operations = document.ast.definitions if document is not None else ()
    names = [one.name.value for one in operations if isinstance(one, OperationDefinitionNode) and one.name is not None]
    return names[0] if len(names) == 1 else None


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
