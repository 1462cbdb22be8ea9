from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.answering import Service
from api.telemetry import tracing
from graph.errors import SettingError
from tests.api.conftest import ROOT, told


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    tracing.configure(exporter)
    yield exporter
    tracing.close()


def test_questions_to_the_store_lie_within_the_execution(market: Service, spans: InMemorySpanExporter) -> None:
    assert "errors" not in told(market, '{ search(text: "永飞") { total } }')
    *asked, answer = spans.get_finished_spans()
    assert answer.name == "answer"
    assert "store.search" in {span.name for span in asked}
    for span in asked:
        assert span.name.startswith("store.")
        assert span.parent is not None and answer.context is not None
        assert span.parent.span_id == answer.context.span_id


def test_an_error_leaves_no_message_in_a_span(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError), tracing.span("work"):
        raise ValueError("13800138000")
    (span,) = spans.get_finished_spans()
    assert not span.events
    assert span.status.description is None


def test_nothing_is_imported_unless_it_is_configured() -> None:
    code = "import sys, api.serving; sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_missing_packages_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingError, match=r"HEADWATER_OTEL .*headwater\[otel\]"):
        tracing.check()
