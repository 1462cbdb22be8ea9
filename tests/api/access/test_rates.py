"""How often a viewer may do a thing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access.rates import Rate, Rates
from api.errors import RateExceeded
from graph.errors import SettingError


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def allowed(rates: Rates, viewer: str, kind: str = "trace", count: int = 1) -> bool:
    try:
        rates.take(viewer, kind, count)
    except RateExceeded:
        return False
    return True


def test_a_bucket_gives_its_count_at_once_and_then_what_flows_in(clock: Clock) -> None:
    rates = Rates({"trace": Rate(3, 60)}, clock=clock)
    assert [allowed(rates, "a") for _ in range(4)] == [True, True, True, False]
    clock.now += 20
    assert [allowed(rates, "a") for _ in range(2)] == [True, False]
    clock.now += 600
    assert [allowed(rates, "a") for _ in range(4)] == [True, True, True, False]


def test_a_refusal_says_when_to_come_again_and_then_it_is_given(clock: Clock) -> None:
    rates = Rates({"trace": Rate(2, 60)}, clock=clock)
    rates.take("a", "trace", 2)
    with pytest.raises(RateExceeded, match="try again in 30 seconds") as caught:
        rates.take("a", "trace")
    assert isinstance(caught.value, RateExceeded)
    clock.now += caught.value.retry_after
    rates.take("a", "trace")


def test_a_refusal_takes_nothing(clock: Clock) -> None:
    rates = Rates({"trace": Rate(3, 60)}, clock=clock)
    rates.take("a", "trace", 2)
    assert not allowed(rates, "a", count=2)
    assert allowed(rates, "a")


def test_more_than_a_bucket_holds_is_never_given(clock: Clock) -> None:
    rates = Rates({"trace": Rate(3, 60)}, clock=clock)
    with pytest.raises(RateExceeded, match="ask for fewer"):
        rates.take("a", "trace", 4)
    assert allowed(rates, "a", count=3)


def test_viewers_and_kinds_have_buckets_of_their_own(clock: Clock) -> None:
    rates = Rates({"trace": Rate(1, 60), "load": Rate(1, 60)}, clock=clock)
    assert allowed(rates, "a")
    assert allowed(rates, "b")
    assert allowed(rates, "a", "load")
    assert not allowed(rates, "a")
    with pytest.raises(KeyError):
        rates.take("a", "unknown")


def test_memory_stays_bounded_and_forgets_the_fullest_first(clock: Clock) -> None:
    rates = Rates({"trace": Rate(10, 60)}, size=50, clock=clock)
    rates.take("spent", "trace", 10)
    for number in range(1000):
        rates.take(f"viewer {number}", "trace")
        assert len(rates._full) <= 50
    assert not allowed(rates, "spent", count=10)


def test_full_buckets_need_no_place(clock: Clock) -> None:
    rates = Rates({"trace": Rate(10, 60)}, size=50, clock=clock)
    for number in range(50):
        rates.take(f"early {number}", "trace", 10)
    clock.now += 61
    for number in range(50):
        rates.take(f"late {number}", "trace", 10)
    assert not any(allowed(rates, f"late {number}") for number in range(50))


def test_threads_together_get_no_more_than_one(clock: Clock) -> None:
    rates = Rates({"trace": Rate(100, 60)}, clock=clock)
    with ThreadPoolExecutor(8) as pool:
        given_out = sum(pool.map(lambda _: allowed(rates, "a"), range(800)))
    assert given_out == 100


@given(st.lists(st.floats(0, 50), max_size=60), st.integers(1, 5), st.floats(0.5, 100))
def test_no_span_of_time_gives_more_than_the_rate(waits: list[float], count: int, seconds: float) -> None:
    clock = Clock()
    rates = Rates({"trace": Rate(count, seconds)}, clock=clock)
    times = []
    for wait in waits:
        clock.now += wait
        if allowed(rates, "a"):
            times.append(clock.now)
    for i, start in enumerate(times):
        for j, end in enumerate(times[i:], 1):
            assert j <= count + (end - start) * count / seconds + 1e-3


@pytest.mark.parametrize(("rate", "workers"), [(Rate(10, 60), 4), (Rate(3, 60), 8), (Rate(8, 1), 1)])
def test_workers_together_give_no_more_than_the_rate(rate: Rate, workers: int) -> None:
    part = rate.shared(workers)
    assert part.count * workers <= max(rate.count, workers)
    assert part.count / part.seconds * workers == pytest.approx(rate.count / rate.seconds)


@pytest.mark.parametrize(("count", "seconds"), [(0, 60), (-1, 60), (1, 0), (1, float("nan")), (1, float("inf"))])
def test_a_rate_of_nothing_is_refused(count: int, seconds: float) -> None:
    with pytest.raises(SettingError):
        Rate(count, seconds)
