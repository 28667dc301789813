"""When a message is tried again: bounded by its deadline, not by a count."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notifier.core.delivery import Outcome, OutcomeClass
from notifier.core.retry import Settled, fails_over, next_try, settle

NOW = datetime(2019, 6, 12, 1, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
TIMEOUT = 10 * SECOND
DOWN = Outcome(outcome=OutcomeClass.UNREACHABLE)
BUSY = Outcome(outcome=OutcomeClass.THROTTLED, status=429)
FAILURES = [one for one in OutcomeClass if one is not OutcomeClass.DELIVERED]


def busy(seconds: float) -> Outcome:
    """An answer with a Retry-After."""
    return replace(BUSY, retry_after_seconds=seconds)


def delay(
    outcome: Outcome = DOWN, *, tries: int = 1, left: timedelta = 24 * HOUR, jitter: float = 0.0
) -> timedelta | None:
    """How long a message waits that is of use for so long."""
    at = next_try(
        outcome,
        now=NOW,
        tries=tries,
        useful_until=NOW + left,
        timeout=TIMEOUT,
        jitter=jitter,
    )
    return None if at is None else at - NOW


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(1, 2), (2, 4), (3, 8), (4, 16), (8, 256), pytest.param(0, 2, id="a try lost with us is one")],
)
def test_delays_double(tries: int, seconds: int) -> None:
    assert delay(tries=tries) == seconds * SECOND


@pytest.mark.parametrize(
    ("left", "longest"),
    [
        pytest.param(24 * HOUR, 72 * MINUTE, id="5 % of a day"),
        pytest.param(HOUR, 3 * MINUTE, id="5 % of an hour"),
        pytest.param(5 * MINUTE, 30 * SECOND, id="but never under 30 s"),
        pytest.param(20 * SECOND, 10 * SECOND, id="and never into the last try's own time"),
    ],
)
@pytest.mark.parametrize("tries", [30, 10_000])
def test_delays_are_capped_by_the_time_left(
    left: timedelta, longest: timedelta, tries: int
) -> None:
    assert delay(tries=tries, left=left, jitter=1.0) == longest


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        pytest.param(TIMEOUT + 500 * SECOND / 1000, SECOND / 2, id="half a second: the last try"),
        pytest.param(TIMEOUT, None, id="one timeout is left: no try could end in time"),
        pytest.param(SECOND, None, id="a second is left"),
        pytest.param(-HOUR, None, id="the deadline has passed"),
    ],
)
def test_the_last_try_is_reserved_one_timeout_before_the_deadline(
    left: timedelta, expected: timedelta | None
) -> None:
    assert delay(left=left) == expected


@pytest.mark.parametrize(
    ("outcome", "seconds"),
    [
        pytest.param(busy(120), 120, id="a Retry-After is kept"),
        pytest.param(busy(1), 2, id="a shorter one shortens nothing"),
        pytest.param(busy(0), 2, id="none at all"),
        pytest.param(busy(-60), 2, id="one from the past"),
        pytest.param(busy(math.nan), 2, id="one that is no number"),
        pytest.param(BUSY, 2, id="an overload that does not say how long"),
        pytest.param(busy(86_400), 3_590, id="never past the last try"),
        pytest.param(busy(math.inf), 3_590, id="not even for ever"),
        pytest.param(
            replace(DOWN, retry_after_seconds=120.0), 2, id="only an overload may ask for it"
        ),
    ],
)
def test_a_retry_after_is_kept_as_far_as_the_deadline_lets_us(
    outcome: Outcome, seconds: int
) -> None:
    assert delay(outcome, left=HOUR) == seconds * SECOND


def test_jitter_spreads_upwards_a_retry_after_too() -> None:
    assert delay(jitter=1.0) == 2.4 * SECOND
    assert delay(busy(100), jitter=1.0) == 120 * SECOND


@pytest.mark.parametrize(
    ("outcome", "by", "tries", "left", "expected"),
    [
        pytest.param(DOWN, 2 * SECOND, 1, HOUR, False, id="a first failure"),
        pytest.param(DOWN, 6 * SECOND, 2, HOUR, False, id="a second"),
        pytest.param(DOWN, 14 * SECOND, 3, HOUR, True, id="a third"),
        pytest.param(DOWN, 299 * SECOND, 1, HOUR, False, id="just under five minutes"),
        pytest.param(DOWN, 300 * SECOND, 1, HOUR, True, id="five minutes"),
        pytest.param(DOWN, 59 * SECOND, 1, 4 * MINUTE, False, id="under a quarter of the time"),
        pytest.param(DOWN, 60 * SECOND, 1, 4 * MINUTE, True, id="a quarter of the time there was"),
        pytest.param(Outcome(outcome=OutcomeClass.GONE), SECOND, 1, HOUR, True, id="gone, at once"),
        pytest.param(
            Outcome(outcome=OutcomeClass.REFUSED_ADDRESS), SECOND, 1, HOUR, True, id="refused"
        ),
        pytest.param(
            Outcome(outcome=OutcomeClass.UNAUTHORISED), SECOND, 1, HOUR, False, id="tries go on"
        ),
    ],
)
def test_when_the_next_endpoint_steps_in(
    outcome: Outcome, by: timedelta, tries: int, left: timedelta, expected: bool
) -> None:
    assert expected is fails_over(
        outcome, by=NOW + by, tries=tries, created_at=NOW, useful_until=NOW + left
    )


def settled(
    outcome: Outcome, *, tries: int = 1, left: timedelta = 24 * HOUR, age: timedelta = SECOND
) -> Settled:
    """What follows from an attempt that ended now."""
    return settle(
        outcome,
        now=NOW,
        tries=tries,
        created_at=NOW - age,
        useful_until=NOW + left,
        timeout=TIMEOUT,
        jitter=0.0,
    )


SETTLED = {
    OutcomeClass.DELIVERED: ("delivered", None, False),
    OutcomeClass.GONE: ("pending", 15 * MINUTE, True),
    OutcomeClass.UNAUTHORISED: ("pending", 2 * SECOND, False),
    OutcomeClass.THROTTLED: ("pending", 2 * SECOND, False),
    OutcomeClass.REJECTED: ("pending", 2 * SECOND, False),
    OutcomeClass.TIMED_OUT: ("pending", 2 * SECOND, False),
    OutcomeClass.UNREACHABLE: ("pending", 2 * SECOND, False),
    OutcomeClass.BROKEN: ("pending", 2 * SECOND, False),
    OutcomeClass.REFUSED_ADDRESS: ("dead", None, True),
    OutcomeClass.UNKNOWN: ("pending", 2 * SECOND, False),
    OutcomeClass.INTERNAL: ("pending", 2 * SECOND, False),
}


@pytest.mark.parametrize("outcome", OutcomeClass)
def test_what_follows_from_a_first_attempt(outcome: OutcomeClass) -> None:
    state, waits, others_step_in = SETTLED[outcome]
    found = settled(Outcome(outcome=outcome))
    at = None if waits is None else NOW + waits
    assert (found.state, found.next_try_at, found.fails_over) == (state, at, others_step_in)


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Outcome(outcome=OutcomeClass.DELIVERED, status=204), "delivered"),
        (Outcome(outcome=OutcomeClass.REJECTED, status=500), "rejected 500"),
        (Outcome(outcome=OutcomeClass.TIMED_OUT), "timed_out"),
    ],
)
def test_a_reason_names_class_and_status(outcome: Outcome, reason: str) -> None:
    assert settled(outcome).reason == reason


@pytest.mark.parametrize("outcome", FAILURES)
def test_without_time_for_another_try_others_step_in(outcome: OutcomeClass) -> None:
    """It waits for its deadline, which ends it and tells a human; a permanent end is told now."""
    found = settled(Outcome(outcome=outcome), left=TIMEOUT)
    assert found.fails_over
    if found.state != "dead":
        assert found.next_try_at == NOW + TIMEOUT


def test_a_receiver_that_asks_for_hours_keeps_nobody_else_waiting() -> None:
    """Its wish is kept, and the next endpoint is tried meanwhile."""
    found = settled(busy(2 * 3600.0))
    assert (found.next_try_at, found.fails_over) == (NOW + 2 * HOUR, True)


@pytest.mark.parametrize(
    ("left", "waits"),
    [
        pytest.param(24 * HOUR, 15 * MINUTE, id="every 15 minutes"),
        pytest.param(10 * MINUTE, 590 * SECOND, id="but not past the last try"),
    ],
)
def test_an_endpoint_that_is_gone_is_probed_until_the_deadline(
    left: timedelta, waits: timedelta
) -> None:
    found = settled(Outcome(outcome=OutcomeClass.GONE, status=410), left=left)
    assert found.next_try_at == NOW + waits
    assert found.fails_over
