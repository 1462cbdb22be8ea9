"""Spans for OpenTelemetry, where it is configured: a request, its execution, and each question to the store.

Nothing of it is imported unless `HEADWATER_OTEL` is set. Where spans go to, how the service is called, and how many are
kept is said by the standard variables, such as OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME and OTEL_TRACES_SAMPLER:
https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Literal, ParamSpec, TypeVar

from graph.errors import SettingError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

Exporter = Literal["otlp", "console"]

_P = ParamSpec("_P")
_T = TypeVar("_T")

_providers: list[TracerProvider] = []
_NO_SPAN: AbstractContextManager[None] = nullcontext()


def check() -> None:
    """Refuses to be configured where its packages are missing.

    Raises:
        SettingError: They are.
    """
    try:
        import opentelemetry.exporter.otlp.proto.http.trace_exporter
        import opentelemetry.sdk.trace  # noqa: F401
    except ImportError as error:
        raise SettingError(
            "HEADWATER_OTEL is set, and OpenTelemetry is not installed: pip install 'headwater[otel]', or unset it"
        ) from error


def configure(exporter: Exporter | SpanExporter) -> None:
    """Begins to trace this process, which has not been forked since, or will not be."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor

    name = {} if "OTEL_SERVICE_NAME" in os.environ else {"service.name": "headwater"}
    provider = TracerProvider(resource=Resource.create(name), shutdown_on_exit=False)
    if exporter == "otlp":
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    else:
        told = ConsoleSpanExporter() if exporter == "console" else exporter
        provider.add_span_processor(SimpleSpanProcessor(told))
    close()
    _providers.append(provider)


def close() -> None:
    """Sends what waits, and traces no more."""
    while _providers:
        _providers.pop().shutdown()


def span(name: str) -> AbstractContextManager[Span | None]:
    """A span around what is done within; None where nothing is traced."""
    return _inner(name) if _providers else _NO_SPAN


def request_span(name: str, headers: Mapping[str, str]) -> AbstractContextManager[Span | None]:
    """The span of a request, below the one of its client where its header `traceparent` names it."""
    return _outer(name, headers) if _providers else _NO_SPAN


def spanned(name: str) -> Callable[[Callable[_P, _T]], Callable[_P, _T]]:
    """Makes a span of every call of a function."""

    def decorated(function: Callable[_P, _T]) -> Callable[_P, _T]:
        @functools.wraps(function)
        def call(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            with span(name):
                return function(*args, **kwargs)

        return call

    return decorated


@contextmanager
def _inner(name: str) -> Iterator[Span]:
    tracer = _providers[0].get_tracer("headwater")
    # The messages of exceptions may hold values; what kind it was is told by the outcome.
    with tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False) as begun:
        yield begun


@contextmanager
def _outer(name: str, headers: Mapping[str, str]) -> Iterator[Span]:
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    context = TraceContextTextMapPropagator().extract(headers)
    tracer = _providers[0].get_tracer("headwater")
    with tracer.start_as_current_span(
        name, context, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
    ) as begun:
        yield begun
