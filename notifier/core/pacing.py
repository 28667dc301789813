"""How one endpoint is served: how many attempts at once, how fast, and when not at all.

A pace is a value; each attempt that begins or ends makes the next one. ``now`` is in seconds of a
monotonic clock, so a stepped wall clock neither opens a breaker nor holds it open. A message in
its last chance passes breaker and bucket: whatever an endpoint did before, nobody meets silence
because of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from notifier.core.delivery import Outcome, OutcomeClass

FIRST_WINDOW = 2  # attempts at once: of an endpoint that hangs, nobody knows before they time out
OPENS_AFTER = 5  # failures in a row: chance alone seldom makes so many
OPEN_SECONDS = 10.0  # one attempt's time, doubled each time the probe fails
OPEN_SECONDS_MOST = 60.0  # a receiver that comes back is found within a minute
LAST_CHANCE_TIMEOUTS = 2  # attempts' times: one that is cut leaves time for the very last
LAST_CHANCE_SHARE = 0.05  # of the time from a message's making to its deadline
LAST_CHANCE_MOST = timedelta(minutes=15)  # a breaker means little if it is passed for an hour


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """A token bucket: attempts per second, and how many may come at once."""

    per_second: float
    burst: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How an endpoint is served at the moment. A new one is closed, with a full bucket."""

    window: int = FIRST_WINDOW  # attempts at once; grows with each 2xx, halves with each failure
    failures: int = 0  # in a row
    openings: int = 0  # of the breaker, in a row
    probe_at: float | None = None  # the breaker is open; from then on one attempt may probe
    spent: float = 0.0  # tokens out of a full bucket, at ``spent_at``
    spent_at: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """How many more attempts an endpoint may get: of any message, and of last chances."""

    ordinary: int
    last_chance: int  # never less than ordinary


_FAILED = frozenset(
    {
        OutcomeClass.TIMED_OUT,
        OutcomeClass.UNREACHABLE,
        OutcomeClass.BROKEN,
        OutcomeClass.THROTTLED,
    }
)
_SAYS_NOTHING = frozenset(
    {OutcomeClass.REFUSED_ADDRESS, OutcomeClass.UNKNOWN, OutcomeClass.INTERNAL}
)
_SERVER_ERROR = 500  # from this status on the receiver itself is in trouble: RFC 9110 section 15.6


def begun(pace: Pace, *, now: float, rate: Rate | None) -> Pace:
    """An attempt began: it takes a token. A last chance takes none from an empty bucket."""
    if rate is None:
        return pace
    return replace(pace, spent=min(_spent(pace, now, rate) + 1, float(rate.burst)), spent_at=now)


def ended(pace: Pace, outcome: Outcome, *, now: float, most: int) -> Pace:
    """An attempt ended. ``most`` is how many the endpoint may ever have at once.

    Any answer closes the breaker but one that tells of the receiver's own trouble; a 404 costs no
    slot any longer than a 204. What says nothing of the endpoint changes nothing.
    """
    if outcome.outcome in _SAYS_NOTHING:
        return pace
    if outcome.outcome in _FAILED or (outcome.status or 0) >= _SERVER_ERROR:
        return _failed(pace, now)
    grown = min(pace.window + (outcome.outcome is OutcomeClass.DELIVERED), most)
    return replace(pace, window=grown, failures=0, openings=0, probe_at=None)


def _failed(pace: Pace, now: float) -> Pace:
    fails = replace(pace, failures=pace.failures + 1, window=max(pace.window // 2, 1))
    is_held = pace.probe_at is not None and now < pace.probe_at
    if is_held or fails.failures < OPENS_AFTER:
        return fails
    # 2.0 ** 1024 overflows; long before that the most has been reached.
    seconds = min(OPEN_SECONDS * 2.0 ** min(pace.openings, 10), OPEN_SECONDS_MOST)
    return replace(fails, openings=pace.openings + 1, probe_at=now + seconds)


def share(pace: Pace, *, now: float, in_flight: int, most: int, rate: Rate | None) -> Share:
    """How many more attempts may begin while ``in_flight`` are under way.

    An open breaker lets nothing pass; half open it lets one attempt pass when none is under way.
    """
    free = max(most - in_flight, 0)
    ordinary = min(pace.window - in_flight, free)
    if pace.probe_at is not None:
        ordinary = min(free, 1) if now >= pace.probe_at and in_flight == 0 else 0
    if rate is not None:
        ordinary = min(ordinary, int(rate.burst - _spent(pace, now, rate)))
    return Share(ordinary=max(ordinary, 0), last_chance=free)


def opens_after(pace: Pace, *, now: float, rate: Rate | None) -> float:
    """Seconds until breaker and bucket let an attempt pass; 0 when they do."""
    held = max(pace.probe_at - now, 0.0) if pace.probe_at is not None else 0.0
    if rate is None:
        return held
    return max(held, (_spent(pace, now, rate) + 1 - rate.burst) / rate.per_second)


def _spent(pace: Pace, now: float, rate: Rate) -> float:
    return max(pace.spent - (now - pace.spent_at) * rate.per_second, 0.0)


def is_last_chance(
    *, now: datetime, created_at: datetime, useful_until: datetime, timeout: timedelta
) -> bool:
    """Whether so little of a message's time is left that nothing may hold it back."""
    share_of_life = min((useful_until - created_at) * LAST_CHANCE_SHARE, LAST_CHANCE_MOST)
    return useful_until - now <= max(LAST_CHANCE_TIMEOUTS * timeout, share_of_life)


def last_chance_horizon(timeout: timedelta) -> timedelta:
    """How far ahead a deadline can be, at most, for a message to be in its last chance."""
    return max(LAST_CHANCE_TIMEOUTS * timeout, LAST_CHANCE_MOST)
