"""Claims that cannot race: a message is one worker's until its lease ends, fenced by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select, update

from notifier.core.delivery import OutcomeClass
from notifier.core.slots import Room
from notifier.storage.bulk import insert_many
from notifier.storage.choice import choose
from notifier.storage.messages import in_portions
from notifier.storage.tables import attempt, endpoint, message, message_notice, notice

CLOCK_STEP = timedelta(seconds=2)  # less is a clock that is being set right little by little


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimed:
    """A message that is ours until its lease ends."""

    message_id: str
    endpoint_id: str
    recipient_id: str
    epoch: int
    tries: int  # this one included
    body_sealed: bytes
    useful_until: datetime
    url_sealed: bytes
    secret_sealed: bytes


def claim(
    connection: Connection,
    *,
    now: datetime,
    room: Room,
    owner: str,
    lease: timedelta,
) -> list[Claimed]:
    """Claim due messages, the nearest deadline first, and write each attempt before its POST.

    No more than there is room for: a claim is the start of an attempt, and one that waited for a
    slot would spend its lease waiting.
    """
    chosen = choose(connection, now=now, room=room)
    if not chosen:
        return []
    rows = _take(connection, chosen, now=now, owner=owner, lease=lease)
    insert_many(
        connection,
        attempt,
        [
            {"message_id": row.id, "epoch": row.epoch, "owner": owner, "began_at": now}
            for row in rows
        ],
    )
    _told(connection, [row.id for row in rows], now=now)
    targets = _targets(connection, sorted({row.endpoint_id for row in rows}))
    claimed = [
        Claimed(
            message_id=row.id,
            endpoint_id=row.endpoint_id,
            recipient_id=row.recipient_id,
            epoch=row.epoch,
            tries=row.tries,
            body_sealed=row.body_sealed,
            useful_until=row.useful_until,
            url_sealed=targets[row.endpoint_id].url_sealed,
            secret_sealed=targets[row.endpoint_id].secret_sealed,
        )
        for row in rows
    ]
    return sorted(claimed, key=lambda one: one.useful_until)


def _take(
    connection: Connection,
    message_ids: Sequence[str],
    *,
    now: datetime,
    owner: str,
    lease: timedelta,
) -> Sequence[Any]:
    """Claim with one conditional update: a message somebody else took is simply not returned."""
    return connection.execute(
        update(message)
        .where(message.c.id.in_(message_ids), message.c.state == "pending")
        .values(
            state="in_flight",
            owner=owner,
            lease_until=now + lease,
            epoch=message.c.epoch + 1,
            tries=message.c.tries + 1,
        )
        .returning(
            message.c.id,
            message.c.endpoint_id,
            message.c.recipient_id,
            message.c.epoch,
            message.c.tries,
            message.c.body_sealed,
            message.c.useful_until,
        )
    ).all()


def _told(connection: Connection, message_ids: Sequence[str], *, now: datetime) -> None:
    """From the claim on, its recipients may have been told: a change owes them a correction."""
    for portion in in_portions(message_ids):
        carried = select(message_notice.c.notice_id).where(message_notice.c.message_id.in_(portion))
        connection.execute(
            update(notice)
            .where(notice.c.id.in_(carried), notice.c.told_at.is_(None))
            .values(told_at=now)
        )


def _targets(connection: Connection, endpoint_ids: Sequence[str]) -> dict[str, Any]:
    statement = select(endpoint.c.id, endpoint.c.url_sealed, endpoint.c.secret_sealed).where(
        endpoint.c.id.in_(endpoint_ids)
    )
    return {row.id: row for row in connection.execute(statement)}


def reclaim(connection: Connection, *, now: datetime, dead_owners: Sequence[str] | None) -> int:
    """Return orphans to the queue: those of dead owners, and those whose lease ran out.

    With ``dead_owners`` None every lease counts as orphaned: this process is the only one.
    Their attempts end as unknown; the same message goes out again under the same id.
    """
    lost = message.c.state == "in_flight"
    if dead_owners is not None:
        lost &= or_(message.c.lease_until <= now, message.c.owner.in_(dead_owners))
    orphans = connection.execute(
        update(message)
        .where(lost)
        .values(state="pending", next_try_at=now, owner=None, lease_until=None)
        .returning(message.c.id, message.c.epoch)
    ).all()
    for orphan in orphans:
        connection.execute(
            update(attempt)
            .where(attempt.c.message_id == orphan.id, attempt.c.epoch == orphan.epoch)
            .values(ended_at=now, outcome=OutcomeClass.UNKNOWN.value, detail="its worker is gone")
        )
    return len(orphans)


def put_off(connection: Connection, *, now: datetime) -> dict[str, datetime]:
    """Messages that a clock running ahead put off, and when each of them is really due.

    It was made or last tried in what is the future again. It waits as long from now as it was to
    wait from then, and never less than until its notices are due.
    """
    last = func.max(func.coalesce(attempt.c.ended_at, message.c.created_at))
    statement = (
        select(message.c.id, message.c.next_try_at, last.label("last"), func.max(notice.c.due_at))
        .outerjoin(
            attempt, (attempt.c.message_id == message.c.id) & (attempt.c.epoch == message.c.epoch)
        )
        .join(message_notice, message_notice.c.message_id == message.c.id)
        .join(notice, notice.c.id == message_notice.c.notice_id)
        .where(message.c.state == "pending", message.c.next_try_at > now + CLOCK_STEP)
        .group_by(message.c.id)
        .having(last > now + CLOCK_STEP, message.c.next_try_at >= last)
    )
    return {
        message_id: max(now + (next_try_at - since), due_at)
        for message_id, next_try_at, since, due_at in connection.execute(statement)
    }


def bring_forward(connection: Connection, due: Mapping[str, datetime]) -> None:
    """Let pending messages be tried at other instants than they were to be."""
    connection.execute(
        update(message)
        .where(message.c.id == bindparam("message_id"), message.c.state == "pending")
        .values(next_try_at=bindparam("at")),
        [{"message_id": message_id, "at": at} for message_id, at in due.items()],
    )


def owners(connection: Connection) -> list[str]:
    """Who holds claims now."""
    statement = (
        select(message.c.owner)
        .where(message.c.state == "in_flight", message.c.owner.is_not(None))
        .distinct()
    )
    return [owner for owner in connection.execute(statement).scalars() if owner]
