"""Dispatch: due notices become messages, messages are claimed, outcomes are recorded.

One turn is one transaction, and no transaction spans the network: record what came home, end what
is of no use any more, make messages for what is due, claim what there are slots for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from notifier.core.delivery import Delivery
from notifier.core.grouping import group, most_useful
from notifier.core.notice import NoticeState
from notifier.core.reconcile import Ending
from notifier.flow import failures
from notifier.flow.attempts import Limits, Returned, Ticket, record
from notifier.flow.compose import compose, first_endpoints
from notifier.flow.desk import Desk
from notifier.storage import claims, outbox, planning
from notifier.storage.engine import Connection

NOTICES_PER_TURN = 200  # bodies are built under the write lock: this many take about 20 ms


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
