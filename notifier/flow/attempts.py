"""Attempts: what is handed to the network, and what follows when it comes home."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.core.delivery import Delivery, Outcome, OutcomeClass
from notifier.core.pacing import Rate
from notifier.core.retry import Settled, settle
from notifier.flow import failures, watch
from notifier.flow.compose import compose
from notifier.flow.desk import Desk
from notifier.flow.ways import Group, endpoints_after, first_endpoints
from notifier.storage import facts, messages, outbox, retold
from notifier.storage.engine import Connection
from notifier.storage.messages import Standing, Tried


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one attempt may take; the lease follows from the timeout, never from a setting."""

    timeout: timedelta = timedelta(seconds=10)
    in_flight: int = 256
    in_flight_per_endpoint: int = 8
    rate: Rate | None = None  # per endpoint

    @property
    def lease(self) -> timedelta:
        """How long a claim is ours: the whole attempt, and time to record it."""
        return self.timeout + timedelta(seconds=10)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """One attempt to be made: what to send, and the fence its outcome must pass."""

    delivery: Delivery
    epoch: int
    tries: int
    timeout_seconds: float
    claimed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Returned:
    """One attempt that came home."""

    ticket: Ticket
    outcome: Outcome


def record(
    connection: Connection,
    desk: Desk,
    returned: Sequence[Returned],
    *,
    now: datetime,
    limits: Limits,
    jitter: Callable[[], float],
) -> int:
    """Write how attempts ended and what follows; returns how many were fenced.

    1. The attempt ends; its message moves only if its epoch is still ours.
    2. What was delivered ends its notices; what failed waits, fails over or is given up.
    3. Old news that arrived, or may have, after a correction went out: the correction again.
    4. What it says of the endpoint is noted, and told when a human has to know.
    """
    standing = messages.standing(connection, [one.ticket.delivery.message_id for one in returned])
    settled: list[tuple[Returned, Standing, Settled]] = []
    fenced = 0
    for one in returned:
        stands = standing[one.ticket.delivery.message_id]
        if stands.epoch != one.ticket.epoch:
            fenced += 1
            continue
        decision = settle(
            one.outcome,
            now=now,
            tries=stands.tries,
            created_at=stands.created_at,
            useful_until=stands.useful_until,
            timeout=limits.timeout,
            jitter=jitter(),
        )
        settled.append((one, stands, decision))
    messages.record(connection, desk.sealer, [_tried(*one, now) for one in settled])
    delivered = [stands.message_id for _, stands, next_ in settled if next_.state == "delivered"]
    messages.deliver_notices(connection, delivered, now=now)
    messages.stop_others(connection, delivered, now=now)
    _fail_over(connection, desk, settled, now=now)
    _correct_again(connection, desk, settled, now=now)
    seen = [(one.ticket.delivery.endpoint_id, one.outcome) for one in returned]
    watch.observe(connection, desk, seen, now=now)
    return fenced


def _tried(one: Returned, stands: Standing, decision: Settled, now: datetime) -> Tried:
    return Tried(
        message_id=stands.message_id,
        epoch=one.ticket.epoch,
        outcome=one.outcome,
        ended_at=now,
        state=decision.state,
        next_try_at=decision.next_try_at,
        reason=decision.reason,
    )


def _fail_over(
    connection: Connection,
    desk: Desk,
    settled: Sequence[tuple[Returned, Standing, Settled]],
    *,
    now: datetime,
) -> None:
    """Let the next endpoints step in; without one, a permanent failure ends the notice."""
    failing = [
        (stands, next_)
        for _, stands, next_ in settled
        if next_.fails_over and stands.state in messages.LIVE
    ]
    if not failing:
        return
    carried = messages.notices_of(connection, [stands.message_id for stands, _ in failing])
    positions = facts.positions_of(connection, [stands.endpoint_id for stands, _ in failing])
    by_position: dict[int, list[Group]] = defaultdict(list)
    taken: set[str] = set()  # endpoints told in parallel fail together, and are replaced once
    for stands, _ in failing:
        left = [one for one in carried[stands.message_id] if one not in taken]
        position = positions[stands.endpoint_id]
        if notices := outbox.still_pending(connection, left, beyond=position):
            by_position[position].append(tuple(notices))
            taken.update(one.id for one in notices)
    for position, groups in by_position.items():
        compose(connection, desk, groups, choose=endpoints_after(position), now=now)
    every = sorted({notice_id for ids in carried.values() for notice_id in ids})
    stranded = outbox.stranded(connection, every)
    reasons = {
        notice_id: next_.reason
        for stands, next_ in failing
        for notice_id in carried[stands.message_id]
    }
    for one in outbox.notices_by_id(connection, stranded):
        failures.give_up(connection, desk, [one], reason=reasons[one.id], now=now)


_MAY_HAVE_ARRIVED = frozenset(
    {OutcomeClass.DELIVERED, OutcomeClass.TIMED_OUT, OutcomeClass.UNKNOWN}
)


def _correct_again(
    connection: Connection,
    desk: Desk,
    settled: Sequence[tuple[Returned, Standing, Settled]],
    *,
    now: datetime,
) -> None:
    overtaken = [
        stands.message_id
        for one, stands, _ in settled
        if stands.state == "withdrawn" and one.outcome.outcome in _MAY_HAVE_ARRIVED
    ]
    if overtaken:
        true = retold.corrections_after(connection, overtaken, now=now)
        again = outbox.notices_by_id(connection, true)
        compose(connection, desk, [(one,) for one in again], choose=first_endpoints, now=now)
