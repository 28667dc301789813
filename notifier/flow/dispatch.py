"""Dispatch: due notices become messages, messages are claimed, outcomes are recorded.

One turn is one transaction, and no transaction spans the network: record what came home, end what
is of no use any more, make messages for what is due, claim what there are slots for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from notifier.core.delivery import Delivery, Outcome, OutcomeClass
from notifier.core.grouping import group, most_useful
from notifier.core.notice import NoticeState
from notifier.core.reconcile import Ending
from notifier.core.slots import Room
from notifier.errors import KeyMissing
from notifier.flow import failures
from notifier.flow.attempts import Limits, Returned, Ticket, record
from notifier.flow.compose import compose
from notifier.flow.desk import Desk
from notifier.flow.endpoints import secrets_of
from notifier.flow.ways import first_endpoints
from notifier.storage import claims, endpoints, outbox, planning
from notifier.storage.claims import Claimed
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
    is_held_up: bool  # something is due and waits for a slot or for its endpoint


def turn(
    desk: Desk,
    returned: Sequence[Returned],
    *,
    now: datetime,
    owner: str,
    limits: Limits,
    room: Room,
    jitter: Callable[[], float],
    is_draining: bool = False,
) -> Turn:
    """One turn of the dispatcher, in one transaction.

    ``room`` no longer counts the attempts in ``returned``. A draining turn records and claims
    nothing new.
    """
    with desk.database.write() as connection:
        fenced = record(connection, desk, returned, now=now, limits=limits, jitter=jitter)
        expired = failures.expire(connection, desk, now=now)
        failures.warn(connection, desk, now=now)
        composed, tickets = 0, list[Ticket]()
        if not is_draining:
            composed = enqueue(connection, desk, now=now)
            tickets, broken = _claim(connection, desk, now, owner, limits, room)
            record(connection, desk, broken, now=now, limits=limits, jitter=jitter)
        return Turn(
            tickets=tuple(tickets),
            recorded=len(returned) - fenced,
            fenced=fenced,
            expired=expired,
            composed=composed,
            next_due_at=outbox.next_due_at(connection, now=now),
            is_backlogged=composed >= NOTICES_PER_TURN,
            is_held_up=outbox.has_due_messages(connection, now=now),
        )


def enqueue(connection: Connection, desk: Desk, *, now: datetime) -> int:
    """Make messages for the notices that are due; returns how many notices were taken up."""
    due = outbox.due_notices(connection, now=now, limit=NOTICES_PER_TURN)
    if not due:
        return 0
    beside = outbox.same_ladder(connection, due, now=now)
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
    failures.give_up(connection, desk, made.unreachable, reason="they have no endpoint", now=now)
    return len(due)


def _claim(
    connection: Connection,
    desk: Desk,
    now: datetime,
    owner: str,
    limits: Limits,
    room: Room,
) -> tuple[list[Ticket], list[Returned]]:
    """Claim what there is room for; what does not open comes home at once and stops nobody."""
    claimed = claims.claim(
        connection,
        now=now,
        room=room,
        owner=owner,
        lease=limits.lease,
    )
    old = endpoints.old_secrets(connection, sorted({one.endpoint_id for one in claimed}), now=now)
    tickets: list[Ticket] = []
    broken: list[Returned] = []
    for one in claimed:
        try:
            tickets.append(_ticket(one, _opened(desk, one, old), limits, now))
        except KeyMissing:
            empty = _ticket(one, _Opened(url="", body=b"", secrets=()), limits, now)
            broken.append(Returned(ticket=empty, outcome=_DOES_NOT_OPEN))
    return tickets, broken


_DOES_NOT_OPEN = Outcome(
    outcome=OutcomeClass.INTERNAL, detail="what is sealed for it does not open"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Opened:
    url: str
    body: bytes
    secrets: tuple[str, ...]


def _opened(desk: Desk, one: Claimed, old: Mapping[str, bytes]) -> _Opened:
    seal = desk.sealer
    return _Opened(
        url=seal.open("endpoint.url", one.endpoint_id, one.url_sealed) or "",
        body=seal.open_bytes("message.body", one.message_id, one.body_sealed),
        secrets=secrets_of(desk, one.endpoint_id, one.secret_sealed, old.get(one.endpoint_id)),
    )


def _ticket(one: Claimed, opened: _Opened, limits: Limits, now: datetime) -> Ticket:
    return Ticket(
        delivery=Delivery(
            message_id=one.message_id,
            endpoint_id=one.endpoint_id,
            url=opened.url,
            body=opened.body,
            secrets=opened.secrets,
        ),
        epoch=one.epoch,
        tries=one.tries,
        # Never beyond the deadline: an attempt that cannot end in time is cut by it.
        timeout_seconds=min(limits.timeout, one.useful_until - now).total_seconds(),
        claimed_at=now,
    )
