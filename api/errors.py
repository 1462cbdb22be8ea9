"""What the service refuses, as errors whose `code` is part of its contract (see `graph.errors`)."""

from __future__ import annotations

from graph.errors import HeadwaterError


class ServiceError(HeadwaterError):
    """The service refuses a request."""

    code = "bad_request"


class UnsupportedMedia(ServiceError):
    """A body is of a kind that is not read here."""

    code = "unsupported_media_type"


class Unauthenticated(ServiceError):
    """No key or token, or one that is unknown, expired or revoked."""

    code = "unauthenticated"


class Forbidden(ServiceError):
    """The role may not do this."""

    code = "forbidden"


class CaseRequired(ServiceError):
    """A sensitive value may be traced only with the number of a case that the asker is a member of."""

    code = "case_required"


class Resolving(ServiceError):
    """The parties of this store are being compared: another run, and what reads the last one, must wait."""

    code = "resolving"


class LimitExceeded(ServiceError):
    """A query asks for more than one may; `code` tells which limit."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code  # type: ignore[misc]


class AuditUnavailable(ServiceError):
    """The audit log cannot be written, so nothing is answered."""

    code = "audit_unavailable"


class StateUnavailable(ServiceError):
    """The service's own state (keys, grants, cases, jobs) cannot be read or written; the store has no part in it."""

    code = "state_unavailable"


class RateExceeded(ServiceError):
    """A viewer asked too often for one kind of thing; `retry_after` says in how many seconds it is answered again."""

    code = "rate_limited"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class QueryNotListed(Forbidden):
    """Only the queries of the safelist run here, and this is none of them."""

    code = "query_not_listed"


class PersistedQueryNotFound(ServiceError):
    """A hash came whose query is not known here, so the client should send it with its text.

    Apollo's clients know this by exactly this message or this code:
    https://www.apollographql.com/docs/apollo-server/performance/apq
    """

    code = "PERSISTED_QUERY_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class AuditBroken(ServiceError):
    """The audit log is not as it was written."""

    code = "audit_broken"


class TooSlow(ServiceError):
    """A client does not take the events that it follows, or does not send what it began to."""

    code = "too_slow"
