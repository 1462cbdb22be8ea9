"""A question from its text to its answer: known, within limits, allowed, executed, written into the audit log."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Event, Lock, local
from time import monotonic
from typing import Any

import orjson
from graphql import GraphQLError, OperationDefinitionNode, OperationType

from api import schema
from api.ask import Ask
from api.audit import AuditLog, Entry
from api.cases import case_number
from api.documents import Document, Documents
from api.errors import AuditUnavailable, PersistedQueryNotFound, RateExceeded, Unauthenticated
from api.execution import Stopped, execute
from api.grants import standing
from api.keys import KeyRing
from api.limits import BUDGETS, measure, refuse
from api.policy import Policy
from api.rates import Rate, Rates
from api.receipt import Receipt
from api.settings import Settings
from api.state import State
from api.tokens import Tokens, is_jwt
from api.vault import Vault
from api.viewer import Viewer
from api.work import Work
from graph.caption import Language
from graph.errors import HeadwaterError, StoreUnavailable
from graph.opening import open_store
from graph.store import Store

log = logging.getLogger("headwater.api")

BRINGING = Rate(60, 3600.0)
"""Complete values that somebody may bring for what is masked: so many an hour."""
_DEMO = Viewer("demo", "demo", "investigator")
_STATUS = {
    "unauthenticated": 401, "forbidden": 403, "query_not_listed": 403, "case_required": 403, "too_large": 413,
    "rate_limited": 429, "audit_unavailable": 503, "store_unavailable": 503, "timeout": 503, "internal": 500,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """What was sent: a query with its variables, in which language, in which case."""

    text: str | None
    sha256: str | None = None
    operation: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    language: Language = "en"
    case: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back once `receipt` is on disk."""

    body: bytes
    status: int
    outcome: str
    receipt: Receipt | None = None
    retry_after: int | None = None


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
        self.work = Work(self.state, self.store)
        self._mine = local()
        self._stores: list[Store] = []
        self._opening = Lock()

    def close(self) -> None:
        """Writes what waits for the log, and closes the stores; nothing may be asked any more."""
        self.work.close()
        self.audit.close()
        for store in self._stores:
            with suppress(HeadwaterError):
                store.close()
        self.state.close()

    def store(self) -> Store:
        """The store, by an object that is this thread's own."""
        store: Store | None = getattr(self._mine, "store", None)
        if store is None:
            store = self._mine.store = open_store(self.settings.store, create=False)
            with self._opening:
                self._stores.append(store)
        return store

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

    def answer(self, question: Question, viewer: Viewer, left: Event | None = None) -> Answer:
        """Answers a question; every refusal is an answer too."""
        begun = monotonic()
        document: Document | None = None
        ask: Ask | None = None
        data: dict[str, Any] | None = None
        try:
            self.audit.check()
            document = self.documents.get(question.text, question.sha256)
            if document.errors:
                return self._told(question, viewer, document, None, None, list(document.errors), begun)
            refuse(
                measure(self.plan.schema, document.ast, question.operation, question.variables),
                self.settings.limits,
                BUDGETS[viewer.role],
            )
            ask = Ask(
                viewer,
                lambda: self.policy(question, viewer),
                self.state,
                self.work,
                question.language,
                begun + self.settings.timeout,
                left or Event(),
            )
            data, errors = execute(self.plan, document.ast, ask, question.operation, question.variables)
        except Stopped as stopped:
            timeout = "timeout" if str(stopped) == "timeout" else "left"
            message = f"the query took longer than {self.settings.timeout:g} seconds; ask for less at once"
            errors = [GraphQLError(message, extensions={"code": timeout})]
        except AuditUnavailable as error:
            return refused(error)
        except GraphQLError as error:
            errors = [error]
        except Exception as error:
            errors = [GraphQLError(str(error), original_error=error)]
        return self._told(question, viewer, document, ask, data, errors, begun)

    def policy(self, question: Question, viewer: Viewer) -> Policy:
        case = case_number(question.case) if question.case else None
        return Policy(
            self.store(),
            viewer,
            self.vault,
            case=case,
            today=_today(),
            bringing=lambda: self.rates.take(viewer.id, "bringing"),
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
    ) -> Answer:
        """The answer, with its entry on the way into the audit log."""
        told = [told_error(error) for error in errors]
        body: dict[str, Any] = {"errors": told} if told else {}
        is_executed = ask is not None and not (told and data is None and not told[0].get("path"))
        if is_executed:
            body["data"] = data
        code = str(told[0]["extensions"]["code"]) if told else "ok"
        entry = Entry(
            viewer=viewer.id,
            role=viewer.role,
            kind=_kind(document, question.operation),
            query=document.text if document is not None else question.text or "",
            operation=question.operation,
            nodes=ask.read if ask is not None else (),
            case=question.case,
            outcome=code,
            milliseconds=round(1000 * (monotonic() - begun), 3),
        )
        try:
            receipt = self.audit.append(entry)
        except AuditUnavailable as error:
            return refused(error)
        retry = next((e.original_error.retry_after for e in errors if isinstance(e.original_error, RateExceeded)), None)
        status = 200 if is_executed else _STATUS.get(code, 400)
        return Answer(orjson.dumps(body, default=str), status, code, receipt, retry)


def refused(error: HeadwaterError) -> Answer:
    """The answer to a request that is refused before it is a question."""
    told = told_error(GraphQLError(str(error), original_error=error))
    code = str(told["extensions"]["code"])
    retry = getattr(error, "retry_after", None)
    return Answer(orjson.dumps({"errors": [told]}), _STATUS.get(code, 400), code, None, retry)


def told_error(error: GraphQLError) -> dict[str, Any]:
    """An error as it is told: with its code, and never with what only we should know."""
    told: dict[str, Any] = dict(error.formatted)
    extensions = dict(told.get("extensions") or {})
    original = error.original_error
    if isinstance(original, HeadwaterError):
        extensions["code"] = original.code
        told["message"] = str(original)
        if isinstance(original, StoreUnavailable):
            told["message"] = "the store cannot be reached at the moment; try again in a little while"
            log.warning("store unavailable: %s", original)
    elif isinstance(original, PersistedQueryNotFound):
        extensions["code"] = original.code
    elif original is not None and not isinstance(original, GraphQLError):
        number = secrets.token_hex(6)
        log.error("internal error %s", number, exc_info=original)
        extensions["code"] = "internal"
        told["message"] = f"something went wrong inside Headwater; report it with the number {number}"
    extensions.setdefault("code", "bad_query")
    told["extensions"] = extensions
    return told


def _kind(document: Document | None, operation: str | None) -> Any:
    for definition in document.ast.definitions if document is not None else ():
        if isinstance(definition, OperationDefinitionNode) and (
            operation is None or (definition.name is not None and definition.name.value == operation)
        ):
            return "mutation" if definition.operation == OperationType.MUTATION else "query"
    return "query"


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
