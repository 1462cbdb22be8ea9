"""How often a viewer may do a thing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.access.rates import Rate, Rates
from api.errors import RateExceeded
from api.state import State
from graph.errors import SettingError


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "state") as opened:
        yield opened


def allowed(rates: Rates, viewer: str, kind: str = "trace") -> bool:
    try:
        rates.take(viewer, kind)
    except RateExceeded:
        return False
    return True


def test_a_bucket_gives_its_count_at_once_and_then_what_flows_in(state: State, clock: Clock) -> None:
    rates = Rates(state, {"trace": Rate(3, 60)}, clock=clock)
    assert [allowed(rates, "a") for _ in range(4)] == [True, True, True, False]
    clock.now += 20
    assert [allowed(rates, "a") for _ in range(2)] == [True, False]
    clock.now += 600
    assert [allowed(rates, "a") for _ in range(4)] == [True, True, True, False]


def test_a_refusal_says_when_to_come_again_and_then_it_is_given(state: State, clock: Clock) -> None:
    rates = Rates(state, {"trace": Rate(2, 60)}, clock=clock)
    rates.take("a", "trace")
    rates.take("a", "trace")
    with pytest.raises(RateExceeded, match="try again in 30 seconds") as caught:
        rates.take("a", "trace")
    assert isinstance(caught.value, RateExceeded)
    clock.now += caught.value.retry_after
    rates.take("a", "trace")


def test_viewers_and_kinds_have_buckets_of_their_own(state: State, clock: Clock) -> None:
    rates = Rates(state, {"trace": Rate(1, 60), "load": Rate(1, 60)}, clock=clock)
    assert allowed(rates, "a")
    assert allowed(rates, "b")
    assert allowed(rates, "a", "load")
    assert not allowed(rates, "a")
    with pytest.raises(KeyError):
        rates.take("a", "unknown")


def test_full_buckets_need_no_place(state: State, clock: Clock) -> None:
    rates = Rates(state, {"trace": Rate(10, 60)}, clock=clock)
    for number in range(5):
        rates.take(f"early {number}", "trace")
    clock.now += 61
    rates.take("late", "trace")
    assert [row["viewer"] for row in state.rows("SELECT viewer FROM bucket")] == ["late"]


def test_all_processes_together_give_no_more_than_one_and_remember_it_when_begun_anew(
    state: State, clock: Clock
) -> None:
    with State(state.folder) as other:
        both = [Rates(one, {"trace": Rate(20, 60)}, clock=clock) for one in (state, other)]
        with ThreadPoolExecutor(4) as pool:
            given_out = sum(pool.map(lambda i: allowed(both[i % 2], "a"), range(60)))
    assert given_out == 20
    with State(state.folder) as again:
        assert not allowed(Rates(again, {"trace": Rate(20, 60)}, clock=clock), "a")


def test_a_clock_that_was_set_back_shuts_nobody_out_for_longer_than_an_empty_bucket(state: State, clock: Clock) -> None:
    rates = Rates(state, {"trace": Rate(1, 60)}, clock=clock)
    rates.take("a", "trace")
    clock.now -= 100_000
    assert not allowed(rates, "a")
    clock.now += 60
    assert allowed(rates, "a")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 50), max_size=20), st.integers(1, 5), st.floats(0.5, 100), st.uuids())
def test_no_span_of_time_gives_more_than_the_rate(
    state: State, waits: list[float], count: int, seconds: float, viewer: object
) -> None:
    clock = Clock()
    rates = Rates(state, {"trace": Rate(count, seconds)}, clock=clock)
    times = []
    for wait in waits:
        clock.now += wait
        if allowed(rates, str(viewer)):
            times.append(clock.now)
    for i, start in enumerate(times):
        for j, end in enumerate(times[i:], 1):
            assert j <= count + (end - start + 0.02) * count / seconds + 1e-3


@pytest.mark.parametrize(("count", "seconds"), [(0, 60), (-1, 60), (1, 0), (1, float("nan")), (1, float("inf"))])
def test_a_rate_of_nothing_is_refused(count: int, seconds: float) -> None:
    with pytest.raises(SettingError):
        Rate(count, seconds)
