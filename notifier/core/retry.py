"""When a message is tried again: bounded by its deadline, not by a count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.core.delivery import Outcome, OutcomeClass

FIRST_DELAY = timedelta(seconds=2)
CAP_AT_LEAST = timedelta(seconds=30)
CAP_SHARE = 0.05  # of the time left: a receiver that comes back is found soon enough
JITTER_SHARE = 0.2  # upwards only: a receiver's Retry-After is never undercut

PERMANENT = frozenset({OutcomeClass.REFUSED_ADDRESS})
FAILS_OVER_AT_ONCE = frozenset({OutcomeClass.REFUSED_ADDRESS, OutcomeClass.GONE})
FAIL_OVER_TRIES = 3
FAIL_OVER_AFTER = timedelta(minutes=5)
FAIL_OVER_SHARE = 0.25
GONE_PROBE = timedelta(minutes=15)


def next_try(
    outcome: Outcome,
    *,
    now: datetime,
    tries: int,
    useful_until: datetime,
    timeout: timedelta,
    jitter: float,
) -> datetime | None:
    """When to try again after ``tries`` tries, or None when no try can start before the deadline.

    Delays double, each at most max(30 s, 5 % of the time left); the last try is reserved one
    timeout before ``useful_until``. ``jitter`` is between 0 and 1 and only lengthens. A
    Retry-After lengthens the delay but never past that last try.
    """
    last = useful_until - timeout
    if now >= last:
        return None
    spread = 1 + JITTER_SHARE * jitter
    cap = max(CAP_AT_LEAST, (useful_until - now) * CAP_SHARE)
    # 20 doublings of two seconds outlast any hearing; more would overflow a timedelta.
    delay = min(FIRST_DELAY * (1 << min(max(tries, 1) - 1, 20)) * spread, cap)
    asked = outcome.retry_after_seconds or 0.0
    if outcome.outcome is OutcomeClass.THROTTLED and asked > 0:
        longest = (last - now).total_seconds()
        delay = max(delay, timedelta(seconds=min(asked * spread, longest)))
    return min(now + delay, last)


def fails_over(
    outcome: Outcome, *, by: datetime, tries: int, created_at: datetime, useful_until: datetime
) -> bool:
    """Whether the recipient's next endpoint is to be tried as well.

    After 3 failures, 5 minutes or a quarter of the time there was, whichever comes first; at
    once when the endpoint is gone or its address refused. ``by`` is when this endpoint is heard
    of again: one that asks us to wait for hours keeps nobody else waiting.
    """
    if outcome.outcome in FAILS_OVER_AT_ONCE or tries >= FAIL_OVER_TRIES:
        return True
    return by - created_at >= min(FAIL_OVER_AFTER, (useful_until - created_at) * FAIL_OVER_SHARE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """What follows from one attempt: the message's next state, and whether others step in."""

    state: str  # delivered, pending or dead
    next_try_at: datetime | None
    fails_over: bool
    reason: str


def settle(
    outcome: Outcome,
    *,
    now: datetime,
    tries: int,
    created_at: datetime,
    useful_until: datetime,
    timeout: timedelta,
    jitter: float,
) -> Settled:
    """Decide what becomes of a message after an attempt; the reason names class and status."""
    if outcome.outcome is OutcomeClass.DELIVERED:
        return Settled(state="delivered", next_try_at=None, fails_over=False, reason="delivered")
    reason = f"{outcome.outcome} {outcome.status or ''}".strip()
    if outcome.outcome in PERMANENT:
        return Settled(state="dead", next_try_at=None, fails_over=True, reason=reason)
    at = next_try(
        outcome, now=now, tries=tries, useful_until=useful_until, timeout=timeout, jitter=jitter
    )
    if at is None:
        # No try can start in time: it waits for its deadline, which ends it and tells a human.
        return Settled(state="pending", next_try_at=useful_until, fails_over=True, reason=reason)
    if outcome.outcome is OutcomeClass.GONE:
        # The last endpoint of a person is probed, not given up: see the delivery contract.
        at = max(at, min(now + GONE_PROBE, useful_until - timeout))
    other = fails_over(
        outcome, by=at, tries=tries, created_at=created_at, useful_until=useful_until
    )
    return Settled(state="pending", next_try_at=at, fails_over=other, reason=reason)
