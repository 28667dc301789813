"""Rules that hold for every pace: bounded, never stuck, and blind to nobody's last chance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifier.core.delivery import Outcome, OutcomeClass
from notifier.core.pacing import (
    LAST_CHANCE_TIMEOUTS,
    OPEN_SECONDS_MOST,
    Pace,
    Rate,
    begun,
    ended,
    is_last_chance,
    last_chance_horizon,
    opens_after,
    share,
)

NOW = datetime(2019, 6, 12, 1, tzinfo=UTC)
TAKEN = Outcome(outcome=OutcomeClass.DELIVERED, status=204)

outcomes = st.builds(
    Outcome, outcome=st.sampled_from(OutcomeClass), status=st.none() | st.integers(100, 599)
)
rates = st.none() | st.builds(Rate, per_second=st.floats(0.01, 1000), burst=st.integers(1, 1000))
bounds = st.integers(1, 200)
steps = st.lists(st.tuples(st.floats(0, 1000), st.none() | outcomes), max_size=60)


def lived(
    steps: list[tuple[float, Outcome | None]], most: int, rate: Rate | None
) -> list[tuple[float, Pace]]:
    """Every pace on the way: after each wait an attempt begins (None) or ends."""
    now, pace = 0.0, Pace()
    found = [(now, pace)]
    for seconds, outcome in steps:
        now += seconds
        if outcome is None:
            pace = begun(pace, now=now, rate=rate)
        else:
            pace = ended(pace, outcome, now=now, most=most)
        found.append((now, pace))
    return found


@given(steps, bounds, rates, st.integers(0, 300))
def test_an_endpoint_never_has_more_than_its_bound(
    steps: list[tuple[float, Outcome | None]], most: int, rate: Rate | None, in_flight: int
) -> None:
    for now, pace in lived(steps, most, rate):
        found = share(pace, now=now, in_flight=in_flight, most=most, rate=rate)
        assert 0 <= found.ordinary <= found.last_chance == max(most - in_flight, 0)


@given(steps, bounds, rates)
def test_no_endpoint_is_held_back_for_ever(
    steps: list[tuple[float, Outcome | None]], most: int, rate: Rate | None
) -> None:
    """After what it says itself, at most a minute or one token, an attempt passes."""
    for now, pace in lived(steps, most, rate):
        wait = opens_after(pace, now=now, rate=rate)
        assert 0 <= wait <= max(OPEN_SECONDS_MOST, 1 / rate.per_second if rate else 0.0) + 1e-6
        later = now + wait + 1e-3
        assert share(pace, now=later, in_flight=0, most=most, rate=rate).ordinary >= 1


@given(steps, bounds, rates)
def test_a_2xx_closes_whatever_was_open(
    steps: list[tuple[float, Outcome | None]], most: int, rate: Rate | None
) -> None:
    now, pace = lived(steps, most, rate)[-1]
    closed = ended(pace, TAKEN, now=now, most=most)
    assert (closed.failures, closed.openings, closed.probe_at) == (0, 0, None)


@given(st.lists(st.floats(0, 2), min_size=1, max_size=200), st.floats(0.5, 100), bounds)
def test_in_no_span_begin_more_attempts_than_burst_and_rate_allow(
    waits: list[float], per_second: float, burst: int
) -> None:
    rate, now, pace, began = Rate(per_second=per_second, burst=burst), 0.0, Pace(), 0
    for seconds in waits:
        now += seconds
        if share(Pace(spent=pace.spent, spent_at=pace.spent_at, window=burst), now=now,
                 in_flight=0, most=burst, rate=rate).ordinary:  # fmt: skip
            pace, began = begun(pace, now=now, rate=rate), began + 1
    assert began <= burst + now * per_second + 1e-6


spans = st.timedeltas(timedelta(0), timedelta(days=400))


@given(spans, spans, st.timedeltas(timedelta(seconds=1), timedelta(seconds=60)))
def test_two_attempts_before_its_deadline_a_message_is_always_in_its_last_chance(
    life: timedelta, left: timedelta, timeout: timedelta
) -> None:
    is_last = is_last_chance(
        now=NOW, created_at=NOW + left - life, useful_until=NOW + left, timeout=timeout
    )
    if left <= LAST_CHANCE_TIMEOUTS * timeout:
        assert is_last
    if left > last_chance_horizon(timeout):
        assert not is_last
