from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from api.jobs.table import create_job
from api.state import State
from api.telemetry import metrics
from api.telemetry.metrics import Metrics
from tests.api.conftest import ROOT


def test_a_process_that_meets_no_others_counts_for_itself(tmp_path: Path) -> None:
    counted = Metrics()
    counted.requests.labels("query", "ok").inc(3)
    with State(tmp_path / "state") as state:
        create_job(state, "load", by="k", worker="1-1")
        told = counted.page(state).decode()
    assert 'headwater_requests_total{kind="query",outcome="ok"} 3.0' in told
    assert 'headwater_jobs{state="queued"} 1.0' in told
    assert 'headwater_jobs{state="done"} 0.0' in told


def test_a_process_without_room_on_the_disk_counts_for_itself(tmp_path: Path) -> None:
    counted = Metrics(tmp_path / "nowhere")
    with State(tmp_path / "state") as state:
        assert b"headwater_requests_running 0.0" in counted.page(state)


WORKER = """
import sys
from pathlib import Path
from api.telemetry.metrics import Metrics
counted = Metrics(Path(sys.argv[1]))
counted.requests.labels("query", "ok").inc()
counted.running.inc()
"""
TELLER = """
import sys
from pathlib import Path
from api.telemetry.metrics import Metrics
from api.state import State
with State(sys.argv[2]) as state:
    print(Metrics(Path(sys.argv[1])).page(state).decode())
"""


def test_what_ended_processes_counted_stays_and_what_they_were_at_is_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    metrics.clean(folder)

    def run(program: str) -> str:
        command = [sys.executable, "-c", program, str(folder), str(tmp_path / "state")]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    for _ in range(3):
        run(WORKER)
    told = run(TELLER)
    assert 'headwater_requests_total{kind="query",outcome="ok"} 3.0' in told
    assert "headwater_requests_running 0.0" in told
    metrics.clean(folder)
    assert 'outcome="ok"' not in run(TELLER)
    assert not os.stat(folder).st_mode & 0o077
