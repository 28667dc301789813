"""Dispatch: due notices become messages, messages are claimed, outcomes are recorded.

One turn is one transaction, and no transaction spans the network: record what came home, end what
is of no use any more, make messages for what is due, claim what there are slots for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.core.delivery import Delivery, Outcome, OutcomeClass
from notifier.core.grouping import group, most_useful
from notifier.core.notice import NoticeState
from notifier.core.reconcile import Ending
from notifier.core.retry import Settled, settle
from notifier.flow import failures
from notifier.flow.compose import Group, compose, endpoints_after, first_endpoints
from notifier.flow.desk import Desk
from notifier.storage import claims, facts, messages, outbox, planning
from notifier.storage.engine import Connection
from notifier.storage.messages import Standing, Tried

NOTICES_PER_TURN = 200  # bodies are built under the write lock: this many take about 20 ms


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one attempt may take; the lease follows from the timeout, never from a setting."""

    timeout: timedelta = timedelta(seconds=10)
    in_flight: int = 64
    in_flight_per_endpoint: int = 8

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """What one turn did, and when the next one has something to do."""

    tickets: tuple[Ticket, ...]
    recorded: int
    fenced: int
    expired: int
    composed: int
    next_due_at: datetime | None
    is_backlogged: bool  # more was due than one turn takes


def turn(
    desk: Desk,
    returned: Sequence[Returned],
    *,
    now: datetime,
    owner: str,
    limits: Limits,
    in_flight: Mapping[str, int],
    jitter: Callable[[], float],
    is_draining: bool = False,
) -> Turn:
    """One turn of the dispatcher, in one transaction.

    ``in_flight`` counts attempts under way by endpoint, those in ``returned`` no longer among
    them. A draining turn records and claims nothing new.
    """
    with desk.database.write() as connection:
        fenced = record(connection, desk, returned, now=now, limits=limits, jitter=jitter)
        expired = failures.expire(connection, now=now)
        if is_draining:
            composed, tickets = 0, []
        else:
            composed = enqueue(connection, desk, now=now)
            tickets = _claim(connection, desk, now, owner, limits, in_flight)
        return Turn(
            tickets=tuple(tickets),
            recorded=len(returned) - fenced,
            fenced=fenced,
            expired=expired,
            composed=composed,
            next_due_at=outbox.next_due_at(connection),
            is_backlogged=composed >= NOTICES_PER_TURN,
        )


def enqueue(connection: Connection, desk: Desk, *, now: datetime) -> int:
    """Make messages for the notices that are due; returns how many notices were taken up."""
    due = outbox.due_notices(connection, now=now, limit=NOTICES_PER_TURN)
    if not due:
        return 0
    # One that outlived its use and waits for its end may not take the place of one that helps.
    beside = [one for one in outbox.same_ladder(connection, due) if one.useful_until > now]
    kept, dropped = most_useful([*due, *beside])
    planning.end_notices(
        connection,
        [
            Ending(notice_id=one.id, state=NoticeState.SUPERSEDED, reason=reason)
            for one, reason in dropped
        ],
        now=now,
    )
    fresh = {one.id for one in due}
    groups = group([one for one in kept if one.id in fresh])
    made = compose(connection, desk, groups, choose=first_endpoints, now=now)
    failures.give_up(connection, made.unreachable, reason="they have no endpoint", now=now)
    return len(due)


def _claim(
    connection: Connection,
    desk: Desk,
    now: datetime,
    owner: str,
    limits: Limits,
    in_flight: Mapping[str, int],
) -> list[Ticket]:
    claimed = claims.claim(
        connection,
        now=now,
        free=limits.in_flight - sum(in_flight.values()),
        free_per_endpoint=limits.in_flight_per_endpoint,
        in_flight=in_flight,
        owner=owner,
        lease=limits.lease,
    )
    seal = desk.sealer
    return [
        Ticket(
            delivery=Delivery(
                message_id=one.message_id,
                endpoint_id=one.endpoint_id,
                url=seal.open("endpoint.url", one.endpoint_id, one.url_sealed) or "",
                body=seal.open_bytes("message.body", one.message_id, one.body_sealed),
                secrets=(seal.open("endpoint.secret", one.endpoint_id, one.secret_sealed) or "",),
            ),
            epoch=one.epoch,
            tries=one.tries,
            # Never beyond the deadline: an attempt that cannot end in time is cut by it.
            timeout_seconds=min(limits.timeout, one.useful_until - now).total_seconds(),
            claimed_at=now,
        )
        for one in claimed
    ]


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
    for stands, _ in failing:
        notices = outbox.still_pending(
            connection, carried[stands.message_id], beyond=positions[stands.endpoint_id]
        )
        if notices:
            by_position[positions[stands.endpoint_id]].append(tuple(notices))
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
        failures.give_up(connection, [one], reason=reasons[one.id], now=now)


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
        again = outbox.corrections_after(connection, overtaken, now=now)
        compose(connection, desk, [(one,) for one in again], choose=first_endpoints, now=now)
