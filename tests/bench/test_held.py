from __future__ import annotations

from pathlib import Path

import pytest

from bench import held
from bench.making.habits import Habits
from bench.making.measured import MEASURED
from bench.workbench import Workbench


def test_a_made_market_is_loaded_traced_and_measured_beside_its_peers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "MEASURED", {"tiny": (4, Habits(clues=8, backdrop=0, orders=2, idle=1))})
    with Workbench(tmp_path, full=True) as bench:
        told = {figure.what: figure for figure in held.figures(bench)}
    assert told["tiny: producer Hits@1"].holds is not None
    assert float(told["tiny: warehouse Hits@1"].figure) > 0
    assert "  personalised PageRank" in told


def test_minutes_are_taken_only_when_asked_for(tmp_path: Path) -> None:
    with Workbench(tmp_path) as bench:
        assert [figure.holds for figure in held.figures(bench)] == [None]


def test_one_of_the_measured_markets_has_half_as_much_noise_again() -> None:
    assert sorted(habits.noise / Habits().noise for _, habits in MEASURED.values()) == [1, 1, 1.5]
    assert len({seed for seed, _ in MEASURED.values()}) == len(MEASURED)
