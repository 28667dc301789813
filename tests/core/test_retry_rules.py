"""Rules that hold for every retry: never past the deadline, never undercut, never given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from notifier.core.delivery import Outcome, OutcomeClass
from notifier.core.retry import CAP_AT_LEAST, CAP_SHARE, next_try, settle

NOW = datetime(2019, 6, 12, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TIMEOUT = 10 * SECOND
DOWN = Outcome(outcome=OutcomeClass.UNREACHABLE)
FAILURES = [one for one in OutcomeClass if one is not OutcomeClass.DELIVERED]


def delay(
    outcome: Outcome, *, tries: int, left: timedelta, jitter: float = 0.0
) -> timedelta | None:
    """How long a message waits that is of use for so long."""
    at = next_try(
        outcome, now=NOW, tries=tries, useful_until=NOW + left, timeout=TIMEOUT, jitter=jitter
    )
    return None if at is None else at - NOW


def busy(seconds: float | None) -> Outcome:
    """An overload, with or without a Retry-After."""
    return Outcome(outcome=OutcomeClass.THROTTLED, status=429, retry_after_seconds=seconds)


outcomes = st.builds(
    Outcome,
    outcome=st.sampled_from(FAILURES),
    status=st.none() | st.integers(300, 599),
    retry_after_seconds=st.none() | st.floats(0, 1e9),
)
lefts = st.timedeltas(timedelta(0), timedelta(days=400))
jitters = st.floats(0, 1)
counts = st.integers(0, 500)


@given(outcomes, lefts, counts, jitters)
def test_no_try_is_planned_past_the_last_that_can_end_in_time(
    outcome: Outcome, left: timedelta, tries: int, jitter: float
) -> None:
    waits = delay(outcome, tries=tries, left=left, jitter=jitter)
    assert (waits is None) is (left <= TIMEOUT)
    if waits is not None:
        assert timedelta() < waits <= left - TIMEOUT


@given(lefts, counts, jitters)
def test_a_delay_is_at_most_the_larger_of_30_s_and_5_percent_of_the_time_left(
    left: timedelta, tries: int, jitter: float
) -> None:
    waits = delay(DOWN, tries=tries, left=left, jitter=jitter)
    assert waits is None or waits <= max(CAP_AT_LEAST, left * CAP_SHARE)


@given(lefts, counts, jitters)
def test_delays_grow_with_the_tries_and_with_jitter(
    left: timedelta, tries: int, jitter: float
) -> None:
    assume(left > TIMEOUT)
    here = delay(DOWN, tries=tries, left=left)
    later, jittered = (
        delay(DOWN, tries=tries + 1, left=left),
        delay(DOWN, tries=tries, left=left, jitter=jitter),
    )
    assert here is not None
    assert later is not None
    assert jittered is not None
    assert later >= here
    assert jittered >= here


@given(st.floats(0, 1e9), lefts, counts, jitters)
def test_a_retry_after_never_shortens_and_is_never_undercut(
    seconds: float, left: timedelta, tries: int, jitter: float
) -> None:
    assume(left > TIMEOUT)
    plain = delay(busy(None), tries=tries, left=left, jitter=jitter)
    waits = delay(busy(seconds), tries=tries, left=left, jitter=jitter)
    assert plain is not None
    assert waits is not None
    assert waits >= plain
    rounding = SECOND / 1_000_000
    assert waits + rounding >= min(timedelta(seconds=seconds), left - TIMEOUT)


@given(st.timedeltas(TIMEOUT + SECOND, timedelta(days=30)), jitters)
def test_a_receiver_that_never_answers_is_tried_until_the_very_end(
    left: timedelta, jitter: float
) -> None:
    """Played out: the last try starts exactly one timeout before the deadline, and there is one."""
    until, at, tries = NOW + left, NOW, 1
    while True:
        following = next_try(
            DOWN, now=at, tries=tries, useful_until=until, timeout=TIMEOUT, jitter=jitter
        )
        if following is None:
            break
        assert following > at
        at, tries = following, tries + 1
    assert at == until - TIMEOUT
    assert tries < 1000


@given(outcomes, lefts, counts, st.timedeltas(timedelta(0), timedelta(days=30)))
def test_no_failure_is_the_end_unless_somebody_else_steps_in(
    outcome: Outcome, left: timedelta, tries: int, age: timedelta
) -> None:
    """A pending message has its next instant, never past the deadline; a dead one fails over."""
    found = settle(
        outcome,
        now=NOW,
        tries=tries,
        created_at=NOW - age,
        useful_until=NOW + left,
        timeout=TIMEOUT,
        jitter=0.0,
    )
    assert found.reason.startswith(outcome.outcome)
    if found.state == "pending":
        assert found.next_try_at is not None
        assert NOW < found.next_try_at <= NOW + left or left == timedelta()
    else:
        assert found.state == "dead"
        assert found.fails_over
