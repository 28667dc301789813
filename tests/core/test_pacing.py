"""How one endpoint is served: its window, its breaker, its bucket, and a message's last chance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from notifier.core.delivery import Outcome, OutcomeClass
from notifier.core.pacing import (
    FIRST_WINDOW,
    LAST_CHANCE_MOST,
    OPEN_SECONDS,
    OPEN_SECONDS_MOST,
    OPENS_AFTER,
    Pace,
    Rate,
    Share,
    begun,
    ended,
    is_last_chance,
    last_chance_horizon,
    opens_after,
    share,
)

NOW = datetime(2019, 6, 12, 1, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
MOST = 8
TAKEN = Outcome(outcome=OutcomeClass.DELIVERED, status=204)
HANGS = Outcome(outcome=OutcomeClass.TIMED_OUT)
SLOWLY = Rate(per_second=2.0, burst=5)


def after(*outcomes: Outcome, pace: Pace | None = None, now: float = 100.0) -> Pace:
    """A pace after attempts that ended so."""
    found = pace or Pace()
    for outcome in outcomes:
        found = ended(found, outcome, now=now, most=MOST)
    return found


def left(
    pace: Pace, *, now: float = 100.0, in_flight: int = 0, rate: Rate | None = None
) -> tuple[int, int]:
    """How many more attempts it may get: ordinary, last chances."""
    found = share(pace, now=now, in_flight=in_flight, most=MOST, rate=rate)
    return found.ordinary, found.last_chance


OPENED = after(*[HANGS] * OPENS_AFTER)


# --- the window ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcomes", "window"),
    [
        pytest.param([], FIRST_WINDOW, id="an endpoint not heard of yet gets few at once"),
        pytest.param([TAKEN], 3, id="each 2xx earns one more"),
        pytest.param([TAKEN] * 50, MOST, id="up to what one endpoint may ever have"),
        pytest.param([TAKEN] * 50 + [HANGS], 4, id="a failure halves it"),
        pytest.param([HANGS] * 4, 1, id="down to one"),
    ],
)
def test_how_many_at_once(outcomes: list[Outcome], window: int) -> None:
    assert left(after(*outcomes)) == (window, MOST)


@pytest.mark.parametrize(
    ("in_flight", "expected"),
    [
        pytest.param(0, (2, 8), id="none is under way"),
        pytest.param(1, (1, 7), id="those under way count"),
        pytest.param(2, (0, 6), id="a full window still lets last chances pass"),
        pytest.param(8, (0, 0), id="but never more than one endpoint may have"),
        pytest.param(9, (0, 0), id="not even when a setting was lowered meanwhile"),
    ],
)
def test_what_is_under_way_counts(in_flight: int, expected: tuple[int, int]) -> None:
    assert left(Pace(), in_flight=in_flight) == expected


# --- the breaker --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcomes", "is_open"),
    [
        pytest.param([HANGS] * (OPENS_AFTER - 1), False, id="some failures are chance"),
        pytest.param([HANGS] * OPENS_AFTER, True, id="so many in a row are not"),
        pytest.param([HANGS] * 4 + [TAKEN] + [HANGS] * 4, False, id="a 2xx begins the row anew"),
        pytest.param([HANGS] * OPENS_AFTER + [TAKEN], False, id="a 2xx closes it"),
    ],
)
def test_when_the_breaker_opens(outcomes: list[Outcome], is_open: bool) -> None:
    ordinary, last_chance = left(after(*outcomes))

    assert (ordinary == 0) is is_open
    assert last_chance == MOST, "a last chance passes"


def outcome(kind: OutcomeClass, status: int | None = None) -> Outcome:
    """An outcome of a class."""
    return Outcome(outcome=kind, status=status)


@pytest.mark.parametrize(
    ("heard", "is_open", "failures"),
    [
        (outcome(OutcomeClass.TIMED_OUT), True, 6),
        (outcome(OutcomeClass.UNREACHABLE), True, 6),
        (outcome(OutcomeClass.BROKEN), True, 6),
        (outcome(OutcomeClass.THROTTLED, 429), True, 6),
        (outcome(OutcomeClass.THROTTLED, 503), True, 6),
        (outcome(OutcomeClass.REJECTED, 500), True, 6),
        (outcome(OutcomeClass.REJECTED, 499), False, 0),
        (outcome(OutcomeClass.REJECTED, 302), False, 0),
        (outcome(OutcomeClass.UNAUTHORISED, 404), False, 0),
        (outcome(OutcomeClass.GONE, 410), False, 0),
        (outcome(OutcomeClass.DELIVERED, 200), False, 0),
        (outcome(OutcomeClass.REFUSED_ADDRESS), True, 5),
        (outcome(OutcomeClass.UNKNOWN), True, 5),
        (outcome(OutcomeClass.INTERNAL), True, 5),
    ],
)
def test_what_an_outcome_says_of_the_endpoint(heard: Outcome, is_open: bool, failures: int) -> None:
    """Any answer says that it lives, unless it tells of its own trouble; our faults say nothing."""
    found = after(heard, pace=OPENED)

    assert (found.probe_at is not None, found.failures) == (is_open, failures)


def test_half_open_it_probes_with_one_attempt() -> None:
    probe_at = 100.0 + OPEN_SECONDS

    assert left(OPENED, now=probe_at - 0.001) == (0, MOST)
    assert left(OPENED, now=probe_at) == (1, MOST)
    assert left(OPENED, now=probe_at, in_flight=1) == (0, MOST - 1)


def test_a_probe_that_fails_keeps_it_open_for_twice_as_long_up_to_a_minute() -> None:
    pace, now, waits = OPENED, 100.0, []
    for _ in range(5):
        waits.append(opens_after(pace, now=now, rate=None))
        now += waits[-1]
        pace = after(HANGS, pace=pace, now=now)

    assert waits == [OPEN_SECONDS, 20.0, 40.0, OPEN_SECONDS_MOST, OPEN_SECONDS_MOST]


def test_a_last_chance_that_fails_meanwhile_does_not_put_the_probe_off() -> None:
    assert after(HANGS, pace=OPENED, now=105.0).probe_at == OPENED.probe_at


def test_one_that_is_back_is_trusted_as_little_as_a_new_one() -> None:
    assert left(after(TAKEN, pace=OPENED)) == (FIRST_WINDOW, MOST)


# --- the bucket ---------------------------------------------------------------------------------


def test_a_burst_passes_and_then_the_rate() -> None:
    pace = after(*[TAKEN] * 50)
    for _ in range(3):
        pace = begun(pace, now=100.0, rate=SLOWLY)

    assert left(pace, rate=SLOWLY) == (2, MOST)
    for _ in range(2):
        pace = begun(pace, now=100.0, rate=SLOWLY)
    assert left(pace, rate=SLOWLY) == (0, MOST), "a last chance passes"
    assert opens_after(pace, now=100.0, rate=SLOWLY) == 0.5
    assert left(pace, now=100.5, rate=SLOWLY) == (1, MOST)
    assert left(pace, now=200.0, rate=SLOWLY) == (5, MOST)


def test_a_last_chance_makes_no_debts() -> None:
    """Else many of them would hold up whatever comes after."""
    pace = Pace()
    for _ in range(100):
        pace = begun(pace, now=100.0, rate=SLOWLY)

    assert opens_after(pace, now=100.0, rate=SLOWLY) == 0.5


def test_without_a_rate_nothing_is_counted() -> None:
    assert begun(Pace(), now=100.0, rate=None) == Pace()
    assert opens_after(Pace(), now=100.0, rate=None) == 0.0


def test_a_share_says_which_of_the_two_it_is() -> None:
    assert share(Pace(), now=0.0, in_flight=0, most=1, rate=None) == Share(
        ordinary=1, last_chance=1
    )


# --- the last chance ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("life", "window"),
    [
        pytest.param(timedelta(), 20 * SECOND, id="two attempts' time at least"),
        pytest.param(5 * MINUTE, 20 * SECOND, id="5 % of five minutes is less"),
        pytest.param(75 * MINUTE, 225 * SECOND, id="5 % of its life: the 45 min rung"),
        pytest.param(90 * timedelta(days=1), LAST_CHANCE_MOST, id="never longer than this"),
    ],
)
def test_when_a_message_has_its_last_chance(life: timedelta, window: timedelta) -> None:
    def is_last(remaining: timedelta) -> bool:
        until = NOW + remaining
        return is_last_chance(
            now=NOW, created_at=until - life, useful_until=until, timeout=10 * SECOND
        )

    assert is_last(window)
    assert not is_last(window + SECOND / 1_000_000)


@pytest.mark.parametrize(
    ("timeout", "horizon"), [(10 * SECOND, LAST_CHANCE_MOST), (HOUR, 2 * HOUR)]
)
def test_no_last_chance_is_further_away_than_the_horizon(
    timeout: timedelta, horizon: timedelta
) -> None:
    assert last_chance_horizon(timeout) == horizon
